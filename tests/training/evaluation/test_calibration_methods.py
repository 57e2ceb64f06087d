import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from scoring.training.evaluation.calibration_methods import compare_calibrations, meets_goals, prior_correction
from tests.training.conftest import draw_clients

RATES = st.floats(0.01, 0.99)


@given(RATES, RATES, RATES)
def test_prior_correction_is_elkans_theorem(chance, base, trained):
    by_theorem = base * (chance - chance * trained) / (trained - chance * trained + base * chance - trained * base)
    assert prior_correction(base, trained).apply(np.array([chance]))[0] == pytest.approx(by_theorem, rel=1e-9)


@given(RATES, RATES)
def test_where_nothing_was_changed_nothing_is_corrected(chance, base):
    assert prior_correction(base, base).apply(np.array([chance]))[0] == pytest.approx(chance, rel=1e-9)


@pytest.fixture(scope="module")
def clients():
    return draw_clients(6000, folds=3)


def test_a_shifted_prior_is_corrected_as_well_as_by_a_fit(clients):
    target, chance, fold = clients
    shifted = expit(logit(chance) + logit(0.5) - logit(target.mean()))  # what balancing does to a true model
    found = compare_calibrations(target, shifted, fold, 0.5, seed=0, unweighted=chance, number=20)
    assert found.as_good
    assert [method.name for method in found.methods] == [
        "sigmoid",
        "prior correction",
        "fit without weights, as it comes",
    ]
    assert all(meets_goals(method) for method in found.methods[:2])
    sigmoid, true = found.methods[0], found.methods[2]
    assert found.to_unweighted["brier"].value == pytest.approx(sigmoid.brier.value - true.brier.value)
    assert found.to_unweighted["log_loss"].value == pytest.approx(sigmoid.log_loss.value - true.log_loss.value)


def test_probabilities_that_are_too_sure_need_the_fit(clients):
    target, chance, fold = clients
    found = compare_calibrations(target, expit(2 * logit(chance)), fold, float(target.mean()), seed=0, number=20)
    assert not found.as_good
    assert not found.to_unweighted
    assert meets_goals(found.methods[0])
    assert not meets_goals(found.methods[1])
    assert found.difference.low > 0
