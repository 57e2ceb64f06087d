"""The operations that compute derived numbers. Each has a form for one application (scalar) and for n (vector).

The scalar form takes floats, and None for a missing value. The vector form takes a float64 array of shape (inputs, n),
with NaN for a missing value. A result that is not finite counts as missing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log1p, prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Operation = Literal["ratio", "product", "mean", "minimum", "maximum", "missing_count", "log", "square"]
Numbers = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Forms:
    """Both forms of an operation.

    >>> OPERATIONS["ratio"].scalar([6.0, 3.0]), OPERATIONS["ratio"].scalar([1.0, 0.0])
    (2.0, None)
    """

    scalar: Callable[[Numbers], float | None]
    vector: Callable[[Floats], Any]


def derive_column(operation: Operation, inputs: Sequence[Floats]) -> Floats:
    """Compute a derived number of n applications.

    Parameters
    ----------
    inputs : each of shape (n,), NaN where missing.

    >>> nan = float("nan")
    >>> derive_column("ratio", [np.array([6.0, 1.0, 1.0]), np.array([3.0, 0.0, nan])]).tolist()
    [2.0, nan, nan]
    >>> derive_column("mean", [np.array([0.2, nan]), np.array([0.4, nan])]).round(12).tolist()
    [0.3, nan]
    """
    with np.errstate(all="ignore"):
        result = OPERATIONS[operation].vector(np.vstack(inputs))
    return np.where(np.isfinite(result), result, np.nan)


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None


def _present(numbers: Numbers) -> Sequence[float]:
    if None in numbers:
        return [number for number in numbers if number is not None]
    return numbers  # type: ignore[return-value]


def _ratio(numbers: Numbers) -> float | None:
    first, second = numbers[0], numbers[1]
    if first is None or not second:  # zero, or missing
        return None
    ratio = first / second
    return ratio if isfinite(ratio) else None  # written out, because a call of _finite would take as long as the rest


def _product(numbers: Numbers) -> float | None:
    present = _present(numbers)
    return _finite(prod(present)) if len(present) == len(numbers) else None


def _mean(numbers: Numbers) -> float | None:
    present = _present(numbers)
    return _finite(sum(present) / len(present)) if present else None


def _vector_mean(stack: Floats) -> Any:
    present = ~np.isnan(stack)
    return np.where(present, stack, 0.0).sum(axis=0) / present.sum(axis=0)


def _log(numbers: Numbers) -> float | None:
    return None if numbers[0] is None else log1p(abs(numbers[0]))


def _square(numbers: Numbers) -> float | None:
    return None if numbers[0] is None else _finite(numbers[0] * numbers[0])


OPERATIONS: Mapping[Operation, Forms] = {
    "ratio": Forms(_ratio, lambda stack: stack[0] / stack[1]),
    "product": Forms(_product, lambda stack: np.prod(stack, axis=0)),
    "mean": Forms(_mean, _vector_mean),
    "minimum": Forms(lambda numbers: min(_present(numbers), default=None), lambda stack: np.fmin.reduce(stack, axis=0)),
    "maximum": Forms(lambda numbers: max(_present(numbers), default=None), lambda stack: np.fmax.reduce(stack, axis=0)),
    "missing_count": Forms(
        lambda numbers: float(numbers.count(None)), lambda stack: np.isnan(stack).sum(axis=0).astype(float)
    ),
    "log": Forms(_log, lambda stack: np.log1p(np.abs(stack[0]))),
    "square": Forms(_square, lambda stack: np.square(stack[0])),
}
