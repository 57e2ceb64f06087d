"""Out-of-fold predictions of every candidate on the same folds, cached so that an interrupted run can resume."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.preprocessor import Planned
from scoring.model.report import Metric
from scoring.training.candidates.inferred import Inferred, parcel
from scoring.training.evaluation.ranking import auc, placements
from scoring.training.fit import (
    RESAMPLING,
    Recipe,
    Target,
    constrain,
    cross_calibrate,
    fit_model,
    learn_calibration,
    resample,
)

Computed = TypeVar("Computed")


@dataclass(frozen=True)
class Result:
    """Predictions of a candidate for clients that it was not fitted on.

    Attributes
    ----------
    probability : shape (n,), out of fold, on the model's own scale.
    calibrated : shape (n,), calibrated on the other folds.
    inside_auc : AUC on the clients of each fit.
    seconds : for all folds.
    inside : shape (n,), each client's mean placement in the fits to the client (``ranking.placements``).
    """

    recipe: Recipe
    probability: Floats
    calibrated: Floats
    inside_auc: tuple[float, ...]
    seconds: float
    inside: Floats

    def log_loss(self, target: Target, weights: Floats | None = None) -> float:
        """Log loss of the calibrated predictions; ``weights``, shape (n,), say how often each client counts."""
        return float(log_loss(target, self.calibrated, sample_weight=weights))

    def overfitting_gap(self, target: Target, weights: Floats | None = None) -> float:
        """Mean AUC on the clients of a fit minus AUC out of fold; ``weights`` as for ``log_loss``."""
        return float(np.mean(self.inside_auc) - auc(target, self.calibrated, weights))

    def gap_interval(self, target: Target, weights: Floats | None = None) -> Metric:
        """Overfitting gap with its 95 % interval; both AUCs are of the same clients, so that they vary together."""
        differences = self.inside - placements(target, self.calibrated, weights)
        counts = np.ones(len(target)) if weights is None else weights
        variance = 0.0
        for outcome in (0, 1):
            of, share = differences[target == outcome], counts[target == outcome] / counts[target == outcome].sum()
            variance += float(np.sum(np.square(share * (of - share @ of))))
        gap, error = self.overfitting_gap(target, weights), np.sqrt(variance)
        return Metric(value=gap, low=gap - 1.96 * error, high=gap + 1.96 * error)


@dataclass(frozen=True)
class FoldRows:
    """Standardised rows of one fold: the clients to fit to (inside), and the held-out ones (outside)."""

    preprocessor: Planned
    scaler: StandardScaler
    inside: Floats
    inside_target: Target
    outside: Floats
    outside_target: Target
    inside_weights: Floats | None = None  # how often each client counts; once by default
    outside_weights: Floats | None = None
    known: int | None = None  # rows of inside whose outcome is known, the first ones; all by default


@dataclass(frozen=True)
class Folds:
    """Clients assigned to folds, and a cache of what was computed on them.

    Attributes
    ----------
    fold : shape (n,), from 0.
    data : fingerprint of these clients, fields and weights (``describe.fingerprint``), part of every key of the cache.
    work : folder of the cache.
    weights : shape (n,), how often each client counts; once by default.
    inferred : rejected applicants who are in every fit; nothing is predicted for them.
    """

    applications: pd.DataFrame
    target: Target
    fold: NDArray[np.intp]
    data: str
    work: Path
    seed: int = 0
    weights: Floats | None = None
    inferred: Inferred | None = None

    @cached_property
    def count(self) -> int:
        """Number of folds."""
        return int(self.fold.max()) + 1

    def prepare_rows(self, preprocessor: Any, k: int, balancing: str = "none") -> FoldRows:
        """Prepare the rows of one fold, resampled if the balancing requires it; cached."""
        if balancing not in RESAMPLING:
            return self._cached(("rows", preprocessor, k), lambda: self._prepare(preprocessor, k))
        key = ("resampled", preprocessor, k, balancing)
        return self._cached(key, lambda: self._resample(preprocessor, k, balancing))

    def fit_without(self, recipe: Recipe, k: int) -> tuple[FoldRows, Any]:
        """Fit a recipe without the clients of one fold; return the fold's rows and the model."""
        rows = self.prepare_rows(recipe.preprocessor, k, recipe.balancing)
        done = replace(recipe, balancing="none") if recipe.balancing in RESAMPLING else recipe
        done = constrain(done, rows.preprocessor.plan)
        return rows, fit_model(done, rows.inside, rows.inside_target, self.seed, rows.inside_weights)

    def predict(self, recipe: Recipe, report: Callable[[int, float], None] = lambda _k, _loss: None) -> Result:
        """Predict every client by a fit without the client's fold; cached under everything it depends on.

        Parameters
        ----------
        report : receives each fold's number and log loss; it may raise to prune a poor candidate.
        """
        key = ("predicted", replace(recipe, name=""))
        return replace(self._cached(key, lambda: self._predict(recipe, report)), recipe=recipe)

    def _predict(self, recipe: Recipe, report: Callable[[int, float], None]) -> Result:
        started, probability, inside = time.perf_counter(), np.empty(len(self.target)), []
        placed = np.zeros(len(self.target))
        for k in range(self.count):
            rows, model = self.fit_without(recipe, k)
            probability[self.fold == k] = own = predict_default(model, rows.outside)
            original = self.prepare_rows(recipe.preprocessor, k)
            seen = predict_default(model, original.inside[: original.known])
            known, counted = original.inside_target[: original.known], original.inside_weights
            counted = None if counted is None else counted[: original.known]
            inside.append(auc(known, seen, counted))
            placed[self.fold != k] += placements(known, seen, counted) / (self.count - 1)
            report(k, _loss(rows.outside_target, own, rows.outside_weights))
        calibrated = cross_calibrate(self.target, probability, self.fold, self.weights)
        return Result(recipe, probability, calibrated, tuple(inside), time.perf_counter() - started, placed)

    def _prepare(self, preprocessor: Any, k: int) -> FoldRows:
        held_out = self.fold == k
        inside, target = self.applications[~held_out], self.target[~held_out]
        seen, unseen = (None if self.weights is None else self.weights[part] for part in (~held_out, held_out))
        known = None
        if self.inferred is not None:
            known, chance = len(inside), self.inferred.chances[k]
            inside, target, seen = parcel(inside, target, seen, self.inferred.rejected, chance)
        planned = Planned(clone(preprocessor).fit(inside, target, seen).plan_)
        if not planned.plan.columns:
            raise DataError(
                "no field can be used: in each, nearly all clients have the same value\n"
                "Use more clients, or other columns."
            )
        ready = planned.transform(inside)
        scaler = StandardScaler().fit(ready, sample_weight=seen)
        outside = scaler.transform(planned.transform(self.applications[held_out]))
        standard, outcomes = scaler.transform(ready), self.target[held_out]
        return FoldRows(planned, scaler, standard, target, outside, outcomes, seen, unseen, known=known)

    def with_inferred(self) -> "Folds":
        """Return the clients together with the rejected applicants, for a fit to all of them."""
        if self.inferred is None:
            return self
        found = self.inferred
        both = parcel(self.applications, self.target, self.weights, found.rejected, found.chance)
        fold = np.zeros(len(both.target), dtype=np.intp)
        return replace(
            self, applications=both.applications, target=both.target, weights=both.weights, fold=fold, inferred=None
        )

    def _resample(self, preprocessor: Any, k: int, balancing: str) -> FoldRows:
        rows = self.prepare_rows(preprocessor, k)
        inside, target = resample(rows.inside, rows.inside_target, balancing, self.seed)
        return replace(rows, inside=inside, inside_target=target)

    def _cached(self, key: tuple[Any, ...], compute: Callable[[], Computed]) -> Computed:
        path = self.work / f"{key[0]}-{joblib.hash((self.data, self.seed, self.fold, key))}.joblib"
        if path.exists():
            return cast("Computed", joblib.load(path))
        computed = compute()
        self.work.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        joblib.dump(computed, unfinished)
        unfinished.replace(path)  # an interrupted run leaves no half-written file under the final name
        return computed


def score_without(folds: Folds, result: Result, k: int, clients: pd.DataFrame) -> Floats:
    """Score other clients as those of fold ``k`` were scored: fitted and calibrated without the fold, shape (n,)."""
    rows, model = folds.fit_without(result.recipe, k)
    others = folds.fold != k
    weights = None if folds.weights is None else folds.weights[others]
    calibrate = learn_calibration(folds.target[others], result.probability[others], weights)
    return calibrate(predict_default(model, rows.scaler.transform(rows.preprocessor.transform(clients))))


def predict_default(model: Any, rows: Floats) -> Floats:
    """Predict the probability of default, shape (n,), with a fitted classifier."""
    own: Floats = np.asarray(model.predict_proba(rows), dtype=float)
    return own[:, list(model.classes_).index(1)]


def _loss(target: Target, probability: Floats, weights: Floats | None) -> float:
    calibrated = learn_calibration(target, probability, weights)(probability)
    return float(log_loss(target, calibrated, sample_weight=weights))
