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
    assert row.threshold == pytest.approx(1 / 11, rel=0.1)  # probabilities are true, so little changes


def test_worse_refused_clients_make_shown_probabilities_too_low_and_thresholds_lower(clients):
    target, chance = clients
    rows = measure_reject_sensitivity(target, chance, 1 / 11, Costs())
    for better, worse in pairwise(rows):
        assert worse.refused_default_rate > better.refused_default_rate
        assert worse.calibration_mean < better.calibration_mean
        assert worse.threshold < better.threshold
        assert worse.optimum <= better.optimum <= 1 / 11


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
