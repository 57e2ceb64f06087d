import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from scoring.model.calibration import Calibration
from scoring.model.scorer import FusedLogistic, Policy, ReviewBand, Scorer, ThroughObjects, fuse


def made_up(clients=80, features=5, seed=0):
    draws = np.random.default_rng(seed)
    rows = draws.normal(size=(clients, features)) * 10.0 ** draws.integers(-3, 7, features)
    target = (rows[:, 0] / np.abs(rows[:, 0]).max() + draws.normal(0, 0.2, clients) > 0).astype(int)
    return rows, target


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_the_fused_form_equals_scikit_learn(seed, with_mean, with_std):
    rows, target = made_up(seed=seed)
    scaler = StandardScaler(with_mean=with_mean, with_std=with_std).fit(rows)
    scaled = scaler.transform(rows) / (1 if with_std else np.abs(rows).max())
    model = LogisticRegression(class_weight="balanced", solver="newton-cholesky", max_iter=20).fit(scaled, target)
    fused = fuse(scaler, model)
    np.testing.assert_allclose(fused(rows), model.predict_proba(scaler.transform(rows))[:, 1], atol=1e-12)


@pytest.mark.parametrize(
    ("scaler", "model"),
    [
        (MinMaxScaler(), LogisticRegression()),
        (StandardScaler(), RandomForestClassifier(n_estimators=3, random_state=0)),
        (type("OwnScaler", (StandardScaler,), {})(), LogisticRegression()),
    ],
)
def test_other_pairs_are_not_fused_but_scored_through_their_own_calls(scaler, model):
    rows, target = made_up()
    model.fit(scaler.fit_transform(rows), target)
    assert fuse(scaler, model) is None
    own = ThroughObjects(scaler, model)(rows)
    np.testing.assert_array_equal(own, model.predict_proba(scaler.transform(rows))[:, 1])


def test_objects_fitted_with_names_get_names_and_do_not_warn():
    rows, target = made_up()
    names = list("abcde")
    scaler = StandardScaler().set_output(transform="pandas").fit(pd.DataFrame(rows, columns=names))
    model = LogisticRegression().fit(scaler.transform(pd.DataFrame(rows, columns=names)), target)
    expected = model.predict_proba(scaler.transform(pd.DataFrame(rows, columns=names)))[:, 1]
    np.testing.assert_array_equal(ThroughObjects(scaler, model)(rows), expected)


def always(*chances):
    return Scorer(lambda rows: np.array(chances)[: len(rows)], ["a"], Policy(0.5))


def test_refused_exactly_from_the_threshold_on():
    below = np.nextafter(0.5, 0)
    assert always(below, 0.5, 0.6).score(np.zeros((3, 1))).refused.tolist() == [False, True, True]


def test_without_calibration_there_is_no_displayed_risk_and_no_review():
    scores = always(0.2).score(np.zeros((1, 1)))
    assert scores.calibrated_probability is None
    assert scores.review is None


def test_review_marks_the_band_on_the_calibrated_scale():
    policy = Policy(0.5, Calibration(intercept=-2.4, slope=1.0), ReviewBand(low=0.07, high=0.1))
    scorer = Scorer(lambda rows: rows[:, 0], ["a"], policy)
    calibrated = policy.calibration.apply(np.array([0.4, 0.5, 0.6]))
    assert calibrated.round(3).tolist() == [0.057, 0.083, 0.12]
    assert scorer.score(np.array([[0.4], [0.5], [0.6]])).review.tolist() == [False, True, False]


def test_scoring_leaves_the_rows_as_they_were():
    rows, _ = made_up()
    before = rows.copy()
    Scorer(FusedLogistic(np.ones(5), 0.0), list("abcde"), Policy(0.5)).score(rows)
    np.testing.assert_array_equal(rows, before)


policies = st.sampled_from(
    [
        Policy(0.5),
        Policy(0.3, Calibration(intercept=-2.0, slope=1.1)),
        Policy(0.3, Calibration(intercept=-2.0, slope=1.1), ReviewBand(low=0.05, high=0.2)),
    ]
)


@given(st.lists(st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), min_size=1, max_size=5), policies)
def test_one_row_is_scored_as_many_are(rows, policy):
    scorer = Scorer(FusedLogistic(np.array([0.5, -1.25, 2.0]), -0.3), ["a", "b", "c"], policy)
    many = scorer.score(np.array(rows))
    for i, row in enumerate(rows):
        one, expected = scorer.score_one(row), many.pick(i)
        assert one.probability == pytest.approx(expected.probability, abs=1e-9)
        if abs(one.probability - policy.threshold) > 1e-9:
            assert one.refused is expected.refused
        if expected.calibrated_probability is None:
            assert one.calibrated_probability is None
        else:
            assert one.calibrated_probability == pytest.approx(expected.calibrated_probability, abs=1e-9)
        assert (one.review is None) is (expected.review is None)


def test_one_row_of_another_family_is_scored_through_its_own_calls():
    rows, target = made_up()
    scaler = StandardScaler().fit(rows)
    model = RandomForestClassifier(n_estimators=3, random_state=0).fit(scaler.transform(rows), target)
    scorer = Scorer(ThroughObjects(scaler, model), list("abcde"), Policy(0.5))
    assert [scorer.score_one(row).probability for row in rows[:9].tolist()] == scorer.score(
        rows[:9]
    ).probability.tolist()
