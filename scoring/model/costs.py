"""The cost of wrong decisions, and the threshold with the lowest cost."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from scoring.model.calibration import Floats
from scoring.model.schema import Frozen


class Costs(Frozen):
    """Cost of each kind of wrong decision, in any unit.

    A false negative is a credit granted to someone who defaults; a false positive is a good client refused.
    """

    false_negative: float = Field(10.0, gt=0, allow_inf_nan=False)
    false_positive: float = Field(1.0, gt=0, allow_inf_nan=False)

    def threshold(self) -> float:
        """Probability of default from which refusing costs less than accepting.

        Accepting a client with probability p costs ``p * false_negative`` on average, refusing costs
        ``(1 - p) * false_positive``; both are equal at ``false_positive / (false_positive + false_negative)``.
        This is true for calibrated probabilities only.

        Source: Elkan (2001), The Foundations of Cost-Sensitive Learning, equation 2.

        >>> round(Costs().threshold(), 6)
        0.090909
        """
        return self.false_positive / (self.false_positive + self.false_negative)


@dataclass(frozen=True)
class ClientCosts:
    """Cost of each kind of wrong decision in money, different for each client."""

    false_negative: Floats  # shape (n,), the loss if the client is accepted and defaults, such as the credit amount
    false_positive: Floats  # shape (n,), the profit that is lost if the client is refused and would have repaid


def total_cost(costs: Costs | ClientCosts, false_negatives: Any, false_positives: Any) -> Any:
    """Return the total cost of wrong decisions of both kinds, in the unit of ``costs``.

    Parameters
    ----------
    false_negatives, false_positives : two counts, or two arrays of the same shape. The result is a number, or an array
        of this shape.
    """
    return costs.false_negative * false_negatives + costs.false_positive * false_positives


def cost_of_decisions(target: NDArray[Any], refused: NDArray[Any], costs: Costs | ClientCosts) -> Floats:
    """Return the cost of each decision, shape (n,), in the unit of ``costs``; a right decision costs 0.

    Parameters
    ----------
    target : shape (n,), 1 where the client defaulted.
    refused : shape (n,), true where the credit was refused.

    >>> cost_of_decisions(np.array([1, 0, 0, 1]), np.array([False, True, False, True]), Costs()).tolist()
    [10.0, 1.0, 0.0, 0.0]
    """
    cost: Floats = total_cost(costs, *_mistakes(target, refused))
    return cost


def cost_per_client(target: NDArray[Any], refused: NDArray[Any], costs: Costs, weights: Floats | None = None) -> float:
    """Mean cost of decisions, ``(false_negative * FN + false_positive * FP) / n``.

    Parameters
    ----------
    target, refused : as in ``cost_of_decisions``.
    weights : shape (n,), how often each client counts; once by default.

    >>> cost_per_client(np.array([1, 0, 0, 1]), np.array([False, True, False, True]), Costs())
    2.75
    """
    counts = np.ones(len(target)) if weights is None else weights
    false_negatives, false_positives = _mistakes(target, refused)
    return float(total_cost(costs, counts @ false_negatives, counts @ false_positives) / counts.sum())


def _mistakes(target: NDArray[Any], refused: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    defaulted, denied = np.asarray(target) == 1, np.asarray(refused, dtype=bool)
    return defaulted & ~denied, ~defaulted & denied


def cost_curve(
    target: NDArray[Any], probability: Floats, thresholds: Floats, costs: Costs, weights: Floats | None = None
) -> Floats:
    """Cost per client when everyone at or above each threshold is refused.

    Parameters
    ----------
    target : shape (n,), 1 where the client defaulted.
    probability : shape (n,), 0-1, of clients on which the model was not fitted.
    thresholds : shape (m,), on the same scale as ``probability``.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    Shape (m,).

    >>> cost_curve(np.array([1, 0]), np.array([0.8, 0.3]), np.array([0.0, 0.5, 1.0]), Costs()).tolist()
    [0.5, 0.0, 5.0]
    """
    counts = np.ones(len(probability)) if weights is None else weights
    order = np.argsort(probability, kind="stable")
    defaulted, counted = np.asarray(target)[order] == 1, counts[order]
    below = np.searchsorted(probability[order], thresholds, side="left")
    missed = np.r_[0.0, np.cumsum(counted * defaulted)][below]
    wronged = counted[~defaulted].sum() - np.r_[0.0, np.cumsum(counted * ~defaulted)][below]
    curve: Floats = total_cost(costs, missed, wronged) / counted.sum()
    return curve
