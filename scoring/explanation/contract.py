"""A credit as a contract whose parts add up: price, deposit, fees, credit, instalment, months and rate.

An application has the credit, its instalment and the price. The other parts follow from these three:

- if the credit is larger than the price, the difference is fees and insurance; if it is smaller, the difference is a
deposit;
- the number of months is that of the tariff with the nearest ratio of instalment to credit;
- the rate is the one at which this number of instalments repays the credit.

For each month of the duration, fees are a fixed share of the financed sum. This was measured on previous applications
of Home Credit: the same share, 0.55 % a month, occurs with 13 durations from 6 to 60 months. Only 20 ratios of credit
to price cover 86 % of the credits with fees; they do not depend on the price.
"""

from collections.abc import Mapping, Sequence
from math import exp, log1p
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.schema import Frozen, Tariff

Part = Literal["credit", "instalment", "price"]  # what an application has
Amount = Literal["price", "deposit", "fees", "credit", "instalment", "months"]

YEARLY_RATE = 0.2  # where a schema has no tariffs, an assumption
LONGEST = 120  # months
_ANY_TERM = tuple(Tariff(months=months, yearly_rate=YEARLY_RATE) for months in range(1, LONGEST + 1))
_FARTHEST = 0.1  # how far an instalment may be from the nearest tariff's, as a share of the tariff's instalment
_STEPS = 60
_ROUNDING = 1e-13


class Contract(Frozen):
    """The parts of a credit; a part that is not known is null.

    Attributes
    ----------
    price : of the purchase.
    deposit : the part of the price that the client pays at once.
    fees : fees and insurance that are borrowed too; credit = price - deposit + fees.
    credit : the amount of the credit.
    instalment : what is paid each month.
    months : number of instalments, from the tariff whose instalment is nearest; null for an open-ended credit.
    yearly_rate : the assumed rate (0.2 is 20 % a year), at which the instalments repay the credit in these months.
    """

    price: float | None = None
    deposit: float | None = None
    fees: float | None = None
    credit: float
    instalment: float | None = None
    months: int | None = None
    yearly_rate: float | None = None

    @property
    def financed(self) -> float:
        """The credit without fees: the price without the deposit, where both are known."""
        if self.price is None or self.deposit is None:
            return self.credit
        return self.price - self.deposit


class PriceList:
    """A lender's tariffs.

    Attributes
    ----------
    months : the different durations, ascending.
    """

    def __init__(self, tariffs: Sequence[Tariff]) -> None:
        listed = tariffs or _ANY_TERM
        self.months = np.unique([one.months for one in listed]).astype(np.float64)
        order = sorted((float(annuity(one.yearly_rate, one.months)), one.months) for one in listed)
        self._rates = _list_rates(tariffs)
        self._shares = np.array([share for share, _ in order])
        self._months = [months for _, months in order]

    def find_rates(self, months: Floats, present: float) -> Floats:
        """Return the yearly rate of each duration: that of its tariff whose rate is nearest to the present one.

        Without tariffs, it is the present rate, since the rates of the durations are not known.

        >>> offered = PriceList([Tariff(months=12, yearly_rate=rate) for rate in (0.1, 0.3)])
        >>> offered.find_rates(np.array([12.0]), 0.25), PriceList(()).find_rates(np.array([12.0]), 0.25)
        (array([0.3]), array([0.25]))
        """
        nearest = [min(self._rates.get(int(one), (present,)), key=lambda rate: abs(rate - present)) for one in months]
        return np.array(nearest, dtype=np.float64)

    def count_months(self, credit: float, instalment: float) -> int | None:
        """Count the instalments that repay a credit, by the nearest tariff; None where no tariff is near.

        Parameters
        ----------
        credit, instalment : above 0, in the same currency.

        >>> PriceList(()).count_months(12000.0, 1111.61)  # 12 instalments of 1,111.61 repay 12,000 at 20 % a year
        12
        >>> PriceList([Tariff(months=6, yearly_rate=0.1), Tariff(months=24, yearly_rate=0.5)]).count_months(1e4, 670.0)
        24
        >>> PriceList(()).count_months(12000.0, 150.0)  # not even the interest
        """
        share = instalment / credit
        nearest = int(np.abs(self._shares - share).argmin())
        return self._months[nearest] if abs(share / self._shares[nearest] - 1) <= _FARTHEST else None


