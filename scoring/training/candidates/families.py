"""The candidates: families of models, their default parameters, their search spaces, and ways of balancing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

from scoring.model.classifiers import Blend, SplineLogistic
from scoring.model.preprocessor import Inputs
from scoring.training.candidates.scorecard import PENALTY, CodedInputs, Scorecard, SplineInputs
from scoring.training.candidates.shaped import SHAPE_PENALTY, Shaped
from scoring.training.candidates.skewed import RobustInputs
from scoring.training.fit import BALANCING, Recipe, make_logistic

if TYPE_CHECKING:
    from optuna import Trial

Parameters = Mapping[str, Any]
Space = Mapping[str, tuple[Any, Any, bool]]
_BOOSTED = {"n_estimators": 600, "learning_rate": 0.03, "colsample_bytree": 0.1, "subsample": 0.7, "reg_lambda": 10.0}


@dataclass(frozen=True)
class Family:
    """A kind of model.

    Attributes
    ----------
    make : makes an unfitted classifier from parameters; the others have sensible defaults.
    space : what a search draws; empty if there is nothing to search.
    balancing : the usual way for this family, then other ways to compare.
    others : further parameters to compare, by what is added to the family's name.
    """

    make: Callable[[Parameters], Any]
    space: Space = field(default_factory=dict)
    balancing: tuple[str, ...] = ("none",)
    others: Mapping[str, Parameters] = field(default_factory=dict)


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


# What a search draws, by name: low, high, and whether on a logarithmic scale; whole numbers where the ends are.
# ``draw_parameters`` turns ``work``, the number of trees times the learning rate, into the number of trees.
_RIDGE: Space = {"C": (1e-4, 1.0, True)}
_BOOSTING: Space = {
    "learning_rate": (0.01, 0.08, True),
    "work": (6.0, 30.0, True),
    "colsample_bytree": (0.05, 0.6, True),
    "subsample": (0.5, 1.0, False),
    "reg_lambda": (1.0, 100.0, True),
}
_CATBOOST: Space = {
    "learning_rate": (0.02, 0.1, True),
    "work": (8.0, 45.0, True),
    "depth": (2, 6, False),
    "l2_leaf_reg": (1.0, 50.0, True),
    "rsm": (0.03, 0.6, True),
}
_SPLINES: Space = {"C": (1e-5, 1e-2, True), "bent": (10, 45, False), "crossed": (0, 8, False), "knots": (3, 8, False)}
_LIGHTGBM: Space = {"num_leaves": (3, 24, True), **_BOOSTING, "min_child_samples": (20, 400, True)}
_XGBOOST: Space = {"max_depth": (1, 5, False), **_BOOSTING, "min_child_weight": (5.0, 200.0, True)}
_NETWORK: Space = {"hidden": (4, 64, True), "alpha": (1.0, 300.0, True), "epochs": (5, 40, False)}
_FOREST: Space = {
    "min_samples_leaf": (5, 200, True),
    "max_features": (0.03, 0.3, True),
    "max_samples": (0.3, 0.9, False),
}


def draw_parameters(space: Space, trial: "Trial") -> dict[str, Any]:
    """Draw the parameters of a search trial."""
    drawn: dict[str, Any] = {
        name: (trial.suggest_int if isinstance(low, int) else trial.suggest_float)(name, low, high, log=log)
        for name, (low, high, log) in space.items()
    }
    if work := drawn.pop("work", None):
        drawn["iterations" if space is _CATBOOST else "n_estimators"] = round(work / drawn["learning_rate"])
    if space is _NETWORK:
        drawn |= {"hidden_layer_sizes": (drawn.pop("hidden"),), "max_iter": drawn.pop("epochs")}
    return drawn


# The parameter for the share of the columns that a tree sees.
_SAMPLED = {"lightgbm": "colsample_bytree", "xgboost": "colsample_bytree", "catboost": "rsm"}

# The defaults above were chosen on tens of thousands of clients; on small tables those of the library may be better.
_OF_LIBRARY = {
    "library defaults": {
        "n_estimators": 100,
        "learning_rate": 0.1,
        "num_leaves": 31,
        "min_child_samples": 20,
        "colsample_bytree": 1.0,
        "subsample": 1.0,
        "subsample_freq": 0,
        "reg_lambda": 0.0,
    }
}

# The members of a blend: models on the same preprocessor.
BLENDED = ("splines", "lightgbm", "xgboost", "catboost")

# In order of preference (choose.py).
SCORECARD = "scorecard"
SHAPED = "shaped scorecard"
PLAIN = "logistic regression"
REGRESSIONS = (SCORECARD, SHAPED, PLAIN, "splines")
FAMILIES: Mapping[str, Family] = {
    SCORECARD: Family(lambda p: make_logistic(**{"C": PENALTY, **p}), _RIDGE, ("weights",)),
    SHAPED: Family(lambda p: make_logistic(**{"C": SHAPE_PENALTY, **p}), _RIDGE, ("weights",)),
    PLAIN: Family(lambda p: make_logistic(**p), _RIDGE, ("weights", *BALANCING)),
    "splines": Family(lambda p: SplineLogistic(**p), _SPLINES, ("weights",)),
    "random forest": Family(_forest, _FOREST, ("none", "weights")),
    "lightgbm": Family(_lightgbm, _LIGHTGBM, BALANCING, _OF_LIBRARY),
    "xgboost": Family(_xgboost, _XGBOOST, ("none", "weights")),
    "catboost": Family(_catboost, _CATBOOST, ("none", "weights")),
    "mlp": Family(_network, _NETWORK, ("none", "weights")),
    "blend": Family(lambda p: Blend(**p)),
    "dummy": Family(lambda _p: DummyClassifier(strategy="prior")),
}

# What ``train`` compares unless asked: of each kind of model the one that is fitted quickly.
QUICK = (SCORECARD, SHAPED, PLAIN, "lightgbm")
# Modules that fitting a family needs, where a training can do without it.
OPTIONAL_MODULES: Mapping[str, str] = {SHAPED: "interpret"}

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
        ways, others = dict.fromkeys(FAMILIES[family].balancing), FAMILIES[family].others
        chosen += [make_recipe(inputs, family, {}, way) for way in (ways if every_balancing else list(ways)[:1])]
        chosen += [make_recipe(inputs, family, other, name=f"{family}, {name}") for name, other in others.items()]
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
    if family == SHAPED:
        return Shaped(inputs)
    if family == PLAIN:
        return RobustInputs(inputs)
    return SplineInputs(inputs) if family == "splines" else CodedInputs(inputs)
