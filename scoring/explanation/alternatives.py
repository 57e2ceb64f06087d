"""Credits that a client could ask for instead: a smaller amount, a deposit or another duration, each in many sizes.

Credit, instalment and price always change together: at the same rate and duration the instalment is proportional to
the credit; for another duration it follows from the annuity formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats

Action = Literal["smaller amount", "deposit", "longer term", "shorter term"]
Part = Literal["credit", "instalment", "price"]

STEPS = np.arange(1, 51) / 100  # sizes to try: in steps of 1 %, up to half of the credit
MOST_DEPOSIT = 0.3  # share of the credit
DURATION_RANGE = (0.67, 1.5)  # shortest and longest duration, as multiples of the present one
LONGEST_DURATION = 120  # months
# Assumed yearly interest rate, because the rate is not a field. The duration is computed from credit, instalment and
# this rate. The number of months in an offer, and the instalment of another duration, depend on this assumption.
YEARLY_RATE = 0.2
_MONTHLY = YEARLY_RATE / 12
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """One action in k sizes, the smallest first."""

    action: Action
    sizes: Floats  # shape (k,), ascending, as a share (0-1) of the credit or of the duration
    amounts: Mapping[Part, Floats]  # of each part of the credit that changes, shape (k,)
    # the present duration, and the duration at each size, shape (k,); None if the action does not change the duration
    months: tuple[int, NDArray[np.intp]] | None = None


def list_alternatives(amounts: Mapping[Part, float], open_ended: bool) -> list[Alternative]:
    """List the actions that are possible for an application; without an amount of the credit there are none.

    Parameters
    ----------
    amounts : parts of the credit asked for, each above 0, in the lender's currency.
    open_ended : the product has no fixed duration.

    >>> [one.action for one in list_alternatives({"credit": 12000.0, "price": 10000.0}, open_ended=False)]
    ['smaller amount', 'deposit']
    """
    if "credit" not in amounts:
        return []
    found = [_reduce_credit(amounts, "smaller amount")]
    if "price" in amounts:
        found.append(_reduce_credit(amounts, "deposit"))
    if "instalment" in amounts and not open_ended:
        found += _change_duration(amounts["credit"], amounts["instalment"])
    return [alternative for alternative in found if len(alternative.sizes)]


def _reduce_credit(amounts: Mapping[Part, float], action: Action) -> Alternative:
    """Borrow less: buy something cheaper, or pay a deposit on the same thing. Rate and duration stay."""
    sizes = STEPS if action == "smaller amount" else STEPS[STEPS <= MOST_DEPOSIT]
    credit = amounts["credit"]
    reduced = _round_down(credit * (1 - sizes), credit)
    shares = reduced / credit
    changed: dict[Part, Floats] = {"credit": reduced}
    if "instalment" in amounts:
        changed["instalment"] = np.round(shares * amounts["instalment"], 2)
    if "price" in amounts and action == "smaller amount":
        changed["price"] = np.round(shares * amounts["price"], 2)
    return Alternative(action, 1 - shares, changed)


def _change_duration(credit: float, instalment: float) -> list[Alternative]:
    """Repay the same credit in more or fewer months, at the same rate."""
    months = count_months(credit, instalment)
    if months is None:
        return []
    shortest, longest = (round(share * months) for share in DURATION_RANGE)
    durations: dict[Action, NDArray[np.intp]] = {
        "longer term": np.arange(months + 1, min(longest, LONGEST_DURATION) + 1),
        "shorter term": np.arange(months - 1, max(shortest, 1) - 1, -1),
    }
    present = _annuity(np.array([months]))[0]
    return [
        Alternative(
            action,
            np.abs(others / months - 1),
            {"instalment": np.round(instalment * _annuity(others) / present, 2)},
            (months, others),
        )
        for action, others in durations.items()
    ]


def count_months(credit: float, instalment: float) -> int | None:
    """Count the monthly instalments that repay a credit at ``YEARLY_RATE``; None if they do not even pay the interest.

    Parameters
    ----------
    credit, instalment : above 0, in the same currency.

    >>> count_months(12000.0, 1111.61)  # 12 instalments of 1,111.61 repay 12,000 at 20 % a year
    12
    >>> count_months(12000.0, 199.0)
    """
    left = 1 - credit * _MONTHLY / instalment
    return max(1, round(-log(left) / log(1 + _MONTHLY))) if left > 0 else None


def _annuity(months: NDArray[np.intp]) -> Floats:
    """Monthly instalment of a credit of 1."""
    instalment: Floats = _MONTHLY / (1 - (1 + _MONTHLY) ** -months.astype(np.float64))
    return instalment


def _round_down(amounts: Floats, present: float) -> Floats:
    """Round amounts down to the place of the present amount's third digit: to thousands where it is 374,817.50."""
    unit = 10.0 ** (floor(log10(present)) - _DIGITS + 1)
    rounded: Floats = np.floor(amounts / unit + 1e-9) * unit
    return rounded
