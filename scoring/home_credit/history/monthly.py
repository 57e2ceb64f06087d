"""Measures of a month and of a credit that all tables with one row per month have."""

from collections.abc import Sequence

import ibis
from ibis.expr.types import Table

from scoring.home_credit.history.grammar import ALL, AnyFeature, Measure, Subject, before, flag, last
from scoring.home_credit.history.rollup import Features, list_measures

LATENESS = Measure("dpd", "number of days past due", "days", lambda t: t.SK_DPD)
LATE = flag("late", "were late", lambda t: t.SK_DPD > 0)
LATE_DEF = flag("late_def", "were late with more than a small debt", lambda t: t.SK_DPD_DEF > 0)

SEEN = Measure("seen", "number of months on record", "months", lambda t: t.rows)
OPENED = Measure("first", "time since the first month on record", "months", lambda t: -t.time_min)
LATEST = Measure("latest", "time since the last month on record", "months", lambda t: -t.time_max)
LAST_LATE = Measure("last_late", "time since the last late month", "months", lambda t: -t.late_time_max)
LATE_MONTHS = Measure("late_months", "number of late months", "months", lambda t: t.late_sum)
LATE_RUN = Measure("late_run", "longest run of late months", "months", lambda t: t.run)
EVER_LATE = flag("ever_late", "were late at least once", lambda t: t.late_sum > 0)


def compare_late_shares(months: Subject, late: Measure, noun: str) -> tuple[AnyFeature, ...]:
    """Return the late share before the last year, and compare that of the last year with it and with the whole time."""
    earlier, year = before(12), (last(12), late, "share")
    phrase = f"share of late {noun} in the last 12 months, compared with the"
    name = months.name_feature("late_12m_to")
    return (
        *months.cross((earlier,), {late: "share"}),
        months.compare(f"{name}_before", f"{phrase} time before", year, (earlier, late, "share")),
        months.compare(f"{name}_all", f"{phrase} whole time", year, (ALL, late, "share")),
    )


def add_late_run(loans: Table, months: Table, keys: Sequence[str], features: Features) -> Table:
    """Give each credit the column ``run``, its longest run of late months, if one of the features measures it.

    Parameters
    ----------
    loans : one row per credit.
    months : one row per late month; a month may occur more than once.
    keys : columns that tell the credits apart; the month is MONTHS_BALANCE.
    features : asked for.

    Returns
    -------
    The credits with ``run``, in months, zero without any late month.

    Notes
    -----
    Within a run the month minus its rank is constant: 3, 4, 5, 9 less 0, 1, 2, 3 is 3, 3, 3, 6.
    """
    if LATE_RUN not in list_measures(features):
        return loans
    once = months.select(*keys, month=months.MONTHS_BALANCE).distinct()
    rank = ibis.row_number().over(group_by=[once[key] for key in keys], order_by=once.month)
    marked = once.mutate(start=once.month - rank)
    runs = marked.group_by([*keys, "start"]).agg(run=marked.count())
    longest = runs.group_by(list(keys)).agg(run=runs.run.max().cast("float64"))
    joined = loans.left_join(longest, list(keys), rname="run_{name}")
    return joined.select(*loans.columns, run=joined.run.fill_null(0.0))
