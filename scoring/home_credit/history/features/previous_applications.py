"""Previous applications at this lender."""

from ibis.expr.types import Table

from scoring.home_credit.history import rollup
from scoring.home_credit.history.grammar import ALL, RECENT, ROWS, Measure, Subject, divide, flag, last, marked
from scoring.home_credit.history.source_schema import PREVIOUS

APPLICATIONS = Subject("previous", "previous applications", PREVIOUS.name)

APPROVED = marked("approved", "that were approved")
REFUSED = marked("refused", "that were refused")
CANCELLED = marked("cancelled", "that were cancelled")
UNUSED = marked("unused", "whose offer was not used")
CASH = marked("cash", "for a cash loan")
CONSUMER = marked("consumer", "for a consumer loan")
REVOLVING = marked("revolving", "for a revolving loan")
SUBSETS = {
    "NAME_CONTRACT_STATUS": {
        "approved": "Approved",
        "refused": "Refused",
        "cancelled": "Canceled",
        "unused": "Unused offer",
    },
    "NAME_CONTRACT_TYPE": {"cash": "Cash loans", "consumer": "Consumer loans", "revolving": "Revolving loans"},
}

AGE = Measure("age", "time since the decision", "days", lambda t: -t.DAYS_DECISION, passing="grows")
ASKED = Measure("asked", "amount asked for", "currency", lambda t: t.AMT_APPLICATION)
CREDIT = Measure("credit", "amount of the credit", "currency", lambda t: t.AMT_CREDIT)
ANNUITY = Measure("annuity", "annuity", "currency", lambda t: t.AMT_ANNUITY)
TERM = Measure("term", "duration", "months", lambda t: t.CNT_PAYMENT)
GRANTED = Measure(
    "granted_part", "ratio of credit to amount asked for", "ratio", lambda t: divide(t.AMT_CREDIT, t.AMT_APPLICATION)
)
GOODS = Measure("goods", "price of the goods", "currency", lambda t: t.AMT_GOODS_PRICE)
DOWN = Measure("down_payment", "down payment", "currency", lambda t: t.AMT_DOWN_PAYMENT)
DOWN_RATE = Measure("down_rate", "down payment rate", "ratio", lambda t: t.RATE_DOWN_PAYMENT)
COST = Measure(
    "cost",
    "ratio of all annuities together to the credit",
    "ratio",
    lambda t: divide(t.AMT_ANNUITY * t.CNT_PAYMENT, t.AMT_CREDIT),
)
REMAINING = Measure(
    "remaining",
    "time to the originally planned last due date",
    "days",
    lambda t: t.DAYS_LAST_DUE_1ST_VERSION,
    passing="falls",
)
EARLY = Measure(
    "early",
    "time by which the last due date was brought forward",
    "days",
    lambda t: t.DAYS_LAST_DUE_1ST_VERSION - t.DAYS_LAST_DUE,
)
HOUR = Measure("hour", "hour of the day of the application", "number", lambda t: t.HOUR_APPR_PROCESS_START)
INSURED = flag("insured", "were insured", lambda t: t.NFLAG_INSURED_ON_APPROVAL > 0)
RUNNING = flag(
    "running", "were originally planned to end after this application", lambda t: t.DAYS_LAST_DUE_1ST_VERSION > 0
)
IS_APPROVED = flag("approved", "were approved", lambda t: t.NAME_CONTRACT_STATUS == "Approved")
IS_REFUSED = flag("refused", "were refused", lambda t: t.NAME_CONTRACT_STATUS == "Refused")
IS_CANCELLED = flag("cancelled", "were cancelled", lambda t: t.NAME_CONTRACT_STATUS == "Canceled")
IS_UNUSED = flag("unused", "got an offer that was not used", lambda t: t.NAME_CONTRACT_STATUS == "Unused offer")
WEEKEND = flag("weekend", "were made at a weekend", lambda t: t.WEEKDAY_APPR_PROCESS_START.isin(["SATURDAY", "SUNDAY"]))


