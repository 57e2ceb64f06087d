"""What a change would do: how many are decided differently, by month and by group, and at what expected cost."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import Bools, Floats
from scoring.model.costs import Costs, cost_of_decisions, total_cost
from scoring.model.report import effective_number, share_with_interval
from scoring.model.schema import SchemaField
from scoring.model_card.plots import age_order
from scoring.monitoring.small_groups import FEWEST, choose_shown
from scoring.replay.replay_figures import (
    Comparison,
    Differences,
    Estimate,
    Expected,
    Grouping,
    Judge,
    Measured,
    Movement,
    Part,
    Rate,
)
from scoring.replay.replayed import Replayed
from scoring.training.evaluation.groups import MISSING, group_clients

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_NORMAL = 1.959963984540054  # 97.5 % quantile of the normal distribution


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
    """Measure on the decisions whose outcome is known; None if these are fewer than 20."""
    known = ~np.isnan(replayed.defaulted)
    if known.sum() < FEWEST:
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


def describe_differences(replayed: Replayed) -> Differences | None:
    """Describe by how much the calibrated probabilities of two models differ; None where they are not all known."""
    differences = replayed.calibrated - replayed.calibrated_before
    if len(differences) < FEWEST or np.isnan(differences).any():
        return None
    quantiles = dict(zip(_QUANTILES, np.quantile(differences, _QUANTILES).tolist(), strict=True))
    return Differences(mean=float(differences.mean()), mean_size=float(np.abs(differences).mean()), quantiles=quantiles)


def compare(
    replayed: Replayed,
    fields: Sequence[SchemaField],
    costs: Costs,
    *,
    has_other_model: bool,
    shadow: bool = False,
    **described: object,
) -> Comparison:
    """Compare decisions as recorded with those under a change.

    Parameters
    ----------
    fields : by which groups are made.
    has_other_model : another model decides, so that its probabilities judge too.
    shadow : it is the shadow model.
    described : what was tried and the period, as ``Comparison`` has them.
    """
    everybody = np.ones(len(replayed), dtype=bool)
    judges: list[tuple[Judge, Floats]] = [("recorded", replayed.calibrated_before)]
    if has_other_model:
        judges.append(("other", replayed.calibrated))
    expected = [expect(judge, risk, replayed, costs) for judge, risk in judges]
    months = np.array([day[:7] for day in replayed.days], dtype=object)
    sizes = Counter(months.tolist())
    shown = sorted(choose_shown(sizes))
    return Comparison.model_validate(
        {
            **described,
            "shadow": shadow,
            "decisions": len(replayed) + sum(replayed.not_replayable.values()),
            "not_replayable": dict(sorted(replayed.not_replayable.items())),
            "differing": replayed.differing,
            "clients": len({*replayed.clients}),
            "versions": dict(replayed.versions),
            "costs": costs,
            "overall": measure_movement(replayed, everybody),
            "expected": [one for one in expected if one is not None],
            "differences": describe_differences(replayed) if has_other_model else None,
            "measured": measure(replayed, costs),
            "months": [_part(replayed, month, months == month) for month in shown],
            "hidden_months": len(sizes) - len(shown),
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
    shown = choose_shown({str(name): int(count) for name, count in counts.items()})
    if field.type != "category":
        shown.sort(key=age_order)
    hidden = counts.drop(shown)
    return Grouping(
        field=field.name,
        groups=[_part(replayed, name, (names == name).to_numpy(dtype=bool)) for name in shown],
        hidden_groups=len(hidden),
        hidden_decisions=int(hidden.sum()),
    )
