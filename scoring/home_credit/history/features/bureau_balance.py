"""Monthly status of the credits at other lenders."""

import ibis
from ibis.expr.types import Table, Value

from scoring.home_credit.history import monthly, rollup
from scoring.home_credit.history.grammar import ALL, RECENT, ROWS, Measure, Subject, flag
from scoring.home_credit.history.source_schema import BUREAU, BUREAU_BALANCE, CLIENT

CREDIT = "SK_ID_BUREAU"
LATE_STATUSES = ("1", "2", "3", "4", "5")  # 1-30, 31-60, 61-90, 91-120, over 120 days or written off
REPORTS = Subject("bureau_balance", "monthly reports", BUREAU_BALANCE.name, rolled=True)
CREDITS = Subject("bureau_balance_credits", "credits with monthly reports", BUREAU_BALANCE.name)


def _severity(reports: Table) -> Value:
    return reports.STATUS.cases(*((str(status), status) for status in range(6)), else_=None)


SEVERITY = Measure("severity", "status (0 is on time, 5 is over 120 days late)", "number", _severity)
LATE = flag("late", "say that the client was late", lambda t: t.STATUS.isin(LATE_STATUSES))
SERIOUS = flag("serious", "say that the client was over 60 days late", lambda t: t.STATUS.isin(LATE_STATUSES[2:]))
CLOSED = flag("closed", "say that the credit was closed", lambda t: t.STATUS == "C")
UNKNOWN = flag("unknown", "do not give the status", lambda t: t.STATUS == "X")

BY_WINDOW = REPORTS.cross(
    (ALL, *RECENT),
    {ROWS: "count", LATE: "count share", SERIOUS: "count", CLOSED: "share", UNKNOWN: "share", SEVERITY: "max"},
)
LATE_SHARES = monthly.compare_late_shares(REPORTS, LATE, REPORTS.noun)

SEEN = Measure("seen", "number of months with a report", "months", lambda t: t.rows)
OPENED = Measure("first", "time since the first report", "months", lambda t: -t.time_min, passing="grows")
LATEST = Measure("latest", "time since the last report", "months", lambda t: -t.time_max)
WORST = Measure("worst", "worst status (0 to 5)", "number", lambda t: t.severity_max)
EVER_SERIOUS = flag("ever_serious", "were over 60 days late at least once", lambda t: t.serious_sum > 0)
EVER_CLOSED = flag("closed", "are closed", lambda t: t.closed_sum > 0)
PER_CREDIT = CREDITS.cross(
    (ALL,),
    {
        ROWS: "count",
        SEEN: "mean max",
        OPENED: "max",
        LATEST: "min",
        monthly.LAST_LATE: "min",
        monthly.LATE_MONTHS: "max",
        monthly.LATE_RUN: "max",
        WORST: "mean",
        monthly.EVER_LATE: "count share",
        EVER_SERIOUS: "count",
        EVER_CLOSED: "share",
    },
)


def sum_by_period(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Count the monthly reports by credit, period and status, and add the owner of each credit.

    Reports about credits without an owner in `bureau` are left out. A report has nothing but its month and status, so
    counting by status first makes 27 million reports affordable.
    """
    reports = tables[BUREAU_BALANCE.name]
    month = reports.MONTHS_BALANCE
    counted = (
        reports.select(CREDIT, "STATUS", month=month.cast("int16"), period=rollup.assign_period(-month))
        .group_by([CREDIT, "period", "STATUS"])
        .agg(rows=ibis._.count().cast("float64"), time_min=ibis._.month.min(), time_max=ibis._.month.max())
    )
    flags = {
        f"{measure.key}_sum": rollup.measure_value(measure, counted).ifelse(counted["rows"], 0.0)
        for measure in rollup.list_measures(features)
        if measure.flag
    }
    late = counted.STATUS.isin(LATE_STATUSES).ifelse(counted.time_max, ibis.null("int16"))
    severity = rollup.measure_value(SEVERITY, counted)
    rolled = counted.mutate(severity_max=severity, late_time_max=late, **flags).drop("STATUS")
    return rolled.inner_join(tables[BUREAU.name].select(CLIENT, CREDIT), CREDIT)


def measure_credits(periods: Table, tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure how many of the credits at other lenders were ever repaid late, how long and how long ago."""
    loans = rollup.sum_by_credit(periods, (CLIENT, CREDIT), "serious_sum", "closed_sum", "severity_max")
    reports = tables[BUREAU_BALANCE.name]
    late = reports.filter(reports.STATUS.isin(LATE_STATUSES))
    loans = monthly.add_late_run(loans, late, (CREDIT,), features)
    return rollup.measure_rows(loans, features)


FEATURE_SET = rollup.FeatureSet(
    (BUREAU_BALANCE.name, BUREAU.name), (*BY_WINDOW, *LATE_SHARES), sum_by_period, PER_CREDIT, measure_credits
)
