"""What a comparison of decisions before and with a change has, as data: shares and probabilities are 0-1."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from scoring.model.costs import Costs
from scoring.model.schema import Frozen
from scoring.monitoring.report.reported import Reported

Judge = Literal["recorded", "other"]


class Rate(Frozen):
    """``count`` of the decisions, their share, and the bounds of its 95 % interval; null where there is no decision.

    The bounds are Wilson's; a client with several decisions counts less than as many clients (Kish's effective number).
    """

    count: int = Field(ge=0)
    share: float | None
    low: float | None
    high: float | None


class Estimate(Frozen):
    """A mean and the bounds of its 95 % interval; null where nobody is meant."""

    value: float | None
    low: float | None
    high: float | None


class Movement(Frozen):
    """Decisions before and with a change.

    Attributes
    ----------
    accepted_before, accepted : accepted as recorded, and with the change.
    to_refused, to_accepted : accepted as recorded and refused with the change; the other way round.
    review_before, review : marked for review.
    """

    decisions: int
    accepted_before: Rate
    accepted: Rate
    to_refused: Rate
    to_accepted: Rate
    review_before: Rate
    review: Rate


class Part(Movement):
    """The same for a month or a group."""

    name: str


class Grouping(Frozen):
    """Groups by a field: ranges of numbers in their order, others with the largest first.

    Groups that ``choose_shown`` leaves out are counted only.
    """

    field: str
    groups: list[Part]
    hidden_groups: int
    hidden_decisions: int


class Expected(Frozen):
    """What is expected if the calibrated probabilities of a model hold.

    Attributes
    ----------
    judge : whose probabilities: those of the versions that decided as recorded, or of the model that is tried.
    default_rate_before, default_rate : of the accepted; bounds tell how far chance moves the rate that is observed.
    default_rate_to_refused, default_rate_to_accepted : of those who are decided differently.
    cost_before, cost : per decision, in the unit of the costs.
    cost_difference : with the change minus as recorded; bounds as if the decisions were a sample of clients.
    """

    judge: Judge
    default_rate_before: Estimate
    default_rate: Estimate
    default_rate_to_refused: Estimate
    default_rate_to_accepted: Estimate
    cost_before: float | None
    cost: float | None
    cost_difference: Estimate


class Differences(Frozen):
    """By how much the calibrated probability of the other model is higher than the recorded one.

    Attributes
    ----------
    mean, mean_size : mean difference, and mean of the differences without their sign.
    quantiles : differences that so large a share of the decisions do not exceed.
    """

    mean: float
    mean_size: float
    quantiles: Mapping[float, float]


class Measured(Frozen):
    """What was observed of credits whose outcome was loaded; nothing is known of the others.

    Attributes
    ----------
    known : decisions with an outcome.
    default_rate_before, default_rate : default rate of those accepted as recorded; of those of them who would still be
        accepted.
    default_rate_to_refused, default_rate_to_accepted : of those who are decided differently; refused ones have an
        outcome only where people, or chance, accepted them after all.
    cost_difference : per decision with an outcome, with the change minus as recorded.
    """

    known: int
    default_rate_before: Rate
    default_rate: Rate
    default_rate_to_refused: Rate
    default_rate_to_accepted: Rate
    cost_difference: Estimate


class Comparison(Reported):
    """What a change would do.

    Attributes
    ----------
    decisions : recorded in the period; those that can be made again are in ``overall``.
    not_replayable : how many cannot be made again, by reason.
    differing : how many the recorded version scores otherwise now than recorded.
    clients : how many different clients; an applicant without a number counts as one.
    versions : how many decisions each version of the model made.
    shadow : the other model is the shadow model, with its answers as they were recorded.
    differences : None without another model, a calibration of both, or 20 decisions.
    measured : None where the outcomes of fewer than 20 decisions are known.
    hidden_months : months that are not shown, by the same rule as groups.
    """

    page_beginning = "<!doctype html>\n<!-- report on decisions made again -->"

    threshold: float | None
    policy_version: str | None
    model_version: str | None
    shadow: bool
    since: str | None
    until: str | None
    decisions: int
    not_replayable: Mapping[str, int]
    differing: int
    clients: int
    versions: Mapping[str, int]
    costs: Costs
    overall: Movement
    expected: list[Expected]
    differences: Differences | None
    measured: Measured | None
    months: list[Part]
    hidden_months: int
    groupings: list[Grouping]
