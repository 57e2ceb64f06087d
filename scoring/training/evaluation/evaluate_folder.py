"""Existing artefacts on raw applications: metrics where the outcome is known, scores in any case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.errors import ArtefactError, DataError
from scoring.home_credit.applications import APPLICATIONS, UNLABELLED
from scoring.model.manifest import Manifest
from scoring.model.plan import model_ready
from scoring.model.report import Metric
from scoring.model.scorer import Scores
from scoring.storage.artefacts import load_bundle
from scoring.storage.bundle import MANIFEST
from scoring.tables.raw_applications import RawApplications, locate, read_raw
from scoring.training.evaluation.metrics import evaluate

FEWEST = 10  # clients of either outcome; with fewer, figures would say nothing
_ROWS_TOLD = 20  # faulty rows that the text names; JSON names all
_WIDEST = 18


@dataclass(frozen=True)
class Evaluation:
    """What came out.

    Attributes
    ----------
    source : the file that was read.
    model_version : names the fitted objects.
    synthetic : the model was trained on made-up clients.
    rows, scored, measured : rows read; rows without a fault; rows whose outcome is known.
    faults : by row (counted from 1): its identity, and all its faults.
    warnings : what was unusual.
    metrics : None where they could not be had; ``warnings`` say why.
    before : the same metrics when the model was trained, on its test part.
    written : where scores were written.
    """

    source: Path
    model_version: str
    synthetic: bool
    rows: int
    scored: int
    measured: int
    faults: Mapping[int, tuple[str, Sequence[str]]]
    warnings: Sequence[str]
    metrics: Mapping[str, Metric] | None
    before: Mapping[str, Metric]
    written: Path | None

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON takes it."""
        faults = [{"row": row, "client": who, "faults": list(what)} for row, (who, what) in self.faults.items()]
        return {
            "source": str(self.source),
            "model_version": self.model_version,
            "synthetic": self.synthetic,
            "rows": self.rows,
            "scored": self.scored,
            "measured": self.measured,
            "faulty_rows": faults,
            "warnings": list(self.warnings),
            "metrics": None if self.metrics is None else _plain(self.metrics),
            "metrics_at_training": _plain(self.before),
            "scores": None if self.written is None else str(self.written),
        }

    def as_text(self) -> str:
        """Return everything as a person reads it."""
        lines = [f"{self.source}: {self.rows} rows, {self.scored} scored, {len(self.faults)} faulty and skipped"]
        for row, (who, what) in list(self.faults.items())[:_ROWS_TOLD]:
            lines.append(f"  row {row} ({who}): {'; '.join(what)}")
        if len(self.faults) > _ROWS_TOLD:
            lines.append(f"  and {len(self.faults) - _ROWS_TOLD} more; --json names them all")
        lines += [f"warning: {warning}" for warning in self.warnings]
        if self.metrics:
            lines.append(f"\n{self.measured} clients with a known outcome; in brackets: the test part, at training")
            lines += [_told(name, metric, self.before.get(name)) for name, metric in self.metrics.items()]
        if self.written:
            lines.append(f"\nscores written to {self.written}")
        if self.synthetic:
            lines.append("\nThe model was trained on made-up clients.")
        return "\n".join(lines)


