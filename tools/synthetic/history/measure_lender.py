"""Figures of previous applications, loans, instalments and cards."""

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tools.synthetic.history.draws import MONTH
from tools.synthetic.history.figures import between, bins, choice_of, key, rates_of, spread_of, spreads_of
from tools.synthetic.history.measure_bureau import Figures
from tools.synthetic.history.parameters import POOLED, Choice, Spreads
from tools.synthetic.parameters import Continuous, significant

if TYPE_CHECKING:
    from tools.synthetic.history.figures import Series

NEVER = 365_243
CARDS_MADE = "Revolving loans|Approved"
DECISIONS = ("Approved", "Unused offer", "Canceled", "Refused")
TERMS = (6, 10, 12, 18, 24, 36)  # instalments
COUNTS = (1, 3, 7)  # applications of a client
MONTHS = (6, 12, 24, 48)  # since a card was issued
FLAGS = ("no amount", "no term", "no goods")


def measure(
    clients: pd.DataFrame, previous: pd.DataFrame, loans: pd.DataFrame, cards: pd.DataFrame, paid: pd.DataFrame
) -> Figures:
    """Measure applications and repayments, of the clients whose records are complete; payments one by one."""
    covered = clients.loc[clients["has_prev_pos"], "SK_ID_CURR"]
    known = clients.loc[clients["has_bureau_bb_cc"], "SK_ID_CURR"]
    previous = previous[previous["SK_ID_CURR"].isin(covered)].sort_values(["SK_ID_CURR", "DAYS_DECISION"])
    previous = previous.reset_index(drop=True)
    cards = cards[cards["SK_ID_CURR"].isin(known)].sort_values(["SK_ID_PREV", "MONTHS_BALANCE"])
    loans = loans.sort_values(["SK_ID_PREV", "MONTHS_BALANCE"])
    none = rates_of(~covered.isin(previous["SK_ID_CURR"]))
    owners = _card_owners(previous, none[POOLED], cards["SK_ID_PREV"].nunique() / len(known))
    return Figures(
        _choices(previous),
        _asking(previous, cards) | _running(previous) | _payments(paid) | _card_spreads(cards),
        {"previous.none": none, "previous.card": owners} | _rates(previous) | _loan_rates(loans) | _card_rates(cards),
        _between(previous),
        {},
    )


def _choices(previous: pd.DataFrame) -> dict[str, Choice]:
    kind, decision = previous["NAME_CONTRACT_TYPE"], previous["NAME_CONTRACT_STATUS"]
    cell, product = key(kind, decision), previous["PRODUCT_COMBINATION"]
    counts = previous.groupby("SK_ID_CURR").size().astype(float)
    gaps = (previous["AMT_APPLICATION"] == 0, previous["CNT_PAYMENT"].isna(), previous["AMT_GOODS_PRICE"].isna())
    names = ["NAME_CONTRACT_STATUS", "NAME_CONTRACT_TYPE", "NAME_PORTFOLIO", "NAME_PRODUCT_TYPE", "NAME_YIELD_GROUP"]
    profile = previous[[*names, "PRODUCT_COMBINATION"]].assign(
        **{flag: gap.astype(float) for flag, gap in zip(FLAGS, gaps, strict=True)}
    )
    later = previous["SK_ID_CURR"].duplicated().map({False: "first", True: "later"})
    flags = ["FLAG_LAST_APPL_PER_CONTRACT", "NFLAG_LAST_APPL_IN_DAY"]
    payments = previous[["CNT_PAYMENT"]][previous["CNT_PAYMENT"] > 0]
    return {
        "previous.count": choice_of(counts.to_frame("count")),
        "previous.profile": choice_of(profile, _role(previous), order=DECISIONS),
        "previous.sale": choice_of(previous[["CHANNEL_TYPE", "NAME_SELLER_INDUSTRY", "NAME_GOODS_CATEGORY"]], product),
        "previous.reason": choice_of(previous[["CODE_REJECT_REASON"]], cell),
        "previous.purpose": choice_of(previous[["NAME_CASH_LOAN_PURPOSE", "NAME_PAYMENT_TYPE"]], cell),
        "previous.suite": choice_of(previous[["NAME_TYPE_SUITE"]], cell),
        "previous.client": choice_of(previous[["NAME_CLIENT_TYPE"]], later),
        "previous.weekday": choice_of(previous[["WEEKDAY_APPR_PROCESS_START"]]),
        "previous.hour": choice_of(previous[["HOUR_APPR_PROCESS_START"]].astype(float)),
        "previous.flags": choice_of(previous[flags].astype({flags[1]: float})),
        "previous.payments": choice_of(payments, product[payments.index]),
    }


