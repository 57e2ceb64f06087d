"""Earlier applications to this lender."""

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

FIRST_APPLICATION = 20_000_000  # real numbers lie between 1 and 3 million
APPLICATIONS_A_BLOCK = 100_000  # numbers reserved for one block; never change it, like the size of a block
CARDS = "Revolving loans"
NEVER = 365_243  # the lender's marker for a date that does not apply
TERMS = (6, 10, 12, 18, 24, 36)  # instalments
COUNTS = (1, 3, 7)  # applications of a client
FLAGS = ("no amount", "no term", "no goods")
INSTALMENT_DAYS = 30
DOWN_PAYMENT_RATE = 1.08909  # the unit that the lender uses: so many times its share of the price


class Contracts(NamedTuple):
    """Approved applications that became a loan or a card.

    Attributes
    ----------
    owner : the client whose contract it is, as a position in the block.
    numbers : SK_ID_PREV.
    decided, first_due : days relative to the application; ``first_due`` is missing for cards.
    planned : number of instalments agreed on; 0 for cards.
    kept : number of instalments until the loan was closed, early or not.
    annuity, credit : amounts.
    card : whether it is a card.
    """

    owner: Ints
    numbers: Ints
    decided: Floats
    first_due: Floats
    planned: Ints
    kept: Ints
    annuity: Floats
    credit: Floats
    card: Booleans

    def take(self, where: Booleans) -> "Contracts":
        """Return some of them."""
        return Contracts(*(values[where] for values in self))  # type: ignore[arg-type]  # each keeps its type


class _Draw(NamedTuple):
    """The random source of a block's applications, the owners, and the figures."""

    generator: np.random.Generator
    clients: Clients
    owner: Ints
    nothing: Coded
    parameters: Parameters

    def normal(self, name: str = "", risk: float = 0.0, income: float = 0.0) -> Floats:
        """Draw one normal per application; those of one client are as similar as measured under that name."""
        share = max(self.parameters.between.get(name, 0.0), abs(risk))
        shared = trait(self.generator, self.clients, risk=risk, income=income)
        return mixed(self.generator, shared[self.owner], share)

    def pick(self, name: str, keys: Coded | None = None, normal: Floats | None = None) -> dict[str, Coded]:
        keys = self.nothing if keys is None else keys
        return pick(self.parameters.choices[name], keys, self.normal() if normal is None else normal)

    def spread(self, name: str, keys: Coded | None = None, normal: Floats | None = None) -> Floats:
        keys = self.nothing if keys is None else keys
        return quantiles(self.parameters.spreads[name], keys, self.normal() if normal is None else normal)

    def happens(self, name: str, keys: Coded) -> Booleans:
        return below(self.normal(), rates(self.parameters.rates[name], keys))


def draw(generator: np.random.Generator, clients: Clients, parameters: Parameters) -> tuple[Columns, Ints, Contracts]:
    """Draw the earlier applications of a block; also returns the client of each, and the contracts that were made."""
    counts = _counts(generator, clients, parameters)
    owner, place = repeated(counts)
    nothing = Coded(np.zeros(len(owner), dtype=np.int64), ("",))
    source = _Draw(generator, clients, owner, nothing, parameters)
    role = _roles(generator, counts, owner, place, parameters)
    profile = source.pick("previous.profile", role, source.normal("previous.profile", strengths.REFUSED))
    flags = {name: profile.pop(name).numbers() > 0 for name in FLAGS}
    kind, decision = profile["NAME_CONTRACT_TYPE"], profile["NAME_CONTRACT_STATUS"]
    cell = cross(kind, decision)
    recent = source.normal("previous.days", strengths.RECENT_APPLICATION)
    decided = np.minimum(np.round(source.spread("previous.days", cell, recent)), -1.0)
    decided = _in_order(owner, role, not_before(decided, clients.adult[owner], generator))
    amounts = _amounts(source, profile, flags, recent)
    dates = _dates(source, kind, decision, decided, amounts["CNT_PAYMENT"])
    kept = dates.pop("kept")
    numbers = FIRST_APPLICATION + clients.block * APPLICATIONS_A_BLOCK + np.arange(len(owner))
    columns: Columns = {
        "SK_ID_PREV": numbers,
        "SK_ID_CURR": clients.numbers[owner],
        "DAYS_DECISION": decided,
        **profile,
        **amounts,
        **_circumstances(source, profile, _earliest(owner, decided)),
        **dates,
    }
    dated = ~np.isnan(dates["DAYS_FIRST_DUE"]) | kind.is_in(CARDS)
    made = decision.is_in("Approved") & dated
    contracts = Contracts(
        owner=owner,
        numbers=numbers,
        decided=decided,
        first_due=dates["DAYS_FIRST_DUE"],
        planned=np.nan_to_num(amounts["CNT_PAYMENT"]).astype(np.int64),
        kept=kept.astype(np.int64),
        annuity=np.nan_to_num(amounts["AMT_ANNUITY"]),
        credit=amounts["AMT_CREDIT"],
        card=kind.is_in(CARDS),
    )
    return columns, owner, contracts.take(made)


