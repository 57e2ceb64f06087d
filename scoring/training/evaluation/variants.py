"""What-ifs of a champion: fields it may not use, fewer features, values that stop coming in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score

from scoring.model.calibration import Floats, fit_affine
from scoring.model.costs import Costs, cost_per_client
from scoring.model.preprocessor import Inputs
from scoring.model.report import PairedRow
from scoring.training.candidates.out_of_fold import Folds, Result, positive
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.fit import Recipe

Steps = Callable[[Iterable[Any], str], Iterable[Any]]
FEATURE_COUNTS = (30, 60, 125, None)


def with_inputs(
    folds: Folds, champion: Result, inputs: Mapping[str, Inputs], costs: Costs, steps: Steps
) -> list[PairedRow]:
    """Fit the champion's recipe to other fields, by what they are called; each compared with the champion."""
    rows = []
    for name in steps(list(inputs), "fields"):
        preprocessor = clone(champion.recipe.preprocessor).set_params(inputs=inputs[name])
        rows.append(
            _row(name, folds, champion, folds.result(_changed(champion.recipe, preprocessor)).calibrated, costs)
        )
    return rows


def with_fewer_features(folds: Folds, champion: Result, costs: Costs, steps: Steps) -> list[PairedRow]:
    """Fit the champion's recipe to the 30, 60, 125 most useful features, and to all."""
    rows = []
    for limit in steps(FEATURE_COUNTS, "features"):
        preprocessor = clone(champion.recipe.preprocessor).set_params(limit=limit)
        name = f"at most {limit} features" if limit else "all features"
        rows.append(
            _row(name, folds, champion, folds.result(_changed(champion.recipe, preprocessor)).calibrated, costs)
        )
    return rows


def without(
    folds: Folds, champion: Result, blanked: Mapping[str, Sequence[str]], costs: Costs, steps: Steps
) -> list[PairedRow]:
    """Score held-out clients as if some fields had not come in, with the models and the calibration as they are.

    Parameters
    ----------
    blanked : for each case, the fields that are missing.
    """
    predicted = {name: np.empty(len(folds.target)) for name in blanked}
    for k in steps(range(folds.count), "stress"):
        rows, model = folds.fitted(champion.recipe, k)
        held_out = folds.fold == k
        calibration = fit_affine(folds.target[~held_out], champion.probability[~held_out])
        for name, fields in blanked.items():
            stressed = _blank(folds.applications[held_out], fields)
            standard = rows.scaler.transform(rows.preprocessor.transform(stressed))
            predicted[name][held_out] = calibration.apply(positive(model, standard))
    return [_row(name, folds, champion, calibrated, costs) for name, calibrated in predicted.items()]


def unweighted(folds: Folds, champion: Result) -> Floats | None:
    """Out-of-fold probabilities of the champion's recipe without weights or resampling; none if it has neither."""
    recipe = champion.recipe
    if recipe.balancing == "none":
        return None
    model = clone(recipe.model)
    if "class_weight" in model.get_params():
        model.set_params(class_weight=None)
    return folds.result(Recipe(f"{recipe.name}, unweighted", recipe.family, recipe.preprocessor, model)).probability


def _changed(recipe: Recipe, preprocessor: Any) -> Recipe:
    return Recipe(recipe.name, recipe.family, preprocessor, recipe.model, recipe.balancing)


def _blank(applications: pd.DataFrame, fields: Sequence[str]) -> pd.DataFrame:
    missing = {name: pd.Series(np.nan, index=applications.index).astype(applications[name].dtype) for name in fields}
    return applications.assign(**missing)


def _row(name: str, folds: Folds, champion: Result, calibrated: Floats, costs: Costs) -> PairedRow:
    target, own = folds.target, champion.calibrated

    def difference(metric: Any) -> Any:
        return paired_difference(target, calibrated, own, metric, folds.seed, costs=costs)

    return PairedRow(
        name=name,
        auc=float(roc_auc_score(target, calibrated)),
        log_loss=float(log_loss(target, calibrated)),
        cost_per_client=cost_per_client(target, calibrated >= costs.threshold(), costs),
        auc_difference=difference("auc"),
        log_loss_difference=difference("log_loss"),
        cost_difference=difference("cost"),
    )
