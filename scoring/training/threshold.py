"""Choose the threshold: the one that follows from the costs, unless a tuned one is shown to be better.

This module also has the lowest point of the cost curve, the validation of tuning, and the review band.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Calibration, Floats, log_odds
from scoring.model.costs import Costs, cost_curve, cost_of_decisions, total_cost
from scoring.model.manifest import Refits, ThresholdFacts
from scoring.model.report import NestedThreshold, Optimum
from scoring.model.scorer import Policy, ReviewBand, fuse
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.evaluation.bootstrap import RESAMPLES, add_interval, draw_resamples, measure_with_intervals
from scoring.training.evaluation.ranking import Ranking
from scoring.training.fit import Fitted, Recipe, Target, constrain, fit_model

TOLERANCE = 0.01
_NEAR = 0.5  # log-odds on either side of the threshold within which refits are compared


def choose_threshold(
    costs: Costs,
    calibration: Calibration,
    target: Target,
    calibrated: Floats,
    tuning_gains: bool,
    weights: Floats | None = None,
) -> ThresholdFacts:
    """Take the threshold that follows from the costs; report the empirical optimum and the cost curve with it.

    A threshold tuned to the data is taken only if nested validation shows that tuning lowers the cost: the interval
    of the difference excludes zero.

    Parameters
    ----------
    calibrated : shape (n,), out-of-fold calibrated probabilities, which the curve is drawn from.
    tuning_gains : whether ``validate_tuning`` shows that tuning lowers the cost.
    weights : shape (n,), how often each client counts; once by default.
    """
    middle = logit(np.clip(costs.threshold(), 1e-4, 1 - 1e-4))  # costs of any ratio have their threshold on the curve
    grid = np.round(expit(np.linspace(min(logit(0.01), middle - 1), max(logit(0.6), middle + 1), 101)), 6)
    curve = cost_curve(target, calibrated, grid, costs, weights)
    optimum = costs.threshold()
    method = "false_positive / (false_positive + false_negative) on the calibrated scale, mapped back"
    if tuning_gains:
        optimum = find_best_threshold(target, calibrated, costs, weights)
        method = "tuned out of fold, since nested validation shows that this lowers the cost; mapped back"
    return ThresholdFacts(
        value=calibration.invert(optimum),
        calibrated=optimum,
        method=method,
        empirical_calibrated=float(grid[np.argmin(curve)]),
        cost_curve=tuple(zip(grid.tolist(), curve.round(6).tolist(), strict=True)),
    )


def validate_tuning(
    target: NDArray[Any],
    calibrated: Floats,
    fold: NDArray[np.intp],
    costs: Costs,
    seed: int,
    number: int = RESAMPLES,
    weights: Floats | None = None,
) -> NestedThreshold:
    """Tune the threshold on all folds but one, and compare it on that fold with the theoretical threshold.

    The threshold is tuned again on each resample, so that the interval of the difference includes the uncertainty of
    tuning. The tuning sets of the folds share most of their clients; without new tuning the interval would be far
    too narrow.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    fold : shape (n,), the fold of each client.
    number : how many resamples.
    weights : shape (n,), how often each client counts; once by default.
    """
    numbers, part = np.unique(fold, return_inverse=True)
    others = [(part != k, Ranking(target[part != k], calibrated[part != k])) for k in range(len(numbers))]
    by_theory = cost_of_decisions(target, Policy(costs.threshold()).refuses(calibrated), costs)

    def tune(counts: Floats) -> Floats:
        return np.array([_find_lowest(ranking, counts[known], costs) for known, ranking in others])

    def by_tuned(tuned: Floats) -> Floats:
        refused = np.empty(len(target), dtype=bool)
        for k, threshold in enumerate(tuned):
            refused[part == k] = Policy(threshold).refuses(calibrated[part == k])
        return cost_of_decisions(target, refused, costs)

    def measure(counts: Floats) -> dict[str, float]:
        return {"difference": float(counts @ (by_tuned(tune(counts)) - by_theory) / counts.sum())}

    everybody = np.ones(len(target)) if weights is None else weights
    tuned = tune(everybody)
    difference = measure_with_intervals(target, measure, seed, number, weights)["difference"]
    return NestedThreshold(
        tuned=tuple(tuned.tolist()),
        tuned_cost=float(np.average(by_tuned(tuned), weights=weights)),
        theoretical_cost=float(np.average(by_theory, weights=weights)),
        hindsight_cost=float(_curve(Ranking(target, calibrated), everybody, costs).min()),
        difference=difference,
        gains=difference.high < 0,
    )


def find_optimum(
    target: NDArray[Any],
    calibrated: Floats,
    costs: Costs,
    served: float,
    seed: int,
    number: int = RESAMPLES,
    weights: Floats | None = None,
) -> Optimum:
    """Find the lowest point of the cost curve with its bootstrap interval, and how flat the curve is there.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    served : the threshold in use, calibrated scale.
    number : how many resamples.
    weights : shape (n,), how often each client counts; once by default.
    """
    ranking = Ranking(target, calibrated)
    thresholds = ranking.thresholds
    each = np.ones(len(target)) if weights is None else weights
    curve = _curve(ranking, each, costs)
    lowest = [_find_lowest(ranking, counts * each, costs) for counts in draw_resamples(target, seed, number)]
    best = int(np.argmin(curve))
    dearer = np.flatnonzero(curve > curve[best] * (1 + TOLERANCE))
    flat = thresholds[dearer[dearer < best].max(initial=-1) + 1 : dearer[dearer > best].min(initial=len(curve))]
    return Optimum(
        threshold=add_interval(float(thresholds[best]), lowest),
        cost=float(curve[best]),
        served_cost=float(curve[np.searchsorted(thresholds, served)]),
        flat_low=float(flat[0]),
        flat_high=float(flat[-1]),
        tolerance=TOLERANCE,
    )


def find_best_threshold(target: NDArray[Any], calibrated: Floats, costs: Costs, weights: Floats | None = None) -> float:
    """Find the threshold that costs least on these clients, shape (n,); 1 if accepting all is best.

    >>> find_best_threshold(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8]), Costs())
    0.3
    """
    ranking = Ranking(target, calibrated)
    return _find_lowest(ranking, np.ones(len(target)) if weights is None else weights, costs)


def refit(fitted: Fitted, recipe: Recipe, folds: Folds, numbers: Iterable[int]) -> list[Fitted]:
    """Fit scaler and model again, each time on a resample of the clients of ``folds``.

    Parameters
    ----------
    fitted : to all clients of ``folds``; its preprocessor stays.
    numbers : the number of each refit, from 0.
    """
    rows, target = fitted.prepare(folds.applications), folds.target
    draws = np.random.default_rng(folds.seed)
    constrained, refitted = constrain(recipe, fitted.preprocessor.plan), []
    for number in numbers:
        drawn = draws.integers(0, len(rows), len(rows))
        counts = None if folds.weights is None else folds.weights[drawn]
        scaler = StandardScaler().fit(rows.iloc[drawn], sample_weight=counts)
        model = fit_model(constrained, scaler.transform(rows.iloc[drawn]), target[drawn], folds.seed + number, counts)
        refitted.append(Fitted(fitted.preprocessor, scaler, model))
    return refitted


def describe_refits(refitted: Sequence[Fitted]) -> Refits | None:
    """Return the weights of refits of a linear model, rounded to six digits; None for any other model."""
    fused = [fuse(one.scaler, one.model) for one in refitted]
    linear = [one for one in fused if one is not None]
    if len(linear) != len(fused):
        return None
    return Refits(
        weights=tuple(tuple(_round(weight) for weight in one.weights.tolist()) for one in linear),
        intercepts=tuple(_round(one.intercept) for one in linear),
    )


def _round(number: float) -> float:
    return float(f"{number:.6g}")


def find_review_band(
    fitted: Fitted, refitted: Sequence[Fitted], folds: Folds, calibration: Calibration, threshold: float
) -> ReviewBand:
    """Find the calibrated probabilities around the threshold for which refits may decide differently.

    The standard deviation of each client's calibrated log-odds between refits is computed. The band is the threshold
    plus and minus 1.96 times the median of these standard deviations over the clients near the threshold.

    Parameters
    ----------
    fitted : to all clients of ``folds``.
    refitted : at least two, as ``refit`` makes them.
    threshold : calibrated scale.
    """
    rows = fitted.prepare(folds.applications)
    middle = float(logit(threshold))
    own = calibration.intercept + calibration.slope * log_odds(fitted.predict_rows(rows))
    near = rows[np.abs(own - middle) <= _NEAR]
    deviation = 0.0
    if len(near):
        found = [log_odds(one.predict_rows(near)) for one in refitted]
        deviation = calibration.slope * float(np.median(np.std(found, axis=0, ddof=1)))
    low, high = expit([middle - 1.96 * deviation, middle + 1.96 * deviation])
    return ReviewBand(low=float(low), high=float(high))


def _find_lowest(ranking: Ranking, weights: Floats, costs: Costs) -> float:
    return float(ranking.thresholds[np.argmin(_curve(ranking, weights, costs))])


def _curve(ranking: Ranking, weights: Floats, costs: Costs) -> Floats:
    """Cost per client if all from each distinct prediction upwards are refused; the last one is for accepting all."""
    defaults, repaid = ranking.count_outcomes(weights)
    false_negatives = np.r_[0.0, np.cumsum(defaults)]
    false_positives = np.r_[np.cumsum(repaid[::-1])[::-1], 0.0]
    curve: Floats = total_cost(costs, false_negatives, false_positives) / weights.sum()
    return curve
