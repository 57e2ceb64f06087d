"""The figures if refused clients were worse than the booked loans in the data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.costs import Costs, cost_per_client
from scoring.model.report import RejectRow
from scoring.model.scorer import Policy
from scoring.training.evaluation.ranking import Ranking
from scoring.training.threshold import find_best_threshold

FACTORS = (1.0, 1.5, 2.0, 3.0)


def measure_reject_sensitivity(
    target: NDArray[Any], calibrated: Floats, threshold: float, costs: Costs, weights: Floats | None = None
) -> tuple[RejectRow, ...]:
    """Measure again, with the default rate of refused clients multiplied by each factor.

    Data on booked loans has no outcomes of rejected applicants. Booked clients who are similar to them were chosen by a
    person who knew more than the data shows. The outcomes of refused clients are therefore weighted: as a group they
    default ``factor`` times as often (parcelling; at most 99 %).

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    threshold : calibrated scale.
    weights : shape (n,), how often each client counts; once by default.
    """
    defaulted, refused = np.asarray(target) == 1, Policy(threshold).refuses(calibrated)
    each = np.ones(len(defaulted)) if weights is None else weights
    return tuple(_measure(defaulted, calibrated, refused, costs, factor, each) for factor in FACTORS)


def worsen_refused(
    defaulted: NDArray[np.bool_], refused: NDArray[np.bool_], factor: float, each: Floats | None = None
) -> Floats:
    """Weight each client, shape (n,), so that the refused default ``factor`` times as often.

    ``each``, shape (n,), says how often a client counts before; once by default.

    >>> defaulted, refused = np.array([True, False, False, False, True]), np.array([True] * 4 + [False])
    >>> worsen_refused(defaulted, refused, 2.0).round(4).tolist()
    [2.0, 0.6667, 0.6667, 0.6667, 1.0]
    """
    each = np.ones(len(defaulted)) if each is None else each
    rate = float(np.average(defaulted[refused], weights=each[refused])) if refused.any() else 0.0
    if not 0 < rate < 1:
        return each
    raised = min(rate * factor, max(rate, 0.99))
    weights = np.where(defaulted, raised / rate, (1 - raised) / (1 - rate))
    return np.where(refused, weights, 1.0) * each


def _measure(
    defaulted: NDArray[np.bool_],
    calibrated: Floats,
    refused: NDArray[np.bool_],
    costs: Costs,
    factor: float,
    each: Floats,
) -> RejectRow:
    weights = worsen_refused(defaulted, refused, factor, each)
    defaults = weights * defaulted
    optimum = find_best_threshold(defaulted, calibrated, costs, weights)
    return RejectRow(
        factor=factor,
        default_rate=float(defaults.sum() / weights.sum()),
        refused_default_rate=float(defaults[refused].sum() / weights[refused].sum()) if refused.any() else 0.0,
        auc=Ranking(defaulted, calibrated).auc(weights),
        calibration_mean=float(weights @ calibrated / defaults.sum()),
        recall=float(defaults[refused].sum() / defaults.sum()),
        cost_per_client=cost_per_client(defaulted, refused, costs, weights),
        optimum=optimum,
        optimum_cost=cost_per_client(defaulted, Policy(optimum).refuses(calibrated), costs, weights),
    )
