"""From a table of applications to published artefacts."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scoring.errors import DataError
from scoring.model.calibration import Calibration, Floats, fit_affine
from scoring.model.costs import ClientCosts
from scoring.model.manifest import InferredFacts, Manifest, ModelFacts, TrainingFacts
from scoring.model.preprocessor import Binning, Inputs
from scoring.model.report import DisparityRow, OverTime, ParcelRow
from scoring.model.schema import InputSchema
from scoring.model.scorer import Policy
from scoring.tables.key_columns import in_rows
from scoring.training import describe
from scoring.training.candidates.edited_bins import find_edits, find_unusual, require_codes, write_scorecard
from scoring.training.candidates.families import BLENDED, FAMILIES, SCORECARD, SHAPED, list_candidates, make_tuned_blend
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.candidates.search import Trials, search_parameters
from scoring.training.candidates.shapes import list_unusual
from scoring.training.choose import choose_champion
from scoring.training.data.checks import TEST_PARTS, check_table, drop_weightless
from scoring.training.data.folds import assign_folds
from scoring.training.data.set_aside import find_set_aside
from scoring.training.data.time_split import split_by_time
from scoring.training.evaluation.assess import assess
from scoring.training.evaluation.metrics import evaluate
from scoring.training.evaluation.over_time import list_drifts, measure_over_time, score_like_held_out
from scoring.training.evaluation.parcelling import can_parcel, infer_rejects, measure_parcelling
from scoring.training.fairest import compare_disparity, find_groups, prefer_fair, search_fair
from scoring.training.fit import Fitted, fit
from scoring.training.one_sided import describe_one_sided
from scoring.training.options import Options
from scoring.training.publish import publish
from scoring.training.threshold import choose_threshold, describe_refits, find_review_band, refit, validate_tuning


@dataclass(frozen=True)
class Trained:
    """Result of a training run.

    Attributes
    ----------
    fitted : the champion, fitted to all training clients, or to all clients with ``refit_all``.
    champion : its out-of-fold predictions.
    results : of all candidates.
    folds : the training clients.
    trials : of each searched family.
    """

    manifest: Manifest
    fitted: Fitted
    champion: Result
    results: Sequence[Result]
    folds: Folds
    trials: Mapping[str, Trials]


def train(
    applications: pd.DataFrame, schema: InputSchema, inputs: Inputs, out: Path, *, synthetic: bool, options: Options
) -> Trained:
    """Compare candidates, fit the champion, calibrate, choose the threshold, measure, and publish into ``out``.

    Everything is chosen on out-of-fold predictions of the training clients. The test set is used once, for the last
    measurement. The published sample of clients is drawn from it, so that the fit has seen none of them, unless
    ``options.refit_all`` asks for a last fit to all clients.

    Parameters
    ----------
    applications : identity, target and the schema's fields.
    inputs : the fields that models may use.
    synthetic : whether the clients are synthetic; recorded in the manifest.

    Raises
    ------
    DataError
        When the table cannot be trained on; one message with all errors.
    """
    # One thread: with two threads, sums differ in their last digits, and small matrices take longer.
    with threadpool_limits(1), tempfile.TemporaryDirectory() as scratch:
        resumable = replace(options, work=options.work or Path(scratch))
        return _train(applications, schema, inputs, out, synthetic, resumable)


def _train(
    applications: pd.DataFrame, schema: InputSchema, inputs: Inputs, out: Path, synthetic: bool, options: Options
) -> Trained:
    _amounts(applications, options)  # an unusable column is refused before anything is fitted
    if options.set_aside:
        ids = applications[schema.identity.name].to_numpy()
        applications = applications[~find_set_aside(ids, options.set_aside)]
    folds, tested = _split(applications, schema, inputs, options)
    if not (inputs.numbers or inputs.categories or inputs.history):
        raise DataError(
            "the table: no column is left to learn from: all are empty, the same for every client, protected or "
            "proxies\nAdd columns that say something about the clients."
        )
    known, target, weights = folds.applications, folds.target, folds.weights
    if inputs.bins is not None:
        require_codes(inputs.bins, inputs, folds)
    groups = find_groups(known, schema)
    if options.prefer_fair and not groups:
        raise DataError(
            "--prefer-fair: no protected column has two groups that are large enough to be compared\n"
            "Declare the columns whose groups are to be compared with --protected COLUMN."
        )
    results, trials = compare_candidates(folds, inputs, options)
    choose = partial(
        choose_champion, target=target, costs=options.costs, seed=options.seed, max_gap=options.max_gap, weights=weights
    )
    champion, choice = choose(results, force=options.force)
    usual = champion
    champion, disparity, reason = _compare_groups(folds, usual, results, groups, options)
    if champion is not usual:
        results = [*results, *([champion] if champion not in results else [])]
        champion, choice = choose(results, prefer=(champion, reason))
    elif reason:
        choice = choice.model_copy(update={"reason": f"{choice.reason}; {reason}"})
    parcelling: tuple[ParcelRow, ...] = ()
    if options.infer_rejects is not None:
        folds, champion, parcelling = _infer_rejects(folds, champion, options)
    calibration = _calibrate(folds, champion)
    nested = validate_tuning(target, champion.calibrated, folds.fold, options.costs, options.seed, weights=weights)
    threshold = choose_threshold(options.costs, calibration, target, champion.calibrated, nested.gains, weights)
    policy = Policy(threshold.calibrated)
    if one_sided := describe_one_sided(target, champion.calibrated, threshold.calibrated, options.costs, weights):
        options.warn(one_sided)
    fitted = _fit_all(champion, folds, options)
    # The model that is served, and the clients that it is fitted to.
    served, seen = _fit_again(champion, folds, tested, schema, options) if options.refit_all else (fitted, folds)
    refitted = refit(served, champion.recipe, seen.with_inferred(), options.progress(range(options.refits), "refits"))
    band = find_review_band(served, refitted, seen, calibration, threshold.calibrated)

    def measure(clients: pd.DataFrame, calibrated: Any) -> Any:
        outcomes, refused = clients[schema.target].to_numpy(dtype=np.int8), policy.refuses(calibrated)
        amounts, counts = _amounts(clients, options), _weights(clients, options)
        return evaluate(outcomes, calibrated, refused, options.costs, options.seed, amounts=amounts, weights=counts)

    family, model, plan = champion.recipe.family, served.model, served.preprocessor.plan
    clients, counts = seen.applications, seen.weights
    shown = calibration.apply(served.predict(clients))
    manifest = Manifest(
        created_at=datetime.now(UTC).replace(microsecond=0),
        model=ModelFacts(family=family, type=type(model).__name__, parameters=describe.list_parameters(model)),
        input_schema=describe.add_observed_values(schema, clients),
        features=tuple(plan.feature_names()),
        plan=plan,
        costs=options.costs,
        threshold=threshold,
        calibration=calibration,
        review_band=band,
        refits=describe_refits(refitted),
        importances=describe.measure_importances(served, clients, options.seed, counts),
        reference=describe.summarize_features(served, clients, counts),
        training=TrainingFacts(
            synthetic=synthetic,
            rows=len(known),
            test_rows=len(tested),
            default_rate=float(np.average(target, weights=weights)),
            data_sha256=describe.fingerprint(applications, schema, _further(inputs, options)),
            folds=options.folds,
            seed=options.seed,
            refitted=options.refit_all,
            set_aside=options.set_aside,
            max_pvalue=inputs.binning.max_pvalue,
            thin_missing=inputs.binning.thin if inputs.binning.thin != "own" else None,
            bin_edits=None if inputs.bins is None else find_edits(inputs.bins, inputs, seen),
            inferred=_describe_inferred(folds, options),
        ),
        metrics={
            "out_of_fold": measure(known, champion.calibrated),
            "test": measure(tested, calibration.apply(fitted.predict(tested))),
        },
        choice=choice,
        report=assess(folds, champion, results, schema, policy, band, nested, plan, options).model_copy(
            update={
                "over_time": _compare_times(folds, champion, fitted, calibration, tested, schema, options),
                "parcelling": parcelling or _parcel(folds, champion, fitted, policy, calibration, options),
                "disparity": disparity,
            }
        ),
        readable=describe.select_readable_names(plan, schema, options.readable),
        typical=describe.find_typical_client(plan, schema, clients, ~policy.refuses(shown), counts),
        scaling=options.scaling,
        population=None
        if weights is not None
        else describe.describe_population(
            served, schema, known, champion.calibrated, policy.refuses(champion.calibrated)
        ),
        golden=describe.make_golden_records(served, clients),
        versions=describe.list_versions(family),
        files={},
    )
    if family == SHAPED:
        for warning in list_unusual(plan, inputs.riskier):
            options.warn(warning)
    if inputs.bins is not None and family == SCORECARD:
        for warning in find_unusual(inputs.bins, served, clients):
            options.warn(warning)
    manifest = publish(out, served, manifest, _draw_sample(tested, schema, options.sample))
    if options.write_bins is not None:
        write_scorecard(options.write_bins, results, served, champion, folds, seen)
    return Trained(manifest, served, champion, results, folds, trials)


def _compare_groups(
    folds: Folds, champion: Result, results: Sequence[Result], groups: Mapping[str, NDArray[np.intp]], options: Options
) -> tuple[Result, tuple[DisparityRow, ...], str]:
    """Measure quality against disparity by group; choose the fairest where that is asked for, and say why."""
    search = options.prefer_fair or options.feature_counts
    if not groups or not (search or len(results) > 1):
        return champion, (), ""
    tried = search_fair(folds, champion, groups, options.costs, options.progress) if search else []
    compared = compare_disparity(folds, champion, [*results, *tried], groups, options.costs, options.max_gap)
    chosen, reason = prefer_fair(compared, champion) if options.prefer_fair else (champion, "")
    return chosen, tuple(row for _, row in compared), reason


def compare_candidates(folds: Folds, inputs: Inputs, options: Options) -> tuple[list[Result], dict[str, Trials]]:
    """Compare candidates with default parameters, then search the parameters of the best families.

    Returns
    -------
    Results of all candidates, including tuned ones and their blend, and the trials of each searched family.
    """
    recipes = list_candidates(inputs, options.candidates, options.every_balancing)
    results = [folds.predict(recipe) for recipe in options.progress(recipes, "candidates")]
    if not options.trials:
        return results, {}
    ranked = sorted(results, key=lambda result: result.log_loss(folds.target, folds.weights))
    searchable = [result.recipe.family for result in ranked if FAMILIES[result.recipe.family].space]
    trials: dict[str, Trials] = {}
    tuned: list[Result] = []
    for family in list(dict.fromkeys(searchable))[: options.search_top]:
        best, trials[family] = search_parameters(folds, inputs, family, options.trials, options.progress)
        tuned += [best] if best else []
    results += tuned
    members = [result.recipe for result in tuned if result.recipe.family in BLENDED]
    if members and "blend" in options.candidates:
        results.append(folds.predict(make_tuned_blend(inputs, members)))
    return results, trials


def _split(
    applications: pd.DataFrame, schema: InputSchema, inputs: Inputs, options: Options
) -> tuple[Folds, pd.DataFrame]:
    """Check the table and split it: the training clients in folds, and the test set."""
    if options.weights is not None:
        applications = drop_weightless(applications, options.weights)
    applications = applications.sort_values(schema.identity.name)
    for warning in check_table(applications, schema, options.folds, options.weights, options.time):
        options.warn(warning)
    ids = applications[schema.identity.name].to_numpy()
    target = applications[schema.target].to_numpy(dtype=np.int8)
    if options.time is None:
        tested = assign_folds(ids, target, TEST_PARTS, "test") == 0
    else:
        tested, warnings = split_by_time(applications[options.time], target, TEST_PARTS, options.folds)
        for warning in warnings:
            options.warn(warning)
    known = applications[~tested]
    fold = assign_folds(ids[~tested], target[~tested], options.folds, "folds")
    data = describe.fingerprint(known, schema, _further(inputs, options))
    if inputs.bins is not None or inputs.binning != Binning():
        data = f"{data} {joblib.hash((inputs.bins, inputs.binning))}"
    weights, work = _weights(known, options), options.work or Path()
    return Folds(known, target[~tested], fold, data, work, options.seed, weights), applications[tested]


def _compare_times(
    folds: Folds,
    champion: Result,
    fitted: Fitted,
    calibration: Calibration,
    tested: pd.DataFrame,
    schema: InputSchema,
    options: Options,
) -> OverTime | None:
    """Compare the test set with the training clients where it is later; warn about what has drifted."""
    if options.time is None:
        return None
    known, outcomes = folds.applications, tested[schema.target].to_numpy(dtype=np.int8)
    rows = fitted.prepare(known), fitted.prepare(tested)
    found = measure_over_time(
        options.time,
        (known[options.time].to_numpy(), folds.target, champion.calibrated),
        (tested[options.time].to_numpy(), outcomes, calibration.apply(fitted.predict_rows(rows[1]))),
        rows,
        score_like_held_out(folds, champion, tested),
        options.seed,
        (folds.weights, _weights(tested, options)),
    )
    for warning in list_drifts(found):
        options.warn(warning)
    return found


def _parcel(
    folds: Folds, champion: Result, fitted: Fitted, policy: Policy, calibration: Calibration, options: Options
) -> tuple[ParcelRow, ...]:
    if options.rejected is None:
        return ()
    if not can_parcel(champion):
        options.warn(f"--rejects: {champion.recipe.name} is fitted to resampled clients: nothing was measured")
        return ()
    return measure_parcelling(folds, champion, fitted, policy, options.rejected, calibration.apply, options.progress)


def _fit_again(
    champion: Result, folds: Folds, tested: pd.DataFrame, schema: InputSchema, options: Options
) -> tuple[Fitted, Folds]:
    """Fit the champion's recipe to all clients; return them too, in one fold."""
    clients = pd.concat([folds.applications, tested]).sort_values(schema.identity.name)
    target, weights = clients[schema.target].to_numpy(dtype=np.int8), _weights(clients, options)
    everybody = replace(folds, applications=clients, target=target, weights=weights, fold=np.zeros(len(clients), int))
    return _fit_all(champion, everybody, options), everybody


