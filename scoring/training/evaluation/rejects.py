"""What the figures would be if refused clients were worse than the booked loans that the data holds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from scoring.model.calibration import Floats, log_odds
from scoring.model.costs import Costs
from scoring.model.report import RejectRow
from scoring.training.evaluation.ranking import Ranking
from scoring.training.threshold import best_threshold

FACTORS = (1.0, 1.5, 2.0, 3.0)


def sensitivity(
    target: NDArray[Any], calibrated: Floats, threshold: float, costs: Costs, factors: Sequence[float] = FACTORS
) -> tuple[RejectRow, ...]:
    """Measure again, with the default rate of refused clients multiplied by each factor.

    Data of booked loans says nothing of applicants who were turned away; those who look like them were picked by
    somebody who saw more than the data. Each refused client's outcome is weighted so that, at every factor, the
    refused as a whole default that many times as often (parcelling; at most 99 %).

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    threshold : refused from here on, calibrated scale.
    """
    return tuple(_row(np.asarray(target) == 1, calibrated, threshold, costs, factor) for factor in factors)


def worsened(defaulted: NDArray[np.bool_], refused: NDArray[np.bool_], factor: float) -> Floats:
    """Weight of each client, shape (n,), so that the refused default ``factor`` times as often.

    >>> defaulted, refused = np.array([True, False, False, False, True]), np.array([True] * 4 + [False])
    >>> worsened(defaulted, refused, 2.0).round(4).tolist()
    [2.0, 0.6667, 0.6667, 0.6667, 1.0]
    """
    rate = float(defaulted[refused].mean()) if refused.any() else 0.0
    if not 0 < rate < 1:
        return np.ones(len(defaulted))
    raised = min(rate * factor, max(rate, 0.99))
    weights = np.where(defaulted, raised / rate, (1 - raised) / (1 - rate))
    return np.where(refused, weights, 1.0)


def _row(defaulted: NDArray[np.bool_], calibrated: Floats, threshold: float, costs: Costs, factor: float) -> RejectRow:
    refused = calibrated >= threshold
    weights = worsened(defaulted, refused, factor)
    defaults = weights * defaulted
    fair = _break_even(defaulted, calibrated, weights, costs)
    return RejectRow(
        factor=factor,
        default_rate=float(defaults.sum() / weights.sum()),
        refused_default_rate=float(defaults[refused].sum() / weights[refused].sum()) if refused.any() else 0.0,
        auc=Ranking(defaulted, calibrated).auc(weights),
        calibration_mean=float(weights @ calibrated / defaults.sum()),
        recall=float(defaults[refused].sum() / defaults.sum()),
        cost_per_client=_cost(defaulted, refused, weights, costs),
        optimum=best_threshold(defaulted, calibrated, costs, weights),
        threshold=fair,
        refusal_rate=float(weights[calibrated >= fair].sum() / weights.sum()),
    )


def _break_even(defaulted: NDArray[np.bool_], calibrated: Floats, weights: Floats, costs: Costs) -> float:
    """Find the displayed probability that a calibration fitted anew would put at the costs' threshold."""
    anew = LogisticRegression(C=np.inf, solver="newton-cholesky")
    anew.fit(log_odds(calibrated).reshape(-1, 1), defaulted, sample_weight=weights)
    return float(expit((logit(costs.threshold()) - anew.intercept_[0]) / anew.coef_[0, 0]))


def _cost(defaulted: NDArray[np.bool_], refused: NDArray[np.bool_], weights: Floats, costs: Costs) -> float:
    missed, wronged = weights @ (defaulted & ~refused), weights @ (~defaulted & refused)
    return float((costs.false_negative * missed + costs.false_positive * wronged) / weights.sum())
