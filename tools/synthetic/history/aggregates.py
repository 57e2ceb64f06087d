"""A few plain aggregates of the histories, and what they add to the application."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from tools.synthetic.quality import FOLDS, TARGET, logistic_regression, model_inputs

CLIENT = "SK_ID_CURR"
ELSEWHERE = ("bureau", "bureau_balance", "credit_card_balance")
LENDER = ("previous_application", "POS_CASH_balance")


class Gain(NamedTuple):
    """Out-of-fold AUC of the plain logistic regression with and without aggregates, and their link to TARGET.

    Attributes
    ----------
    clients : number of clients.
    without, with_history : AUC, 0-1.
    correlations : of each aggregate with TARGET, over the clients who have it.
    """

    clients: int
    without: float
    with_history: float
    correlations: "pd.Series[float]"

    @property
    def gain(self) -> float:
        """Return by how much the AUC rises."""
        return self.with_history - self.without


def gain(applications: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Gain:
    """Measure what aggregates of the given tables add to the application, on these clients."""
    inputs = model_inputs(applications).reset_index(drop=True)
    target = applications[TARGET].reset_index(drop=True)
    history = aggregates(applications[CLIENT], tables).reset_index(drop=True)
    known = {name: history[name].notna() for name in history}
    correlations = {name: float(history[name][some].corr(target[some].astype(float))) for name, some in known.items()}
    return Gain(
        len(applications),
        _auc(inputs, target),
        _auc(pd.concat([inputs, history], axis=1), target),
        pd.Series(correlations, dtype=float),
    )


def _auc(inputs: pd.DataFrame, target: "pd.Series[int]") -> float:
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    score = cross_val_predict(logistic_regression(), inputs, target, cv=folds, method="predict_proba")[:, 1]
    return float(roc_auc_score(target, score))


def aggregates(clients: "pd.Series[int]", tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the aggregates of the given tables, one row a client in the order given; missing without record."""
    parts: list[pd.DataFrame] = []
    if "bureau" in tables:
        parts += [_bureau(tables["bureau"]), _months(tables["bureau"], tables["bureau_balance"])]
    if "credit_card_balance" in tables:
        parts.append(_cards(tables["credit_card_balance"]))
    if "previous_application" in tables:
        parts += [_previous(tables["previous_application"]), _loans(tables["POS_CASH_balance"])]
    return pd.concat([part.reindex(clients) for part in parts], axis=1)


def _bureau(table: pd.DataFrame) -> pd.DataFrame:
    groups, client = table.groupby(CLIENT), table[CLIENT]
    debt, total = groups["AMT_CREDIT_SUM_DEBT"].sum(), groups["AMT_CREDIT_SUM"].sum()
    return pd.DataFrame(
        {
            "credits": groups.size().astype(float),
            "active credits": (table["CREDIT_ACTIVE"] == "Active").groupby(client).sum().astype(float),
            "closed share": (table["CREDIT_ACTIVE"] == "Closed").groupby(client).mean(),
            "mean days since opening": groups["DAYS_CREDIT"].mean(),
            "credits of the last year": (table["DAYS_CREDIT"] > -365).groupby(client).sum().astype(float),
            "debt (log)": np.log1p(debt.clip(lower=0)),
            "debt to sum": (debt / total.clip(lower=1)).clip(0, 2),
            "any overdue": (groups["CREDIT_DAY_OVERDUE"].max() > 0).astype(float),
            "card share": (table["CREDIT_TYPE"] == "Credit card").groupby(client).mean(),
        }
    )


def _months(table: pd.DataFrame, months: pd.DataFrame) -> pd.DataFrame:
    owner = months["SK_ID_BUREAU"].map(table.set_index("SK_ID_BUREAU")[CLIENT])
    late = months["STATUS"].isin(list("12345"))
    return pd.DataFrame({"late months share": late.groupby(owner).mean()})


def _cards(table: pd.DataFrame) -> pd.DataFrame:
    use = table["AMT_BALANCE"] / table["AMT_CREDIT_LIMIT_ACTUAL"].where(table["AMT_CREDIT_LIMIT_ACTUAL"] > 0)
    groups = table.groupby(CLIENT)
    return pd.DataFrame(
        {
            "mean utilisation": use.groupby(table[CLIENT]).mean(),
            "any day overdue": (groups["SK_DPD"].max() > 0).astype(float),
            "card months": groups.size().astype(float),
            "cash drawings a month": groups["CNT_DRAWINGS_ATM_CURRENT"].mean(),
        }
    )


def _previous(table: pd.DataFrame) -> pd.DataFrame:
    groups, refused = table.groupby(CLIENT), (table["NAME_CONTRACT_STATUS"] == "Refused")
    return pd.DataFrame(
        {
            "applications": groups.size().astype(float),
            "refused share": refused.groupby(table[CLIENT]).mean(),
            "mean days since decision": groups["DAYS_DECISION"].mean(),
            "mean down payment": groups["RATE_DOWN_PAYMENT"].mean(),
        }
    )


def _loans(table: pd.DataFrame) -> pd.DataFrame:
    late = table["SK_DPD"] > 0
    return pd.DataFrame(
        {
            "loan months": table.groupby(CLIENT).size().astype(float),
            "overdue months share": late.groupby(table[CLIENT]).mean(),
        }
    )
