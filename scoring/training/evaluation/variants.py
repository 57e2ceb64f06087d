"""Variants of a champion: other input fields, fewer features, fields whose values are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import log_loss

from scoring.model.calibration import Floats, fit_affine
from scoring.model.costs import Costs, cost_per_client
from scoring.model.preprocessor import Inputs
from scoring.model.report import PairedRow
from scoring.model.scorer import Policy
from scoring.training.candidates.out_of_fold import Folds, Result, predict_default
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.options import Progress, show_no_progress

FEATURE_COUNTS = (30, 60, 125, None)


def compare_inputs(
    folds: Folds, champion: Result, inputs: Mapping[str, Inputs], costs: Costs, progress: Progress = show_no_progress
) -> list[PairedRow]:
    """Fit the champion's recipe to other fields, by the name of the case, and compare each with the champion."""
    return [
        _compare(name, folds, champion, _predict(folds, champion, inputs=inputs[name]), costs)
        for name in progress(list(inputs), "fields")
    ]


def compare_feature_counts(
    folds: Folds, champion: Result, costs: Costs, progress: Progress = show_no_progress
) -> list[PairedRow]:
    """Fit the champion's recipe to the 30, 60 and 125 most useful features, and to all."""
    names = {limit: f"at most {limit} features" if limit else "all features" for limit in FEATURE_COUNTS}
    return [
        _compare(names[limit], folds, champion, _predict(folds, champion, limit=limit), costs)
        for limit in progress(FEATURE_COUNTS, "features")
    ]


def compare_missing_fields(
    folds: Folds,
    champion: Result,
    cases: Mapping[str, Sequence[str]],
    costs: Costs,
    progress: Progress = show_no_progress,
) -> list[PairedRow]:
    """Score held-out clients as if some fields were missing, with the same models and the same calibration.

    Parameters
    ----------
    cases : for each case, the fields that are missing.
    """
    predicted = {name: np.empty(len(folds.target)) for name in cases}
    for k in progress(range(folds.count), "stress"):
        rows, model = folds.fit_without(champion.recipe, k)
        held_out = folds.fold == k
        calibration = fit_affine(folds.target[~held_out], champion.probability[~held_out])
        for name, fields in cases.items():
            without = _remove_values(folds.applications[held_out], fields)
            standard = rows.scaler.transform(rows.preprocessor.transform(without))
            predicted[name][held_out] = calibration.apply(predict_default(model, standard))
    return [_compare(name, folds, champion, calibrated, costs) for name, calibrated in predicted.items()]


def predict_unweighted(folds: Folds, champion: Result) -> Floats | None:
    """Predict out of fold with the champion's recipe without weights or resampling; None if it has neither."""
    recipe = champion.recipe
    if recipe.balancing == "none":
        return None
    model = clone(recipe.model)
    if "class_weight" in model.get_params():
        model.set_params(class_weight=None)
    return folds.predict(replace(recipe, model=model, balancing="none")).probability


def _predict(folds: Folds, champion: Result, **changed: Inputs | int | None) -> Floats:
    """Predict out of fold with some parameters of the champion's preprocessor changed."""
    preprocessor = clone(champion.recipe.preprocessor).set_params(**changed)
    return folds.predict(replace(champion.recipe, preprocessor=preprocessor)).calibrated


def _remove_values(applications: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    missing = {name: pd.Series(np.nan, index=applications.index).astype(applications[name].dtype) for name in fields}
    return applications.assign(**missing)


def _compare(name: str, folds: Folds, champion: Result, calibrated: Floats, costs: Costs) -> PairedRow:
    target = folds.target
    difference = partial(paired_difference, target, calibrated, champion.calibrated, seed=folds.seed, costs=costs)
    return PairedRow(
        name=name,
        auc=auc(target, calibrated),
        log_loss=float(log_loss(target, calibrated)),
        cost_per_client=cost_per_client(target, Policy(costs.threshold()).refuses(calibrated), costs),
        auc_difference=difference("auc"),
        log_loss_difference=difference("log_loss"),
        cost_difference=difference("cost"),
    )
