"""Choose the champion: the most readable model that none of the others beats beyond doubt."""

from collections.abc import Sequence
from typing import Any

from sklearn.metrics import log_loss, roc_auc_score

from scoring.errors import DataError
from scoring.model.costs import Costs, cost_per_client
from scoring.model.manifest import CandidateFacts, ChoiceFacts
from scoring.training.candidates.families import REGRESSIONS
from scoring.training.candidates.out_of_fold import Result, Target
from scoring.training.evaluation.metrics import paired_difference

MAX_GAP = 0.02


def choose(
    results: Sequence[Result],
    target: Target,
    costs: Costs,
    *,
    seed: int = 0,
    max_gap: float = MAX_GAP,
    family: str | None = None,
) -> tuple[Result, ChoiceFacts]:
    """Choose among candidates by what they said out of fold.

    The default is the first family of ``candidates.REGRESSIONS`` with a candidate whose overfitting gap is at most
    ``max_gap``, in it the one with the least log loss. The candidate with the least log loss of all takes its
    place only if the paired difference of the two has an interval that excludes zero.

    Parameters
    ----------
    max_gap : largest AUC on the clients of a fit less AUC out of fold.
    family : take the best candidate of this family, whatever the comparison says; the record tells so.

    Returns
    -------
    The champion, and the record: candidates by rank (log loss, then cost), each with its paired difference
    in log loss to the champion.

    Raises
    ------
    DataError
        When no candidate is of that family.
    """
    loss = {id(result): float(log_loss(target, result.calibrated)) for result in results}
    cost = {id(result): _cost(result, target, costs) for result in results}
    ranked = sorted(results, key=lambda result: (loss[id(result)], cost[id(result)]))
    if family is not None:
        champion, reason = _of_family(ranked, family), f"the family {family} was asked for"
    else:
        champion, reason = _by_rule(ranked, target, max_gap, seed)
    facts = tuple(
        CandidateFacts(
            name=result.recipe.name,
            family=result.recipe.family,
            balancing=result.recipe.balancing,
            parameters=_plain(result.recipe.model.get_params(deep=False)),
            auc=float(roc_auc_score(target, result.calibrated)),
            log_loss=loss[id(result)],
            cost_per_client=cost[id(result)],
            gap=result.gap(target),
            log_loss_difference=paired_difference(target, result.calibrated, champion.calibrated, "log_loss", seed),
            auc_difference=paired_difference(target, result.calibrated, champion.calibrated, "auc", seed),
        )
        for result in ranked
    )
    return champion, ChoiceFacts(
        champion=champion.recipe.name, reason=reason, max_gap=max_gap, overridden=family is not None, candidates=facts
    )


def _by_rule(ranked: Sequence[Result], target: Target, max_gap: float, seed: int) -> tuple[Result, str]:
    best = ranked[0]
    default = _default(ranked, target, max_gap)
    if default is None:
        return best, f"no logistic regression has a gap of at most {max_gap}; this one has the least log loss"
    if default is best:
        return best, f"logistic regression with a gap of {default.gap(target):.4f}, and the least log loss of all"
    gain = paired_difference(target, default.calibrated, best.calibrated, "log_loss", seed)
    interval = f"log loss {gain.value:+.5f} better, {gain.low:+.5f} to {gain.high:+.5f}"
    if gain.low > 0:
        return best, f"beats {default.recipe.name}: {interval}; its gap is {best.gap(target):.4f}"
    return default, f"logistic regression that {best.recipe.name} does not beat beyond doubt: {interval}"


def _default(ranked: Sequence[Result], target: Target, max_gap: float) -> Result | None:
    for family in REGRESSIONS:
        for result in ranked:
            if result.recipe.family == family and result.gap(target) <= max_gap:
                return result
    return None


def _of_family(ranked: Sequence[Result], family: str) -> Result:
    for result in ranked:
        if result.recipe.family == family:
            return result
    known = sorted({result.recipe.family for result in ranked})
    raise DataError(f"family {family!r}: is not among the candidates\nExpected one of {', '.join(known)}.")


def _cost(result: Result, target: Target, costs: Costs) -> float:
    return cost_per_client(target, result.calibrated >= costs.threshold(), costs)


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON takes them; those left at nothing are not told."""
    return {
        name: value if isinstance(value, bool | int | float | str) else repr(value)
        for name, value in sorted(parameters.items())
        if value is not None
    }
