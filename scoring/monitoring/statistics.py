"""Statistics that several parts of watching share."""

from collections.abc import Sequence

import numpy as np
from scipy.special import betainc

from scoring.model.calibration import Floats


def binomial_tails(count: float, size: float, rate: float) -> tuple[float, float]:
    """Return the probabilities of at least, and of at most ``count`` of ``size`` at a rate; neither has to be whole.

    If each client has a risk of their own and ``rate`` is the mean, the number of defaults varies less than a binomial
    one, so that both probabilities are at most too large. Source: Hoeffding (1956), On the Distribution of the Number
    of Successes in Independent Trials.

    >>> [round(float(tail), 4) for tail in binomial_tails(3, 10, 0.05)]  # by hand: 1 - the first three terms
    [0.0115, 0.999]
    """
    above = betainc(count, size - count + 1, rate) if count > 0 else 1.0
    below = betainc(size - count, count + 1, 1 - rate) if count < size else 1.0
    return float(above), float(below)


def holm(p_values: Sequence[float]) -> Floats:
    """Adjust p-values for a family of tests; one at or below the level is significant in the whole family.

    Source: Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted
