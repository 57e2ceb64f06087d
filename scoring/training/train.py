"""From a table of applications to artefacts that the service takes as they are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.core.calibration import Calibration, fit_affine
from scoring.core.cost import Costs
from scoring.core.manifest import Manifest, Metric, ModelFacts, ThresholdFacts, TrainingFacts
from scoring.core.preprocess import Preprocessor
from scoring.core.schema import InputSchema
from scoring.core.scorer import ReviewBand
from scoring.errors import DataError
from scoring.training import describe
from scoring.training.fit import (
    REFITS,
    Fitted,
    choose_threshold,
    cross_calibrated,
    find_review_band,
    fit,
    out_of_fold,
)
from scoring.training.metrics import evaluate
from scoring.training.publish import publish
from scoring.training.split import deal

_TEST_PARTS = 5  # one client in five is kept for the test
Progress = Callable[[Iterable[int], str], Iterable[int]]


@dataclass(frozen=True)
class Options:
    """How to train.

    Attributes
    ----------
    sample : clients of the test part that are published with the model.
    folds : parts of the training part for out-of-fold predictions, at least 2.
    seed : of every random draw.
    progress : wraps the steps of long work, given what they are.
    """

    sample: int = 1000
    folds: int = 5
    seed: int = 0
    costs: Costs = field(default_factory=Costs)
    progress: Progress = lambda steps, _what: steps


@dataclass(frozen=True)
class _Choice:
    """What out-of-fold predictions decide on, before the test part is touched."""

    calibration: Calibration
    threshold: ThresholdFacts
    metrics: dict[str, Metric]


def train(
    applications: pd.DataFrame,
    schema: InputSchema,
    preprocessor: Preprocessor,
    out: Path,
    *,
    synthetic: bool,
    options: Options,
) -> Manifest:
    """Fit, calibrate, choose the threshold, measure, and publish into ``out``.

    The test part is used for the last measurement only. The published sample of clients is drawn from it, so
    that nobody in it was seen by the fit.

    Parameters
    ----------
    applications : identity, target and the schema's fields, as ``features.tables`` reads them.
    preprocessor : unfitted.
    synthetic : whether the clients are made up; said in the manifest.

    Raises
    ------
    DataError
        When there are too few clients of either outcome.
    """
    applications = applications.sort_values(schema.identity.name)
    numbers = applications[schema.identity.name].to_numpy()
    target = applications[schema.target].to_numpy()
    _require_enough(target, options.folds)
    tested = deal(numbers, target, _TEST_PARTS, "test") == 0
    known, known_target = applications[~tested], target[~tested]

    choice = _choose(preprocessor, known, numbers[~tested], known_target, options)
    fitted = fit(preprocessor, known, known_target)
    calibrated = choice.calibration.apply(fitted.probability(applications[tested]))
    test = evaluate(target[tested], calibrated, calibrated >= choice.threshold.calibrated, options.costs, options.seed)
    manifest = Manifest(
        created_at=datetime.now(UTC).replace(microsecond=0),
        model=ModelFacts(
            family="logistic regression",
            type=type(fitted.model).__name__,
            parameters=fitted.model.get_params(),
        ),
        input_schema=describe.with_categories(schema, known),
        features=tuple(fitted.preprocessor.plan_.feature_names()),
        plan=fitted.preprocessor.plan_,
        costs=options.costs,
        threshold=choice.threshold,
        calibration=choice.calibration,
        review_band=_review_band(fitted, known, known_target, choice, options),
        importances=describe.importances(fitted, known),
        reference=describe.reference(fitted, known),
        training=TrainingFacts(
            synthetic=synthetic,
            rows=len(known),
            test_rows=int(tested.sum()),
            default_rate=float(known_target.mean()),
            data_sha256=describe.fingerprint(applications, schema),
            folds=options.folds,
            seed=options.seed,
        ),
        metrics={"out_of_fold": choice.metrics, "test": test},
        golden=describe.golden(fitted, known),
        versions=describe.versions(),
        files={},
    )
    sample = _sample(applications[tested], numbers[tested], options.sample)
    return publish(out, fitted, manifest, sample)


def _choose(
    preprocessor: Preprocessor,
    known: pd.DataFrame,
    numbers: NDArray[Any],
    target: NDArray[Any],
    options: Options,
) -> _Choice:
    fold = deal(numbers, target, options.folds, "folds")
    steps = options.progress(range(options.folds), "folds")
    probability = out_of_fold(preprocessor, known, target, fold, steps)
    calibrated = cross_calibrated(target, probability, fold)
    try:
        calibration = fit_affine(target, probability)
    except ValueError as error:
        raise DataError(
            f"the model cannot be calibrated: {error}\nCheck that the target is the right column."
        ) from None
    threshold = choose_threshold(options.costs, calibration, target, calibrated)
    refused = calibrated >= threshold.calibrated
    return _Choice(calibration, threshold, evaluate(target, calibrated, refused, options.costs, options.seed))


def _review_band(
    fitted: Fitted, known: pd.DataFrame, target: NDArray[Any], choice: _Choice, options: Options
) -> ReviewBand:
    steps = options.progress(range(REFITS), "refits")
    return find_review_band(fitted, known, target, choice.calibration, choice.threshold.calibrated, options.seed, steps)


def _require_enough(target: NDArray[Any], folds: int) -> None:
    rarest = int(min(np.count_nonzero(target == 0), np.count_nonzero(target == 1)))
    needed = _TEST_PARTS * folds * 2
    if rarest < needed:
        raise DataError(
            f"{rarest} clients have the rarer outcome; expected at least {needed} for {folds} folds and a test part\n"
            "Use more data, or fewer folds."
        )


def _sample(tested: pd.DataFrame, numbers: NDArray[Any], size: int) -> pd.DataFrame:
    """Draw clients at random by number, then put them in ascending order."""
    drawn = np.argsort(deal(numbers, np.zeros(len(numbers)), max(len(numbers), 2), "sample"))[:size]
    return tested.iloc[np.sort(drawn)].sort_values(tested.columns[0])
