"""From the model's own probability to the probability of default that is shown to people.

Class weights make a model's own probabilities too high. The correction is a linear function of the log-odds.
Contributions that add up to the model's log-odds therefore add up to the calibrated log-odds too.
"""

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit, logit

from scoring.model.schema import Frozen

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_MOST_STEPS = 50
_SMALLEST_STEP = 1e-10
_LARGEST_LOG_ODDS = 36.0  # in double precision, larger log-odds may give a probability of exactly 1.0


class Calibration(Frozen):
    """``calibrated log-odds = intercept + slope * log-odds``; a positive slope keeps the clients' order."""

    intercept: float = Field(allow_inf_nan=False)
    slope: float = Field(gt=0, allow_inf_nan=False)

    def apply(self, probability: Floats) -> Floats:
        """Calibrate probabilities (0-1, any shape).

        >>> Calibration(intercept=0.0, slope=1.0).apply(np.array([0.2])).round(12).tolist()
        [0.2]
        """
        calibrated: Floats = expit(self.intercept + self.slope * log_odds(probability))
        return calibrated

    def apply_one(self, probability: float) -> float:
        """Calibrate one client's probability (0-1) without an array; equal to ``apply`` to the last bit.

        >>> round(Calibration(intercept=-2.0, slope=1.1).apply_one(0.4), 12)
        0.079730701436
        """
        if 0.0 < probability < 1.0:
            odds = min(max(float(logit(probability)), -_LARGEST_LOG_ODDS), _LARGEST_LOG_ODDS)
        else:
            odds = _LARGEST_LOG_ODDS if probability else -_LARGEST_LOG_ODDS
        return float(expit(self.intercept + self.slope * odds))

    def invert(self, calibrated: float) -> float:
        """Return the model's own probability (0-1) whose calibrated probability is ``calibrated`` (0-1).

        >>> shift = Calibration(intercept=-2.0, slope=1.1)
        >>> round(shift.invert(float(shift.apply(np.array([0.4]))[0])), 12)
        0.4
        """
        return float(expit((logit(calibrated) - self.intercept) / self.slope))


class Scaling(Frozen):
    """What points mean: more points are better, and a fixed number of points doubles the odds of repayment.

    ``score = offset + factor * ln(odds of repayment)`` with ``factor = points to double the odds / ln 2`` and
    ``offset = base score - factor * ln(base odds)``. Points only present calibrated log-odds; no decision reads them.

    Source: Siddiqi (2006), Credit Risk Scorecards, chapter 6, "Scaling"; its example has 600 points at odds of 50 to 1
    and 20 points to double them.
    """

    base_score: float = Field(default=600.0, allow_inf_nan=False)  # points at the base odds
    # number of clients who repay for each one who defaults, above 0
    base_odds: float = Field(default=50.0, gt=0, allow_inf_nan=False)
    double_odds: float = Field(default=20.0, gt=0, allow_inf_nan=False)  # points that double the odds (PDO), above 0

    @property
    def factor(self) -> float:
        """Points for each unit of log-odds.

        >>> round(Scaling().factor, 4)
        28.8539
        """
        return self.double_odds / log(2)

    def score(self, log_odds_of_default: float) -> float:
        """Points for calibrated log-odds of default.

        >>> [round(Scaling().score(-log(odds)), 9) for odds in (50, 100, 25)]
        [600.0, 620.0, 580.0]
        """
        return self.base_score - self.factor * (log(self.base_odds) + log_odds_of_default)

    def probability(self, score: Floats) -> Floats:
        """Calibrated probabilities of default (0-1) of scores in points (any shape): the inverse of ``score``.

        >>> Scaling().probability(np.array([600.0, 620.0])).round(9).tolist() == [round(1 / 51, 9), round(1 / 101, 9)]
        True
        """
        probability: Floats = expit((self.base_score - score) / self.factor - log(self.base_odds))
        return probability


def log_odds(probability: Floats) -> Floats:
    """Convert probabilities (0-1, any shape) to log-odds, limited to the range from -36 to 36.

    >>> log_odds(np.array([0.5, 1.0])).tolist()
    [0.0, 36.0]
    """
    with np.errstate(divide="ignore"):
        # np.clip does the same and takes three times as long for one client
        odds: Floats = np.minimum(np.maximum(logit(probability), -_LARGEST_LOG_ODDS), _LARGEST_LOG_ODDS)
    return odds


def fit_affine(target: NDArray[Any], probability: Floats, weights: Floats | None = None) -> Calibration:
    """Fit a calibration by maximum likelihood.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    probability : shape (n,), 0-1, of clients the model was not fitted on.
    weights : shape (n,), how often each client counts; once by default.

    Raises
    ------
    ValueError
        When clients with a higher probability do not default more often, so that no positive slope fits.

    Source: Platt (1999), Probabilistic Outputs for Support Vector Machines, without target smoothing.
    """
    if np.ptp(probability) == 0:
        raise ValueError("every client has the same probability: the model does not rank defaults")
    intercept, slope = affine(target, log_odds(probability), weights)
    if not slope > 0:
        raise ValueError(f"calibration slope is {slope:.4f}, expected above 0: the model does not rank defaults")
    return Calibration(intercept=intercept, slope=slope)


def affine(target: NDArray[Any], log_odds: Floats, weights: Floats | None = None) -> tuple[float, float]:
    """Fit ``log-odds of default = intercept + slope * log_odds`` by maximum likelihood: Newton's method.

    No library is used, because bootstrap intervals repeat this fit a thousand times, and a library takes 20 times as
    long.

    Parameters
    ----------
    target : shape (n,), 0 or 1.
    log_odds : shape (n,), of the model's own probabilities.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    Intercept (log-odds) and slope (no unit).

    >>> x = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
    >>> intercept, slope = affine(np.array([0, 0, 1, 0, 1, 1]), x)
    >>> float(round(slope - np.log(2), 9)), abs(round(intercept, 9))
    (0.0, 0.0)
    """
    counts = np.ones(len(log_odds)) if weights is None else weights
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    parameters = np.array([logit(np.clip(counts @ target / counts.sum(), 1e-6, 1 - 1e-6)), 0.0])
    loss = _loss(design, target, counts, parameters)
    for _ in range(_MOST_STEPS):
        fitted = expit(design @ parameters)
        gradient = design.T @ (counts * (fitted - target))
        curvature = (design * (counts * fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        while (tried := _loss(design, target, counts, parameters - step)) > loss + 1e-12 * abs(loss):
            step /= 2
        parameters, loss = parameters - step, tried
        if np.max(np.abs(step)) <= _SMALLEST_STEP * max(1.0, float(np.max(np.abs(parameters)))):
            break
    return float(parameters[0]), float(parameters[1])


def _loss(design: Floats, target: NDArray[Any], counts: Floats, parameters: Floats) -> float:
    lines = design @ parameters
    return float(counts @ (np.logaddexp(0.0, lines) - target * lines))
