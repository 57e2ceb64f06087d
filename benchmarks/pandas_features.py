"""History features as a typical script computes them: pandas, one table after the other, groupby and agg.

Written on its own, to compare time and memory with; it computes the same kinds of features by the same names
where that is straightforward, and shares no code with the project.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

CLIENT = "SK_ID_CURR"
WINDOWS = {"": 10_000, "3m": 3, "6m": 6, "12m": 12, "24m": 24}
DAYS = {"": 40_000, "3m": 91, "6m": 183, "12m": 365, "24m": 730}


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read a table as it comes."""
    path = folder / f"{name}.csv"
    return pd.read_csv(path) if path.exists() else pd.read_parquet(path.with_suffix(".parquet"))


def aggregate(frame: pd.DataFrame, prefix: str, ways: dict[str, list[str]]) -> pd.DataFrame:
    """Group by client and name the columns."""
    grouped = frame.groupby(CLIENT).agg(ways)
    names = ["_".join(filter(None, (prefix, measure, how))) for measure, how in grouped.columns]
    grouped.columns = pd.Index(names)
    return grouped.join(frame.groupby(CLIENT).size().rename(f"{prefix}_count"))


def bureau(folder: Path) -> list[pd.DataFrame]:
    """Credits at other lenders."""
    table = read(folder, "bureau")
    end = table["DAYS_CREDIT_ENDDATE"].where(table["DAYS_CREDIT_ENDDATE"].abs() <= 40_000)
    fact = table["DAYS_ENDDATE_FACT"].where(table["DAYS_ENDDATE_FACT"].abs() <= 40_000)
    table["age"], table["amount"], table["debt"] = (
        -table["DAYS_CREDIT"],
        table["AMT_CREDIT_SUM"],
        table["AMT_CREDIT_SUM_DEBT"],
    )
    table["duration"], table["early"], table["ended"] = end - table["DAYS_CREDIT"], end - fact, -fact
    table["remaining"], table["updated"] = end, -table["DAYS_CREDIT_UPDATE"]
    table["annuity"], table["limit"] = table["AMT_ANNUITY"], table["AMT_CREDIT_SUM_LIMIT"]
    table["worst_overdue"], table["overdue"] = table["AMT_CREDIT_MAX_OVERDUE"], table["AMT_CREDIT_SUM_OVERDUE"]
    table["days_overdue"], table["prolonged"] = table["CREDIT_DAY_OVERDUE"], table["CNT_CREDIT_PROLONG"]
    table["owed_part"] = table["debt"] / table["amount"].replace(0, np.nan)
    table["ever_late"], table["active"] = table["worst_overdue"] > 0, table["CREDIT_ACTIVE"] == "Active"
    table["closed"], table["foreign"] = table["CREDIT_ACTIVE"] == "Closed", table["CREDIT_CURRENCY"] != "currency 1"
    table["late"] = (table["days_overdue"] > 0) | (table["overdue"] > 0)
    ways = {
        "age": ["mean", "min", "max"],
        "amount": ["sum", "mean", "max"],
        "duration": ["mean"],
        "annuity": ["sum"],
        "worst_overdue": ["sum", "max"],
        "ever_late": ["mean"],
        "updated": ["min"],
        "debt": ["sum", "mean", "max"],
        "owed_part": ["mean", "max"],
        "limit": ["sum"],
        "overdue": ["sum", "max"],
        "days_overdue": ["max"],
        "remaining": ["mean", "max"],
        "late": ["sum"],
    }
    status = {"active": ["mean"], "closed": ["mean"], "foreign": ["sum"], "prolonged": ["sum"]}
    parts = [aggregate(table, "bureau", {**ways, **status})]
    parts.append(aggregate(table[table["active"]], "bureau_active", ways))
    parts.append(
        aggregate(table[table["closed"]], "bureau_closed", {**ways, "ended": ["mean", "min"], "early": ["mean", "min"]})
    )
    for key in ("Consumer credit", "Credit card", "Car loan", "Mortgage", "Microloan"):
        of_type = table[table["CREDIT_TYPE"] == key]
        parts.append(aggregate(of_type, f"bureau_{key}", {"active": ["sum"], "debt": ["sum"]}))
    for key in ("3m", "6m", "12m", "24m"):
        recent = table[table["age"] <= DAYS[key]]
        parts.append(aggregate(recent, f"bureau_{key}", {"active": ["sum"], "amount": ["sum"], "debt": ["sum"]}))
    return parts