def _is_card(previous: pd.DataFrame) -> "pd.Series[bool]":
    return (previous["NAME_CONTRACT_TYPE"] == "Revolving loans") & (previous["NAME_CONTRACT_STATUS"] == "Approved")


def _role(previous: pd.DataFrame) -> "pd.Series[str]":
    """Name what an application was to the client: the one that became a card, the first, or another."""
    later = previous["SK_ID_CURR"].duplicated()
    names = np.select([_is_card(previous), ~later], ["card", "first"], "other")
    return pd.Series(names, index=previous.index)


def _card_owners(previous: pd.DataFrame, none: float, owners: float) -> dict[str, float]:
    """Measure who has a card, by number of applications; the level is that of the cards' own table."""
    client = previous["SK_ID_CURR"]
    card = _is_card(previous).groupby(client).any()
    rates = rates_of(card, bins(previous.groupby(client).size().astype(float), COUNTS))
    level = owners / (1.0 - none) / rates[POOLED]
    return {name: significant(rate * level, 4) for name, rate in rates.items()}


def _asking(previous: pd.DataFrame, cards: pd.DataFrame) -> dict[str, Spreads]:
    kind, decision = previous["NAME_CONTRACT_TYPE"], previous["NAME_CONTRACT_STATUS"]
    cell, product = key(kind, decision), previous["PRODUCT_COMBINATION"]
    asked = previous["AMT_APPLICATION"].where(previous["AMT_APPLICATION"] > 0)
    granted = previous["AMT_CREDIT"].where(previous["AMT_CREDIT"] > 0)
    down, term = previous["AMT_DOWN_PAYMENT"], previous["CNT_PAYMENT"].where(previous["CNT_PAYMENT"] > 0)
    card = kind == "Revolving loans"
    cost = (previous["AMT_ANNUITY"] * term / granted - 1.0) / term
    due = previous["AMT_ANNUITY"] / granted
    share = (down / asked).clip(0, 0.95)
    return {
        "previous.days": spreads_of(previous["DAYS_DECISION"], cell) | {CARDS_MADE: _days_of(cards)},
        "previous.asked": spreads_of(asked, key(product, decision)),
        "previous.down": spreads_of(share, kind),
        "previous.granted": spreads_of((granted / (asked - down.fillna(0))).where(~card).clip(0.2, 2), cell),
        "previous.limit": spreads_of(granted.where(card), product),
        "previous.due": spreads_of(due.where(card & (due < 1))),
        "previous.cost": spreads_of(cost.where(~card).clip(0, 0.2), previous["NAME_YIELD_GROUP"]),
        "previous.area": spreads_of(previous["SELLERPLACE_AREA"], previous["NAME_PORTFOLIO"]),
        "previous.primary": spreads_of(previous["RATE_INTEREST_PRIMARY"]),
        "previous.privileged": spreads_of(previous["RATE_INTEREST_PRIVILEGED"]),
    }


def _days_of(cards: pd.DataFrame) -> Continuous:
    """Measure when cards were decided on, from their first reports: these reach back as far as the cards do."""
    first = cards.groupby("SK_ID_PREV")["MONTHS_BALANCE"].min().to_numpy(dtype=float)
    return spread_of((first - 1.0 + np.linspace(0.0, 1.0, len(first))) * MONTH)


