"""Measure how well the scorecard ranks, and how stable its bins and its reasons are.

``python -m benchmarks.scorecard --data DIR`` reads Home Credit's applications, with
``--table FILE --target COL --id COL`` a flat table. With ``--tries`` it measures other settings, too.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import log_loss, roc_auc_score
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.model.calibration import Floats, fit_affine
from scoring.model.costs import Costs
from scoring.model.plan import BinnedColumn, Plan, complete
from scoring.model.preprocessor import Binning, Inputs, Planned, Preprocessor
from scoring.model.scorer import Policy
from scoring.readable.term_bins import place_in_bins
from scoring.training.candidates.families import SHAPED
from scoring.training.candidates.scorecard import PENALTY, Scorecard
from scoring.training.candidates.shaped import SHAPE_PENALTY, Shaped
from scoring.training.data.folds import assign_folds
from scoring.training.fit import Fitted, Recipe, Target, cross_calibrate, fit, make_logistic

FOLDS, REFITS = 5, 12
TRIES: tuple[Mapping[str, Any], ...] = (
    {"max_pvalue": 1.0},
    {"max_pvalue": 0.2},
    {"max_pvalue": 0.01},
    {"certainty": 0.0},
    {"certainty": 1.0},
    {"certainty": 3.0},
    {"information": 0.005},
    {"information": 0.02},
    {"penalty": 1.0},
    {"penalty": 0.01},
    {"penalty": 0.0003},
)


@dataclass(frozen=True)
class Clients:
    """Applications, outcomes, folds, and the fields that a model may use."""

    frame: pd.DataFrame
    target: Target
    fold: Any
    inputs: Inputs


def read(options: argparse.Namespace) -> Clients:
    """Read Home Credit's applications or a flat table."""
    if options.table:
        from scoring.tables.flat import flat_table
        from scoring.tables.flat.column_options import ColumnOptions

        schema, frame, *_ = flat_table.read_flat(options.table, ColumnOptions(options.target, options.id))
        inputs = flat_table.inputs(schema, frame)
    else:
        from scoring.home_credit import input_schema, inputs
        from scoring.home_credit.applications import read_applications

        schema = input_schema.load_schema()
        frame, inputs = read_applications(options.data, schema), inputs.select_inputs(schema)
    frame = frame.reset_index(drop=True)
    target = frame[schema.target].to_numpy()
    return Clients(frame, target, assign_folds(frame[schema.identity.name].to_numpy(), target, FOLDS, "folds"), inputs)


def out_of_fold(clients: Clients, recipe: Recipe) -> tuple[Floats, list[int], Floats]:
    """Out-of-fold probability of each client, numbers of columns, and mean numbers of ``count_neighbours``."""
    probability, columns, pairs = np.empty(len(clients.target)), [], []
    for k in range(FOLDS):
        held_out = clients.fold == k
        fitted = fit(recipe, clients.frame[~held_out], clients.target[~held_out])
        probability[held_out] = fitted.predict(clients.frame[held_out])
        columns.append(len(fitted.preprocessor.plan.columns))
        pairs.append(count_neighbours(clients, fitted.preprocessor.plan, held_out))
    return probability, columns, np.mean(pairs, axis=0)


def count_neighbours(clients: Clients, plan: Plan, held_out: Any) -> tuple[int, int, int]:
    """Count neighbouring bins of numbers, without those of codes in disguise.

    Returns
    -------
    How many pairs there are; of how many the default rates of the clients of the fit do not differ (two proportions,
    5 %); and of how many the default rates of the clients held out are in the other order than the weights.
    """
    values, found = complete(clients.inputs.draft(), clients.inputs.raw(clients.frame)), []
    for column in plan.columns:
        if isinstance(column, BinnedColumn) and not column.codes:
            place = place_in_bins(column, values[column.source])
            for k, rises in enumerate(np.diff(column.values) > 0):
                inside, outside = (
                    [clients.target[part & (place == one)] for one in (k, k + 1)] for part in (~held_out, held_out)
                )
                found.append((1, not differ(*inside), (outside[0].mean() < outside[1].mean()) != rises))
    pairs, alike, turned = np.sum(found, axis=0).tolist() if found else (0, 0, 0)
    return pairs, alike, turned


def differ(first: Target, second: Target) -> bool:
    """Whether default rates differ at 5 %, by the test of two proportions; outcomes, 0 or 1, of any shape (n,)."""
    rate = np.r_[first, second].mean()
    error = np.sqrt(rate * (1 - rate) * (1 / len(first) + 1 / len(second)))
    return bool(2 * norm.sf(abs(first.mean() - second.mean()) / error) <= 0.05)


def contributions(fitted: Fitted, frame: pd.DataFrame) -> Floats:
    """Contribution of each column to the log-odds, compared with the average client, shape (n, columns)."""
    parts: Floats = fitted.model.coef_[0] * fitted.scaler.transform(fitted.prepare(frame))
    return parts


