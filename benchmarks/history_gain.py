"""Measure the gain from history on the same clients and folds: ``python -m benchmarks.history_gain``."""

import tempfile
from pathlib import Path

import click
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.home_credit import input_schema, inputs
from scoring.home_credit.applications import read_applications
from scoring.home_credit.history import attach
from scoring.model.calibration import Floats, log_odds
from scoring.model.preprocessor import Inputs
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds, Target
from scoring.training.data.folds import assign_folds
from scoring.training.evaluation.metrics import paired_difference

FOLDS = 5
REPEATS = 3
FAMILIES = ("scorecard", "shaped scorecard", "logistic regression", "splines", "lightgbm", "blend")


def out_of_fold(family: str, inputs: Inputs, applications: pd.DataFrame, target: Target, work: Path) -> Floats:
    """Mean calibrated log-odds of each client over repeated cross-validation, as probabilities."""
    numbers = applications["SK_ID_CURR"].to_numpy()
    total = np.zeros(len(target))
    for repeat in range(REPEATS):
        fold = assign_folds(numbers, target, FOLDS, f"gain {repeat}")
        folds = Folds(applications, target, fold, "gain", work)
        total += log_odds(folds.predict(make_recipe(inputs, family, {})).calibrated)
    return expit(total / REPEATS)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of applications.")
@click.option("--features", type=click.Path(path_type=Path, exists=True), required=True, help="History features.")
@click.option("--coverage", type=click.Path(path_type=Path, exists=True), required=True, help="Coverage file.")
@click.option("--candidates", default=",".join(FAMILIES), show_default=True)
def main(data: Path, features: Path, coverage: Path, candidates: str) -> None:
    """Compare models with and without history, out of fold, on clients whose history is complete."""
    schema = input_schema.load_schema()
    covered = pd.read_parquet(coverage).query("has_bureau_bb_cc")["SK_ID_CURR"]
    applications = read_applications(data, schema)
    applications = applications[applications["SK_ID_CURR"].isin(covered)].reset_index(drop=True)
    applications, names = attach.attach_history(applications, features, "SK_ID_CURR")
    target = applications["TARGET"].to_numpy(dtype=np.int8)
    lines = [
        (
            f"{len(target):,} clients, {target.mean():.2%} default; {len(names)} history features; "
            f"{REPEATS} times {FOLDS} folds, the same for all."
        ),
        "",
        "| Family | AUC, application only | AUC, with history | gain (95 % interval, paired) |",
        "|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as work:
        for family in tqdm(candidates.split(","), desc="families"):
            before, after = (
                out_of_fold(family, inputs.select_inputs(schema, history), applications, target, Path(work))
                for history in ((), names)
            )
            gain = paired_difference(target, after, before, "auc", seed=0, resamples=2000)
            lines.append(
                f"| {family} | {roc_auc_score(target, before):.4f} | {roc_auc_score(target, after):.4f} "
                f"| {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) |"
            )
    command = "python -m benchmarks.history_gain --data DIR --features FILE --coverage FILE"
    body = "\n".join(lines) + "\n"
    click.echo(f"{body}\nwritten: {write_result('history-gain', command, body)}")


if __name__ == "__main__":
    main()
