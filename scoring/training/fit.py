"""Fit preprocessor, scaler and model, with balancing, as defaults are rare; calibrate across folds."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from scoring.model.calibration import Floats, fit_affine
from scoring.model.classifiers import Blend, SplineLogistic
from scoring.model.plan import NumberColumn, Plan
from scoring.model.preprocessor import Planned
from scoring.model.scorer import ThroughObjects

Target = NDArray[np.int8]
# "smote" is SMOTENC if there are 0/1 columns, so that synthetic clients have whole categories.
RESAMPLING = ("under", "over", "smote", "smotetomek", "smoteenn")
BALANCING = ("none", "weights", *RESAMPLING)
_BALANCES_SUMS = (LogisticRegression, SplineLogistic)
_MONOTONE = ("LGBMClassifier", "XGBClassifier", "CatBoostClassifier")  # they take ``monotone_constraints``


@dataclass(frozen=True)
class Recipe:
    """How a candidate is fitted.

    Attributes
    ----------
    name : unique among candidates.
    family : one of ``families.FAMILIES``.
    preprocessor : unfitted; ``fit`` gives it a ``plan_``.
    model : unfitted classifier on standardised model-ready rows.
    balancing : one of ``BALANCING``.
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

    def prepare(self, applications: pd.DataFrame) -> pd.DataFrame:
        """Turn raw applications into model-ready rows, shape (n, features)."""
        return self.preprocessor.transform(applications)

    def predict_rows(self, rows: pd.DataFrame) -> Floats:
        """Predict the model's own probabilities, shape (n,), of model-ready rows, with scikit-learn's own calls."""
        return ThroughObjects(self.scaler, self.model)(rows.to_numpy())

    def predict(self, applications: pd.DataFrame) -> Floats:
        """Predict the model's own probabilities, shape (n,), of raw applications."""
        return self.predict_rows(self.prepare(applications))


def fit(
    recipe: Recipe, applications: pd.DataFrame, target: Target, seed: int = 0, weights: Floats | None = None
) -> Fitted:
    """Fit on raw applications, shape (n, fields), without changing the recipe's own objects.

    ``weights``, shape (n,), say how often each client counts; once by default.
    """
    preprocessor = Planned(clone(recipe.preprocessor).fit(applications, target, weights).plan_)
    rows = preprocessor.transform(applications)
    scaler = StandardScaler().fit(rows, sample_weight=weights)
    constrained = constrain(recipe, preprocessor.plan)
    return Fitted(preprocessor, scaler, fit_model(constrained, scaler.transform(rows), target, seed, weights))


def constrain(recipe: Recipe, plan: Plan) -> Recipe:
    """Make boosted trees follow the stated directions of the plan's numbers, where the inputs ask for it."""
    inputs = getattr(recipe.preprocessor, "inputs", None)
    if inputs is None or not inputs.monotone_trees:
        return recipe
    signs = {"higher": 1, "lower": -1}
    stated = {name: signs[riskier] for name, riskier in inputs.riskier.items()}
    numbers = [isinstance(column, NumberColumn) for column in plan.columns]
    constraints = [
        stated.get(column.source, 0) if number else 0 for column, number in zip(plan.columns, numbers, strict=True)
    ]
    return replace(recipe, model=_constrain_model(recipe.model, constraints))


def _constrain_model(model: Any, constraints: list[int]) -> Any:
    """Return a copy with the constraints, one for each column, if the model takes them."""
    if isinstance(model, Blend):
        return Blend(members=tuple(_constrain_model(member, constraints) for member in model.members))
    if type(model).__name__ not in _MONOTONE:
        return model
    # LightGBM takes a list; a list would keep the two others from being cloned.
    listed = constraints if type(model).__name__ == "LGBMClassifier" else f"({','.join(map(str, constraints))})"
    return clone(model).set_params(monotone_constraints=listed)


def fit_model(recipe: Recipe, rows: Floats, target: Target, seed: int, weights: Floats | None = None) -> Any:
    """Fit a recipe's model to standardised rows, shape (n, features), with the recipe's balancing.

    ``weights``, shape (n,), say how often each client counts; resampling does not use them.
    """
    if recipe.balancing in RESAMPLING:
        weights = None
        rows, target = resample(rows, target, recipe.balancing, seed)
    model = clone(recipe.model)
    with warnings.catch_warnings():
        if isinstance(model, MLPClassifier):  # few epochs are intended
            warnings.simplefilter("ignore", ConvergenceWarning)
        if recipe.balancing == "weights":
            return fit_weighted(model, rows, target, weights)
        return model.fit(rows, target) if weights is None else model.fit(rows, target, sample_weight=weights)


