"""What was due on earlier credits, and what was paid when."""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table, Value

from scoring.home_credit.history.definitions import (
    ALL,
    CURRENCY,
    DAYS,
    NUMBER,
    RATIO,
    RECENT,
    ROWS,
    AnyFeature,
    Feature,
    Measure,
    Ratio,
    Subject,
    before,
    cross,
    divide,
    flag,
    last,
)
from scoring.home_credit.history.rollup import (
    aggregate_by_client,
    assign_period_of_days,
    list_measures,
    measure_rows,
    roll_up,
)
from scoring.home_credit.history.source_schema import CLIENT, INSTALMENTS

CREDIT = "SK_ID_PREV"
DUE = Subject("instalments", "instalments", INSTALMENTS.name, rolled=True)
CREDITS = Subject("instalments_credits", "credits with instalments", INSTALMENTS.name)


def clip(value: Value) -> Value:
    """Set a number below zero, or missing, to zero; on millions of rows faster than the engine's clipping."""
    return (value > 0).ifelse(value, 0.0)


CENT = 0.005  # less than this is a rounding difference, not a payment that falls short

AMOUNT = Measure("due", "amount due", CURRENCY, lambda t: t.due)
PAID = Measure("paid", "amount paid", CURRENCY, lambda t: t.paid)
SHORTFALL = Measure("shortfall", "amount by which payments fell short", CURRENCY, lambda t: clip(t.due - t.paid))
DELAY = Measure("delay", "time paid after the due day (zero where on time)", DAYS, lambda t: clip(t.delay), always=True)
AHEAD = Measure("ahead", "time paid before the due day (zero where late)", DAYS, lambda t: clip(-t.delay), always=True)
LATE = flag("late", "were paid late or are unpaid", lambda t: t.delay > 0)
LATE_7 = flag("late7d", "were paid over a week late", lambda t: t.delay > 7)
LATE_30 = flag("late30d", "were paid over 30 days late", lambda t: t.delay > 30)
UNDER = flag("under", "were paid short", lambda t: t.due - t.paid > CENT)
OVER = flag("over", "were paid with more than was due", lambda t: t.paid - t.due > CENT)
SPLIT = flag("split", "were paid in several payments", lambda t: t.payments > 1)
UNPAID = flag("unpaid", "are not paid at all", lambda t: t.paid == 0)

BY_WINDOW = cross(
    DUE,
    (ALL, *RECENT),
    {
        ROWS: "count",
        LATE: "count share",
        DELAY: "mean max",
        UNDER: "share",
        SHORTFALL: "sum",
        AMOUNT: "sum",
        PAID: "sum",
    },
)
WHOLE = cross(
    DUE,
    (ALL,),
    {
        LATE_7: "share",
        LATE_30: "count",
        OVER: "share",
        SPLIT: "share",
        UNPAID: "count",
        AMOUNT: "mean max",
        AHEAD: "mean",
    },
)
EARLIER = cross(DUE, (before(12),), {LATE: "share", DELAY: "mean", AMOUNT: "mean"})
LAST_YEAR = cross(DUE, (last(12),), {AMOUNT: "mean"})
RATIOS = (
    *(
        Ratio(
            "_".join(filter(None, ("instalments", subset.key, "paid_part"))),
            f"What part of the amount due on {subset.describe(DUE.noun)} was paid?",
            Feature(DUE, subset, PAID, "sum"),
            Feature(DUE, subset, AMOUNT, "sum"),
        )
        for subset in (ALL, *RECENT)
    ),
    *(
        Ratio(
            f"instalments_{measure.key}_12m_to_before",
            f"Trend: how does the {phrase} of the last 12 months compare with the time before?",
            Feature(DUE, last(12), measure, how),
            Feature(DUE, before(12), measure, how),
        )
        for measure, how, phrase in (
            (LATE, "share", "share of late instalments"),
            (DELAY, "mean", "average delay"),
            (AMOUNT, "mean", "average instalment"),
        )
    ),
)
PER_INSTALMENT: tuple[AnyFeature, ...] = (*BY_WINDOW, *WHOLE, *EARLIER, *LAST_YEAR, *RATIOS)
MEASURES = list_measures(PER_INSTALMENT)

