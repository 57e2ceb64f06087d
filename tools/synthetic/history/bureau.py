"""Credits at other lenders, as the credit bureau reports them."""

from typing import NamedTuple

import numpy as np

from tools.synthetic.copula import Booleans, Floats
from tools.synthetic.history import strengths
from tools.synthetic.history.clients import Clients, not_before, trait
from tools.synthetic.history.draws import (
    Coded,
    Columns,
    Ints,
    below,
    binned,
    cross,
    mixed,
    money,
    pick,
    quantiles,
    rates,
    repeated,
)
from tools.synthetic.history.parameters import Parameters

TYPES = ("Mortgage", "Car loan", "Consumer credit", "Credit card", "Microloan")
AGES = (180, 365, 1000, 1800)  # days since opening
LENGTHS = (90, 180, 270, 365, 730)  # days until closing
FIRST_CREDIT = 10_000_000  # real numbers lie between 5 and 7 million
CREDITS_A_BLOCK = 100_000  # numbers reserved for one block; never change it, like the size of a block


class Credits(NamedTuple):
    """What the monthly reports need to know of each credit.

    Attributes
    ----------
    owner : the client whose credit it is, as a position in the block.
    numbers : SK_ID_BUREAU.
    opened, ended : days relative to the application; ``ended`` is missing while the credit runs.
    status : CREDIT_ACTIVE.
    """

    owner: Ints
    numbers: Ints
    opened: Floats
    ended: Floats
    status: Coded


class _Draw(NamedTuple):
    """The random source of a block's credits, the owners, and the figures."""

    generator: np.random.Generator
    clients: Clients
    owner: Ints
    parameters: Parameters

    def normal(self, name: str = "", risk: float = 0.0, income: float = 0.0) -> Floats:
        """Draw one normal per credit; those of one client are as similar as measured under that name."""
        share = max(self.parameters.between.get(name, 0.0), abs(risk))
        shared = trait(self.generator, self.clients, risk=risk, income=income)
        return mixed(self.generator, shared[self.owner], share)

    def spread(self, name: str, keys: Coded, normal: Floats | None = None) -> Floats:
        return quantiles(self.parameters.spreads[name], keys, self.normal() if normal is None else normal)

    def happens(self, name: str, keys: Coded, risk: float = 0.0) -> Booleans:
        return below(self.normal(name, risk), rates(self.parameters.rates[name], keys))


def draw(generator: np.random.Generator, clients: Clients, parameters: Parameters) -> tuple[Columns, Credits]:
    """Draw the credits of a block of clients, and what their monthly reports depend on."""
    counts = _counts(generator, clients, parameters)
    owner, _ = repeated(counts)
    source = _Draw(generator, clients, owner, parameters)
    nothing = Coded(np.zeros(len(owner), dtype=np.int64), ("",))
    choices, normal = parameters.choices, source.normal
    status = pick(choices["bureau.status"], nothing, normal("bureau.status", strengths.ACTIVE))["CREDIT_ACTIVE"]
    credit_type = pick(choices["bureau.type"], status, normal("bureau.type", strengths.CARD))["CREDIT_TYPE"]
    kind = _kind(credit_type)
    numbers = FIRST_CREDIT + clients.block * CREDITS_A_BLOCK + np.arange(len(owner))
    days = _days(source, kind, status)
    columns: Columns = {
        "SK_ID_CURR": clients.numbers[owner],
        "SK_ID_BUREAU": numbers,
        "CREDIT_ACTIVE": status,
        "CREDIT_CURRENCY": pick(choices["bureau.currency"], nothing, normal())["CREDIT_CURRENCY"],
        "CNT_CREDIT_PROLONG": pick(choices["bureau.prolong"], status, normal())["CNT_CREDIT_PROLONG"].numbers(),
        "CREDIT_TYPE": credit_type,
        **days,
        **_amounts(source, cross(kind, status), status),
    }
    ended = np.where(status.is_in("Active"), np.nan, days["DAYS_ENDDATE_FACT"])
    return columns, Credits(owner, numbers, days["DAYS_CREDIT"], ended, status)


