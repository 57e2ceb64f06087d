"""Which fields of an application can be changed, how far, and what changes with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Literal

from officer.model import Field, Model

Follow = Literal["purchase", "deposit", "alone"]
_LEAST, _MOST = 0.1, 3.0  # times the present value
_LARGEST = 1e15
_STEPS = 100  # about so many from zero to the present value


@dataclass(frozen=True, slots=True)
class Range:
    """Ends and step of a slider; the present value is one of its steps."""

    low: float
    high: float
    step: float


def list_changeable(model: Model, facts: Mapping[str, Any]) -> list[Field]:
    """List the fields that the schema marks as changeable and that have a value in this application."""
    fields = [field for field in model.fields.values() if field.changeable]
    return [field for field in fields if isinstance(facts.get(field.name), str) or _is_movable(facts.get(field.name))]


def _is_movable(value: float | None) -> bool:
    """Whether a slider can move a value: browsers keep whole numbers below 2**53 exact."""
    return value is not None and abs(value) <= _LARGEST


def choose_range(field: Field, value: float) -> Range:
    """Choose how far a number can be changed, within the field's own bounds.

    >>> choose_range(Field("AMT_CREDIT", "number", {}, minimum=0, exclusive=True), 250500.0)
    Range(low=25500.0, high=750500.0, step=2500.0)
    """
    step = _round_step(abs(value) / _STEPS) if value else 1.0
    if field.type == "integer":
        step = max(1.0, round(step))
    low, high = sorted((_LEAST * value, _MOST * value)) if value else (0.0, 10.0)
    if field.minimum is not None:
        low = max(low, field.minimum + (step if field.exclusive else 0.0))
    if field.maximum is not None:
        high = min(high, field.maximum)
    down, up = floor((value - low) / step + 1e-9), floor((high - value) / step + 1e-9)
    return Range(value - max(down, 0) * step, value + max(up, 0) * step, step)


def _round_step(step: float) -> float:
    """Largest of 1, 2.5 and 5 times a power of ten that is not above a step.

    >>> _round_step(2505.0), _round_step(0.7)
    (2500.0, 0.5)
    """
    unit = 10.0 ** floor(log10(step))
    return next(times * unit for times in (5.0, 2.5, 1.0) if times * unit <= step * (1 + 1e-9))


def list_followers(model: Model, follow: Follow) -> list[Field]:
    """List the fields that change with the credit amount.

    At the same rate and term the instalment changes in proportion; so does the price, unless a deposit pays the rest.
    """
    roles = {"purchase": ("instalment", "price"), "deposit": ("instalment",), "alone": ()}[follow]
    found = (model.field_with_role(role) for role in roles)
    return [field for field in found if field is not None]


def compute_followers(model: Model, facts: Mapping[str, Any], credit: float, follow: Follow) -> dict[str, float]:
    """Compute the values of the fields that change with the credit amount, by field."""
    field = model.field_with_role("credit")
    if field is None or not facts.get(field.name):
        return {}
    share = credit / facts[field.name]
    moved = list_followers(model, follow)
    return {one.name: round(share * facts[one.name], 2) for one in moved if facts.get(one.name) is not None}


def build_application(
    model: Model, client: str, facts: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Build the body of a request: the client's application with changes, and the number for the stored history."""
    known = {name: value for name, value in {**facts, **changes}.items() if value is not None}
    number: str | int = int(client) if client.isascii() and client.isdigit() and not model.text_ids else client
    return {**known, model.identity: number} if model.identity else known