def _list_rates(tariffs: Sequence[Tariff]) -> Mapping[int, Sequence[float]]:
    found: dict[int, list[float]] = {}
    for one in tariffs:
        found.setdefault(one.months, []).append(one.yearly_rate)
    return found


def annuity(yearly_rate: Floats | float, months: Floats | int) -> Floats:
    """Monthly instalment of a credit of 1.

    >>> round(12000 * float(annuity(0.2, 12)), 2), float(annuity(0.0, 4))
    (1111.61, 0.25)
    """
    count, monthly = np.asarray(months, dtype=np.float64), np.asarray(yearly_rate, dtype=np.float64) / 12
    positive = np.where(monthly > 0, monthly, 1.0)
    # Written so that a rate next to zero loses no digits.
    share: Floats = np.where(monthly > 0, positive / -np.expm1(-count * np.log1p(positive)), 1 / count)
    return share


def find_rate(credit: float, instalment: float, months: int) -> float | None:
    """Find the yearly rate at which instalments repay a credit; None where they add up to less than the credit.

    >>> round(find_rate(12000.0, 1111.61, 12), 4), find_rate(12000.0, 1000.0, 12), find_rate(12000.0, 900.0, 12)
    (0.2, 0.0, None)
    """
    share = instalment / credit
    if share * months <= 1 + _ROUNDING:
        return 0.0 if share * months >= 1 - _ROUNDING else None
    # The interest is less than the instalment, so the start lies above the root; from there Newton's method converges
    monthly = share
    for _ in range(_STEPS):
        # Present value, at this rate, of one unit paid with the last instalment
        left = exp(-months * log1p(monthly))
        step = (monthly - share * (1 - left)) / (1 - share * months * left / (1 + monthly))
        monthly -= step
        if abs(step) <= _ROUNDING * monthly:
            break
    return 12 * monthly


def read_contract(amounts: Mapping[Part, float], open_ended: bool, price_list: PriceList) -> Contract | None:
    """Compute all parts of a contract from those that an application has.

    None if the amount of the credit is not known.

    Parameters
    ----------
    amounts : each above 0, in the lender's currency.
    open_ended : the product has no fixed duration.

    >>> found = read_contract({"credit": 12000.0, "price": 10000.0, "instalment": 1111.61}, False, PriceList(()))
    >>> found.deposit, found.fees, found.months, round(found.yearly_rate, 4)
    (0.0, 2000.0, 12, 0.2)
    """
    credit, price, instalment = (amounts.get(part) for part in ("credit", "price", "instalment"))
    if credit is None:
        return None
    above = None if price is None else credit - price
    months = None if instalment is None or open_ended else price_list.count_months(credit, instalment)
    rate = None if instalment is None or months is None else find_rate(credit, instalment, months)
    return Contract(
        price=price,
        deposit=None if above is None else max(0.0, -above),
        fees=None if above is None else max(0.0, above),
        credit=credit,
        instalment=instalment,
        months=None if rate is None else months,
        yearly_rate=rate,
    )


def change_contract(
    contract: Contract, financed: Floats, months: Floats, rates: Floats | None, cheaper: NDArray[np.bool_]
) -> Mapping[Amount, Floats]:
    """Compute contracts that finance another sum or run for another time.

    Parameters
    ----------
    financed : the credits without fees, shape (k,).
    months : the durations, shape (k,); not used if the present duration is not known.
    rates : the yearly rates, shape (k,); None if the present duration is not known.
    cheaper : shape (k,), true for a cheaper purchase with the same deposit; false for the same purchase, where a
        deposit pays what is not financed.

    Returns
    -------
    The known parts of the contracts by name, each of shape (k,), in the currency to the cent.
    """
    found: dict[Amount, Floats] = {"credit": financed}
    if contract.price is not None and contract.deposit is not None:
        found["price"] = np.where(cheaper, np.round(financed + contract.deposit, 2), contract.price)
        found["deposit"] = np.where(cheaper, contract.deposit, np.round(contract.price - financed, 2))
        found["fees"] = np.zeros_like(financed)
    if contract.fees:
        share = contract.fees / contract.financed
        found["fees"] = np.round(financed * (months * (share / contract.months) if contract.months else share), 2)
        found["credit"] = np.round(financed + found["fees"], 2)
    if contract.months and rates is not None:
        found["months"] = months
        found["instalment"] = np.round(found["credit"] * annuity(rates, months), 2)
    elif contract.instalment is not None:
        found["instalment"] = np.round(contract.instalment / contract.credit * found["credit"], 2)
    return found
