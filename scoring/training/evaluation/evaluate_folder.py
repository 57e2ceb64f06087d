"""Score raw applications with published artefacts, and measure the model where outcomes are known."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow import parquet
from pydantic import BaseModel, ConfigDict, Field

from scoring.errors import ArtefactError, DataError
from scoring.home_credit.applications import APPLICATIONS, UNLABELLED
from scoring.home_credit.history.attach import read_history
from scoring.model.manifest import Manifest
from scoring.model.plan import model_ready
from scoring.model.report import Metric
from scoring.model.scorer import Scores
from scoring.storage.artefacts import load_bundle
from scoring.storage.bundle import MANIFEST
from scoring.storage.whole_files import write_whole
from scoring.tables.files import require_table
from scoring.tables.kinds import TableKinds
from scoring.tables.raw_applications import RawApplications, read_raw
from scoring.tables.text.number_texts import DecimalMark
from scoring.training.evaluation.metrics import evaluate

_WRITTEN = ("probability", "calibrated_probability", "decision", "review")  # columns of the file, after the client
FEWEST = 10  # clients of either outcome; with fewer, figures would mean nothing
_ROWS_SHOWN = 20  # invalid rows that the text lists; JSON lists all


class InvalidRow(BaseModel):
    """A row that cannot be scored, counted from 1, with all its errors."""

    row: int
    client: str
    errors: tuple[str, ...] = Field(serialization_alias="faults")

    def __str__(self) -> str:
        """Write the row as a message."""
        return f"row {self.row} ({self.client}): {'; '.join(self.errors)}"


class Evaluation(BaseModel):
    """Result of an evaluation.

    Attributes
    ----------
    source : the file that was read.
    model_version : identifies everything on which decisions depend: fitted objects, preprocessing, threshold.
    synthetic : the model was trained on synthetic clients.
    rows, scored, measured : numbers of rows: read, without errors, and with a known outcome.
    metrics : None if nothing could be measured; ``warnings`` give the reason.
    metrics_at_training : the same metrics of the test set.
    scores : file that the scores were written to.
    kinds : what each column of the file was read as.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())
    source: Path
    model_version: str
    synthetic: bool
    rows: int
    scored: int
    measured: int
    invalid_rows: tuple[InvalidRow, ...] = Field(serialization_alias="faulty_rows")
    warnings: tuple[str, ...]
    metrics: Mapping[str, Metric] | None
    metrics_at_training: Mapping[str, Metric]
    scores: Path | None
    kinds: TableKinds

    def as_text(self) -> str:
        """Return everything as text for a person."""
        lines = [f"{self.source}: {self.rows} rows, {self.scored} scored, {len(self.invalid_rows)} invalid and skipped"]
        lines += [f"  {line}" for line in _list_invalid(self.invalid_rows, "more; --json lists them all")]
        lines += [f"warning: {warning}" for warning in self.warnings]
        if self.metrics:
            lines.append(f"\n{self.measured} clients with a known outcome; in brackets: the test set, at training")
            lines += [_write(name, one, self.metrics_at_training.get(name)) for name, one in self.metrics.items()]
        if self.scores:
            lines.append(f"\nscores written to {self.scores}")
        if self.synthetic:
            lines.append("\nThe model was trained on synthetic clients.")
        return "\n".join(lines)


