"""What the report on outcomes has, as data; shares and probabilities are 0-1."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from scoring.model.report import Metric, ReliabilityBin
from scoring.model.schema import Frozen
from scoring.monitoring.report.reported import Reported

Verdict = Literal["worse", "better", "agrees", "undecided", "too_early", "no_outcomes", "no_expectation"]
Worth = Literal["worth", "not_worth", "undecided", "no_outcomes"]


class Rate(Frozen):
    """A default rate, with its 95 % Clopper-Pearson interval."""

    clients: int = Field(ge=1)
    defaults: int = Field(ge=0)
    rate: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)


class Bounds(Frozen):
    """The lowest and the highest value that something not known can lead to."""

    lowest: float
    highest: float


class VintageCost(Frozen):
    """Cost of wrong decisions per decided client, in the unit of the model's costs.

    Attributes
    ----------
    defaults : of accepted clients whose default is known: what was lost for certain.
    bounds : with the clients who are not known: all open outcomes and all refused clients at their best and worst.
    expected : what the calibrated probabilities said when it was decided.
    """

    defaults: float = Field(ge=0)
    bounds: Bounds
    expected: float | None


class Vintage(Frozen):
    """Decisions of one month, or quarter.

    Attributes
    ----------
    accepted : clients who got the credit, also by an officer or at random.
    due : of these, clients whose window has passed; all of them without a window.
    open : due, and the outcome is not known.
    early_defaults : not due yet, and known to have defaulted; no rate has them.
    measured : of due clients whose outcome is known.
    expected : mean calibrated probability of the same clients; null where the model has none.
    bounds : default rate of all due clients, if all open ones repaid, and if all defaulted.
    verdict : whether measured contradicts expected, whatever becomes of the open ones.
    verdict_if_alike : the same if the open ones are like the known ones.
    pvalue : of the known ones against the expectation, corrected over all vintages (Holm).
    auc : on accepted clients: a narrower range of risks than that of all applicants.
    amount_lost, amounts : sum of the amounts that are known, and of how many defaults.
    """

    name: str
    decisions: int
    accepted: int
    due: int
    open: int
    early_defaults: int
    measured: Rate | None
    expected: float | None
    bounds: Bounds | None
    verdict: Verdict
    verdict_if_alike: Verdict
    pvalue: float | None
    auc: Metric | None
    cost: VintageCost | None
    amount_lost: float | None
    amounts: int


class PopulationEstimate(Frozen):
    """All clients, refused ones too, as far as some of them were accepted at random.

    Refused clients who could have been accepted at random are estimated from those who were, each with one over its
    probability as weight (Hajek); the interval of this part is that of Clopper and Pearson at the effective number of
    clients (Korn and Graubard, 1998), those of both parts are put together by MOVER (Donner and Zou, 2012).

    Attributes
    ----------
    at_random : accepted at random and due; ``known`` of these have an outcome.
    covered : share of decisions that the estimate is about; refused clients who were never accepted at random are not.
    refused_rate : default rate of refused clients who could have been accepted at random.
    default_rate : of all covered clients, had all been accepted.
    expected : mean calibrated probability of all covered clients.
    cost : per covered client, of the decisions without acceptance at random.
    """

    at_random: int
    known: int
    covered: float = Field(ge=0, le=1)
    refused_rate: Metric
    default_rate: Metric
    expected: float | None
    cost: Metric | None


class ReviewedGroup(Frozen):
    """Decisions that officers reviewed, in one direction.

    Attributes
    ----------
    decisions : how many; ``open`` of them have no outcome yet.
    measured : default rate of those whose outcome is known; null for refusals, whose outcomes nobody knows.
    expected : mean calibrated probability of the same clients.
    threshold : risk from which refusing costs less, mean over the same clients.
    worth : whether accepting them cost less than refusing: measured against ``threshold``.
    against_model : whether measured contradicts expected.
    saved : cost per decision whose outcome is known that officers saved against the model's decision.
    """

    decisions: int
    open: int
    measured: Rate | None
    expected: float | None
    threshold: float | None
    worth: Worth
    against_model: Verdict
    saved: Metric | None


class ReviewQuality(Frozen):
    """Whether officers did better than the model; what refused clients would have done is not known."""

    refused_to_accepted: ReviewedGroup
    acceptances_confirmed: ReviewedGroup
    accepted_to_refused: int
    refusals_confirmed: int


class OutcomeReport(Reported):
    """Outcomes as far as they are known.

    Attributes
    ----------
    since, until : of the decisions; null where open.
    as_of : the day to which it was told which outcomes are due.
    made_at : when the report was made; null in those of earlier releases.
    window_months : within which a default counts; null: what is known is final.
    hidden_vintages, hidden_decisions : how many are not shown (``choose_shown``), and what they have together.
    total : all vintages together, also those that are not shown; its verdict is one test of its own.
    calibration : bins of accepted clients whose outcome is known, by calibrated probability, Wilson intervals.
    population : null where nobody was accepted at random, or none of these outcomes is known.
    costs_known : the record has the model files that state the costs.
    """

    page_beginning = "<!doctype html>\n<!-- report on outcomes -->"

    since: str | None
    until: str | None
    as_of: str
    made_at: datetime | None = None
    window_months: int | None
    vintages: list[Vintage]
    hidden_vintages: int
    hidden_decisions: int
    total: Vintage | None
    calibration: tuple[ReliabilityBin, ...]
    population: PopulationEstimate | None
    reviews: ReviewQuality
    costs_known: bool
