"""Contracts that a client could ask for instead.

They are a cheaper purchase, a deposit or another duration, each in many sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.explanation.contract import LONGEST, Amount, Contract, PriceList, change_contract
from scoring.model.calibration import Floats

Action = Literal["smaller amount", "deposit", "longer term", "shorter term"]

MOST_LESS = 0.5  # by how much less is financed at most, as a share of what is financed now, with a cheaper purchase
MOST_DEPOSIT = 0.3  # the same with a deposit
STEP = 0.01  # step of the sizes that are tried for a model that is slow to score, as a share of what is financed
TERM_RANGE = (0.67, 1.5)  # shortest and longest duration, as multiples of the present one
_DIGITS = 3
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Alternative:
    """One action in k sizes, the smallest first.

    Attributes
    ----------
    sizes : shape (k,), ascending, as a share (0-1) of what is financed or of the duration.
    amounts : of each known part of the contract, shape (k,).
    rates : the yearly rates, shape (k,); None where the duration is not known.
    offered : how many sizes lie within the limits. It is less than k: a size is offered only if the next larger one has
        the same outcome, so that one size beyond the limits is listed too.
    """

    action: Action
    sizes: Floats
    amounts: Mapping[Amount, Floats]
    rates: Floats | None
    offered: int

    def pick(self, place: int) -> Contract:
        """Return the contract of one size."""
        amounts = {name: float(amount[place]) for name, amount in self.amounts.items()}
        months = int(amounts.pop("months")) if "months" in amounts else None
        rate = None if self.rates is None else float(self.rates[place])
        return Contract(**amounts, months=months, yearly_rate=rate)


def list_alternatives(contract: Contract, price_list: PriceList, *, every: bool = True) -> list[Alternative]:
    """List the actions that are possible with a contract; all their sizes are computed together.

    Parameters
    ----------
    every : list every sum that a lender would finance: each multiple of the step that ``find_unit`` gives for the
        present sum. Otherwise one sum for each step of 1 %.

    >>> contract = Contract(credit=12000.0, price=10000.0, deposit=0.0, fees=2000.0)
    >>> [(one.action, one.offered) for one in list_alternatives(contract, PriceList(()))]
    [('smaller amount', 50), ('deposit', 30)]
    """
    present, now = contract.financed, contract.months or 0
    less, few = _list_amounts(present, every), 0 if contract.price is None else MOST_DEPOSIT
    smaller = _count_within(less, present, MOST_LESS)
    deposits = _count_within(less, present, few) if few else 0
    with_deposit = less[: deposits + 1] if deposits else less[:0]
    shorter, longer = _list_durations(now, price_list.months)
    first = len(less) + len(with_deposit)  # the place of the first duration
    durations = np.concatenate([longer, shorter])
    financed = np.concatenate([less, with_deposit, np.full(len(durations), present)])
    months = np.concatenate([np.full(first, float(now)), durations])
    rates = None
    if contract.yearly_rate is not None:
        same = np.full(first, contract.yearly_rate)
        rates = np.concatenate([same, price_list.find_rates(durations, contract.yearly_rate)])
    amounts = change_contract(contract, financed, months, rates, np.arange(len(financed)) < len(less))
    sizes = np.concatenate([1 - financed[:first] / present, np.abs(durations / now - 1) if now else durations])
    places: list[tuple[Action, int, int, int]] = [
        ("smaller amount", 0, len(less), smaller),
        ("deposit", len(less), first, deposits),
        ("longer term", first, first + len(longer), _count_durations(longer, now)),
        ("shorter term", first + len(longer), len(financed), _count_durations(shorter, now)),
    ]
    return [
        Alternative(
            action,
            sizes[begin:end],
            {name: one[begin:end] for name, one in amounts.items()},
            None if rates is None else rates[begin:end],
            offered,
        )
        for action, begin, end, within in places
        if (offered := min(within, end - begin - 1)) > 0
    ]


def find_unit(financed: float) -> float:
    """Return the step of the amounts that are offered: that of the third digit.

    >>> find_unit(374817.5), find_unit(12000.0)
    (1000.0, 100.0)
    """
    return float(10.0 ** (floor(log10(financed)) - _DIGITS + 1))


def _list_amounts(present: float, every: bool) -> Floats:
    """List the smaller amounts, the largest first, down to the limit and the next one below it."""
    unit = find_unit(present)
    if every:
        steps = np.arange(ceil(present / unit - _ROUNDING) - 1, ceil((1 - MOST_LESS) * present / unit) - 2, -1)
    else:
        shares = 1 - STEP * np.arange(1, round(MOST_LESS / STEP) + 2)
        steps = np.floor(shares * present / unit + _ROUNDING)
    amounts: Floats = np.asarray(steps * unit, dtype=np.float64)
    return amounts


def _count_within(less: Floats, present: float, most: float) -> int:
    return int(np.count_nonzero(less >= (1 - most) * present * (1 - _ROUNDING)))


def _list_durations(months: int, offered: Floats) -> tuple[Floats, Floats]:
    """List the shorter and the longer durations that a credit may have, each with the nearest first.

    Both are empty if its own duration is not known. Both have one duration beyond the limit, if there is one.
    """
    if not months:
        return offered[:0], offered[:0]
    shorter, longer = offered[offered < months][::-1], offered[offered > months]
    return shorter[: _count_durations(shorter, months) + 1], longer[: _count_durations(longer, months) + 1]


def _count_durations(durations: Floats, months: int) -> int:
    least, most = (round(share * months) for share in TERM_RANGE)
    within: NDArray[np.bool_] = (durations >= least) & (durations <= min(most, LONGEST))
    return int(np.count_nonzero(within))
