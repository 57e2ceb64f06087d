"""Figures of credits at other lenders and their monthly status."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from tools.synthetic.history.draws import MONTH
from tools.synthetic.history.figures import VALUE_RECORDS, between, bins, choice_of, key, rates_of, spreads_of
from tools.synthetic.history.parameters import Choice, Spreads
from tools.synthetic.parameters import significant

TYPES = ("Mortgage", "Car loan", "Consumer credit", "Credit card", "Microloan")
STATUSES = ("0", "X", "1", "2", "3", "4", "5")
GAPS = ("DAYS_CREDIT_ENDDATE", "AMT_CREDIT_MAX_OVERDUE", "AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM_LIMIT", "AMT_ANNUITY")
AGES = (180, 365, 1000, 1800)  # days since opening
LENGTHS = (90, 180, 270, 365, 730)  # days until closing
SILENT_SHARE = 0.9  # of months with status X: then nothing is ever known of a credit


class Figures(NamedTuple):
    """The parts of ``Parameters`` that come from one group of tables."""

    choices: dict[str, Choice]
    spreads: dict[str, Spreads]
    rates: dict[str, dict[str, float]]
    between: dict[str, float]
    transitions: dict[str, tuple[float, ...]]


def measure(clients: pd.DataFrame, bureau: pd.DataFrame, balance: pd.DataFrame) -> Figures:
    """Measure credits at other lenders, of the clients whose records there are complete."""
    covered = clients.loc[clients["has_bureau_bb_cc"], "SK_ID_CURR"]
    bureau = bureau[bureau["SK_ID_CURR"].isin(covered)].reset_index(drop=True)
    kind = bureau["CREDIT_TYPE"].where(bureau["CREDIT_TYPE"].isin(TYPES), "other")
    cell = key(kind, bureau["CREDIT_ACTIVE"])
    silent, status, transitions = _months(balance)
    return Figures(
        _choices(bureau),
        _spreads(bureau, kind, cell) | {"balance.last": _last(bureau, balance)},
        _rates(bureau, cell) | _balance_rates(bureau, balance, silent) | {"balance.first": status},
        _between(bureau, kind),
        transitions,
    )


def _choices(bureau: pd.DataFrame) -> dict[str, Choice]:
    counts = bureau.groupby("SK_ID_CURR").size().astype(float)
    return {
        "bureau.count": choice_of(counts.to_frame("count")),
        "bureau.status": choice_of(bureau[["CREDIT_ACTIVE"]], order=("Closed", "Sold", "Active")),
        "bureau.type": choice_of(bureau[["CREDIT_TYPE"]], bureau["CREDIT_ACTIVE"], order=TYPES[:3]),
        "bureau.currency": choice_of(bureau[["CREDIT_CURRENCY"]]),
        "bureau.prolong": choice_of(bureau[["CNT_CREDIT_PROLONG"]].astype(float), bureau["CREDIT_ACTIVE"]),
    }


def _spreads(bureau: pd.DataFrame, kind: "pd.Series[str]", cell: "pd.Series[str]") -> dict[str, Spreads]:
    opened, ended, planned = bureau["DAYS_CREDIT"], bureau["DAYS_ENDDATE_FACT"], bureau["DAYS_CREDIT_ENDDATE"]
    updated = bureau["DAYS_CREDIT_UPDATE"].clip(upper=0)
    closed, active = bureau["CREDIT_ACTIVE"] == "Closed", bureau["CREDIT_ACTIVE"] == "Active"
    size = bureau["AMT_CREDIT_SUM"].where(bureau["AMT_CREDIT_SUM"] > 0)
    age = bins(-opened, AGES)
    length = bins(ended - opened, LENGTHS)
    late = active & (bureau["CREDIT_DAY_OVERDUE"] > 0)
    since = (updated - ended) / -ended.where(ended < 0)
    lasted = (ended - opened) / -opened
    return {
        "bureau.days": spreads_of(opened.where(opened < 0), cell),
        "bureau.lasted": spreads_of(lasted.where(closed & (opened < 0)).clip(0, 1), key(kind, age)),
        "bureau.overrun": spreads_of((planned - ended).where(closed), key(kind, length)),
        "bureau.end": spreads_of(planned.where(~closed), key(kind, age)),
        "bureau.updated": spreads_of((updated / opened).where(~closed & (opened < 0)).clip(0, 1), age),
        "bureau.updated after": spreads_of(since.where(closed).clip(0, 1), kind),
        "bureau.sum": spreads_of(bureau["AMT_CREDIT_SUM"], cell),
        "bureau.debt": spreads_of(bureau["AMT_CREDIT_SUM_DEBT"] / size, cell),
        "bureau.limit": spreads_of(bureau["AMT_CREDIT_SUM_LIMIT"] / size, cell),
        "bureau.annuity": spreads_of(bureau["AMT_ANNUITY"], cell),
        "bureau.max overdue": spreads_of(bureau["AMT_CREDIT_MAX_OVERDUE"], bureau["CREDIT_ACTIVE"]),
        "bureau.days overdue": spreads_of(bureau["CREDIT_DAY_OVERDUE"].where(late)),
        "bureau.overdue": spreads_of((bureau["AMT_CREDIT_SUM_OVERDUE"] / size).where(late)),
    }


def _rates(bureau: pd.DataFrame, cell: "pd.Series[str]") -> dict[str, dict[str, float]]:
    missing = {f"bureau.no {name}": rates_of(bureau[name].isna(), cell) for name in GAPS}
    sold = bureau["CREDIT_ACTIVE"] == "Sold"
    return missing | {
        "bureau.overdue": rates_of(bureau["CREDIT_DAY_OVERDUE"] > 0, bureau["CREDIT_ACTIVE"]),
        "bureau.no end when sold": rates_of(bureau["DAYS_ENDDATE_FACT"].isna()[sold]),
    }


def _between(bureau: pd.DataFrame, kind: "pd.Series[str]") -> dict[str, float]:
    client = bureau["SK_ID_CURR"]
    amounts = bureau["AMT_CREDIT_SUM"].where(bureau["AMT_CREDIT_SUM"] > 0)
    within = (amounts / amounts.groupby(kind).transform("median")).map(math.log)
    gaps = {f"bureau.no {name}": between(bureau[name].isna().astype(float), client) for name in GAPS}
    return gaps | {
        "bureau.status": between((bureau["CREDIT_ACTIVE"] == "Active").astype(float), client),
        "bureau.type": between((kind == "Credit card").astype(float), client),
        "bureau.days": between(bureau["DAYS_CREDIT"].astype(float), client),
        "bureau.sum": between(within, client),
    }


def _balance_rates(
    bureau: pd.DataFrame, balance: pd.DataFrame, silent: "pd.Series[bool]"
) -> dict[str, dict[str, float]]:
    reported = bureau["SK_ID_BUREAU"].isin(balance["SK_ID_BUREAU"])
    months = balance.groupby("SK_ID_BUREAU")["MONTHS_BALANCE"].max()
    latest = bureau["SK_ID_BUREAU"].map(months)
    closing = balance[balance["STATUS"] == "C"].groupby("SK_ID_BUREAU").size()
    seen = reported & (latest > np.floor(bureau["DAYS_ENDDATE_FACT"] / MONTH))
    closed = seen & (bureau["CREDIT_ACTIVE"] == "Closed")
    marked = bureau["SK_ID_BUREAU"].isin(closing.index)
    return {
        "balance.client": rates_of(reported.groupby(bureau["SK_ID_CURR"]).any()),
        "balance.current": rates_of((latest == 0)[reported], bureau["CREDIT_ACTIVE"][reported]),
        "balance.closing": rates_of(marked[closed]),
        "balance.silent": rates_of(silent),
    }


def _last(bureau: pd.DataFrame, balance: pd.DataFrame) -> Spreads:
    """Measure where between opening (0) and application (1) reports end that end early."""
    months = balance.groupby("SK_ID_BUREAU")["MONTHS_BALANCE"].agg(["min", "max"])
    early = months[months["max"] < 0]
    status = bureau.set_index("SK_ID_BUREAU")["CREDIT_ACTIVE"].reindex(early.index)
    return spreads_of((early["max"] - early["min"]) / -early["min"], status)


def _months(
    balance: pd.DataFrame,
) -> tuple["pd.Series[bool]", dict[str, float], dict[str, tuple[float, ...]]]:
    """Measure which credits are silent, how the others start, and how their status changes until closing."""
    running = balance[balance["STATUS"] != "C"].sort_values(["SK_ID_BUREAU", "MONTHS_BALANCE"])
    credit, status = running["SK_ID_BUREAU"], running["STATUS"]
    silent = (status == "X").groupby(credit).mean() > SILENT_SHARE
    heard = ~credit.map(silent).astype(bool)
    credit, status = credit[heard], status[heard]
    start = status[~credit.duplicated()]
    following = status.shift(-1).where(credit == credit.shift(-1))
    counts = pd.crosstab(status, following).reindex(index=STATUSES, columns=STATUSES, fill_value=0)
    counts = counts.where(counts >= VALUE_RECORDS, 0)
    shares = counts.div(counts.sum(axis=1), axis=0)
    transitions = {
        state: tuple(significant(share, 5) for share in np.asarray(shares.loc[state], dtype=float).tolist())
        for state in STATUSES
    }
    return silent, {"": significant(float((start == "X").mean()), 4)}, transitions
