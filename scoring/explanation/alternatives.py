"""Contracts that a client could ask for instead.

They are a cheaper purchase, a deposit or another duration, each in many sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log10
from typing import Literal

import numpy as np

from scoring.explanation.contract import LONGEST, Amount, Contract, PriceList, change_contract
from scoring.model.calibration import Floats

Action = Literal["smaller amount", "deposit", "longer term", "shorter term"]

STEPS = np.arange(1, 51) / 100  # sizes to try: in steps of 1 %, up to half of what is financed
MOST_DEPOSIT = 0.3  # share of what is financed
_DEPOSITS = int((STEPS <= MOST_DEPOSIT).sum())
TERM_RANGE = (0.67, 1.5)  # shortest and longest duration, as multiples of the present one
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """One action in k sizes, the smallest first."""

    action: Action
    sizes: Floats  # shape (k,), ascending, as a share (0-1) of what is financed or of the duration
    amounts: Mapping[Amount, Floats]  # of each known part of the contract, shape (k,)

    def pick(self, place: int, present: Contract) -> Contract:
        """Return the contract of one size."""
        amounts = {name: float(amount[place]) for name, amount in self.amounts.items()}
        months = int(amounts.pop("months")) if "months" in amounts else None
        return Contract(**amounts, months=months, yearly_rate=present.yearly_rate)


def list_alternatives(contract: Contract, price_list: PriceList) -> list[Alternative]:
    """List the actions that are possible with a contract; all their sizes are computed together.

    >>> contract = Contract(credit=12000.0, price=10000.0, deposit=0.0, fees=2000.0)
    >>> [one.action for one in list_alternatives(contract, PriceList(()))]
    ['smaller amount', 'deposit']
    """
    present, now = contract.financed, contract.months or 0
    less = _round_down(present * (1 - STEPS), present)
    durations = _list_durations(now, price_list.months)
    deposits = 0 if contract.price is None else _DEPOSITS
    first = len(less) + deposits  # the place of the first duration
    financed = np.concatenate([less, less[:deposits], np.full(len(durations), present)])
    months = np.concatenate([np.full(first, float(now)), durations])
    amounts = change_contract(contract, financed, months, np.arange(len(financed)) < len(less))
    sizes = np.concatenate([1 - financed[:first] / present, np.abs(durations / now - 1) if now else durations])
    longer = first + int(np.searchsorted(durations, now))
    places: dict[Action, slice] = {
        "smaller amount": slice(len(less)),
        "deposit": slice(len(less), first),
        "longer term": slice(longer, len(financed)),
        "shorter term": slice(longer - 1, first - 1, -1),
    }
    found = [
        Alternative(action, sizes[place], {name: amount[place] for name, amount in amounts.items()})
        for action, place in places.items()
    ]
    return [alternative for alternative in found if len(alternative.sizes)]


def _list_durations(months: int, offered: Floats) -> Floats:
    """List the other durations that a credit may have, ascending; empty if its own duration is not known."""
    shortest, longest = (round(share * months) for share in TERM_RANGE)
    others: Floats = offered[(offered >= shortest) & (offered <= min(longest, LONGEST)) & (offered != months)]
    return others


def _round_down(amounts: Floats, present: float) -> Floats:
    """Round amounts down to the place of the present amount's third digit: to thousands for an amount of 374,817.50."""
    unit = 10.0 ** (floor(log10(present)) - _DIGITS + 1)
    rounded: Floats = np.floor(amounts / unit + 1e-9) * unit
    return rounded
