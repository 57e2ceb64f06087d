"""Monthly statements of the client's credit cards at this lender."""

from collections.abc import Sequence

from ibis.expr.types import Table

from scoring.home_credit.history.definitions import (
    ALL,
    CURRENCY,
    MONTHS,
    NUMBER,
    RATIO,
    ROWS,
    AnyFeature,
    Feature,
    Measure,
    Ratio,
    Subject,
    cross,
    divide,
    flag,
    last,
)
from scoring.home_credit.history.rollup import (
    add_longest_run,
    aggregate_by_client,
    assign_period,
    list_measures,
    measure_rows,
    roll_up,
)
from scoring.home_credit.history.source_schema import CLIENT, CREDIT_CARD

CREDIT = "SK_ID_PREV"
STATEMENTS = Subject("card", "card months", CREDIT_CARD.name, rolled=True)
CARDS = Subject("cards", "credit cards", CREDIT_CARD.name)

BALANCE = Measure("balance", "balance", CURRENCY, lambda t: t.AMT_BALANCE)
LIMIT = Measure("limit", "limit", CURRENCY, lambda t: t.AMT_CREDIT_LIMIT_ACTUAL)
UTILISATION = Measure(
    "utilisation", "balance against the limit", RATIO, lambda t: divide(t.AMT_BALANCE, t.AMT_CREDIT_LIMIT_ACTUAL)
)
DRAWN = Measure("drawn", "amount drawn", CURRENCY, lambda t: t.AMT_DRAWINGS_CURRENT)
DRAWN_ATM = Measure("drawn_atm", "amount drawn in cash", CURRENCY, lambda t: t.AMT_DRAWINGS_ATM_CURRENT)
DRAWN_POS = Measure("drawn_pos", "amount spent in shops", CURRENCY, lambda t: t.AMT_DRAWINGS_POS_CURRENT)
DRAWINGS = Measure("drawings", "number of drawings", NUMBER, lambda t: t.CNT_DRAWINGS_CURRENT)
DRAWINGS_ATM = Measure("drawings_atm", "number of cash drawings", NUMBER, lambda t: t.CNT_DRAWINGS_ATM_CURRENT)
PAID = Measure("paid", "amount paid", CURRENCY, lambda t: t.AMT_PAYMENT_TOTAL_CURRENT)
MINIMUM = Measure("minimum", "least amount to be paid", CURRENCY, lambda t: t.AMT_INST_MIN_REGULARITY)
LATENESS = Measure("dpd", "days past due", "days", lambda t: t.SK_DPD)
LATE = flag("late", "were late", lambda t: t.SK_DPD > 0)
LATE_DEF = flag("late_def", "were late by more than a small debt", lambda t: t.SK_DPD_DEF > 0)
OVER_LIMIT = flag("over_limit", "had a balance over the limit", lambda t: t.AMT_BALANCE > t.AMT_CREDIT_LIMIT_ACTUAL)
UNDER_MINIMUM = flag(
    "under_minimum",
    "were paid below the least amount",
    lambda t: t.AMT_PAYMENT_TOTAL_CURRENT < t.AMT_INST_MIN_REGULARITY,
)
USED = flag("used", "had a drawing", lambda t: t.CNT_DRAWINGS_CURRENT > 0)
IN_DEBT = flag("in_debt", "had a balance to pay", lambda t: t.AMT_BALANCE > 0)

