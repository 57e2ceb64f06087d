"""Monthly snapshots of earlier point-of-sale and cash loans."""

from ibis.expr.types import Table

from scoring.home_credit.history import monthly, rollup
from scoring.home_credit.history.grammar import ALL, RECENT, ROWS, Measure, Subject, divide, flag, marked
from scoring.home_credit.history.source_schema import POS_CASH

SNAPSHOTS = Subject("pos", "months of point-of-sale and cash loans", POS_CASH.name, rolled=True)
LOANS = Subject("pos_credits", "point-of-sale and cash loans", POS_CASH.name)

BY_WINDOW = SNAPSHOTS.cross(
    (ALL, *RECENT),
    {ROWS: "count", monthly.LATE: "count share", monthly.LATE_DEF: "share", monthly.LATENESS: "mean max"},
)
LATE_SHARES = monthly.compare_late_shares(SNAPSHOTS, monthly.LATE, SNAPSHOTS.noun)

COLUMNS = ("term_max", "term_min", "left_min", "completed_sum")
RUNNING = marked("running", "on record in the last two months and not completed")
TERM = Measure("term", "agreed duration", "months", lambda t: t.term_max)
LEFT = Measure("left", "number of instalments left to pay", "number", lambda t: t.left_min)
LEFT_PART = Measure(
    "left_part", "ratio of instalments left to duration", "ratio", lambda t: divide(t.left_min, t.term_max)
)
EVER_LATE_DEF = flag("ever_late_def", "were late with more than a small debt", lambda t: t.late_def_sum > 0)
COMPLETED = flag("completed", "are completed", lambda t: t.completed_sum > 0)
CHANGED = flag("changed", "changed their duration", lambda t: t.term_min < t.term_max)
PER_CREDIT = (
    *LOANS.cross(
        (ALL,),
        {
            ROWS: "count",
            COMPLETED: "share",
            CHANGED: "share",
            monthly.EVER_LATE: "count share",
            EVER_LATE_DEF: "count",
            monthly.SEEN: "mean",
            monthly.OPENED: "max",
            monthly.LATEST: "min",
            TERM: "mean max",
            monthly.LATE_MONTHS: "max",
            monthly.LATE_RUN: "max",
            monthly.LAST_LATE: "min",
        },
    ),
    *LOANS.cross((RUNNING,), {ROWS: "count", LEFT: "sum max", LEFT_PART: "mean"}),
)


def sum_by_period(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Sum the monthly snapshots up to one row per client, credit and period."""
    snapshots = tables[POS_CASH.name]
    return rollup.sum_by_period(
        snapshots,
        features,
        snapshots.MONTHS_BALANCE,
        rollup.assign_period(-snapshots.MONTHS_BALANCE),
        COLUMNS,
        term=snapshots.CNT_INSTALMENT,
        left=snapshots.CNT_INSTALMENT_FUTURE,
        completed=(snapshots.NAME_CONTRACT_STATUS == "Completed").fill_null(False),
    )


def measure_loans(periods: Table, tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure how many earlier loans the client has, how many run or were late, and how much is left to pay."""
    loans = rollup.sum_by_credit(periods, rollup.CREDIT, "late_def_sum", *COLUMNS)
    snapshots = tables[POS_CASH.name]
    loans = monthly.add_late_run(loans, snapshots.filter(snapshots.SK_DPD > 0), rollup.CREDIT, features)
    running = (loans.time_max >= -2) & (loans.completed_sum == 0)
    return rollup.measure_rows(loans, features, is_running=running)


FEATURE_SET = rollup.FeatureSet((POS_CASH.name,), (*BY_WINDOW, *LATE_SHARES), sum_by_period, PER_CREDIT, measure_loans)
