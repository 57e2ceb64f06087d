"""Choose the champion: the most readable model, unless another one is shown to be better."""

from collections.abc import Sequence
from functools import partial

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.costs import Costs, cost_per_client
from scoring.model.manifest import CandidateFacts, ChoiceFacts
from scoring.model.report import Metric
from scoring.model.scorer import Policy
from scoring.training.candidates.families import REGRESSIONS
from scoring.training.candidates.out_of_fold import Result
from scoring.training.describe import list_parameters, list_settings
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.fit import Target
from scoring.training.options import MAX_GAP


def choose_champion(
    results: Sequence[Result],
    target: Target,
    costs: Costs,
    *,
    seed: int = 0,
    max_gap: float = MAX_GAP,
    force: str | None = None,
    prefer: tuple[Result, str] | None = None,
    weights: Floats | None = None,
) -> tuple[Result, ChoiceFacts]:
    """Choose among candidates by their out-of-fold predictions.

    The first choice is the first family of ``families.REGRESSIONS`` with a candidate whose overfitting gap is not shown
    to be above ``max_gap``: the 95 % interval of the gap does not lie above it. In this family it is the candidate with
    the least log loss. A candidate is not passed over in favour of one with a larger gap; if all gaps are too large,
    the first choice is the regression with the smallest one. If the candidate with the least log loss of all is better
    beyond doubt (the interval of their paired difference excludes zero), the next family is tried in the same way, and
    that candidate is chosen only if it is better than all of them. The order of the families is how easily a person
    can read, check and defend each reason.

    Parameters
    ----------
    max_gap : largest overfitting gap: AUC on the clients of a fit minus AUC out of fold.
    force : take the best candidate of this family, whatever the comparison says; the record shows it.
    prefer : take this candidate, and record the reason: it is the fairest of equally good ones.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    The champion, and the record: candidates by rank (log loss, then cost), each with its paired differences
    to the champion.

    Raises
    ------
    DataError
        When no candidate is of the family ``force``.
    """
    policy = Policy(costs.threshold())

    def cost(result: Result) -> float:
        return cost_per_client(target, policy.refuses(result.calibrated), costs, weights)

    ranked = sorted(results, key=lambda result: (result.log_loss(target, weights), cost(result)))
    if prefer is not None:
        champion, reason = prefer
    elif force is not None:
        champion, reason = _best_of_family(ranked, force), f"the family {force} was asked for"
    else:
        champion, reason = _apply_rule(ranked, target, max_gap, seed, weights)
    difference = partial(paired_difference, target, seed=seed, weights=weights)
    facts = tuple(
        CandidateFacts(
            name=result.recipe.name,
            family=result.recipe.family,
            balancing=result.recipe.balancing,
            parameters={k: v for k, v in list_parameters(result.recipe.model).items() if v is not None},
            settings=list_settings(result.recipe.model),
            auc=auc(target, result.calibrated, weights),
            log_loss=result.log_loss(target, weights),
            cost_per_client=cost(result),
            gap=result.overfitting_gap(target, weights),
            gap_interval=_bounds(result.gap_interval(target, weights)),
            log_loss_difference=difference(result.calibrated, champion.calibrated, "log_loss"),
            auc_difference=difference(result.calibrated, champion.calibrated, "auc"),
        )
        for result in ranked
    )
    return champion, ChoiceFacts(
        champion=champion.recipe.name,
        reason=reason,
        max_gap=max_gap,
        overridden=force is not None,
        fairest=prefer is not None,
        candidates=facts,
    )


def _apply_rule(
    ranked: Sequence[Result], target: Target, max_gap: float, seed: int, weights: Floats | None
) -> tuple[Result, str]:
    best = ranked[0]
    regressions = [one for family in REGRESSIONS for one in ranked if one.recipe.family == family]
    if not regressions:
        return best, "the least log loss; no logistic regression was compared"
    plain, about_gap = _choose_plain(regressions, target, max_gap, weights)
    if plain is best:
        return best, f"the least log loss of all; {about_gap}"
    beaten: list[str] = []
    for one in (plain, *_list_next(plain, regressions, target, max_gap, weights)):
        shown = f"its overfitting gap is {_show(one.gap_interval(target, weights))}"
        after = f"; the easier to read are beaten: {', '.join(beaten)}" if beaten else ""
        if one is best:
            return best, f"the least log loss of all; {shown}{after}"
        gain = paired_difference(target, one.calibrated, best.calibrated, "log_loss", seed, weights=weights)
        interval = f"log loss {gain.value:+.5f} better, {gain.low:+.5f} to {gain.high:+.5f}"
        if gain.low <= 0:
            about = about_gap if one is plain else shown
            return one, f"{best.recipe.name} does not beat it beyond doubt: {interval}; {about}{after}"
        beaten.append(f"{one.recipe.name}: {interval}")
    return best, f"beats {'; '.join(beaten)}; its overfitting gap is {_show(best.gap_interval(target, weights))}"


def _list_next(
    plain: Result, regressions: Sequence[Result], target: Target, max_gap: float, weights: Floats | None
) -> list[Result]:
    """List the best candidates of the families after that of ``plain``, without those whose gap is too large."""
    families = REGRESSIONS[REGRESSIONS.index(plain.recipe.family) + 1 :]
    firsts = {one.recipe.family: one for one in reversed(regressions)}
    found = [firsts[family] for family in families if family in firsts]
    return [one for one in found if one.gap_interval(target, weights).low <= max_gap]


def _choose_plain(
    regressions: Sequence[Result], target: Target, max_gap: float, weights: Floats | None
) -> tuple[Result, str]:
    """Choose the preferred regression, in the order of ``regressions``, and describe its gap."""
    gaps = [one.gap_interval(target, weights) for one in regressions]
    within = [gap.value for gap in gaps if gap.low <= max_gap]
    smallest = min(within, default=min(gap.value for gap in gaps))
    place = next(i for i, gap in enumerate(gaps) if gap.low <= max_gap or gap.value <= smallest)
    shown = f"its overfitting gap is {_show(gaps[place])}"
    if gaps[place].low <= max_gap:
        return regressions[place], shown
    return regressions[place], f"{shown}, above the limit of {max_gap:g}; no regression has a smaller gap"


def _bounds(gap: Metric) -> tuple[float, float]:
    return gap.low, gap.high


def _show(gap: Metric) -> str:
    return f"{gap.value:.4f} ({gap.low:.4f} to {gap.high:.4f})"


def _best_of_family(ranked: Sequence[Result], family: str) -> Result:
    best = {result.recipe.family: result for result in reversed(ranked)}
    if family not in best:
        raise DataError(f"family {family!r}: not among the candidates\nExpected one of {', '.join(sorted(best))}.")
    return best[family]
