"""The chance of default at each score among the current clients, learnt from the weighted reference.

Source: Białek et al. (2024), Estimating Model Performance under Covariate Shift without Labels (PAPE): calibrate the
score on a reference that is weighted to resemble the current clients, then read expected outcomes off it. The score is
calibrated on either side of the threshold by itself, so that the weighted reference's accepted and refused clients
default as often as predicted; estimates for each of the two are then means of outcomes, corrected for the score.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scoring.model.calibration import Bools, Floats, affine

_FEWEST = 20  # outcomes of the rarer kind on a side of the threshold; with fewer, both sides share a calibration
_STEPS = 2  # of Newton's method for a resample, from the parameters of the whole reference


class Side(NamedTuple):
    """Clients who share a calibration.

    Attributes
    ----------
    reference, current : which clients, shapes (n,) and (m,).
    parameters : intercept and slope.
    """

    reference: Bools
    current: Bools
    parameters: Floats


def fit_sides(
    target: NDArray[Any], odds: Floats, weights: Floats, current: Floats, threshold: float
) -> tuple[Side, ...]:
    """Calibrate the score on the weighted reference, on either side of the threshold where there are enough outcomes.

    Parameters
    ----------
    target, odds, weights : shape (n,), outcomes, log-odds of the model's own probability, and weights of the reference.
    current : shape (m,), log-odds of the current clients.
    threshold : in log-odds; refused from it on.
    """
    sides = [(odds < threshold, current < threshold), (odds >= threshold, current >= threshold)]
    if any(_rarest(target[here], odds[here]) < _FEWEST for here, there in sides if there.any()):
        sides = [(np.ones(len(odds), dtype=bool), np.ones(len(current), dtype=bool))]
    return tuple(
        Side(here, there, np.array(affine(target[here], odds[here], weights[here])))
        for here, there in sides
        if there.any()
    )


def predict(sides: Sequence[Side], current: Floats) -> Floats:
    """Chance of default of the current clients, shape (m,), from their log-odds, shape (m,)."""
    chances: Floats = _predict(sides, current, [side.parameters[None] for side in sides])[0]
    return chances


def predict_resampled(
    sides: Sequence[Side], target: NDArray[Any], odds: Floats, weights: Floats, current: Floats
) -> Floats:
    """Fit the calibrations again on resamples of the reference; return the chances of default, shape (b, m).

    Parameters
    ----------
    target, odds : shape (n,).
    weights : shape (b, n), of the resamples.
    current : shape (m,), log-odds.
    """
    fitted = [
        _refit(side.parameters, target[side.reference], odds[side.reference], weights[:, side.reference])
        for side in sides
    ]
    return _predict(sides, current, fitted)


def _predict(sides: Sequence[Side], current: Floats, parameters: Sequence[Floats]) -> Floats:
    chances = np.zeros((len(parameters[0]), len(current)))
    for side, fitted in zip(sides, parameters, strict=True):
        chances[:, side.current] = expit(fitted[:, :1] + fitted[:, 1:] * current[side.current])
    return chances


def _refit(start: Floats, target: NDArray[Any], odds: Floats, weights: Floats) -> Floats:
    """Repeat Newton's steps for each row of weights, shape (b, n); intercepts and slopes, shape (b, 2)."""
    fitted = np.tile(start, (len(weights), 1))
    powers = np.column_stack([np.ones(len(odds)), odds, odds**2])
    for _ in range(_STEPS):
        chances = expit(fitted[:, :1] + fitted[:, 1:] * odds)
        gradient = (weights * (chances - target)) @ powers[:, :2]
        flat, mixed, steep = ((weights * chances * (1 - chances)) @ powers).T
        determinant = np.maximum(flat * steep - mixed**2, 1e-300)
        fitted -= np.column_stack(
            [steep * gradient[:, 0] - mixed * gradient[:, 1], flat * gradient[:, 1] - mixed * gradient[:, 0]]
        ) / determinant[:, None]  # fmt: skip
        np.clip(fitted, -50, 50, out=fitted)
    return fitted


def _rarest(target: NDArray[Any], odds: Floats) -> int:
    return int(min(target.sum(), (1 - target).sum())) if len(odds) and np.ptp(odds) > 0 else 0
