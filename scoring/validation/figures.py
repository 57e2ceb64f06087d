"""The figures of a model that a validator reads: from its manifest, or measured on a table of clients."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.costs import cost_curve, total_cost
from scoring.model.manifest import Manifest
from scoring.model.plan import model_ready
from scoring.model.report import ApprovalRow, Report, SwapSet
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault, Scorer, Scores
from scoring.readable.term_bins import is_binned
from scoring.tables.raw_applications import RawApplications
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table_errors import Note
from scoring.training.evaluation import decision_tables
from scoring.training.evaluation.evaluate_folder import FEWEST, read_applications_for
from scoring.training.evaluation.stability import count_by_bin


@dataclass(frozen=True)
class Model:
    """A published model, as loaded and verified."""

    manifest: Manifest
    probability: ProbabilityOfDefault

    def scorer(self) -> Scorer:
        """Return what scores model-ready rows."""
        return Scorer(self.probability, self.manifest.features, self.manifest.policy())


@dataclass(frozen=True)
class Table:
    """Where a table of clients is, as the command ``evaluate`` takes it."""

    data: Path
    table: str | None = None
    features: Path | None = None
    decimal: DecimalMark | None = None


class TableScores(NamedTuple):
    """The valid rows of a table, and their scores: ``rows`` are model-ready, shape (n, features)."""

    path: Path
    raw: RawApplications
    rows: Floats
    scores: Scores


@dataclass(frozen=True)
class Figures:
    """Figures of a model; what is not known is empty.

    Attributes
    ----------
    file : name of the table that was measured; empty for figures from the manifest, of the training clients.
    clients : how many were measured.
    default_rate : of these clients.
    report : tables; those that need the folds of training are there only for figures from a manifest.
    curve : pairs of a calibrated threshold and the cost per client.
    warnings : about the table that was read.
    """

    file: str
    clients: int
    default_rate: float
    report: Report
    curve: tuple[tuple[float, float], ...]
    warnings: tuple[Note, ...] = ()


def take_figures(manifest: Manifest) -> Figures:
    """Take the figures that training measured out of fold."""
    training, report = manifest.training, manifest.report or Report()
    return Figures("", training.rows, training.default_rate, report, manifest.threshold.cost_curve)


def score_table(manifest: Manifest, scorer: Scorer, table: Table, *, every_field: bool = False) -> TableScores:
    """Read a table of applications and score its valid rows; raises DataError where it cannot be read.

    Parameters
    ----------
    every_field : read also the fields that the model does not.
    """
    path, raw = read_applications_for(
        manifest, table.data, table.table, table.features, table.decimal, every_field=every_field
    )
    rows = model_ready(manifest.plan, raw.columns)
    return TableScores(path, raw, rows, scorer.score(rows))


def measure_figures(model: Model, table: Table, against: Model | None = None) -> Figures:
    """Measure a model on clients whose outcome is known.

    Parameters
    ----------
    against : another model, whose decisions on the same clients are compared.

    Raises
    ------
    DataError
        When the table cannot be read, or fewer than ten clients have the rarer outcome.
    """
    manifest = model.manifest
    path, read = read_applications_for(manifest, table.data, table.table, table.features, table.decimal)
    raw, target = _keep_known(read, path, manifest.input_schema.target)
    scores = model.scorer().score(model_ready(manifest.plan, raw.columns))
    calibrated = manifest.calibration.apply(scores.probability)
    served = manifest.threshold.calibrated
    thresholds = np.array([threshold for threshold, _ in manifest.threshold.cost_curve])
    costs = cost_curve(target, calibrated, thresholds, manifest.costs).tolist() if len(thresholds) else []
    report = Report(
        gains=decision_tables.tabulate_gains(target, calibrated),
        bands=decision_tables.tabulate_bands(target, calibrated),
        approval=decision_tables.tabulate_approvals(target, calibrated, served),
        reliability=decision_tables.bin_reliability(target, calibrated),
        bins=count_by_bin(manifest.plan, raw.columns, target),
        swap=_compare(model, against, table, raw, target, scores.refused) if against else None,
    )
    curve = tuple(zip(thresholds.tolist(), costs, strict=True))
    warnings = (*_note_left_out(read, len(target)), *read.notes)
    return Figures(path.name, len(target), float(target.mean()), report, curve, warnings)


def _keep_known(read: RawApplications, path: Path, name: str) -> tuple[RawApplications, Floats]:
    target = np.full(len(read.ids), np.nan) if read.target is None else read.target
    known = ~np.isnan(target)
    rarest = int(min((target == 1).sum(), (target == 0).sum()))
    if rarest < FEWEST:
        raise DataError(
            f"{path}: {rarest} valid rows have the rarer outcome (column {name}), expected at least {FEWEST}\n"
            "Pass a table of clients whose outcome is known."
        )
    columns = {one: values[known] for one, values in read.columns.items()}
    return replace(read, ids=read.ids[known], columns=columns, target=target[known]), target[known]


def _note_left_out(read: RawApplications, measured: int) -> list[Note]:
    left_out = {"note_errors": len(read.errors), "note_unknown_outcome": len(read.ids) - measured}
    return [Note(key, {"count": count, "rows": read.rows}) for key, count in left_out.items() if count]


def _compare(
    model: Model, other: Model, table: Table, raw: RawApplications, target: Floats, refused: NDArray[np.bool_]
) -> SwapSet:
    """Compare decisions with another model's, on the clients that both can score."""
    path, read = read_applications_for(other.manifest, table.data, table.table, table.features, table.decimal)
    place = {str(one): i for i, one in enumerate(read.ids.tolist())}
    both = np.array([str(one) in place for one in raw.ids.tolist()], dtype=bool)
    if not both.any():
        raise DataError(f"{path}: no client can be scored by both models\nExpected a table that both can read.")
    rows = [place[str(one)] for one in raw.ids[both].tolist()]
    theirs = other.scorer().score(model_ready(other.manifest.plan, {n: v[rows] for n, v in read.columns.items()}))
    names = [f"{one.manifest.model.family} {one.manifest.version()}" for one in (other, model)]
    return decision_tables.tabulate_swaps(target[both], theirs.refused, refused[both], (names[0], names[1]))


