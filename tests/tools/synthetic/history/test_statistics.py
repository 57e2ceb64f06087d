import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tools.synthetic import generate
from tools.synthetic import parameters as applications
from tools.synthetic.compare import ks, total_variation
from tools.synthetic.history.schema import SCHEMAS

SEED = 3
CLIENT = "SK_ID_CURR"
REAL_TOTALS = {  # of the published tables, scaled to 307,511 applications
    "bureau": 1.716e6,
    "bureau_balance": 27.3e6,
    "previous_application": 1.670e6,
    "POS_CASH_balance": 10.0e6,
    "installments_payments": 13.6e6,
    "credit_card_balance": 3.84e6,
}
DISTANCE = {"credit_card_balance": 0.25, "installments_payments": 0.15}


@pytest.fixture(scope="module")
def history(tables):
    bureau, previous, cards = (tables[n] for n in ("bureau", "previous_application", "credit_card_balance"))
    credits_of, asked = bureau.groupby(CLIENT), previous.groupby(CLIENT)
    limit = cards["AMT_CREDIT_LIMIT_ACTUAL"].where(cards["AMT_CREDIT_LIMIT_ACTUAL"] > 0)
    parts = {
        "active credits": (bureau["CREDIT_ACTIVE"] == "Active").groupby(bureau[CLIENT]).sum(),
        "closed share": (bureau["CREDIT_ACTIVE"] == "Closed").groupby(bureau[CLIENT]).mean(),
        "mean days since opening": credits_of["DAYS_CREDIT"].mean(),
        "debt to sum": (
            credits_of["AMT_CREDIT_SUM_DEBT"].sum() / credits_of["AMT_CREDIT_SUM"].sum().clip(lower=1)
        ).clip(0, 2),
        "refused share": (previous["NAME_CONTRACT_STATUS"] == "Refused").groupby(previous[CLIENT]).mean(),
        "mean down payment": asked["RATE_DOWN_PAYMENT"].mean(),
        "mean utilisation": (cards["AMT_BALANCE"] / limit).groupby(cards[CLIENT]).mean(),
    }
    return pd.DataFrame(parts).astype(float).reindex(tables["application_train"][CLIENT])


@pytest.mark.parametrize("name", REAL_TOTALS)
def test_there_are_about_as_many_records_as_published(tables, name):
    expected = REAL_TOTALS[name] / 307_511 * len(tables["application_train"])
    assert len(tables[name]) == pytest.approx(expected, rel=0.18)


def test_histories_add_information_about_default_to_the_application(tables, history):
    made = generate.whole_blocks(len(history), SEED, applications.load())
    probability = np.concatenate([block.probability for block in made])[: len(history)]
    target = tables["application_train"]["TARGET"].to_numpy()
    inputs = np.column_stack([np.log(probability / (1 - probability)), history.fillna(history.median())])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
    score = cross_val_predict(model, inputs, target, cv=5, method="predict_proba")[:, 1]
    gain = roc_auc_score(target, score) - roc_auc_score(target, probability)
    assert 0.005 < gain < 0.025


def test_aggregates_correlate_with_default_as_in_reality(tables, history):
    target = tables["application_train"]["TARGET"]
    correlation = history.reset_index(drop=True).corrwith(target.reset_index(drop=True))
    for name in ("active credits", "mean days since opening", "refused share", "mean utilisation", "debt to sum"):
        assert correlation[name] > 0.02, name
    for name in ("closed share", "mean down payment"):
        assert correlation[name] < -0.02, name


@pytest.mark.realdata
@pytest.mark.parametrize("name", SCHEMAS)
def test_columns_are_distributed_as_in_the_real_tables(tables, real_data, name):
    folder = real_data / ("extra_rows" if name == "installments_payments" else "relational")
    real, synthetic = pd.read_parquet(folder / f"{name}.parquet").head(100_000), tables[name]
    columns = [column for column in real if not column.startswith("SK_ID_")]
    distances = pd.Series({column: distance(real[column], synthetic[column]) for column in columns})
    assert (real[columns].isna().mean() - synthetic[columns].isna().mean()).abs().max() < 0.05
    assert distances.max() < DISTANCE.get(name, 0.12)
    assert distances.median() < (0.09 if name in DISTANCE else 0.05)


def distance(real: "pd.Series[object]", synthetic: "pd.Series[object]") -> float:
    """Compare two columns: Kolmogorov-Smirnov for numbers, total variation for texts."""
    numeric = pd.api.types.is_numeric_dtype(real)
    return ks(real, synthetic) if numeric else total_variation(real, synthetic)
