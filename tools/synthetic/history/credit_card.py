"""Monthly reports of credit cards: a balance that is drawn, charged with interest and paid back."""

from typing import NamedTuple

import numpy as np

from tools.synthetic.copula import Booleans, Floats
from tools.synthetic.history import strengths
from tools.synthetic.history.clients import Clients, scores, trait
from tools.synthetic.history.draws import MONTH, Coded, Columns, Ints, below, binned, money, quantiles, rates, repeated
from tools.synthetic.history.parameters import Parameters
from tools.synthetic.history.previous_application import Contracts

FIRST_MONTH = -96
MONTHS = (6, 12, 24, 48)  # since a card was issued
LAST_MONTHS = (0.58, 0.30, 0.07, 0.05)  # share of cards last reported one, two, three, four months before
NAMES = ("Active", "Completed", "Signed")
INTEREST = 0.02  # a month
MINIMUM = 0.05  # of the limit is due each month
STARTS_AT_ONCE = 0.55
TAKEN_UP, PUT_AWAY = 0.06, 0.025  # chance in a month


class Cards(NamedTuple):
    """The cards of a block and how their owners use them; one entry for each card.

    Attributes
    ----------
    owner, numbers : the client whose card it is, as a position in the block; SK_ID_PREV.
    start, months : month of the first report; number of reports.
    limit, raised : limit at first, and factor by which it is changed half-way.
    ends : number of the report from which the card is closed.
    used : whether it is ever used.
    level : share of the limit that the owner tends to draw.
    eager : normal; high where the owner takes up the card soon and keeps using it.
    cash : normal; high where the owner draws cash rather than buys.
    late : chance of a day overdue in a month.
    abandoned : number of the report from which nothing is paid any more.
    """

    owner: Ints
    numbers: Ints
    start: Ints
    months: Ints
    limit: Floats
    raised: Floats
    ends: Floats
    used: Booleans
    level: Floats
    eager: Floats
    cash: Floats
    late: Floats
    abandoned: Floats


class Ledger(NamedTuple):
    """Amounts of each month, all (cards, months)."""

    limit: Floats
    balance: Floats
    drawn: Floats
    due: Floats
    paid: Floats


def open_cards(generator: np.random.Generator, clients: Clients, contracts: Contracts, parameters: Parameters) -> Cards:
    """Draw the cards that were issued and their owners' habits."""
    rate = {name: value[""] for name, value in parameters.rates.items() if name.startswith("card.")}
    habits = parameters.rates
    issued = contracts.take(contracts.card)
    size, owner = len(issued.owner), issued.owner
    uniform = generator.random((6, size))
    start = np.clip(np.floor(issued.decided / MONTH) + 1, FIRST_MONTH, -1).astype(np.int64)
    last = -1 - np.searchsorted(np.cumsum(LAST_MONTHS)[:-1], uniform[0], side="right")
    months = np.maximum(last, start) - start + 1
    age = binned(months.astype(float), MONTHS)
    used = below(
        trait(generator, clients, risk=strengths.CARD_USED)[owner], 1.0 - rates(habits["card.never used"], age)
    )
    nothing = Coded(np.zeros(size, dtype=np.int64), ("",))
    tendency = trait(generator, clients, risk=strengths.CARD_DEBT)[owner]
    ended = uniform[3] < rates(habits["card.ended"], age)
    forgetful = used & (uniform[1] < rate["card.late"] / (1.0 - 0.3))
    gone = used & below(trait(generator, clients, risk=0.1)[owner], rate["card.abandoned"])
    return Cards(
        owner=owner,
        numbers=issued.numbers,
        start=start,
        months=months,
        limit=np.round(quantiles(parameters.spreads["card.limit"], nothing, scores(issued.credit)), -2),
        raised=np.select([uniform[2] < 0.75, uniform[2] < 0.85], [1.0, 1.5], 0.5),
        ends=np.where(ended, np.ceil((0.05 + 0.8 * uniform[4]) * months), np.inf),
        used=used,
        level=quantiles(parameters.spreads["card.level"], nothing, tendency),
        eager=tendency,
        cash=trait(generator, clients, risk=strengths.CARD_CASH)[owner],
        late=np.where(forgetful, 0.12, 0.0),
        abandoned=np.where(gone, np.ceil(uniform[5] * months), np.inf),
    )


