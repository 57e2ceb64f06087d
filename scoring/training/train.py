"""From a table of applications to artefacts that the service takes as they are."""

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scoring.errors import DataError
from scoring.model.calibration import Calibration, fit_affine
from scoring.model.costs import Costs
from scoring.model.manifest import Manifest, ModelFacts, ThresholdFacts, TrainingFacts
from scoring.model.preprocessor import Inputs
from scoring.model.report import Metric
from scoring.model.schema import InputSchema, Readable
from scoring.model.scorer import ReviewBand
from scoring.training import describe
from scoring.training.candidates.families import BLENDED, FAMILIES, SCORECARD, candidates, tuned_blend
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.candidates.search import search
from scoring.training.choose import MAX_GAP, choose
from scoring.training.data.checks import TEST_PARTS, check
from scoring.training.data.folds import deal
from scoring.training.evaluation.assess import Extras, assess
from scoring.training.evaluation.metrics import evaluate
from scoring.training.evaluation.money import Money
from scoring.training.explained import readable_terms, typical
from scoring.training.fit import REFITS, Fitted, choose_threshold, find_review_band, fit
from scoring.training.publish import publish

Trials = Sequence[tuple[int, dict[str, Any], float | None]]
Progress = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True)
class Options:
    """How to train.

    Attributes
    ----------
    sample : clients of the test part that are published with the model.
    folds : parts of the training part for out-of-fold predictions, at least 2.
    seed : of every random draw.
    families : which families compete.
    every_balancing : compare every way of balancing, not only each family's usual one.
    trials : of the parameter search in each of the ``searched`` best families.
    family, max_gap : see ``choose.choose``.
    loss, margin : column with what a defaulting credit loses, and the share of it that refusing a good client
        forgoes; the cost in money is then measured too.
    extras : what the report tells beyond predictions.
    work : folder for what a killed run goes on from; a temporary one by default.
    progress : wraps the steps of long work, given what they are.
    readable : names of derived numbers and history features, for the reasons shown to people.
    warn : takes what had better be known of the data.
    """

    sample: int = 1000
    folds: int = 5
    seed: int = 0
    costs: Costs = field(default_factory=Costs)
    families: Sequence[str] = (SCORECARD,)
    every_balancing: bool = False
    trials: int = 0
    searched: int = 3
    family: str | None = None
    max_gap: float = MAX_GAP
    loss: str | None = None
    margin: float = 0.0
    extras: Extras = field(default_factory=Extras)
    work: Path | None = None
    progress: Progress = lambda steps, _what: steps
    readable: Mapping[str, Readable] = field(default_factory=dict)
    warn: Callable[[str], None] = lambda _line: None


@dataclass(frozen=True)
class Trained:
    """What a training run made.

    Attributes
    ----------
    fitted : the champion, fitted to the whole training part.
    champion : what it said out of fold.
    results : of all candidates.
    folds : the training part.
    trials : of each searched family: place, parameters, log loss (none where given up).
    """

    manifest: Manifest
    fitted: Fitted
    champion: Result
    results: Sequence[Result]
    folds: Folds
    trials: Mapping[str, Trials]


def train(
    applications: pd.DataFrame,
    schema: InputSchema,
    inputs: Inputs,
    out: Path,
    *,
    synthetic: bool,
    options: Options,
) -> Trained:
    """Compare candidates, fit the champion, calibrate, choose the threshold, measure, and publish into ``out``.

    Everything is chosen on out-of-fold predictions of the training part. The test part is used once, for the
    last measurement. The published sample of clients is drawn from it, so that nobody in it was seen by the fit.

    Parameters
    ----------
    applications : identity, target and the schema's fields, as ``features.tables`` reads them.
    inputs : what the models may look at.
    synthetic : whether the clients are made up; said in the manifest.

    Raises
    ------
    DataError
        When the table cannot be trained on; all faults at once.
    """
    # One thread: on two, sums end in other last digits, and small matrices take longer.
    with threadpool_limits(1), tempfile.TemporaryDirectory() as scratch:
        return _train(
            applications, schema, inputs, out, synthetic, replace(options, work=options.work or Path(scratch))
        )


