"""What a change would do: how many are decided differently, by month and by group, and at what expected cost."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from scoring.model.calibration import Bools, Floats
from scoring.model.costs import Costs, cost_of_decisions, total_cost
from scoring.model.report import effective_number, share_with_interval
from scoring.model.schema import Frozen, SchemaField
from scoring.model_card.plots import age_order
from scoring.monitoring.report.reported import Reported
from scoring.replay.replayed import Replayed
from scoring.training.evaluation.groups import MISSING, group_clients

FEWEST = 20  # a group of fewer decisions is not shown: its figures would tell about a few people
_NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution
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

    Groups of fewer than 20 decisions are counted, and not shown; nor is the smallest other one, if they have fewer than
    20 decisions together.
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
    """

    page_beginning = "<!doctype html>\n<!-- report on decisions made again -->"

    threshold: float | None
    policy_version: str | None
    model_version: str | None
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
    measured: Measured | None
    months: list[Part]
    groupings: list[Grouping]


def measure_movement(replayed: Replayed, members: Bools) -> Movement:
    """Count how some of the decisions, shape (n,), move."""
    clients = np.asarray(replayed.clients, dtype=np.intp)[members]
    refused_before, refused = replayed.refused_before[members], replayed.refused[members]
    effective = count_effective(clients)

    def rate(which: Bools) -> Rate:
        return _rate(int(which.sum()), len(which), effective)

    return Movement(
        decisions=len(clients),
        accepted_before=rate(~refused_before),
        accepted=rate(~refused),
        to_refused=rate(~refused_before & refused),
        to_accepted=rate(refused_before & ~refused),
        review_before=rate(replayed.review_before[members]),
        review=rate(replayed.review[members]),
    )


def count_effective(clients: NDArray[np.intp]) -> float:
    """Return the effective number of independent decisions, where those on the same client are all alike.

    >>> count_effective(np.array([0, 1, 2, 3])), count_effective(np.array([0, 0, 1, 1]))
    (4.0, 2.0)
    """
    return effective_number(np.unique(clients, return_counts=True)[1])


def _rate(count: int, of: int, effective: float) -> Rate:
    if not of:
        return Rate(count=0, share=None, low=None, high=None)
    found = share_with_interval(count / of, effective)
    return Rate(count=count, share=found.value, low=found.low, high=found.high)


def expect(judge: Judge, risk: Floats, replayed: Replayed, costs: Costs) -> Expected | None:
    """Compute what is expected by calibrated probabilities, shape (n,); None where they are not all known.

    The cost of an accepted client with probability p is ``p * false_negative``, that of a refused one
    ``(1 - p) * false_positive``.
    """
    if not len(risk) or np.isnan(risk).any():
        return None
    before, after = replayed.refused_before, replayed.refused
    cost_before, cost = _cost(risk, before, costs), _cost(risk, after, costs)
    difference = cost - cost_before
    return Expected(
        judge=judge,
        default_rate_before=_default_rate(risk[~before]),
        default_rate=_default_rate(risk[~after]),
        default_rate_to_refused=_default_rate(risk[~before & after]),
        default_rate_to_accepted=_default_rate(risk[before & ~after]),
        cost_before=float(cost_before.mean()),
        cost=float(cost.mean()),
        cost_difference=_mean_by_client(difference, np.asarray(replayed.clients, dtype=np.intp)),
    )


def _cost(risk: Floats, refused: Bools, costs: Costs) -> Floats:
    cost: Floats = total_cost(costs, np.where(refused, 0.0, risk), np.where(refused, 1 - risk, 0.0))
    return cost


def _default_rate(risk: Floats) -> Estimate:
    """Mean risk; the bounds are those of the observed rate: independent outcomes, each with its own probability.

    >>> round(_default_rate(np.array([0.5] * 100)).low, 3)
    0.402
    """
    if not len(risk):
        return Estimate(value=None, low=None, high=None)
    mean, half = float(risk.mean()), _NORMAL * float(np.sqrt(np.sum(risk * (1 - risk)))) / len(risk)
    return Estimate(value=mean, low=max(0.0, mean - half), high=min(1.0, mean + half))