def _counts(generator: np.random.Generator, clients: Clients, parameters: Parameters) -> Ints:
    """Draw how many applications each client made before."""
    nothing = Coded(np.zeros(len(clients.numbers), dtype=np.int64), ("",))
    normal = trait(generator, clients, risk=0.03, income=0.05, age=0.07)
    count = pick(parameters.choices["previous.count"], nothing, normal)["count"].numbers()
    none = generator.random(len(count)) < parameters.rates["previous.none"][""]
    return np.where(none, 0, count).astype(np.int64)


def _roles(generator: np.random.Generator, counts: Ints, owner: Ints, place: Ints, parameters: Parameters) -> Coded:
    """Draw which application of each client became a card, at most one; the application at place 0 is the first."""
    owns = generator.random(len(counts)) < rates(parameters.rates["previous.card"], binned(counts, COUNTS))
    card = np.where(owns, np.floor(generator.random(len(counts)) * counts), -1).astype(np.int64)
    return Coded(np.select([card[owner] == place, place == 0], [2, 1], 0), ("other", "first", "card"))


def _in_order(owner: Ints, role: Coded, decided: Floats) -> Floats:
    """Exchange days within each client so that the first application is the earliest, except for cards."""
    start = np.flatnonzero(role.is_in("first"))
    others = np.flatnonzero(~role.is_in("card") & np.isin(owner, owner[start]))
    first = others[_earliest(owner[others], decided[others])]
    ordered = decided.copy()
    ordered[start], ordered[first] = decided[first], decided[start]
    return ordered


def _earliest(owner: Ints, decided: Floats) -> Booleans:
    """Return which application is each client's first."""
    order = np.lexsort((decided, owner))
    first = np.zeros(len(owner), dtype=bool)
    first[order] = np.diff(owner[order], prepend=-1) != 0
    return first


def _amounts(source: _Draw, profile: dict[str, Coded], flags: dict[str, Booleans], recent: Floats) -> dict[str, Floats]:
    """Draw the amounts that were asked for and granted, and the terms."""
    kind, decision = profile["NAME_CONTRACT_TYPE"], profile["NAME_CONTRACT_STATUS"]
    product, cell = profile["PRODUCT_COMBINATION"], cross(kind, decision)
    size = _towards(source, source.normal("previous.asked", income=0.4), recent)
    asked = money(source.spread("previous.asked", cross(product, decision), size), 4.5)
    asked[flags["no amount"]] = 0.0
    down = asked * source.spread("previous.down", kind, source.normal(risk=strengths.DOWN_PAYMENT))
    down[source.happens("previous.no down", cell)] = np.nan
    credit = (asked - np.nan_to_num(down)) * source.spread("previous.granted", cell)
    card, without = kind.is_in(CARDS), flags["no term"]
    limit = source.spread("previous.limit", product, size)
    credit = money(np.where(card & ~without, np.where(asked > 0, asked, limit), credit), 4.5)
    term = source.pick("previous.payments", product, _term(source, size, recent))
    payments = np.where(card, 0.0, term["CNT_PAYMENT"].numbers())
    cost = 1.0 + source.spread("previous.cost", profile["NAME_YIELD_GROUP"]) * payments
    annuity = np.where(card, credit * source.spread("previous.due"), credit * cost / np.maximum(payments, 1.0))
    share = np.where(asked > 0, DOWN_PAYMENT_RATE * down / np.maximum(np.nan_to_num(down) + credit, 1.0), 0.0)
    return {
        "AMT_ANNUITY": np.where(without, np.nan, money(annuity)),
        "AMT_APPLICATION": asked,
        "AMT_CREDIT": credit,
        "AMT_DOWN_PAYMENT": money(down),
        "AMT_GOODS_PRICE": np.where(flags["no goods"], np.nan, asked),
        "RATE_DOWN_PAYMENT": np.where(np.isnan(down), np.nan, np.round(share, 6)),
        "CNT_PAYMENT": np.where(without, np.nan, payments),
    }


