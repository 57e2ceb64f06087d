"""Fit preprocessor, scaler and model; predict out of fold; calibrate; choose the threshold."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.core.calibration import Calibration, Floats, fit_affine, log_odds
from scoring.core.cost import Costs, cost_curve
from scoring.core.manifest import ThresholdFacts
from scoring.core.preprocess import Preprocessor
from scoring.core.scorer import ReviewBand, through_objects

Target = NDArray[np.int8]
REFITS = 20
_NEAR = 0.5  # log-odds either side of the threshold within which refits are compared


@dataclass(frozen=True)
class Fitted:
    """The three fitted objects of a model."""

    preprocessor: Preprocessor
    scaler: StandardScaler
    model: LogisticRegression

    def probability(self, applications: pd.DataFrame) -> Floats:
        """Model's own probabilities, shape (n,), of raw applications by scikit-learn's own calls."""
        rows = self.preprocessor.transform(applications)
        return through_objects(self.scaler, self.model, list(rows.columns))(rows.to_numpy())


def fit(preprocessor: Preprocessor, applications: pd.DataFrame, target: Target) -> Fitted:
    """Fit on raw applications, shape (n, fields); the unfitted preprocessor is left as it is."""
    fitted = clone(preprocessor).fit(applications, target)
    rows = fitted.transform(applications)
    scaler = StandardScaler().fit(rows)
    return Fitted(fitted, scaler, _logistic().fit(scaler.transform(rows), target))


def _logistic() -> LogisticRegression:
    # newton-cholesky gives the same coefficients on any number of threads; lbfgs does not
    return LogisticRegression(class_weight="balanced", solver="newton-cholesky", max_iter=200)


def out_of_fold(
    preprocessor: Preprocessor,
    applications: pd.DataFrame,
    target: Target,
    fold: NDArray[np.intp],
    steps: Iterable[int],
) -> Floats:
    """Probability of each client, shape (n,), by a model that was fitted without the client's fold."""
    probability = np.empty(len(target))
    for k in steps:
        held_out = fold == k
        fitted = fit(preprocessor, applications[~held_out], target[~held_out])
        probability[held_out] = fitted.probability(applications[held_out])
    return probability


def cross_calibrated(target: Target, probability: Floats, fold: NDArray[np.intp]) -> Floats:
    """Calibrate each fold by what the other folds say, shape (n,)."""
    calibrated = np.empty(len(target))
    for k in np.unique(fold):
        held_out = fold == k
        calibrated[held_out] = fit_affine(target[~held_out], probability[~held_out]).apply(probability[held_out])
    return calibrated


def choose_threshold(costs: Costs, calibration: Calibration, target: Target, calibrated: Floats) -> ThresholdFacts:
    """Take the optimum that follows from the costs; show the empirical one and the cost curve beside it.

    Parameters
    ----------
    calibrated : shape (n,), out-of-fold calibrated probabilities, which the curve is drawn from.
    """
    optimum = costs.threshold()
    grid = np.round(expit(np.linspace(logit(0.01), logit(0.6), 101)), 6)
    curve = cost_curve(target, calibrated, grid, costs)
    return ThresholdFacts(
        value=calibration.invert(optimum),
        calibrated=optimum,
        method="false_positive / (false_positive + false_negative) on the calibrated scale, mapped back",
        empirical_calibrated=float(grid[np.argmin(curve)]),
        cost_curve=tuple(zip(grid.tolist(), curve.round(6).tolist(), strict=True)),
    )


def find_review_band(
    fitted: Fitted,
    applications: pd.DataFrame,
    target: Target,
    calibration: Calibration,
    threshold: float,
    seed: int,
    steps: Iterable[int] = range(REFITS),
) -> ReviewBand:
    """Find the calibrated probabilities around the threshold where refits may decide otherwise.

    Scaler and model are refitted on resamples of the clients. The band is the threshold, give or take 1.96
    typical standard deviations of a client's calibrated log-odds between refits, among clients near it.
    """
    rows = fitted.preprocessor.transform(applications)
    names = list(rows.columns)
    own = log_odds(through_objects(fitted.scaler, fitted.model, names)(rows.to_numpy()))
    middle = float(logit(threshold))
    near = rows[np.abs(calibration.intercept + calibration.slope * own - middle) <= _NEAR].to_numpy()
    draws = np.random.default_rng(seed)
    refits = []
    for _ in steps:
        drawn = draws.integers(0, len(rows), len(rows))
        scaler = StandardScaler().fit(rows.iloc[drawn])
        model = _logistic().fit(scaler.transform(rows.iloc[drawn]), target[drawn])
        refits.append(log_odds(through_objects(scaler, model, names)(near)))
    deviation = calibration.slope * float(np.median(np.std(refits, axis=0, ddof=1))) if len(near) else 0.0
    low, high = expit([middle - 1.96 * deviation, middle + 1.96 * deviation])
    return ReviewBand(low=float(low), high=float(high))
