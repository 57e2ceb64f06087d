"""Which clients are similar to one: conditions for ``/population``."""

from collections.abc import Sequence
from typing import Any

from officer.model import Field

MOST_CONDITIONS = 10  # that the API takes at once


def is_known(field: Field, value: Any) -> bool:
    """Whether a client's value says something."""
    return value is not None and value not in field.missing


def is_ranged(field: Field) -> bool:
    """Whether clients alike have a value near this one's, and not just the same."""
    return field.type != "category" and field.unit not in {"flag", "count"}


def condition(field: Field, value: Any, tolerance: float) -> str:
    """Say who is similar: the same text, flag or count, or a number as near as ``tolerance`` (share of the value).

    >>> amount = Field("AMT_CREDIT", "number", {}, unit="currency")
    >>> condition(amount, 200000, 0.25), condition(Field("JOB", "category", {}), "Cook", 0.25)
    ('AMT_CREDIT:150000..250000', 'JOB:Cook')
    """
    if not is_ranged(field):
        return f"{field.name}:{_written(value)}"
    room = abs(value) * tolerance
    return f"{field.name}:{_written(value - room)}..{_written(value + room)}"


def conditions(fields: Sequence[Field], facts: dict[str, Any], tolerance: float) -> list[str]:
    """Say who is similar in all fields."""
    return [condition(field, facts[field.name], tolerance) for field in fields[:MOST_CONDITIONS]]


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.9f}".rstrip("0").rstrip(".")
