"""One client's version of ``plan.derive``: a derived number from numbers, None where it is missing."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, log1p, prod

from scoring.model.plan import Operation

Compute = Callable[[Sequence[float | None]], float | None]


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _known(operands: Sequence[float | None]) -> Sequence[float]:
    if None in operands:
        return [number for number in operands if number is not None]
    return operands  # type: ignore[return-value]


def _ratio(operands: Sequence[float | None]) -> float | None:
    first, second = operands[0], operands[1]
    if first is None or not second:  # zero, or missing
        return None
    ratio = first / second  # a further call would cost as much as all of this
    return ratio if isfinite(ratio) else None


def _product(operands: Sequence[float | None]) -> float | None:
    known = _known(operands)
    return _finite(prod(known)) if len(known) == len(operands) else None


def _mean(operands: Sequence[float | None]) -> float | None:
    known = _known(operands)
    return _finite(sum(known) / len(known)) if known else None


def _minimum(operands: Sequence[float | None]) -> float | None:
    return min(_known(operands), default=None)


def _maximum(operands: Sequence[float | None]) -> float | None:
    return max(_known(operands), default=None)


def _missing_count(operands: Sequence[float | None]) -> float | None:
    return float(operands.count(None))


def _log(operands: Sequence[float | None]) -> float | None:
    first = operands[0]
    return None if first is None else log1p(abs(first))


def _square(operands: Sequence[float | None]) -> float | None:
    first = operands[0]
    return None if first is None else _finite(first * first)


OPERATIONS: Mapping[Operation, Compute] = {
    "ratio": _ratio,
    "product": _product,
    "mean": _mean,
    "minimum": _minimum,
    "maximum": _maximum,
    "missing_count": _missing_count,
    "log": _log,
    "square": _square,
}
