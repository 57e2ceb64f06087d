"""Recorded decisions of a period as clients to compare: each client once, as the model alone decided last."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.schema import InputSchema, SchemaField
from scoring.monitoring.drift.samples import Sample, require_enough
from scoring.monitoring.drift.wording.drift_texts import say
from scoring.monitoring.latest_decisions import read_latest
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session
from scoring.validation.figures import Model


def read_record_sample(model: Model, session: Session, period: Period, name: str) -> Sample:
    """Read the decisions that a model's version made in a period, with the scores that were recorded.

    Decisions of other versions, those whose body was erased, and all but the last of a client are left out. Raw fields
    are compared where every decision has its application.

    Parameters
    ----------
    name : of the record.

    Raises
    ------
    DataError
        When fewer than 30 clients are left.
    """
    read = read_latest(session, period, model.manifest.version(), name)
    latest = read.kept
    left = {"other_version": read.other_versions.total(), "erased": read.erased, "repeated": read.repeated}
    notes = [say(f"left_{what}", n=count) for what, count in left.items() if count]
    applications = [one.body.content.get("application") for one in latest if one.body]
    given = [one for one in applications if one is not None]
    if 0 < len(given) < len(latest):
        notes.append(say("without_application", n=len(latest) - len(given)))
    whole = bool(given) and len(given) == len(latest)
    fields = read_fields(model.manifest.input_schema, given) if whole else {}
    return require_enough(
        Sample(
            source=name,
            fields=fields,
            rows=read.rows(),
            calibrated=np.array([one.content["calibrated_probability"] for one in latest], dtype=np.float64),
            refused=np.array([one.content["probability"] >= one.content["threshold"] for one in latest], dtype=bool),
            months=np.array([one.time[:7] for one in latest], dtype=object),
            notes=tuple(notes),
        )
    )


def read_fields(schema: InputSchema, applications: list[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Turn recorded applications into columns; what an application does not have is missing.

    >>> from tests.fields import field
    >>> from scoring.model.schema import Identity
    >>> schema = InputSchema(identity=Identity(name="id"), target="bad", fields=(field("debt", "number"),))
    >>> read_fields(schema, [{"debt": 5}, {}])["debt"].tolist()
    [5.0, nan]
    """
    return {one.name: _column(one, applications) for one in schema.fields}


def _column(field: SchemaField, applications: list[Mapping[str, Any]]) -> NDArray[Any]:
    values = [one.get(field.name) for one in applications]
    if field.type == "category":
        texts = [None if value is None or value in field.missing else str(value) for value in values]
        return np.array(texts, dtype=object)
    return np.array([np.nan if value is None or value in field.missing else float(value) for value in values])
