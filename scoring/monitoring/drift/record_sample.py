"""Recorded decisions of a period as clients to compare: each client once, as decided last."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.model.schema import InputSchema, SchemaField
from scoring.monitoring.drift.drift_texts import say
from scoring.monitoring.drift.samples import Sample, require_enough
from scoring.record.decision_pages import RecordedDecision, decision_pages
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
    version, left = model.manifest.version(), Counter[str]()
    latest = _latest(decision_pages(session, period), version, left)
    if not latest and left["other_version"]:
        raise DataError(
            f"decision record {name}: {left['other_version']} decisions of the period were made by other model "
            f"versions, none by {version}\nName the folder of the version that decided: --model FOLDER."
        )
    notes = [say(f"left_{what}", n=count) for what, count in left.items() if count]
    rows = np.array([_row(one) for one in latest], dtype=np.float64).reshape(len(latest), len(model.manifest.features))
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
            rows=rows,
            calibrated=np.array([one.content["calibrated_probability"] for one in latest], dtype=np.float64),
            refused=np.array([one.content["decision"] == "REFUSED" for one in latest], dtype=bool),
            months=np.array([one.time[:7] for one in latest], dtype=object),
            notes=tuple(notes),
        )
    )


def _latest(pages: Iterator[list[RecordedDecision]], version: str, left: Counter[str]) -> list[RecordedDecision]:
    kept: dict[str, RecordedDecision] = {}
    for one in (decision for page in pages for decision in page):
        if one.content["model_version"] != version:
            left["other_version"] += 1
        elif one.body is None:
            left["erased"] += 1
        else:
            who = one.id if one.body.client_id is None else f"client {one.body.client_id}"
            left["repeated"] += kept.pop(who, None) is not None
            kept[who] = one
    return list(kept.values())


def _row(decision: RecordedDecision) -> list[float]:
    numbers = decision.body.content["row"] if decision.body else ()
    return [np.nan if number is None else number for number in numbers]


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
