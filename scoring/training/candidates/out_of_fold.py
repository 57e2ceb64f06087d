"""Every candidate on the same folds: predictions out of fold, kept, so that a killed run goes on where it was."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Floats, fit_affine
from scoring.model.preprocessor import Planned
from scoring.training.candidates.balance import RESAMPLING, resample
from scoring.training.fit import Recipe, cross_calibrated, fit_model

Target = NDArray[np.int8]


@dataclass(frozen=True)
class Result:
    """What a candidate said of clients it was not fitted on.

    Attributes
    ----------
    probability : shape (n,), out of fold, on the model's own scale.
    calibrated : shape (n,), calibrated by the other folds.
    inside_auc : AUC on the clients of each fit.
    seconds : all folds together.
    """

    recipe: Recipe
    probability: Floats
    calibrated: Floats
    inside_auc: tuple[float, ...]
    seconds: float

    def loss(self, target: Target) -> float:
        """Log loss of the calibrated predictions."""
        return float(log_loss(target, self.calibrated))

    def gap(self, target: Target) -> float:
        """Overfitting: mean AUC on the clients of a fit, less AUC out of fold."""
        return float(np.mean(self.inside_auc) - roc_auc_score(target, self.calibrated))


@dataclass(frozen=True)
class Rows:
    """One fold, ready for models: standardised rows of the clients to fit to, and of those held out."""

    preprocessor: Planned
    scaler: StandardScaler
    inside: Floats
    inside_target: Target
    outside: Floats
    outside_target: Target


@dataclass(frozen=True)
class Folds:
    """Clients dealt into folds, and what was computed on them so far.

    Attributes
    ----------
    fold : shape (n,), from 0.
    data : names these clients and fields (``describe.fingerprint``); what is kept belongs to them alone.
    work : folder for what is kept.
    """

    applications: pd.DataFrame
    target: Target
    fold: NDArray[np.intp]
    data: str
    work: Path
    seed: int = 0

    @cached_property
    def count(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1

    def rows(self, preprocessor: Any, k: int, balancing: str = "none") -> Rows:
        """Rows of one fold, resampled where the balancing says so; computed once and kept."""
        rows: Rows
        if balancing in RESAMPLING:
            key = ("resampled", preprocessor, k, balancing)
            rows = self._kept(key, lambda: self._resampled(preprocessor, k, balancing))
        else:
            rows = self._kept(("rows", preprocessor, k), lambda: self._rows(preprocessor, k))
        return rows

    def fitted(self, recipe: Recipe, k: int) -> tuple[Rows, Any]:
        """Fit a recipe without the clients of one fold; return the fold's rows and the model."""
        rows = self.rows(recipe.preprocessor, k, recipe.balancing)
        done = replace(recipe, balancing="none") if recipe.balancing in RESAMPLING else recipe
        return rows, fit_model(done, rows.inside, rows.inside_target, self.seed)

    def result(self, recipe: Recipe, report: Callable[[int, float], None] = lambda _k, _loss: None) -> Result:
        """Predict every client by a fit without the client's fold; kept under everything it depends on.

        Parameters
        ----------
        report : is told each fold's number and log loss; it may raise to give a poor candidate up.
        """
        key = ("result", replace(recipe, name=""))
        result: Result = self._kept(key, lambda: self._result(recipe, report))
        return replace(result, recipe=recipe)

    def _result(self, recipe: Recipe, report: Callable[[int, float], None]) -> Result:
        started, probability, inside = time.perf_counter(), np.empty(len(self.target)), []
        for k in range(self.count):
            rows, model = self.fitted(recipe, k)
            probability[self.fold == k] = own = positive(model, rows.outside)
            original = self.rows(recipe.preprocessor, k)
            inside.append(float(roc_auc_score(original.inside_target, positive(model, original.inside))))
            report(k, _loss(rows.outside_target, own))
        calibrated = cross_calibrated(self.target, probability, self.fold)
        return Result(recipe, probability, calibrated, tuple(inside), time.perf_counter() - started)

    def _rows(self, preprocessor: Any, k: int) -> Rows:
        held_out = self.fold == k
        inside, outside = self.applications[~held_out], self.applications[held_out]
        planned = Planned(clone(preprocessor).fit(inside, self.target[~held_out]).plan_)
        ready = planned.transform(inside)
        scaler = StandardScaler().fit(ready)
        return Rows(
            planned,
            scaler,
            scaler.transform(ready),
            self.target[~held_out],
            scaler.transform(planned.transform(outside)),
            self.target[held_out],
        )

    def _resampled(self, preprocessor: Any, k: int, balancing: str) -> Rows:
        rows = self.rows(preprocessor, k)
        inside, target = resample(rows.inside, rows.inside_target, balancing, self.seed)
        return replace(rows, inside=inside, inside_target=target)

    def _kept(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        path = self.work / f"{key[0]}-{joblib.hash((self.data, self.seed, self.fold, key))}.joblib"
        if path.exists():
            return joblib.load(path)
        computed = compute()
        self.work.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        joblib.dump(computed, unfinished)
        unfinished.replace(path)  # a killed run leaves no half-written file under the final name
        return computed


def positive(model: Any, rows: Floats) -> Floats:
    """Probability of default, shape (n,), by a fitted classifier."""
    own: Floats = np.asarray(model.predict_proba(rows), dtype=float)
    return own[:, list(model.classes_).index(1)]


def _loss(target: Target, probability: Floats) -> float:
    try:
        return float(log_loss(target, fit_affine(target, probability).apply(probability)))
    except ValueError:  # ranks nobody
        return float(log_loss(target, np.full(len(target), target.mean())))