def evaluate_folder(
    artefacts: Path,
    data: Path,
    *,
    out: Path | None = None,
    features: Path | None = None,
    table: str | None = None,
    decimal: DecimalMark | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score raw applications with existing artefacts; measure where the outcome is known.

    Invalid rows are reported and skipped; the others are scored.

    Parameters
    ----------
    artefacts : folder with a manifest; verified before anything is loaded.
    data : folder with a table of applications, or one CSV or Parquet file.
    out : CSV or Parquet file for the scores; required if no outcome is known.
    features : file of history features, written by the command ``features``, for a model that uses them.
    table : name of the table in the folder, if there are several.
    decimal : the decimal mark of a CSV file; found from its numbers by default.

    Raises
    ------
    ArtefactError, ClientTableError
        When the artefacts are incomplete or changed.
    DataError
        When the table cannot be read or lacks columns, when every row is invalid, or when there is neither an outcome
        nor ``out``.
    """
    if out is not None and out.suffix not in {".csv", ".parquet"}:
        raise DataError(f"--out {out}: cannot be written\nExpected a file that ends in .csv or .parquet.")
    bundle = load_bundle(artefacts, known=False) if (artefacts / MANIFEST).is_file() else None
    if bundle is None or bundle.manifest is None:
        raise ArtefactError(
            f"{artefacts}: no {MANIFEST} found\nRaw applications need a model that was published with its manifest."
        )
    manifest = bundle.manifest
    schema = manifest.input_schema
    path, raw = read_applications_for(manifest, data, table, features, decimal)
    if raw.target is None and out is None:
        raise DataError(
            f"{path}: no outcomes (column {schema.target}), so nothing can be measured\n"
            "Pass --out FILE to write the scores."
        )
    scores = bundle.scorer.score(model_ready(manifest.plan, raw.columns))
    metrics, warnings = _measure(raw, scores, manifest, seed)
    if out is not None:
        _write_scores(out, schema.identity.name, raw, scores)
    return Evaluation(
        source=path,
        model_version=bundle.version,
        synthetic=manifest.training.synthetic,
        rows=raw.rows,
        scored=len(raw.ids),
        measured=0 if raw.target is None else int((~np.isnan(raw.target)).sum()),
        invalid_rows=_describe_invalid(raw),
        warnings=(*raw.warnings, *warnings),
        metrics=metrics,
        metrics_at_training=manifest.metrics.get("test", {}),
        scores=out,
        kinds=raw.describe(),
    )


def read_applications_for(
    manifest: Manifest,
    data: Path,
    table: str | None = None,
    features: Path | None = None,
    decimal: DecimalMark | None = None,
    *,
    every_field: bool = False,
) -> tuple[Path, RawApplications]:
    """Read the applications that a model scores; parameters as of ``evaluate_folder`` and ``read_raw``.

    Returns
    -------
    The file, and what was read from it.

    Raises
    ------
    DataError
        When the table cannot be read or lacks columns, or when every row is invalid.
    """
    schema = manifest.input_schema
    source = require_table(data, *([table] if table else [APPLICATIONS, UNLABELLED]))
    read = manifest.plan.raw_numbers()
    history = None if features is None else read_history(features, schema.identity.name, read)
    raw = read_raw(source, schema, manifest.plan, history, decimal, every_field=every_field)
    if not len(raw.ids):
        listed = _list_invalid(_describe_invalid(raw), "more invalid rows")
        raise DataError.listing(str(source.path), listed, "No row can be scored: correct the table.", raw.rows)
    return source.path, raw


def _describe_invalid(raw: RawApplications) -> tuple[InvalidRow, ...]:
    return tuple(InvalidRow(row=row, client=who, errors=tuple(what)) for row, (who, what) in raw.errors.items())


def _measure(
    raw: RawApplications, scores: Scores, manifest: Manifest, seed: int
) -> tuple[dict[str, Metric] | None, list[str]]:
    calibrated = scores.calibrated_probability
    if raw.target is None or calibrated is None:
        return None, []
    known = ~np.isnan(raw.target)
    target = raw.target[known]
    warnings = [] if known.all() else [f"outcome unknown, not measured: {(~known).sum()} of {len(known)} rows"]
    rarest = int(min((target == 1).sum(), (target == 0).sum()))
    if rarest < FEWEST:
        warnings.append(f"{rarest} clients have the rarer outcome, expected at least {FEWEST}: nothing is measured")
        return None, warnings
    return evaluate(target, calibrated[known], scores.refused[known], manifest.costs, seed), warnings


def has_scores(path: Path) -> bool:
    """Whether a file was written by ``evaluate_folder``, is empty, or is a device or a pipe."""
    if not path.is_file() or not path.stat().st_size:
        return True
    try:
        found = parquet.read_schema(path).names if path.suffix == ".parquet" else [*pd.read_csv(path, nrows=0)]
    except (OSError, ValueError):
        return False
    return tuple(found[1:]) == _WRITTEN


def _write_scores(out: Path, identity: str, raw: RawApplications, scores: Scores) -> None:
    decisions = np.where(scores.refused, "REFUSED", "ACCEPTED")
    written = (scores.probability, scores.calibrated_probability, decisions, scores.review)
    frame = pd.DataFrame({identity: raw.ids, **dict(zip(_WRITTEN, written, strict=True))})
    is_parquet = out.suffix == ".parquet"
    write_whole(
        out, frame.to_parquet(index=False) if is_parquet else frame.to_csv(index=False, lineterminator="\n").encode()
    )


def _list_invalid(rows: Sequence[InvalidRow], more: str) -> list[str]:
    hidden = len(rows) - _ROWS_SHOWN
    return [*map(str, rows[:_ROWS_SHOWN]), *([f"and {hidden} {more}"] if hidden > 0 else [])]


def _write(name: str, metric: Metric, before: Metric | None) -> str:
    line = f"  {name:<18} {metric.value:8.4f}   95 % interval {metric.low:.4f} to {metric.high:.4f}"
    return line if before is None else f"{line}   ({before.value:.4f})"
