"""A scorecard in points: each bin of each term has points, and a client's score is their sum.

Points present the served score: the sum of a client's exact points is the calibrated log-odds on another scale, and
``Scaling.probability`` turns it back. Where points are shown, each bin's are rounded to the nearest whole number (a
half to the even one), so that a sum of shown points may differ from the exact score by half a point a term.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from scoring.model.calibration import Calibration, Floats, Scaling
from scoring.model.plan import Plan
from scoring.model.schema import Text
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault
from scoring.readable.term_bins import is_binned, list_bins
from scoring.readable.terms import Term

STANDARD = Scaling()


@dataclass(frozen=True)
class Points:
    """The points of a scorecard.

    Attributes
    ----------
    base : points of the weight 0 in every column: the constant is spread evenly, so that a neutral value earns the same
        in each of them.
    slopes : shape (features,), points for each unit of a model-ready column.
    """

    scaling: Scaling
    base: float
    slopes: Floats

    def of_columns(self, rows: Floats) -> Floats:
        """Exact points of model-ready rows, shape (n, features), column by column; the sum of a row is its score."""
        points: Floats = self.base + rows * self.slopes
        return points

    def of_terms(self, terms: Sequence[Term], row: Floats) -> list[int]:
        """Return the rounded points of each term in one model-ready row, shape (features,)."""
        rounded = [round(points) for points in self.of_columns(row).tolist()]
        return [sum(rounded[place] for place in term.columns) for term in terms]


class PointsRow(NamedTuple):
    """One line of the points table."""

    term: Text  # readable name of the field or derived number
    bin: Text  # the values in the bin, in words
    weight: float  # weight of evidence; higher is riskier
    points: int  # rounded; more is better
    exact: float  # before rounding
    place: int  # of the column in the model-ready row


def make_points(
    plan: Plan, probability: ProbabilityOfDefault, calibration: Calibration, scaling: Scaling = STANDARD
) -> Points | None:
    """Scale a scorecard's calibrated log-odds; None for any other model, and if a weight is not finite.

    Parameters
    ----------
    probability : the scorer's.
    scaling : by default 600 points at odds of 50 to 1, 20 points to double them.
    """
    if not isinstance(probability, FusedLogistic) or not all(map(is_binned, plan.columns)):
        return None
    constant = calibration.intercept + calibration.slope * probability.intercept
    slopes = -scaling.factor * calibration.slope * probability.weights
    base = scaling.score(constant) / len(plan.columns)
    # A damaged model has no points either; the readiness check tells of it.
    return Points(scaling, base, slopes) if np.isfinite([base, *slopes]).all() else None


def points_table(
    plan: Plan,
    terms: Sequence[Term],
    probability: ProbabilityOfDefault,
    calibration: Calibration,
    scaling: Scaling = STANDARD,
) -> tuple[PointsRow, ...]:
    """List the points of every bin of a scorecard; empty for any other model.

    Parameters
    ----------
    terms : of the plan, as ``group_into_terms`` makes them.
    probability, scaling : as ``make_points`` takes them.
    """
    points = make_points(plan, probability, calibration, scaling)
    if points is None:
        return ()
    rows: list[PointsRow] = []
    for term in terms:
        for place in term.columns:
            base, slope = points.base, float(points.slopes[place])
            found = [(one, base + slope * one.weight) for one in list_bins(term, plan.columns[place])]
            rows += [PointsRow(term.label, one.text, one.weight, round(exact), exact, place) for one, exact in found]
    return tuple(rows)
