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
from tools.synthetic.history import aggregates, compare, figures, measure, parameters
from tools.synthetic.history.schema import SCHEMAS

SEED = 3
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
    everything = {name: tables[name] for name in (*aggregates.ELSEWHERE, *aggregates.LENDER)}
    return aggregates.aggregates(tables["application_train"]["SK_ID_CURR"], everything)


@pytest.mark.parametrize("name", REAL_TOTALS)
def test_there_are_about_as_many_records_as_published(tables, name):
    expected = REAL_TOTALS[name] / 307_511 * len(tables["application_train"])
    assert len(tables[name]) == pytest.approx(expected, rel=0.18)


def test_histories_tell_about_default_what_the_application_does_not(tables, history):
    made = generate.blocks(len(history), SEED, applications.load())
    probability = np.concatenate([block.probability for block in made])
    target = tables["application_train"]["TARGET"].to_numpy()
    inputs = np.column_stack([np.log(probability / (1 - probability)), history.fillna(history.median())])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
    score = cross_val_predict(model, inputs, target, cv=5, method="predict_proba")[:, 1]
    gain = roc_auc_score(target, score) - roc_auc_score(target, probability)
    assert 0.005 < gain < 0.025


def test_aggregates_lean_the_way_they_do_in_reality(tables, history):
    target = tables["application_train"]["TARGET"]
    lean = history.reset_index(drop=True).corrwith(target.reset_index(drop=True))
    for name in ("active credits", "mean days since opening", "refused share", "mean utilisation", "debt to sum"):
        assert lean[name] > 0.02, name
    for name in ("closed share", "mean down payment"):
        assert lean[name] < -0.02, name


def test_the_gain_is_judged_out_of_fold_on_the_same_clients(tables):
    few = tables["application_train"].head(2_500)
    ratio = few.assign(SK_ID_PREV=1, NAME_CONTRACT_STATUS="Approved", DAYS_DECISION=-few["TARGET"] - 1)
    previous = ratio.assign(RATE_DOWN_PAYMENT=0.1)[
        ["SK_ID_CURR", "NAME_CONTRACT_STATUS", "DAYS_DECISION", "RATE_DOWN_PAYMENT"]
    ]
    made = aggregates.gain(few, {"previous_application": previous, "POS_CASH_balance": tables["POS_CASH_balance"]})
    assert made.clients == 2_500
    assert made.with_history > 0.99
    assert made.gain == pytest.approx(made.with_history - made.without)
    assert made.correlations["mean days since decision"] == pytest.approx(-1.0)


@pytest.mark.realdata
@pytest.mark.parametrize("name", SCHEMAS)
def test_columns_are_distributed_as_in_the_real_tables(tables, real_data, name):
    part = measure.PARTIAL if name == "installments_payments" else measure.COMPLETE
    real = measure.read(real_data, part, name).head(100_000)
    figures = compare.compare(real, tables[name])
    assert (figures["missing_real"] - figures["missing_synthetic"]).abs().max() < 0.05
    assert figures["distance"].max() < DISTANCE.get(name, 0.12)
    assert figures["distance"].median() < (0.09 if name in DISTANCE else 0.05)


def test_what_fewer_than_five_records_hold_is_left_out():
    column = pd.DataFrame({"letter": ["a"] * 50 + ["b"] * 5 + ["c"] * 4})
    assert figures.choice_of(column).cells[""].rows == (("a",), ("b",))


def test_no_quantile_is_one_records_value():
    spread = figures.spread_of(pd.Series(range(1_000), dtype=float).to_numpy() ** 2)
    assert spread.grid[0] > 0
    assert spread.grid[-1] < 999.0**2
    assert not spread.atoms


@pytest.mark.realdata
@pytest.mark.drill
def test_measuring_again_gives_the_bundled_parameters(real_data):
    assert measure.measure(real_data) == parameters.load()
