"""Credits at other lenders, as the credit bureau reports them."""

from ibis.expr.types import Table

from scoring.home_credit.history import rollup
from scoring.home_credit.history.grammar import ALL, RECENT, ROWS, Measure, Subject, divide, flag, last, marked
from scoring.home_credit.history.source_schema import BUREAU

CREDITS = Subject("bureau", "credits at other lenders", BUREAU.name)

ACTIVE = marked("active", "still running")
CLOSED = marked("closed", "already closed")
TYPES = {
    "consumer": "Consumer credit",
    "card": "Credit card",
    "car": "Car loan",
    "mortgage": "Mortgage",
    "microloan": "Microloan",
}
OF_TYPE = tuple(marked(key, f"of the type {text.lower()}") for key, text in TYPES.items())
SUBSETS = {"CREDIT_ACTIVE": {"active": "Active", "closed": "Closed"}, "CREDIT_TYPE": TYPES}

AGE = Measure("age", "time since the credit was taken out", "days", lambda t: -t.DAYS_CREDIT, passing="grows")
AMOUNT = Measure("amount", "amount of the credit", "currency", lambda t: t.AMT_CREDIT_SUM)
DEBT = Measure("debt", "debt still owed", "currency", lambda t: t.AMT_CREDIT_SUM_DEBT)
DEBT_SHARE = Measure(
    "owed_part",
    "ratio of debt to credit amount",
    "ratio",
    lambda t: divide(t.AMT_CREDIT_SUM_DEBT, t.AMT_CREDIT_SUM),
)
LIMIT = Measure("limit", "card limit", "currency", lambda t: t.AMT_CREDIT_SUM_LIMIT)
OVERDUE = Measure("overdue", "amount overdue now", "currency", lambda t: t.AMT_CREDIT_SUM_OVERDUE)
WORST = Measure("worst_overdue", "peak amount overdue", "currency", lambda t: t.AMT_CREDIT_MAX_OVERDUE)
ANNUITY = Measure("annuity", "annuity", "currency", lambda t: t.AMT_ANNUITY)
PROLONGED = Measure("prolonged", "number of prolongations", "number", lambda t: t.CNT_CREDIT_PROLONG)
DAYS_OVERDUE = Measure("days_overdue", "time overdue now", "days", lambda t: t.CREDIT_DAY_OVERDUE)
REMAINING = Measure("remaining", "time to the planned end", "days", lambda t: t.DAYS_CREDIT_ENDDATE, passing="falls")
DURATION = Measure("duration", "planned duration", "days", lambda t: t.DAYS_CREDIT_ENDDATE - t.DAYS_CREDIT)
ENDED = Measure("ended", "time since the credit was closed", "days", lambda t: -t.DAYS_ENDDATE_FACT, passing="grows")
EARLY = Measure(
    "early",
    "time from the closing to the planned end",
    "days",
    lambda t: t.DAYS_CREDIT_ENDDATE - t.DAYS_ENDDATE_FACT,
)
UPDATED = Measure("updated", "time since the bureau's last report", "days", lambda t: -t.DAYS_CREDIT_UPDATE)
IS_ACTIVE = flag("active", "are still running", lambda t: t.CREDIT_ACTIVE == "Active")
IS_CLOSED = flag("closed", "are closed", lambda t: t.CREDIT_ACTIVE == "Closed")
IS_BAD = flag("bad", "were sold or written off", lambda t: t.CREDIT_ACTIVE.isin(["Sold", "Bad debt"]))
LATE = flag("late", "are overdue now", lambda t: (t.CREDIT_DAY_OVERDUE > 0) | (t.AMT_CREDIT_SUM_OVERDUE > 0))
EVER_LATE = flag("ever_late", "have been overdue", lambda t: t.AMT_CREDIT_MAX_OVERDUE > 0)
PAST_END = flag(
    "past_end", "run past their planned end", lambda t: (t.CREDIT_ACTIVE == "Active") & (t.DAYS_CREDIT_ENDDATE < 0)
)
FOREIGN = flag("foreign", "are in a foreign currency", lambda t: t.CREDIT_CURRENCY != "currency 1")

BY_STATUS = CREDITS.cross(
    (ALL, ACTIVE, CLOSED),
    {
        ROWS: "count",
        AGE: "mean min max",
        AMOUNT: "sum mean max",
        DURATION: "mean",
        ANNUITY: "sum",
        WORST: "sum max",
        EVER_LATE: "share",
        UPDATED: "min",
    },
)
OWED = CREDITS.cross(
    (ALL, ACTIVE),
    {
        DEBT: "sum mean max",
        DEBT_SHARE: "mean max",
        LIMIT: "sum",
        OVERDUE: "sum max",
        DAYS_OVERDUE: "max",
        REMAINING: "mean max",
        LATE: "count",
    },
)
ENDINGS = CREDITS.cross((CLOSED,), {ENDED: "mean min", EARLY: "mean min"})
STATUS = CREDITS.cross(
    (ALL,),
    {IS_ACTIVE: "share", IS_CLOSED: "share", IS_BAD: "count", PAST_END: "count", FOREIGN: "count", PROLONGED: "sum"},
)
BY_TYPE = CREDITS.cross(OF_TYPE, {ROWS: "count", IS_ACTIVE: "count", DEBT: "sum"})
RECENTLY = CREDITS.cross(RECENT, {ROWS: "count", IS_ACTIVE: "count", AMOUNT: "sum", DEBT: "sum"})
_COUNT, _DEBT = (ALL, ROWS, "count"), (ACTIVE, DEBT, "sum")
RATIOS = (
    *(
        CREDITS.compare(
            f"bureau_{subset.key}_share",
            f"share of the {CREDITS.noun} that are {subset.phrase}",
            (subset, ROWS, "count"),
            _COUNT,
            "share (0-1)",
        )
        for subset in OF_TYPE
    ),
    CREDITS.compare(
        "bureau_active_debt_to_amount",
        "part still owed of the amount of credits at other lenders still running",
        _DEBT,
        (ACTIVE, AMOUNT, "sum"),
    ),
    CREDITS.compare(
        "bureau_active_overdue_to_debt",
        "overdue part of the debt on credits at other lenders still running",
        (ACTIVE, OVERDUE, "sum"),
        _DEBT,
    ),
    CREDITS.compare(
        "bureau_active_debt_to_limit",
        "ratio of debt to card limits (credits at other lenders still running)",
        _DEBT,
        (ACTIVE, LIMIT, "sum"),
    ),
    *(
        CREDITS.compare(
            f"bureau_{months}m_to_all_{what}",
            f"share of the {phrase} from the last {months} months",
            (last(months), measure, how),
            (ALL, measure, how),
            "share (0-1)",
        )
        for months in (12, 24)
        for what, phrase, measure, how in (
            ("count", CREDITS.noun, ROWS, "count"),
            ("amount", f"amount of {CREDITS.noun}", AMOUNT, "sum"),
        )
    ),
)


def measure_loans(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure how much the client owes to other lenders, since when, and whether the debt is being repaid."""
    loans = tables[BUREAU.name]
    period = rollup.assign_period_of_days(loans.DAYS_CREDIT)
    return rollup.measure_rows(loans, features, period=period, **rollup.mark_subsets(loans, SUBSETS))


FEATURE_SET = rollup.FeatureSet(
    (BUREAU.name,), (*BY_STATUS, *OWED, *ENDINGS, *STATUS, *BY_TYPE, *RECENTLY, *RATIOS), measure_loans
)
