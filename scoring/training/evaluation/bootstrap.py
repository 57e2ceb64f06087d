"""Intervals from resampled clients.

A resample is represented by how often each client was drawn, so that clients are sorted once for all resamples.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.report import Metric

RESAMPLES = 200


def draw_resamples(target: NDArray[Any], seed: int, number: int = RESAMPLES) -> Iterator[Floats]:
    """Draw clients with replacement; yields how often each was drawn, shape (n,).

    A draw without clients of one outcome is drawn again, as nothing can be measured on it.

    Raises
    ------
    ValueError
        When ``target`` has one outcome only.
    """
    outcome = np.asarray(target)
    found = np.unique(outcome)
    if len(found) != 2:
        raise ValueError(f"target has {len(found)} different values, expected both 0 and 1")
    draws = np.random.default_rng(seed)
    made = 0
    while made < number:
        counts = np.bincount(draws.integers(0, len(outcome), len(outcome)), minlength=len(outcome)).astype(float)
        if 0 < counts @ outcome < len(outcome):
            made += 1
            yield counts


def measure_with_intervals(
    target: NDArray[Any],
    measure: Callable[[Floats], Mapping[str, float]],
    seed: int,
    number: int = RESAMPLES,
    weights: Floats | None = None,
) -> dict[str, Metric]:
    """Measure all clients, and resamples of them for the intervals.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    measure : computes figures by name from how often each client counts, shape (n,).
    weights : shape (n,), how often each client counts; once by default. Clients are drawn without regard to them.

    Raises
    ------
    ValueError
        When ``target`` has one outcome only.
    """
    each = np.ones(len(target)) if weights is None else weights
    resampled = [measure(counts * each) for counts in draw_resamples(target, seed, number)]
    whole = measure(each)
    return {name: add_interval(value, [sample[name] for sample in resampled]) for name, value in whole.items()}


def add_interval(value: float, resampled: Sequence[float] | Floats) -> Metric:
    """Add the 2.5 % and 97.5 % quantiles of resampled figures to a figure."""
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Metric(value=float(value), low=float(low), high=float(high))
