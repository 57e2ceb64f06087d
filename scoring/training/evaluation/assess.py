"""Put the report of a champion together, from what it said of clients out of fold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from scoring.model.costs import Costs
from scoring.model.manifest import ThresholdFacts
from scoring.model.preprocessor import Inputs, Planned
from scoring.model.report import Report
from scoring.model.schema import InputSchema
from scoring.model.scorer import ReviewBand
from scoring.training import threshold
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.evaluation import calibration_methods, decision_tables, rejects, variants
from scoring.training.evaluation.groups import age_bands, fairness, predictability

Steps = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Extras:
    """What the report tells beyond predictions; each costs further fits.

    Attributes
    ----------
    inputs : other fields the champion might have used, by what they are called.
    feature_counts : tell what fewer and more features would give.
    """

    inputs: Mapping[str, Inputs] = field(default_factory=dict)
    feature_counts: bool = False


def assess(
    folds: Folds,
    champion: Result,
    results: Sequence[Result],
    schema: InputSchema,
    chosen: ThresholdFacts,
    band: ReviewBand,
    costs: Costs,
    extras: Extras,
    steps: Steps,
) -> Report:
    """Report on a champion.

    Parameters
    ----------
    results : of all candidates; the swap set is with the best of another family.
    """
    target, calibrated, seed = folds.target, champion.calibrated, folds.seed
    served = chosen.calibrated
    refused = calibrated >= served
    plain = variants.unweighted(folds, champion)
    trained = float(target.mean()) if champion.recipe.balancing == "none" else 0.5
    other = next((result for result in _ranked(results, folds) if result.recipe.family != champion.recipe.family), None)
    grouped = _groups(folds.applications, schema)
    missing = _missing(schema)
    rows = Planned(clone(champion.recipe.preprocessor).fit(folds.applications, target).plan_).transform(
        folds.applications
    )
    return Report(
        gains=decision_tables.gains(target, calibrated),
        bands=decision_tables.bands(target, calibrated),
        approval=decision_tables.approvals(target, calibrated, served),
        reliability=decision_tables.reliability(target, calibrated),
        around_threshold=decision_tables.around(target, calibrated, served),
        review_share=float(np.mean((calibrated >= band.low) & (calibrated <= band.high))),
        calibration=calibration_methods.compare_calibrations(
            target, champion.probability, folds.fold, trained, seed, unweighted=plain
        ),
        optimum=threshold.optimum(target, calibrated, costs, served, seed),
        nested=threshold.nested(target, calibrated, folds.fold, costs, seed),
        swap=None
        if other is None
        else decision_tables.swap_set(
            target, other.calibrated >= served, refused, (other.recipe.name, champion.recipe.name)
        ),
        fairness=tuple(fairness(name, group, target, calibrated, refused, seed) for name, group in grouped.items()),
        predictability=tuple(
            predictability(rows, name, group) for name, group in _protected(folds.applications, schema).items()
        ),
        rejects=rejects.sensitivity(target, calibrated, served, costs),
        stress=tuple(variants.without(folds, champion, missing, costs, steps)) if missing else (),
        tiers=tuple(variants.with_inputs(folds, champion, extras.inputs, costs, steps)) if extras.inputs else (),
        selection=tuple(variants.with_fewer_features(folds, champion, costs, steps)) if extras.feature_counts else (),
    )


def _ranked(results: Sequence[Result], folds: Folds) -> list[Result]:
    return sorted(results, key=lambda result: result.loss(folds.target))


def _groups(applications: pd.DataFrame, schema: InputSchema) -> dict[str, "pd.Series[Any]"]:
    """Group clients by every protected field, and by age: what must be watched."""
    grouped = _protected(applications, schema)
    for one in schema.fields:
        if one.concept == "age":
            grouped[one.label.en] = age_bands(applications[one.name], one.unit or "years")
    return grouped


def _protected(applications: pd.DataFrame, schema: InputSchema) -> dict[str, "pd.Series[Any]"]:
    """Group clients by every protected field; stand-ins for "missing" are no group."""
    return {
        one.label.en: applications[one.name].where(~applications[one.name].isin(one.missing))
        for one in schema.fields
        if one.tier == "protected"
    }


def _missing(schema: InputSchema) -> dict[str, list[str]]:
    """Outside scores that might stop coming in: each, and all."""
    scores = [one.name for one in schema.fields if one.concept == "external_score"]
    cases = {f"without {name}": [name] for name in scores}
    return {**cases, "without any external score": scores} if scores else {}