def bureau_balance(folder: Path) -> list[pd.DataFrame]:
    """Monthly status of the credits at other lenders."""
    owners = read(folder, "bureau")[[CLIENT, "SK_ID_BUREAU"]]
    table = read(folder, "bureau_balance").merge(owners, on="SK_ID_BUREAU")
    table["severity"] = pd.to_numeric(table["STATUS"].where(~table["STATUS"].isin(["C", "X"])))
    table["late"], table["serious"] = table["severity"] >= 1, table["severity"] >= 3
    table["closed"], table["unknown"] = table["STATUS"] == "C", table["STATUS"] == "X"
    ways = {
        "late": ["sum", "mean"],
        "serious": ["sum"],
        "closed": ["mean"],
        "unknown": ["mean"],
        "severity": ["max"],
    }
    parts = windows(table, "bureau_balance", ways)
    loans = table.groupby([CLIENT, "SK_ID_BUREAU"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        late=("late", "sum"),
        serious=("serious", "sum"),
        worst=("severity", "max"),
        closed=("closed", "max"),
    )
    loans = loans.join(longest_run(table[table["late"]], "SK_ID_BUREAU")).fillna({"run": 0}).reset_index()
    loans["ever_late"], loans["ever_serious"] = loans["late"] > 0, loans["serious"] > 0
    ways = {
        "seen": ["mean", "max"],
        "first": ["min"],
        "latest": ["max"],
        "late": ["max"],
        "run": ["max"],
        "worst": ["mean"],
        "ever_late": ["sum", "mean"],
        "ever_serious": ["sum"],
        "closed": ["mean"],
    }
    return [*parts, aggregate(loans, "bureau_balance_credits", ways)]


def windows(
    table: pd.DataFrame, prefix: str, ways: dict[str, list[str]], keys: tuple[str, ...] = tuple(WINDOWS)
) -> list[pd.DataFrame]:
    """Aggregate the whole time and the last months."""
    chosen = ((key, table[table["MONTHS_BALANCE"] >= -WINDOWS[key]] if key else table) for key in keys)
    return [aggregate(rows, "_".join(filter(None, (prefix, key))), ways) for key, rows in chosen]


def longest_run(late: pd.DataFrame, credit: str) -> pd.Series:
    """Longest run of late months of each credit."""
    months = late[[CLIENT, credit, "MONTHS_BALANCE"]].drop_duplicates().sort_values([CLIENT, credit, "MONTHS_BALANCE"])
    start = months["MONTHS_BALANCE"] - months.groupby([CLIENT, credit]).cumcount()
    runs = months.groupby([CLIENT, credit, start]).size()
    return runs.groupby(level=[0, 1]).max().rename("run")


def previous(folder: Path) -> list[pd.DataFrame]:
    """Previous applications."""
    table = read(folder, "previous_application")
    table = table.replace({name: {365_243: np.nan} for name in ("DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE")})
    table["age"], table["asked"], table["credit"] = (
        -table["DAYS_DECISION"],
        table["AMT_APPLICATION"],
        table["AMT_CREDIT"],
    )
    table["annuity"], table["term"] = table["AMT_ANNUITY"], table["CNT_PAYMENT"]
    table["granted_part"] = table["credit"] / table["asked"].replace(0, np.nan)
    table["cost"] = table["annuity"] * table["term"] / table["credit"].replace(0, np.nan)
    table["remaining"] = table["DAYS_LAST_DUE_1ST_VERSION"]
    table["early"] = table["DAYS_LAST_DUE_1ST_VERSION"] - table["DAYS_LAST_DUE"]
    table["running"], table["hour"] = table["remaining"] > 0, table["HOUR_APPR_PROCESS_START"]
    for key, text in (
        ("approved", "Approved"),
        ("refused", "Refused"),
        ("cancelled", "Canceled"),
        ("unused", "Unused offer"),
    ):
        table[key] = table["NAME_CONTRACT_STATUS"] == text
    ways = {
        "age": ["mean", "min", "max"],
        "asked": ["sum", "mean", "max"],
        "credit": ["sum", "mean", "max"],
        "annuity": ["mean", "max"],
        "term": ["mean"],
        "granted_part": ["mean"],
    }
    flags = {}
    for column in ("CODE_REJECT_REASON", "NAME_YIELD_GROUP", "CHANNEL_TYPE", "NAME_PRODUCT_TYPE", "NAME_CLIENT_TYPE"):
        for text in table[column].dropna().unique():
            table[f"{column}_{text}"] = table[column] == text
            flags[f"{column}_{text}"] = ["mean"]
    shares = {key: ["mean"] for key in ("approved", "refused", "cancelled", "unused", "hour")}
    contracts = {
        "AMT_GOODS_PRICE": ["max"],
        "AMT_DOWN_PAYMENT": ["mean", "max"],
        "RATE_DOWN_PAYMENT": ["mean", "max"],
        "cost": ["mean", "max"],
        "remaining": ["max"],
        "early": ["mean", "max"],
        "NFLAG_INSURED_ON_APPROVAL": ["mean"],
        "running": ["sum"],
    }
    parts = [aggregate(table, "previous", {**ways, **flags, **shares})]
    parts.append(aggregate(table[table["approved"]], "previous_approved", {**ways, **contracts}))
    parts.append(aggregate(table[table["refused"]], "previous_refused", ways))
    parts += [aggregate(table[table[key]], f"previous_{key}", {"age": ["min"]}) for key in ("cancelled", "unused")]
    for text in ("Cash loans", "Consumer loans", "Revolving loans"):
        kind = table[table["NAME_CONTRACT_TYPE"] == text]
        parts.append(aggregate(kind, f"previous_{text}", {"approved": ["sum"], "refused": ["sum"], "credit": ["max"]}))
    for key in ("3m", "6m", "12m", "24m"):
        recent = table[table["age"] <= DAYS[key]]
        parts.append(aggregate(recent, f"previous_{key}", {"approved": ["sum"], "refused": ["sum", "mean"]}))
    return parts


def pos_cash(folder: Path) -> list[pd.DataFrame]:
    """Monthly snapshots of earlier loans."""
    table = read(folder, "POS_CASH_balance")
    table["late"], table["late_def"] = table["SK_DPD"] > 0, table["SK_DPD_DEF"] > 0
    table["completed"] = table["NAME_CONTRACT_STATUS"] == "Completed"
    parts = windows(table, "pos", {"late": ["sum", "mean"], "late_def": ["mean"], "SK_DPD": ["mean", "max"]})
    loans = table.groupby([CLIENT, "SK_ID_PREV"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        late=("late", "sum"),
        late_def=("late_def", "sum"),
        term=("CNT_INSTALMENT", "max"),
        shortest=("CNT_INSTALMENT", "min"),
        left=("CNT_INSTALMENT_FUTURE", "min"),
        completed=("completed", "max"),
    )
    loans = loans.join(longest_run(table[table["late"]], "SK_ID_PREV")).fillna({"run": 0}).reset_index()
    loans["ever_late"], loans["ever_late_def"] = loans["late"] > 0, loans["late_def"] > 0
    loans["changed"], loans["left_part"] = loans["shortest"] < loans["term"], loans["left"] / loans["term"]
    ways = {
        "seen": ["mean"],
        "first": ["min"],
        "latest": ["max"],
        "term": ["mean", "max"],
        "late": ["max"],
        "run": ["max"],
        "completed": ["mean"],
        "changed": ["mean"],
        "ever_late": ["sum", "mean"],
        "ever_late_def": ["sum"],
    }
    running = loans[(loans["latest"] >= -2) & ~loans["completed"]]
    parts.append(aggregate(loans, "pos_credits", ways))
    return [*parts, aggregate(running, "pos_credits_running", {"left": ["sum", "max"], "left_part": ["mean"]})]


def instalments(folder: Path) -> list[pd.DataFrame]:
    """Instalments: due and paid."""
    table = read(folder, "installments_payments")
    table["DAYS_ENTRY_PAYMENT"] = table["DAYS_ENTRY_PAYMENT"].fillna(0)
    keys = [CLIENT, "SK_ID_PREV", "NUM_INSTALMENT_VERSION", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT"]
    due = table.groupby(keys, as_index=False).agg(
        due=("AMT_INSTALMENT", "max"),
        paid=("AMT_PAYMENT", "sum"),
        day=("DAYS_ENTRY_PAYMENT", "max"),
        payments=("AMT_PAYMENT", "size"),
    )
    delay = due["day"] - due["DAYS_INSTALMENT"]
    due["late"], due["late7d"], due["late30d"] = delay > 0, delay > 7, delay > 30
    due["delay"], due["ahead"] = delay.clip(lower=0), (-delay).clip(lower=0)
    short = due["due"] - due["paid"]
    due["shortfall"], due["under"], due["over"] = short.clip(lower=0), short > 0.005, short < -0.005
    due["split"], due["unpaid"] = due["payments"] > 1, due["paid"] == 0
    ways = {
        "late": ["sum", "mean"],
        "delay": ["mean", "max"],
        "under": ["mean"],
        "shortfall": ["sum"],
        "due": ["sum", "mean", "max"],
        "paid": ["sum"],
    }
    whole = {key: ["mean"] for key in ("late7d", "late30d", "over", "split", "unpaid", "ahead")}
    parts = [aggregate(due, "instalments", {**ways, **whole})]
    recent = {key: due[due["DAYS_INSTALMENT"] >= -DAYS[key]] for key in ("3m", "6m", "12m", "24m")}
    parts += [aggregate(rows, f"instalments_{key}", ways) for key, rows in recent.items()]
    parts.append(aggregate(due[due["DAYS_INSTALMENT"] < -365], "instalments_before12m", ways))
    loans = due.groupby([CLIENT, "SK_ID_PREV"], as_index=False).agg(
        seen=("late", "size"),
        first=("DAYS_INSTALMENT", "min"),
        latest=("DAYS_INSTALMENT", "max"),
        late=("late", "mean"),
        late30d=("late30d", "max"),
        versions=("NUM_INSTALMENT_VERSION", "max"),
    )
    loans["ever_late"] = loans["late"] > 0
    ways = {
        "seen": ["mean", "max"],
        "first": ["min"],
        "latest": ["max"],
        "late": ["mean", "max"],
        "late30d": ["sum"],
        "versions": ["max"],
        "ever_late": ["sum", "mean"],
    }
    return [*parts, aggregate(loans, "instalments_credits", ways)]


def credit_card(folder: Path) -> list[pd.DataFrame]:
    """Monthly card statements."""
    table = read(folder, "credit_card_balance")
    table["balance"], table["limit"] = table["AMT_BALANCE"], table["AMT_CREDIT_LIMIT_ACTUAL"]
    table["utilisation"] = table["balance"] / table["limit"].replace(0, np.nan)
    table["drawn"], table["paid"] = table["AMT_DRAWINGS_CURRENT"], table["AMT_PAYMENT_TOTAL_CURRENT"]
    table["drawings"], table["minimum"] = table["CNT_DRAWINGS_CURRENT"], table["AMT_INST_MIN_REGULARITY"]
    table["late"], table["late_def"] = table["SK_DPD"] > 0, table["SK_DPD_DEF"] > 0
    table["under_minimum"], table["used"] = table["paid"] < table["minimum"], table["drawings"] > 0
    table["over_limit"], table["in_debt"] = table["balance"] > table["limit"], table["balance"] > 0
    ways = {
        "balance": ["mean", "max"],
        "utilisation": ["mean", "max"],
        "drawn": ["sum", "mean"],
        "drawings": ["sum"],
        "paid": ["sum", "mean"],
        "minimum": ["sum"],
        "AMT_DRAWINGS_ATM_CURRENT": ["sum"],
        "SK_DPD": ["max"],
        "late": ["mean"],
        "under_minimum": ["mean"],
        "used": ["mean"],
    }
    parts = windows(table, "card", ways, ("3m", "6m", "12m", "24m"))
    whole = {
        "balance": ["mean", "min", "max"],
        "limit": ["mean", "max"],
        "drawn": ["sum", "mean", "max"],
        "paid": ["sum", "mean", "max"],
        "AMT_DRAWINGS_POS_CURRENT": ["sum"],
        "CNT_DRAWINGS_ATM_CURRENT": ["sum"],
        "late_def": ["sum"],
        "over_limit": ["mean"],
        "in_debt": ["mean"],
    }
    parts.append(aggregate(table, "card", {**ways, **whole}))
    cards = table.groupby([CLIENT, "SK_ID_PREV"]).agg(
        seen=("late", "size"),
        first=("MONTHS_BALANCE", "min"),
        latest=("MONTHS_BALANCE", "max"),
        limit=("limit", "max"),
        used=("used", "max"),
        late=("late", "max"),
    )
    cards = cards.join(longest_run(table[table["late"]], "SK_ID_PREV")).fillna({"run": 0}).reset_index()
    ways = {
        "seen": ["max"],
        "first": ["min"],
        "latest": ["max"],
        "limit": ["sum"],
        "used": ["sum"],
        "late": ["sum"],
        "run": ["max"],
    }
    return [*parts, aggregate(cards, "cards", ways)]


TABLES = {
    "bureau": bureau,
    "bureau_balance": bureau_balance,
    "previous_application": previous,
    "POS_CASH_balance": pos_cash,
    "installments_payments": instalments,
    "credit_card_balance": credit_card,
}


def run(folder: Path, out: Path) -> pd.DataFrame:
    """Compute the features of a folder of tables and write them."""
    names = [name for name in ("application_train", "application_test") if any(folder.glob(f"{name}.*"))]
    numbers = [read(folder, name)[[CLIENT]] for name in names]
    whole = pd.concat(numbers).set_index(CLIENT).sort_index()
    parts = [part for name, compute in TABLES.items() if any(folder.glob(f"{name}.*")) for part in compute(folder)]
    whole = pd.concat([whole, *(part.reindex(whole.index) for part in parts)], axis=1)
    counts = [name for name in whole if str(name).endswith("_count")]
    whole[counts] = whole[counts].fillna(0)
    whole.reset_index().to_parquet(out, index=False)
    return whole


if __name__ == "__main__":
    from benchmarks.features import cost

    with cost():
        run(Path(sys.argv[1]), Path(sys.argv[2]))
