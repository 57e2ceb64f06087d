"""Clients whose drift is measured: from a table, or from recorded decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.compile import raw_sources
from scoring.model.plan import PossibleValues
from scoring.model.schema import Text
from scoring.model.scorer import Scores
from scoring.monitoring.drift.wording.drift_texts import say
from scoring.storage.clients.client_table import model_ready_clients, read_client_file
from scoring.tables.letter_case import list_missing
from scoring.validation.figures import Model, Table, score_table

_EXPECTED = (
    "Expected model-ready rows of this model. If the table has raw applications, leave out --model-ready; otherwise "
    "correct the table."
)
FEWEST_CLIENTS = 30  # of a sample: with fewer no drift could be told from chance


@dataclass(frozen=True)
class Sample:
    """n clients, scored.

    Attributes
    ----------
    source : the file or record, in words.
    fields : raw fields and history features, each of shape (n,): numbers with NaN, texts with None; empty where only
        model-ready rows are known.
    rows : model-ready, shape (n, features).
    calibrated, refused : shape (n,): calibrated probability, and whether the credit is refused.
    months : shape (n,), as ``2026-11``; None where the time is not known.
    notes : what was left out.
    """

    source: str
    fields: Mapping[str, NDArray[Any]]
    rows: Floats
    calibrated: Floats
    refused: NDArray[np.bool_]
    months: NDArray[Any] | None = None
    notes: tuple[Text, ...] = ()

    def select(self, chosen: NDArray[Any]) -> "Sample":
        """Return some of the clients: a mask, or places."""
        return replace(
            self,
            fields={name: values[chosen] for name, values in self.fields.items()},
            rows=self.rows[chosen],
            calibrated=self.calibrated[chosen],
            refused=self.refused[chosen],
            months=None if self.months is None else self.months[chosen],
        )


def read_table_sample(model: Model, table: Table, *, rows: bool = False) -> Sample:
    """Read a table, as ``evaluate`` does, and score it.

    Parameters
    ----------
    rows : the table has model-ready rows, and not raw applications.

    Raises
    ------
    DataError
        When the table cannot be read, or has fewer than 30 valid rows.
    """
    manifest, data = model.manifest, table.data
    if rows:
        schema = manifest.input_schema
        frame = read_client_file(data, schema.identity, made_elsewhere=True)
        wanted = [schema.identity.name, *manifest.features]
        if lacking := list_missing(wanted, frame):
            raise DataError.listing(str(data), lacking, _EXPECTED)
        possible = PossibleValues.of(manifest.plan)
        ready = model_ready_clients(
            frame, str(data), schema.identity, manifest.features, possible=possible, remedy=_EXPECTED
        ).rows
        return require_enough(make_sample(model, data.name, {}, ready))
    path, raw, ready, scores = score_table(manifest, model.scorer(), table, every_field=True)
    notes = (say("rows_left_out", source=path.name, n=len(raw.errors)),) if raw.errors else ()
    return require_enough(_scored(model, path.name, raw.columns, ready, scores, notes))


def make_sample(model: Model, source: str, fields: Mapping[str, NDArray[Any]], rows: Floats) -> Sample:
    """Score clients whose model-ready rows are known."""
    return _scored(model, source, fields, rows, model.scorer().score(rows))


def _scored(
    model: Model,
    source: str,
    fields: Mapping[str, NDArray[Any]],
    rows: Floats,
    scores: Scores,
    notes: tuple[Text, ...] = (),
) -> Sample:
    calibrated = model.manifest.calibration.apply(scores.probability)
    return Sample(source, fields, rows, calibrated, scores.refused, notes=notes)


def require_enough(sample: Sample) -> Sample:
    """Return the sample; raises DataError where it has fewer than 30 clients."""
    if len(sample.rows) < FEWEST_CLIENTS:
        raise DataError(
            f"{sample.source}: {len(sample.rows)} clients that can be compared, expected at least {FEWEST_CLIENTS}\n"
            "Give more clients, or a longer period."
        )
    return sample


def find_ready(model: Model, fields: Mapping[str, Any]) -> list[int]:
    """Find the places of the model-ready columns that raw fields say nothing about."""
    plan = model.manifest.plan
    return [place for place, column in enumerate(plan.columns) if not raw_sources(plan, column.source) <= fields.keys()]
