"""A scorecard in points: more points are better, and a fixed number of them doubles the odds of repayment.

``score = offset + factor * ln(odds of repayment)`` with ``factor = points to double the odds / ln 2`` and
``offset = base score - factor * ln(base odds)``.

Source: Siddiqi (2006), Credit Risk Scorecards, chapter 6, "Scaling"; its example has 600 points at odds of 50 to 1
and 20 points to double them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from scoring.model.calibration import Calibration
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan, complete
from scoring.model.scorer import FusedLogistic

Floats = NDArray[np.float64]
_MISSING = "missing"
_OTHER = "any other"


class Scaling(BaseModel):
    """What a number of points means.

    Attributes
    ----------
    base_score : points at the base odds.
    base_odds : clients who repay for each who defaults, above 0.
    double_odds : points that double the odds (PDO), above 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    base_score: float = Field(default=600.0, allow_inf_nan=False)
    base_odds: float = Field(default=50.0, gt=0, allow_inf_nan=False)
    double_odds: float = Field(default=20.0, gt=0, allow_inf_nan=False)

    @property
    def factor(self) -> float:
        """Points for each unit of log-odds.

        >>> round(Scaling().factor, 4)
        28.8539
        """
        return self.double_odds / log(2)

    @property
    def offset(self) -> float:
        """Points at even odds.

        >>> round(Scaling().offset, 3)
        487.123
        """
        return self.base_score - self.factor * log(self.base_odds)

    def score(self, log_odds_of_default: Floats) -> Floats:
        """Points, any shape, for calibrated log-odds of default.

        >>> Scaling().score(-np.log([50.0, 100.0, 25.0])).round(9).tolist()
        [600.0, 620.0, 580.0]
        """
        points: Floats = self.offset - self.factor * np.asarray(log_odds_of_default, dtype=float)
        return points


@dataclass(frozen=True, slots=True)
class PointsRow:
    """One line of the points table.

    Attributes
    ----------
    term : name of the model-ready column.
    bin : what falls in it, in words.
    weight : weight of evidence; higher is riskier.
    share : of the clients, 0-1.
    points : rounded; more is better.
    """

    term: str
    bin: str
    weight: float
    share: float
    points: int


@dataclass(frozen=True, slots=True)
class Points:
    """Points of each term of a linear model.

    A client's score is the sum of ``base + slope * value`` over the terms. The offset is spread evenly, so that the
    neutral value 0 earns the same points in every term.

    Attributes
    ----------
    base : points of the value 0 in any term.
    slopes : shape (terms,), points for each unit of a term.
    """

    base: float
    slopes: Floats

    def of(self, rows: Floats) -> Floats:
        """Points of each term, shape (n, terms), for model-ready rows, shape (n, terms); not rounded."""
        return self.base + self.slopes * rows


def points_of(model: FusedLogistic, calibration: Calibration, scaling: Scaling) -> Points:
    """Spread a scorecard's calibrated log-odds over its terms, in points.

    >>> model = FusedLogistic(np.array([0.5, 1.0]), intercept=-2.0)
    >>> points = points_of(model, Calibration(intercept=0.0, slope=1.0), Scaling(base_score=0, base_odds=1))
    >>> points.of(np.array([[0.0, 0.0], [1.0, -1.0]])).round(2).tolist()  # 20 / ln 2 = 28.85 a unit
    [[28.85, 28.85], [14.43, 57.71]]
    """
    constant = calibration.intercept + calibration.slope * model.intercept
    base = float(scaling.score(np.array(constant))) / len(model.weights)
    return Points(base, -scaling.factor * calibration.slope * model.weights)


def points_table(plan: Plan, points: Points, raw: Mapping[str, NDArray[Any]]) -> tuple[PointsRow, ...]:
    """List the points of every bin, with the share of the given clients in it.

    Parameters
    ----------
    plan : of a scorecard; columns that are neither binned nor grouped have no bins and are left out.
    points : as ``points_of`` makes them, a slope for each of the plan's columns.
    raw : columns of n applications, as ``plan.model_ready`` takes them.
    """
    columns = complete(plan, raw)
    rows: list[PointsRow] = []
    for place, column in enumerate(plan.columns):
        if isinstance(column, BinnedColumn | GroupedColumn):
            for text, weight, share in _bins(column, columns[column.source]):
                worth = points.base + float(points.slopes[place]) * weight
                rows.append(PointsRow(column.name, text, weight, share, round(worth)))
    return tuple(rows)


def _bins(column: BinnedColumn | GroupedColumn, values: NDArray[Any]) -> Iterator[tuple[str, float, float]]:
    """Words, weight and share of each bin; what is missing or unseen comes last."""
    if isinstance(column, BinnedColumn):
        place = np.searchsorted(column.edges, values, side="right")
        place[np.isnan(values)] = len(column.values)
        shares = np.bincount(place, minlength=len(column.values) + 1) / len(values)
        names = [*_intervals(column.edges), _MISSING]
        yield from zip(names, (*column.values, column.missing), shares.tolist(), strict=True)
        return
    groups: dict[float, list[str]] = {}
    for text, weight in column.values.items():
        groups.setdefault(weight, []).append(text)
    words_of = {text: ", ".join(texts) for texts in groups.values() for text in texts}
    counts = Counter(_word(value, words_of) for value in values.tolist())
    for weight, texts in sorted(groups.items()):
        words = ", ".join(texts)
        yield words, weight, counts[words] / len(values)
    yield _MISSING, column.missing, counts[_MISSING] / len(values)
    yield _OTHER, column.unseen, counts[_OTHER] / len(values)


def _word(value: Any, words_of: Mapping[str, str]) -> str:
    return _MISSING if value is None or value != value else words_of.get(value, _OTHER)


def _intervals(edges: tuple[float, ...]) -> list[str]:
    """Say intervals in words.

    >>> _intervals((0.45, 2.0))
    ['below 0.45', '0.45 to below 2', '2 and above']
    """
    if not edges:
        return ["any value"]
    shown = [f"{edge:.15g}" for edge in edges]
    between = [f"{low} to below {high}" for low, high in pairwise(shown)]
    return [f"below {shown[0]}", *between, f"{shown[-1]} and above"]
