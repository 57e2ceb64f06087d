"""Fairness: rates of decisions by group of clients, and how well the model's rows predict the group.

Protected attributes are read from the raw applications for this purpose only; they are never features.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Bools, Floats
from scoring.model.report import Fairness, GroupFigures, Metric, Predictability
from scoring.model.schema import SchemaField
from scoring.tables.columns import text_of
from scoring.training.data.protected import FEW, OF_BIRTH, find_age_unit
from scoring.training.evaluation.bootstrap import RESAMPLES, add_interval, draw_resamples
from scoring.training.evaluation.decision_tables import bin_reliability
from scoring.training.evaluation.ranking import auc

SMALL = 500  # with fewer clients, about forty defaults, rates are mostly noise
MISSING = "not known"
AGE_LIMITS = (25, 35, 45, 55, 65)
_FEWEST = 20  # a group of fewer clients is not shown: its rates would reveal the outcomes of a few people
_DAYS_A_YEAR = 365.25
_BINS = 5
_RATES = ("acceptance_rate", "true_positive_rate", "false_positive_rate", "predicted", "observed")

if TYPE_CHECKING:
    Labels = Sequence[Any] | NDArray[Any] | pd.Series[Any]


def measure_fairness(
    attribute: str,
    groups: "Labels",
    target: NDArray[Any],
    calibrated: Floats,
    refused: Bools,
    seed: int,
    *,
    number: int = RESAMPLES,
    weights: Floats | None = None,
) -> Fairness:
    """Compare groups of clients with the largest one; groups of fewer than 20 clients are not shown.

    Parameters
    ----------
    attribute : its readable name.
    groups : shape (n,), each client's group; missing values are a group of their own.
    target : shape (n,), 0 or 1, 1 where the client defaulted.
    calibrated : shape (n,), out of fold.
    refused : shape (n,), the decisions.
    number : how many resamples.
    weights : shape (n,), how often each client counts in the rates; once by default.
    """
    names = _name_groups(groups)
    shown = _largest_first(names, _FEWEST)
    place = names.map({name: i for i, name in enumerate(shown)}).fillna(len(shown)).to_numpy(dtype=int)
    outcome = np.asarray(target)
    defaulted = outcome == 1
    each = np.ones(len(place)) if weights is None else weights
    parts = (np.ones(len(place)), defaulted, defaulted & refused, refused, calibrated)

    def measure(counts: Floats) -> dict[str, Floats]:
        sums = (np.bincount(place, counts * part, len(shown) + 1).astype(float) for part in parts)
        return _measure_rates(*(total[: len(shown)] for total in sums))

    found = measure(each)
    resampled = [measure(counts * each) for counts in draw_resamples(outcome, seed, number)]
    rows = []
    for i, name in enumerate(shown):
        members = place == i
        rates = {rate: float(found[rate][i]) if np.isfinite(found[rate][i]) else None for rate in _RATES}
        metrics = {
            figure: _add_interval(found[figure][i], np.array([sample[figure][i] for sample in resampled]))
            for figure in found.keys() - rates.keys()
        }
        clients, bins = (
            int(members.sum()),
            bin_reliability(
                outcome[members], calibrated[members], _BINS, None if weights is None else weights[members]
            ),
        )
        row = GroupFigures(group=name, clients=clients, small=clients < SMALL, **rates, **metrics, reliability=bins)
        rows.append(row)
    return Fairness(attribute=attribute, small_under=SMALL, groups=tuple(rows))


def _measure_rates(
    clients: Floats, defaults: Floats, caught: Floats, refused: Floats, predicted: Floats
) -> dict[str, Floats]:
    """Rates of groups from sums over their clients, and ratios to the first group; NaN where nobody is counted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        decisions = {
            "acceptance": (clients - refused) / clients,
            "true_positive": caught / defaults,
            "false_positive": (refused - caught) / (clients - defaults),
        }
        mean, observed = predicted / clients, defaults / clients
        return {
            **{f"{name}_rate": rate for name, rate in decisions.items()},
            "predicted": mean,
            "observed": observed,
            **{f"{name}_ratio": rate / rate[:1] for name, rate in decisions.items()},
            "calibration_mean": mean / observed,
        }


