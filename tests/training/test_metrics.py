import numpy as np
import pytest
from scipy.special import expit, logit

from scoring.core.cost import Costs
from scoring.training.metrics import calibration_slope, evaluate


@pytest.fixture(scope="module")
def measured():
    draws = np.random.default_rng(0)
    chance = expit(draws.normal(-2.5, 1, 4000))
    target = (draws.random(4000) < chance).astype(int)
    return evaluate(target, chance, chance >= 1 / 11, Costs(), seed=0), target, chance


def test_each_interval_holds_its_value(measured):
    metrics, _, _ = measured
    for name, metric in metrics.items():
        assert metric.low <= metric.value <= metric.high, name


def test_true_probabilities_are_calibrated_within_the_interval(measured):
    metrics, _, _ = measured
    assert metrics["calibration_slope"].low < 1 < metrics["calibration_slope"].high
    assert metrics["calibration_mean"].low < 1 < metrics["calibration_mean"].high


def test_accepting_all_costs_ten_times_the_default_rate_and_refusing_all_the_rest(measured):
    metrics, target, _ = measured
    assert metrics["cost_accept_all"].value == pytest.approx(10 * target.mean())
    assert metrics["cost_refuse_all"].value == pytest.approx(1 - target.mean())


def test_figures_worked_out_by_hand():
    target = np.array([0, 0, 1, 1] * 10)
    chance = np.array([0.1, 0.4, 0.3, 0.8] * 10)
    metrics = evaluate(target, chance, chance >= 0.35, Costs(), seed=0)
    assert metrics["auc"].value == pytest.approx(3 / 4)  # 0.3 beats 0.1 only; 0.8 beats both
    assert metrics["refusal_rate"].value == 0.5
    assert metrics["recall"].value == 0.5
    assert metrics["cost_per_client"].value == (10 * 1 + 1 * 1) / 4
    assert metrics["brier"].value == pytest.approx((0.01 + 0.16 + 0.49 + 0.04) / 4)
    assert metrics["calibration_mean"].value == pytest.approx(0.4 / 0.5)


def test_doubled_log_odds_have_half_the_slope(measured):
    _, target, chance = measured
    straight = calibration_slope(target, chance)
    assert calibration_slope(target, expit(2 * logit(chance))) == pytest.approx(straight / 2, rel=1e-4)


def test_the_same_seed_gives_the_same_intervals(measured):
    metrics, target, chance = measured
    assert evaluate(target, chance, chance >= 1 / 11, Costs(), seed=0) == metrics
