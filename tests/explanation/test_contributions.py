import warnings

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.explanation.contributions import choose_method, find_mean_client
from scoring.model.calibration import log_odds
from scoring.model.classifiers import SplineLogistic
from scoring.model.scorer import FusedLogistic, ThroughObjects, fuse
from scoring.training.candidates.families import BLENDED, FAMILIES

EXACT = {"scorecard", "shaped scorecard", "logistic regression", "splines", "lightgbm", "xgboost", "catboost", "blend"}
SERVED = [family for family in FAMILIES if family != "dummy"]
NUMBERS = st.floats(-1e6, 1e6)


@pytest.fixture(scope="module")
def table():
    draws = np.random.default_rng(5)
    rows = draws.normal(size=(600, 4)) * [1.0, 10.0, 0.1, 1.0] + [0.0, 50.0, 3.0, 0.0]
    rows[:, 3] = rows[:, 3] > 0
    line = rows[:, 0] + 0.1 * (rows[:, 1] - 50) + np.abs(rows[:, 0]) * rows[:, 3]
    return rows, (line + draws.logistic(size=600) > 1).astype(int)


def fitted(family, table):
    rows, target = table
    scaler = StandardScaler().fit(rows)
    members = {"members": tuple(FAMILIES[one].make({}) for one in BLENDED)} if family == "blend" else {}
    model = FAMILIES[family].make(members)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an mlp's few epochs are chosen
        model.fit(scaler.transform(rows), target)
    return fuse(scaler, model) or ThroughObjects(scaler, model)


def test_a_linear_models_contributions_are_weights_times_distances_from_the_mean_client():
    # means (2, 10), weights (0.5, -0.1), intercept -1: the mean client has -1 + 1 - 1 = -1
    # of (4, 5): 0.5 * 2 = 1 and -0.1 * -5 = 0.5; -1 + 1 + 0.5 = 0.5 = -1 + 2 - 0.5
    model = FusedLogistic(np.array([0.5, -0.1]), -1.0, means=np.array([2.0, 10.0]))
    method = choose_method(model, [(0,), (1,)], model.means)
    found = method.compute(np.array([[4.0, 5.0]]))
    assert found.base.round(12).tolist() == [-1.0]
    assert found.terms.round(12).tolist() == [[1.0, 0.5]]
    assert (method.exact, method.additive, found.error) == (True, True, 0.0)


def test_columns_of_one_field_make_one_contribution():
    model = FusedLogistic(np.array([0.5, -0.1, 2.0]), -1.0, means=np.zeros(3))
    found = choose_method(model, [(0, 2), (1,)], model.means).compute(np.array([[4.0, 5.0, 1.0]]))
    assert found.terms.round(12).tolist() == [[4.0, -0.5]]


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=8),
    st.floats(-3, 3),
)
@example([(5.0, 3.0, 1.0), (5.0, 3.0, 3.0)], 0.0)  # the mean client's probability is 1 but for the thirteenth digit
def test_base_value_and_contributions_add_up_to_the_log_odds(columns, intercept):
    weights, means, row = (np.array(values) for values in zip(*columns, strict=True))
    model = FusedLogistic(weights, intercept, means)
    found = choose_method(model, [(i,) for i in range(len(weights))], means).compute(row[None, :])
    assert found.base[0] + found.terms.sum() == pytest.approx(row @ weights + intercept, abs=1e-9)


@given(st.floats(-5, 5), st.floats(-5, 5), NUMBERS)
def test_another_columns_weight_and_mean_leave_a_contribution_as_it_is(weight, mean, value):
    row = np.array([[3.0, value]])
    one = FusedLogistic(np.array([0.7, 0.0]), 0.1, np.array([1.0, 0.0]))
    other = FusedLogistic(np.array([0.7, weight]), -2.0, np.array([1.0, mean]))
    before, after = (choose_method(model, [(0,), (1,)], model.means).compute(row).terms[0, 0] for model in (one, other))
    assert before == after == pytest.approx(1.4)


@pytest.mark.parametrize("family", SERVED)
def test_every_family_adds_up_and_says_whether_it_is_exact(family, table):
    probability = fitted(family, table)
    rows = table[0][:5]
    method = choose_method(probability, [(0,), (1,), (2,), (3,)], find_mean_client(probability))
    found = method.compute(rows)
    single = 1e-4 if family in {"xgboost", "blend"} else 1e-9  # XGBoost adds up in single precision
    np.testing.assert_allclose(found.base + found.terms.sum(axis=1), log_odds(probability(rows)), rtol=0, atol=single)
    own = method.compute(rows[[0]] * 0 + find_mean_client(probability))  # of the client to compare with
    assert np.abs(own.terms).max() == 0.0
    assert own.base[0] == pytest.approx(log_odds(probability(find_mean_client(probability)[None, :]))[0], abs=single)
    assert method.exact is (family in EXACT)
    assert method.description.startswith("exact" if method.exact else "approximate")
    assert (found.error > 0) is (not method.exact)


