import numpy as np
import pytest
from scipy.special import expit, logit

from scoring.model.costs import ClientCosts, Costs
from scoring.training.evaluation.metrics import calibration_slope, evaluate, paired_difference


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
    assert metrics["gini"].value == pytest.approx(2 * 3 / 4 - 1)
    assert metrics["ks"].value == pytest.approx(1 / 2)  # below 0.3: half of the goods, none of the defaults
    assert metrics["pr_auc"].value == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)
    assert metrics["precision"].value == 0.5
    assert metrics["log_loss"].value == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.8]).mean())


def test_nobody_refused_has_no_precision_and_no_warning(measured):
    _, target, chance = measured
    metrics = evaluate(target, chance, np.zeros(len(target), dtype=bool), Costs(), seed=0, resamples=3)
    assert metrics["precision"].value == metrics["recall"].value == metrics["refusal_rate"].value == 0.0
    assert metrics["cost_per_client"] == metrics["cost_accept_all"]


def test_one_outcome_alone_cannot_be_measured():
    with pytest.raises(ValueError, match="target has 1 different values, expected both 0 and 1"):
        evaluate(np.zeros(10), np.full(10, 0.1), np.zeros(10, dtype=bool), Costs(), seed=0)


def test_a_prediction_of_the_base_rate_for_everybody_is_measured_too():
    target = np.array([0, 0, 0, 1] * 10)
    metrics = evaluate(target, np.full(40, 0.25), np.ones(40, dtype=bool), Costs(), seed=0)
    assert metrics["auc"].value == 0.5
    assert metrics["calibration_slope"].value == 0.0
    assert metrics["calibration_mean"].value == 1.0


def test_money_counts_what_each_wrong_decision_lost():
    target, refused = np.array([1, 0, 0, 1]), np.array([False, True, False, True])
    loss, margin = np.array([900.0, 500.0, 700.0, 800.0]), np.array([90.0, 50.0, 70.0, 80.0])
    metrics = evaluate(
        target, np.full(4, 0.5), refused, Costs(), seed=0, amounts=ClientCosts(loss, margin), resamples=5
    )
    assert metrics["money_per_client"].value == (900 + 50) / 4
    assert metrics["money_accept_all"].value == (900 + 800) / 4
    assert metrics["money_refuse_all"].value == (50 + 70) / 4


@pytest.mark.parametrize("metric", ["log_loss", "brier", "auc", "cost"])
def test_a_model_does_not_differ_from_itself(measured, metric):
    _, target, chance = measured
    difference = paired_difference(target, chance, chance, metric, seed=0, resamples=20)
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("metric", "better"), [("log_loss", -1), ("brier", -1), ("auc", 1)])
def test_noise_on_the_log_odds_makes_a_model_worse_beyond_doubt(measured, metric, better):
    _, target, chance = measured
    noisy = expit(logit(chance) + np.random.default_rng(1).normal(0, 1, len(chance)))
    difference = paired_difference(target, chance, noisy, metric, seed=0)
    assert better * difference.value > 0
    assert better * difference.low > 0 < better * difference.high


def test_a_paired_difference_is_the_difference_of_the_figures(measured):
    metrics, target, chance = measured
    other = chance**2
    elsewhere = evaluate(target, other, other >= 1 / 11, Costs(), seed=0, resamples=2)
    for metric, name in (("log_loss", "log_loss"), ("brier", "brier"), ("auc", "auc"), ("cost", "cost_per_client")):
        difference = paired_difference(target, chance, other, metric, seed=0, costs=Costs(), resamples=2)
        assert difference.value == pytest.approx(metrics[name].value - elsewhere[name].value, abs=1e-12)


def test_doubled_log_odds_have_half_the_slope(measured):
    _, target, chance = measured
    straight = calibration_slope(target, chance)
    assert calibration_slope(target, expit(2 * logit(chance))) == pytest.approx(straight / 2, rel=1e-4)


def test_the_same_seed_gives_the_same_intervals(measured):
    metrics, target, chance = measured
    assert evaluate(target, chance, chance >= 1 / 11, Costs(), seed=0) == metrics
