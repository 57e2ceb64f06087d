"""Intervals from resampled clients.

A resample is told by how often each client was drawn, so that whatever was sorted for all clients need not
be sorted again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.report import Metric

RESAMPLES = 200
_QUANTILES = (0.025, 0.975)


def resamples(target: NDArray[Any], seed: int, number: int = RESAMPLES) -> Iterator[Floats]:
    """Draw clients with replacement; yields how often each was drawn, shape (n,).

    A draw that misses one of the outcomes is drawn again, as no figure could be had from it.

    Raises
    ------
    ValueError
        Where ``target`` has one outcome only.
    """
    _require_both(target)
    outcome = np.asarray(target)
    draws = np.random.default_rng(seed)
    made = 0
    while made < number:
        counts = np.bincount(draws.integers(0, len(outcome), len(outcome)), minlength=len(outcome)).astype(float)
        if 0 < counts @ outcome < len(outcome):
            made += 1
            yield counts


def with_intervals(
    target: NDArray[Any],
    measure: Callable[[Floats], Mapping[str, float]],
    seed: int,
    number: int = RESAMPLES,
) -> dict[str, Metric]:
    """Measure all clients, then resamples of them.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    measure : from how often each client counts, shape (n,), to figures by name.

    Raises
    ------
    ValueError
        Where ``target`` has one outcome only.
    """
    _require_both(target)
    whole = measure(np.ones(len(target)))
    resampled = [measure(counts) for counts in resamples(target, seed, number)]
    return {name: interval(value, [sample[name] for sample in resampled]) for name, value in whole.items()}


def interval(value: float, resampled: Sequence[float] | Floats) -> Metric:
    """Put the 2.5 % and 97.5 % quantiles of resampled figures beside a figure."""
    low, high = np.quantile(resampled, _QUANTILES)
    return Metric(value=float(value), low=float(low), high=float(high))


def _require_both(target: NDArray[Any]) -> None:
    found = np.unique(np.asarray(target))
    if len(found) != 2:
        raise ValueError(f"target has {len(found)} different values, expected both 0 and 1")
