"""What a comparison with the reference found: what ``drift --json`` writes, and ``/monitor`` and the page read."""

from datetime import datetime
from typing import Literal

from pydantic import Field, NonNegativeInt

from scoring.model.schema import Frozen, Text
from scoring.monitoring.report.reported import Reported

Movement = Literal["distribution", "missing", "unseen", "unusual", "score", "refusals", "joint"]


class Shares(Frozen):
    """A share of clients in the reference and now, 0-1."""

    reference: float = Field(ge=0, le=1)
    current: float = Field(ge=0, le=1)


class Effect(Frozen):
    """By how much the refusal rate and the mean calibrated probability are higher because of what moved, 0-1.

    Measured by giving the current clients the reference's values of the feature and scoring them again. Features act
    together, so that the effects of several do not add up to the whole: they are approximations.

    Attributes
    ----------
    together_with : names of other features that moved and from which the model computes numbers together with this
        one, such as a ratio; the effect is that of all of them.
    """

    refusal_rate: float
    calibrated_probability: float
    together_with: tuple[str, ...] = ()


class Moved(Frozen):
    """A feature that moved, the score, the refusals, or the features together.

    Attributes
    ----------
    name : of the feature; ``score``, ``refusals`` or ``joint``.
    label : readable name.
    movements : what about it moved.
    p_value : the smallest of its tests, corrected for all tests of the report.
    sentence : in words, with the effect.
    effect : None for what has none of its own.
    """

    name: str
    label: Text
    movements: tuple[Movement, ...]
    p_value: float = Field(ge=0, le=1)
    sentence: Text
    effect: Effect | None


class BinShares(Frozen):
    """Shares of the known values in one bin; no bin has one to four clients."""

    label: Text
    reference: float = Field(ge=0, le=1)
    current: float = Field(ge=0, le=1)


class FeatureFigures(Frozen):
    """Figures of a feature, moved or not.

    Attributes
    ----------
    reads : the model reads it.
    psi, noise : population stability index, and what it exceeds in one of twenty samples without any drift.
    distance : Kolmogorov's distance; None for a category.
    unseen : shares of clients with a category that the reference does not list; None for a number.
    unusual : shares of clients beyond the reference's 0.1 % and 99.9 % quantiles; None for a category.
    p_value : the smallest of its tests, corrected.
    bins : for a plot.
    """

    name: str
    label: Text
    reads: bool
    psi: float
    noise: float
    distance: float | None
    missing: Shares
    unseen: Shares | None
    unusual: Shares | None
    p_value: float
    bins: tuple[BinShares, ...]


class Month(Frozen):
    """The decisions of a month.

    Attributes
    ----------
    refusal_rate, low, high : with its 95 % interval, 0-1.
    alarm : the month differs from the reference, at the level that all months and the whole report share.
    moved : names of what moved.
    """

    month: str
    clients: NonNegativeInt
    refusal_rate: float
    low: float
    high: float
    calibrated_probability: float
    alarm: bool
    moved: tuple[str, ...]


class ScoreFigures(Frozen):
    """Refusal rate and mean calibrated probability, in the reference and now; the interval is the current rate's."""

    refusal_rate: Shares
    low: float
    high: float
    calibrated_probability: Shares
    bins: tuple[BinShares, ...]


class DriftReport(Reported):
    """A comparison of current clients with a reference. The keys up to ``moved`` stay as they are.

    Attributes
    ----------
    reference, current : what was compared, in words.
    clients, reference_clients : how many were.
    alarm : something moved by more than tolerated.
    moved : strongest effect on refusals first.
    level : chance that a report without drift has an alarm, at most.
    tolerated : multiple of the usual tolerated shift.
    tests : how many tests share the level.
    auc : of telling reference and current clients apart by all features; None if the reference has no clients at hand.
    unexplained : the change of the refusal rate that the effects of single features leave open.
    notes : what could not be compared, and why.
    """

    page_beginning = "<!doctype html>\n<!-- drift report -->"

    form: Literal[1] = 1
    made_at: datetime
    reference: str
    current: str
    clients: NonNegativeInt
    alarm: bool
    moved: tuple[Moved, ...]
    reference_clients: NonNegativeInt
    model_version: str
    level: float
    tolerated: float
    tests: NonNegativeInt
    score: ScoreFigures
    auc: float | None
    unexplained: float
    features: tuple[FeatureFigures, ...]
    months: tuple[Month, ...] = ()
    notes: tuple[Text, ...] = ()