@dataclass(frozen=True)
class CutOff:
    """What a cut-off does to all clients; shares are 0-1.

    ``refused_default_rate`` is None where nobody is refused; ``caught`` is the share of all defaults refused.
    """

    approval: ApprovalRow
    refused_default_rate: float | None
    caught: float
    cost_per_client: float


def list_cut_offs(figures: Figures, manifest: Manifest) -> tuple[CutOff, ...]:
    """Add to each cut-off what follows from its acceptance rate and default rate, and from that of all clients."""
    rows, rate = [], figures.default_rate
    for row in figures.report.approval:
        missed = row.approval_rate * row.bad_rate
        caught, refused = max(rate - missed, 0.0), 1 - row.approval_rate
        cost = total_cost(manifest.costs, missed, refused - caught)
        rows.append(CutOff(row, caught / refused if refused > 1e-12 else None, caught / rate, float(cost)))
    return tuple(rows)


def list_missing(model: Model, figures: Figures) -> tuple[str, ...]:
    """Say which figures are not there, and how to get them."""
    report, missing = figures.report, []
    if not report.bins and any(map(is_binned, model.manifest.plan.columns)):
        missing.append("clients, default rates and information values by bin")
    named = {"gains": "gains", "bands": "score bands", "approval": "strategy"}
    missing += [text for name, text in named.items() if not getattr(report, name)]
    remedy = "train the model again, or give a table of clients with their outcomes (--data)"
    lines = [f"{', '.join(missing)}: not in the manifest; {remedy}"] if missing else []
    if not isinstance(model.probability, FusedLogistic):
        family = model.manifest.model.family
        lines.append(f"terms and bins: not of the family {family}; only a scorecard or a logistic regression has them")
    if report.swap is None:
        lines.append("swap set: give another model (--against) and a table of clients with their outcomes (--data)")
    return tuple(lines)
