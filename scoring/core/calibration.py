"""From the model's own probability to the chance of default a person should be shown.

Class weights inflate a model's probabilities. The correction is affine on the log-odds, so that
contributions which add up to the model's log-odds still add up on the displayed scale.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.special import expit, logit

Floats = NDArray[np.float64]
_LARGEST_LOG_ODDS = 36.0  # expit(36) is the last step before 1.0 in double precision


class Calibration(BaseModel):
    """``calibrated log-odds = intercept + slope * log-odds``; the slope is positive, so the order stays."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    intercept: float = Field(allow_inf_nan=False)
    slope: float = Field(gt=0, allow_inf_nan=False)

    def apply(self, probability: Floats) -> Floats:
        """Calibrate probabilities (0-1, any shape).

        >>> Calibration(intercept=0.0, slope=1.0).apply(np.array([0.2])).round(12).tolist()
        [0.2]
        """
        calibrated: Floats = expit(self.intercept + self.slope * log_odds(probability))
        return calibrated

    def invert(self, calibrated: float) -> float:
        """Model probability (0-1) that is shown as ``calibrated`` (0-1).

        >>> shift = Calibration(intercept=-2.0, slope=1.1)
        >>> round(shift.invert(float(shift.apply(np.array([0.4]))[0])), 12)
        0.4
        """
        return float(expit((logit(calibrated) - self.intercept) / self.slope))


def log_odds(probability: Floats) -> Floats:
    """Log-odds of probabilities; exact 0 and 1 count as the nearest odds that double precision holds.

    >>> log_odds(np.array([0.5, 1.0])).tolist()
    [0.0, 36.0]
    """
    with np.errstate(divide="ignore"):
        odds: Floats = np.clip(logit(probability), -_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)
    return odds


def fit_affine(target: NDArray[Any], probability: Floats) -> Calibration:
    """Fit a calibration by maximum likelihood.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    probability : shape (n,), 0-1, of clients the model was not fitted on.

    Raises
    ------
    ValueError
        When a higher probability does not go with more defaults, so that no positive slope fits.

    Source: Platt (1999), Probabilistic Outputs for Support Vector Machines, without target smoothing.
    """
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=200)
    fitted.fit(log_odds(probability).reshape(-1, 1), target)
    slope = float(fitted.coef_[0, 0])
    if not slope > 0:
        raise ValueError(f"calibration slope is {slope:.4f}, expected above 0: the model does not rank defaults")
    return Calibration(intercept=float(fitted.intercept_[0]), slope=slope)