def ledger(generator: np.random.Generator, cards: Cards, parameters: Parameters) -> Ledger:
    """Compute the balances of all cards month by month."""
    size, longest = len(cards.owner), int(cards.months.max(initial=0))
    books = Ledger(*(np.zeros((size, longest)) for _ in Ledger._fields))
    balance, in_use = np.zeros(size), cards.used & (generator.random(size) < STARTS_AT_ONCE)
    ratios = parameters.spreads["card.paid"]
    nothing = Coded(np.zeros(size, dtype=np.int64), ("",))
    drawing_rate = 0.8 * parameters.rates["card.draws"][""]  # further drawings happen when everything is paid back
    up = np.exp(0.6 * cards.eager)
    level = np.minimum(1.2 * cards.level, 1.02)
    for month in range(longest):
        over, stopped = month >= cards.ends, month >= cards.abandoned
        limit = np.where(over, 0.0, cards.limit * np.where(2 * month > cards.months, cards.raised, 1.0))
        uniform = generator.random((4, size))
        in_use = np.where(in_use, uniform[0] * up >= PUT_AWAY, uniform[0] < TAKEN_UP * up) & cards.used & ~over
        due = np.where(balance > 0, np.minimum(balance, MINIMUM * np.maximum(limit, cards.limit)), 0.0)
        owed = balance * (1.0 + INTEREST)
        paid = np.minimum(quantiles(ratios, nothing, generator.standard_normal(size)) * due, owed)
        paid = np.where(in_use, paid, owed)  # an owner who stops using the card pays everything back
        paid = np.where(stopped & (balance > 0), 0.0, paid)
        rest = owed - paid
        wish = np.maximum(level * limit - rest, 0.0)
        draws = in_use & ~stopped & (limit > 0) & ((uniform[1] < drawing_rate) | (rest <= 0))
        drawn = np.where(draws, wish * (0.4 + 0.6 * uniform[2]) + 0.02 * limit * uniform[3], 0.0)
        balance = money(rest + drawn)
        for book, amount in zip(books, (limit, balance, money(drawn), money(due), money(paid)), strict=True):
            book[:, month] = amount
    return books


def draw(
    generator: np.random.Generator, clients: Clients, cards: Cards, books: Ledger, parameters: Parameters
) -> tuple[Columns, Ints]:
    """Draw the monthly reports of the cards; also returns the client of each, as a position in the block."""
    card, number = repeated(cards.months)
    limit, balance, drawn, due, paid = (book[card, number] for book in books)
    nothing = Coded(np.zeros(len(card), dtype=np.int64), ("",))

    def spread(name: str) -> Floats:
        return quantiles(parameters.spreads[name], nothing, generator.standard_normal(len(card)))

    own = np.where((balance == 0) & cards.used[card], spread("card.own money"), 0.0)
    started = np.maximum.accumulate(books.balance > 0, axis=1)[card, number] if len(card) else np.zeros(0, dtype=bool)
    blank, no_minimum, no_payment = _gaps(generator, cards, card, started, parameters)
    idle = np.where(paid > 0, paid, spread("card.idle payment"))
    bills = np.cumsum(books.due > 0, axis=1)[card, number].astype(float)
    overdue, tolerated = _overdue(generator, cards, card, number, balance)
    columns: Columns = {
        "SK_ID_PREV": cards.numbers[card],
        "SK_ID_CURR": clients.numbers[cards.owner[card]],
        "MONTHS_BALANCE": cards.start[card] + number,
        "AMT_BALANCE": balance,
        "AMT_CREDIT_LIMIT_ACTUAL": np.round(limit),
        **_drawings(generator, cards, card, drawn, blank, spread("card.purchases")),
        "AMT_INST_MIN_REGULARITY": np.where(no_minimum, np.nan, due),
        "AMT_PAYMENT_CURRENT": np.where(no_payment & (paid == 0), np.nan, money(idle)),
        "AMT_PAYMENT_TOTAL_CURRENT": paid,
        "AMT_RECEIVABLE_PRINCIPAL": money(balance * spread("card.principal")),
        "AMT_RECIVABLE": money(balance + own),
        "AMT_TOTAL_RECEIVABLE": money(balance + own),
        "CNT_INSTALMENT_MATURE_CUM": np.where(no_minimum, np.nan, bills),
        "NAME_CONTRACT_STATUS": _status(generator, cards, card, number, started),
        "SK_DPD": overdue,
        "SK_DPD_DEF": tolerated,
    }
    return columns, cards.owner[card]