def _train(
    applications: pd.DataFrame, schema: InputSchema, inputs: Inputs, out: Path, synthetic: bool, options: Options
) -> Trained:
    applications = applications.sort_values(schema.identity.name)
    for warning in check(applications, schema, options.folds):
        options.warn(warning)
    numbers = applications[schema.identity.name].to_numpy()
    target = applications[schema.target].to_numpy(dtype=np.int8)
    tested = deal(numbers, target, TEST_PARTS, "test") == 0
    known = applications[~tested]
    folds = Folds(
        known,
        target[~tested],
        deal(numbers[~tested], target[~tested], options.folds, "folds"),
        describe.fingerprint(known, schema, inputs.history),
        options.work or Path(),
        options.seed,
    )
    results, trials = compete(folds, inputs, options)
    champion, choice = choose(
        results,
        folds.target,
        options.costs,
        seed=options.seed,
        max_gap=options.max_gap,
        family=options.family,
    )
    calibration = _calibration(folds, champion)
    threshold = choose_threshold(
        options.costs, calibration, folds.target, champion.calibrated, folds.fold, options.seed
    )
    fitted = fit(champion.recipe, known, folds.target, options.seed)
    calibrated = calibration.apply(fitted.probability(applications[tested]))
    refused = calibrated >= threshold.calibrated
    money = _money(applications[tested], options)
    test = evaluate(target[tested], calibrated, refused, options.costs, options.seed, money=money)
    band = _review_band(fitted, folds, champion, calibration, threshold, options)
    manifest = Manifest(
        created_at=datetime.now(UTC).replace(microsecond=0),
        model=ModelFacts(
            family=champion.recipe.family,
            type=type(fitted.model).__name__,
            parameters=describe.parameters(fitted.model),
        ),
        input_schema=describe.with_categories(schema, known),
        features=tuple(fitted.preprocessor.plan.feature_names()),
        plan=fitted.preprocessor.plan,
        costs=options.costs,
        threshold=threshold,
        calibration=calibration,
        review_band=band,
        importances=describe.importances(fitted, known, options.seed),
        reference=describe.reference(fitted, known),
        training=TrainingFacts(
            synthetic=synthetic,
            rows=len(known),
            test_rows=int(tested.sum()),
            default_rate=float(folds.target.mean()),
            data_sha256=describe.fingerprint(applications, schema, inputs.history),
            folds=options.folds,
            seed=options.seed,
        ),
        metrics={"out_of_fold": _out_of_fold(folds, champion, threshold, options), "test": test},
        choice=choice,
        report=assess(
            folds, champion, results, schema, threshold, band, options.costs, options.extras, options.progress
        ),
        readable=readable_terms(fitted.preprocessor.plan, schema, options.readable),
        typical=typical(
            fitted.preprocessor.plan, schema, known, calibration.apply(fitted.probability(known)) < threshold.calibrated
        ),
        golden=describe.golden(fitted, known),
        versions=describe.versions(champion.recipe.family),
        files={},
    )
    sample = _sample(applications[tested], numbers[tested], options.sample)
    manifest = publish(out, fitted, manifest, sample)
    return Trained(manifest, fitted, champion, results, folds, trials)


def compete(folds: Folds, inputs: Inputs, options: Options) -> tuple[list[Result], dict[str, Trials]]:
    """Compare candidates at their defaults, then search the parameters of the best families.

    Returns
    -------
    Results of all candidates, tuned ones and their blend included, and the trials of each searched family.
    """
    competing = candidates(inputs, options.families, options.every_balancing)
    results = [folds.result(recipe) for recipe in options.progress(competing, "candidates")]
    if not options.trials:
        return results, {}
    ranked = sorted(results, key=lambda result: result.loss(folds.target))
    searchable = [result.recipe.family for result in ranked if FAMILIES[result.recipe.family].space]
    trials: dict[str, Trials] = {}
    tuned: list[Result] = []
    for family in list(dict.fromkeys(searchable))[: options.searched]:
        found = search(folds, inputs, family, options.trials, options.progress)
        trials[family] = found.trials
        tuned += [found.best] if found.best else []
    results += tuned
    members = [result.recipe for result in tuned if result.recipe.family in BLENDED]
    if members and "blend" in options.families:
        results.append(folds.result(tuned_blend(inputs, members)))
    return results, trials


def _out_of_fold(folds: Folds, champion: Result, threshold: ThresholdFacts, options: Options) -> dict[str, Metric]:
    refused = champion.calibrated >= threshold.calibrated
    money = _money(folds.applications, options)
    return evaluate(folds.target, champion.calibrated, refused, options.costs, options.seed, money=money)


def _money(applications: pd.DataFrame, options: Options) -> Money | None:
    if options.loss is None:
        return None
    if options.loss not in applications or applications[options.loss].dtype.kind not in "iuf":
        raise DataError(f"--loss {options.loss}: is no numeric column of the table\nName the column of credit amounts.")
    lost = applications[options.loss].to_numpy(dtype=float)
    lost = np.where(np.isnan(lost), 0.0, lost)
    return Money(lost, options.margin * lost)


def _calibration(folds: Folds, champion: Result) -> Calibration:
    try:
        return fit_affine(folds.target, champion.probability)
    except ValueError as error:
        raise DataError(
            f"the model cannot be calibrated: {error}\nCheck that the target is the right column."
        ) from None


def _review_band(
    fitted: Fitted,
    folds: Folds,
    champion: Result,
    calibration: Calibration,
    threshold: ThresholdFacts,
    options: Options,
) -> ReviewBand:
    steps = options.progress(range(REFITS), "refits")
    return find_review_band(
        fitted,
        champion.recipe,
        folds.applications,
        folds.target,
        calibration,
        threshold.calibrated,
        options.seed,
        steps,
    )


def _sample(tested: pd.DataFrame, numbers: NDArray[Any], size: int) -> pd.DataFrame:
    """Draw clients at random by number, then put them in ascending order."""
    drawn = np.argsort(deal(numbers, np.zeros(len(numbers)), max(len(numbers), 2), "sample"))[:size]
    return tested.iloc[np.sort(drawn)].sort_values(tested.columns[0])