BY_WINDOW = cross(
    STATEMENTS,
    (ALL, *map(last, (3, 6, 12))),
    {
        ROWS: "count",
        BALANCE: "mean max",
        UTILISATION: "mean max",
        DRAWN: "sum",
        DRAWINGS: "sum",
        PAID: "sum",
        LATENESS: "max",
        LATE: "share",
        UNDER_MINIMUM: "share",
        USED: "share",
    },
)
WHOLE = cross(
    STATEMENTS,
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
        LATE: "count",
        LATE_DEF: "count",
        OVER_LIMIT: "share",
        IN_DEBT: "share",
    },
)
LAST_YEAR = cross(STATEMENTS, (last(12),), {DRAWN_ATM: "sum", MINIMUM: "sum"})
HALF_YEAR = cross(STATEMENTS, (last(6),), {DRAWN: "mean", PAID: "mean"})
LAST_2_YEARS = cross(STATEMENTS, (last(24),), {ROWS: "count", LATE: "share", BALANCE: "mean", UTILISATION: "mean"})
_TRENDS = (
    (BALANCE, "mean", "average balance", (3, 12)),
    (UTILISATION, "mean", "average utilisation", (3, 12)),
    (DRAWN, "mean", "average amount drawn", (6,)),
    (PAID, "mean", "average amount paid", (6,)),
)
TRENDS = tuple(
    Ratio(
        f"card_{measure.key}_{months}m_to_all",
        f"Trend: how does the {phrase} of the last {months} months compare with the whole time?",
        Feature(STATEMENTS, last(months), measure, how),
        Feature(STATEMENTS, ALL, measure, how),
    )
    for measure, how, phrase, windows in _TRENDS
    for months in windows
)
RATIOS = tuple(
    Ratio(
        "_".join(filter(None, ("card", subset.key, name))),
        f"How does the {over.phrase} compare with the {under.phrase} over {subset.describe(STATEMENTS.noun)}?",
        Feature(STATEMENTS, subset, over, "sum"),
        Feature(STATEMENTS, subset, under, "sum"),
    )
    for subset in (ALL, last(12))
    for name, over, under in (
        ("atm_part", DRAWN_ATM, DRAWN),
        ("paid_to_drawn", PAID, DRAWN),
        ("paid_to_minimum", PAID, MINIMUM),
    )
)
MONTHLY: tuple[AnyFeature, ...] = (*BY_WINDOW, *WHOLE, *HALF_YEAR, *LAST_YEAR, *LAST_2_YEARS, *TRENDS, *RATIOS)
MEASURES = list_measures(MONTHLY)

SEEN = Measure("seen", "number of months seen", MONTHS, lambda t: t.rows)
OPENED = Measure("first", "time since the first month", MONTHS, lambda t: -t.first)
LATEST = Measure("latest", "time since the last month", MONTHS, lambda t: -t.latest)
LAST_LATE = Measure("last_late", "time since the last late month", MONTHS, lambda t: -t.last_late)
LATE_RUN = Measure("late_run", "longest run of late months", MONTHS, lambda t: t.run)
TOP_LIMIT = Measure("limit", "highest limit", CURRENCY, lambda t: t.limit_max)
EVER_USED = flag("used", "were used", lambda t: t.used_sum > 0)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)
PER_CREDIT: tuple[AnyFeature, ...] = cross(
    CARDS,
    (ALL,),
    {
        ROWS: "count",
        SEEN: "max",
        OPENED: "max",
        LATEST: "min",
        LAST_LATE: "min",
        LATE_RUN: "max",
        TOP_LIMIT: "sum",
        EVER_USED: "count",
        EVER_LATE: "count",
    },
)
FEATURES = (*MONTHLY, *PER_CREDIT)


def sum_by_period(statements: Table) -> Table:
    """Sum the monthly statements up to one row a client, card and period."""
    month = statements.MONTHS_BALANCE
    rows = measure_rows(
        statements,
        (CLIENT, CREDIT),
        MEASURES,
        period=assign_period(-month),
        month=month,
        late_month=(statements.SK_DPD > 0).ifelse(month, None),
    )
    return roll_up(
        rows,
        (CLIENT, CREDIT, "period"),
        MONTHLY,
        first=rows.month.min(),
        latest=rows.month.max(),
        last_late=rows.late_month.max(),
    )


def aggregate_cards(periods: Table, statements: Table, features: Sequence[AnyFeature]) -> Table:
    """Answer how many cards the client has, since when, and which were used or late."""
    cards = periods.group_by([CLIENT, CREDIT]).agg(
        rows=periods["rows"].sum(),
        first=periods["first"].min(),
        latest=periods.latest.max(),
        last_late=periods.last_late.max(),
        limit_max=periods.limit_max.max(),
        used_sum=periods.used_sum.sum(),
        late_sum=periods.late_sum.sum(),
    )
    measures = list_measures(features)
    if LATE_RUN in measures:
        cards = add_longest_run(cards, statements.filter(statements.SK_DPD > 0), (CLIENT, CREDIT))
    return aggregate_by_client(measure_rows(cards, (CLIENT,), measures), features)
