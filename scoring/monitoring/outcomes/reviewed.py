"""Whether officers did better than the model, on decisions that they reviewed."""

import numpy as np

from scoring.model.calibration import Bools
from scoring.model.report import Metric
from scoring.monitoring.outcomes.followed import Followed
from scoring.monitoring.outcomes.outcome_figures import Rate, ReviewedGroup, ReviewQuality, Verdict, Worth
from scoring.monitoring.outcomes.rates import LEVEL, add_up, measure_rate
from scoring.monitoring.outcomes.vintages import costs_of
from scoring.monitoring.statistics import binomial_tails


def measure_reviews(followed: Followed) -> ReviewQuality:
    """Measure what officers decided: acceptances by their outcomes, refusals by their number only."""
    now = followed.pick(followed.reviewed & followed.due)
    return ReviewQuality(
        refused_to_accepted=_measure(now, ~now.automated & now.accepted),
        acceptances_confirmed=_measure(now, now.automated & now.accepted),
        accepted_to_refused=int((now.automated & ~now.accepted).sum()),
        refusals_confirmed=int((~now.automated & ~now.accepted).sum()),
    )


def _measure(now: Followed, members: Bools) -> ReviewedGroup:
    group = now.pick(members)
    seen = group.pick(group.known)
    rate = measure_rate(seen.outcome)
    expected = None if rate is None or np.isnan(seen.risk).any() else float(seen.risk.mean())
    threshold = None if rate is None or np.isnan(seen.threshold).any() else float(seen.threshold.mean())
    costs = costs_of(seen)
    saved = None
    if rate is not None and costs is not None and not group.automated.any():
        # Refusing would have cost one false positive for each who repaid; accepting cost one false negative for each
        # who defaulted.
        measured = Metric(value=rate.rate, low=rate.low, high=rate.high)
        saved = add_up([(-costs.false_positive - costs.false_negative, measured)], costs.false_positive)
    return ReviewedGroup(
        decisions=len(group),
        open=len(group) - len(seen),
        measured=rate,
        expected=expected,
        threshold=threshold,
        worth=_weigh(rate, threshold),
        against_model=_compare(rate, expected),
        saved=saved,
    )


def _weigh(rate: Rate | None, threshold: float | None) -> Worth:
    if rate is None or threshold is None:
        return "no_outcomes"
    return "worth" if rate.high < threshold else "not_worth" if rate.low > threshold else "undecided"


def _compare(rate: Rate | None, expected: float | None) -> Verdict:
    if rate is None:
        return "no_outcomes"
    if expected is None:
        return "no_expectation"
    many, few = binomial_tails(rate.defaults, rate.clients, expected)
    if 2 * min(few, many) >= LEVEL:
        return "agrees"
    return "worse" if many < few else "better"
