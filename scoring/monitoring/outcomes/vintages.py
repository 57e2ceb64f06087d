"""Measure vintages against what the model expected of them, on accepted clients only."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from scoring.model.costs import Costs
from scoring.monitoring.outcomes.followed import Followed
from scoring.monitoring.outcomes.outcome_figures import Bounds, Verdict, Vintage, VintageCost
from scoring.monitoring.outcomes.rates import LEVEL, correct, measure_auc, measure_rate
from scoring.monitoring.statistics import binomial_tails

By = Literal["month", "quarter"]


class _Tests(NamedTuple):
    """P-values of one vintage: of the known alone; of too many and too few defaults whatever the open ones become.

    ``none`` is set instead where nothing can be tested.
    """

    alike: float | None = None
    more: bool = False
    surely_more: float | None = None
    surely_fewer: float | None = None
    maybe_more: float | None = None
    maybe_fewer: float | None = None
    none: Verdict | None = None


def name_vintages(followed: Followed, by: By) -> list[str]:
    """Name the vintage of each decision.

    >>> from scoring.monitoring.outcomes.followed import collect
    >>> one = collect([("2026-05-31", *[True] * 3, *[0.1] * 2, False, True, *[0.0] * 5)])
    >>> name_vintages(one, "month"), name_vintages(one, "quarter")
    (['2026-05'], ['2026-Q2'])
    """
    if by == "month":
        return [str(day)[:7] for day in followed.days]
    return [f"{str(day)[:4]}-Q{(int(str(day)[5:7]) + 2) // 3}" for day in followed.days]


def measure_vintages(followed: Followed, by: By) -> list[Vintage]:
    """Measure every vintage of some decisions, the oldest first; the tests are corrected over all of them (Holm)."""
    names = np.array(name_vintages(followed, by))
    distinct = sorted({*names.tolist()})
    parts = [followed.pick(names == name) for name in distinct]
    return [_measure(*one) for one in zip(distinct, parts, _correct([_test(part) for part in parts]), strict=True)]


def measure_total(followed: Followed) -> Vintage | None:
    """Measure all decisions together; None without a decision."""
    return _measure("total", followed, _test(followed)) if len(followed) else None


def _test(part: Followed) -> _Tests:
    due, known = part.accepted & part.due, part.known
    if not due.any():
        return _Tests(none="too_early")
    if not known.any():
        return _Tests(none="no_outcomes")
    if np.isnan(part.risk[due]).any():
        return _Tests(none="no_expectation")
    defaults, clients, everybody = int(part.outcome[known].sum()), int(known.sum()), int(due.sum())
    expected, expected_of_all = float(part.risk[known].mean()), float(part.risk[due].mean())
    many, few = binomial_tails(defaults, clients, expected)
    if clients == everybody:
        return _Tests(min(1.0, 2 * min(few, many)), defaults > clients * expected, many, few, many, few)
    best, worst = defaults, defaults + everybody - clients
    fewest, most = (binomial_tails(one, everybody, expected_of_all) for one in (best, worst))
    return _Tests(min(1.0, 2 * min(few, many)), defaults > clients * expected, fewest[0], most[1], most[0], fewest[1])


def _correct(tests: Sequence[_Tests]) -> list[_Tests]:
    """Correct each kind of p-value over all vintages."""
    alike = correct([one.alike for one in tests])
    more = (correct([one.surely_more for one in tests]), correct([one.maybe_more for one in tests]))
    fewer = (correct([one.surely_fewer for one in tests]), correct([one.maybe_fewer for one in tests]))
    sides = zip(more[0], fewer[0], more[1], fewer[1], strict=True)
    return [
        _Tests(first, one.more, *four, one.none)  # in the order of the attributes
        for one, first, four in zip(tests, alike, sides, strict=True)
    ]


def _is_found(pvalue: float | None) -> bool:
    return pvalue is not None and pvalue < LEVEL / 2  # one side


def _judge(tests: _Tests) -> tuple[Verdict, Verdict]:
    """Say whether measured contradicts expected: whatever the open ones become, and if they are like the known."""
    if tests.none is not None:
        return tests.none, tests.none
    alike: Verdict = "agrees"
    if tests.alike is not None and tests.alike < LEVEL:
        alike = "worse" if tests.more else "better"
    if _is_found(tests.surely_more):
        return "worse", alike
    if _is_found(tests.surely_fewer):
        return "better", alike
    return ("undecided" if _is_found(tests.maybe_more) or _is_found(tests.maybe_fewer) else "agrees"), alike


def _measure(name: str, part: Followed, tests: _Tests) -> Vintage:
    due, known = part.accepted & part.due, part.known
    outcomes, risk = part.outcome[known], part.risk[known]
    has_risk = bool(known.any()) and not np.isnan(part.risk[due]).any()
    verdict, alike = _judge(tests)
    open_ones, defaults = int((due & ~known).sum()), int(outcomes.sum())
    everybody = int(due.sum())
    amounts = part.amount_lost[part.accepted & (part.outcome == 1)]
    amounts = amounts[~np.isnan(amounts)]
    return Vintage(
        name=name,
        decisions=len(part),
        accepted=int(part.accepted.sum()),
        due=everybody,
        open=open_ones,
        early_defaults=int((part.accepted & ~part.due & (part.outcome == 1)).sum()),
        measured=measure_rate(outcomes),
        expected=float(risk.mean()) if has_risk else None,
        bounds=Bounds(lowest=defaults / everybody, highest=(defaults + open_ones) / everybody) if everybody else None,
        verdict=verdict,
        verdict_if_alike=alike,
        pvalue=tests.alike,
        auc=measure_auc(outcomes, risk) if has_risk else None,
        cost=measure_cost(part),
        amount_lost=float(amounts.sum()) if len(amounts) else None,
        amounts=len(amounts),
    )


def measure_cost(part: Followed) -> VintageCost | None:
    """Measure the cost per due decision as far as it can be known; None without costs or an outcome.

    Which refused clients would have repaid is not known: the bounds are that none and that all of them would have.
    """
    now = part.pick(part.due)
    if not now.known.any() or np.isnan(now.false_negative).any():
        return None
    count, defaulted = len(now), now.known & (now.outcome == 1)
    unknown, refused = now.accepted & ~now.known, ~now.accepted
    certain = float(now.false_negative[defaulted].sum()) / count
    most = certain + float(now.false_negative[unknown].sum() + now.false_positive[refused].sum()) / count
    accepted = now.accepted
    expected = None
    if not np.isnan(now.risk).any():
        wrong = (now.false_negative * now.risk)[accepted].sum() + (now.false_positive * (1 - now.risk))[refused].sum()
        expected = float(wrong) / count
    return VintageCost(defaults=certain, bounds=Bounds(lowest=certain, highest=most), expected=expected)


def costs_of(part: Followed) -> Costs | None:
    """Return the costs of some decisions, the mean over model versions; None where a version's are not known."""
    if not len(part) or np.isnan(part.false_negative).any():
        return None
    return Costs(false_negative=float(part.false_negative.mean()), false_positive=float(part.false_positive.mean()))
