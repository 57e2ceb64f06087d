import numpy as np
import pytest

from scoring.training.evaluation.bootstrap import add_interval, draw_resamples, measure_with_intervals


def test_each_resample_has_as_many_clients_as_there_are_and_both_outcomes():
    target = np.array([1] + [0] * 9)  # a third of the draws would have no default
    for counts in draw_resamples(target, seed=0, number=100):
        assert counts.sum() == 10
        assert counts[0] > 0


def test_the_mean_varies_as_theory_says():
    values = np.random.default_rng(0).normal(size=2000)
    target = np.arange(2000) % 2

    def measure(counts):
        return {"mean": float(counts @ values / 2000)}

    found = measure_with_intervals(target, measure, seed=1, number=2000)["mean"]
    half = 1.96 * values.std() / np.sqrt(2000)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(half, rel=0.1)
    assert found.value - found.low == pytest.approx(half, rel=0.1)


def test_an_interval_holds_the_middle_95_per_cent():
    metric = add_interval(0.5, np.linspace(0, 1, 101))
    assert (metric.low, metric.value, metric.high) == (pytest.approx(0.025), 0.5, pytest.approx(0.975))