def _fit_all(champion: Result, folds: Folds, options: Options) -> Fitted:
    """Fit the champion's recipe to all clients of ``folds``, with the rejected applicants if they are inferred."""
    both = folds.with_inferred()
    return fit(champion.recipe, both.applications, both.target, options.seed, both.weights)


def _infer_rejects(folds: Folds, champion: Result, options: Options) -> tuple[Folds, Result, tuple[ParcelRow, ...]]:
    """Put the rejected applicants into every fit; measure before how much the assumption about them changes."""
    if options.rejected is None or options.infer_rejects is None or not can_parcel(champion):
        raise DataError(
            f"--infer-rejects: {champion.recipe.name} is fitted to resampled clients, which cannot be weighted\n"
            "Leave --every-balancing out, or --infer-rejects."
        )
    calibration, fitted = _calibrate(folds, champion), _fit_all(champion, folds, options)
    rows = _parcel(folds, champion, fitted, Policy(options.costs.threshold()), calibration, options)
    shown = calibration.apply(fitted.predict(options.rejected))
    return *infer_rejects(folds, champion, shown, options.rejected, options.infer_rejects), rows


def _describe_inferred(folds: Folds, options: Options) -> InferredFacts | None:
    if folds.inferred is None or options.infer_rejects is None:
        return None
    chance = folds.inferred.chance
    return InferredFacts(applicants=len(chance), factor=options.infer_rejects, assumed_rate=float(chance.mean()))


