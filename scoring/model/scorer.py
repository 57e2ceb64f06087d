"""The only place where a probability and a decision are made.

tables -> features -> preprocessor -> scaler -> model -> **probability -> decision** -> record
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add, mul
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.sparse import issparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.errors import ArtefactError
from scoring.model.calibration import Calibration, Floats
from scoring.model.schema import Frozen

ProbabilityOfDefault = Callable[[Floats], Floats]
_BLOCK = 8192  # rows that are worked on together, so that they stay in the processor's cache


class ReviewBand(Frozen):
    """Calibrated probabilities (0-1) from ``low`` to ``high``: so close to the threshold that a person should look."""

    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a probability becomes a decision."""

    threshold: float  # the probability from which a credit is refused, 0-1, on the model's own scale
    calibration: Calibration | None = None  # to the displayed scale; None for a model without a manifest
    review_band: ReviewBand | None = None  # None for a model without a manifest

    def refuses(self, probability: Floats) -> NDArray[np.bool_]:
        """Decide on probabilities (0-1, any shape) on the threshold's scale; true where the credit is refused."""
        return probability >= self.threshold


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of n clients; each array has shape (n,).

    ``calibrated_probability`` is None without a calibration; ``review`` is None without a calibration or a review band.
    """

    probability: Floats  # the model's own probability of default, 0-1
    refused: NDArray[np.bool_]  # True exactly where ``probability >= threshold``
    calibrated_probability: Floats | None  # probability of default to show to a person, 0-1
    review: NDArray[np.bool_] | None  # True where a person should look at the case

    def select(self, chosen: NDArray[np.bool_]) -> "Scores":
        """Return the scores of some of the clients; ``chosen`` has shape (n,)."""
        calibrated, review = self.calibrated_probability, self.review
        return Scores(
            self.probability[chosen],
            self.refused[chosen],
            None if calibrated is None else calibrated[chosen],
            None if review is None else review[chosen],
        )

    def pick(self, position: int) -> "Score":
        """Return the score of one of the clients."""
        calibrated, review = self.calibrated_probability, self.review
        return Score(
            float(self.probability[position]),
            bool(self.refused[position]),
            None if calibrated is None else float(calibrated[position]),
            None if review is None else bool(review[position]),
        )


class Score(NamedTuple):
    """Score of one client, with the fields of ``Scores``."""

    probability: float
    refused: bool
    calibrated_probability: float | None
    review: bool | None


class Scorer:
    """A model with its policy.

    Parameters
    ----------
    probability_of_default : function that takes model-ready rows, shape (n, features), and returns probabilities (0-1),
        shape (n,).
    features : names of the model-ready columns, in order.
    policy : how a probability becomes a decision.
    """

    def __init__(self, probability_of_default: ProbabilityOfDefault, features: Sequence[str], policy: Policy) -> None:
        self.probability_of_default = probability_of_default
        self.features = tuple(features)
        self.policy = policy

    def score(self, rows: Floats) -> Scores:
        """Score model-ready rows, shape (n, features); the rows are not changed.

        Raises
        ------
        ArtefactError
            If the model gives something other than a probability: no decision must be made on such a number.
        """
        probability = self.probability_of_default(rows)
        _check(probability)
        calibrated = self.policy.calibration.apply(probability) if self.policy.calibration else None
        band = self.policy.review_band
        review = (calibrated >= band.low) & (calibrated <= band.high) if band and calibrated is not None else None
        return Scores(probability, self.policy.refuses(probability), calibrated, review)

    def score_one(self, row: Sequence[float]) -> Score:
        """Score one model-ready row, all finite, with the same result as ``score`` to the last bit; faster if fused."""
        model = self.probability_of_default
        if not isinstance(model, FusedLogistic):
            return self.score(np.array([row], dtype=np.float64)).pick(0)
        probability, policy = model.predict_one(row), self.policy
        if not 0.0 <= probability <= 1.0:
            _check(np.array([probability]))
        calibrated = policy.calibration.apply_one(probability) if policy.calibration else None
        band = policy.review_band
        review = band.low <= calibrated <= band.high if band and calibrated is not None else None
        return Score(probability, probability >= policy.threshold, calibrated, review)


def _check(probability: Floats) -> None:
    wrong = probability[~((probability >= 0) & (probability <= 1))]  # also where it is not a number
    if len(wrong):
        raise ArtefactError(
            f"model files: {len(wrong)} of {len(probability)} clients get probabilities such as {wrong[0]}, expected "
            "numbers from 0 to 1\nFit the model again."
        )


@dataclass(frozen=True)
class FusedLogistic:
    """StandardScaler and logistic regression as one dot product.

    ``logit = sum((x - mean) / scale * coef) + intercept``, with division and subtraction done in advance.
    """

    weights: Floats
    intercept: float
    means: Floats | None = None  # the mean training client, shape (features,), for the base value of contributions

    def __call__(self, rows: Floats) -> Floats:
        """Probabilities, shape (n,), of rows, shape (n, features); none depends on which other rows are given.

        Products are added column by column, in order. A library's matrix product adds in an order that depends on the
        number of rows, so that the last digit of a client's probability would differ between a lookup and a batch.
        """
        odds = np.zeros(len(rows))
        for start in range(0, len(rows), _BLOCK):
            block, total = rows[start : start + _BLOCK], odds[start : start + _BLOCK]
            np.multiply(block[:, 0], self.weights[0], out=total)
            for column, weight in zip(block.T[1:], self._weights[1:], strict=True):
                total += column * weight
        odds += self.intercept
        probability: Floats = expit(odds)
        return probability

    def predict_one(self, row: Sequence[float]) -> float:
        """Probability of one row, without an array; the result equals that of a call with this row, to the last bit."""
        return float(expit(reduce(add, map(mul, row, self._weights)) + self.intercept))

    @cached_property
    def _weights(self) -> list[float]:
        listed: list[float] = self.weights.tolist()
        return listed


def fuse(scaler: Any, model: Any) -> FusedLogistic | None:
    """Fuse a scaler with a binary logistic regression; None for any other pair.

    Only exact types are fused: a subclass may compute something else.
    """
    if type(scaler) is not StandardScaler or type(model) is not LogisticRegression:
        return None
    coefficients: Floats = np.asarray(model.coef_[0], dtype=np.float64)
    weights: Floats = coefficients / scaler.scale_ if scaler.with_std else coefficients
    means = scaler.mean_ if scaler.with_mean else np.zeros_like(weights)
    return FusedLogistic(weights, float(model.intercept_[0] - means @ weights), means)


@dataclass(frozen=True, slots=True)
class ThroughObjects:
    """Probability by the fitted objects' own ``transform`` and ``predict_proba``, for any family.

    An object that was fitted with column names gets a frame, with the names exactly as the object knows them. Any other
    object gets an array.
    """

    scaler: Any
    model: Any

    def __call__(self, rows: Floats) -> Floats:
        """Probabilities, shape (n,), of rows, shape (n, features)."""
        own: Floats = np.asarray(self.model.predict_proba(self.scaled(rows)), dtype=float)
        return own[:, list(self.model.classes_).index(1)]

    def scaled(self, rows: Floats) -> Any:
        """Return standardised rows in the form that the model takes."""
        scaled = self.scaler.transform(add_names(self.scaler, rows))
        return add_names(self.model, scaled.toarray() if issparse(scaled) else np.asarray(scaled))


def add_names(fitted: object, rows: Floats) -> Any:
    """Return rows with the column names that an object was fitted with; unchanged if it was fitted without names."""
    names = getattr(fitted, "feature_names_in_", None)
    if names is None:
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=list(names))
