"""Conditions for ``/population`` that choose the clients similar to one."""

from typing import Any

from officer.model import Field

MOST_CONDITIONS = 10  # of one request to the API


def has_value(field: Field, value: Any) -> bool:
    """Whether a client has a value, not a missing-value marker."""
    return value is not None and value not in field.missing


def is_ranged(field: Field) -> bool:
    """Whether similar clients have a value near this client's; else the same one."""
    return field.type != "category" and field.unit not in {"flag", "count"}


def build_condition(field: Field, value: Any, tolerance: float) -> str:
    """Choose similar clients: the same text, flag or count, or a number within ``tolerance`` (share of the value).

    >>> amount = Field("AMT_CREDIT", "number", {}, unit="currency")
    >>> build_condition(amount, 200000, 0.25), build_condition(Field("JOB", "category", {}), "Cook", 0.25)
    ('AMT_CREDIT:150000..250000', 'JOB:Cook')
    """
    if not is_ranged(field):
        return f"{field.name}:{_write(value)}"
    room = abs(value) * tolerance
    return f"{field.name}:{_write(value - room)}..{_write(value + room)}"


def _write(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.9f}".rstrip("0").rstrip(".")
