import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from scoring.model.classifiers import Blend, SplineLogistic


@pytest.fixture(scope="module")
def rows():
    draws = np.random.default_rng(0)
    numbers = draws.normal(size=(2000, 3))
    target = (numbers[:, 0] ** 2 + draws.normal(size=2000) > 2).astype(int)
    return np.column_stack([numbers, draws.random(2000) > 0.5]), target


def test_splines_see_a_bend_that_a_line_does_not(rows):
    straight = LogisticRegression().fit(*rows).predict_proba(rows[0])[:, 1]
    bent = SplineLogistic(C=1.0).fit(*rows).predict_proba(rows[0])[:, 1]
    assert roc_auc_score(rows[1], bent) > roc_auc_score(rows[1], straight) + 0.2


def test_crossed_columns_see_what_holds_only_together(rows):
    numbers, _ = rows
    together = (numbers[:, 0] * numbers[:, 1] > 0).astype(int)
    alone = SplineLogistic(C=1.0).fit(numbers, together).predict_proba(numbers)[:, 1]
    crossed = SplineLogistic(C=1.0, crossed=3).fit(numbers, together).predict_proba(numbers)[:, 1]
    assert roc_auc_score(together, crossed) > roc_auc_score(together, alone) + 0.2


def test_only_0_1_columns_bend_nowhere():
    flags = (np.random.default_rng(1).random((200, 2)) > 0.5).astype(float)
    target = flags[:, 0].astype(int)
    assert SplineLogistic(C=1.0).fit(flags, target).predict(flags).tolist() == target.tolist()


@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=4))
def test_a_blend_is_the_mean_of_its_members_log_odds(shares):
    rows, target = np.zeros((100, 1)), np.repeat([0, 1], 50)
    blend = Blend(tuple(DummyClassifier(strategy="prior") for _ in shares)).fit(rows, target)
    for member, share in zip(blend.members_, shares, strict=True):
        member.class_prior_ = np.array([1 - share, share])
    expected = expit(np.mean([logit(share) for share in shares]))
    np.testing.assert_allclose(blend.predict_proba(rows)[:, 1], expected, atol=1e-12)


@pytest.mark.parametrize("model", [SplineLogistic(crossed=2), Blend((LogisticRegression(), SplineLogistic()))])
def test_models_clone_pickle_and_leave_their_input_alone(rows, model):
    numbers = rows[0].copy()
    fitted = clone(model).fit(numbers, rows[1])
    np.testing.assert_array_equal(numbers, rows[0])
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(numbers), fitted.predict_proba(numbers))
    assert set(again.predict(numbers)) <= {0, 1}
