"""Default rates and AUC with intervals, and intervals of weighted sums."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from scoring.model.calibration import Floats
from scoring.model.report import Metric, effective_number
from scoring.monitoring.outcomes.outcome_figures import Rate
from scoring.monitoring.statistics import holm
from scoring.training.evaluation.ranking import placements

LEVEL = 0.05
_Z = float(norm.ppf(1 - LEVEL / 2))
_FEWEST = 5  # clients of each outcome, for an AUC


def exact_bounds(defaults: float, clients: float) -> tuple[float, float]:
    """Return the 95 % interval of a rate; the numbers need not be whole.

    Source: Clopper and Pearson (1934), The Use of Confidence or Fiducial Limits.

    >>> [round(bound, 4) for bound in exact_bounds(0, 10)], [round(bound, 4) for bound in exact_bounds(8, 100)]
    ([0.0, 0.3085], [0.0352, 0.1516])
    """
    low = 0.0 if defaults <= 0 else float(beta.ppf(LEVEL / 2, defaults, clients - defaults + 1))
    high = 1.0 if defaults >= clients else float(beta.ppf(1 - LEVEL / 2, defaults + 1, clients - defaults))
    return low, high


def measure_rate(outcomes: NDArray[Any]) -> Rate | None:
    """Measure a default rate; outcomes are 0 and 1, shape (n,); None without a client."""
    if not len(outcomes):
        return None
    defaults, clients = int(outcomes.sum()), len(outcomes)
    low, high = exact_bounds(defaults, clients)
    return Rate(clients=clients, defaults=defaults, rate=defaults / clients, low=low, high=high)


def correct(pvalues: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for testing several hypotheses (Holm); None stays None.

    >>> correct([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    known = iter(holm([value for value in pvalues if value is not None]).tolist())
    return [None if value is None else next(known) for value in pvalues]


def measure_auc(outcomes: NDArray[Any], risk: Floats) -> Metric | None:
    """AUC with its 95 % interval; None with fewer than five clients of an outcome. The variance is DeLong's."""
    defaults = outcomes == 1
    if min(defaults.sum(), (~defaults).sum()) < _FEWEST:
        return None
    placed = placements(outcomes, risk)
    value = float(placed[defaults].mean())
    variance = sum(placed[own].var(ddof=1) / own.sum() for own in (defaults, ~defaults))
    half = _Z * float(np.sqrt(variance))
    return Metric(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def weighted_rate(outcomes: NDArray[Any], weights: Floats) -> Metric:
    """Rate of clients who stand for others, with its 95 % interval at the effective number of clients.

    Parameters
    ----------
    outcomes : shape (n,), 0 or 1, n > 0.
    weights : shape (n,), above 0: how many clients each one stands for.

    Sources: Hajek (1971); Kish (1965), Survey Sampling; Korn and Graubard (1998), Confidence Intervals for Proportions
    with Small Expected Number of Positive Counts Estimated from Survey Data.

    >>> found = weighted_rate(np.array([1, 0, 0, 0]), np.array([10.0, 10.0, 20.0, 10.0]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.2, 0.001, 0.8)
    """
    rate = float(np.average(outcomes, weights=weights))
    clients = effective_number(weights)
    low, high = exact_bounds(rate * clients, clients)
    return Metric(value=rate, low=low, high=high)


def add_up(parts: Sequence[tuple[float, Metric]], constant: float = 0.0) -> Metric:
    """Put figures together, each with its factor: the sum with its interval.

    Source: Donner and Zou (2012), Closed-form Confidence Intervals for Functions of the Normal Mean and Standard
    Deviation (method of variance estimates recovery).

    >>> add_up([(0.5, Metric(value=0.1, low=0.1, high=0.1)), (-1.0, Metric(value=0.2, low=0.1, high=0.4))], 1.0)
    Metric(value=0.85, low=0.65, high=0.95)
    """
    value = constant + sum(factor * part.value for factor, part in parts)
    down, up = (
        sum((factor * (part.value - (part.low if (factor > 0) == below else part.high))) ** 2 for factor, part in parts)
        for below in (True, False)
    )
    return Metric(value=round(value, 12), low=round(value - down**0.5, 12), high=round(value + up**0.5, 12))
