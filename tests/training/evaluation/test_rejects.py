from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.costs import Costs, cost_per_client
from scoring.training.evaluation.rejects import measure_reject_sensitivity, worsen_refused
from tests.training.conftest import draw_clients


@pytest.fixture(scope="module")
def clients():
    return draw_clients(5000)


def test_once_as_often_is_what_was_observed(clients):
    target, chance = clients
    row = measure_reject_sensitivity(target, chance, 1 / 11, Costs())[0]
    refused = chance >= 1 / 11
    assert row.default_rate == pytest.approx(target.mean())
    assert row.refused_default_rate == pytest.approx(target[refused].mean())
    assert row.recall == pytest.approx(refused[target == 1].mean())
    assert row.cost_per_client == pytest.approx(cost_per_client(target, refused, Costs()))
    assert row.optimum == pytest.approx(1 / 11, rel=0.3)  # probabilities are true


def test_worse_refused_clients_make_shown_probabilities_too_low(clients):
    target, chance = clients
    rows = measure_reject_sensitivity(target, chance, 1 / 11, Costs())
    for better, worse in pairwise(rows):
        assert worse.refused_default_rate > better.refused_default_rate
        assert worse.calibration_mean < better.calibration_mean
        assert worse.optimum <= better.optimum <= 1 / 11


@pytest.mark.parametrize("threshold", [0.05, 1 / 11, 0.2])
def test_the_threshold_that_is_told_costs_least_in_its_own_scenario(clients, threshold):
    """A new line in log-odds would be steeper, and refuse accepted clients whose risk is as before."""
    target, chance = clients
    for row in measure_reject_sensitivity(target, chance, threshold, Costs()):
        weights = worsen_refused(target == 1, chance >= threshold, row.factor)
        costs = [cost_per_client(target, chance >= at, Costs(), weights) for at in np.linspace(0.01, 0.5, 99)]
        assert row.optimum_cost <= min(*costs, row.cost_per_client)
        assert row.optimum_cost == cost_per_client(target, chance >= row.optimum, Costs(), weights)
        assert (row.threshold, row.refusal_rate) == (None, None)


@given(st.integers(1, 20), st.integers(1, 80), st.floats(1.0, 4.0))
def test_the_refused_default_as_many_times_as_often(defaults, goods, factor):
    defaulted = np.array([True] * defaults + [False] * goods + [True, False])
    refused = np.array([True] * (defaults + goods) + [False, False])
    weights = worsen_refused(defaulted, refused, factor)
    rate = defaults / (defaults + goods)
    assert weights[refused].sum() == pytest.approx(defaults + goods)
    expected = min(rate * factor, max(rate, 0.99))
    assert (weights * defaulted)[refused].sum() / weights[refused].sum() == pytest.approx(expected)
    assert weights[~refused].tolist() == [1.0, 1.0]


def test_nobody_refused_leaves_everybody_as_they_are():
    assert worsen_refused(np.array([True, False]), np.array([False, False]), 3.0).tolist() == [1.0, 1.0]