def bills_of(
    generator: np.random.Generator, cards: Cards, books: Ledger
) -> tuple[Ints, tuple[Ints, Floats, Floats, Floats]]:
    """Return the payments that covered the amount due: for each its card, number, day, amount due, amount paid."""
    months = books.due.shape[1] if len(books.due) else 0
    inside = np.arange(months)[None, :] < cards.months[:, None]
    card, month = np.nonzero((books.due > 0) & (books.paid > 0) & inside)
    parts = 1 + generator.poisson(1.5, len(card))
    bill, part = repeated(parts)
    weight = generator.exponential(size=len(bill))
    share = weight / np.bincount(bill, weight, minlength=len(card))[bill]
    owner = card[bill]
    first = np.searchsorted(owner, np.arange(len(cards.owner)))
    number = np.arange(len(bill)) - first[owner] + 1
    day = np.round((cards.start[card] + month)[bill] * MONTH + 28.0 * (part + 1) / (parts[bill] + 1))
    due, paid = money(books.due[card, month][bill] * share), money(books.paid[card, month][bill] * share)
    return owner, (number, np.minimum(day, -1.0), due, paid)


def _gaps(
    generator: np.random.Generator, cards: Cards, card: Ints, started: Booleans, parameters: Parameters
) -> tuple[Booleans, Booleans, Booleans]:
    """Tell where drawings, the minimum, and payments are not reported: on most cards that are never used."""
    size = len(cards.owner)
    silent = ~cards.used & (generator.random(size) < parameters.rates["card.no drawings"][""])
    bare = silent & (generator.random(size) < 0.4)
    uniform = generator.random((2, len(card)))
    early = cards.used[card] & ~started & (uniform[0] < 0.35)
    blank = silent[card] | early
    no_minimum = (bare[card] & (uniform[1] < 0.75)) | (early & (uniform[1] < 0.4)) | (uniform[1] < 0.012)
    return blank, no_minimum, silent[card] | (uniform[1] > 0.985)


def _drawings(
    generator: np.random.Generator, cards: Cards, card: Ints, drawn: Floats, blank: Booleans, purchases: Floats
) -> dict[str, Floats]:
    """Divide what was drawn into cash, purchases and other, and count how often."""
    uniform = generator.random((3, len(card)))
    all_cash = 1.0 / (1.0 + np.exp(-(1.2 * cards.cash[card] + 0.65)))
    cash = np.select([uniform[0] < 0.86 * all_cash, uniform[0] < 0.86], [1.0, 0.0], uniform[1])
    other = np.where(uniform[2] < 0.012, 1.0, 0.0)
    amount = {
        "ATM": money(drawn * cash * (1 - other), 4.5),
        "OTHER": money(drawn * other),
    }
    amount["POS"] = np.maximum(money(drawn - amount["ATM"] - amount["OTHER"]), 0.0)
    often = {
        "ATM": np.where(amount["ATM"] > 0, 1.0 + generator.poisson(1.0, len(card)), 0.0),
        "OTHER": np.where(amount["OTHER"] > 0, 1.0, 0.0),
        "POS": np.where(amount["POS"] > 0, np.maximum(np.round(purchases), 1.0), 0.0),
    }
    columns = {f"AMT_DRAWINGS_{name}_CURRENT": np.where(blank, np.nan, values) for name, values in amount.items()}
    columns |= {f"CNT_DRAWINGS_{name}_CURRENT": np.where(blank, np.nan, values) for name, values in often.items()}
    return columns | {"AMT_DRAWINGS_CURRENT": drawn, "CNT_DRAWINGS_CURRENT": sum(often.values(), np.zeros(len(card)))}


def _overdue(
    generator: np.random.Generator, cards: Cards, card: Ints, number: Ints, balance: Floats
) -> tuple[Ints, Ints]:
    """Return the days overdue in each report, and the days overdue above the tolerated amount."""
    once = (generator.random(len(card)) < cards.late[card]) & (balance > 0)
    unpaid = np.where(np.isfinite(cards.abandoned[card]), np.maximum(number - cards.abandoned[card], 0) * 30, 0)
    unpaid = np.where(balance > 0, unpaid, 0)
    days = np.maximum(np.where(once, 1, 0), unpaid).astype(np.int64)
    return days, np.where(generator.random(len(card)) < 0.55, np.minimum(days, 7), 0).astype(np.int64)


def _status(generator: np.random.Generator, cards: Cards, card: Ints, number: Ints, started: Booleans) -> Coded:
    """Return the state of the card; some closed cards are reported as completed in their last months."""
    reported = (generator.random(len(cards.owner)) < 0.17)[card]
    completed = reported & (number >= cards.ends[card])
    signed = (number == 0) & ~started & (generator.random(len(card)) < 0.2)
    return Coded(np.select([completed, signed], [1, 2], 0), NAMES)
