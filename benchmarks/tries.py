"""Try other inputs and settings on the same folds: ``python -m benchmarks.tries --data DIR``.

Each try changes one thing in a candidate of ``benchmarks.candidates``. With many tries and few clients, a gain in the
third digit of only one family is mostly luck.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.metrics import log_loss, roc_auc_score
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.machine import write_result
from scoring.home_credit import input_schema, inputs
from scoring.home_credit.applications import read_applications
from scoring.model.calibration import log_odds
from scoring.model.plan import Derived
from scoring.model.preprocessor import Inputs, Preprocessor
from scoring.training import describe
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds, Result
from scoring.training.data.folds import assign_folds
from scoring.training.fit import cross_calibrate


def _made(operation: Any, *numbers: tuple[str, ...]) -> tuple[Derived, ...]:
    return tuple(Derived(name=name, operation=operation, inputs=tuple(parts)) for name, *parts in numbers)


FURTHER: Mapping[str, tuple[Derived, ...]] = {
    "products of two external scores": _made(
        "product",
        ("EXTERNAL_1_TIMES_2", "EXT_SOURCE_1", "EXT_SOURCE_2"),
        ("EXTERNAL_1_TIMES_3", "EXT_SOURCE_1", "EXT_SOURCE_3"),
        ("EXTERNAL_2_TIMES_3", "EXT_SOURCE_2", "EXT_SOURCE_3"),
    ),
    "registration, document and telephone to age": _made(
        "ratio",
        ("REGISTRATION_TO_AGE", "DAYS_REGISTRATION", "DAYS_BIRTH"),
        ("ID_TO_AGE", "DAYS_ID_PUBLISH", "DAYS_BIRTH"),
        ("PHONE_TO_AGE", "DAYS_LAST_PHONE_CHANGE", "DAYS_BIRTH"),
    ),
    "price to income": _made("ratio", ("GOODS_TO_INCOME", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL")),
    "time in job and age times external mean": _made(
        "product",
        ("EMPLOYED_TIMES_EXTERNAL", "DAYS_EMPLOYED", "EXTERNAL_MEAN"),
        ("AGE_TIMES_EXTERNAL", "DAYS_BIRTH", "EXTERNAL_MEAN"),
    ),
}
LATEST = {"ANNUITY_TO_GOODS", "EXTERNAL_MINIMUM_TO_MAXIMUM"}
BRANCH = "ORGANIZATION_TYPE"


@dataclass(frozen=True)
class Try:
    """One change to one family's candidate; ``plain`` uses the preprocessor that most families share."""

    family: str
    what: str = "as compared"
    inputs: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    preprocessor: Mapping[str, Any] = field(default_factory=dict)
    plain: bool = False


FOUND: Mapping[str, Mapping[str, Any]] = {  # by the search of benchmarks.candidates, rounded
    "lightgbm": {
        "learning_rate": 0.034,
        "n_estimators": 560,
        "colsample_bytree": 0.112,
        "subsample": 0.76,
        "reg_lambda": 30.0,
        "min_child_samples": 250,
    },
    "xgboost": {
        "learning_rate": 0.0247,
        "n_estimators": 470,
        "colsample_bytree": 0.175,
        "subsample": 0.61,
        "reg_lambda": 4.2,
        "max_depth": 4,
        "min_child_weight": 6.2,
    },
    "catboost": {"learning_rate": 0.0455, "iterations": 483, "depth": 5, "l2_leaf_reg": 3.6, "rsm": 0.143},
}
_BY_INPUTS = ("without the latest two ratios", "with employers' branches", *FURTHER)
_FREE = {"alike": 1.0, "certainty": -99.0, "limit": None}
TRIES = (
    Try("scorecard"),
    *(Try("scorecard", what, what) for what in _BY_INPUTS),
    Try("scorecard", "terms alike to 0.85", preprocessor={"alike": 0.85}),
    Try("scorecard", "all terms, whatever the signs", preprocessor=_FREE),
    Try("splines"),
    Try("splines", "without the scorecard's terms", plain=True),
    Try("splines", "without the scorecard's terms, C 0.0003", parameters={"C": 0.0003}, plain=True),
    Try("splines", "C 0.0003", parameters={"C": 0.0003}),
    Try("splines", "4 crossed", parameters={"crossed": 4}),
    Try("lightgbm"),
    Try("lightgbm", "without the latest two ratios", "without the latest two ratios"),
    Try("lightgbm", "colsample 0.3, 400 trees", parameters={"colsample_bytree": 0.3, "n_estimators": 400}),
    Try("lightgbm", "4 leaves, 1000 trees", parameters={"num_leaves": 4, "n_estimators": 1000}),
    Try("catboost"),
    Try("catboost", "500 trees, l2 10, rsm 0.3", parameters={"iterations": 500, "l2_leaf_reg": 10.0, "rsm": 0.3}),
    Try("catboost", "depth 5", parameters={"depth": 5}),
    Try("catboost", "as the search found it", parameters=FOUND["catboost"]),
    Try("catboost", "half of the clients a tree", parameters={"bootstrap_type": "Bernoulli", "subsample": 0.5}),
)

