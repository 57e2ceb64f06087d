"""How much each term of an application adds to the model's log-odds.

They compare a client with one other client, the reference, whose log-odds are the base value. Contributions are exact
for linear models and additive splines, for boosted trees (Shapley values that the library computes), and for blends of
these models. For any other model they are estimated from a sample, and marked as approximate.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Floats, log_odds
from scoring.model.classifiers import Blend, SplineLogistic
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault, ThroughObjects

PAIRS = 12  # for an estimate: number of random orders of the terms; each is also used backwards
_COLUMN = re.compile(r"(?:__| )x(\d+)(?![^ _])")
_AGREEMENT = 1e-3  # log-odds; XGBoost adds up in single precision
_ROUNDING = 1e-12  # probability


@dataclass(frozen=True, slots=True)
class Contributions:
    """What moves the model's log-odds of n clients away from a base value."""

    base: Floats  # shape (n,), log-odds
    terms: Floats  # shape (n, terms), log-odds; ``base`` and a client's terms add up to the client's log-odds
    error: float = 0.0  # largest standard error of a term, log-odds, 0 where exact


@dataclass(frozen=True, slots=True)
class ContributionMethod:
    """How one model's contributions are computed.

    ``choose_method`` returns a method for terms. Within this module there are also methods for single columns.
    """

    description: str  # ``{who}`` stands for the client to compare with, until ``choose_method`` fills it in
    additive: bool  # a term's contribution depends on that term alone
    compute: Callable[[Any], Contributions]  # of model-ready rows, shape (n, features)
    exact: bool = True  # False where contributions are an estimate


def choose_method(
    probability: ProbabilityOfDefault,
    terms: Sequence[Sequence[int]],
    reference: Floats,
    who: str = "the mean training client",
) -> ContributionMethod:
    """Choose the best way to compute a model's contributions.

    Parameters
    ----------
    probability : as ``scorer.fuse`` or ``scorer.ThroughObjects`` make it.
    terms : for each term, the positions of its columns; every column belongs to exactly one term.
    reference : shape (features,), the client to compare with; all of its own contributions are 0.
    who : this client, in words.

    Returns
    -------
    The exact method for this family of models, or an estimate if there is none or if its contributions do not add up.
    """
    exact = _find_exact(probability, reference)
    if exact is None or not _adds_up(exact, probability, reference):
        return _estimate(probability, terms, reference, who)
    membership = np.zeros((len(reference), len(terms)))
    for term, places in enumerate(terms):
        membership[list(places), term] = 1.0
    by_column = exact.compute
    start = by_column(reference[None, :])
    base = float(start.base[0] + start.terms[0].sum())

    def compute(rows: Floats) -> Contributions:
        moved = by_column(rows).terms - start.terms
        return Contributions(np.full(len(rows), base), moved @ membership)

    return replace(exact, description=exact.description.format(who=who), compute=compute)


def _adds_up(exact: ContributionMethod, probability: ProbabilityOfDefault, means: Floats) -> bool:
    """Whether contributions add up to the model's log-odds; they do not if its link is not the logistic function."""
    columns = exact.compute(means[None, :])
    expected, found = probability(means[None, :]), expit(columns.base + columns.terms.sum(axis=1))
    # Probabilities are compared, because log-odds of a probability next to 0 or 1 are inexact in double precision.
    return bool(np.all(np.abs(found - expected) <= _AGREEMENT * expected * (1 - expected) + _ROUNDING))


def _find_exact(probability: ProbabilityOfDefault, means: Floats) -> ContributionMethod | None:
    """Find how contributions of columns are computed exactly; None where there is no exact form."""
    if isinstance(probability, FusedLogistic):
        weights = probability.weights
        means = np.zeros_like(weights) if probability.means is None else probability.means
        return _exact_for_linear(weights, float(means @ weights) + probability.intercept, means)
    if not isinstance(probability, ThroughObjects) or list(probability.model.classes_) != [0, 1]:
        return None
    inner, scaled = _exact_for_model(probability.model), probability.scaled
    if inner is None or not _keeps_columns(scaled, means):
        return None
    return replace(inner, compute=lambda rows: inner.compute(scaled(rows)))


def _keeps_columns(scaled: Callable[[Floats], Any], means: Floats) -> bool:
    """Whether each column has one scaled column, at the same place: a scaler may add, move or mix columns."""
    moved = np.asarray(scaled(np.vstack([means, means + np.eye(len(means))])), dtype=float)
    return moved.shape[1] == len(means) and not np.any((moved[1:] != moved[0]) & ~np.eye(len(means), dtype=bool))


def _exact_for_model(model: Any) -> ContributionMethod | None:
    """Exact contributions of a model's columns on standardised rows; None where there is no exact form."""
    if type(model) is SplineLogistic:
        return _exact_for_splines(model)
    if type(model) is LogisticRegression:
        return _exact_for_linear(model.coef_[0], float(model.intercept_[0]), np.zeros_like(model.coef_[0]))
    if type(model) is Blend:
        members = [_exact_for_model(member) for member in model.members_]
        exact = [member for member in members if member is not None]
        return _exact_for_blend(exact) if len(exact) == len(members) else None
    shapley = _TREES.get((type(model).__module__.partition(".")[0], type(model).__name__))
    if shapley is None:
        return None

    def compute(rows: Any) -> Contributions:
        table = np.asarray(shapley(model, rows), dtype=np.float64)  # a column for each feature, then the base value
        return Contributions(table[:, -1], table[:, :-1])

    description = "exact: Shapley values of the trees, by the library itself, minus those of {who}"
    return ContributionMethod(description, False, compute)


