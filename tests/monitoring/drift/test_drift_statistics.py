import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm

from scoring.monitoring.drift.drift_statistics import (
    Tolerance,
    compare_bins,
    compare_distances,
    compare_jointly,
    compare_rates,
    exceeding,
)
from scoring.monitoring.statistics import holm

COUNTS = st.lists(st.integers(0, 50), min_size=2, max_size=8)
SHARES = np.array([0.3, 0.2, 0.2, 0.15, 0.1, 0.05])


def is_rare_enough(alarms, draws, level):
    """Whether so many alarms are no surprise where the rate is the level at most."""
    return alarms <= binom.ppf(0.999, draws, level)


@pytest.mark.parametrize("size", [60, 200, 5000])
def test_bins_without_drift_give_no_more_alarms_than_stated_and_psi_stays_below_its_noise(size):
    draws = np.random.default_rng(size)
    found = [
        compare_bins(draws.multinomial(3000, SHARES), draws.multinomial(size, SHARES), 0.0, 0.05, ordered=True)
        for _ in range(1000)
    ]
    assert is_rare_enough(sum(one.p_value <= 0.05 for one in found), 1000, 0.05)
    assert sum(one.p_value <= 0.05 for one in found) > 20  # nor much fewer: the test is no empty promise
    assert is_rare_enough(sum(one.psi > 1.2 * one.noise for one in found), 1000, 0.05)


def test_a_shift_that_is_tolerated_is_no_alarm_however_many_clients_there_are_and_a_larger_one_is():
    before = [50_000, 50_000]
    slight, clear = [48_000, 52_000], [40_000, 60_000]  # PSI .0064 and .162
    assert compare_bins(before, slight, 0.0, 0.05, ordered=True).p_value < 1e-9
    assert compare_bins(before, slight, 0.02, 0.05, ordered=True).p_value > 0.99
    assert compare_bins(before, clear, 0.02, 0.05, ordered=True).p_value < 1e-9
    assert compare_distances(before, slight, 0.03)[1] == 1.0
    assert compare_distances(before, clear, 0.03)[1] < 1e-9
    assert compare_rates(5000, 100_000, 5800, 100_000, 0.01) > 0.5
    assert compare_rates(5000, 100_000, 5800, 100_000, 0.0) < 1e-9
    assert compare_rates(5000, 100_000, 7000, 100_000, 0.01) < 1e-9


def test_distances_and_rates_without_drift_give_no_more_alarms_than_stated():
    draws = np.random.default_rng(3)
    distances = [
        compare_distances(draws.multinomial(3000, SHARES), draws.multinomial(300, SHARES), 0.0)[1] for _ in range(1000)
    ]
    assert is_rare_enough(sum(one <= 0.05 for one in distances), 1000, 0.05)
    rates = [compare_rates(draws.binomial(3000, 0.01), 3000, draws.binomial(200, 0.01), 200, 0.0) for _ in range(500)]
    assert is_rare_enough(sum(one is not None and one <= 0.05 for one in rates), 500, 0.05)


@given(COUNTS, st.data())
def test_every_comparison_is_a_probability_and_the_same_both_ways_round(before, data):
    now = data.draw(st.lists(st.integers(0, 50), min_size=len(before), max_size=len(before)))
    one, other = (compare_bins(*pair, 0.01, 0.05, ordered=True) for pair in ((before, now), (now, before)))
    assert 0 <= one.p_value <= 1
    assert one.psi == pytest.approx(other.psi)
    assert one.p_value == pytest.approx(other.p_value, abs=1e-9)
    assert one.psi >= 0
    assert compare_distances(before, now, 0.0)[0] == pytest.approx(compare_distances(now, before, 0.0)[0])


def test_a_share_that_nobody_has_or_everybody_has_is_not_tested():
    assert compare_rates(0, 100, 0, 50, 0.0) is None
    assert compare_rates(100, 100, 50, 50, 0.0) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_corrected_p_values_are_no_smaller_and_keep_their_order(p_values):
    adjusted = holm(p_values)
    assert (adjusted >= np.array(p_values)).all()
    assert adjusted.max() <= 1
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


def test_the_noncentral_tail_agrees_with_a_simulation():
    draws = np.random.default_rng(0)
    sums = (draws.normal((2.0, 0.0, 0.0), size=(100_000, 3)) ** 2).sum(axis=1)
    assert exceeding(10.0, 3, 4.0) == pytest.approx((sums > 10).mean(), abs=0.005)


def test_the_joint_test_finds_features_that_go_together_otherwise_and_keeps_its_level():
    draws = np.random.default_rng(1)
    alarms = sum(
        compare_jointly(draws.normal(size=(400, 6)), draws.normal(size=(300, 6)), seed=seed).p_value <= 0.05
        for seed in range(100)
    )
    assert is_rare_enough(alarms, 100, 0.05)
    joined = draws.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 3000)
    apart = np.column_stack([draws.normal(size=3000), draws.normal(size=3000)])
    found = compare_jointly(joined, apart, tolerated=Tolerance().auc)
    assert found.auc > 0.55
    assert found.p_value < 1e-6


def test_columns_without_any_difference_or_value_do_no_harm_to_the_joint_test():
    rows = np.column_stack([np.zeros(200), np.full(200, np.nan), np.arange(200.0)])
    assert 0 <= compare_jointly(rows, rows).p_value <= 1


@given(st.floats(0, 1e6), st.floats(1e-9, 1e6))
def test_of_one_degree_of_freedom_the_noncentral_probability_is_that_of_a_normal_number(statistic, noncentrality):
    root, mean = statistic**0.5, noncentrality**0.5
    assert exceeding(statistic, 1, noncentrality) == pytest.approx(
        norm.sf(root - mean) + norm.cdf(-root - mean), abs=1e-9
    )


@given(st.floats(0, 1e-6), st.integers(1, 60), st.floats(1e-9, 1e6))
def test_samples_that_differ_by_nothing_are_within_what_is_tolerated_however_many_clients(tiny, freedom, noncentrality):
    assert 0.5 < exceeding(tiny, freedom, noncentrality) <= 1
