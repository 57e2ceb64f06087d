"""Shapes of terms: what an additive model learned of the narrow bins of a field, smoothed where few clients are.

A shape is a weight for each bin: what it adds to the log-odds of default, beside all other terms.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.isotonic import isotonic_regression

from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, Plan

_UNLIKELY = 0.01  # a stated direction is dropped if chance alone would contradict it as much less often than this
_TURNS = 3  # changes of direction from which on a shape is jagged


def merge_bins(weights: Floats, clients: Floats, *, smallest: float, most: int, loss: float) -> list[int]:
    """Merge neighbouring bins, those that change the shape least first.

    A merged bin has the mean weight of its clients. What a merge loses is ``a b / (a + b) * difference ** 2``, for bins
    of a and b clients whose weights differ by ``difference``. Bins are merged while the least loss is below ``loss``,
    and while there is a bin of fewer than ``smallest`` clients, or more than ``most`` bins.

    Parameters
    ----------
    weights : shape (bins,).
    clients : shape (bins,).

    Returns
    -------
    The first bin of each merged bin, ascending.

    >>> merge_bins(np.array([0.5, 0.49, 0.0, -0.5]), np.array([90.0, 90, 3, 90]), smallest=10, most=9, loss=0.5)
    [0, 3]
    """
    first, means, sizes = list(range(len(weights))), weights.tolist(), clients.tolist()
    while len(first) > 1:
        losses = [
            0.0 if not a + b else a * b / (a + b) * (v - w) ** 2
            for (a, b), (v, w) in zip(pairwise(sizes), pairwise(means), strict=True)
        ]
        thin = [i for i, pair in enumerate(pairwise(sizes)) if min(pair) < smallest]
        at = min(thin or range(len(losses)), key=losses.__getitem__)
        if not thin and len(first) <= most and losses[at] >= loss:
            break
        size = sizes[at] + sizes[at + 1]
        if size:
            means[at] = (means[at] * sizes[at] + means[at + 1] * sizes[at + 1]) / size
        sizes[at] = size
        del first[at + 1], means[at + 1], sizes[at + 1]
    return first


def average(values: Floats, clients: Floats, first: list[int]) -> Floats:
    """Average the values of merged bins over their clients, shape (merged bins,)."""
    sizes = np.add.reduceat(clients, first)
    averages: Floats = np.add.reduceat(values * clients, first) / np.where(sizes, sizes, 1.0)
    return averages


def force_direction(
    weights: Floats, place: NDArray[np.intp], residual: Floats, variance: Floats, counted: Floats, *, rises: bool
) -> Floats:
    """Make a shape only rise, or only fall, unless the outcomes contradict that.

    Within each run of bins that the direction forces to one weight, outcomes should not differ beyond chance. The test
    is a score test of all these runs together.

    Parameters
    ----------
    weights : shape (bins,).
    place : shape (n,), the bin of each client whose value is known.
    residual, variance : shape (n,), outcome minus predicted chance of default p, and p (1 - p).
    counted : shape (n,), how often each client counts.

    Returns
    -------
    Shape (bins,); the same weights if the outcomes contradict the direction.

    Source: Barlow et al. (1972), Statistical Inference under Order Restrictions.
    """
    bins = len(weights)
    clients = np.bincount(place, counted, bins)
    forced: Floats = isotonic_regression(weights, sample_weight=np.maximum(clients, 1e-9), increasing=rises)
    moved = (forced - weights)[place]
    left = np.bincount(place, counted * (residual - variance * moved), bins)
    information = np.bincount(place, counted * variance, bins)
    run = np.r_[0, np.cumsum(np.diff(forced) != 0)]
    # Within a run, the common part of what is left is not evidence against the run.
    common = np.bincount(run, left) / np.maximum(np.bincount(run, information), 1e-9)
    apart = left - information * common[run]
    free = int(np.count_nonzero(information)) - len(np.unique(run[information > 0]))
    statistic = float(np.sum(apart**2 / np.maximum(information, 1e-9)))
    return weights if free and chi2.sf(statistic, free) < _UNLIKELY else forced


def list_unusual(plan: Plan, riskier: Mapping[str, str]) -> list[str]:
    """List the shapes of a plan that a person should look at, each as a warning that says what to do.

    ``riskier`` says for some numbers which values are generally known to be riskier, ``higher`` or ``lower``.
    """
    advice = (
        "Look at its plot and its counts. If the business knows no reason for it, train without this field, state in "
        "the schema which of its values are riskier, or ask for --force scorecard, whose terms never turn."
    )
    # the risk of a code in disguise has to jump
    numbers = [column for column in plan.columns if isinstance(column, BinnedColumn) and not column.codes]
    described = {column.name: describe_unusual(column, riskier.get(column.name)) for column in numbers}
    return [f"shape of {name}: {unusual}\n{advice}" for name, unusual in described.items() if unusual]


def describe_unusual(column: BinnedColumn, riskier: str | None) -> str | None:
    """Describe what a person should look at in the shape of a number; None if there is nothing.

    >>> jagged = BinnedColumn(name="a", source="a", edges=(1, 2, 3, 4), values=(0.1, 0.3, 0.0, 0.4, 0.2), missing=0.0)
    >>> describe_unusual(jagged, None)
    'its risk changes direction 3 times'
    >>> describe_unusual(BinnedColumn(name="b", source="b", edges=(1,), values=(0.2, 0.1), missing=0.0), "higher")
    'its risk falls from 0.2 to 0.1, but higher values are stated to be riskier'
    """
    steps = [b - a for a, b in pairwise(column.values) if a != b]
    turns = sum(a * b < 0 for a, b in pairwise(steps))
    if riskier is not None and any((step > 0) != (riskier == "higher") for step in steps):
        against = [(a, b) for a, b in pairwise(column.values) if a != b and (b > a) != (riskier == "higher")]
        a, b = max(against, key=lambda pair: abs(pair[1] - pair[0]))
        moves = f"its risk {'rises' if b > a else 'falls'} from {a:.2g} to {b:.2g}"
        return f"{moves}, but {riskier} values are stated to be riskier"
    return f"its risk changes direction {turns} times" if turns >= _TURNS else None