def _running(previous: pd.DataFrame) -> dict[str, Spreads]:
    kind, decided = previous["NAME_CONTRACT_TYPE"], previous["DAYS_DECISION"]
    days = {name: _day(previous[name]) for name in previous if str(name).startswith("DAYS_")}
    last, first = days["DAYS_LAST_DUE"], days["DAYS_FIRST_DUE"]
    over = (days["DAYS_LAST_DUE_1ST_VERSION"] < 0) & (last < 0) & (previous["CNT_PAYMENT"] > 0)
    kept = ((last - first) / 30 + 1) / previous["CNT_PAYMENT"]
    card = kind == "Revolving loans"
    return {
        "previous.first due": spreads_of((first - decided).clip(lower=1), kind),
        "previous.kept": spreads_of(kept.where(over).clip(0.01, 1), key(kind, bins(previous["CNT_PAYMENT"], TERMS))),
        "previous.closing": spreads_of((days["DAYS_TERMINATION"] - last).clip(lower=0), kind),
        "previous.first drawing": spreads_of((days["DAYS_FIRST_DRAWING"] - decided).where(card).clip(lower=0)),
        "previous.card lasted": spreads_of(((last - decided) / -decided).where(card & (decided < 0)).clip(0, 1)),
    }


def _day(days: "Series") -> "Series":
    return days.where(days != NEVER)


def _rates(previous: pd.DataFrame) -> dict[str, dict[str, float]]:
    kind, decision = previous["NAME_CONTRACT_TYPE"], previous["NAME_CONTRACT_STATUS"]
    approved = decision == "Approved"
    card = approved & (kind == "Revolving loans") & previous["DAYS_FIRST_DUE"].notna()
    dates = previous["DAYS_FIRST_DUE"].notna() & approved
    return {
        "previous.no dates": rates_of(previous["DAYS_FIRST_DUE"].isna()[approved], kind[approved]),
        "previous.insured": rates_of((previous["NFLAG_INSURED_ON_APPROVAL"] == 1)[dates], kind[dates]),
        "previous.no down": rates_of(previous["AMT_DOWN_PAYMENT"].isna(), key(kind, decision)),
        "previous.interest": rates_of(previous["RATE_INTEREST_PRIMARY"].notna(), key(kind, decision)),
        "previous.undrawn": rates_of((previous["DAYS_FIRST_DRAWING"] == NEVER)[card]),
        "previous.card over": rates_of((previous["DAYS_LAST_DUE"] != NEVER)[card]),
    }


def _between(previous: pd.DataFrame) -> dict[str, float]:
    client, kind = previous["SK_ID_CURR"], previous["NAME_CONTRACT_TYPE"]
    asked = previous["AMT_APPLICATION"].where(previous["AMT_APPLICATION"] > 0)
    within = (asked / asked.groupby(kind).transform("median")).map(math.log)
    return {
        "previous.profile": between((previous["NAME_CONTRACT_STATUS"] == "Refused").astype(float), client),
        "previous.days": between(previous["DAYS_DECISION"].astype(float), client),
        "previous.asked": between(within, client),
        **_terms(previous),
    }


def _terms(previous: pd.DataFrame) -> dict[str, float]:
    """Measure how much of the term follows the amount and how recent the loan is, within one product."""
    some = previous[(previous["AMT_APPLICATION"] > 0) & (previous["CNT_PAYMENT"] > 0)]
    names = ["AMT_APPLICATION", "DAYS_DECISION", "CNT_PAYMENT"]
    ranks = some.groupby("PRODUCT_COMBINATION")[names].rank(pct=True).to_numpy(dtype=float)
    standard = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    weights = np.linalg.lstsq(standard[:, :2], standard[:, 2], rcond=None)[0]
    together = np.corrcoef(standard[:, 0], standard[:, 1])[0, 1]
    keys = ("previous.term by amount", "previous.term by recency", "previous.amount by recency")
    return {name: significant(float(value), 3) for name, value in zip(keys, (*weights, together), strict=True)}


def _payments(paid: pd.DataFrame) -> dict[str, Spreads]:
    late = paid["DAYS_ENTRY_PAYMENT"] - paid["DAYS_INSTALMENT"]
    part = (paid["AMT_PAYMENT"] / paid["AMT_INSTALMENT"]).where(paid["AMT_PAYMENT"] < 0.999 * paid["AMT_INSTALMENT"])
    card = paid["NUM_INSTALMENT_VERSION"] == 0
    source = card.map({True: "card", False: "loan"})
    return {"instalments.late": spreads_of(late, source), "instalments.part": spreads_of(part, source)}


