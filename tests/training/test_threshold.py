from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from scoring.model.calibration import Calibration
from scoring.model.costs import Costs, cost_curve
from scoring.training.threshold import (
    choose_threshold,
    find_best_threshold,
    find_optimum,
    find_review_band,
    validate_tuning,
)
from tests.training.conftest import draw_clients


@pytest.fixture(scope="module")
def clients():
    return draw_clients(8000, folds=5)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=1, max_size=20), st.integers(1, 12))
def test_no_other_threshold_costs_less(rows, price):
    target, chance = np.array([row[0] for row in rows]), np.array([row[1] / 10 for row in rows])
    costs = Costs(false_negative=price)
    everywhere = cost_curve(target, chance, np.linspace(0, 1, 101), costs)
    found = find_best_threshold(target, chance, costs)
    assert cost_curve(target, chance, np.array([found]), costs)[0] == pytest.approx(everywhere.min())


def test_a_weight_counts_as_so_many_clients():
    target, chance, weights = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4]), np.array([30, 1, 1, 2])
    repeated = find_best_threshold(np.repeat(target, weights), np.repeat(chance, weights), Costs())
    assert find_best_threshold(target, chance, Costs(), weights.astype(float)) == repeated


def test_the_theoretical_threshold_lies_in_the_interval_of_the_lowest_point(clients):
    target, chance, _ = clients
    found = find_optimum(target, chance, Costs(), 1 / 11, seed=0)
    assert found.threshold.low <= 1 / 11 <= found.threshold.high
    assert found.flat_low <= found.threshold.value <= found.flat_high
    assert found.cost <= found.served_cost
    assert found.served_cost == pytest.approx(cost_curve(target, chance, np.array([1 / 11]), Costs())[0])


def test_every_threshold_of_the_flat_region_costs_at_most_one_per_cent_more(clients):
    target, chance, _ = clients
    found = find_optimum(target, chance, Costs(), 1 / 11, seed=0, number=2)
    costs = cost_curve(target, chance, np.linspace(found.flat_low, found.flat_high, 999), Costs())
    assert (costs <= found.cost * 1.01 + 1e-12).all()


@pytest.mark.parametrize("price", [0.2, 10.0, 2000.0])
def test_the_curve_has_the_threshold_that_follows_from_the_costs_whatever_these_are(clients, price):
    target, chance, _ = clients
    costs = Costs(false_negative=price)
    curve = choose_threshold(costs, Calibration(intercept=0.0, slope=1.0), target, chance, False).cost_curve
    assert curve[0][0] < costs.threshold() < curve[-1][0]
    assert price != 10.0 or (curve[0][0], curve[-1][0]) == (0.01, 0.6)


def test_tuning_gains_nothing_on_calibrated_probabilities(clients):
    target, chance, fold = clients
    found = validate_tuning(target, chance, fold, Costs(), seed=0)
    assert len(found.tuned) == 5
    assert not found.gains
    assert found.hindsight_cost <= min(found.tuned_cost, found.theoretical_cost)
    assert 0 <= found.excess_in_hindsight < 0.02


def test_tuning_gains_where_probabilities_are_far_off(clients):
    target, chance, fold = clients
    found = validate_tuning(target, expit(logit(chance) + 2), fold, Costs(), seed=0)
    assert found.gains
    assert found.tuned_cost < found.theoretical_cost


def test_each_threshold_is_tuned_without_its_own_fold():
    target = np.array([0, 0, 1, 1] * 2)
    fold = np.array([0] * 4 + [1] * 4)
    chance = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert validate_tuning(target, chance, fold, Costs(), seed=0, number=5).tuned == (0.7, 0.3)


def test_where_no_client_is_near_the_threshold_the_review_band_has_no_width():
    def predict_rows(rows):
        assert len(rows)  # as scikit-learn requires
        return np.full(len(rows), 0.9)

    fitted = SimpleNamespace(prepare=lambda rows: rows, predict_rows=predict_rows)
    folds = SimpleNamespace(applications=pd.DataFrame({"debt": [1.0, 2.0]}))
    band = find_review_band(fitted, [fitted, fitted], folds, Calibration(intercept=0.0, slope=1.0), 1 / 11)
    assert (band.low, band.high) == pytest.approx((1 / 11, 1 / 11))