def _counts(generator: np.random.Generator, clients: Clients, parameters: Parameters) -> Ints:
    """Draw how many credits each client has: older and richer clients have more, clients unknown to the bureau none."""
    nothing = Coded(np.zeros(len(clients.numbers), dtype=np.int64), ("",))
    normal = trait(generator, clients, income=0.14, age=0.08)
    count = pick(parameters.choices["bureau.count"], nothing, normal)["count"].numbers()
    return np.where(clients.known, count, 0).astype(np.int64)


def _kind(credit_type: Coded) -> Coded:
    names = (*TYPES, "other")
    code = np.array([names.index(value if value in TYPES else "other") for value in credit_type.values])
    return Coded(code[credit_type.codes], names)


def _days(source: _Draw, kind: Coded, status: Coded) -> dict[str, Floats]:
    """Draw when each credit began, was to end, ended, and was last reported: never after the application."""
    generator, cell = source.generator, cross(kind, status)
    recent = source.normal("bureau.days", strengths.RECENT)
    opened = np.minimum(np.round(source.spread("bureau.days", cell, recent)), -1.0)
    opened = not_before(opened, source.clients.adult[source.owner], generator)
    age = binned(-opened, AGES)
    over = ~status.is_in("Active")
    ended = np.minimum(np.round(opened - opened * source.spread("bureau.lasted", cross(kind, age))), 0.0)
    length = binned(ended - opened, LENGTHS)
    planned = np.where(
        status.is_in("Closed"),
        np.maximum(ended + source.spread("bureau.overrun", cross(kind, length)), opened),
        np.maximum(source.spread("bureau.end", cross(kind, age)), opened),
    )
    unknown = status.is_in("Sold") & source.happens("bureau.no end when sold", status)
    updated = np.where(
        over & ~unknown,
        ended - ended * source.spread("bureau.updated after", kind),
        opened * source.spread("bureau.updated", age),
    )
    planned[source.happens("bureau.no DAYS_CREDIT_ENDDATE", cell)] = np.nan
    return {
        "DAYS_CREDIT": opened,
        "DAYS_CREDIT_ENDDATE": np.rint(planned),
        "DAYS_ENDDATE_FACT": np.where(over & ~unknown, ended, np.nan),
        "DAYS_CREDIT_UPDATE": np.rint(updated),
    }


def _amounts(source: _Draw, cell: Coded, status: Coded) -> dict[str, Floats]:
    """Draw sum, debt, limit and arrears of each credit."""
    large = source.normal("bureau.sum", income=0.5)
    size = money(source.spread("bureau.sum", cell, large), 0.45)
    overdue = source.happens("bureau.overdue", status, strengths.OVERDUE)
    counted = np.asarray(overdue, dtype=np.float64)
    debt = source.spread("bureau.debt", cell, source.normal(risk=strengths.DEBT)) * size
    nothing = Coded(np.zeros(len(size), dtype=np.int64), ("",))
    arrears = counted * source.spread("bureau.overdue", nothing) * size
    debt = np.where(overdue, np.maximum(debt, arrears), debt)
    amounts: dict[str, Floats] = {
        "CREDIT_DAY_OVERDUE": counted * np.ceil(source.spread("bureau.days overdue", nothing)),
        "AMT_CREDIT_MAX_OVERDUE": source.spread("bureau.max overdue", status, source.normal(risk=0.1)),
        "AMT_CREDIT_SUM": size,
        "AMT_CREDIT_SUM_DEBT": debt,
        "AMT_CREDIT_SUM_LIMIT": source.spread("bureau.limit", cell) * size,
        "AMT_CREDIT_SUM_OVERDUE": arrears,
        "AMT_ANNUITY": source.spread("bureau.annuity", cell, mixed(source.generator, large, 0.3)),
    }
    for name in ("AMT_CREDIT_MAX_OVERDUE", "AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM_LIMIT", "AMT_ANNUITY"):
        amounts[name][source.happens(f"bureau.no {name}", cell)] = np.nan
    return {name: values if name == "CREDIT_DAY_OVERDUE" else money(values) for name, values in amounts.items()}