def _loan_rates(loans: pd.DataFrame) -> dict[str, dict[str, float]]:
    start = loans[~loans["SK_ID_PREV"].duplicated()]
    signed = start["NAME_CONTRACT_STATUS"] == "Signed"
    blank = start["CNT_INSTALMENT"].isna()
    worst = loans.groupby("SK_ID_PREV")["SK_DPD"].max()
    return {
        "loans.signed": rates_of(signed),
        "loans.signed without term": rates_of(blank[signed]),
        "loans.returned": rates_of(start["NAME_CONTRACT_STATUS"] == "Returned to the store"),
        "loans.approved": rates_of(start["NAME_CONTRACT_STATUS"] == "Approved"),
        "loans.abandoned": rates_of(worst > 120),
    }


def _card_spreads(cards: pd.DataFrame) -> dict[str, Spreads]:
    owing = cards[(cards["AMT_BALANCE"] > 0) & (cards["AMT_INST_MIN_REGULARITY"] > 0)]
    use = cards["AMT_BALANCE"] / cards["AMT_CREDIT_LIMIT_ACTUAL"].where(cards["AMT_CREDIT_LIMIT_ACTUAL"] > 0)
    level = use.where(use > 0).groupby(cards["SK_ID_PREV"]).mean()
    drawn = cards["AMT_DRAWINGS_CURRENT"].where(cards["AMT_DRAWINGS_CURRENT"] > 0)
    times = cards["CNT_DRAWINGS_POS_CURRENT"].where(cards["CNT_DRAWINGS_POS_CURRENT"] > 0)
    idle = (cards["AMT_BALANCE"] == 0) & (cards["AMT_PAYMENT_TOTAL_CURRENT"] == 0)
    limit = cards["AMT_CREDIT_LIMIT_ACTUAL"]
    return {
        "card.limit": spreads_of(limit.where(limit > 0)),
        "card.idle payment": spreads_of(cards["AMT_PAYMENT_CURRENT"].where(idle)),
        "card.own money": spreads_of(cards["AMT_RECIVABLE"].where(cards["AMT_BALANCE"] == 0)),
        "card.level": spreads_of(level.clip(0, 1.1)),
        "card.drawn": spreads_of((drawn / cards["AMT_CREDIT_LIMIT_ACTUAL"]).replace(np.inf, np.nan)),
        "card.paid": spreads_of((owing["AMT_PAYMENT_CURRENT"] / owing["AMT_INST_MIN_REGULARITY"]).clip(0, 50)),
        "card.purchases": spreads_of(times),
        "card.principal": spreads_of((owing["AMT_RECEIVABLE_PRINCIPAL"] / owing["AMT_BALANCE"]).clip(0, 1)),
    }


def _card_rates(cards: pd.DataFrame) -> dict[str, dict[str, float]]:
    groups = cards.groupby("SK_ID_PREV")
    never = groups["AMT_BALANCE"].max() <= 0
    unused = cards["SK_ID_PREV"].map(never).astype(bool)
    late = groups["SK_DPD"].max()
    draws = cards["AMT_DRAWINGS_CURRENT"] > 0
    age = bins(groups.size().astype(float), MONTHS)
    ended = groups["AMT_CREDIT_LIMIT_ACTUAL"].last() == 0
    return {
        "card.never used": rates_of(never, age),
        "card.ended": rates_of(ended, age),
        "card.draws": rates_of(draws[cards["AMT_BALANCE"] > 0]),
        "card.cash": rates_of((cards["AMT_DRAWINGS_ATM_CURRENT"] > 0)[draws]),
        "card.late": rates_of((late > 0)[~never]),
        "card.abandoned": rates_of((late > 90)[~never]),
        "card.no drawings": rates_of(cards["CNT_DRAWINGS_ATM_CURRENT"].isna()[unused]),
        "card.no minimum": rates_of(cards["AMT_INST_MIN_REGULARITY"].isna()[unused]),
    }
