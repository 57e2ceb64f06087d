"""A scorecard in points: more points are better, and a fixed number of points doubles the odds of repayment.

``score = offset + factor * ln(odds of repayment)`` with ``factor = points to double the odds / ln 2`` and
``offset = base score - factor * ln(base odds)``.

Source: Siddiqi (2006), Credit Risk Scorecards, chapter 6, "Scaling"; its example has 600 points at odds of 50 to 1
and 20 points to double them.
"""

from collections.abc import Iterator, Sequence
from math import log
from typing import NamedTuple

from pydantic import Field

from scoring.model.calibration import Calibration
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan
from scoring.model.schema import Frozen, Text
from scoring.model.scorer import FusedLogistic, ProbabilityOfDefault
from scoring.readable.terms import Term, bin_value
from scoring.readable.wording import describe_value

_OTHER = Text(en="any other", fr="autre")


class Scaling(Frozen):
    """The meaning of points."""

    base_score: float = Field(default=600.0, allow_inf_nan=False)  # points at the base odds
    # number of clients who repay for each one who defaults, above 0
    base_odds: float = Field(default=50.0, gt=0, allow_inf_nan=False)
    double_odds: float = Field(default=20.0, gt=0, allow_inf_nan=False)  # points that double the odds (PDO), above 0

    @property
    def factor(self) -> float:
        """Points for each unit of log-odds.

        >>> round(Scaling().factor, 4)
        28.8539
        """
        return self.double_odds / log(2)

    def score(self, log_odds_of_default: float) -> float:
        """Points for calibrated log-odds of default.

        >>> [round(Scaling().score(-log(odds)), 9) for odds in (50, 100, 25)]
        [600.0, 620.0, 580.0]
        """
        return self.base_score - self.factor * (log(self.base_odds) + log_odds_of_default)


STANDARD = Scaling()


class PointsRow(NamedTuple):
    """One line of the points table."""

    term: Text  # readable name of the field or derived number
    bin: Text  # the values in the bin, in words
    weight: float  # weight of evidence; higher is riskier
    points: int  # rounded; more is better


def points_table(
    plan: Plan,
    terms: Sequence[Term],
    probability: ProbabilityOfDefault,
    calibration: Calibration,
    scaling: Scaling = STANDARD,
) -> tuple[PointsRow, ...]:
    """List the points of every bin of a scorecard; empty for any other model.

    A client's score is the sum of the points of all terms: the client's calibrated log-odds, scaled. The constant is
    spread evenly, so that the neutral weight 0 earns the same points in every term.

    Parameters
    ----------
    terms : of the plan, as ``group_into_terms`` makes them.
    probability : the scorer's.
    scaling : by default 600 points at odds of 50 to 1, 20 points to double them.
    """
    if not isinstance(probability, FusedLogistic):
        return ()
    constant = calibration.intercept + calibration.slope * probability.intercept
    base = scaling.score(constant) / len(plan.columns)
    rows: list[PointsRow] = []
    for term in terms:
        for place in term.columns:
            column = plan.columns[place]
            if not isinstance(column, BinnedColumn | GroupedColumn):
                return ()
            slope = -scaling.factor * calibration.slope * float(probability.weights[place])
            rows += [PointsRow(term.label, text, w, round(base + slope * w)) for text, w in list_bins(term, column)]
    return tuple(rows)


def list_bins(term: Term, column: BinnedColumn | GroupedColumn) -> Iterator[tuple[Text, float]]:
    """Words and weight of each bin; missing and unseen values come last, categories of the same weight are one bin."""
    if isinstance(column, BinnedColumn):
        for i, weight in enumerate(column.values):
            yield describe_value(term, bin_value(term, column, i, i)), weight
        yield describe_value(term, None), column.missing
        return
    groups: dict[float, list[Text]] = {}
    for category, weight in column.values.items():
        groups.setdefault(weight, []).append(describe_value(term, category))
    for weight, texts in sorted(groups.items()):
        yield Text(en=", ".join(text.en for text in texts), fr=", ".join(text.fr for text in texts)), weight
    yield describe_value(term, None), column.missing
    yield _OTHER, column.unseen
