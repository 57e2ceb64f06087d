"""Whether one column alone tells the outcome: then it was probably written down after it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]

TOO_GOOD = 0.99  # an AUC that no single fact known before a credit reaches
_FEWEST = 20  # clients of either outcome, below which an AUC can be high by chance
_FEW_VALUES = 50  # a number with no more different values is looked at as a category too
_FOLDS = 5


def leak_of(values: NDArray[Any], target: Floats) -> str | None:
    """Say how a column gives the outcome away; None where it does not.

    Looked at: the value among clients that have one, in either direction; whether it is missing; and for
    categories and numbers with few different values the default rate of each, taken from other clients.

    Parameters
    ----------
    values : shape (n,), float64 with NaN, or objects (text) with None. Infinite ones rank as such.
    target : shape (n,), 0 or 1.

    >>> target = np.array([0.0, 1.0] * 50)
    >>> leak_of(1 - target, target)
    'equals the target or its complement'
    >>> leak_of(np.arange(100.0), target) is None
    True
    """
    absent = pd.isna(values)
    known, outcome = values[~absent], target[~absent]
    numeric = values.dtype.kind == "f"
    codes, distinct = pd.factorize(known)
    if _enough(outcome):
        best = either_way(auc(known, outcome)) if numeric else 0.0
        if not numeric or len(distinct) <= _FEW_VALUES:
            best = max(best, auc(held_out_rates(codes, outcome), outcome))
        if best == 1 and len(distinct) == len(np.unique(target)) and not absent.any():
            return "equals the target or its complement"
        if best > TOO_GOOD:
            return f"tells the outcome by itself (AUC {best:.4f})"
    missing = either_way(auc(absent.astype(float), target)) if absent.any() and _enough(target) else 0.0
    return f"tells the outcome by being missing or not (AUC {missing:.4f})" if missing > TOO_GOOD else None


def auc(score: Floats, target: Floats) -> float:
    """Area under the ROC curve: chance that a default scores above a client who paid, ties counting half.

    Source: Hanley and McNeil (1982), The Meaning and Use of the Area under a ROC Curve.

    >>> auc(np.array([0.1, 0.3, 0.4, 0.8]), np.array([0.0, 1.0, 0.0, 1.0]))
    0.75
    """
    positive = target == 1
    defaults, paid = np.count_nonzero(positive), np.count_nonzero(~positive)
    ranks = rankdata(score)
    return float((ranks[positive].sum() - defaults * (defaults + 1) / 2) / (defaults * paid))


def either_way(area: float) -> float:
    """Area of the score or of its opposite, whichever is larger."""
    return max(area, 1 - area)


def held_out_rates(codes: NDArray[np.intp], target: Floats) -> Floats:
    """Default rate of each client's category among the other folds' clients, shape (n,).

    A client's own outcome must not count: with it, a category of one client would always know the answer. Rates
    of small categories are drawn towards the whole's by one client.

    Parameters
    ----------
    codes : shape (n,), category of each client, from 0.
    target : shape (n,), 0 or 1.

    >>> held_out_rates(np.arange(10), np.array([0.0, 1.0] * 5)).tolist()  # ten categories of one client
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    # Dealt by turns within each outcome, so that every fold has the same default rate.
    fold = np.where(target == 1, np.cumsum(target), np.cumsum(1 - target)).astype(np.intp) % _FOLDS
    size, overall = int(codes.max(initial=0)) + 1, target.mean()
    rates = np.empty(len(target))
    for k in range(_FOLDS):
        others = fold != k
        clients = np.bincount(codes[others], minlength=size)
        defaults = np.bincount(codes[others], weights=target[others], minlength=size)
        rates[~others] = ((defaults + overall) / (clients + 1))[codes[~others]]
    return rates


def _enough(target: Floats) -> bool:
    return bool(min(np.count_nonzero(target == 0), np.count_nonzero(target == 1)) >= _FEWEST)
