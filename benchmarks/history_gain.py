"""What history adds to the application alone, on the same clients and folds; ``python -m benchmarks.history_gain``."""

from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.core.preprocess import Preprocessor
from scoring.features import application, home_credit
from scoring.features.tables import read_applications
from scoring.training.fit import Target, fit
from scoring.training.split import deal

FOLDS = 5
REPEATS = 3
RESAMPLES = 2000
Probability = Callable[[Preprocessor, pd.DataFrame, Target, pd.DataFrame], NDArray[np.float64]]


def logistic_regression(
    preprocessor: Preprocessor, known: pd.DataFrame, target: Target, held_out: pd.DataFrame
) -> NDArray[np.float64]:
    """Fit as ``train`` does."""
    return fit(preprocessor, known, target).probability(held_out)


def ridge_regression(
    preprocessor: Preprocessor, known: pd.DataFrame, target: Target, held_out: pd.DataFrame
) -> NDArray[np.float64]:
    """Fit a logistic regression on many more features, its penalty chosen in inner folds of the known clients."""
    wide = clone(preprocessor).set_params(keep=120).fit(known, target)
    model = make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=[0.0003, 0.001, 0.003, 0.01, 0.1], l1_ratios=(0.0,), cv=3, scoring="neg_log_loss",
            solver="newton-cholesky", max_iter=200, use_legacy_attributes=False,
        ),
    )  # fmt: skip
    model.fit(wide.transform(known), target)
    probability: NDArray[np.float64] = model.predict_proba(wide.transform(held_out))[:, 1]
    return probability


def lightgbm(
    preprocessor: Preprocessor, known: pd.DataFrame, target: Target, held_out: pd.DataFrame
) -> NDArray[np.float64]:
    """Fit boosted trees on the raw numbers, all candidates included, and on the model-ready categories."""
    numbers = [*preprocessor.numbers, *preprocessor.candidates]
    fitted = fit(preprocessor, known, target).preprocessor

    def rows(frame: pd.DataFrame) -> NDArray[np.float64]:
        return np.column_stack([fitted.transform(frame).to_numpy(), frame[numbers].to_numpy(dtype=float)])

    model = LGBMClassifier(
        n_estimators=300, learning_rate=0.03, num_leaves=15, min_child_samples=80, colsample_bytree=0.3,
        subsample=0.8, subsample_freq=1, reg_lambda=10.0, random_state=0, n_jobs=2, deterministic=True, verbose=-1,
    )  # fmt: skip
    model.fit(rows(known), target)
    probability: NDArray[np.float64] = model.predict_proba(rows(held_out))[:, 1]
    return probability


def out_of_fold(
    family: Probability, preprocessor: Preprocessor, applications: pd.DataFrame, target: Target
) -> NDArray[np.float64]:
    """Mean probability of each client over repeated cross-validation."""
    total = np.zeros(len(target))
    numbers = applications["SK_ID_CURR"].to_numpy()
    for repeat in range(REPEATS):
        fold = deal(numbers, target, FOLDS, f"gain {repeat}")
        for k in range(FOLDS):
            held_out = fold == k
            total[held_out] += family(preprocessor, applications[~held_out], target[~held_out], applications[held_out])
    return total / REPEATS


def paired(target: Target, before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float, float]:
    """AUC gain and its 95 % interval over resamples of the clients, the same clients on both sides."""
    draws = np.random.default_rng(0)
    gains = []
    for _ in range(RESAMPLES):
        rows = draws.integers(0, len(target), len(target))
        gains.append(roc_auc_score(target[rows], after[rows]) - roc_auc_score(target[rows], before[rows]))
    gain = roc_auc_score(target, after) - roc_auc_score(target, before)
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(gain), float(low), float(high)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True, help="Folder of applications.")
@click.option("--features", type=click.Path(path_type=Path, exists=True), required=True, help="Made by features.")
@click.option("--coverage", type=click.Path(path_type=Path, exists=True), required=True, help="Who is covered.")
def main(data: Path, features: Path, coverage: Path) -> None:
    """Compare out of fold, with and without history, clients whose history was collected."""
    schema = home_credit.schema()
    history = pd.read_parquet(features)
    names = [name for name in history if name != "SK_ID_CURR"]
    covered = pd.read_parquet(coverage).query("has_bureau_bb_cc")["SK_ID_CURR"]
    applications = read_applications(data, schema).merge(history, on="SK_ID_CURR", how="inner")
    applications = applications[applications["SK_ID_CURR"].isin(covered)].reset_index(drop=True)
    target = applications["TARGET"].to_numpy()
    lines = [
        (
            f"{len(target):,} clients, {target.mean():.2%} default; {len(names)} history features; "
            f"{REPEATS} times {FOLDS} folds, the same for all."
        ),
        "",
        "| Family | AUC, application only | AUC, with history | gain (95 % interval, paired) |",
        "|---|---|---|---|",
    ]
    for family in tqdm((logistic_regression, ridge_regression, lightgbm), desc="families"):
        before = out_of_fold(family, application.preprocessor(schema), applications, target)
        after = out_of_fold(family, application.preprocessor(schema, names), applications, target)
        gain, low, high = paired(target, before, after)
        lines.append(
            f"| {family.__name__.replace('_', ' ')} | {roc_auc_score(target, before):.4f} "
            f"| {roc_auc_score(target, after):.4f} | {gain:+.4f} ({low:+.4f} to {high:+.4f}) |"
        )
    command = "python -m benchmarks.history_gain --data DIR --features FILE --coverage FILE"
    body = "\n".join(lines) + "\n"
    click.echo(f"{body}\nwritten: {write_result('history-gain', command, body)}")


if __name__ == "__main__":
    main()