def resample(rows: Floats, target: NDArray[Any], how: str, seed: int) -> tuple[Floats, NDArray[Any]]:
    """Change how many clients of each outcome there are; only for rows that a model is fitted to.

    Parameters
    ----------
    rows : shape (n, features), standardised.
    target : shape (n,), 0 or 1.
    how : one of ``RESAMPLING``.

    Returns
    -------
    Rows, shape (m, features), and outcomes, shape (m,).
    """
    from imblearn.combine import SMOTEENN, SMOTETomek
    from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    binary = [i for i in range(rows.shape[1]) if len(np.unique(rows[:, i])) <= 2]
    whole = 0 < len(binary) < rows.shape[1]
    smote = SMOTENC(categorical_features=binary, random_state=seed) if whole else SMOTE(random_state=seed)
    samplers: Mapping[str, Any] = {
        "under": RandomUnderSampler(random_state=seed),
        "over": RandomOverSampler(random_state=seed),
        "smote": smote,
        "smotetomek": SMOTETomek(smote=smote, random_state=seed),
        "smoteenn": SMOTEENN(smote=smote, random_state=seed),
    }
    changed, outcomes = samplers[how].fit_resample(rows, target)
    return np.asarray(changed, dtype=float), np.asarray(outcomes)


def fit_weighted(model: Any, rows: Floats, target: NDArray[Any], weights: Floats | None = None) -> Any:
    """Fit an unfitted classifier with classes of equal weight, by its own parameter if it has one.

    Regressions balance the classes' sums of ``weights``. Other classifiers would balance their numbers of clients.
    """
    if "class_weight" in model.get_params() and (weights is None or isinstance(model, _BALANCES_SUMS)):
        model.set_params(class_weight="balanced")
        return model.fit(rows, target) if weights is None else model.fit(rows, target, sample_weight=weights)
    if weights is None:
        return model.fit(rows, target, sample_weight=compute_sample_weight("balanced", target))
    sums = np.bincount(target, weights)
    return model.fit(rows, target, sample_weight=weights * (sums.sum() / (2 * sums))[target])


def make_logistic(C: float = 0.01) -> LogisticRegression:  # noqa: N803
    """Make an unfitted class-balanced logistic regression with a ridge penalty."""
    # newton-cholesky gives the same coefficients on any number of threads; lbfgs does not
    return LogisticRegression(C=C, class_weight="balanced", solver="newton-cholesky", max_iter=200)


def cross_calibrate(
    target: Target, probability: Floats, fold: NDArray[np.intp], weights: Floats | None = None
) -> Floats:
    """Calibrate the predictions of each fold on the other folds, shape (n,).

    ``weights``, shape (n,), say how often each client counts; once by default.

    Where the probabilities do not rank defaults, the calibrated one is the default rate of the other folds.
    """
    calibrated = np.empty(len(target))
    for k in np.unique(fold):
        held_out = fold == k
        counts = None if weights is None else weights[~held_out]
        calibrate = learn_calibration(target[~held_out], probability[~held_out], counts)
        calibrated[held_out] = calibrate(probability[held_out])
    return calibrated


def learn_calibration(
    target: NDArray[Any], probability: Floats, weights: Floats | None = None
) -> Callable[[Floats], Floats]:
    """Learn to calibrate probabilities of any shape from held-out ones, shape (n,), and outcomes.

    Where the held-out probabilities do not rank defaults, what is returned gives everybody the default rate.
    ``weights``, shape (n,), say how often each client counts; once by default.

    >>> target, useless = np.array([0, 1, 0, 0]), np.array([0.2, 0.1, 0.3, 0.4])
    >>> learn_calibration(target, useless)(np.array([0.1, 0.9])).tolist()
    [0.25, 0.25]
    """
    try:
        return fit_affine(target, probability, weights).apply
    except ValueError:
        rate = float(np.average(target, weights=weights))
        return lambda others: np.full(np.shape(others), rate)
