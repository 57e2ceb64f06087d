"""How well one plain model predicts default, so that two application tables can be compared."""

from typing import NamedTuple

import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

IDENTITY, TARGET = "SK_ID_CURR", "TARGET"
FOLDS = 5


class Quality(NamedTuple):
    """Out-of-fold quality of the plain logistic regression on one table.

    Attributes
    ----------
    auc : area under the ROC curve, 0-1.
    clients, defaults : numbers of clients and of defaults that it is measured on.
    """

    auc: float
    clients: int
    defaults: int


def logistic_regression() -> Pipeline:
    """Return the plain model that both tables are measured with."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    texts = make_pipeline(OneHotEncoder(min_frequency=50, handle_unknown="infrequent_if_exist"))
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (texts, make_column_selector(dtype_exclude="number")),
        sparse_threshold=0.0,
    )
    model = LogisticRegression(class_weight="balanced", solver="newton-cholesky", C=0.01)
    return make_pipeline(columns, model)


def model_inputs(applications: pd.DataFrame) -> pd.DataFrame:
    """Return the columns and ratios that the plain model reads."""
    inputs = applications.drop(columns=[IDENTITY, TARGET])
    scores = inputs[["EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"]]
    days = inputs["DAYS_EMPLOYED"].where(inputs["DAYS_EMPLOYED"] <= 0)
    return inputs.assign(
        DAYS_EMPLOYED=days,
        annuity_to_income=inputs["AMT_ANNUITY"] / inputs["AMT_INCOME_TOTAL"],
        credit_to_goods=inputs["AMT_CREDIT"] / inputs["AMT_GOODS_PRICE"],
        annuity_to_credit=inputs["AMT_ANNUITY"] / inputs["AMT_CREDIT"],
        employed_to_age=days / inputs["DAYS_BIRTH"],
        external_mean=scores.mean(axis=1),
        external_product=scores.prod(axis=1, min_count=1),
    )


def quality(applications: pd.DataFrame) -> Quality:
    """Return the out-of-fold quality of the plain model over five stratified folds."""
    target = applications[TARGET]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    inputs = model_inputs(applications)
    score = cross_val_predict(logistic_regression(), inputs, target, cv=folds, method="predict_proba")[:, 1]
    return Quality(float(roc_auc_score(target, score)), len(target), int(target.sum()))
