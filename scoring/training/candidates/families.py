"""The candidates: families of models, their default parameters, their search spaces, and ways of balancing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

from scoring.model.classifiers import Blend, SplineLogistic
from scoring.model.preprocessor import Inputs, Preprocessor
from scoring.training.candidates.scorecard import PENALTY, Scorecard, SplineInputs
from scoring.training.fit import BALANCING, Recipe, make_logistic

if TYPE_CHECKING:
    from optuna import Trial

Parameters = Mapping[str, Any]
_BOOSTED = {"n_estimators": 600, "learning_rate": 0.03, "colsample_bytree": 0.1, "subsample": 0.7, "reg_lambda": 10.0}


@dataclass(frozen=True)
class Family:
    """A kind of model.

    Attributes
    ----------
    make : makes an unfitted classifier from parameters; the others have sensible defaults.
    space : draws the parameters of a search trial; None if there is nothing to search.
    balancing : the usual way for this family, then other ways to compare.
    """

    make: Callable[[Parameters], Any]
    space: Callable[["Trial"], dict[str, Any]] | None = None
    balancing: tuple[str, ...] = ("none",)


def _forest(parameters: Parameters) -> Any:
    defaults = {"n_estimators": 300, "min_samples_leaf": 20, "max_features": 0.1, "max_samples": 0.7, "random_state": 0}
    return RandomForestClassifier(**{**defaults, **parameters})


def _lightgbm(parameters: Parameters) -> Any:
    from lightgbm import LGBMClassifier

    defaults: dict[str, Any] = {**_BOOSTED, "num_leaves": 8, "min_child_samples": 100, "subsample_freq": 1}
    fixed = {"random_state": 0, "n_jobs": 1, "verbose": -1, "deterministic": True, "force_col_wise": True}
    return LGBMClassifier(**{**defaults, **fixed, **parameters})


def _xgboost(parameters: Parameters) -> Any:
    from xgboost import XGBClassifier

    defaults: dict[str, Any] = {**_BOOSTED, "max_depth": 3, "min_child_weight": 20}
    return XGBClassifier(**{**defaults, "random_state": 0, "n_jobs": 1, "tree_method": "hist", **parameters})


def _catboost(parameters: Parameters) -> Any:
    from catboost import CatBoostClassifier

    defaults = {"iterations": 1000, "learning_rate": 0.03, "depth": 4, "l2_leaf_reg": 30.0, "rsm": 0.1}
    fixed = {"random_seed": 0, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
    return CatBoostClassifier(**{**defaults, **fixed, **parameters})


def _network(parameters: Parameters) -> Any:
    defaults = {"hidden_layer_sizes": (8,), "alpha": 10.0, "learning_rate_init": 0.005, "batch_size": 256}
    # Few epochs keep it from overfitting.
    return MLPClassifier(**{**defaults, "max_iter": 20, "random_state": 0, **parameters})


def _boosting(trial: "Trial") -> dict[str, Any]:
    rate = trial.suggest_float("learning_rate", 0.01, 0.08, log=True)
    return {
        "learning_rate": rate,
        "n_estimators": round(trial.suggest_float("work", 6, 30, log=True) / rate),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.05, 0.6, log=True),
        "subsample": trial.suggest_float("subsample", 0.5, 1.0),
        "reg_lambda": trial.suggest_float("reg_lambda", 1, 100, log=True),
    }


def _search_lightgbm(trial: "Trial") -> dict[str, Any]:
    leaves = {"num_leaves": trial.suggest_int("num_leaves", 3, 24, log=True)}
    return leaves | _boosting(trial) | {"min_child_samples": trial.suggest_int("min_child_samples", 20, 400, log=True)}


def _search_xgboost(trial: "Trial") -> dict[str, Any]:
    depth = {"max_depth": trial.suggest_int("max_depth", 1, 5)}
    return depth | _boosting(trial) | {"min_child_weight": trial.suggest_float("min_child_weight", 5, 200, log=True)}


def _search_catboost(trial: "Trial") -> dict[str, Any]:
    rate = trial.suggest_float("learning_rate", 0.02, 0.1, log=True)
    return {
        "learning_rate": rate,
        "iterations": round(trial.suggest_float("work", 8, 45, log=True) / rate),
        "depth": trial.suggest_int("depth", 2, 6),
        "l2_leaf_reg": trial.suggest_float("l2_leaf_reg", 1, 50, log=True),
        "rsm": trial.suggest_float("rsm", 0.03, 0.6, log=True),
    }


def _search_splines(trial: "Trial") -> dict[str, Any]:
    return {
        "C": trial.suggest_float("C", 1e-5, 1e-2, log=True),
        "bent": trial.suggest_int("bent", 10, 45),
        "crossed": trial.suggest_int("crossed", 0, 8),
        "knots": trial.suggest_int("knots", 3, 8),
    }


def _search_ridge(trial: "Trial") -> dict[str, Any]:
    return {"C": trial.suggest_float("C", 1e-4, 1.0, log=True)}


def _search_network(trial: "Trial") -> dict[str, Any]:
    return {
        "hidden_layer_sizes": (trial.suggest_int("hidden", 4, 64, log=True),),
        "alpha": trial.suggest_float("alpha", 1, 300, log=True),
        "max_iter": trial.suggest_int("epochs", 5, 40),
    }


def _search_forest(trial: "Trial") -> dict[str, Any]:
    return {
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, 200, log=True),
        "max_features": trial.suggest_float("max_features", 0.03, 0.3, log=True),
        "max_samples": trial.suggest_float("max_samples", 0.3, 0.9),
    }


# The parameter for the share of the columns that a tree sees.
_SAMPLED = {"lightgbm": "colsample_bytree", "xgboost": "colsample_bytree", "catboost": "rsm"}

# The members of a blend: models on the same preprocessor.
BLENDED = ("splines", "lightgbm", "xgboost", "catboost")

# In order of preference (choose.py).
SCORECARD = "scorecard"
REGRESSIONS = (SCORECARD, "logistic regression", "splines")
FAMILIES: Mapping[str, Family] = {
    SCORECARD: Family(lambda p: make_logistic(**{"C": PENALTY, **p}), _search_ridge, ("weights",)),
    "logistic regression": Family(lambda p: make_logistic(**p), _search_ridge, ("weights", *BALANCING)),
    "splines": Family(lambda p: SplineLogistic(**p), _search_splines, ("weights",)),
    "random forest": Family(_forest, _search_forest, ("none", "weights")),
    "lightgbm": Family(_lightgbm, _search_lightgbm, BALANCING),
    "xgboost": Family(_xgboost, _search_xgboost, ("none", "weights")),
    "catboost": Family(_catboost, _search_catboost, ("none", "weights")),
    "mlp": Family(_network, _search_network, ("none", "weights")),
    "blend": Family(lambda p: Blend(**p)),
    "dummy": Family(lambda _p: DummyClassifier(strategy="prior")),
}

# Packages that loading a model of the family needs, in addition to those of the service.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "lightgbm": ("lightgbm",),
    "xgboost": ("xgboost-cpu",),
    "catboost": ("catboost",),
    "blend": ("lightgbm", "xgboost-cpu", "catboost"),
}


def list_candidates(inputs: Inputs, families: Sequence[str], every_balancing: bool = False) -> list[Recipe]:
    """List the candidates of some families with default parameters, with the usual balancing or with every one."""
    chosen = []
    for family in families:
        ways = dict.fromkeys(FAMILIES[family].balancing)
        chosen += [make_recipe(inputs, family, {}, way) for way in (ways if every_balancing else list(ways)[:1])]
    return chosen


def make_recipe(
    inputs: Inputs, family: str, parameters: Parameters, balancing: str | None = None, name: str = ""
) -> Recipe:
    """Make a candidate; the default balancing is the family's usual one."""
    usual = FAMILIES[family].balancing[0]
    balancing = balancing or usual
    if family == "blend" and not parameters:
        parameters = {"members": tuple(make_recipe(inputs, one, {}).model for one in BLENDED)}
    model = FAMILIES[family].make({**_sampled(inputs, family), **parameters})
    if balancing != "weights" and "class_weight" in model.get_params():
        model.set_params(class_weight=None)
    name = name or (family if balancing == usual else f"{family}, {balancing}")
    return Recipe(name, family, make_preprocessor(inputs, family, model), model, balancing)


def _sampled(inputs: Inputs, family: str) -> dict[str, float]:
    """Choose the share of columns for each tree: about the square root of their number, but at least 10 %.

    The number of columns is estimated from the inputs; with many fields the share is 10 %.
    """
    name = _SAMPLED.get(family)
    columns = len(inputs.numbers) + len(inputs.derived) + len(inputs.categories) + len(inputs.history)
    return {name: max(0.1, round(columns**-0.5, 2))} if name and columns else {}


def make_tuned_blend(inputs: Inputs, tuned: Sequence[Recipe]) -> Recipe:
    """Make a blend of members with the parameters that the search found, but without their balancing."""
    found = {one.family: one.model for one in tuned}
    members = tuple(found[family] if family in found else make_recipe(inputs, family, {}).model for family in BLENDED)
    return make_recipe(inputs, "blend", {"members": members}, name="blend, tuned")


def make_preprocessor(inputs: Inputs, family: str, model: Any) -> Any:
    """Make the unfitted preprocessor of a family; a scorecard chooses its terms with the penalty of its model."""
    if family == SCORECARD:
        return Scorecard(inputs, penalty=model.C)
    return SplineInputs(inputs) if family == "splines" else Preprocessor(inputs)