def _exact_for_linear(weights: Floats, base: float, means: Floats) -> ContributionMethod:
    def compute(rows: Any) -> Contributions:
        return Contributions(np.full(len(rows), base), (np.asarray(rows, dtype=float) - means) * weights)

    return ContributionMethod("exact: weight of each column times its distance from {who}", True, compute)


def _xgboost(model: Any, rows: Any) -> Any:
    from xgboost import DMatrix

    return model.get_booster().predict(DMatrix(rows), pred_contribs=True)


def _catboost(model: Any, rows: Any) -> Any:
    from catboost import Pool

    return model.get_feature_importance(Pool(rows), type="ShapValues", thread_count=1)


_TREES: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("lightgbm", "LGBMClassifier"): lambda model, rows: model.booster_.predict(rows, pred_contrib=True),
    ("xgboost", "XGBClassifier"): _xgboost,
    ("catboost", "CatBoostClassifier"): _catboost,
}


def _exact_for_splines(model: SplineLogistic) -> ContributionMethod | None:
    """Add up the pieces of each column, minus their training means; None if a piece is made of several columns."""
    spread, scaler, regression = (step for _, step in model.pipeline_.steps)
    # A piece's name contains the columns it is made of: "spline__x3_sp_0", and a product "...__x3_sp_0 x5_sp_1".
    owners = [_COLUMN.findall(name) for name in spread.get_feature_names_out()]
    if any(len(owner) != 1 for owner in owners):
        return None
    membership = np.zeros((len(owners), spread.n_features_in_))
    membership[np.arange(len(owners)), [int(owner[0]) for owner in owners]] = 1.0
    weights, intercept = regression.coef_[0], float(regression.intercept_[0])

    def compute(rows: Any) -> Contributions:
        pieces = scaler.transform(spread.transform(np.asarray(rows, dtype=float)))
        return Contributions(np.full(len(pieces), intercept), (pieces * weights) @ membership)

    return ContributionMethod("exact: each column and its spline, minus those of {who}", True, compute)


def _exact_for_blend(members: list[ContributionMethod]) -> ContributionMethod:
    def compute(rows: Any) -> Contributions:
        found = [member.compute(rows) for member in members]
        base, columns = ([one.base for one in found], [one.terms for one in found])
        return Contributions(np.mean(base, axis=0), np.mean(columns, axis=0))

    description = "exact: mean of the members' contributions, minus those of {who}"
    return ContributionMethod(description, all(member.additive for member in members), compute)


def _estimate(
    probability: ProbabilityOfDefault, terms: Sequence[Sequence[int]], reference: Floats, who: str
) -> ContributionMethod:
    """Estimate Shapley values: replace the terms of the reference by those of the client, in random orders.

    Terms are replaced one by one; each replacement changes the log-odds by a step. Each order is used forwards and
    backwards. The base value and the steps of an order add up to the client's log-odds.

    Source: Castro, Gómez and Tejada (2009), Polynomial calculation of the Shapley value based on sampling;
    reversed orders by Mitchell et al. (2022), Sampling permutations for Shapley value estimation.
    """
    draws = np.random.default_rng(0)  # the same orders at each request, so that the answer stays the same
    orders = [draws.permutation(len(terms)) for _ in range(PAIRS)]
    start = float(log_odds(probability(reference[None, :]))[0])

    def compute(rows: Floats) -> Contributions:
        found = [_estimate_one(probability, terms, reference, row, orders) for row in rows]
        error = max((error for _, error in found), default=0.0)
        return Contributions(np.full(len(rows), start), np.array([values for values, _ in found]), error)

    description = (
        f"approximate: Shapley values estimated from {2 * PAIRS} random orders of the terms, compared with {who}"
    )
    return ContributionMethod(description, additive=False, compute=compute, exact=False)


def _estimate_one(
    probability: ProbabilityOfDefault, terms: Sequence[Sequence[int]], reference: Floats, row: Floats, orders: Any
) -> tuple[Floats, float]:
    """Return each term's mean step over all orders, shape (terms,), and the largest standard error of a mean."""
    moved = {i for i, places in enumerate(terms) if np.any(row[list(places)] != reference[list(places)])}
    paths = []
    for order in orders:
        path = [int(i) for i in order if int(i) in moved]
        paths += [path, path[::-1]]
    stations = np.tile(reference, (len(paths) * (len(moved) + 1), 1))
    for number, path in enumerate(paths):
        first = number * (len(moved) + 1)
        for step, term in enumerate(path, start=1):
            places = list(terms[term])
            stations[first + step : first + len(moved) + 1, places] = row[places]
    levels = log_odds(probability(stations)).reshape(len(paths), len(moved) + 1)
    steps = np.zeros((len(paths), len(terms)))
    for number, path in enumerate(paths):
        steps[number, path] = np.diff(levels[number])
    pairs = (steps[0::2] + steps[1::2]) / 2
    error = pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs))
    return pairs.mean(axis=0), float(error.max(initial=0.0))


def find_mean_client(probability: ProbabilityOfDefault) -> Floats | None:
    """Return the mean training client that the fitted scaler holds, shape (features,); None where it holds none."""
    if isinstance(probability, FusedLogistic):
        return probability.means
    scaler = probability.scaler if isinstance(probability, ThroughObjects) else None
    return np.asarray(scaler.mean_, dtype=float) if isinstance(scaler, StandardScaler) and scaler.with_mean else None
