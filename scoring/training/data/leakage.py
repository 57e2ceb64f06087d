"""Find columns that give the outcome away by themselves; they were probably recorded after it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.training.evaluation.ranking import auc

TOO_GOOD = 0.99  # higher than the AUC of any single field that is known before a credit
_FEWEST = 20  # clients of either outcome; with fewer, an AUC can be high by chance
_FEW_VALUES = 50  # a number with at most this many distinct values is checked as a category, too
_FOLDS = 5


def find_leak(values: NDArray[Any], target: Floats) -> str | None:
    """Describe how a column gives the outcome away; None if it does not.

    Three things are checked: the value itself, in either direction; whether it is missing; and for categories and
    numbers with few distinct values, the default rate of each value, measured on other clients.

    Parameters
    ----------
    values : shape (n,), float64 with NaN, or objects (text) with None. Infinite ones rank as such.
    target : shape (n,), 0 or 1.

    >>> target = np.array([0.0, 1.0] * 50)
    >>> find_leak(1 - target, target)
    'equals the target or its complement'
    >>> find_leak(np.arange(100.0), target) is None
    True
    """
    absent = pd.isna(values)
    known, outcome = values[~absent], target[~absent]
    numeric = values.dtype.kind == "f"
    codes, distinct = pd.factorize(known)
    if _has_enough(outcome):
        best = auc_either_way(outcome, known) if numeric else 0.0
        if not numeric or len(distinct) <= _FEW_VALUES:
            best = max(best, auc(outcome, held_out_rates(codes, outcome)))
        if best == 1 and len(distinct) == len(np.unique(target)) and not absent.any():
            return "equals the target or its complement"
        if best > TOO_GOOD:
            return f"gives the outcome away by itself (AUC {best:.4f})"
    missing = auc_either_way(target, absent.astype(float)) if absent.any() and _has_enough(target) else 0.0
    return f"gives the outcome away by being missing or not (AUC {missing:.4f})" if missing > TOO_GOOD else None


def auc_either_way(target: Floats, score: Floats) -> float:
    """AUC of a score or of its opposite, whichever is larger; shapes (n,)."""
    area = auc(target, score)
    return max(area, 1 - area)


def held_out_rates(codes: NDArray[np.intp], target: Floats) -> Floats:
    """Default rate of each client's category among the clients of other folds, shape (n,).

    A client's own outcome must not count, because a category of a single client would always give it away. The rates
    of small categories are pulled towards the overall rate by one client.

    Parameters
    ----------
    codes : shape (n,), category of each client, from 0.
    target : shape (n,), 0 or 1.

    >>> held_out_rates(np.arange(10), np.array([0.0, 1.0] * 5)).tolist()  # ten categories of one client
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    """
    # Assigned in turn within each outcome, so that every fold has the same default rate.
    fold = np.where(target == 1, np.cumsum(target), np.cumsum(1 - target)).astype(np.intp) % _FOLDS
    size, overall = int(codes.max(initial=0)) + 1, target.mean()
    rates = np.empty(len(target))
    for k in range(_FOLDS):
        others = fold != k
        clients = np.bincount(codes[others], minlength=size)
        defaults = np.bincount(codes[others], weights=target[others], minlength=size)
        rates[~others] = ((defaults + overall) / (clients + 1))[codes[~others]]
    return rates


def _has_enough(target: Floats) -> bool:
    return bool(min(np.count_nonzero(target == 0), np.count_nonzero(target == 1)) >= _FEWEST)
