"""The six history tables as their publisher ships them: columns used, their types, and what is no value."""

from dataclasses import dataclass

CLIENT = "SK_ID_CURR"
APPLICATIONS = ("application_train", "application_test")
HUGE = 1e15  # no amount or count is near it
NO_TEXT = ("XNA", "XAP")  # "not available" and "not applicable"


@dataclass(frozen=True)
class Column:
    """A column the features use.

    Parameters
    ----------
    name : as published.
    kind : ``id`` (whole numbers), ``number`` or ``text``.
    low, high : a number outside is a sentinel or an error, and read as missing; so is NaN.
    blank : whether a text may be one that says there is none.
    """

    name: str
    kind: str
    low: float = -HUGE
    high: float = HUGE
    blank: bool = False


@dataclass(frozen=True)
class Source:
    """One history table.

    Parameters
    ----------
    name : Kaggle's name, also the file's.
    columns : what the features use; others may be there.
    dated : column that dates a row. After the application (positive) or undated, the row is left out.
    facts : columns that record what has happened; where one is dated after the application, the row is left out.
    unique : column that no two rows may share.
    flag : column of a coverage file that speaks for this table, next to one with the table's own name.
    """

    name: str
    columns: tuple[Column, ...]
    dated: str
    flag: str
    facts: tuple[str, ...] = ()
    unique: str | None = None


def _ids(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "id") for name in names)


def _days(*names: str) -> tuple[Column, ...]:
    """Days relative to the application: 110 years are a sentinel (365243) or an error of the bureau."""
    return tuple(Column(name, "number", -40_000, 40_000) for name in names)


def _signed(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number") for name in names)


def _positive(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "number", low=0) for name in names)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text", blank=True) for name in names)


BUREAU = Source(
    "bureau",
    (
        *_ids(CLIENT, "SK_ID_BUREAU"),
        *_texts("CREDIT_ACTIVE", "CREDIT_CURRENCY", "CREDIT_TYPE"),
        *_days("DAYS_CREDIT", "DAYS_CREDIT_ENDDATE", "DAYS_ENDDATE_FACT", "DAYS_CREDIT_UPDATE"),
        *_signed("AMT_CREDIT_SUM_DEBT"),  # below zero where the client has paid too much
        *_positive("CREDIT_DAY_OVERDUE", "CNT_CREDIT_PROLONG", "AMT_CREDIT_MAX_OVERDUE", "AMT_CREDIT_SUM"),
        *_positive("AMT_CREDIT_SUM_LIMIT", "AMT_CREDIT_SUM_OVERDUE", "AMT_ANNUITY"),
    ),
    dated="DAYS_CREDIT",
    facts=("DAYS_ENDDATE_FACT", "DAYS_CREDIT_UPDATE"),
    unique="SK_ID_BUREAU",
    flag="has_bureau_bb_cc",
)
BUREAU_BALANCE = Source(
    "bureau_balance",
    (*_ids("SK_ID_BUREAU"), *_signed("MONTHS_BALANCE"), Column("STATUS", "text")),
    dated="MONTHS_BALANCE",
    flag="has_bureau_bb_cc",
)
PREVIOUS = Source(
    "previous_application",
    (
        *_ids(CLIENT, "SK_ID_PREV"),
        *_days("DAYS_DECISION", "DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE"),
        *_positive("AMT_ANNUITY", "AMT_APPLICATION", "AMT_CREDIT", "AMT_DOWN_PAYMENT", "AMT_GOODS_PRICE"),
        *_positive("RATE_DOWN_PAYMENT", "CNT_PAYMENT", "NFLAG_INSURED_ON_APPROVAL", "HOUR_APPR_PROCESS_START"),
        *_texts("NAME_CONTRACT_TYPE", "NAME_CONTRACT_STATUS", "CODE_REJECT_REASON", "NAME_CLIENT_TYPE"),
        *_texts("NAME_YIELD_GROUP", "CHANNEL_TYPE", "NAME_PRODUCT_TYPE", "WEEKDAY_APPR_PROCESS_START"),
    ),
    dated="DAYS_DECISION",
    unique="SK_ID_PREV",
    flag="has_prev_pos",
)
POS_CASH = Source(
    "POS_CASH_balance",
    (
        *_ids(CLIENT, "SK_ID_PREV"),
        *_signed("MONTHS_BALANCE"),
        *_positive("CNT_INSTALMENT", "CNT_INSTALMENT_FUTURE", "SK_DPD", "SK_DPD_DEF"),
        *_texts("NAME_CONTRACT_STATUS"),
    ),
    dated="MONTHS_BALANCE",
    flag="has_prev_pos",
)
INSTALMENTS = Source(
    "installments_payments",
    (
        *_ids(CLIENT, "SK_ID_PREV"),
        *_signed("NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER"),
        *_days("DAYS_INSTALMENT", "DAYS_ENTRY_PAYMENT"),
        *_positive("AMT_INSTALMENT", "AMT_PAYMENT"),
    ),
    dated="DAYS_INSTALMENT",
    flag="has_prev_pos",
)
CREDIT_CARD = Source(
    "credit_card_balance",
    (
        *_ids(CLIENT, "SK_ID_PREV"),
        *_signed("MONTHS_BALANCE", "AMT_BALANCE"),  # a balance below zero is the client's money
        *_positive("AMT_CREDIT_LIMIT_ACTUAL", "AMT_DRAWINGS_CURRENT", "AMT_DRAWINGS_ATM_CURRENT"),
        *_positive("AMT_DRAWINGS_POS_CURRENT", "AMT_INST_MIN_REGULARITY", "AMT_PAYMENT_TOTAL_CURRENT"),
        *_positive("CNT_DRAWINGS_CURRENT", "CNT_DRAWINGS_ATM_CURRENT", "SK_DPD", "SK_DPD_DEF"),
        *_texts("NAME_CONTRACT_STATUS"),
    ),
    dated="MONTHS_BALANCE",
    flag="has_bureau_bb_cc",
)
SOURCES = (BUREAU, BUREAU_BALANCE, PREVIOUS, POS_CASH, INSTALMENTS, CREDIT_CARD)
