"""Quality against disparity: of models that are equally good, which treats groups of clients most alike.

The groups are those of protected attributes. They are read here to measure models, to find fields that may be left
out, and to choose between models; no model reads them. The disparity of a model is its lowest acceptance rate of a
group divided by its highest; 1 means that all groups are accepted as often.

Source: Uniform Guidelines on Employee Selection Procedures (1978), section 4 D (the four-fifths rule).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from sklearn.base import clone

from scoring.errors import DataError
from scoring.model.calibration import Floats, log_odds
from scoring.model.costs import Costs
from scoring.model.report import DisparityRow, Metric
from scoring.model.schema import InputSchema
from scoring.model.scorer import Policy
from scoring.training.candidates.families import REGRESSIONS, make_preprocessor
from scoring.training.candidates.out_of_fold import Folds, Result, predict_default
from scoring.training.evaluation.bootstrap import measure_with_intervals
from scoring.training.evaluation.groups import group_clients
from scoring.training.evaluation.metrics import PAIRED_RESAMPLES, paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.fit import Recipe
from scoring.training.options import Progress

_LARGE, _SHARE = 500, 0.1  # clients of a group that counts: so many, or this share of a small table
_FIELDS = 4  # fields that are left out, each alone and together with those before it
_PENALTIES = (1 / 3, 3.0)  # times the champion's ``C``

if TYPE_CHECKING:
    Groups = Mapping[str, NDArray[np.intp]]


def find_groups(applications: pd.DataFrame, schema: InputSchema) -> "Groups":
    """Find the group of each client by each protected attribute, shape (n,), from 0; -1 in small groups.

    Attributes with fewer than two groups of at least 500 clients (or a tenth of all, if that is less) are left out.
    """
    found, fewest = {}, min(_LARGE, _SHARE * len(applications))
    for field in (one for one in schema.fields if one.tier == "protected"):
        names = pd.Series(group_clients(field, applications[field.name])).astype(object)
        sizes = names.value_counts()
        large = [name for name in sizes.index if sizes[name] >= fewest]
        if len(large) > 1:
            found[field.label.en] = names.map({name: i for i, name in enumerate(large)}).fillna(-1).to_numpy(np.intp)
    return found


def list_similar_models(folds: Folds, champion: Result, groups: "Groups", costs: Costs) -> list[Recipe]:
    """List models like the champion: without fields that the groups differ most in, and with other penalties.

    A field weighs by how far the means of its columns differ between the groups that are accepted most and least,
    times the correlation of these columns with the log-odds of default.
    """
    recipe = champion.recipe
    fields = _rank_fields(folds, champion, groups, costs)[:_FIELDS]
    left_out = [[name] for name in fields] + [fields[:count] for count in range(2, len(fields) + 1)]
    inputs = recipe.preprocessor.inputs
    found = []
    for names in left_out:
        fewer = inputs.without(names)
        if fewer.numbers or fewer.categories or fewer.history:
            preprocessor = clone(recipe.preprocessor).set_params(inputs=fewer)
            name = f"{recipe.name} without {', '.join(names)}"
            found.append(replace(recipe, name=name, preprocessor=preprocessor))
    if recipe.family in REGRESSIONS:
        for times in _PENALTIES:
            penalty = float(f"{recipe.model.C * times:.2g}")
            model = clone(recipe.model).set_params(C=penalty)
            preprocessor = make_preprocessor(inputs, recipe.family, model)
            found.append(replace(recipe, name=f"{recipe.name}, C {penalty:g}", model=model, preprocessor=preprocessor))
    return found


def compare_disparity(
    folds: Folds,
    champion: Result,
    results: Sequence[Result],
    groups: "Groups",
    costs: Costs,
    max_gap: float,
) -> list[tuple[Result, DisparityRow]]:
    """Measure quality against disparity out of fold, the fairest first.

    A model is as good as the best if its overfitting gap is not shown to be above ``max_gap``, and its log loss is not
    shown to be higher than the least of these (95 %, paired).
    """
    target, weights, seed = folds.target, folds.weights, folds.seed
    policy = Policy(costs.threshold())
    compared = [champion, *(one for one in results if one is not champion)]
    accepted = [(~policy.refuses(one.calibrated)).astype(float) for one in compared]

    def measure(counts: Floats) -> dict[str, float]:
        found: dict[str, float] = {}
        for i, one in enumerate(accepted):
            ratios = {name: _ratio(one, place, counts) for name, place in groups.items()}
            found |= {f"{i} {name}": ratio for name, ratio in ratios.items()}
            found[f"{i}"] = min(ratios.values())
            found[f"{i} gain"] = found[f"{i}"] - found["0"]
        return found

    measured = measure_with_intervals(target, measure, seed, PAIRED_RESAMPLES, weights)
    fits = [one is champion or one.gap_interval(target, weights).low <= max_gap for one in compared]
    good = [one for one, within in zip(compared, fits, strict=True) if within]
    best = min(good, key=lambda one: one.log_loss(target, weights))
    rows = []
    for i, one in enumerate(compared):
        loss = paired_difference(target, one.calibrated, best.calibrated, "log_loss", seed, weights=weights)
        row = DisparityRow(
            name=one.recipe.name,
            auc=auc(target, one.calibrated, weights),
            log_loss=one.log_loss(target, weights),
            log_loss_difference=loss,
            ratios={name: measured[f"{i} {name}"] for name in groups},
            lowest=measured[f"{i}"],
            gain=measured[f"{i} gain"],
            equal=fits[i] and loss.low <= 0,
        )
        rows.append((one, row))
    return sorted(rows, key=lambda pair: -pair[1].lowest.value)


def prefer_fair(compared: Sequence[tuple[Result, DisparityRow]], champion: Result) -> tuple[Result, str]:
    """Choose the fairest of the models that are as good as the best and fairer beyond doubt; return it and the reason.

    A model is fairer beyond doubt if the interval of its gain lies above 0, widened for the number of models that are
    compared with the champion, of which the luckiest would otherwise be chosen. The champion stays if there is none.

    Source: Bonferroni's inequality, as in Dunn (1961), Multiple Comparisons Among Means.
    """
    equal = [(one, row) for one, row in compared if row.equal]
    others = [(one, row) for one, row in equal if one is not champion]
    fairer = [(one, row) for one, row in others if _widen(row.gain, len(others)).low > 0]
    if not fairer:
        return champion, "--prefer-fair: no other model that is as good is fairer beyond doubt"
    one, row = fairer[0]
    before = next(row for other, row in compared if other is champion)
    wide = _widen(row.gain, len(others))
    gain = f"{wide.value:+.3f}, {wide.low:+.3f} to {wide.high:+.3f}"
    several = f"of {len(equal)} equally good models the fairest that is fairer beyond doubt"
    which = several if len(equal) > 1 else "the only model as good as the best, and fairer"
    return one, (
        f"{which}: the lowest acceptance rate of a group is "
        f"{row.lowest.value:.3f} of the highest, instead of {before.lowest.value:.3f} ({gain}) with "
        f"{champion.recipe.name}, the usual choice"
    )


def _widen(gain: Metric, models: int) -> Metric:
    """Widen a 95 % interval so that those of all ``models`` together hold with 95 %.

    >>> wide = _widen(Metric(value=0.1, low=0.05, high=0.15), 5)
    >>> round(wide.low, 3), round(wide.high, 3), _widen(Metric(value=0.1, low=0.05, high=0.15), 1).low
    (0.034, 0.166, 0.05)
    """
    times = float(ndtri(0.025 / models) / ndtri(0.025))
    value, low, high = gain.value, gain.low, gain.high
    return Metric(value=value, low=value - times * (value - low), high=value + times * (high - value))


def search_fair(folds: Folds, champion: Result, groups: "Groups", costs: Costs, progress: Progress) -> list[Result]:
    """Predict out of fold with each model like the champion; those that cannot be fitted are left out."""
    recipes = list_similar_models(folds, champion, groups, costs)
    return list(_predict(folds, progress(recipes, "fairness")))


def _predict(folds: Folds, recipes: Any) -> Iterator[Result]:
    for recipe in recipes:
        try:
            yield folds.predict(recipe)
        except DataError:  # nothing is left that separates defaults from others
            continue


def _ratio(accepted: Floats, place: NDArray[np.intp], counts: Floats) -> float:
    """Divide the lowest acceptance rate of a group by the highest; 0 where nobody is accepted.

    A model is not fair because it refuses everybody. A small group of which a resample has nobody is left out.
    """
    rates = _acceptance_rates(accepted, place, counts)
    rates = rates[~np.isnan(rates)]
    return float(rates.min() / rates.max()) if rates.max() > 0 else 0.0


def _acceptance_rates(accepted: Floats, place: NDArray[np.intp], counts: Floats) -> Floats:
    """Return the share of accepted clients in each group, shape (groups,); NaN where nobody is counted."""
    known = place >= 0
    taken, everybody = (np.bincount(place[known], one[known]) for one in (counts * accepted, counts))
    rates: Floats = np.divide(taken, everybody, out=np.full(len(taken), np.nan), where=everybody > 0)
    return rates


def _rank_fields(folds: Folds, champion: Result, groups: "Groups", costs: Costs) -> list[str]:
    """Rank the fields and derived numbers that the champion reads by their part in the disparity."""
    rows, model = folds.fit_without(champion.recipe, 0)
    odds = log_odds(predict_default(model, rows.outside))
    spread = rows.outside.std(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        related = np.nan_to_num([np.corrcoef(column, odds)[0, 1] for column in rows.outside.T])
    accepted = (~Policy(costs.threshold()).refuses(champion.calibrated)).astype(float)
    held_out = folds.fold == 0
    counted = np.ones(len(accepted)) if folds.weights is None else folds.weights
    weighed: dict[str, float] = {}
    for place in groups.values():
        rates = _acceptance_rates(accepted, place, counted)
        least, most = (rows.outside[place[held_out] == which] for which in (rates.argmin(), rates.argmax()))
        if len(least) and len(most):
            apart = (least.mean(axis=0) - most.mean(axis=0)) / np.maximum(spread, 1e-9)
            for column, part in zip(rows.preprocessor.plan.columns, apart * related, strict=True):
                weighed[column.source] = weighed.get(column.source, 0.0) + max(float(part), 0.0)
    return sorted((name for name, weight in weighed.items() if weight > 0), key=lambda name: -weighed[name])