def _equals(key: str, phrase: str, column: str, text: str) -> Measure:
    return flag(key, phrase, lambda t: t[column] == text)


REASONS = tuple(
    _equals(f"reason_{code.lower()}", f"were rejected for the reason {code}", "CODE_REJECT_REASON", code)
    for code in ("HC", "LIMIT", "SCO", "SCOFR", "CLIENT", "VERIF")
)
KINDS = (
    *(
        _equals(f"yield_{group}", f"are in the interest-rate group {group}", "NAME_YIELD_GROUP", group)
        for group in ("high", "middle", "low_normal", "low_action")
    ),
    *(
        _equals(f"channel_{key}", f"came through the channel {text}", "CHANNEL_TYPE", text)
        for key, text in (
            ("office", "Credit and cash offices"),
            ("country", "Country-wide"),
            ("stone", "Stone"),
            ("contact", "Contact center"),
        )
    ),
    _equals("walk_in", "were walk-in applications", "NAME_PRODUCT_TYPE", "walk-in"),
    _equals("cross_sold", "were cross-sold", "NAME_PRODUCT_TYPE", "x-sell"),
    _equals("new_client", "came from a new client", "NAME_CLIENT_TYPE", "New"),
    _equals("refreshed", "came from a returning client", "NAME_CLIENT_TYPE", "Refreshed"),
    WEEKEND,
)
BY_STATUS = APPLICATIONS.cross(
    (ALL, APPROVED, REFUSED),
    {
        ROWS: "count",
        AGE: "mean min max",
        ASKED: "sum mean max",
        CREDIT: "sum mean max",
        ANNUITY: "mean max",
        TERM: "mean",
        GRANTED: "mean",
    },
)
OTHER_ENDS = APPLICATIONS.cross((CANCELLED, UNUSED), {ROWS: "count", AGE: "min"})
BY_TYPE = APPLICATIONS.cross(
    (CASH, CONSUMER, REVOLVING), {ROWS: "count", IS_APPROVED: "count", IS_REFUSED: "count", CREDIT: "max"}
)
RECENTLY = APPLICATIONS.cross(RECENT, {ROWS: "count", IS_APPROVED: "count", IS_REFUSED: "count share"})
CONTRACTS = APPLICATIONS.cross(
    (APPROVED,),
    {
        GOODS: "max",
        DOWN: "mean max",
        DOWN_RATE: "mean max",
        COST: "mean max",
        REMAINING: "max",
        EARLY: "mean max",
        INSURED: "share",
        RUNNING: "count",
    },
)
KINDS_ASKED = APPLICATIONS.cross(
    (ALL,),
    {
        **dict.fromkeys((IS_APPROVED, IS_REFUSED, IS_CANCELLED, IS_UNUSED), "share"),
        **dict.fromkeys(REASONS, "count"),
        **dict.fromkeys(KINDS, "share"),
        HOUR: "mean",
    },
)
RATIOS = (
    APPLICATIONS.compare(
        "previous_credit_to_asked",
        "granted part of all amounts asked for in previous applications",
        (APPROVED, CREDIT, "sum"),
        (ALL, ASKED, "sum"),
    ),
    *(
        APPLICATIONS.compare(
            f"previous_{months}m_to_all_count",
            f"share of the previous applications from the last {months} months",
            (last(months), ROWS, "count"),
            (ALL, ROWS, "count"),
            "share (0-1)",
        )
        for months in (6, 12, 24)
    ),
)


def measure_applications(tables: rollup.Tables, features: rollup.Features) -> Table:
    """Measure what the client asked this lender for, what was granted or refused, and how long ago."""
    applications = tables[PREVIOUS.name]
    period = rollup.assign_period_of_days(applications.DAYS_DECISION)
    return rollup.measure_rows(applications, features, period=period, **rollup.mark_subsets(applications, SUBSETS))


FEATURE_SET = rollup.FeatureSet(
    (PREVIOUS.name,),
    (*BY_STATUS, *OTHER_ENDS, *BY_TYPE, *RECENTLY, *CONTRACTS, *KINDS_ASKED, *RATIOS),
    measure_applications,
)
