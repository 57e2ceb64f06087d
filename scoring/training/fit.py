"""Fit preprocessor, scaler and model; predict out of fold; calibrate; choose the threshold."""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Calibration, Floats, fit_affine, log_odds
from scoring.model.costs import Costs, cost_curve
from scoring.model.manifest import ThresholdFacts
from scoring.model.preprocessor import Planned
from scoring.model.scorer import ReviewBand, through_objects
from scoring.training.candidates.balance import RESAMPLING, fit_weighted, resample
from scoring.training.threshold import best_threshold, nested

Target = NDArray[np.int8]
REFITS = 20
_NEAR = 0.5  # log-odds either side of the threshold within which refits are compared


@dataclass(frozen=True)
class Recipe:
    """How a candidate is fitted.

    Attributes
    ----------
    name : unique among candidates.
    family : what kind of model it is (``candidates.FAMILIES``).
    preprocessor : unfitted; ``fit`` gives it a ``plan_``.
    model : unfitted classifier on standardised model-ready rows.
    balancing : one of ``balance.BALANCING``.
    """

    name: str
    family: str
    preprocessor: Any
    model: Any
    balancing: str = "none"


@dataclass(frozen=True)
class Fitted:
    """The three fitted objects of a model."""

    preprocessor: Planned
    scaler: StandardScaler
    model: Any

    def rows(self, applications: pd.DataFrame) -> pd.DataFrame:
        """Model-ready rows, shape (n, features), of raw applications."""
        ready: pd.DataFrame = self.preprocessor.transform(applications)
        return ready

    def of_rows(self, rows: pd.DataFrame) -> Floats:
        """Model's own probabilities, shape (n,), of model-ready rows, by scikit-learn's own calls."""
        return through_objects(self.scaler, self.model, list(rows.columns))(rows.to_numpy())

    def probability(self, applications: pd.DataFrame) -> Floats:
        """Model's own probabilities, shape (n,), of raw applications."""
        return self.of_rows(self.rows(applications))


def fit(recipe: Recipe, applications: pd.DataFrame, target: Target, seed: int = 0) -> Fitted:
    """Fit on raw applications, shape (n, fields); the recipe's own objects are left as they are."""
    preprocessor = Planned(clone(recipe.preprocessor).fit(applications, target).plan_)
    rows = preprocessor.transform(applications)
    scaler = StandardScaler().fit(rows)
    return Fitted(preprocessor, scaler, fit_model(recipe, scaler.transform(rows), target, seed))


def fit_model(recipe: Recipe, rows: Floats, target: Target, seed: int) -> Any:
    """Fit a recipe's model to standardised rows, shape (n, features), balanced as the recipe says."""
    if recipe.balancing in RESAMPLING:
        rows, target = resample(rows, target, recipe.balancing, seed)
    model = clone(recipe.model)
    with warnings.catch_warnings():
        if isinstance(model, MLPClassifier):  # its number of epochs is chosen, not too small
            warnings.simplefilter("ignore", ConvergenceWarning)
        return fit_weighted(model, rows, target) if recipe.balancing == "weights" else model.fit(rows, target)


def logistic(C: float = 0.01) -> LogisticRegression:  # noqa: N803
    """Make an unfitted class-balanced logistic regression with a ridge penalty."""
    # newton-cholesky gives the same coefficients on any number of threads; lbfgs does not
    return LogisticRegression(C=C, class_weight="balanced", solver="newton-cholesky", max_iter=200)


def cross_calibrated(target: Target, probability: Floats, fold: NDArray[np.intp]) -> Floats:
    """Calibrate each fold by what the other folds say, shape (n,).

    Where a model ranks nobody, it is their default rate.
    """
    calibrated = np.empty(len(target))
    for k in np.unique(fold):
        held_out = fold == k
        try:
            calibration = fit_affine(target[~held_out], probability[~held_out])
        except ValueError:
            calibrated[held_out] = target[~held_out].mean()
        else:
            calibrated[held_out] = calibration.apply(probability[held_out])
    return calibrated


def choose_threshold(
    costs: Costs, calibration: Calibration, target: Target, calibrated: Floats, fold: NDArray[np.intp], seed: int
) -> ThresholdFacts:
    """Take the optimum that follows from the costs; show the empirical one and the cost curve beside it.

    A threshold tuned to the data is taken only if tuning on all folds but one lowers the cost on that one, with an
    interval that excludes zero.

    Parameters
    ----------
    calibrated : shape (n,), out-of-fold calibrated probabilities, which the curve is drawn from.
    """
    grid = np.round(expit(np.linspace(logit(0.01), logit(0.6), 101)), 6)
    curve = cost_curve(target, calibrated, grid, costs)
    optimum = costs.threshold()
    method = "false_positive / (false_positive + false_negative) on the calibrated scale, mapped back"
    if nested(target, calibrated, fold, costs, seed).gains:
        optimum = best_threshold(target, calibrated, costs)
        method = "tuned out of fold, since nested validation shows that this lowers the cost; mapped back"
    return ThresholdFacts(
        value=calibration.invert(optimum),
        calibrated=optimum,
        method=method,
        empirical_calibrated=float(grid[np.argmin(curve)]),
        cost_curve=tuple(zip(grid.tolist(), curve.round(6).tolist(), strict=True)),
    )


def find_review_band(
    fitted: Fitted,
    recipe: Recipe,
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
    rows = fitted.rows(applications)
    middle = float(logit(threshold))
    own = calibration.intercept + calibration.slope * log_odds(fitted.of_rows(rows))
    near = rows[np.abs(own - middle) <= _NEAR]
    draws = np.random.default_rng(seed)
    refits = []
    for step in steps:
        drawn = draws.integers(0, len(rows), len(rows))
        scaler = StandardScaler().fit(rows.iloc[drawn])
        model = fit_model(recipe, scaler.transform(rows.iloc[drawn]), target[drawn], seed + step)
        refits.append(log_odds(Fitted(fitted.preprocessor, scaler, model).of_rows(near)))
    deviation = calibration.slope * float(np.median(np.std(refits, axis=0, ddof=1))) if len(near) else 0.0
    low, high = expit([middle - 1.96 * deviation, middle + 1.96 * deviation])
    return ReviewBand(low=float(low), high=float(high))