def _further(inputs: Inputs, options: Options) -> list[str]:
    """Name the columns beside the schema's that a training depends on."""
    return [*inputs.history, *(name for name in (options.weights, options.time) if name is not None)]


def _weights(applications: pd.DataFrame, options: Options) -> Floats | None:
    return None if options.weights is None else applications[options.weights].to_numpy(dtype=float)


def _amounts(applications: pd.DataFrame, options: Options) -> ClientCosts | None:
    if options.loss is None:
        return None
    if options.loss not in applications or applications[options.loss].dtype.kind not in "iuf":
        raise DataError(
            f"--loss {options.loss}: not a numeric column that training reads; --drop and --keep leave columns out\n"
            "Expected the column of credit amounts."
        )
    lost = applications[options.loss].fillna(0).to_numpy(dtype=float)
    remedy = "expected finite amounts of 0 or more; empty cells count as 0"
    kinds = {"is infinite": np.isinf(lost), "is negative": np.isfinite(lost) & (lost < 0)}
    errors = [one for what, wrong in kinds.items() for one in in_rows(what, wrong, applications.index, remedy)]
    if errors:
        raise DataError.listing(f"--loss {options.loss}", errors, "Correct these amounts, or name another column.")
    return ClientCosts(lost, options.margin * lost)


def _calibrate(folds: Folds, champion: Result) -> Calibration:
    try:
        return fit_affine(folds.target, champion.probability, folds.weights)
    except ValueError as error:
        raise DataError(
            f"the model cannot be calibrated: {error}\nCheck that the target is the right column."
        ) from None


def _draw_sample(tested: pd.DataFrame, schema: InputSchema, size: int) -> pd.DataFrame:
    """Draw clients at random by their ID, in ascending order."""
    ids = tested[schema.identity.name].to_numpy()
    drawn = np.argsort(assign_folds(ids, np.zeros(len(ids)), max(len(ids), 2), "sample"))[:size]
    return tested.iloc[np.sort(drawn)]
