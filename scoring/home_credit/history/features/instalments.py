"""Amounts due on earlier credits, and amounts and days of payment."""

from ibis.expr.types import Table, Value

from scoring.home_credit.history import rollup
from scoring.home_credit.history.grammar import ALL, RECENT, ROWS, Measure, Subject, before, divide, flag, last
from scoring.home_credit.history.source_schema import INSTALMENTS

DUE = Subject("instalments", "instalments", INSTALMENTS.name, rolled=True)
CREDITS = Subject("instalments_credits", "credits with instalments", INSTALMENTS.name)


def clip(value: Value) -> Value:
    """Set a number that is below zero or missing to zero; on millions of rows this is faster than the engine's clip."""
    return (value > 0).ifelse(value, 0.0)


CENT = 0.005  # a smaller amount is a rounding difference, not a missing part of a payment

AMOUNT = Measure("due", "amount due", "currency", lambda t: t.due)
PAID = Measure("paid", "amount paid", "currency", lambda t: t.paid)
SHORTFALL = Measure("shortfall", "amount due but not paid", "currency", lambda t: clip(t.due - t.paid))
DELAY = Measure("delay", "delay of the payment (zero if on time)", "days", lambda t: clip(t.delay), always=True)
AHEAD = Measure(
    "ahead", "time by which payments were early (zero if late)", "days", lambda t: clip(-t.delay), always=True
)
LATE = flag("late", "were paid late or are unpaid", lambda t: t.delay > 0)
LATE_7 = flag("late7d", "were paid over a week late", lambda t: t.delay > 7)
LATE_30 = flag("late30d", "were paid over 30 days late", lambda t: t.delay > 30)
UNDER = flag("under", "were not paid in full", lambda t: t.due - t.paid > CENT)
OVER = flag("over", "were overpaid", lambda t: t.paid - t.due > CENT)
SPLIT = flag("split", "were paid in several payments", lambda t: t.payments > 1)
UNPAID = flag("unpaid", "are not paid at all", lambda t: t.paid == 0)

BY_WINDOW = DUE.cross(
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
WHOLE = DUE.cross(
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
EARLIER = DUE.cross((before(12),), {LATE: "share", DELAY: "mean", AMOUNT: "mean"})
LAST_YEAR = DUE.cross((last(12),), {AMOUNT: "mean"})
RATIOS = (
    *(
        DUE.compare(
            DUE.name_feature(subset.key, "paid_part"),
            f"paid part of the amount due ({subset.describe(DUE.noun)})",
            (subset, PAID, "sum"),
            (subset, AMOUNT, "sum"),
        )
        for subset in (ALL, *RECENT)
    ),
    *(
        DUE.compare(
            f"instalments_{measure.key}_12m_to_before",
            f"{phrase} of the last 12 months, compared with the time before",
            (last(12), measure, how),
            (before(12), measure, how),
        )
        for measure, how, phrase in (
            (LATE, "share", "share of late instalments"),
            (DELAY, "mean", "average delay of payments"),
            (AMOUNT, "mean", "average instalment"),
        )
    ),
)

SEEN = Measure("seen", "number of instalments", "number", lambda t: t.rows)
OPENED = Measure("first", "time since the first due day", "days", lambda t: -t.time_min, passing="grows")
LATEST = Measure("latest", "time since the last due day", "days", lambda t: -t.time_max)
LAST_LATE = Measure(
    "last_late", "time since the last late instalment", "days", lambda t: -t.late_time_max, passing="grows"
)
LATE_PART = Measure("late_part", "share of late instalments", "ratio", lambda t: divide(t.late_sum, t.rows))
VERSIONS = Measure("versions", "version number of the payment calendar", "number", lambda t: t.version_max)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)
EVER_LATE_30 = flag("ever_late30d", "were over 30 days late at least once", lambda t: t.late30d_sum > 0)
PER_CREDIT = CREDITS.cross(
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


def group_by_instalment(payments: Table) -> Table:
    """Aggregate the payments of each instalment: amount due, amount paid, delay of the last payment.

    A payment dated after the application counts as not made, and its instalment as late up to the application.
    """
    made = payments.DAYS_ENTRY_PAYMENT <= 0
    rows = payments.mutate(
        paid=made.ifelse(payments.AMT_PAYMENT, 0.0).fill_null(0.0), day=made.ifelse(payments.DAYS_ENTRY_PAYMENT, 0.0)
    )
    rows = rows.mutate(day=rows.day.fill_null(0.0))
    keys = [*rollup.CREDIT, "NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT"]
    due = rows.group_by(keys).agg(
        payments=rows.count(), due=rows.AMT_INSTALMENT.max(), paid=rows.paid.sum(), day=rows.day.max()
    )
    return due.mutate(delay=due.day - due.DAYS_INSTALMENT)


def sum_by_period(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Sum the instalments up to one row per client, credit and period."""
    due = group_by_instalment(tables[INSTALMENTS.name])
    day, version = due.DAYS_INSTALMENT, due.NUM_INSTALMENT_VERSION
    return rollup.sum_by_period(
        due, features, day, rollup.assign_period_of_days(day), ("version_max",), version=version
    )


def measure_credits(periods: Table, _tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure how many credits were repaid in instalments, and how many of them were ever late."""
    loans = rollup.sum_by_credit(periods, rollup.CREDIT, "late30d_sum", "version_max")
    return rollup.measure_rows(loans, features)


FEATURE_SET = rollup.FeatureSet(
    (INSTALMENTS.name,), (*BY_WINDOW, *WHOLE, *EARLIER, *LAST_YEAR, *RATIOS), sum_by_period, PER_CREDIT, measure_credits
)
