"""What of an application can be moved, how far, and what moves with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Literal

from officer.model import Field, Model

Follow = Literal["purchase", "deposit", "alone"]
_LEAST, _MOST = 0.1, 3.0  # of the present value
_STEPS = 100  # about so many from nothing to the present value


@dataclass(frozen=True, slots=True)
class Range:
    """Ends and step of a slider; the present value lies on its grid."""

    low: float
    high: float
    step: float


def movable(model: Model, facts: Mapping[str, Any]) -> list[Field]:
    """Fields that the schema marks as changeable and that this application has a value for."""
    fields = [field for field in model.fields.values() if field.changeable]
    return [field for field in fields if facts.get(field.name) is not None]


def slider_range(field: Field, value: float) -> Range:
    """Choose how far a number can be moved, within the field's own bounds.

    >>> slider_range(Field("AMT_CREDIT", "number", {}, minimum=0, exclusive=True), 250500.0)
    Range(low=25500.0, high=750500.0, step=2500.0)
    """
    step = _nice(abs(value) / _STEPS) if value else 1.0
    if field.type == "integer":
        step = max(1.0, round(step))
    low, high = sorted((_LEAST * value, _MOST * value)) if value else (0.0, 10.0)
    if field.minimum is not None:
        low = max(low, field.minimum + (step if field.exclusive else 0.0))
    if field.maximum is not None:
        high = min(high, field.maximum)
    down, up = floor((value - low) / step + 1e-9), floor((high - value) / step + 1e-9)
    return Range(value - max(down, 0) * step, value + max(up, 0) * step, step)


def _nice(step: float) -> float:
    """Largest of 1, 2.5 and 5 times a power of ten that is not above a step.

    >>> _nice(2505.0), _nice(0.7)
    (2500.0, 0.5)
    """
    unit = 10.0 ** floor(log10(step))
    return next(times * unit for times in (5.0, 2.5, 1.0) if times * unit <= step * (1 + 1e-9))


def followers(model: Model, follow: Follow) -> list[Field]:
    """List what follows the credit.

    At the same rate and term the instalment is in proportion; so is the price, unless a deposit pays the difference.
    """
    roles = {"purchase": ("instalment", "price"), "deposit": ("instalment",), "alone": ()}[follow]
    found = (model.of_role(role) for role in roles)
    return [field for field in found if field is not None]


def following(model: Model, facts: Mapping[str, Any], credit: float, follow: Follow) -> dict[str, float]:
    """Values of what follows the credit, by field."""
    field = model.of_role("credit")
    if field is None or not facts.get(field.name):
        return {}
    share = credit / facts[field.name]
    moved = followers(model, follow)
    return {one.name: round(share * facts[one.name], 2) for one in moved if facts.get(one.name) is not None}


def application(model: Model, client: str, facts: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Body of a request: what is known of the client, with changes, and the client's number for the stored history."""
    known = {name: value for name, value in {**facts, **changes}.items() if value is not None}
    number: str | int = client if model.text_ids else int(client)
    return {**known, model.identity: number} if model.identity else known
