"""Metrics of a model, and paired differences between two models, with bootstrap intervals."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from scoring.model.calibration import Bools, Floats, affine
from scoring.model.costs import ClientCosts, Costs, cost_of_decisions
from scoring.model.report import Metric
from scoring.model.scorer import Policy
from scoring.training.evaluation.bootstrap import RESAMPLES, measure_with_intervals
from scoring.training.evaluation.ranking import Ranking

PairedMetric = Literal["log_loss", "brier", "auc", "cost"]
PAIRED_RESAMPLES = 500
_SURE = 1e-12  # predictions are clipped to this distance from 0 and 1


def evaluate(
    target: NDArray[Any],
    calibrated: Floats,
    refused: Bools,
    costs: Costs,
    seed: int,
    *,
    amounts: ClientCosts | None = None,
    resamples: int = RESAMPLES,
    weights: Floats | None = None,
) -> dict[str, Metric]:
    """Measure predictions for clients that neither fitting nor calibration has seen.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), calibrated probability of default, 0-1.
    refused : shape (n,), the decisions.
    amounts : what mistakes cost in money for each client; adds the mean cost per client in money.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    ``auc``, ``gini``, ``ks``, ``pr_auc`` (the default rate for a random ranking); ``log_loss``; ``brier``;
    ``calibration_slope`` (1 is right) and ``calibration_mean``, predicted over observed defaults (1 is right);
    ``refusal_rate``; ``recall``, share of defaults refused; ``precision``, share of defaults among the refused
    (0 if nobody is refused); ``cost_per_client``, and for comparison ``cost_accept_all`` and ``cost_refuse_all``; with
    ``amounts`` the same three as ``money_...``. Intervals are the 2.5 % and 97.5 % quantiles over resamples.

    Raises
    ------
    ValueError
        When only one outcome is present.
    """
    defaulted = np.asarray(target) == 1
    ranking = Ranking(defaulted, calibrated)
    columns = _per_client(defaulted, calibrated, np.asarray(refused, dtype=bool), costs, amounts)
    table = np.column_stack(list(columns.values()))

    def measure(counts: Floats) -> dict[str, float]:
        means = dict(zip(columns, (counts @ table / counts.sum()).tolist(), strict=True))
        return ranking.measure(counts) | _derive_figures(means, calibration_slope(defaulted, calibrated, counts))

    return measure_with_intervals(defaulted, measure, seed, resamples, weights)


def paired_difference(
    target: NDArray[Any],
    first: Floats,
    second: Floats,
    metric: PairedMetric,
    seed: int,
    *,
    costs: Costs | None = None,
    resamples: int = PAIRED_RESAMPLES,
    weights: Floats | None = None,
) -> Metric:
    """Measure a figure of ``first`` minus that of ``second`` on the same clients.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    first, second : shape (n,), out-of-fold calibrated probabilities of default by two models.
    metric : lower is better, except for ``auc``; ``cost`` is per client, with decisions at the threshold that
        follows from ``costs``.
    weights : shape (n,), how often each client counts; once by default.

    >>> target = np.array([0, 1] * 20)
    >>> good, useless = np.where(target, 0.8, 0.2), np.full(40, 0.5)
    >>> paired_difference(target, good, useless, "auc", seed=0).value
    0.5
    """
    defaulted = np.asarray(target) == 1
    if metric == "auc":
        one, other = Ranking(defaulted, first), Ranking(defaulted, second)

        def measure(counts: Floats) -> dict[str, float]:
            return {metric: one.auc(counts) - other.auc(counts)}

    else:
        costs = costs or Costs()
        loss = _loss(metric, defaulted, first, costs) - _loss(metric, defaulted, second, costs)

        def measure(counts: Floats) -> dict[str, float]:
            return {metric: float(counts @ loss / counts.sum())}

    return measure_with_intervals(defaulted, measure, seed, resamples, weights)[metric]


def calibration_slope(target: NDArray[Any], calibrated: Floats, weights: Floats | None = None) -> float:
    """Slope of the log-odds of default against the predicted log-odds; 1 is right, 0 if all predictions are equal.

    Source: Cox (1958), Two Further Applications of a Model for Binary Regression.
    """
    odds = logit(np.clip(calibrated, _SURE, 1 - _SURE))
    if np.ptp(odds) == 0:
        return 0.0
    return affine(np.asarray(target), odds, weights)[1]


def _per_client(
    defaulted: Bools, calibrated: Floats, refused: Bools, costs: Costs, amounts: ClientCosts | None
) -> dict[str, NDArray[Any]]:
    """Compute the columns whose means give every other figure, each of shape (n,)."""
    columns: dict[str, NDArray[Any]] = {
        "log_loss": _loss("log_loss", defaulted, calibrated, costs),
        "brier": _loss("brier", defaulted, calibrated, costs),
        "predicted": calibrated,
        "defaulted": defaulted,
        "refused": refused,
        "caught": defaulted & refused,
    }
    decisions = {"per_client": refused, "accept_all": np.zeros_like(refused), "refuse_all": np.ones_like(refused)}
    for unit, prices in {"cost": costs, "money": amounts}.items():
        if prices:
            columns |= {f"{unit}_{name}": cost_of_decisions(defaulted, one, prices) for name, one in decisions.items()}
    return columns


def _derive_figures(means: dict[str, float], slope: float) -> dict[str, float]:
    predicted, defaulted, refused, caught = map(means.pop, ("predicted", "defaulted", "refused", "caught"))
    return {
        "log_loss": means.pop("log_loss"),
        "brier": means.pop("brier"),
        "calibration_slope": slope,
        "calibration_mean": predicted / defaulted,
        "refusal_rate": refused,
        "recall": caught / defaulted,
        "precision": caught / refused if refused else 0.0,
        **means,
    }


def _loss(metric: PairedMetric, defaulted: Bools, calibrated: Floats, costs: Costs) -> Floats:
    if metric == "cost":
        return cost_of_decisions(defaulted, Policy(costs.threshold()).refuses(calibrated), costs)
    if metric == "brier":
        return np.square(calibrated - defaulted)
    likelihood = np.where(defaulted, calibrated, 1 - calibrated)
    return -np.log(np.maximum(likelihood, _SURE))
