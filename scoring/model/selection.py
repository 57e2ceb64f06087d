"""Selects, among many numbers, a few that predict the outcome and are not redundant."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from scoring.model.calibration import Floats

_MOST_ROWS = 50_000  # ranks of more rows cost minutes and change nothing
_ALIKE = 0.8
_HALVES = 6
_RIDGE = 0.01


def strongest(values: Floats, target: NDArray[Any], keep: int) -> list[int]:
    """Choose columns by how well each alone ranks defaults, without near copies of better ones.

    A column's strength is the distance of its AUC from 0.5, where missing values are replaced by the median. A column
    is skipped if its absolute rank correlation with a column already chosen is above 0.8.

    Parameters
    ----------
    values : shape (n, columns), NaN is missing.
    target : shape (n,), 0 or 1.
    keep : how many columns to choose at most.

    Returns
    -------
    Positions of the chosen columns, strongest first. Constant and all-missing columns are never chosen.

    >>> target = np.array([0, 0, 0, 1, 1, 1])
    >>> perfect, copy, noise = np.arange(6.0), np.arange(6.0) ** 2, np.array([1.0, 3, 2, 2, 1, 3])
    >>> strongest(np.column_stack([noise, copy, perfect, np.ones(6)]), target, keep=3)
    [1, 0]
    """
    step = -(-len(values) // _MOST_ROWS)
    values, target = values[::step], np.asarray(target)[::step]
    usable = np.flatnonzero(np.fmin.reduce(values) < np.fmax.reduce(values)).tolist()
    if not usable:
        return []
    ranks = np.column_stack([_ranks(values[:, i]) for i in usable])
    strength = np.abs(_auc(ranks, target) - 0.5)
    standard = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    chosen: list[int] = []
    for candidate in np.argsort(-strength, kind="stable"):
        if len(chosen) == keep:
            break
        alike = np.abs(standard[:, chosen].T @ standard[:, candidate]) / len(standard)
        if not (alike > _ALIKE).any():
            chosen.append(int(candidate))
    return [usable[i] for i in chosen]


def steadiest(rows: Floats, target: NDArray[Any], keep: int, weights: Floats | None = None) -> list[int]:
    """Choose the model-ready columns that matter most to a regression, whichever half of the clients it is fitted on.

    A logistic regression with a ridge penalty and balanced classes is fitted on each of six random halves of the
    clients, to standardised columns. Columns are ranked by their smallest absolute coefficient in these fits.

    Parameters
    ----------
    rows : shape (n, columns), all finite.
    target : shape (n,), 0 or 1.
    keep : how many columns to choose at most.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    Positions of the chosen columns, the one that matters most first.

    >>> draws = np.random.default_rng(0)
    >>> rows = draws.normal(size=(400, 3))
    >>> steadiest(rows, (rows[:, 1] + draws.normal(size=400) > 0).astype(int), keep=1)
    [1]
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    draws = np.random.default_rng(0)
    standard = StandardScaler().fit_transform(rows, sample_weight=weights)
    sizes = []
    for _ in range(_HALVES // 2):
        order = draws.permutation(len(rows))
        for half in (order[::2], order[1::2]):
            model = LogisticRegression(C=_RIDGE, class_weight="balanced", solver="newton-cholesky", max_iter=200)
            counts = None if weights is None else weights[half]
            sizes.append(np.abs(model.fit(standard[half], target[half], counts).coef_[0]))
    least = np.min(sizes, axis=0)
    return [int(i) for i in np.argsort(-least, kind="stable")[:keep]]


def _ranks(column: Floats) -> Floats:
    ranks: Floats = rankdata(np.where(np.isnan(column), np.nanmedian(column), column))
    return ranks


def _auc(ranks: Floats, target: NDArray[Any]) -> Floats:
    positives = int(np.count_nonzero(target == 1))
    negatives = len(target) - positives
    wins: Floats = ranks[target == 1].sum(axis=0) - positives * (positives + 1) / 2
    return wins / (positives * negatives)
