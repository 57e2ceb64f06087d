import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from scoring.model.compile import compile_plan
from scoring.model.plan import BinnedColumn, NumberColumn
from scoring.model.preprocessor import Inputs
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.scorecard import CodedInputs
from scoring.training.candidates.skewed import is_skewed
from scoring.training.fit import fit

COUNT = 3000
INPUTS = Inputs(numbers=("share", "late", "score"))


@pytest.fixture(scope="module")
def clients():
    """Draw clients with a share that a few exceed by far, and a count with the special value 98."""
    draws = np.random.default_rng(4)
    share, late, score = draws.random(COUNT), draws.poisson(0.4, COUNT).astype(float), draws.normal(size=COUNT)
    target = (draws.random(COUNT) < expit(3 * share + late + score - 4)).astype(np.int8)
    share[draws.random(COUNT) < 0.01] *= 20_000
    late[draws.random(COUNT) < 0.005] = 98.0
    return pd.DataFrame({"share": share, "late": late, "score": score}), target


@pytest.fixture(scope="module")
def recipe():
    return make_recipe(INPUTS, "logistic regression", {})


@pytest.fixture(scope="module")
def fitted(recipe, clients):
    return fit(recipe, *clients)


def test_a_plain_regression_reads_only_heavily_skewed_numbers_in_bins(fitted):
    kinds = {column.name: type(column) for column in fitted.preprocessor.plan.columns}
    assert kinds == {"share": BinnedColumn, "late": BinnedColumn, "score": NumberColumn}


def test_a_few_values_far_from_the_others_do_not_spoil_a_plain_regression(recipe, fitted, clients):
    frame, target = clients
    as_they_are = fit(type(recipe)("raw", recipe.family, CodedInputs(INPUTS), recipe.model, recipe.balancing), *clients)
    plain, raw = (roc_auc_score(target, one.predict(frame)) for one in (fitted, as_they_are))
    assert plain > raw + 0.05


def test_one_application_at_a_time_gives_the_same_row(fitted, clients):
    frame = clients[0].head(20)
    ready = compile_plan(fitted.preprocessor.plan)
    for record, row in zip(frame.to_dict("records"), fitted.prepare(frame).to_numpy(), strict=True):
        np.testing.assert_allclose(ready(record), row, rtol=1e-12)


def test_a_weight_of_two_is_the_same_as_two_rows(clients):
    share = clients[0]["share"].to_numpy()
    for number in (share, np.minimum(share, 1.0)):
        assert is_skewed(np.repeat(number, 2)) == is_skewed(number, np.full(COUNT, 2.0)) == is_skewed(number)
