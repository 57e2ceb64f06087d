"""What a client could ask for instead: a smaller amount, a deposit, another term, each at growing sizes.

Credit, instalment and price always change together: at the same rate and term the instalment is proportional to the
credit; for another term it follows from the annuity formula.
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

STEPS = np.arange(1, 51) / 100  # an action is looked for in steps of 1 %, up to half of the credit
MOST_DEPOSIT = 0.3  # of the credit
TERM_STRETCH = (0.67, 1.5)  # of the present term
LONGEST_TERM = 120  # months
# Yearly rate at which a term in months is worked out from credit and instalment, where the rate is not a field.
# It changes how many months are named, and by how much the instalment of another term differs.
YEARLY_RATE = 0.2
_MONTHLY = YEARLY_RATE / 12
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Course:
    """An action at growing sizes.

    Attributes
    ----------
    sizes : shape (k,), ascending, as a share (0-1) of the credit or of the term.
    amounts : of each part of the credit that changes, shape (k,).
    months : term before, and at each size, shape (k,); only of an action on the term.
    """

    action: Action
    sizes: Floats
    amounts: Mapping[Part, Floats]
    months: tuple[int, NDArray[np.intp]] | None = None


def courses(amounts: Mapping[Part, float], open_ended: bool) -> list[Course]:
    """List every action that is open to an application.

    Parameters
    ----------
    amounts : parts of the credit asked for, each above 0.
    open_ended : it is a product without a term.

    >>> [course.action for course in courses({"credit": 12000.0, "price": 10000.0}, open_ended=False)]
    ['smaller amount', 'deposit']
    """
    if "credit" not in amounts:
        return []
    found = [_smaller(amounts, "smaller amount")]
    if "price" in amounts:
        found.append(_smaller(amounts, "deposit"))
    if "instalment" in amounts and not open_ended:
        found += _terms(amounts["credit"], amounts["instalment"])
    return [course for course in found if len(course.sizes)]


def _smaller(amounts: Mapping[Part, float], action: Action) -> Course:
    """Ask for less: for something as much cheaper, or with a deposit on the same thing; rate and term stay."""
    sizes = STEPS if action == "smaller amount" else STEPS[STEPS <= MOST_DEPOSIT]
    credit = amounts["credit"]
    asked = _round_down(credit * (1 - sizes), credit)
    shares = asked / credit
    changed: dict[Part, Floats] = {"credit": asked}
    if "instalment" in amounts:
        changed["instalment"] = _cents(shares * amounts["instalment"])
    if "price" in amounts and action == "smaller amount":
        changed["price"] = _cents(shares * amounts["price"])
    return Course(action, 1 - shares, changed)


def _terms(credit: float, instalment: float) -> list[Course]:
    """Repay the same credit in more or fewer months, at the same rate."""
    months = term_of(credit, instalment)
    if months is None:
        return []
    shortest, longest = (round(stretch * months) for stretch in TERM_STRETCH)
    ranges: dict[Action, NDArray[np.intp]] = {
        "longer term": np.arange(months + 1, min(longest, LONGEST_TERM) + 1),
        "shorter term": np.arange(months - 1, max(shortest, 1) - 1, -1),
    }
    now = _due(np.array([months]))[0]
    return [
        Course(
            action, np.abs(terms / months - 1), {"instalment": _cents(instalment * _due(terms) / now)}, (months, terms)
        )
        for action, terms in ranges.items()
    ]


def term_of(credit: float, instalment: float) -> int | None:
    """Months in which instalments repay a credit; None where they do not even pay the interest.

    >>> term_of(12000.0, 1111.61)  # 12 instalments of 1,111.61 repay 12,000 at 20 % a year
    12
    >>> term_of(12000.0, 199.0)
    """
    left = 1 - credit * _MONTHLY / instalment
    return max(1, round(-log(left) / log(1 + _MONTHLY))) if left > 0 else None


def _due(months: NDArray[np.intp]) -> Floats:
    """Monthly instalment of a credit of 1."""
    due: Floats = _MONTHLY / (1 - (1 + _MONTHLY) ** -months.astype(np.float64))
    return due


def _round_down(amounts: Floats, present: float) -> Floats:
    """Cut amounts to three digits of the present one, so that nobody is offered 374,817.50."""
    unit = 10.0 ** (floor(log10(present)) - _DIGITS + 1)
    cut: Floats = np.floor(amounts / unit + 1e-9) * unit
    return cut


def _cents(amounts: Floats) -> Floats:
    return np.round(amounts, 2)
