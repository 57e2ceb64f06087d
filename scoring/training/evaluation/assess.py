"""Build the report of a champion from its out-of-fold predictions."""

from collections.abc import Sequence

import numpy as np

from scoring.model.plan import Plan
from scoring.model.preprocessor import Planned, raw_columns
from scoring.model.report import NestedThreshold, Report, SwapSet
from scoring.model.schema import InputSchema
from scoring.model.scorer import Policy, ReviewBand
from scoring.training import threshold
from scoring.training.candidates.code_stability import measure_codes
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.evaluation import calibration_methods, decision_tables, variants
from scoring.training.evaluation.groups import group_clients, measure_fairness, measure_predictability
from scoring.training.evaluation.rejects import measure_reject_sensitivity
from scoring.training.evaluation.stability import count_by_bin, measure_folds
from scoring.training.options import Options
from scoring.training.segments import list_miscalibrated, list_segments, measure_segments


def assess(
    folds: Folds,
    champion: Result,
    results: Sequence[Result],
    schema: InputSchema,
    policy: Policy,
    band: ReviewBand,
    nested: NestedThreshold,
    plan: Plan,
    options: Options,
) -> Report:
    """Report on a champion.

    Parameters
    ----------
    results : of all candidates; decisions are compared with the best one of another family.
    policy : of decisions, on the calibrated scale.
    nested : the tuned threshold, as ``threshold.validate_tuning`` measures it.
    plan : of the model that is served.
    """
    target, calibrated, seed, costs = folds.target, champion.calibrated, folds.seed, options.costs
    served, refused = policy.threshold, policy.refuses(champion.calibrated)
    others, progress = options.other_inputs, options.progress
    weights = folds.weights
    trained_rate = float(np.average(target, weights=weights)) if champion.recipe.balancing == "none" else 0.5
    unweighted = variants.predict_unweighted(folds, champion)
    raw, fields = folds.applications, schema.fields
    protected = {one.label.en: group_clients(one, raw[one.name]) for one in fields if one.tier == "protected"}
    stated = [one for one in fields if one.concept == "age" or (one.justification and one.tier == "justified")]
    watched = protected | {one.label.en: group_clients(one, raw[one.name]) for one in stated}
    scores = _missing_scores(schema)
    rows = Planned(plan).transform(raw)
    columns = raw_columns(raw, plan.raw_numbers(), plan.raw_categories())
    segments = measure_segments(list_segments(watched, raw, schema, plan), target, calibrated, weights)
    if miscalibrated := list_miscalibrated(segments):
        options.warn(miscalibrated)
    return Report(
        gains=decision_tables.tabulate_gains(target, calibrated, weights=weights),
        bands=decision_tables.tabulate_bands(target, calibrated, weights),
        approval=decision_tables.tabulate_approvals(target, calibrated, served, weights),
        reliability=decision_tables.bin_reliability(target, calibrated, weights=weights),
        around_threshold=decision_tables.bin_reliability_near(target, calibrated, served, weights),
        review_share=float(np.average((calibrated >= band.low) & (calibrated <= band.high), weights=weights)),
        calibration=calibration_methods.compare_calibrations(
            target, champion.probability, folds.fold, trained_rate, seed, unweighted=unweighted, weights=weights
        ),
        optimum=threshold.find_optimum(target, calibrated, costs, served, seed, weights=weights),
        nested=nested,
        swap=_compare_decisions(folds, champion, results, policy),
        fairness=tuple(
            measure_fairness(name, group, target, calibrated, refused, seed, weights=weights)
            for name, group in watched.items()
        ),
        segments=segments,
        predictability=tuple(measure_predictability(rows, name, group, weights) for name, group in protected.items()),
        rejects=measure_reject_sensitivity(target, calibrated, served, costs, weights),
        stress=tuple(variants.compare_missing_fields(folds, champion, scores, costs, progress) if scores else ()),
        tiers=tuple(variants.compare_inputs(folds, champion, others, costs, progress) if others else ()),
        selection=tuple(
            variants.compare_feature_counts(folds, champion, costs, progress) if options.feature_counts else ()
        ),
        bins=count_by_bin(plan, columns, target, folds.fold, weights),
        folds=measure_folds(target, calibrated, refused, folds.fold, costs, weights),
        codes=measure_codes(folds, champion),
    )


def _compare_decisions(folds: Folds, champion: Result, results: Sequence[Result], policy: Policy) -> SwapSet | None:
    """Compare decisions with those of the best candidate of another family, if there is one."""
    others = [result for result in results if result.recipe.family != champion.recipe.family]
    if not others:
        return None
    other = min(others, key=lambda result: result.log_loss(folds.target, folds.weights))
    refused = policy.refuses(other.calibrated), policy.refuses(champion.calibrated)
    return decision_tables.tabulate_swaps(
        folds.target, *refused, (other.recipe.name, champion.recipe.name), folds.weights
    )


def _missing_scores(schema: InputSchema) -> dict[str, list[str]]:
    """Cases of external scores that are no longer delivered: each of them, and all."""
    scores = [one.name for one in schema.fields if one.concept == "external_score"]
    cases = {f"without {name}": [name] for name in scores}
    return {**cases, "without any external score": scores} if scores else {}
