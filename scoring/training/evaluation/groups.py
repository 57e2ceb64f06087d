"""How groups of clients fare, and how well the model's rows give a group away.

Protected attributes are read from the raw applications for this only; they are never features.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from scoring.model.calibration import Floats
from scoring.model.report import Fairness, GroupFigures, Metric, Predictability
from scoring.training.evaluation import rates
from scoring.training.evaluation.bootstrap import RESAMPLES, interval
from scoring.training.evaluation.decision_tables import reliability

SMALL = 500  # in fewer clients, about forty defaults, rates are hardly more than noise
MISSING = "not known"
AGE_LIMITS = (25, 35, 45, 55, 65)
_FEWEST = 20  # a group of fewer clients is not told: it would be a few people's outcomes
_DAYS_A_YEAR = 365.25
_BINS = 5

Bools = NDArray[np.bool_]
if TYPE_CHECKING:
    Labels = Sequence[Any] | NDArray[Any] | pd.Series[Any]


def fairness(
    attribute: str,
    groups: "Labels",
    target: NDArray[Any],
    calibrated: Floats,
    refused: Bools,
    seed: int,
    *,
    small: int = SMALL,
    number: int = RESAMPLES,
) -> Fairness:
    """Compare groups of clients with the largest one; groups of fewer than 20 clients are not told.

    Parameters
    ----------
    attribute : its readable name.
    groups : shape (n,), each client's group; missing values make a group of their own.
    target : shape (n,), 0 or 1, 1 where the client defaulted.
    calibrated : shape (n,), out of fold.
    refused : shape (n,), the decisions.
    small : a group of fewer clients is marked.
    """
    names = _named(groups)
    told = _largest_first(names, _FEWEST)
    outcome = np.asarray(target)
    found = rates.by_group(names, outcome, calibrated, refused)
    drawn = rates.resampled(names, told, outcome == 1, calibrated, refused, seed, number)
    rows = []
    for name in told:
        members = (names == name).to_numpy()
        figures = {rate: value if np.isfinite(value) else None for rate, value in found[name].items()}
        rows.append(
            GroupFigures(
                group=name,
                clients=int(members.sum()),
                small=bool(members.sum() < small),
                **figures,
                **_ratios(found[name], found[told[0]], drawn[name], drawn[told[0]]),
                reliability=reliability(outcome[members], calibrated[members], _BINS),
            )
        )
    return Fairness(attribute=attribute, small_under=small, groups=tuple(rows))


def age_bands(age: "pd.Series[Any]", unit: str) -> "pd.Series[Any]":
    """Bands of ten years.

    Parameters
    ----------
    age : in ``years``, or in ``days``, which may be counted backwards from the application (below 0).

    >>> age_bands(pd.Series([30.0, -24000.0 / -365.25, None]), "years").tolist()
    ['25 to 34', '65 and over', None]
    """
    years = age.abs() / _DAYS_A_YEAR if unit == "days" else age
    edges = [-np.inf, *AGE_LIMITS, np.inf]
    between = [f"{low} to {high - 1}" for low, high in pairwise(AGE_LIMITS)]
    labels = [f"under {AGE_LIMITS[0]}", *between, f"{AGE_LIMITS[-1]} and over"]
    banded = pd.cut(years, edges, right=False, labels=labels).astype(object)
    return banded.where(banded.notna(), None)


def predictability(
    rows: pd.DataFrame | Floats,
    attribute: str,
    groups: "Labels",
    folds: int = 5,
) -> Predictability:
    """Cross-validated AUC of a logistic regression that tells each group from all others.

    Dropping a column is not enough where the others give it away; this says how far they do.

    Parameters
    ----------
    rows : model-ready, shape (n, features).
    attribute : its readable name.
    groups : shape (n,); clients whose group is missing, or has fewer than 500 clients, are left out.

    Returns
    -------
    Without an AUC where there are not two such groups.

    Raises
    ------
    ValueError
        When there are not as many groups as rows.
    """
    if len(rows) != len(groups):
        raise ValueError(f"{attribute}: {len(groups)} groups for {len(rows)} rows, expected one each")
    names = _named(groups)
    told = [name for name in _largest_first(names, SMALL) if name != MISSING]
    if len(told) < 2:
        return Predictability(attribute=attribute, auc=None, by_group={})
    known = names.isin(told).to_numpy()
    among = names[known]
    measured = told[:1] if len(told) == 2 else told  # of two groups, one is told as well as the other
    by_group = {name: _auc(np.asarray(rows)[known], (among == name).to_numpy(), folds) for name in measured}
    weights = [int((among == name).sum()) for name in measured]
    mean = float(np.average(list(by_group.values()), weights=weights))
    return Predictability(attribute=attribute, auc=mean, by_group=by_group)


def _auc(rows: Floats, members: Bools, folds: int) -> float:
    model = make_pipeline(StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    dealt = StratifiedKFold(folds, shuffle=True, random_state=0)
    chance = cross_val_predict(model, rows, members, cv=dealt, method="predict_proba")[:, 1]
    return float(roc_auc_score(members, chance))


def _largest_first(names: "pd.Series[Any]", fewest: int) -> list[str]:
    sizes = names.value_counts()
    return sorted((str(name) for name in sizes[sizes >= fewest].index), key=lambda name: (-int(sizes[name]), name))


def _named(groups: "Labels") -> "pd.Series[Any]":
    values = pd.Series(np.asarray(groups, dtype=object))
    return values.where(values.notna(), MISSING).astype(str)


def _ratios(
    own: Mapping[str, float], largest: Mapping[str, float], drawn: rates.Drawn, drawn_largest: rates.Drawn
) -> dict[str, Metric | None]:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.divide(own["predicted"], own["observed"]), drawn["predicted"] / drawn["observed"]
        ratios = {
            rate.replace("_rate", "_ratio"): (np.divide(own[rate], largest[rate]), drawn[rate] / drawn_largest[rate])
            for rate in rates.OF_DECISIONS
        }
    return {name: _metric(float(value), of) for name, (value, of) in (*ratios.items(), ("calibration_mean", mean))}


def _metric(value: float, resampled: Floats) -> Metric | None:
    finite = np.isfinite(resampled)
    # Where many resamples have nobody to divide by, an interval would tell of the others only.
    return interval(value, resampled[finite]) if np.isfinite(value) and finite.mean() > 0.95 else None