SEEDS = {"lightgbm": "random_state", "xgboost": "random_state", "catboost": "random_seed"}
_TREES = tuple(Try(family, parameters=found) for family, found in FOUND.items())
_RESEEDED = tuple(
    replace(tree, parameters={**tree.parameters, SEEDS[tree.family]: n}) for n in (1, 2) for tree in _TREES
)
# Means of log-odds out of fold; a published blend has one set of columns for all its members.
BLENDS: Mapping[str, tuple[Try, ...]] = {
    "as compared, splines on their own columns": (Try("splines"), *(Try(family) for family in FOUND)),
    "and trees as the search found them": (Try("splines"), *_TREES),
    "and a random forest": (Try("splines"), *_TREES, Try("random forest")),
    "and a network": (Try("splines"), *_TREES, Try("mlp")),
    "and three seeds of each": (*3 * (Try("splines"),), *_TREES, *_RESEEDED),
}


def inputs_of(usual: Inputs, what: str) -> Inputs:
    """Change the usual inputs; ``what`` is the name of the change."""
    if what == "with employers' branches":
        missing = {**usual.missing_values, BRANCH: ("XNA",)}
        return replace(usual, categories=(*usual.categories, BRANCH), missing_values=missing)
    if what == "without the latest two ratios":
        return replace(usual, derived=tuple(step for step in usual.derived if step.name not in LATEST))
    return replace(usual, derived=(*usual.derived, *FURTHER.get(what, ())))


def tried(folds: Folds, usual: Inputs, one: Try) -> Result:
    """Predict out of fold with one change."""
    changed = make_recipe(inputs_of(usual, one.inputs), one.family, one.parameters)
    if one.plain:
        changed = replace(changed, preprocessor=Preprocessor(changed.preprocessor.inputs))
    changed.preprocessor.set_params(**one.preprocessor)
    return folds.predict(changed)


def main() -> None:
    """Try everything and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with application_train")
    parser.add_argument("--work", type=Path, default=Path("build/tries"), help="folder for resuming an interrupted run")
    options = parser.parse_args()
    schema = input_schema.load_schema()
    frame = read_applications(options.data, schema).sort_values(schema.identity.name)
    target = frame[schema.target].to_numpy(dtype=np.int8)
    fold = assign_folds(frame[schema.identity.name].to_numpy(), target, 5, "folds")
    folds = Folds(frame, target, fold, describe.fingerprint(frame, schema, ()), options.work)
    usual = inputs.select_inputs(schema)
    lines = ["| Family | Changed | AUC | log loss | gap |", "|---|---|---|---|---|"]
    with threadpool_limits(1):
        for one in tqdm(TRIES, desc="tries"):
            result = tried(folds, usual, one)
            auc, gap = roc_auc_score(target, result.probability), result.overfitting_gap(target)
            lines.append(f"| {one.family} | {one.what} | {auc:.4f} | {result.log_loss(target):.5f} | {gap:.4f} |")
        for what, members in tqdm(BLENDS.items(), desc="blends"):
            odds = np.mean([log_odds(tried(folds, usual, one).probability) for one in members], axis=0)
            loss = log_loss(target, cross_calibrate(target, expit(odds), fold))
            lines.append(f"| blend | {what} | {roc_auc_score(target, odds):.4f} | {loss:.5f} | |")
    body = f"{len(target):,} clients, {target.mean():.2%} default, 5 folds.\n\n" + "\n".join(lines) + "\n"
    print(body)
    print(write_result("tries", "python -m benchmarks.tries --data DIR", body))


if __name__ == "__main__":
    main()
