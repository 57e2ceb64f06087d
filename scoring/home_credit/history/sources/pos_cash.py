"""Monthly snapshots of earlier point-of-sale and cash loans."""

from collections.abc import Sequence

from ibis.expr.types import Table

from scoring.home_credit.history.definitions import (
    ALL,
    MONTHS,
    NUMBER,
    RATIO,
    RECENT,
    ROWS,
    AnyFeature,
    Feature,
    Measure,
    Ratio,
    Subject,
    Subset,
    before,
    count,
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
from scoring.home_credit.history.source_schema import CLIENT, POS_CASH

CREDIT = "SK_ID_PREV"
SNAPSHOTS = Subject("pos", "months of point-of-sale and cash loans", POS_CASH.name, rolled=True)
LOANS = Subject("pos_credits", "point-of-sale and cash loans", POS_CASH.name)

LATENESS = Measure("dpd", "days past due", "days", lambda t: t.SK_DPD)
LATE = flag("late", "were late", lambda t: t.SK_DPD > 0)
LATE_DEF = flag("late_def", "were late by more than a small debt", lambda t: t.SK_DPD_DEF > 0)

BY_WINDOW = cross(
    SNAPSHOTS,
    (ALL, *RECENT),
    {
        ROWS: "count",
        LATE: "count share",
        LATE_DEF: "share",
        LATENESS: "mean max",
    },
)
EARLIER = cross(SNAPSHOTS, (before(12),), {LATE: "share"})
TRENDS = tuple(
    Ratio(
        f"pos_late_12m_to_{under}",
        f"Trend: how does the share of late months of the last 12 months compare with that {phrase}?",
        Feature(SNAPSHOTS, last(12), LATE, "share"),
        Feature(SNAPSHOTS, subset, LATE, "share"),
        RATIO,
    )
    for under, phrase, subset in (("before", "of the time before", before(12)), ("all", "of the whole time", ALL))
)
MONTHLY: tuple[AnyFeature, ...] = (*BY_WINDOW, *EARLIER, *TRENDS)
MEASURES = list_measures(MONTHLY)

RUNNING = Subset("running", "seen in the last two months and not completed", lambda rows: rows.running)
SEEN = Measure("seen", "number of months seen", MONTHS, lambda t: t.rows)
OPENED = Measure("first", "time since the first month", MONTHS, lambda t: -t.first)
LATEST = Measure("latest", "time since the last month", MONTHS, lambda t: -t.latest)
TERM = Measure("term", "longest term agreed", MONTHS, lambda t: t.term)
LEFT = Measure("left", "number of instalments left to pay", NUMBER, lambda t: t.left)
LEFT_PART = Measure("left_part", "instalments left against the term", RATIO, lambda t: divide(t.left, t.term))
LATE_MONTHS = Measure("late_months", "number of late months", MONTHS, lambda t: t.late_sum)
LATE_RUN = Measure("late_run", "longest run of late months", MONTHS, lambda t: t.run)
LAST_LATE = Measure("last_late", "time since the last late month", MONTHS, lambda t: -t.last_late)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)
EVER_LATE_DEF = flag("ever_late_def", "were late by more than a small debt", lambda t: t.late_def_sum > 0)
COMPLETED = flag("completed", "are completed", lambda t: t.completed > 0)
CHANGED = flag("changed", "changed their term", lambda t: t.shortest < t.term)
PER_CREDIT: tuple[AnyFeature, ...] = (
    *cross(
        LOANS,
        (ALL,),
        {
            ROWS: "count",
            COMPLETED: "share",
            CHANGED: "share",
            EVER_LATE: "count share",
            EVER_LATE_DEF: "count",
            SEEN: "mean",
            OPENED: "max",
            LATEST: "min",
            TERM: "mean max",
            LATE_MONTHS: "max",
            LATE_RUN: "max",
            LAST_LATE: "min",
        },
    ),
    *cross(LOANS, (RUNNING,), {ROWS: "count", LEFT: "sum max", LEFT_PART: "mean"}),
)
FEATURES = (*MONTHLY, *PER_CREDIT)


def sum_by_period(snapshots: Table) -> Table:
    """Sum the monthly snapshots up to one row a client, credit and period."""
    month = snapshots.MONTHS_BALANCE
    rows = measure_rows(
        snapshots,
        (CLIENT, CREDIT),
        MEASURES,
        period=assign_period(-month),
        month=month,
        late_month=(snapshots.SK_DPD > 0).ifelse(month, None),
        term=snapshots.CNT_INSTALMENT,
        left=snapshots.CNT_INSTALMENT_FUTURE,
        completed=(snapshots.NAME_CONTRACT_STATUS == "Completed").fill_null(False),
    )
    return roll_up(
        rows,
        (CLIENT, CREDIT, "period"),
        MONTHLY,
        first=rows.month.min(),
        latest=rows.month.max(),
        last_late=rows.late_month.max(),
        term=rows.term.max(),
        shortest=rows.term.min(),
        left=rows.left.min(),
        completed=count(rows.completed),
    )


def aggregate_loans(periods: Table, snapshots: Table, features: Sequence[AnyFeature]) -> Table:
    """Answer how many earlier loans the client has, how many run or were late, and how much is left to pay."""
    loans = periods.group_by([CLIENT, CREDIT]).agg(
        rows=periods["rows"].sum(),
        first=periods["first"].min(),
        latest=periods.latest.max(),
        last_late=periods.last_late.max(),
        late_sum=periods.late_sum.sum(),
        late_def_sum=periods.late_def_sum.sum(),
        term=periods.term.max(),
        shortest=periods.shortest.min(),
        left=periods.left.min(),
        completed=periods.completed.sum(),
    )
    measures = list_measures(features)
    if LATE_RUN in measures:
        loans = add_longest_run(loans, snapshots.filter(snapshots.SK_DPD > 0), (CLIENT, CREDIT))
    running = (loans.latest >= -2) & (loans.completed == 0)
    return aggregate_by_client(measure_rows(loans, (CLIENT,), measures, running=running), features)
