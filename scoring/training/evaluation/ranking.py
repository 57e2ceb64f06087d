"""Figures of a ranking, for many weightings of the same clients: they are sorted once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats


def auc(target: NDArray[Any], score: Floats, weights: Floats | None = None) -> float:
    """Area under the ROC curve: the probability that a default scores above a repaid credit; a tie counts half.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    score : shape (n,), any scale on which more means riskier.
    weights : shape (n,), how often each client counts; once by default.

    Source: Hanley and McNeil (1982), The Meaning and Use of the Area under a ROC Curve.

    >>> auc(np.array([0, 1, 0, 1]), np.array([0.1, 0.3, 0.4, 0.8]))
    0.75
    """
    return Ranking(target, score).auc(np.ones(len(target)) if weights is None else weights)


def placements(target: NDArray[Any], score: Floats, weights: Floats | None = None) -> Floats:
    """Place each client among those of the other outcome; shape (n,), each outcome's mean is the AUC.

    A default's placement is the share of repaid credits that score lower, a repaid credit's that of the defaults that
    score higher; a tie counts half. Variances and covariances of AUCs follow from placements.

    Parameters
    ----------
    target, score, weights : as ``auc`` takes them.

    Source: DeLong, DeLong and Clarke-Pearson (1988), Comparing the Areas under Two or More Correlated ROC Curves.

    >>> placements(np.array([0, 1, 0, 1]), np.array([0.1, 0.3, 0.4, 0.8])).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    defaulted = np.asarray(target) == 1
    counts = np.ones(len(defaulted)) if weights is None else weights
    _, place = np.unique(score, return_inverse=True)
    placed = np.empty(len(defaulted))
    for own in (defaulted, ~defaulted):
        there = np.bincount(place[~own], counts[~own], minlength=int(place.max()) + 1)
        lower = np.cumsum(there) - there / 2
        placed[own] = (lower / there.sum())[place[own]]
    return np.where(defaulted, placed, 1 - placed)


class Ranking:
    """Clients in ascending order of probability; clients of equal probability are one group.

    Parameters
    ----------
    target : shape (n,), 0 or 1.
    probability : shape (n,), any scale on which more means riskier.
    """

    def __init__(self, target: NDArray[Any], probability: Floats) -> None:
        self.order = np.argsort(probability, kind="stable")
        self.defaulted = np.asarray(target, dtype=float)[self.order]
        ranked = np.asarray(probability)[self.order]
        self.first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        self.thresholds: Floats = np.r_[ranked[self.first], 1.0]

    def count_outcomes(self, weights: Floats) -> tuple[Floats, Floats]:
        """Sum the weights of defaults and of repaid credits at each distinct probability, ascending.

        ``weights``, shape (n,), say how often each client counts; both outcomes need some weight.
        """
        ranked = weights[self.order]
        everybody = np.add.reduceat(ranked, self.first)
        defaults = np.add.reduceat(ranked * self.defaulted, self.first)
        return defaults, everybody - defaults

    def measure(self, weights: Floats) -> dict[str, float]:
        """Measure ``auc``, ``gini``, ``ks`` and ``pr_auc`` of weighted clients.

        ``ks`` is the largest distance between the shares of defaults and of repaid credits below a threshold;
        ``pr_auc`` is average precision: precision at each threshold, weighted by the defaults it adds.

        >>> ranking = Ranking(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8]))
        >>> {name: round(value, 4) for name, value in ranking.measure(np.ones(4)).items()}
        {'auc': 0.75, 'gini': 0.5, 'ks': 0.5, 'pr_auc': 0.8333}
        """
        defaults, repaid = self.count_outcomes(weights)
        area = _auc(defaults, repaid)
        below = np.cumsum(repaid) / repaid.sum() - np.cumsum(defaults) / defaults.sum()
        return {
            "auc": area,
            "gini": 2 * area - 1,
            "ks": float(max(below.max(), 0.0)),
            "pr_auc": _average_precision(defaults, repaid),
        }

    def auc(self, weights: Floats) -> float:
        """Area under the ROC curve of weighted clients; a tie counts half."""
        return _auc(*self.count_outcomes(weights))


def _auc(defaults: Floats, repaid: Floats) -> float:
    lower = np.cumsum(repaid) - repaid
    return float(defaults @ (lower + repaid / 2) / (defaults.sum() * repaid.sum()))


def _average_precision(defaults: Floats, repaid: Floats) -> float:
    caught = np.cumsum(defaults[::-1])
    refused = caught + np.cumsum(repaid[::-1])
    # Above the highest resampled client nobody is refused, and no default is added.
    precision = np.divide(caught, refused, out=np.zeros_like(caught), where=refused > 0)
    return float(defaults[::-1] @ precision / caught[-1])
