"""What of an application can be changed, how far, and the contract that results."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import expm1, floor, log1p, log10
from typing import Any, Literal

from officer.contract import Terms
from officer.model import Field, Model

Lever = Literal["price", "deposit", "credit", "months", "yearly_rate"]
PARTS: tuple[Literal["price", "credit", "instalment"], ...] = ("price", "credit", "instalment")  # fields of a contract
LONGEST = 120  # months
_LEAST, _MOST = 0.1, 3.0  # times the present value
_LARGEST = 1e15
_STEPS = 100  # about so many from zero to the present value
_RATE_STEP = 0.001
_AMOUNT = Field("amount", "number", {"fr": "", "en": ""}, minimum=0, exclusive=True)


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


def list_levers(contract: Terms) -> dict[Lever, Range]:
    """List the parts of a contract that can be chosen, with their ranges; all others follow.

    >>> list(list_levers(Terms(None, None, None, 12000.0, 1111.61, 12, 0.2)))
    ['credit', 'months', 'yearly_rate']
    """
    found: dict[Lever, Range] = {}
    if contract.price is not None and contract.deposit is not None:
        price = choose_range(_AMOUNT, contract.price)
        most = max(0.9 * contract.price, contract.deposit)
        found |= {"price": price, "deposit": Range(0.0, most, price.step)}
    else:
        found["credit"] = choose_range(_AMOUNT, contract.credit)
    if contract.months is not None and contract.yearly_rate is not None:
        found["months"] = Range(1, max(LONGEST, contract.months), 1)
        found["yearly_rate"] = Range(0.0, max(1.0, contract.yearly_rate), _RATE_STEP)
    return found


def recompute(contract: Terms, chosen: Mapping[Lever, float]) -> Terms | None:
    """Compute the contract that results if some of its parts are chosen; None where nothing is left to finance.

    Fees are a fixed share of what is financed for each month, as in the service's own offers.

    >>> longer = recompute(Terms(1000.0, 0.0, 120.0, 1120.0, 103.75, 12, 0.2), {"months": 24, "deposit": 100.0})
    >>> longer.fees, longer.credit, longer.instalment
    (216.0, 1116.0, 56.8)
    """
    changed = {name: value for name, value in chosen.items() if value != getattr(contract, name)}
    if not changed:
        return contract
    price, deposit = changed.get("price", contract.price), changed.get("deposit", contract.deposit)
    before = contract.credit - (contract.fees or 0.0)
    financed = changed.get("credit", before) if price is None or deposit is None else price - deposit
    months = contract.months and int(changed.get("months", contract.months))
    rate = changed.get("yearly_rate", contract.yearly_rate)
    if financed <= 0:
        return None
    longer = months / contract.months if months and contract.months else 1.0
    fees = None if contract.fees is None else round(contract.fees * financed / before * longer, 2)
    credit = round(financed + (fees or 0.0), 2)
    instalment = contract.instalment and round(contract.instalment * credit / contract.credit, 2)
    if months and rate is not None:
        instalment = round(credit * _annuity(rate, months), 2)
    return Terms(price, deposit, fees, credit, instalment, months, rate)


def _annuity(yearly_rate: float, months: int) -> float:
    """Monthly instalment of a credit of 1."""
    monthly = yearly_rate / 12
    return monthly / -expm1(-months * log1p(monthly)) if monthly else 1 / months


def without_term(contract: Terms) -> Terms:
    """Return the same contract for a product without a fixed duration."""
    return replace(contract, months=None, yearly_rate=None)


def list_changed(model: Model, before: Terms, after: Terms) -> dict[str, float]:
    """List the fields that differ between two contracts, with their values after the change."""
    found = {}
    for part in PARTS:
        field, value = model.field_with_role(part), getattr(after, part)
        if field is not None and value is not None and value != getattr(before, part):
            found[field.name] = value
    return found


def build_application(
    model: Model, client: str, facts: Mapping[str, Any], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Build the body of a request: the client's application with changes, and the number for the stored history."""
    known = {name: value for name, value in {**facts, **changes}.items() if value is not None}
    number: str | int = int(client) if client.isascii() and client.isdigit() and not model.text_ids else client
    return {**known, model.identity: number} if model.identity else known
