"""How good a model is, with bootstrap intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from scoring.core.calibration import Floats
from scoring.core.cost import Costs, cost_per_client
from scoring.core.manifest import Metric

RESAMPLES = 200


def evaluate(
    target: NDArray[Any], calibrated: Floats, refused: NDArray[np.bool_], costs: Costs, seed: int
) -> dict[str, Metric]:
    """Measure predictions on clients that fitting and calibration have not seen.

    Parameters
    ----------
    target : shape (n,), 0 or 1.
    calibrated : shape (n,), calibrated probability of default, 0-1.
    refused : shape (n,), the decisions.

    Returns
    -------
    ``auc``; ``log_loss``; ``brier``; ``calibration_slope`` (1 is right) and ``calibration_mean``, predicted
    over observed defaults (1 is right); ``refusal_rate``; ``recall``, share of defaults refused;
    ``cost_per_client``, beside ``cost_accept_all`` and ``cost_refuse_all``. Intervals are the 2.5 % and
    97.5 % quantiles over resamples of the clients.
    """
    draws = np.random.default_rng(seed)
    whole = _measure(target, calibrated, refused, costs)
    resampled = [
        _measure(target[rows], calibrated[rows], refused[rows], costs)
        for rows in (draws.integers(0, len(target), len(target)) for _ in range(RESAMPLES))
    ]
    return {name: _with_interval(value, [sample[name] for sample in resampled]) for name, value in whole.items()}


def calibration_slope(target: NDArray[Any], calibrated: Floats) -> float:
    """Slope of the log-odds of default against the predicted log-odds; 1 is right.

    Source: Cox (1958), Two Further Applications of a Model for Binary Regression.
    """
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky")
    fitted.fit(logit(np.clip(calibrated, 1e-12, 1 - 1e-12)).reshape(-1, 1), target)
    return float(fitted.coef_[0, 0])


def _measure(target: NDArray[Any], calibrated: Floats, refused: NDArray[np.bool_], costs: Costs) -> Mapping[str, float]:
    def cost(decisions: NDArray[np.bool_]) -> float:
        return cost_per_client(target, decisions, costs)

    return {
        "auc": float(roc_auc_score(target, calibrated)),
        "log_loss": float(log_loss(target, calibrated)),
        "brier": float(brier_score_loss(target, calibrated)),
        "calibration_slope": calibration_slope(target, calibrated),
        "calibration_mean": float(calibrated.mean() / target.mean()),
        "refusal_rate": float(refused.mean()),
        "recall": float(refused[target == 1].mean()),
        "cost_per_client": cost(refused),
        "cost_accept_all": cost(np.zeros(len(target), dtype=bool)),
        "cost_refuse_all": cost(np.ones(len(target), dtype=bool)),
    }


def _with_interval(value: float, resampled: list[float]) -> Metric:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Metric(value=value, low=float(low), high=float(high))
