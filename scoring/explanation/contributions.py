"""How much each term of an application moves the model's log-odds.

Exact where the model's form allows it: a linear model's contributions against the mean training client, boosted trees'
Shapley values by the library itself, additive splines, and means of these. Any other model gets a sampled estimate
that says so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Floats, log_odds
from scoring.model.classifiers import Blend, SplineLogistic
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault, ThroughObjects

PAIRS = 12  # of orders in which a sampled estimate adds the terms, each with its reverse
_COLUMN = re.compile(r"(?:__| )x(\d+)(?![^ _])")
_AGREEMENT = 1e-3  # log-odds; XGBoost adds up in single precision
_ROUNDING = 1e-12  # probability


@dataclass(frozen=True, slots=True)
class Contributions:
    """What moves the model's log-odds of n clients away from a base value.

    Attributes
    ----------
    base : shape (n,), log-odds.
    terms : shape (n, terms), log-odds; ``base`` and a client's terms add up to the client's log-odds.
    error : largest standard error of a term, log-odds, 0 where exact.
    """

    base: Floats
    terms: Floats
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains one model.

    Attributes
    ----------
    method : in words.
    exact : False where it is an estimate.
    additive : a term's contribution depends on that term alone.
    of : model-ready rows, shape (n, features), to contributions.
    """

    method: str
    exact: bool
    additive: bool
    of: Callable[[Floats], Contributions]


@dataclass(frozen=True, slots=True)
class _Columnwise:
    """Contributions by column: rows, shape (n, d), to the base, shape (n,), and columns, shape (n, d)."""

    method: str
    additive: bool
    of: Callable[[Any], tuple[Floats, Floats]]


def explainer(probability: ProbabilityOfDefault, terms: Sequence[Sequence[int]], means: Floats) -> Explainer:
    """Find the best way to explain a model.

    Parameters
    ----------
    probability : as ``scorer.fuse`` or ``scorer.through_objects`` make it.
    terms : for each term, its columns; every column belongs to one.
    means : shape (features,), the mean training client.
    """
    columnwise = _exact(probability)
    if columnwise is None or not _adds_up(columnwise, probability, means):
        return _sampled(probability, terms, means)
    return Explainer(columnwise.method, True, columnwise.additive, _by_term(columnwise, terms))


def _by_term(columnwise: _Columnwise, terms: Sequence[Sequence[int]]) -> Callable[[Floats], Contributions]:
    count = sum(len(places) for places in terms)
    membership = np.zeros((count, len(terms)))
    for term, places in enumerate(terms):
        membership[list(places), term] = 1.0

    def of(rows: Floats) -> Contributions:
        base, columns = columnwise.of(rows)
        return Contributions(base, columns @ membership)

    return of


def _adds_up(columnwise: _Columnwise, probability: ProbabilityOfDefault, means: Floats) -> bool:
    """Whether contributions add up to the log-odds: a model with another link than the logistic would not."""
    base, columns = columnwise.of(means[None, :])
    own, told = probability(means[None, :]), expit(base + columns.sum(axis=1))
    # On the probability scale, since next to 0 or 1 a double no longer holds the log-odds.
    return bool(np.all(np.abs(told - own) <= _AGREEMENT * own * (1 - own) + _ROUNDING))


def _exact(probability: ProbabilityOfDefault) -> _Columnwise | None:
    if isinstance(probability, FusedLogistic):
        weights = probability.weights
        means = np.zeros_like(weights) if probability.means is None else probability.means
        base = float(means @ weights) + probability.intercept
        return _Columnwise(
            "exact: weight of each column times its distance from the mean training client",
            True,
            lambda rows: (np.full(len(rows), base), (rows - means) * weights),
        )
    if not isinstance(probability, ThroughObjects) or list(probability.model.classes_) != [0, 1]:
        return None
    inner, scaled = _of_model(probability.model), probability.scaled
    if inner is None:
        return None
    return _Columnwise(inner.method, inner.additive, lambda rows: inner.of(scaled(rows)))


def _of_model(model: Any) -> _Columnwise | None:
    """Contributions of a model's columns on standardised rows, where they can be computed exactly."""
    if type(model) is SplineLogistic:
        return _splines(model)
    if type(model) is LogisticRegression:
        weights, intercept = model.coef_[0], float(model.intercept_[0])
        method = "exact: weight of each column times its distance from the mean training client"
        return _Columnwise(
            method, True, lambda rows: (np.full(len(rows), intercept), np.asarray(rows, dtype=float) * weights)
        )
    if type(model) is Blend:
        members = [_of_model(member) for member in model.members_]
        known = [member for member in members if member is not None]
        return _mean(known) if len(known) == len(members) else None
    library = type(model).__module__.partition(".")[0]
    shapley = _TREES.get((library, type(model).__name__))
    if shapley is None:
        return None
    return _Columnwise(
        "exact: Shapley values of the trees, by the library itself", False, lambda rows: _shapley(shapley(model, rows))
    )


