"""Conditions as Python functions, made once when a policy is read.

Each takes the application and the score, and returns true, false or None: not known, because a value is missing.
``all`` is false if one part is false, and ``any`` is true if one part is true, whatever is not known (Kleene's logic).
"""

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from scoring.model.compile import RawRecord
from scoring.model.schema import InputSchema
from scoring.model.scorer import Score
from scoring.policy.conditions import SCORES, All, Compare, Condition, IsIn, IsMissing, Not, Some, Value

Check = Callable[[RawRecord | None, Score], bool | None]
Reader = Callable[[RawRecord | None, Score], Any]  # returns a number or a text; None if it is missing
Markers = Mapping[str, frozenset[float | str]]
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne
}  # fmt: skip
_CALCULATE: Mapping[str, Callable[[float, float], float]] = {
    "/": operator.truediv, "*": operator.mul, "+": operator.add, "-": operator.sub
}  # fmt: skip


def list_markers(schema: InputSchema | None) -> Markers:
    """Return the values of each field that mean that it is missing."""
    return {one.name: frozenset(one.missing) for one in schema.fields if one.missing} if schema else {}


def compile_condition(condition: Condition | None, markers: Markers) -> Check:
    """Make the function that checks a condition; without a condition, it is always true."""
    match condition:
        case None:
            return lambda _record, _score: True
        case All(all=parts):
            return _all([compile_condition(part, markers) for part in parts])
        case Some(any=parts):
            return _any([compile_condition(part, markers) for part in parts])
        case Not(not_=part):
            return _not(compile_condition(part, markers))
        case IsMissing(missing=name):
            return _is_missing(name, read_value(name, markers))
        case IsIn(value=name, in_=listed):
            return _is_in(read_value(name, markers), frozenset(listed))
        case Compare(value=value, is_=sign, to=other):
            return _compare(read_value(value, markers), _COMPARE[sign], read_value(other, markers))


def read_value(value: Value, markers: Markers) -> Reader:
    """Make the function that reads a value; what is not a finite number and no text is missing."""
    if isinstance(value, float):
        return constant(value)
    if isinstance(value, tuple):
        return _calculate(read_value(value[0], markers), _CALCULATE[value[1]], read_value(value[2], markers))
    if value == SCORES[0]:
        return lambda _record, score: score.probability
    if value == SCORES[1]:
        return lambda _record, score: score.calibrated_probability
    return _field(value, markers.get(value, frozenset()))


def constant(value: float | None) -> Reader:
    """Make the function that returns the same number for everybody."""
    return lambda _record, _score: value


def _field(name: str, missing: frozenset[float | str]) -> Reader:
    def read(record: RawRecord | None, _score: Score) -> Any:
        found = None if record is None else record.get(name)
        if found is None or found in missing:
            return None
        return found if isinstance(found, str) or math.isfinite(found) else None

    return read


def _calculate(first: Reader, calculate: Callable[[float, float], float], second: Reader) -> Reader:
    def read(record: RawRecord | None, score: Score) -> float | None:
        one, two = first(record, score), second(record, score)
        if one is None or two is None:
            return None
        try:
            result = calculate(float(one), float(two))
        except ZeroDivisionError:
            return None
        return result if math.isfinite(result) else None

    return read


def _all(parts: list[Check]) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        result: bool | None = True
        for part in parts:
            found = part(record, score)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return check


def _any(parts: list[Check]) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        result: bool | None = False
        for part in parts:
            found = part(record, score)
            if found:
                return True
            if found is None:
                result = None
        return result

    return check


def _not(part: Check) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        found = part(record, score)
        return None if found is None else not found

    return check


def _is_missing(name: str, read: Reader) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        return None if record is None and name not in SCORES else read(record, score) is None

    return check


def _is_in(read: Reader, listed: frozenset[float | str]) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        found = read(record, score)
        return None if found is None else found in listed

    return check


def _compare(first: Reader, compare: Callable[[float, float], bool], second: Reader) -> Check:
    def check(record: RawRecord | None, score: Score) -> bool | None:
        one, two = first(record, score), second(record, score)
        return None if one is None or two is None else compare(one, two)

    return check
