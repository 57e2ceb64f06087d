"""The project's own classifiers on standardised rows; serving them needs scikit-learn only."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, SplineTransformer, StandardScaler

from scoring.model.calibration import Floats, log_odds
from scoring.model.selection import steadiest

_FEW_VALUES = 20  # a column with at most this many values gets a coefficient for each value, and no spline
_RARE = 50  # values with fewer clients share one coefficient


class _Classifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    classes_: NDArray[Any]

    def predict(self, X: Floats) -> NDArray[Any]:  # noqa: N803
        """Return the more probable outcome of each row, 0 or 1, shape (n,)."""
        likelier: NDArray[Any] = self.classes_[np.argmax(self.predict_proba(X), axis=1)]
        return likelier


class SplineLogistic(_Classifier):
    """Logistic regression with cubic splines of the most useful columns; a few of these columns may interact.

    Columns with few different values, such as counts, get a coefficient for each value.

    Parameters
    ----------
    C : inverse of the ridge penalty.
    bent : how many columns get a spline.
    crossed : how many of these interact in pairs (products of piecewise linear terms).
    knots : how many knots each spline has; they are at quantiles.
    class_weight : as in scikit-learn.
    """

    pipeline_: Pipeline

    def __init__(
        self,
        C: float = 0.0001,  # noqa: N803
        bent: int = 30,
        crossed: int = 0,
        knots: int = 8,
        class_weight: str | None = "balanced",
    ) -> None:
        self.C = C
        self.bent = bent
        self.crossed = crossed
        self.knots = knots
        self.class_weight = class_weight

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Fit on standardised rows, shape (n, features)."""
        values = [len(np.unique(X[:, i])) for i in range(X.shape[1])]
        several = [i for i, count in enumerate(values) if count > _FEW_VALUES]
        few = [i for i, count in enumerate(values) if 2 < count <= _FEW_VALUES]
        bent = [several[i] for i in steadiest(X[:, several], y, self.bent, sample_weight)] if several else []
        spline = SplineTransformer(n_knots=self.knots, knots="quantile", extrapolation="constant")
        each = OneHotEncoder(min_frequency=_RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
        straight = [i for i in range(X.shape[1]) if i not in {*bent, *few}]
        parts = [part for part in (("passthrough", straight), (spline, bent), (each, few)) if part[1]]
        if self.crossed and bent:
            steps = SplineTransformer(n_knots=3, degree=1, knots="quantile", extrapolation="constant")
            products = PolynomialFeatures(2, interaction_only=True, include_bias=False)
            parts.append((make_pipeline(steps, products), bent[: self.crossed]))
        regression = LogisticRegression(
            C=self.C, class_weight=self.class_weight, solver="newton-cholesky", max_iter=200
        )
        self.pipeline_ = make_pipeline(make_column_transformer(*parts), StandardScaler(), regression)
        self.pipeline_.fit(X, y, logisticregression__sample_weight=sample_weight)
        self.classes_ = self.pipeline_.classes_
        return self

    def predict_proba(self, X: Floats) -> Floats:  # noqa: N803
        """Probabilities, shape (n, 2)."""
        own: Floats = self.pipeline_.predict_proba(X)
        return own


class Blend(_Classifier):
    """Mean of several models' log-odds.

    Parameters
    ----------
    members : classifiers that are not fitted yet. Class weights add a constant to the log-odds of some members;
        calibration corrects the mean of these constants.
    """

    members_: list[Any]

    def __init__(self, members: tuple[Any, ...] = ()) -> None:
        self.members = members

    def fit(self, X: Floats, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Fit every member on standardised rows, shape (n, features)."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}  # not every member takes them
        self.members_ = [clone(member).fit(X, y, **weights) for member in self.members]
        self.classes_ = np.array([0, 1])
        return self

    def predict_proba(self, X: Floats) -> Floats:  # noqa: N803
        """Probabilities, shape (n, 2)."""
        positive = expit(np.mean([log_odds(member.predict_proba(X)[:, 1]) for member in self.members_], axis=0))
        return np.column_stack([1 - positive, positive])
