"""The six history tables as their publisher ships them: columns used, their types, missing-value markers."""

from dataclasses import dataclass

CLIENT = "SK_ID_CURR"
APPLICATION_TABLES = ("application_train", "application_test")
HUGE = 1e15  # above every real amount or count
NO_TEXT = ("XNA", "XAP")  # missing-value markers: "not available", "not applicable"


@dataclass(frozen=True)
class SourceColumn:
    """A column that features use.

    Parameters
    ----------
    name : as published.
    kind : ``id`` (whole numbers), ``number`` or ``text``.
    low, high : a number outside is a missing-value marker or an error, and becomes null; so does NaN.
    has_markers : whether a text may be a missing-value marker.
    """

    name: str
    kind: str
    low: float = -HUGE
    high: float = HUGE
    has_markers: bool = False


@dataclass(frozen=True)
class SourceTable:
    """One history table.

    Parameters
    ----------
    name : Kaggle's name, also the file's.
    columns : columns that features use; the file may have others.
    dated : column that dates a row. A row dated after the application (positive), or without a date, is left out.
    facts : columns that date a past event; where one is dated after the application, the row is left out.
    unique : column without duplicates.
    flag : column of a coverage file that covers this table, unless one has the table's own name.
    """

    name: str
    columns: tuple[SourceColumn, ...]
    dated: str
    flag: str
    facts: tuple[str, ...] = ()
    unique: str | None = None


def _ids(*names: str) -> tuple[SourceColumn, ...]:
    return tuple(SourceColumn(name, "id") for name in names)


def _days(*names: str) -> tuple[SourceColumn, ...]:
    """Days relative to the application: beyond 110 years it is a marker (365243) or an error of the bureau."""
    return tuple(SourceColumn(name, "number", -40_000, 40_000) for name in names)


def _signed(*names: str) -> tuple[SourceColumn, ...]:
    return tuple(SourceColumn(name, "number") for name in names)


def _positive(*names: str) -> tuple[SourceColumn, ...]:
    return tuple(SourceColumn(name, "number", low=0) for name in names)


def _texts(*names: str) -> tuple[SourceColumn, ...]:
    return tuple(SourceColumn(name, "text", has_markers=True) for name in names)


BUREAU = SourceTable(
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
BUREAU_BALANCE = SourceTable(
    "bureau_balance",
    (*_ids("SK_ID_BUREAU"), *_signed("MONTHS_BALANCE"), SourceColumn("STATUS", "text")),
    dated="MONTHS_BALANCE",
    flag="has_bureau_bb_cc",
)
PREVIOUS = SourceTable(
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
POS_CASH = SourceTable(
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
INSTALMENTS = SourceTable(
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
CREDIT_CARD = SourceTable(
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
CLIENTS = SourceTable("", _ids(CLIENT), dated="", flag="", unique=CLIENT)  # of the application tables
SOURCE_TABLES = (BUREAU, BUREAU_BALANCE, PREVIOUS, POS_CASH, INSTALMENTS, CREDIT_CARD)
HISTORY_TABLES = tuple(source.name for source in SOURCE_TABLES)
