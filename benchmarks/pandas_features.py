"""The same history features in plain pandas, one table after the other.

The script shares no code with the project, so values, time and memory can be compared with it. Its features have the
names of docs/features.md and the same values (`python -m benchmarks.features` checks that they are equal). It reads
whole tables, selects rows by masks, and groups each selection by client once.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

CLIENT = "SK_ID_CURR"
DAYS = {"3m": 91, "6m": 183, "12m": 365, "24m": 730}
MONTHS = {"3m": 3, "6m": 6, "12m": 12, "24m": 24}


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read a table without changing it."""
    path = folder / f"{name}.csv"
    return pd.read_csv(path) if path.exists() else pd.read_parquet(path.with_suffix(".parquet"))


def clean(table: pd.DataFrame, days: list[str], positive: list[str]) -> pd.DataFrame:
    """Make invalid values missing: days beyond 110 years (365243), and numbers below zero that cannot be below zero."""
    for column in days:
        table[column] = table[column].where(table[column].abs() <= 40_000)
    for column in positive:
        table[column] = table[column].where(table[column] >= 0)
    return table


def divide(over: pd.Series, under: pd.Series) -> pd.Series:
    """Divide; a division by zero gives a missing value."""
    return over / under.replace(0, np.nan)


def aggregate(
    rows: pd.DataFrame,
    prefix: str,
    total: str = "",
    mean: str = "",
    largest: str = "",
    smallest: str = "",
    count: str = "",
    share: str = "",
) -> pd.DataFrame:
    """Group rows by client and put columns together: one frame, one column per feature, and the number of rows."""
    grouped = rows.groupby(CLIENT)
    parts = [grouped.size().to_frame(f"{prefix}_count")]
    if total:
        parts.append(grouped[total.split()].sum(min_count=1).add_suffix("_sum"))
    if mean:
        parts.append(grouped[mean.split()].mean().add_suffix("_mean"))
    if largest:
        parts.append(grouped[largest.split()].max().add_suffix("_max"))
    if smallest:
        parts.append(grouped[smallest.split()].min().add_suffix("_min"))
    if count:
        parts.append(grouped[count.split()].sum().add_suffix("_count"))
    if share:
        parts.append(grouped[share.split()].mean().add_suffix("_share"))
    return pd.concat([parts[0], *(part.add_prefix(f"{prefix}_") for part in parts[1:])], axis=1)