def _towards(source: _Draw, size: Floats, recent: Floats) -> Floats:
    """Let later applications ask for more, as measured."""
    weight = source.parameters.between["previous.amount by recency"]
    return np.asarray(weight * recent + np.sqrt(1.0 - weight**2) * size, dtype=float)


def _term(source: _Draw, size: Floats, recent: Floats) -> Floats:
    """Let the number of instalments follow the amount and how recent the loan is, as measured."""
    between = source.parameters.between
    by_size, by_time = between["previous.term by amount"], between["previous.term by recency"]
    explained = by_size**2 + by_time**2 + 2 * by_size * by_time * between["previous.amount by recency"]
    rest = np.sqrt(1.0 - explained) * source.normal()
    return np.asarray(by_size * size + by_time * recent + rest, dtype=float)


def _circumstances(source: _Draw, profile: dict[str, Coded], first: Booleans) -> Columns:
    """Draw place, time, channel and purpose of each application."""
    cell = cross(profile["NAME_CONTRACT_TYPE"], profile["NAME_CONTRACT_STATUS"])
    priced = source.happens("previous.interest", cell)
    flags = source.pick("previous.flags")
    rank = Coded(np.where(first, 0, 1), ("first", "later"))
    return {
        **source.pick("previous.sale", profile["PRODUCT_COMBINATION"]),
        **source.pick("previous.reason", cell),
        **source.pick("previous.purpose", cell),
        **source.pick("previous.suite", cell),
        **source.pick("previous.client", rank),
        **source.pick("previous.weekday"),
        "HOUR_APPR_PROCESS_START": source.pick("previous.hour")["HOUR_APPR_PROCESS_START"].numbers(),
        "FLAG_LAST_APPL_PER_CONTRACT": flags["FLAG_LAST_APPL_PER_CONTRACT"],
        "NFLAG_LAST_APPL_IN_DAY": flags["NFLAG_LAST_APPL_IN_DAY"].numbers(),
        "RATE_INTEREST_PRIMARY": np.where(priced, source.spread("previous.primary"), np.nan),
        "RATE_INTEREST_PRIVILEGED": np.where(priced, source.spread("previous.privileged"), np.nan),
        "SELLERPLACE_AREA": np.round(source.spread("previous.area", profile["NAME_PORTFOLIO"])),
    }


def _dates(source: _Draw, kind: Coded, decision: Coded, decided: Floats, payments: Floats) -> dict[str, Floats]:
    """Draw the days of an approved contract; a day in the future or a day that does not apply is 365243."""
    card = kind.is_in(CARDS)
    planned = np.maximum(np.nan_to_num(payments), 1.0)
    first_due = decided + np.maximum(np.round(source.spread("previous.first due", kind)), 1.0)
    share = source.spread("previous.kept", cross(kind, binned(planned, TERMS)))
    kept = np.clip(np.ceil(share * planned - 1e-6), 1.0, planned)
    last_planned = first_due + INSTALMENT_DAYS * (planned - 1)
    last = first_due + INSTALMENT_DAYS * (kept - 1)
    over = source.happens("previous.card over", source.nothing)
    last_of_card = np.round(decided - decided * source.spread("previous.card lasted"))
    last = np.where(card, np.where(over, last_of_card, 0.0), last)
    ended = last + np.round(source.spread("previous.closing", kind))
    drawn = decided + np.round(source.spread("previous.first drawing"))
    drawing = card & ~source.happens("previous.undrawn", source.nothing) & (drawn < 0)
    insured = source.happens("previous.insured", kind).astype(float)
    dates = {
        "DAYS_FIRST_DRAWING": np.where(drawing, drawn, NEVER),
        "DAYS_FIRST_DUE": np.where(card & ~drawing, NEVER, np.where(first_due < 0, first_due, NEVER)),
        "DAYS_LAST_DUE_1ST_VERSION": np.where(card, NEVER, last_planned),
        "DAYS_LAST_DUE": np.where(last < 0, last, NEVER),
        "DAYS_TERMINATION": np.where((last < 0) & (ended < 0), ended, NEVER),
        "NFLAG_INSURED_ON_APPROVAL": insured,
    }
    none = ~decision.is_in("Approved") | source.happens("previous.no dates", kind)
    return {name: np.where(none, np.nan, values) for name, values in dates.items()} | {"kept": kept}
