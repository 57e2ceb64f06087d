"""What wrong decisions cost in money, where each credit has its own worth."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats


@dataclass(frozen=True)
class Money:
    """What each client's credit is worth, in the currency of the data.

    Attributes
    ----------
    loss : shape (n,), lost where the credit is granted and defaults, such as the credit amount.
    margin : shape (n,), missed where the credit is refused and would have been repaid.
    """

    loss: Floats
    margin: Floats


def cost_in_money(target: NDArray[Any], refused: NDArray[Any], loss: Floats, margin: Floats) -> float:
    """Mean money per client that decisions lost.

    Parameters
    ----------
    target : shape (n,), 1 where the client defaulted.
    refused : shape (n,), true where the credit was refused.
    loss, margin : shape (n,), as in ``Money``.

    >>> decided = np.array([False, True, False, True])
    >>> cost_in_money(np.array([1, 0, 0, 1]), decided, np.full(4, 900.0), np.full(4, 80.0))
    245.0
    """
    return float(lost(np.asarray(target) == 1, np.asarray(refused, dtype=bool), Money(loss, margin)).mean())


def refused_for_money(calibrated: Floats, money: Money) -> NDArray[np.bool_]:
    """Refuse where granting is expected to lose at least what refusing misses, client by client, shape (n,).

    Source: Elkan (2001), The Foundations of Cost-Sensitive Learning, section 1, with costs of each example's own.

    >>> money = Money(loss=np.array([900.0, 900.0]), margin=np.array([100.0, 300.0]))
    >>> refused_for_money(np.array([0.15, 0.15]), money).tolist()
    [True, False]
    """
    refused: NDArray[np.bool_] = calibrated * money.loss >= (1 - calibrated) * money.margin
    return refused


def lost(defaulted: NDArray[np.bool_], refused: NDArray[np.bool_], money: Money) -> Floats:
    """Money that each decision lost, shape (n,)."""
    amounts: Floats = np.where(defaulted & ~refused, money.loss, 0.0) + np.where(
        ~defaulted & refused, money.margin, 0.0
    )
    return amounts
