import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from scoring.model.calibration import Calibration, fit_affine, log_odds

calibrations = st.builds(Calibration, intercept=st.floats(-4, 4), slope=st.floats(0.2, 3))


@given(calibrations, st.floats(0.01, 0.99))
def test_invert_undoes_apply(calibration, probability):
    shown = float(calibration.apply(np.array([probability]))[0])
    assert calibration.invert(shown) == pytest.approx(probability, abs=1e-9)


@given(calibrations, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_is_never_shown_as_a_lower_one(calibration, one, other):
    low, high = sorted((one, other))
    shown = calibration.apply(np.array([low, high]))
    assert shown[0] <= shown[1]


def test_certainty_stays_finite():
    assert log_odds(np.array([0.0, 1.0])).tolist() == [-36.0, 36.0]


def test_the_fit_recovers_a_known_distortion():
    draws = np.random.default_rng(0)
    true_odds = draws.normal(-2, 1, 200_000)
    target = (draws.random(200_000) < expit(true_odds)).astype(int)
    distorted = expit((true_odds + 2.0) / 0.8)  # shown odds = -2 + 0.8 * model's odds
    fitted = fit_affine(target, distorted)
    assert fitted.slope == pytest.approx(0.8, abs=0.02)
    assert fitted.intercept == pytest.approx(-2.0, abs=0.04)


def test_class_weights_are_undone_exactly_in_the_mean():
    draws = np.random.default_rng(1)
    target = (draws.random(5000) < 0.08).astype(int)
    inflated = expit(logit(np.full(5000, 0.08)) + draws.normal(0, 0.3, 5000) + 2.4 + target)
    assert fit_affine(target, inflated).apply(inflated).mean() == pytest.approx(target.mean(), abs=1e-6)


def test_a_model_that_ranks_backwards_cannot_be_calibrated():
    target = np.array([1, 1, 1, 0, 0, 0, 1, 0])
    backwards = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9, 0.8, 0.2])
    with pytest.raises(ValueError, match=r"slope is -.*expected above 0"):
        fit_affine(target, backwards)


@given(st.floats(0, 1), st.floats(-5, 5), st.floats(0.1, 3))
def test_one_probability_is_calibrated_as_many_are(probability, intercept, slope):
    calibration = Calibration(intercept=intercept, slope=slope)
    many = calibration.apply(np.array([probability]))[0]
    assert calibration.apply_one(probability) == many
