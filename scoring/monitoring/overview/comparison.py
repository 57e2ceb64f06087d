"""A figure of recent decisions against the expected one, as far as the sample's size lets them be compared."""

from math import sqrt
from statistics import NormalDist
from typing import Literal

from pydantic import Field

from scoring.model.report import Metric, share_with_interval
from scoring.model.schema import Frozen
from scoring.monitoring.metrics.expectation import Expectation
from scoring.monitoring.statistics import binomial_tails

Verdict = Literal["within_chance", "higher", "lower"]
COMPARISONS = 6  # that a page shows together: two figures of three periods
LEVEL = 0.05  # false alarms of all of them together, at most
FEWEST = 100  # decisions from which a mean is compared: risks are skewed, so that fewer have no normal mean
_Z = NormalDist().inv_cdf(0.975)


class Compared(Frozen):
    """A figure, and what was expected.

    Attributes
    ----------
    observed : with its 95 % interval for the number of decisions; null without decisions.
    expected : measured when the model was published; null where this is not known.
    difference : observed minus expected; null where they are not compared.
    verdict : whether chance explains the difference; null where they are not compared.
    """

    observed: Metric | None
    expected: Metric | None
    difference: float | None
    verdict: Verdict | None


class Moments(Frozen):
    """Calibrated probabilities of ``count`` decisions: their sum, and the sum of their squares."""

    count: int = Field(0, ge=0)
    total: float = 0.0
    squares: float = 0.0

    def variance(self) -> float:
        """Return the variance of the sample; needs two decisions."""
        return max(0.0, (self.squares - self.total**2 / self.count) / (self.count - 1))


def compare_rate(refused: int, decisions: int, expectation: Expectation | None) -> Compared:
    """Compare a refusal rate.

    The binomial tail is that of the sample, shortened to 1 / (1 / n + 1 / m) decisions where the expected rate itself
    comes from m clients; it is exact for a sample that is small against them.

    >>> expectation = Expectation(refusal_rate=0.3, calibrated_mean=0.08, clients=50_000)
    >>> compare_rate(3, 10, expectation).verdict, compare_rate(390, 1000, expectation).verdict
    ('within_chance', 'higher')
    """
    expected = share_with_interval(expectation.refusal_rate, expectation.clients) if expectation else None
    observed = share_with_interval(refused / decisions, decisions) if decisions else None
    if observed is None or expected is None or expectation is None:
        return Compared(observed=observed, expected=expected, difference=None, verdict=None)
    size = 1 / (1 / decisions + 1 / expectation.clients)
    tail_above, tail_below = binomial_tails(observed.value * size, size, expected.value)
    return _judge(observed, expected, tail_above, tail_below)


def compare_mean(moments: Moments, expectation: Expectation | None) -> Compared:
    """Compare a mean calibrated probability; the spread of the expected risks is taken to be that of the sample.

    >>> expectation = Expectation(refusal_rate=0.3, calibrated_mean=0.08, clients=50_000)
    >>> some = Moments(count=1000, total=83.0, squares=13.0)
    >>> compare_mean(some, expectation).verdict, compare_mean(Moments(), expectation).verdict
    ('within_chance', None)
    """
    variance = moments.variance() if moments.count > 1 else 0.0
    observed = _with_error(moments.total / moments.count, variance, moments.count) if moments.count > 1 else None
    expected = _with_error(expectation.calibrated_mean, variance, expectation.clients) if expectation else None
    if observed is None or expected is None or expectation is None or moments.count < FEWEST:
        return Compared(observed=observed, expected=expected, difference=None, verdict=None)
    # Without any spread, a difference is one or is not: a tiny one keeps the formula whole.
    error = max(sqrt(variance * (1 / moments.count + 1 / expectation.clients)), 1e-12)
    deviations = (observed.value - expected.value) / error
    return _judge(observed, expected, NormalDist().cdf(-deviations), NormalDist().cdf(deviations))


def _with_error(mean: float, variance: float, count: int) -> Metric:
    half = _Z * sqrt(variance / count)
    return Metric(value=mean, low=max(0.0, mean - half), high=min(1.0, mean + half))


def _judge(observed: Metric, expected: Metric, tail_above: float, tail_below: float) -> Compared:
    """Tell whether chance explains a difference: at a level that holds for all comparisons together (Bonferroni)."""
    limit = LEVEL / COMPARISONS / 2
    verdict: Verdict = "higher" if tail_above < limit else "lower" if tail_below < limit else "within_chance"
    return Compared(observed=observed, expected=expected, difference=observed.value - expected.value, verdict=verdict)