def _mean_by_client(values: Floats, clients: NDArray[np.intp]) -> Estimate:
    """Mean of n values, with bounds from the sums over clients, which are independent of each other.

    >>> estimate = _mean_by_client(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0, 1, 2, 3]))
    >>> round(estimate.value, 3), round(estimate.low, 3), round(estimate.high, 3)
    (0.5, -0.066, 1.066)
    """
    number, mean = len(values), float(values.mean())
    sums = np.bincount(clients, values - mean)
    present = len(np.unique(clients))
    if present < 2:
        return Estimate(value=mean, low=None, high=None)
    half = _NORMAL * float(np.sqrt(np.sum(sums**2) * present / (present - 1))) / number
    return Estimate(value=mean, low=mean - half, high=mean + half)


def measure(replayed: Replayed, costs: Costs) -> Measured | None:
    """Measure on the decisions whose outcome is known; None without any."""
    known = ~np.isnan(replayed.defaulted)
    if not known.any():
        return None
    clients = np.asarray(replayed.clients, dtype=np.intp)[known]
    before, after, defaulted = replayed.refused_before[known], replayed.refused[known], replayed.defaulted[known]

    def rate(members: Bools) -> Rate:
        return _rate(int(defaulted[members].sum()), int(members.sum()), count_effective(clients[members]))

    difference = cost_of_decisions(defaulted, after, costs) - cost_of_decisions(defaulted, before, costs)
    return Measured(
        known=int(known.sum()),
        default_rate_before=rate(~before),
        default_rate=rate(~before & ~after),
        default_rate_to_refused=rate(~before & after),
        default_rate_to_accepted=rate(before & ~after),
        cost_difference=_mean_by_client(difference, clients),
    )


def compare(
    replayed: Replayed, fields: Sequence[SchemaField], costs: Costs, *, has_other_model: bool, **described: object
) -> Comparison:
    """Compare decisions as recorded with those under a change.

    Parameters
    ----------
    fields : by which groups are made.
    has_other_model : another model decides, so that its probabilities judge too.
    described : what was tried and the period, as ``Comparison`` has them.
    """
    everybody = np.ones(len(replayed), dtype=bool)
    judges: list[tuple[Judge, Floats]] = [("recorded", replayed.calibrated_before)]
    if has_other_model:
        judges.append(("other", replayed.calibrated))
    expected = [expect(judge, risk, replayed, costs) for judge, risk in judges]
    months = np.array([day[:7] for day in replayed.days], dtype=object)
    return Comparison.model_validate(
        {
            **described,
            "decisions": len(replayed) + sum(replayed.not_replayable.values()),
            "not_replayable": dict(sorted(replayed.not_replayable.items())),
            "differing": replayed.differing,
            "clients": len({*replayed.clients}),
            "versions": dict(replayed.versions),
            "costs": costs,
            "overall": measure_movement(replayed, everybody),
            "expected": [one for one in expected if one is not None],
            "measured": measure(replayed, costs),
            "months": [_part(replayed, month, months == month) for month in sorted({*months.tolist()})],
            "groupings": [_group(replayed, field) for field in fields],
        }
    )


def _part(replayed: Replayed, name: str, members: Bools) -> Part:
    return Part(name=name, **measure_movement(replayed, members).model_dump())


def _group(replayed: Replayed, field: SchemaField) -> Grouping:
    kind = "object" if field.type == "category" else "float64"
    values = pd.Series(replayed.facts[field.name], dtype=kind)
    names = group_clients(field, values)
    names = names.where(names.notna(), MISSING)
    counts = names.value_counts()
    shown = [str(name) for name, count in counts.items() if count >= FEWEST]
    while shown and 0 < len(values) - counts[shown].sum() < FEWEST:  # else the total less those shown tells the rest
        shown.pop()
    if field.type != "category":
        shown.sort(key=age_order)
    hidden = counts.drop(shown)
    return Grouping(
        field=field.name,
        groups=[_part(replayed, name, (names == name).to_numpy(dtype=bool)) for name in shown],
        hidden_groups=len(hidden),
        hidden_decisions=int(hidden.sum()),
    )