def steadiness(clients: Clients, recipe: Recipe, fixed: Callable[[Fitted], Any], probability: Floats) -> str:
    """Refit the same columns on resampled clients; compare the first reasons of clients refused by the fit on all."""
    whole = fit(recipe, clients.frame, clients.target)
    calibrated = fit_affine(clients.target, probability).apply(whole.predict(clients.frame))
    refused = clients.frame[Policy(Costs().threshold()).refuses(calibrated)]
    names = np.array(whole.preprocessor.plan.feature_names())
    first = names[contributions(whole, refused).argmax(axis=1)]
    draws, same, against = np.random.default_rng(0), [], 0
    again = replace(recipe, preprocessor=fixed(whole))
    for _ in tqdm(range(REFITS), desc="refits"):
        rows = draws.integers(0, len(clients.target), len(clients.target))
        refitted = fit(again, clients.frame.iloc[rows], clients.target[rows])
        own = np.array(refitted.preprocessor.plan.feature_names())
        same.append(np.mean(own[contributions(refitted, refused).argmax(axis=1)] == first))
        against += int(np.count_nonzero(refitted.model.coef_[0] < 0))
    signs = f"{np.count_nonzero(whole.model.coef_[0] < 0)} of {len(names)}, {against} of {len(names) * REFITS}"
    commonest = pd.Series(first).value_counts(normalize=True).head(3)
    reasons = ", ".join(f"{name} {share:.0%}" for name, share in commonest.items())
    return f"{np.mean(same):.1%} (worst refit {min(same):.1%}) | {signs} | {reasons}"


def quality(clients: Clients, recipe: Recipe) -> tuple[Floats, str]:
    """Out-of-fold figures as cells of a table."""
    started = time.perf_counter()
    probability, columns, pairs = out_of_fold(clients, recipe)
    calibrated = cross_calibrate(clients.target, probability, clients.fold)
    auc, loss = roc_auc_score(clients.target, probability), log_loss(clients.target, calibrated)
    seconds = (time.perf_counter() - started) / FOLDS
    neighbours = " | ".join(f"{number:.1f}" for number in pairs) if pairs[0] else " | | "
    return probability, f"{auc:.4f} | {loss:.5f} | {min(columns)}-{max(columns)} | {neighbours} | {seconds:.1f}"


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with application_train")
    parser.add_argument("--table", type=Path, help="a flat table instead")
    parser.add_argument("--target")
    parser.add_argument("--id")
    parser.add_argument("--tries", action="store_true", help="other settings too")
    parser.add_argument("--only", choices=["scorecard", "shaped", "one-hot"], help="one of the three, in less time")
    parser.add_argument("--name", help="of the file that is written")
    options = parser.parse_args()
    clients = read(options)
    card = Recipe("scorecard", "scorecard", Scorecard(clients.inputs), make_logistic(PENALTY), "weights")
    shaped = Recipe("shaped", SHAPED, Shaped(clients.inputs), make_logistic(SHAPE_PENALTY), "weights")
    onehot = Recipe("one-hot", "logistic regression", Preprocessor(clients.inputs), make_logistic(), "weights")
    lines = [
        f"{len(clients.target):,} clients, {clients.target.mean():.2%} default, {FOLDS} folds.",
        "Neighbouring bins are those of numbers that are no codes in disguise, in the mean of the folds. Alike: the",
        "default rates of the clients of the fit do not differ at 5 %. Reversed: the default rates of the clients held",
        "out are in the other order than the weights.",
        "",
        "| | AUC | log loss | columns | neighbouring bins | alike | reversed | seconds a fit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    steady = ["", f"First reason of refused clients, {REFITS} refits of the same columns on resampled clients:", ""]
    steady += ["| | the same | coefficients below 0: whole, refits | commonest |", "|---|---|---|---|"]

    def fixed_terms(fitted: Fitted) -> Scorecard:
        return clone(card.preprocessor).set_params(terms=tuple(fitted.preprocessor.plan.feature_names()))

    def fixed_shapes(fitted: Fitted) -> Shaped:
        plan = fitted.preprocessor.plan
        codes = tuple(one.name for one in plan.columns if getattr(one, "codes", ()))
        return clone(shaped.preprocessor).set_params(terms=tuple(plan.feature_names()), codes=codes)

    def fixed_plan(fitted: Fitted) -> _Fixed:
        return _Fixed(fitted.preprocessor.plan)

    for recipe, fixed in ((card, fixed_terms), (shaped, fixed_shapes), (onehot, fixed_plan)):
        if options.only not in {None, recipe.name}:
            continue
        probability, cells = quality(clients, recipe)
        lines.append(f"| {recipe.name} | {cells} |")
        steady.append(f"| {recipe.name} | {steadiness(clients, recipe, fixed, probability)} |")
    for changed in TRIES if options.tries else ():
        settings = dict(changed)
        if "max_pvalue" in settings:
            binning = Binning(max_pvalue=settings.pop("max_pvalue"))
            settings["inputs"] = replace(clients.inputs, binning=binning)
        other = replace(card, preprocessor=clone(card.preprocessor).set_params(**settings))
        if "penalty" in changed:
            other = replace(other, model=make_logistic(changed["penalty"]))
        words = ", ".join(f"{name} {value}" for name, value in changed.items())
        lines.append(f"| {words} | {quality(clients, other)[1]} |")
    where = f"--table FILE --target {options.target} --id {options.id}" if options.table else "--data DIR"
    command = f"python -m benchmarks.scorecard {where}{' --tries' if options.tries else ''}"
    command += f" --only {options.only}" if options.only else ""
    command += f" --name {options.name}" if options.name else ""
    body = "\n".join([*lines, *steady]) + "\n"
    name = options.name or (f"scorecard-{options.table.stem}" if options.table else "scorecard")
    print(f"{body}\nwritten: {write_result(name, command, body)}")


class _Fixed(Planned):
    """A preprocessor with a fixed plan."""

    def fit(self, X: pd.DataFrame, y: Any = None, weights: Any = None) -> "_Fixed":  # noqa: ARG002, N803
        self.plan_ = self.plan
        return self


if __name__ == "__main__":
    main()