def test_a_stump_gives_the_column_that_it_does_not_look_at_nothing(table):
    from lightgbm import LGBMClassifier

    rows, target = table
    scaler = StandardScaler().fit(rows)
    model = LGBMClassifier(n_estimators=1, num_leaves=2, verbose=-1).fit(scaler.transform(rows), target)
    probability = ThroughObjects(scaler, model)
    found = choose_method(probability, [(0,), (1,), (2,), (3,)], scaler.mean_).compute(rows)
    moved = np.abs(found.terms).max(axis=0) > 0
    assert moved.sum() == 1
    # the whole distance from the leaf of the client to compare with is nobody else's
    leaves = log_odds(probability(np.vstack([scaler.mean_, rows])))
    assert found.base[0] == pytest.approx(leaves[0], abs=1e-9)
    np.testing.assert_allclose(found.terms[:, moved].ravel(), leaves[1:] - leaves[0], rtol=0, atol=1e-9)


def test_the_estimate_is_exact_for_an_additive_model_whatever_the_order():
    weights, means = np.array([0.5, -0.1, 0.2]), np.array([2.0, 10.0, 0.0])
    method = choose_method(lambda rows: expit(rows @ weights), [(0,), (1,), (2,)], means)
    found = method.compute(np.array([[4.0, 5.0, 0.0]]))
    assert not method.exact
    assert found.terms[0] == pytest.approx([1.0, 0.5, 0.0], abs=1e-9)
    assert found.error == pytest.approx(0, abs=1e-9)


def test_two_columns_that_only_work_together_share_what_they_do():
    method = choose_method(lambda rows: expit(rows[:, 0] * rows[:, 1]), [(0,), (1,)], np.zeros(2))
    assert method.compute(np.array([[2.0, 1.5]])).terms[0] == pytest.approx([1.5, 1.5], abs=1e-9)


def test_the_estimate_is_the_same_at_each_request(table):
    probability = fitted("random forest", table)
    method = choose_method(probability, [(0,), (1,), (2,), (3,)], find_mean_client(probability))
    np.testing.assert_array_equal(method.compute(table[0][:2]).terms, method.compute(table[0][:2]).terms)


def test_trees_with_another_link_than_the_logistic_are_estimated(table):
    from lightgbm import LGBMClassifier

    rows, target = table
    scaler = StandardScaler().fit(rows)
    model = LGBMClassifier(n_estimators=5, sigmoid=2.0, verbose=-1).fit(scaler.transform(rows), target)
    probability = ThroughObjects(scaler, model)
    method = choose_method(probability, [(0,), (1,), (2,), (3,)], scaler.mean_)
    found = method.compute(rows[:2])
    assert not method.exact
    np.testing.assert_allclose(found.base + found.terms.sum(axis=1), log_odds(probability(rows[:2])), atol=1e-9)


def test_splines_that_interact_are_estimated(table):
    rows, target = table
    scaler = StandardScaler().fit(rows)
    model = SplineLogistic(bent=3, crossed=2).fit(scaler.transform(rows), target)
    probability = ThroughObjects(scaler, model)
    assert not choose_method(probability, [(0,), (1,), (2,), (3,)], scaler.mean_).exact


def test_a_splines_contribution_depends_on_its_column_alone(table):
    probability = fitted("splines", table)
    method = choose_method(probability, [(0,), (1,), (2,), (3,)], find_mean_client(probability))
    rows = table[0][:2].copy()
    rows[1, 1] = rows[0, 1]
    terms = method.compute(rows).terms
    assert method.additive
    assert terms[0, 1] == pytest.approx(terms[1, 1], abs=1e-12)
    assert terms[0, 0] != pytest.approx(terms[1, 0])


def test_a_blends_contributions_are_the_mean_of_its_members(table):
    from scoring.model.classifiers import Blend

    rows, target = table
    scaler = StandardScaler().fit(rows)
    standard = scaler.transform(rows)
    blend = Blend((LogisticRegression(C=1.0), LogisticRegression(C=0.01))).fit(standard, target)
    alone = [ThroughObjects(scaler, member) for member in blend.members_]
    places = [(0,), (1,), (2,), (3,)]
    members = [choose_method(one, places, scaler.mean_).compute(rows[:3]).terms for one in alone]
    found = choose_method(ThroughObjects(scaler, blend), places, scaler.mean_)
    np.testing.assert_allclose(found.compute(rows[:3]).terms, np.mean(members, axis=0), rtol=0, atol=1e-12)
    assert found.exact
