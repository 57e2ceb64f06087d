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
TERM_RANGE = (0.67, 1.5)  # shortest and longest term, as multiples of the present one
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """One action in k sizes, the smallest first."""

    action: Action
    sizes: Floats  # shape (k,), ascending, as a share (0-1) of what is financed or of the term
    amounts: Mapping[Amount, Floats]  # of each known part of the contract, shape (k,)

    def pick(self, place: int, present: Contract) -> Contract:
        """Return the contract of one size."""
        amounts = {name: float(amount[place]) for name, amount in self.amounts.items()}
        months = int(amounts.pop("months")) if "months" in amounts else None
        return Contract(**amounts, months=months, yearly_rate=present.yearly_rate)


def list_alternatives(contract: Contract, price_list: PriceList) -> list[Alternative]:
    """List the actions that are possible with a contract.

    >>> contract = Contract(credit=12000.0, price=10000.0, deposit=0.0, fees=2000.0)
    >>> [one.action for one in list_alternatives(contract, PriceList(()))]
    ['smaller amount', 'deposit']
    """
    found = [_finance_less(contract, "smaller amount")]
    if contract.price is not None:
        found.append(_finance_less(contract, "deposit"))
    if contract.months is not None:
        found += _change_term(contract, contract.months, price_list.months)
    return [alternative for alternative in found if len(alternative.sizes)]


def _finance_less(contract: Contract, action: Action) -> Alternative:
    """Buy something cheaper, or pay a deposit on the same thing. Rate and term stay."""
    sizes = STEPS if action == "smaller amount" else STEPS[STEPS <= MOST_DEPOSIT]
    financed = _round_down(contract.financed * (1 - sizes), contract.financed)
    months = np.full_like(financed, contract.months or 0)
    amounts = change_contract(contract, financed, months, keep_price=action == "deposit")
    return Alternative(action, 1 - financed / contract.financed, amounts)


def _change_term(contract: Contract, months: int, terms: Floats) -> list[Alternative]:
    """Repay the same purchase in more or fewer months, at the same rate."""
    shortest, longest = (round(share * months) for share in TERM_RANGE)
    terms = terms[(terms >= shortest) & (terms <= min(longest, LONGEST))]
    longer, shorter = terms[terms > months], terms[terms < months][::-1]
    durations: dict[Action, Floats] = {"longer term": longer, "shorter term": shorter}
    return [
        Alternative(
            action,
            np.abs(others / months - 1),
            change_contract(contract, np.full_like(others, contract.financed), others),
        )
        for action, others in durations.items()
    ]


def _round_down(amounts: Floats, present: float) -> Floats:
    """Round amounts down to the place of the present amount's third digit: to thousands where it is 374,817.50."""
    unit = 10.0 ** (floor(log10(present)) - _DIGITS + 1)
    rounded: Floats = np.floor(amounts / unit + 1e-9) * unit
    return rounded