SEEN = Measure("seen", "number of instalments", NUMBER, lambda t: t.rows)
OPENED = Measure("first", "time since the first due day", DAYS, lambda t: -t.first)
LATEST = Measure("latest", "time since the last due day", DAYS, lambda t: -t.latest)
LAST_LATE = Measure("last_late", "time since the last late instalment", DAYS, lambda t: -t.last_late)
LATE_PART = Measure("late_part", "late part of the instalments", RATIO, lambda t: divide(t.late_sum, t.rows))
VERSIONS = Measure("versions", "highest number of the payment calendar", NUMBER, lambda t: t.versions)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)
EVER_LATE_30 = flag("ever_late30d", "were over 30 days late at least once", lambda t: t.late30d_sum > 0)
PER_CREDIT: tuple[AnyFeature, ...] = cross(
    CREDITS,
    (ALL,),
    {
        ROWS: "count",
        SEEN: "mean max",
        OPENED: "max",
        LATEST: "min",
        LAST_LATE: "min",
        LATE_PART: "mean max",
        VERSIONS: "max",
        EVER_LATE: "count share",
        EVER_LATE_30: "count",
    },
)
FEATURES = (*PER_INSTALMENT, *PER_CREDIT)


def group_by_instalment(payments: Table) -> Table:
    """Aggregate the payments of each instalment: amount due, amount paid, delay of the last payment.

    A payment dated after the application counts as not made, and its instalment as late up to the application.
    """
    made = payments.DAYS_ENTRY_PAYMENT <= 0
    rows = payments.mutate(
        paid=made.ifelse(payments.AMT_PAYMENT, 0.0).fill_null(0.0), day=made.ifelse(payments.DAYS_ENTRY_PAYMENT, 0.0)
    )
    rows = rows.mutate(day=rows.day.fill_null(0.0))
    keys = [CLIENT, CREDIT, "NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT"]
    due = rows.group_by(keys).agg(
        payments=rows.count(), due=rows.AMT_INSTALMENT.max(), paid=rows.paid.sum(), day=rows.day.max()
    )
    return due.mutate(delay=due.day - due.DAYS_INSTALMENT)


def sum_by_period(payments: Table) -> Table:
    """Sum the instalments up to one row a client, credit and period."""
    due = group_by_instalment(payments)
    rows = measure_rows(
        due,
        (CLIENT, CREDIT),
        MEASURES,
        period=assign_period_of_days(due.DAYS_INSTALMENT),
        day=due.DAYS_INSTALMENT,
        late_day=(due.delay > 0).ifelse(due.DAYS_INSTALMENT, ibis.null("float64")),
        version=due.NUM_INSTALMENT_VERSION,
    )
    return roll_up(
        rows,
        (CLIENT, CREDIT, "period"),
        PER_INSTALMENT,
        first=rows.day.min(),
        latest=rows.day.max(),
        last_late=rows.late_day.max(),
        versions=rows.version.max(),
    )


def aggregate_credits(periods: Table, features: Sequence[AnyFeature]) -> Table:
    """Answer how many credits were repaid in instalments, and how many of them were ever late."""
    loans = periods.group_by([CLIENT, CREDIT]).agg(
        rows=periods["rows"].sum(),
        first=periods["first"].min(),
        latest=periods.latest.max(),
        last_late=periods.last_late.max(),
        late_sum=periods.late_sum.sum(),
        late30d_sum=periods.late30d_sum.sum(),
        versions=periods.versions.max(),
    )
    return aggregate_by_client(measure_rows(loans, (CLIENT,), list_measures(features)), features)
