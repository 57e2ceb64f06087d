"""How good a model is, and whether another one is better, with bootstrap intervals."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from scoring.model.calibration import Floats, affine
from scoring.model.costs import Costs
from scoring.model.report import Metric
from scoring.training.evaluation.bootstrap import RESAMPLES, with_intervals
from scoring.training.evaluation.money import Money, lost
from scoring.training.evaluation.ranking import Ranking

PairedMetric = Literal["log_loss", "brier", "auc", "cost"]
PAIRED_RESAMPLES = 500
_SURE = 1e-12  # no prediction counts as surer than this
_ORDER = (
    "auc",
    "gini",
    "ks",
    "pr_auc",
    "log_loss",
    "brier",
    "calibration_slope",
    "calibration_mean",
    "refusal_rate",
    "recall",
    "precision",
)


def evaluate(
    target: NDArray[Any],
    calibrated: Floats,
    refused: NDArray[np.bool_],
    costs: Costs,
    seed: int,
    *,
    money: Money | None = None,
    resamples: int = RESAMPLES,
) -> dict[str, Metric]:
    """Measure predictions on clients that fitting and calibration have not seen.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), calibrated probability of default, 0-1.
    refused : shape (n,), the decisions.
    money : adds the mean loss per client in money.

    Returns
    -------
    ``auc``, ``gini``, ``ks``, ``pr_auc`` (of a ranking without skill: the default rate); ``log_loss``; ``brier``;
    ``calibration_slope`` (1 is right) and ``calibration_mean``, predicted over observed defaults (1 is right);
    ``refusal_rate``; ``recall``, share of defaults refused; ``precision``, share of defaults among the refused
    (0 where nobody is); ``cost_per_client``, beside ``cost_accept_all`` and ``cost_refuse_all``; with ``money``
    the same three as ``money_...``. Intervals are the 2.5 % and 97.5 % quantiles over resamples of the clients.

    Raises
    ------
    ValueError
        Where only one outcome is present.
    """
    defaulted = np.asarray(target) == 1
    ranking = Ranking(defaulted, calibrated)
    columns = _per_client(defaulted, calibrated, np.asarray(refused, dtype=bool), costs, money)
    table = np.column_stack(list(columns.values()))

    def measure(counts: Floats) -> dict[str, float]:
        means = dict(zip(columns, (counts @ table / len(target)).tolist(), strict=True))
        measured = {**ranking.figures(counts), **_figures(means)}
        measured["calibration_slope"] = calibration_slope(defaulted, calibrated, counts)
        return {name: measured.pop(name) for name in _ORDER} | measured

    return with_intervals(defaulted, measure, seed, resamples)


def paired_difference(
    target: NDArray[Any],
    first: Floats,
    second: Floats,
    metric: PairedMetric,
    seed: int,
    *,
    costs: Costs | None = None,
    resamples: int = PAIRED_RESAMPLES,
) -> Metric:
    """Measure by how much ``first`` differs from ``second`` on the same clients: figure of first minus second.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    first, second : shape (n,), out-of-fold calibrated probabilities of default by two models.
    metric : lower is better, but for ``auc``; ``cost`` is per client, with decisions at the threshold that
        follows from ``costs``.

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

    return with_intervals(defaulted, measure, seed, resamples)[metric]


def calibration_slope(target: NDArray[Any], calibrated: Floats, weights: Floats | None = None) -> float:
    """Slope of the log-odds of default against the predicted log-odds; 1 is right, 0 where all are alike.

    Source: Cox (1958), Two Further Applications of a Model for Binary Regression.
    """
    odds = logit(np.clip(calibrated, _SURE, 1 - _SURE))
    if np.ptp(odds) == 0:
        return 0.0
    return affine(np.asarray(target), odds, weights)[1]


def _per_client(
    defaulted: NDArray[np.bool_], calibrated: Floats, refused: NDArray[np.bool_], costs: Costs, money: Money | None
) -> dict[str, NDArray[Any]]:
    """Columns whose means every other figure is made of, each of shape (n,)."""
    nobody, everybody = np.zeros_like(refused), np.ones_like(refused)
    columns = {
        "log_loss": _loss("log_loss", defaulted, calibrated, costs),
        "brier": _loss("brier", defaulted, calibrated, costs),
        "predicted": calibrated,
        "defaulted": defaulted,
        "refused": refused,
        "caught": defaulted & refused,
        "cost_per_client": _cost(defaulted, refused, costs),
        "cost_accept_all": _cost(defaulted, nobody, costs),
        "cost_refuse_all": _cost(defaulted, everybody, costs),
    }
    if money:
        for name, decided in (("per_client", refused), ("accept_all", nobody), ("refuse_all", everybody)):
            columns[f"money_{name}"] = lost(defaulted, decided, money)
    return columns


def _figures(means: dict[str, float]) -> dict[str, float]:
    predicted, defaulted = means.pop("predicted"), means.pop("defaulted")
    refused, caught = means.pop("refused"), means.pop("caught")
    return {
        **means,
        "calibration_mean": predicted / defaulted,
        "refusal_rate": refused,
        "recall": caught / defaulted,
        "precision": caught / refused if refused else 0.0,
    }


def _loss(metric: PairedMetric, defaulted: NDArray[np.bool_], calibrated: Floats, costs: Costs) -> Floats:
    loss: Floats
    if metric == "cost":
        return _cost(defaulted, calibrated >= costs.threshold(), costs)
    if metric == "brier":
        loss = np.square(calibrated - defaulted)
    else:
        loss = -np.log(np.clip(np.where(defaulted, calibrated, 1 - calibrated), _SURE, None))
    return loss


def _cost(defaulted: NDArray[np.bool_], refused: NDArray[np.bool_], costs: Costs) -> Floats:
    missed, wronged = defaulted & ~refused, ~defaulted & refused
    cost: Floats = costs.false_negative * missed + costs.false_positive * wronged
    return cost
