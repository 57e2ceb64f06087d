"""The threshold that a sample would have liked best, and what tuning by it is worth."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.costs import Costs
from scoring.model.report import NestedThreshold, Optimum
from scoring.training.evaluation.bootstrap import RESAMPLES, interval, resamples, with_intervals
from scoring.training.evaluation.ranking import Ranking

TOLERANCE = 0.01


def optimum(
    target: NDArray[Any], calibrated: Floats, costs: Costs, served: float, seed: int, number: int = RESAMPLES
) -> Optimum:
    """Lowest point of the cost curve with its bootstrap interval, and how flat the curve is there.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    served : the threshold in use, calibrated scale.
    """
    ranking = Ranking(target, calibrated)
    thresholds = _thresholds(ranking)
    curve = _curve(ranking, np.ones(len(target)), costs)
    lowest = [_lowest(ranking, counts, costs) for counts in resamples(target, seed, number)]
    flat = thresholds[curve <= curve.min() * (1 + TOLERANCE)]
    return Optimum(
        threshold=interval(float(thresholds[np.argmin(curve)]), lowest),
        cost=float(curve.min()),
        served_cost=float(curve[np.searchsorted(thresholds, served)]),
        flat_low=float(flat.min()),
        flat_high=float(flat.max()),
        tolerance=TOLERANCE,
    )


def nested(
    target: NDArray[Any], calibrated: Floats, fold: NDArray[np.intp], costs: Costs, seed: int, number: int = RESAMPLES
) -> NestedThreshold:
    """Tune the threshold on all folds but one and measure it on that one, beside the theoretical threshold.

    Each resample is tuned anew, so that the interval of the difference holds the luck of tuning too; folds share
    most of their clients when they are tuned on, and without that the interval would be far too narrow.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    fold : shape (n,), which fold each client is in.
    """
    numbers, part = np.unique(fold, return_inverse=True)
    others = [(part != k, Ranking(target[part != k], calibrated[part != k])) for k in range(len(numbers))]
    by_theory = _per_client(target, calibrated >= costs.threshold(), costs)

    def tune(counts: Floats) -> Floats:
        return np.array([_lowest(ranking, counts[known], costs) for known, ranking in others])

    def by_tuned(tuned: Floats) -> Floats:
        return _per_client(target, calibrated >= tuned[part], costs)

    def measure(counts: Floats) -> dict[str, float]:
        return {"difference": float(counts @ (by_tuned(tune(counts)) - by_theory) / counts.sum())}

    everybody = np.ones(len(target))
    tuned = tune(everybody)
    difference = with_intervals(target, measure, seed, number)["difference"]
    return NestedThreshold(
        tuned=tuple(tuned.tolist()),
        tuned_cost=float(by_tuned(tuned).mean()),
        theoretical_cost=float(by_theory.mean()),
        hindsight_cost=float(_curve(Ranking(target, calibrated), everybody, costs).min()),
        difference=difference,
        gains=difference.high < 0,
    )


def best_threshold(target: NDArray[Any], calibrated: Floats, costs: Costs, weights: Floats | None = None) -> float:
    """Threshold at which clients, shape (n,), would have cost least; 1 where accepting all is best.

    >>> best_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8]), Costs())
    0.3
    """
    ranking = Ranking(target, calibrated)
    return _lowest(ranking, np.ones(len(target)) if weights is None else weights, costs)


def _lowest(ranking: Ranking, weights: Floats, costs: Costs) -> float:
    return float(_thresholds(ranking)[np.argmin(_curve(ranking, weights, costs))])


def _thresholds(ranking: Ranking) -> Floats:
    thresholds: Floats = np.r_[ranking.values, 1.0]
    return thresholds


def _curve(ranking: Ranking, weights: Floats, costs: Costs) -> Floats:
    """Cost per client of refusing from each distinct prediction on, and last of accepting all."""
    defaults, repaid = ranking.counts(weights)
    missed = np.r_[0.0, np.cumsum(defaults)]
    wronged = np.r_[np.cumsum(repaid[::-1])[::-1], 0.0]
    curve: Floats = (costs.false_negative * missed + costs.false_positive * wronged) / weights.sum()
    return curve


def _per_client(target: NDArray[Any], refused: NDArray[np.bool_], costs: Costs) -> Floats:
    defaulted = np.asarray(target) == 1
    cost: Floats = costs.false_negative * (defaulted & ~refused) + costs.false_positive * (~defaulted & refused)
    return cost
