"""Whether chance explains a figure: worked by hand, and with its stated rate of false alarms."""

import numpy as np
import pytest
from scipy.stats import binom

from scoring.model.report import share_with_interval
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.overview.comparison import (
    COMPARISONS,
    FEWEST,
    LEVEL,
    Moments,
    compare_mean,
    compare_rate,
)
from scoring.monitoring.statistics import binomial_tails

EXPECTED = Expectation(refusal_rate=0.3, calibrated_mean=0.08, clients=50_000)


def moments(risks):
    return Moments(count=len(risks), total=float(risks.sum()), squares=float((risks**2).sum()))


def test_tails_of_whole_counts_are_those_of_the_binomial_distribution():
    for count, size, rate in ((3, 10, 0.05), (0, 10, 0.3), (10, 10, 0.3), (310, 1000, 0.3)):
        above, below = binomial_tails(count, size, rate)
        assert above == pytest.approx(binom.sf(count - 1, size, rate), rel=1e-9)
        assert below == pytest.approx(binom.cdf(count, size, rate), rel=1e-9)


def test_a_small_sample_is_rarely_unusual_and_a_large_one_is():
    assert compare_rate(0, 1, EXPECTED).verdict == "within_chance"
    assert compare_rate(9, 20, EXPECTED).verdict == "within_chance"  # 45 % of 20
    assert compare_rate(900, 2000, EXPECTED).verdict == "higher"
    assert compare_rate(200, 1000, EXPECTED).verdict == "lower"
    found = compare_rate(900, 2000, EXPECTED)
    assert found.difference == pytest.approx(0.15)
    assert found.observed == share_with_interval(0.45, 2000)


def test_without_decisions_or_without_an_expectation_nothing_is_compared():
    assert compare_rate(0, 0, EXPECTED).model_dump(exclude={"expected"}) == {
        "observed": None, "difference": None, "verdict": None
    }  # fmt: skip
    assert compare_rate(3, 10, None).verdict is None
    assert compare_mean(Moments(), EXPECTED).observed is None
    few = compare_mean(moments(np.full(FEWEST - 1, 0.5)), EXPECTED)
    assert (few.verdict, few.observed.value) == (None, pytest.approx(0.5))
    assert compare_mean(moments(np.full(FEWEST, 0.5)), EXPECTED).verdict == "higher"


def test_a_mean_has_the_interval_of_its_standard_error():
    risks = np.array([0.02, 0.05, 0.08, 0.29] * 100)
    found = compare_mean(moments(risks), EXPECTED)
    half = 1.959964 * risks.std(ddof=1) / 20
    assert found.observed.low == pytest.approx(risks.mean() - half)
    assert found.observed.high == pytest.approx(risks.mean() + half)


def test_figures_of_a_large_current_sample_also_take_the_size_of_the_expected_one_into_account():
    # 0.9 points of 50,000 against 50,000 are 3.1 standard errors; alone they would be 4.4.
    assert compare_rate(15_300, 50_000, EXPECTED).verdict == "within_chance"  # 0.6 points: 2.1
    assert compare_rate(15_450, 50_000, EXPECTED).verdict == "higher"


@pytest.mark.parametrize("size", [200, 1000, 5000, 20_000])
def test_false_alarms_have_at_most_the_stated_rate(size):
    draws, limit = 2000, LEVEL / COMPARISONS
    random = np.random.default_rng(size)
    rates = random.binomial(50_000, 0.3, draws) / 50_000  # measured at publication, as the current ones
    refused = random.binomial(size, 0.3, draws)
    expected = [EXPECTED._replace(refusal_rate=rate) for rate in rates]
    alarms = sum(
        compare_rate(int(count), size, one).verdict != "within_chance"
        for count, one in zip(refused, expected, strict=True)
    )
    assert alarms <= binom.ppf(0.999, draws, limit)


@pytest.mark.parametrize("size", [FEWEST, 1000])
def test_false_alarms_of_a_mean_of_skewed_risks_have_about_the_stated_rate(size):
    random = np.random.default_rng(size)
    risks = random.beta(0.9, 10.35, (2000, size))  # mean 0.08, as skewed as those of the bundled model
    alarms = sum(compare_mean(moments(row), EXPECTED).verdict != "within_chance" for row in risks)
    assert alarms <= binom.ppf(0.999, 2000, 2 * LEVEL / COMPARISONS)
