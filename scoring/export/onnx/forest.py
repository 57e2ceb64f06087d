"""Trees of several libraries in one form: each compares a column with a number, and each leaf adds a number."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.errors import ExportError


@dataclass(frozen=True, slots=True)
class Split:
    """Goes to ``yes`` where ``x <= threshold``, or ``x < threshold`` in a strict forest, else to ``no``."""

    feature: int
    threshold: float
    yes: "Split | float"
    no: "Split | float"


@dataclass(frozen=True)
class Forest:
    """The sum of trees and a base.

    Attributes
    ----------
    strict : splits compare with ``<``.
    single : columns are rounded to single precision before they are compared.
    log_odds : the sum is the log-odds, otherwise the probability.
    """

    trees: Sequence[Split | float]
    base: float = 0.0
    strict: bool = False
    single: bool = False
    log_odds: bool = True


def read_forest(model: Any) -> Forest | None:
    """Read the trees of a fitted classifier; None for a model without trees that can be read.

    Raises
    ------
    ExportError
        The trees have splits of a kind that is not read here.
    """
    read = _READERS.get((type(model).__module__.partition(".")[0], type(model).__name__))
    return None if read is None else read(model)


def _read_lightgbm(model: Any) -> Forest:
    dumped = model.booster_.dump_model()
    if dumped["objective"].split()[:2] != ["binary", "sigmoid:1"]:
        raise ExportError(f"lightgbm: its objective is {dumped['objective']!r}, expected 'binary sigmoid:1'\n{_SERVE}")
    return Forest([_read_lightgbm_node(tree["tree_structure"]) for tree in dumped["tree_info"]])


def _read_lightgbm_node(node: Mapping[str, Any]) -> Split | float:
    if "leaf_value" in node:
        return float(node["leaf_value"])
    if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
        what = f"splits {node['decision_type']!r} with missing values {node['missing_type']!r}"
        raise ExportError(f"lightgbm: has {what}, expected '<=' without a rule for zeros\n{_SERVE}")
    left, right = (_read_lightgbm_node(node[side]) for side in ("left_child", "right_child"))
    return Split(int(node["split_feature"]), float(node["threshold"]), left, right)


def _read_xgboost(model: Any) -> Forest:
    learner = json.loads(model.get_booster().save_raw("json"))["learner"]
    if learner["objective"]["name"] != "binary:logistic" or "model" not in learner["gradient_booster"]:
        raise ExportError(
            f"xgboost: its objective is {learner['objective']['name']!r}, expected 'binary:logistic'\n{_SERVE}"
        )
    score = float(learner["learner_model_param"]["base_score"].strip("[]"))
    trees = learner["gradient_booster"]["model"]["trees"]
    if any(any(tree["split_type"]) for tree in trees):
        raise ExportError(f"xgboost: has splits on categories, expected numbers only\n{_SERVE}")
    base = math.log(score / (1.0 - score))
    return Forest([_read_xgboost_node(tree, 0) for tree in trees], base, strict=True, single=True)


def _read_xgboost_node(tree: Mapping[str, Any], place: int) -> Split | float:
    value, left = float(np.float32(tree["split_conditions"][place])), tree["left_children"][place]
    if left < 0:
        return value
    yes, no = (_read_xgboost_node(tree, child) for child in (left, tree["right_children"][place]))
    return Split(tree["split_indices"][place], value, yes, no)


def _read_catboost(model: Any) -> Forest:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        saved = json.loads(path.read_text(encoding="utf-8"))
    if "oblivious_trees" not in saved or model.get_all_params().get("loss_function") != "Logloss":
        raise ExportError(f"catboost: has no symmetric trees of the loss Logloss\n{_SERVE}")
    places = [one["flat_feature_index"] for one in saved["features_info"]["float_features"]]
    scale, (bias,) = saved["scale_and_bias"]
    trees = [_read_catboost_tree(tree, places, float(scale)) for tree in saved["oblivious_trees"]]
    return Forest(trees, float(bias), single=True)


def _read_catboost_tree(tree: Mapping[str, Any], places: Sequence[int], scale: float) -> Split | float:
    """Unfold a symmetric tree: the leaf's number has one bit for each split, set where ``x > border``."""
    splits, leaves = tree["splits"] or (), tree["leaf_values"]

    def unfold(level: int, leaf: int) -> Split | float:
        if level == len(splits):
            return scale * float(leaves[leaf])
        split = splits[level]
        if split["split_type"] != "FloatFeature":
            raise ExportError(f"catboost: has splits on {split['split_type']}, expected numbers only\n{_SERVE}")
        border = float(np.float32(split["border"]))
        place = places[split["float_feature_index"]]
        return Split(place, border, unfold(level + 1, leaf), unfold(level + 1, leaf | 1 << level))

    return unfold(0, 0)


def _read_random_forest(model: Any) -> Forest:
    positive, share = list(model.classes_).index(1), 1.0 / len(model.estimators_)
    trees = [_read_sklearn_node(one.tree_, 0, positive, share) for one in model.estimators_]
    return Forest(trees, single=True, log_odds=False)


def _read_sklearn_node(tree: Any, place: int, positive: int, share: float) -> Split | float:
    left = int(tree.children_left[place])
    if left < 0:
        counts = tree.value[place, 0]
        return share * float(counts[positive] / counts.sum())
    children = (left, int(tree.children_right[place]))
    yes, no = (_read_sklearn_node(tree, child, positive, share) for child in children)
    return Split(int(tree.feature[place]), float(tree.threshold[place]), yes, no)


_SERVE = "python -m scoring batch and the service score with any model."
_READERS: Mapping[tuple[str, str], Callable[[Any], Forest]] = {
    ("lightgbm", "LGBMClassifier"): _read_lightgbm,
    ("xgboost", "XGBClassifier"): _read_xgboost,
    ("catboost", "CatBoostClassifier"): _read_catboost,
    ("sklearn", "RandomForestClassifier"): _read_random_forest,
}
