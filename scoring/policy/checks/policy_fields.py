"""The fields that conditions may name: their values and units, and those of what is calculated of two of them."""

import math

from scoring.model.schema import InputSchema
from scoring.policy.checks.cases import Term
from scoring.policy.checks.value_sets import EVERY, Values, between, exactly
from scoring.policy.conditions import SCORES, Value

NO_UNIT = ""
_SHARE = between(0, 1)


class Fields:
    """The fields that conditions may name.

    Parameters
    ----------
    schema : of the applications; None for a model without a manifest, of which only the probability is known.
    calibrated : the model has calibrated probabilities.
    """

    def __init__(self, schema: InputSchema | None, *, calibrated: bool = True) -> None:
        self.schema = schema
        self.known = {field.name: field for field in schema.fields} if schema else {}
        self.scores = SCORES if calibrated else SCORES[:1]

    def domain(self, term: Term) -> Values:
        """Return the values that a field, a score or a calculation may have."""
        if term in SCORES:
            return _SHARE
        if isinstance(term, tuple):
            return self._calculate(*term)
        field = self.known.get(term) if isinstance(term, str) else None
        if field is None:
            return Values((EVERY,), missing=True)
        missing = not field.required or bool(field.missing)
        if field.type == "category":
            return Values(texts=frozenset(), others=True, missing=missing)
        low, high = field.bounds
        numbers = Values(between(low, high, low_open=field.exclusive and field.minimum is not None).numbers)
        return numbers._replace(missing=missing, whole=field.type == "integer")

    def _calculate(self, one: float | str, sign: str, two: float | str) -> Values:
        """Return between which numbers a calculation lies; it may lie within fewer of them."""
        anything = Values((EVERY,), missing=True)
        first, second = self._ends(one), self._ends(two)
        if first is None or second is None:
            return anything
        if one == two and sign in "-/":  # a field and itself
            return exactly([0.0 if sign == "-" else 1.0])._replace(missing=True)
        if sign == "-":
            second = -second[1], -second[0]
        if sign == "/":
            if second[0] < 0 < second[1] or not any(second):
                return anything
            second = 1 / second[1] if second[1] else -math.inf, 1 / second[0] if second[0] else math.inf
        if sign in "+-":
            return between(first[0] + second[0], first[1] + second[1])._replace(missing=True)
        corners = [a * b if a and b else 0.0 for a in first for b in second]  # zero times infinity is zero here
        return between(min(corners), max(corners))._replace(missing=True)

    def _ends(self, operand: float | str) -> tuple[float, float] | None:
        """Return the least and the greatest number that an operand may be; None for texts and unknown fields."""
        if isinstance(operand, float):
            return operand, operand
        numbers = self.domain(operand).numbers
        return (numbers[0].low, numbers[-1].high) if numbers and numbers[0] != EVERY else None

    def unit(self, value: Value) -> str | None:
        """Return the unit of a value; None for a plain number, which fits any unit."""
        if isinstance(value, float):
            return None
        if isinstance(value, str):
            field = self.known.get(value)
            return NO_UNIT if field is None else field.unit or NO_UNIT
        first, sign, second = (self.unit(value[0]), value[1], self.unit(value[2]))
        if sign in "+-" or second is None:
            return second if first is None else first
        if sign == "/":
            return NO_UNIT if first == second else f"{first or '1'}/{second}"
        return second if first is None else f"{first}*{second}"
