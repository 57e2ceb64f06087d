"""Variants of a champion: other input fields, fewer features, fields whose values are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import log_loss

from scoring.model.calibration import Floats
from scoring.model.costs import Costs, cost_per_client
from scoring.model.preprocessor import Inputs
from scoring.model.report import PairedRow
from scoring.model.scorer import Policy
from scoring.training.candidates.out_of_fold import Folds, Result, predict_default
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.fit import learn_calibration
from scoring.training.options import Progress, show_no_progress

FEATURE_COUNTS = (30, 60, 125, None)


def compare_inputs(
    folds: Folds, champion: Result, inputs: Mapping[str, Inputs], costs: Costs, progress: Progress = show_no_progress
) -> list[PairedRow]:
    """Fit the champion's recipe to other fields, by the name of the case, and compare each with the champion."""
    names = progress(list(inputs), "fields")
    return [_compare_with(name, folds, champion, costs, inputs=inputs[name]) for name in names]


def compare_feature_counts(
    folds: Folds, champion: Result, costs: Costs, progress: Progress = show_no_progress
) -> list[PairedRow]:
    """Fit the champion's recipe to the 30, 60 and 125 most useful features, and to all."""
    names = {limit: f"at most {limit} features" if limit else "all features" for limit in FEATURE_COUNTS}
    limits = progress(FEATURE_COUNTS, "features")
    return [_compare_with(names[limit], folds, champion, costs, limit=limit) for limit in limits]


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
        calibrate = learn_calibration(
            folds.target[~held_out],
            champion.probability[~held_out],
            None if folds.weights is None else folds.weights[~held_out],
        )
        for name, fields in cases.items():
            clients = folds.applications[held_out]
            missing = {field: pd.Series(np.nan, index=clients.index).astype(clients[field].dtype) for field in fields}
            standard = rows.scaler.transform(rows.preprocessor.transform(clients.assign(**missing)))
            predicted[name][held_out] = calibrate(predict_default(model, standard))
    return [_compare(name, folds, champion, calibrated, costs) for name, calibrated in predicted.items()]


def predict_unweighted(folds: Folds, champion: Result) -> Floats | None:
    """Predict out of fold with the champion's recipe without balancing; None if it has none."""
    recipe = champion.recipe
    if recipe.balancing == "none":
        return None
    model = clone(recipe.model)
    if "class_weight" in model.get_params():
        model.set_params(class_weight=None)
    return folds.predict(replace(recipe, model=model, balancing="none")).probability


def _compare_with(name: str, folds: Folds, champion: Result, costs: Costs, **changed: Inputs | int | None) -> PairedRow:
    """Fit the champion's recipe again with some parameters of its preprocessor changed, and compare."""
    preprocessor = clone(champion.recipe.preprocessor).set_params(**changed)
    calibrated = folds.predict(replace(champion.recipe, preprocessor=preprocessor)).calibrated
    return _compare(name, folds, champion, calibrated, costs)


def _compare(name: str, folds: Folds, champion: Result, calibrated: Floats, costs: Costs) -> PairedRow:
    target, weights = folds.target, folds.weights
    difference = partial(
        paired_difference, target, calibrated, champion.calibrated, seed=folds.seed, costs=costs, weights=weights
    )
    return PairedRow(
        name=name,
        auc=auc(target, calibrated, weights),
        log_loss=float(log_loss(target, calibrated, sample_weight=weights)),
        cost_per_client=cost_per_client(target, Policy(costs.threshold()).refuses(calibrated), costs, weights),
        auc_difference=difference("auc"),
        log_loss_difference=difference("log_loss"),
        cost_difference=difference("cost"),
    )