def together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Join frames of the same clients; a client without rows of a kind has a count of zero."""
    whole = pd.concat(parts, axis=1)
    return whole.fillna(dict.fromkeys((name for name in whole if name.endswith("_count")), 0)).copy()


def longest_run(late: pd.DataFrame, credit: str) -> pd.Series:
    """Longest run of late months of each credit: within a run, the month minus its rank is constant."""
    months = late[[CLIENT, credit, "MONTHS_BALANCE"]].drop_duplicates().sort_values([CLIENT, credit, "MONTHS_BALANCE"])
    start = months["MONTHS_BALANCE"] - months.groupby([CLIENT, credit]).cumcount()
    runs = months.groupby([CLIENT, credit, start]).size()
    return runs.groupby(level=[0, 1]).max().rename("late_run")


def bureau_rows(folder: Path) -> pd.DataFrame:
    """Read the credits at other lenders, without credits that have an event after the application."""
    table = clean(
        read(folder, "bureau"),
        ["DAYS_CREDIT", "DAYS_CREDIT_ENDDATE", "DAYS_ENDDATE_FACT", "DAYS_CREDIT_UPDATE"],
        [
            "CREDIT_DAY_OVERDUE",
            "CNT_CREDIT_PROLONG",
            "AMT_CREDIT_MAX_OVERDUE",
            "AMT_CREDIT_SUM",
            "AMT_CREDIT_SUM_LIMIT",
            "AMT_CREDIT_SUM_OVERDUE",
            "AMT_ANNUITY",
        ],
    )
    later = (table["DAYS_ENDDATE_FACT"] > 0) | (table["DAYS_CREDIT_UPDATE"] > 0)
    return table[(table["DAYS_CREDIT"] <= 0) & ~later].copy()


def bureau(folder: Path) -> pd.DataFrame:
    """Credits at other lenders."""
    table = bureau_rows(folder)
    status, end = table["CREDIT_ACTIVE"], table["DAYS_CREDIT_ENDDATE"]
    table["age"], table["updated"] = -table["DAYS_CREDIT"], -table["DAYS_CREDIT_UPDATE"]
    table["amount"], table["debt"] = table["AMT_CREDIT_SUM"], table["AMT_CREDIT_SUM_DEBT"]
    table["owed_part"], table["limit"] = divide(table["debt"], table["amount"]), table["AMT_CREDIT_SUM_LIMIT"]
    table["overdue"], table["worst_overdue"] = table["AMT_CREDIT_SUM_OVERDUE"], table["AMT_CREDIT_MAX_OVERDUE"]
    table["days_overdue"], table["prolonged"] = table["CREDIT_DAY_OVERDUE"], table["CNT_CREDIT_PROLONG"]
    table["annuity"], table["remaining"], table["duration"] = table["AMT_ANNUITY"], end, end - table["DAYS_CREDIT"]
    table["ended"], table["early"] = -table["DAYS_ENDDATE_FACT"], end - table["DAYS_ENDDATE_FACT"]
    table["active"], table["closed"] = status == "Active", status == "Closed"
    table["bad"], table["past_end"] = status.isin(["Sold", "Bad debt"]), table["active"] & (end < 0)
    table["late"], table["ever_late"] = (table["days_overdue"] > 0) | (table["overdue"] > 0), table["worst_overdue"] > 0
    table["foreign"] = table["CREDIT_CURRENCY"].notna() & (table["CREDIT_CURRENCY"] != "currency 1")
    ways = {
        "total": "amount annuity worst_overdue",
        "mean": "age amount duration",
        "largest": "age amount worst_overdue",
        "smallest": "age updated",
        "share": "ever_late",
    }
    owed = {
        **ways,
        "total": "amount annuity worst_overdue debt limit overdue",
        "mean": "age amount duration debt owed_part remaining",
        "largest": "age amount worst_overdue debt owed_part overdue days_overdue remaining",
        "count": "late",
    }
    everything = {
        **owed,
        "total": f"{owed['total']} prolonged",
        "count": "late bad past_end foreign",
        "share": "ever_late active closed",
    }
    ended = {**ways, "mean": f"{ways['mean']} ended early", "smallest": f"{ways['smallest']} ended early"}
    parts = [
        aggregate(table, "bureau", **everything),
        aggregate(table[table["active"]], "bureau_active", **owed),
        aggregate(table[table["closed"]], "bureau_closed", **ended),
    ]
    types = {
        "consumer": "Consumer credit",
        "card": "Credit card",
        "car": "Car loan",
        "mortgage": "Mortgage",
        "microloan": "Microloan",
    }
    for key, text in types.items():
        parts.append(aggregate(table[table["CREDIT_TYPE"] == text], f"bureau_{key}", total="debt", count="active"))
    for key, days in DAYS.items():
        recent = table[table["age"] <= days]
        parts.append(aggregate(recent, f"bureau_{key}", total="amount debt", count="active"))
    whole = together(parts)
    for key in types:
        whole[f"bureau_{key}_share"] = whole[f"bureau_{key}_count"] / whole["bureau_count"]
    debt = whole["bureau_active_debt_sum"]
    whole["bureau_active_debt_to_amount"] = divide(debt, whole["bureau_active_amount_sum"])
    whole["bureau_active_overdue_to_debt"] = divide(whole["bureau_active_overdue_sum"], debt)
    whole["bureau_active_debt_to_limit"] = divide(debt, whole["bureau_active_limit_sum"])
    for key in ("12m", "24m"):
        whole[f"bureau_{key}_to_all_count"] = whole[f"bureau_{key}_count"] / whole["bureau_count"]
        whole[f"bureau_{key}_to_all_amount"] = divide(whole[f"bureau_{key}_amount_sum"], whole["bureau_amount_sum"])
    return whole


def bureau_balance(folder: Path) -> pd.DataFrame:
    """Monthly status of the credits at other lenders."""
    owners = bureau_rows(folder)[[CLIENT, "SK_ID_BUREAU"]]
    table = read(folder, "bureau_balance")
    table = table[table["MONTHS_BALANCE"] <= 0].merge(owners, on="SK_ID_BUREAU")
    status, month = table["STATUS"], table["MONTHS_BALANCE"]
    table["severity"] = status.map({"0": 0.0, "1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0, "5": 5.0})
    table["late"], table["serious"] = table["severity"] >= 1, table["severity"] >= 3
    table["closed"], table["unknown"] = status == "C", status == "X"
    table["late_month"] = month.where(table["late"])
    ways = {"count": "late serious", "share": "late closed unknown", "largest": "severity"}
    parts = [aggregate(table, "bureau_balance", **ways)]
    parts += [aggregate(table[month >= -n], f"bureau_balance_{key}", **ways) for key, n in MONTHS.items()]
    before = table[month < -12].groupby(CLIENT)["late"].mean()
    parts.append(before.to_frame("bureau_balance_before12m_late_share"))
    credits_ = table.groupby([CLIENT, "SK_ID_BUREAU"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        last_late=("late_month", "max"),
        late_months=("late", "sum"),
        serious=("serious", "sum"),
        worst=("severity", "max"),
        closed=("closed", "max"),
    )
    credits_ = credits_.join(longest_run(table[table["late"]], "SK_ID_BUREAU")).reset_index()
    credits_["late_run"] = credits_["late_run"].fillna(0)
    credits_[["first", "latest", "last_late"]] *= -1
    credits_["ever_late"], credits_["ever_serious"] = credits_["late_months"] > 0, credits_["serious"] > 0
    parts.append(
        aggregate(
            credits_,
            "bureau_balance_credits",
            mean="seen worst",
            largest="seen first late_months late_run",
            smallest="latest last_late",
            count="ever_late ever_serious",
            share="ever_late closed",
        )
    )
    whole = together(parts)
    lately = whole["bureau_balance_12m_late_share"]
    whole["bureau_balance_late_12m_to_before"] = divide(lately, whole["bureau_balance_before12m_late_share"])
    whole["bureau_balance_late_12m_to_all"] = divide(lately, whole["bureau_balance_late_share"])
    return whole


def previous(folder: Path) -> pd.DataFrame:
    """Previous applications."""
    table = clean(
        read(folder, "previous_application"),
        ["DAYS_DECISION", "DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE"],
        [
            "AMT_ANNUITY",
            "AMT_APPLICATION",
            "AMT_CREDIT",
            "AMT_DOWN_PAYMENT",
            "AMT_GOODS_PRICE",
            "RATE_DOWN_PAYMENT",
            "CNT_PAYMENT",
            "HOUR_APPR_PROCESS_START",
        ],
    )
    table = table[table["DAYS_DECISION"] <= 0].copy()
    table["age"], table["term"] = -table["DAYS_DECISION"], table["CNT_PAYMENT"]
    table["asked"], table["credit"] = table["AMT_APPLICATION"], table["AMT_CREDIT"]
    table["annuity"], table["goods"] = table["AMT_ANNUITY"], table["AMT_GOODS_PRICE"]
    table["down_payment"], table["down_rate"] = table["AMT_DOWN_PAYMENT"], table["RATE_DOWN_PAYMENT"]
    table["granted_part"] = divide(table["credit"], table["asked"])
    table["cost"] = divide(table["annuity"] * table["term"], table["credit"])
    table["remaining"], table["hour"] = table["DAYS_LAST_DUE_1ST_VERSION"], table["HOUR_APPR_PROCESS_START"]
    table["early"] = table["DAYS_LAST_DUE_1ST_VERSION"] - table["DAYS_LAST_DUE"]
    table["insured"], table["running"] = table["NFLAG_INSURED_ON_APPROVAL"] > 0, table["remaining"] > 0
    table["weekend"] = table["WEEKDAY_APPR_PROCESS_START"].isin(["SATURDAY", "SUNDAY"])
    flags = {
        "approved": ("NAME_CONTRACT_STATUS", "Approved"),
        "refused": ("NAME_CONTRACT_STATUS", "Refused"),
        "cancelled": ("NAME_CONTRACT_STATUS", "Canceled"),
        "unused": ("NAME_CONTRACT_STATUS", "Unused offer"),
        "yield_high": ("NAME_YIELD_GROUP", "high"),
        "yield_middle": ("NAME_YIELD_GROUP", "middle"),
        "yield_low_normal": ("NAME_YIELD_GROUP", "low_normal"),
        "yield_low_action": ("NAME_YIELD_GROUP", "low_action"),
        "channel_office": ("CHANNEL_TYPE", "Credit and cash offices"),
        "channel_country": ("CHANNEL_TYPE", "Country-wide"),
        "channel_stone": ("CHANNEL_TYPE", "Stone"),
        "channel_contact": ("CHANNEL_TYPE", "Contact center"),
        "walk_in": ("NAME_PRODUCT_TYPE", "walk-in"),
        "cross_sold": ("NAME_PRODUCT_TYPE", "x-sell"),
        "new_client": ("NAME_CLIENT_TYPE", "New"),
        "refreshed": ("NAME_CLIENT_TYPE", "Refreshed"),
    }
    reasons = {f"reason_{code.lower()}": code for code in ("HC", "LIMIT", "SCO", "SCOFR", "CLIENT", "VERIF")}
    for key, (column, text) in flags.items():
        table[key] = table[column] == text
    for key, code in reasons.items():
        table[key] = table["CODE_REJECT_REASON"] == code
    ways = {
        "total": "asked credit",
        "mean": "age asked credit annuity term granted_part",
        "largest": "age asked credit annuity",
        "smallest": "age",
    }
    everything = {
        **ways,
        "mean": f"{ways['mean']} hour",
        "count": " ".join(reasons),
        "share": " ".join([*flags, "weekend"]),
    }
    contracts = {
        **ways,
        "mean": f"{ways['mean']} down_payment down_rate cost early",
        "largest": f"{ways['largest']} goods down_payment down_rate cost remaining early",
        "count": "running",
        "share": "insured",
    }
    parts = [
        aggregate(table, "previous", **everything),
        aggregate(table[table["approved"]], "previous_approved", **contracts),
        aggregate(table[table["refused"]], "previous_refused", **ways),
        aggregate(table[table["cancelled"]], "previous_cancelled", smallest="age"),
        aggregate(table[table["unused"]], "previous_unused", smallest="age"),
    ]
    for key, text in (("cash", "Cash loans"), ("consumer", "Consumer loans"), ("revolving", "Revolving loans")):
        kind = table[table["NAME_CONTRACT_TYPE"] == text]
        parts.append(aggregate(kind, f"previous_{key}", count="approved refused", largest="credit"))
    for key, days in DAYS.items():
        recent = table[table["age"] <= days]
        parts.append(aggregate(recent, f"previous_{key}", count="approved refused", share="refused"))
    whole = together(parts)
    whole["previous_credit_to_asked"] = divide(whole["previous_approved_credit_sum"], whole["previous_asked_sum"])
    for key in ("6m", "12m", "24m"):
        whole[f"previous_{key}_to_all_count"] = whole[f"previous_{key}_count"] / whole["previous_count"]
    return whole


def pos_cash(folder: Path) -> pd.DataFrame:
    """Monthly snapshots of earlier loans."""
    table = clean(
        read(folder, "POS_CASH_balance"), [], ["CNT_INSTALMENT", "CNT_INSTALMENT_FUTURE", "SK_DPD", "SK_DPD_DEF"]
    )
    table = table[table["MONTHS_BALANCE"] <= 0].copy()
    month = table["MONTHS_BALANCE"]
    table["dpd"], table["late"], table["late_def"] = table["SK_DPD"], table["SK_DPD"] > 0, table["SK_DPD_DEF"] > 0
    table["completed"] = table["NAME_CONTRACT_STATUS"] == "Completed"
    table["late_month"] = month.where(table["late"])
    ways = {"count": "late", "share": "late late_def", "mean": "dpd", "largest": "dpd"}
    parts = [aggregate(table, "pos", **ways)]
    parts += [aggregate(table[month >= -n], f"pos_{key}", **ways) for key, n in MONTHS.items()]
    parts.append(table[month < -12].groupby(CLIENT)["late"].mean().to_frame("pos_before12m_late_share"))
    loans = table.groupby([CLIENT, "SK_ID_PREV"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        last_late=("late_month", "max"),
        late_months=("late", "sum"),
        late_def=("late_def", "sum"),
        term=("CNT_INSTALMENT", "max"),
        shortest=("CNT_INSTALMENT", "min"),
        left=("CNT_INSTALMENT_FUTURE", "min"),
        completed=("completed", "max"),
    )
    loans = loans.join(longest_run(table[table["late"]], "SK_ID_PREV")).reset_index()
    loans["late_run"] = loans["late_run"].fillna(0)
    loans[["first", "latest", "last_late"]] *= -1
    loans["ever_late"], loans["ever_late_def"] = loans["late_months"] > 0, loans["late_def"] > 0
    loans["changed"], loans["left_part"] = loans["shortest"] < loans["term"], divide(loans["left"], loans["term"])
    running = loans[(loans["latest"] <= 2) & ~loans["completed"]]
    parts += [
        aggregate(
            loans,
            "pos_credits",
            mean="seen term",
            largest="first term late_months late_run",
            smallest="latest last_late",
            count="ever_late ever_late_def",
            share="completed changed ever_late",
        ),
        aggregate(running, "pos_credits_running", total="left", largest="left", mean="left_part"),
    ]
    whole = together(parts)
    lately = whole["pos_12m_late_share"]
    whole["pos_late_12m_to_before"] = divide(lately, whole["pos_before12m_late_share"])
    whole["pos_late_12m_to_all"] = divide(lately, whole["pos_late_share"])
    return whole


def instalments(folder: Path) -> pd.DataFrame:
    """Instalments: due and paid."""
    table = clean(
        read(folder, "installments_payments"),
        ["DAYS_INSTALMENT", "DAYS_ENTRY_PAYMENT"],
        ["AMT_INSTALMENT", "AMT_PAYMENT"],
    )
    table = table[table["DAYS_INSTALMENT"] <= 0].copy()
    made = table["DAYS_ENTRY_PAYMENT"] <= 0
    table["paid"] = table["AMT_PAYMENT"].where(made).fillna(0)
    table["day"] = table["DAYS_ENTRY_PAYMENT"].where(made).fillna(0)
    keys = [CLIENT, "SK_ID_PREV", "NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT"]
    due = table.groupby(keys, as_index=False).agg(
        due=("AMT_INSTALMENT", "max"), paid=("paid", "sum"), day=("day", "max"), payments=("paid", "size")
    )
    delay, short = due["day"] - due["DAYS_INSTALMENT"], due["due"] - due["paid"]
    due["late"], due["late7d"], due["late30d"] = delay > 0, delay > 7, delay > 30
    due["delay"], due["ahead"] = delay.clip(lower=0), (-delay).clip(lower=0)
    due["shortfall"], due["under"], due["over"] = short.clip(lower=0).fillna(0), short > 0.005, short < -0.005
    due["split"], due["unpaid"] = due["payments"] > 1, due["paid"] == 0
    due["late_day"] = due["DAYS_INSTALMENT"].where(due["late"])
    ways = {
        "total": "shortfall due paid",
        "mean": "delay",
        "largest": "delay",
        "count": "late",
        "share": "late under",
    }
    everything = {
        **ways,
        "mean": "delay due ahead",
        "largest": "delay due",
        "count": "late late30d unpaid",
        "share": "late under late7d over split",
    }
    last_year = {**ways, "mean": "delay due"}
    parts = [aggregate(due, "instalments", **everything)]
    for key, days in DAYS.items():
        recent = due[due["DAYS_INSTALMENT"] >= -days]
        parts.append(aggregate(recent, f"instalments_{key}", **(last_year if key == "12m" else ways)))
    earlier = due[due["DAYS_INSTALMENT"] < -DAYS["12m"]]
    before = aggregate(earlier, "instalments_before12m", mean="delay due", share="late")
    parts.append(before.drop(columns="instalments_before12m_count"))
    loans = due.groupby([CLIENT, "SK_ID_PREV"], as_index=False).agg(
        seen=("late", "size"),
        first=("DAYS_INSTALMENT", "min"),
        latest=("DAYS_INSTALMENT", "max"),
        last_late=("late_day", "max"),
        late=("late", "sum"),
        late30d=("late30d", "sum"),
        versions=("NUM_INSTALMENT_VERSION", "max"),
    )
    loans[["first", "latest", "last_late"]] *= -1
    loans["late_part"] = loans["late"] / loans["seen"]
    loans["ever_late"], loans["ever_late30d"] = loans["late"] > 0, loans["late30d"] > 0
    parts.append(
        aggregate(
            loans,
            "instalments_credits",
            mean="seen late_part",
            largest="seen first late_part versions",
            smallest="latest last_late",
            count="ever_late ever_late30d",
            share="ever_late",
        )
    )
    whole = together(parts)
    for key in ("instalments", *(f"instalments_{window}" for window in DAYS)):
        whole[f"{key}_paid_part"] = divide(whole[f"{key}_paid_sum"], whole[f"{key}_due_sum"])
    for measure, how in (("late", "share"), ("delay", "mean"), ("due", "mean")):
        lately, earlier_ = (whole[f"instalments_{key}_{measure}_{how}"] for key in ("12m", "before12m"))
        whole[f"instalments_{measure}_12m_to_before"] = divide(lately, earlier_)
    return whole


def credit_card(folder: Path) -> pd.DataFrame:
    """Monthly card statements."""
    table = clean(
        read(folder, "credit_card_balance"),
        [],
        [
            "AMT_CREDIT_LIMIT_ACTUAL",
            "AMT_DRAWINGS_CURRENT",
            "AMT_DRAWINGS_ATM_CURRENT",
            "AMT_DRAWINGS_POS_CURRENT",
            "AMT_INST_MIN_REGULARITY",
            "AMT_PAYMENT_TOTAL_CURRENT",
            "CNT_DRAWINGS_CURRENT",
            "CNT_DRAWINGS_ATM_CURRENT",
            "SK_DPD",
            "SK_DPD_DEF",
        ],
    )
    table = table[table["MONTHS_BALANCE"] <= 0].copy()
    month = table["MONTHS_BALANCE"]
    table["balance"], table["limit"] = table["AMT_BALANCE"], table["AMT_CREDIT_LIMIT_ACTUAL"]
    table["utilisation"] = divide(table["balance"], table["limit"])
    table["drawn"], table["drawn_atm"] = table["AMT_DRAWINGS_CURRENT"], table["AMT_DRAWINGS_ATM_CURRENT"]
    table["drawn_pos"], table["drawings"] = table["AMT_DRAWINGS_POS_CURRENT"], table["CNT_DRAWINGS_CURRENT"]
    table["drawings_atm"], table["paid"] = table["CNT_DRAWINGS_ATM_CURRENT"], table["AMT_PAYMENT_TOTAL_CURRENT"]
    table["minimum"], table["dpd"] = table["AMT_INST_MIN_REGULARITY"], table["SK_DPD"]
    table["late"], table["late_def"] = table["dpd"] > 0, table["SK_DPD_DEF"] > 0
    table["over_limit"], table["in_debt"] = table["balance"] > table["limit"], table["balance"] > 0
    table["under_minimum"], table["used"] = table["paid"] < table["minimum"], table["drawings"] > 0
    table["late_month"] = month.where(table["late"])
    ways = {
        "total": "drawn drawings paid",
        "mean": "balance utilisation",
        "largest": "balance utilisation dpd",
        "share": "late under_minimum used",
    }
    everything = {
        "total": "drawn drawings paid drawn_atm drawn_pos drawings_atm minimum",
        "mean": "balance utilisation limit drawn paid",
        "largest": "balance utilisation dpd limit drawn paid",
        "smallest": "balance",
        "count": "late late_def",
        "share": "late under_minimum used over_limit in_debt",
    }
    half_year = {**ways, "mean": "balance utilisation drawn paid"}
    last_year = {**ways, "total": "drawn drawings paid drawn_atm minimum"}
    parts = [
        aggregate(table, "card", **everything),
        aggregate(table[month >= -3], "card_3m", **ways),
        aggregate(table[month >= -6], "card_6m", **half_year),
        aggregate(table[month >= -12], "card_12m", **last_year),
        aggregate(table[month >= -24], "card_24m", mean="balance utilisation", share="late"),
    ]
    cards = table.groupby([CLIENT, "SK_ID_PREV"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        last_late=("late_month", "max"),
        limit=("limit", "max"),
        used=("used", "max"),
        ever_late=("late", "max"),
    )
    cards = cards.join(longest_run(table[table["late"]], "SK_ID_PREV")).reset_index()
    cards["late_run"] = cards["late_run"].fillna(0)
    cards[["first", "latest", "last_late"]] *= -1
    parts.append(
        aggregate(
            cards,
            "cards",
            total="limit",
            largest="seen first late_run",
            smallest="latest last_late",
            count="used ever_late",
        )
    )
    whole = together(parts)
    for measure, window in (
        ("balance", "3m"),
        ("balance", "12m"),
        ("utilisation", "3m"),
        ("utilisation", "12m"),
        ("drawn", "6m"),
        ("paid", "6m"),
    ):
        lately, ever = whole[f"card_{window}_{measure}_mean"], whole[f"card_{measure}_mean"]
        whole[f"card_{measure}_{window}_to_all"] = divide(lately, ever)
    for key in ("card", "card_12m"):
        whole[f"{key}_atm_part"] = divide(whole[f"{key}_drawn_atm_sum"], whole[f"{key}_drawn_sum"])
        whole[f"{key}_paid_to_drawn"] = divide(whole[f"{key}_paid_sum"], whole[f"{key}_drawn_sum"])
        whole[f"{key}_paid_to_minimum"] = divide(whole[f"{key}_paid_sum"], whole[f"{key}_minimum_sum"])
    return whole


TABLES = {
    "bureau": bureau,
    "bureau_balance": bureau_balance,
    "previous_application": previous,
    "POS_CASH_balance": pos_cash,
    "installments_payments": instalments,
    "credit_card_balance": credit_card,
}


def run(folder: Path, out: Path) -> None:
    """Compute the features of a folder of tables and write them."""
    names = [name for name in ("application_train", "application_test") if any(folder.glob(f"{name}.*"))]
    clients = pd.concat([read(folder, name)[CLIENT] for name in names])
    parts = [compute(folder) for name, compute in TABLES.items() if any(folder.glob(f"{name}.*"))]
    whole = pd.concat([part.reindex(clients) for part in parts], axis=1)
    counts = [name for name in whole if name.endswith("_count") and "_to_all_" not in name]
    whole = whole.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int32"))
    whole.to_parquet(out)


if __name__ == "__main__":
    from benchmarks.features import cost

    with cost():
        run(Path(sys.argv[1]), Path(sys.argv[2]))
