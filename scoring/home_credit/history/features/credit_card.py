"""Monthly statements of the client's credit cards at this lender."""

from ibis.expr.types import Table

from scoring.home_credit.history import monthly, rollup
from scoring.home_credit.history.grammar import ALL, ROWS, Measure, Subject, divide, flag, last
from scoring.home_credit.history.source_schema import CREDIT_CARD

STATEMENTS = Subject("card", "monthly card statements", CREDIT_CARD.name, rolled=True)
CARDS = Subject("cards", "credit cards", CREDIT_CARD.name)

BALANCE = Measure("balance", "balance", "currency", lambda t: t.AMT_BALANCE)
LIMIT = Measure("limit", "limit", "currency", lambda t: t.AMT_CREDIT_LIMIT_ACTUAL)
UTILISATION = Measure(
    "utilisation", "ratio of balance to limit", "ratio", lambda t: divide(t.AMT_BALANCE, t.AMT_CREDIT_LIMIT_ACTUAL)
)
DRAWN = Measure("drawn", "amount drawn", "currency", lambda t: t.AMT_DRAWINGS_CURRENT)
DRAWN_ATM = Measure("drawn_atm", "amount drawn in cash", "currency", lambda t: t.AMT_DRAWINGS_ATM_CURRENT)
DRAWN_POS = Measure("drawn_pos", "amount spent in shops", "currency", lambda t: t.AMT_DRAWINGS_POS_CURRENT)
DRAWINGS = Measure("drawings", "number of drawings", "number", lambda t: t.CNT_DRAWINGS_CURRENT)
DRAWINGS_ATM = Measure("drawings_atm", "number of cash drawings", "number", lambda t: t.CNT_DRAWINGS_ATM_CURRENT)
PAID = Measure("paid", "amount paid", "currency", lambda t: t.AMT_PAYMENT_TOTAL_CURRENT)
MINIMUM = Measure("minimum", "minimum payment", "currency", lambda t: t.AMT_INST_MIN_REGULARITY)
OVER_LIMIT = flag("over_limit", "had a balance over the limit", lambda t: t.AMT_BALANCE > t.AMT_CREDIT_LIMIT_ACTUAL)
UNDER_MINIMUM = flag(
    "under_minimum",
    "were paid less than the minimum",
    lambda t: t.AMT_PAYMENT_TOTAL_CURRENT < t.AMT_INST_MIN_REGULARITY,
)
USED = flag("used", "had a drawing", lambda t: t.CNT_DRAWINGS_CURRENT > 0)
IN_DEBT = flag("in_debt", "had a balance to pay", lambda t: t.AMT_BALANCE > 0)

BY_WINDOW = STATEMENTS.cross(
    (ALL, *map(last, (3, 6, 12))),
    {
        ROWS: "count",
        BALANCE: "mean max",
        UTILISATION: "mean max",
        DRAWN: "sum",
        DRAWINGS: "sum",
        PAID: "sum",
        monthly.LATENESS: "max",
        monthly.LATE: "share",
        UNDER_MINIMUM: "share",
        USED: "share",
    },
)
WHOLE = STATEMENTS.cross(
    (ALL,),
    {
        BALANCE: "min",
        LIMIT: "mean max",
        DRAWN: "mean max",
        DRAWN_ATM: "sum",
        DRAWN_POS: "sum",
        DRAWINGS_ATM: "sum",
        PAID: "mean max",
        MINIMUM: "sum",
        monthly.LATE: "count",
        monthly.LATE_DEF: "count",
        OVER_LIMIT: "share",
        IN_DEBT: "share",
    },
)
LAST_YEAR = STATEMENTS.cross((last(12),), {DRAWN_ATM: "sum", MINIMUM: "sum"})
HALF_YEAR = STATEMENTS.cross((last(6),), {DRAWN: "mean", PAID: "mean"})
LAST_2_YEARS = STATEMENTS.cross(
    (last(24),), {ROWS: "count", monthly.LATE: "share", BALANCE: "mean", UTILISATION: "mean"}
)
_TRENDS = (
    (BALANCE, "mean", "average card balance", (3, 12)),
    (UTILISATION, "mean", "average card utilisation", (3, 12)),
    (DRAWN, "mean", "average amount drawn by card", (6,)),
    (PAID, "mean", "average amount paid for cards", (6,)),
)
TRENDS = tuple(
    STATEMENTS.compare(
        f"card_{measure.key}_{months}m_to_all",
        f"{phrase} of the last {months} months, compared with the whole time",
        (last(months), measure, how),
        (ALL, measure, how),
    )
    for measure, how, phrase, windows in _TRENDS
    for months in windows
)
RATIOS = tuple(
    STATEMENTS.compare(
        STATEMENTS.name_feature(subset.key, name),
        f"ratio of the {over.phrase} to the {under.phrase} ({subset.describe(STATEMENTS.noun)})",
        (subset, over, "sum"),
        (subset, under, "sum"),
    )
    for subset in (ALL, last(12))
    for name, over, under in (
        ("atm_part", DRAWN_ATM, DRAWN),
        ("paid_to_drawn", PAID, DRAWN),
        ("paid_to_minimum", PAID, MINIMUM),
    )
)

TOP_LIMIT = Measure("limit", "limit at its highest", "currency", lambda t: t.limit_max)
EVER_USED = flag("used", "were used", lambda t: t.used_sum > 0)
PER_CREDIT = CARDS.cross(
    (ALL,),
    {
        ROWS: "count",
        monthly.SEEN: "max",
        monthly.OPENED: "max",
        monthly.LATEST: "min",
        monthly.LAST_LATE: "min",
        monthly.LATE_RUN: "max",
        TOP_LIMIT: "sum",
        EVER_USED: "count",
        monthly.EVER_LATE: "count",
    },
)


def sum_by_period(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Sum the monthly statements up to one row per client, card and period."""
    statements = tables[CREDIT_CARD.name]
    month = statements.MONTHS_BALANCE
    return rollup.sum_by_period(statements, features, month, rollup.assign_period(-month))


def measure_cards(periods: Table, tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure how many cards the client has, since when, and which were used or late."""
    cards = rollup.sum_by_credit(periods, rollup.CREDIT, "limit_max", "used_sum")
    statements = tables[CREDIT_CARD.name]
    cards = monthly.add_late_run(cards, statements.filter(statements.SK_DPD > 0), rollup.CREDIT, features)
    return rollup.measure_rows(cards, features)


FEATURE_SET = rollup.FeatureSet(
    (CREDIT_CARD.name,),
    (*BY_WINDOW, *WHOLE, *HALF_YEAR, *LAST_YEAR, *LAST_2_YEARS, *TRENDS, *RATIOS),
    sum_by_period,
    PER_CREDIT,
    measure_cards,
)