def evaluate_folder(
    artefacts: Path,
    data: Path,
    *,
    out: Path | None = None,
    features: Path | None = None,
    table: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score raw applications with existing artefacts; measure where the outcome is known.

    Faulty rows are reported and skipped; the others are scored.

    Parameters
    ----------
    artefacts : folder with a manifest; verified before anything is loaded.
    data : folder with a table of applications, or one CSV or Parquet file.
    out : CSV or Parquet file for the scores; required where no outcome is known.
    features : history features as ``features`` wrote them, for a model that uses them.
    table : name of the table in the folder, where there are several.

    Raises
    ------
    ArtefactError, ClientTableError
        When the artefacts are not whole.
    DataError
        When the table cannot be read or lacks columns, when no row is without a fault, or when there is neither
        an outcome nor ``out``.
    """
    if not (artefacts / MANIFEST).is_file():
        raise ArtefactError(
            f"{artefacts}: holds no {MANIFEST}\nRaw applications need a model that was published with its manifest."
        )
    if out is not None and out.suffix not in {".csv", ".parquet"}:
        raise DataError(f"--out {out}: cannot be written\nExpected a file that ends in .csv or .parquet.")
    bundle = load_bundle(artefacts)
    manifest = bundle.manifest
    if manifest is None:
        raise ArtefactError(f"{artefacts}: {MANIFEST} went away while it was read\nPublish the model again.")
    schema = manifest.input_schema
    source = locate(data, [table] if table else [APPLICATIONS, UNLABELLED])
    history = None if features is None else _history(features, schema.identity.name)
    raw = read_raw(source, schema, manifest.plan, history)
    if not len(raw.ids):
        raise DataError.listing(str(source.path), _first_faults(raw), "No row can be scored: correct the table.")
    if raw.target is None and out is None:
        raise DataError(
            f"{source.path}: no outcome is known (column {schema.target}), so there is nothing to measure\n"
            "Pass --out FILE to write the scores."
        )
    scores = bundle.scorer.score(model_ready(manifest.plan, raw.columns))
    metrics, warnings = _measure(raw, scores, manifest, seed)
    if out is not None:
        _write(out, schema.identity.name, raw, scores)
    return Evaluation(
        source=source.path,
        model_version=bundle.version,
        synthetic=manifest.training.synthetic,
        rows=raw.rows,
        scored=len(raw.ids),
        measured=0 if raw.target is None else int((~np.isnan(raw.target)).sum()),
        faults=raw.errors,
        warnings=[*raw.warnings, *warnings],
        metrics=metrics,
        before=manifest.metrics.get("test", {}),
        written=out,
    )


def _measure(
    raw: RawApplications, scores: Scores, manifest: Manifest, seed: int
) -> tuple[dict[str, Metric] | None, list[str]]:
    calibrated = scores.calibrated_probability
    if raw.target is None or calibrated is None:
        return None, []
    known = ~np.isnan(raw.target)
    target = raw.target[known]
    warnings = [] if known.all() else [f"outcome not known, not measured: {(~known).sum()} of {len(known)} rows"]
    rarest = int(min((target == 1).sum(), (target == 0).sum()))
    if rarest < FEWEST:
        warnings.append(f"{rarest} clients have the rarer outcome, expected at least {FEWEST}: nothing is measured")
        return None, warnings
    return evaluate(target, calibrated[known], scores.refused[known], manifest.costs, seed), warnings


def _history(features: Path, identity: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(features)
    except (OSError, ValueError) as error:
        raise DataError(f"{features}: cannot be read ({error})\nExpected what `features` wrote.") from None
    if identity not in frame:
        raise DataError(f"{features}: column {identity} is missing\nExpected what `features` wrote.")
    return frame.set_index(identity)


def _write(out: Path, identity: str, raw: RawApplications, scores: Scores) -> None:
    frame = pd.DataFrame(
        {
            identity: raw.ids,
            "probability": scores.probability,
            "calibrated_probability": scores.calibrated_probability,
            "decision": np.where(scores.refused, "REFUSED", "ACCEPTED"),
            "review": scores.review,
        }
    )
    try:
        if out.suffix == ".parquet":
            frame.to_parquet(out, index=False)
        else:
            frame.to_csv(out, index=False, lineterminator="\n")
    except OSError as error:
        raise DataError(f"--out {out}: cannot be written ({error})\nExpected a file in an existing folder.") from None


def _first_faults(raw: RawApplications) -> list[str]:
    told = [f"row {row} ({who}): {'; '.join(what)}" for row, (who, what) in list(raw.errors.items())[:_ROWS_TOLD]]
    more = len(raw.errors) - len(told)
    return [*told, *([f"and {more} more faulty rows"] if more else [])]


def _told(name: str, metric: Metric, before: Metric | None) -> str:
    line = f"  {name:<{_WIDEST}} {metric.value:8.4f}   95 % interval {metric.low:.4f} to {metric.high:.4f}"
    return line if before is None else f"{line}   ({before.value:.4f})"


def _plain(metrics: Mapping[str, Metric]) -> dict[str, dict[str, float]]:
    return {name: metric.model_dump() for name, metric in metrics.items()}
