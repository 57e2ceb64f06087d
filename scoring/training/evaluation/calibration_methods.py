"""Compare prior correction with the sigmoid, each fitted without the fold that it is measured on."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from scoring.model.calibration import Calibration, Floats
from scoring.model.costs import Costs
from scoring.model.report import CalibrationComparison, CalibrationMethod, Metric
from scoring.training.evaluation.bootstrap import RESAMPLES
from scoring.training.evaluation.metrics import evaluate, paired_difference
from scoring.training.fit import cross_calibrate


def prior_correction(base_rate: float, trained_rate: float) -> Calibration:
    """Correct for a fit on a share of defaults that differs from the clients'.

    Parameters
    ----------
    base_rate : share of defaults among clients, 0-1.
    trained_rate : share of defaults in the fit, after weights or resampling; 0.5 if classes were balanced.

    Source: Elkan (2001), The Foundations of Cost-Sensitive Learning, theorem 2; the same in log-odds is King and
    Zeng (2001), Logistic Regression in Rare Events Data, equation 7.

    >>> float(prior_correction(base_rate=0.08, trained_rate=0.5).apply(np.array([0.5])).round(12)[0])
    0.08
    """
    return Calibration(intercept=float(logit(base_rate) - logit(trained_rate)), slope=1.0)


def compare_calibrations(
    target: NDArray[Any],
    probability: Floats,
    fold: NDArray[np.intp],
    trained_rate: float,
    seed: int,
    *,
    unweighted: Floats | None = None,
    number: int = RESAMPLES,
    weights: Floats | None = None,
) -> CalibrationComparison:
    """Calibrate the predictions of each fold on the other folds, in two ways.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present in every fold.
    probability : shape (n,), out of fold, the model's own scale.
    fold : shape (n,).
    trained_rate : as in ``prior_correction``.
    unweighted : shape (n,), out of fold, of the same model fitted without balancing, for comparison.
    weights : shape (n,), how often each client counts; once by default.
    """
    sigmoid, prior = cross_calibrate(target, probability, fold, weights), np.empty(len(target))
    for k in np.unique(fold):
        held_out = fold == k
        prior[held_out] = prior_correction(_mean(target, weights, ~held_out), trained_rate).apply(probability[held_out])
    ways = {"sigmoid": sigmoid, "prior correction": prior}
    to_unweighted: dict[Literal["log_loss", "brier"], Metric] = {}
    if unweighted is not None:
        ways["fit without weights, as it comes"] = unweighted
        losses: tuple[Literal["log_loss", "brier"], ...] = ("log_loss", "brier")
        to_unweighted = {
            loss: paired_difference(target, sigmoid, unweighted, loss, seed, weights=weights) for loss in losses
        }
    methods = tuple(_measure(name, target, predicted, seed, number, weights) for name, predicted in ways.items())
    difference = paired_difference(target, prior, sigmoid, "log_loss", seed, weights=weights)
    return CalibrationComparison(
        methods=methods,
        difference=difference,
        as_good=difference.low <= 0 and meets_goals(methods[1]),
        to_unweighted=to_unweighted,
    )


def meets_goals(method: CalibrationMethod) -> bool:
    """Check that slope (0.95 to 1.05) and mean (within 2 % of observed) meet their goals."""
    return 0.95 <= method.slope.value <= 1.05 and abs(method.mean.value - 1) <= 0.02


def _mean(target: NDArray[Any], weights: Floats | None, members: NDArray[np.bool_]) -> float:
    return float(np.average(target[members], weights=None if weights is None else weights[members]))


def _measure(
    name: str, target: NDArray[Any], predicted: Floats, seed: int, number: int, weights: Floats | None
) -> CalibrationMethod:
    nobody = np.zeros(len(target), dtype=bool)
    figures = evaluate(target, predicted, nobody, Costs(), seed, resamples=number, weights=weights)
    return CalibrationMethod(
        name=name,
        log_loss=figures["log_loss"],
        brier=figures["brier"],
        slope=figures["calibration_slope"],
        mean=figures["calibration_mean"],
    )
