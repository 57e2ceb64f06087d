"""Monthly status of the credits at other lenders."""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table, Value

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
    before,
    cross,
    flag,
    last,
)
from scoring.home_credit.history.rollup import (
    add_longest_run,
    aggregate_by_client,
    assign_period,
    list_measures,
    measure_rows,
    measure_value,
)
from scoring.home_credit.history.source_schema import BUREAU_BALANCE, CLIENT

CREDIT = "SK_ID_BUREAU"
LATE_STATUSES = ("1", "2", "3", "4", "5")  # 1-30, 31-60, 61-90, 91-120, over 120 days or written off
REPORTS = Subject("bureau_balance", "monthly reports", BUREAU_BALANCE.name, rolled=True)
CREDITS = Subject("bureau_balance_credits", "credits with monthly reports", BUREAU_BALANCE.name)


def _severity(reports: Table) -> Value:
    return reports.STATUS.cases(*((str(status), status) for status in range(6)), else_=None)


SEVERITY = Measure("severity", "status (0 on time to 5 over 120 days late)", NUMBER, _severity)
LATE = flag("late", "say that the client was late", lambda t: t.STATUS.isin(LATE_STATUSES))
SERIOUS = flag("serious", "say that the client was over 60 days late", lambda t: t.STATUS.isin(LATE_STATUSES[2:]))
CLOSED = flag("closed", "say that the credit was closed", lambda t: t.STATUS == "C")
UNKNOWN = flag("unknown", "leave the status open", lambda t: t.STATUS == "X")

BY_WINDOW = cross(
    REPORTS,
    (ALL, *RECENT),
    {
        ROWS: "count",
        LATE: "count share",
        SERIOUS: "count",
        CLOSED: "share",
        UNKNOWN: "share",
        SEVERITY: "max",
    },
)
EARLIER = cross(REPORTS, (before(12),), {LATE: "share"})
TRENDS = tuple(
    Ratio(
        f"bureau_balance_late_12m_to_{under}",
        f"Trend: how does the share of late reports of the last 12 months compare with that {phrase}?",
        Feature(REPORTS, last(12), LATE, "share"),
        Feature(REPORTS, subset, LATE, "share"),
        RATIO,
    )
    for under, phrase, subset in (("before", "of the time before", before(12)), ("all", "of the whole time", ALL))
)
MONTHLY: tuple[AnyFeature, ...] = (*BY_WINDOW, *EARLIER, *TRENDS)
MEASURES = list_measures(MONTHLY)

SEEN = Measure("seen", "number of months reported", MONTHS, lambda t: t.rows)
OPENED = Measure("first", "time since the first report", MONTHS, lambda t: -t.first)
LATEST = Measure("latest", "time since the last report", MONTHS, lambda t: -t.latest)
LAST_LATE = Measure("last_late", "time since the last late month", MONTHS, lambda t: -t.last_late)
LATE_MONTHS = Measure("late_months", "number of late months", MONTHS, lambda t: t.late_sum)
LATE_RUN = Measure("late_run", "longest run of late months", MONTHS, lambda t: t.run)
WORST = Measure("worst", "worst status (0 to 5)", NUMBER, lambda t: t.severity_max)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)
EVER_SERIOUS = flag("ever_serious", "were over 60 days late at least once", lambda t: t.serious_sum > 0)
EVER_CLOSED = flag("closed", "are closed", lambda t: t.closed_sum > 0)
PER_CREDIT: tuple[AnyFeature, ...] = cross(
    CREDITS,
    (ALL,),
    {
        ROWS: "count",
        SEEN: "mean max",
        OPENED: "max",
        LATEST: "min",
        LAST_LATE: "min",
        LATE_MONTHS: "max",
        LATE_RUN: "max",
        WORST: "mean",
        EVER_LATE: "count share",
        EVER_SERIOUS: "count",
        EVER_CLOSED: "share",
    },
)
FEATURES = (*MONTHLY, *PER_CREDIT)


def sum_by_period(reports: Table, owners: Table) -> Table:
    """Count the monthly reports by credit, period and status, and add the owner of each credit.

    `owners` gives each SK_ID_BUREAU its SK_ID_CURR, once; reports about credits without an owner are left out.
    A report has nothing but its month and status, so counting by status first makes 27 million reports affordable.
    """
    month = reports.MONTHS_BALANCE
    counted = (
        reports.select(CREDIT, "STATUS", month=month.cast("int16"), period=assign_period(-month))
        .group_by([CREDIT, "period", "STATUS"])
        .agg(rows=ibis._.count().cast("float64"), first=ibis._.month.min(), latest=ibis._.month.max())
    )
    flags = {
        f"{measure.key}_sum": measure_value(measure, counted).ifelse(counted["rows"], 0.0)
        for measure in MEASURES
        if measure.flag
    }
    late = counted.STATUS.isin(LATE_STATUSES).ifelse(counted.latest, ibis.null("int16"))
    rolled = counted.mutate(severity_max=measure_value(SEVERITY, counted), last_late=late, **flags).drop("STATUS")
    return rolled.inner_join(owners.select(CLIENT, CREDIT), CREDIT)


def aggregate_credits(periods: Table, reports: Table, features: Sequence[AnyFeature]) -> Table:
    """Answer how many of the credits at other lenders were ever repaid late, how long and how long ago."""
    loans = periods.group_by([CLIENT, CREDIT]).agg(
        rows=periods["rows"].sum(),
        first=periods["first"].min(),
        latest=periods.latest.max(),
        last_late=periods.last_late.max(),
        late_sum=periods.late_sum.sum(),
        serious_sum=periods.serious_sum.sum(),
        closed_sum=periods.closed_sum.sum(),
        severity_max=periods.severity_max.max(),
    )
    measures = list_measures(features)
    if LATE_RUN in measures:
        loans = add_longest_run(loans, reports.filter(reports.STATUS.isin(LATE_STATUSES)), (CREDIT,))
    return aggregate_by_client(measure_rows(loans, (CLIENT,), measures), features)