def group_clients(field: SchemaField, values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Group the clients by a field: by its texts or its few numbers, ages in bands, any other number in quarters.

    >>> from scoring.model.schema import Text
    >>> debt = SchemaField(name="debt", type="number", label=Text(en="Debt", fr="Dettes"))
    >>> group_clients(debt, pd.Series([1.0, 2, 2])).tolist(), group_clients(debt, pd.Series(np.arange(12.0)))[0]
    (['1', '2', '2'], '≤ 2.75')
    """
    if field.type == "category":
        return values
    unit = (field.unit or "years") if field.concept == "age" else find_age_unit(values.dropna().to_numpy(dtype=float))
    if unit is not None and unit != OF_BIRTH:
        return band_ages(values, unit)
    if values.nunique() <= FEW:
        return values.map(text_of, na_action="ignore").astype(object)
    # Rounded, so that no edge is a single client's value.
    edges = sorted({float(f"{edge:.3g}") for edge in values.quantile([0.25, 0.5, 0.75])})
    between = [f"> {text_of(low)}, ≤ {text_of(high)}" for low, high in pairwise(edges)]
    labels = [f"≤ {text_of(edges[0])}", *between, f"> {text_of(edges[-1])}"]
    quarters = pd.cut(values, [-np.inf, *edges, np.inf], labels=labels).astype(object)
    return quarters.where(quarters.notna(), None)


def band_ages(age: "pd.Series[Any]", unit: str) -> "pd.Series[Any]":
    """Group ages in bands of ten years.

    Parameters
    ----------
    age : in ``years``, or in ``days``, which may be counted backwards from the application (below 0).

    >>> band_ages(pd.Series([30.0, -24000.0 / -365.25, None]), "years").tolist()
    ['25 to 34', '65 and over', None]
    """
    years = age.abs() / _DAYS_A_YEAR if unit == "days" else age
    edges = [-np.inf, *AGE_LIMITS, np.inf]
    between = [f"{low} to {high - 1}" for low, high in pairwise(AGE_LIMITS)]
    labels = [f"under {AGE_LIMITS[0]}", *between, f"{AGE_LIMITS[-1]} and over"]
    banded = pd.cut(years, edges, right=False, labels=labels).astype(object)
    return banded.where(banded.notna(), None)


def measure_predictability(
    rows: pd.DataFrame | Floats, attribute: str, groups: "Labels", weights: Floats | None = None
) -> Predictability:
    """Measure how well the rows predict each group: cross-validated AUC of a logistic regression.

    Dropping a column is not enough if the others give it away; this measures how far they do.

    Parameters
    ----------
    rows : model-ready, shape (n, features).
    attribute : its readable name.
    groups : shape (n,); clients whose group is missing, or has fewer than 500 clients, are left out.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    Without an AUC if there are not two such groups.

    Raises
    ------
    ValueError
        When there are not as many groups as rows.
    """
    if len(rows) != len(groups):
        raise ValueError(f"{attribute}: {len(groups)} groups for {len(rows)} rows, expected one each")
    names = _name_groups(groups)
    large = [name for name in _largest_first(names, SMALL) if name != MISSING]
    if len(large) < 2:
        return Predictability(attribute=attribute, auc=None, by_group={})
    known = names.isin(large).to_numpy()
    among = names[known]
    measured = large[:1] if len(large) == 2 else large  # of two groups, both have the same AUC
    counts = None if weights is None else weights[known]
    by_group = {name: _cross_validate(np.asarray(rows)[known], (among == name).to_numpy(), counts) for name in measured}
    sizes = [int((among == name).sum()) for name in measured]
    mean = float(np.average(list(by_group.values()), weights=sizes))
    return Predictability(attribute=attribute, auc=mean, by_group=by_group)


def _cross_validate(rows: Floats, members: Bools, weights: Floats | None) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    split = StratifiedKFold(5, shuffle=True, random_state=0)
    steps = ("standardscaler", "logisticregression")
    params = None if weights is None else {f"{step}__sample_weight": weights for step in steps}
    chance = cross_val_predict(model, rows, members, cv=split, method="predict_proba", params=params)[:, 1]
    return auc(members, chance, weights)


def _largest_first(names: "pd.Series[Any]", fewest: int) -> list[str]:
    sizes = names.value_counts()
    return sorted((str(name) for name in sizes[sizes >= fewest].index), key=lambda name: (-int(sizes[name]), name))


def _name_groups(groups: "Labels") -> "pd.Series[Any]":
    values = pd.Series(np.asarray(groups, dtype=object))
    return values.where(values.notna(), MISSING).astype(str)


def _add_interval(value: float, resampled: Floats) -> Metric | None:
    finite = np.isfinite(resampled)
    # If many resamples have a zero denominator, the interval would describe only the others.
    return add_interval(float(value), resampled[finite]) if np.isfinite(value) and finite.mean() > 0.95 else None