def _shapley(values: Any) -> tuple[Floats, Floats]:
    """Split the libraries' answer: a column a feature, then the base value."""
    table = np.asarray(values, dtype=np.float64)
    return table[:, -1], table[:, :-1]


def _lightgbm(model: Any, rows: Any) -> Any:
    return model.booster_.predict(rows, pred_contrib=True)


def _xgboost(model: Any, rows: Any) -> Any:
    from xgboost import DMatrix

    return model.get_booster().predict(DMatrix(rows), pred_contribs=True)


def _catboost(model: Any, rows: Any) -> Any:
    from catboost import Pool

    return model.get_feature_importance(Pool(rows), type="ShapValues", thread_count=1)


_TREES: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("lightgbm", "LGBMClassifier"): _lightgbm,
    ("xgboost", "XGBClassifier"): _xgboost,
    ("catboost", "CatBoostClassifier"): _catboost,
}


def _splines(model: SplineLogistic) -> _Columnwise | None:
    """Add up all pieces that are made of one column, each against its training mean; none where pieces mix columns."""
    spread, scaler, regression = (step for _, step in model.pipeline_.steps)
    # Pieces are called by what they are made of: "spline__x3_sp_0", and a product "...__x3_sp_0 x5_sp_1".
    owners = [_COLUMN.findall(name) for name in spread.get_feature_names_out()]
    if any(len(owner) != 1 for owner in owners):
        return None
    membership = np.zeros((len(owners), spread.n_features_in_))
    membership[np.arange(len(owners)), [int(owner[0]) for owner in owners]] = 1.0
    weights, intercept = regression.coef_[0], float(regression.intercept_[0])

    def of(rows: Any) -> tuple[Floats, Floats]:
        pieces = scaler.transform(spread.transform(np.asarray(rows, dtype=float)))
        return np.full(len(pieces), intercept), (pieces * weights) @ membership

    return _Columnwise("exact: each column and its spline against their training means", True, of)


def _mean(members: list[_Columnwise]) -> _Columnwise:
    def of(rows: Any) -> tuple[Floats, Floats]:
        parts = [member.of(rows) for member in members]
        return np.mean([base for base, _ in parts], axis=0), np.mean([columns for _, columns in parts], axis=0)

    method = "exact: mean of the members' contributions, each against its own base value"
    return _Columnwise(method, all(member.additive for member in members), of)


def _sampled(probability: ProbabilityOfDefault, terms: Sequence[Sequence[int]], means: Floats) -> Explainer:
    """Estimate Shapley values: put the client's terms in place of the mean client's one by one, in random orders.

    Each order is walked both ways. What an order's steps give always adds up to the client's log-odds.

    Source: Castro, Gómez and Tejada (2009), Polynomial calculation of the Shapley value based on sampling;
    reversed orders by Mitchell et al. (2022), Sampling permutations for Shapley value estimation.
    """
    draws = np.random.default_rng(0)  # the same orders at each request, so that the answer stays the same
    forward = [draws.permutation(len(terms)) for _ in range(PAIRS)]
    start = float(log_odds(probability(means[None, :]))[0])

    def of(rows: Floats) -> Contributions:
        found = [_walk(probability, terms, means, row, forward) for row in rows]
        error = max((error for _, error in found), default=0.0)
        return Contributions(np.full(len(rows), start), np.array([values for values, _ in found]), error)

    return Explainer(
        f"approximate: Shapley values estimated from {2 * PAIRS} random orders of the terms, against the mean "
        "training client",
        False,
        False,
        of,
    )


def _walk(
    probability: ProbabilityOfDefault, terms: Sequence[Sequence[int]], means: Floats, row: Floats, orders: Any
) -> tuple[Floats, float]:
    """Mean step of each term over all orders, shape (terms,), and the largest standard error of one."""
    moved = {i for i, places in enumerate(terms) if np.any(row[list(places)] != means[list(places)])}
    walks = []
    for order in orders:
        kept = [int(i) for i in order if int(i) in moved]
        walks += [kept, kept[::-1]]
    stations = np.tile(means, (len(walks) * (len(moved) + 1), 1))
    for walk, path in enumerate(walks):
        first = walk * (len(moved) + 1)
        for step, term in enumerate(path, start=1):
            places = list(terms[term])
            stations[first + step : first + len(moved) + 1, places] = row[places]
    levels = log_odds(probability(stations)).reshape(len(walks), len(moved) + 1)
    steps = np.zeros((len(walks), len(terms)))
    for walk, path in enumerate(walks):
        steps[walk, path] = np.diff(levels[walk])
    pairs = (steps[0::2] + steps[1::2]) / 2
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return pairs.mean(axis=0), float(error.max(initial=0.0))


def mean_client(probability: ProbabilityOfDefault) -> Floats | None:
    """Mean training client as the fitted scaler knows it, shape (features,); none where it does not."""
    if isinstance(probability, FusedLogistic):
        return probability.means
    scaler = probability.scaler if isinstance(probability, ThroughObjects) else None
    return np.asarray(scaler.mean_, dtype=float) if isinstance(scaler, StandardScaler) and scaler.with_mean else None
