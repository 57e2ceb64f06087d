"""Estimate the default rate and the cost of all clients from those who were accepted at random."""

import numpy as np

from scoring.model.report import Metric
from scoring.monitoring.outcomes.followed import Followed
from scoring.monitoring.outcomes.outcome_figures import PopulationEstimate
from scoring.monitoring.outcomes.rates import add_up, measure_rate, weighted_rate
from scoring.monitoring.outcomes.vintages import costs_of


def estimate_population(followed: Followed) -> PopulationEstimate | None:
    """Estimate all clients whom the model accepted or who could have been accepted at random.

    Clients whose automated decision officers turned to a refusal are not covered; neither are refused clients without a
    propensity. Outcomes that are open are taken to be like the known ones.

    Returns
    -------
    None where no outcome of a client accepted at random, or none of the others, is known.
    """
    now = followed.pick(followed.due)
    chosen = now.automated & ~now.at_random & now.accepted
    could_be = ~np.isnan(now.propensity)  # whom the model refused, and who might have been accepted at random
    drawn = now.at_random & now.accepted
    sampled, others = drawn & now.known, chosen & now.known
    rate = measure_rate(now.outcome[others])
    if not sampled.any() or rate is None:
        return None
    refused = weighted_rate(now.outcome[sampled], 1 / now.propensity[sampled])
    accepted = Metric(value=rate.rate, low=rate.low, high=rate.high)
    count = int(chosen.sum() + could_be.sum())
    share, rest = float(chosen.sum()) / count, float(could_be.sum()) / count
    risk, costs = now.risk[chosen | could_be], costs_of(now.pick(chosen | could_be))
    cost = None
    if costs is not None:
        wrong, lost = costs.false_negative * share, costs.false_positive * rest
        cost = add_up([(wrong, accepted), (-lost, refused)], lost)
    return PopulationEstimate(
        at_random=int(drawn.sum()),
        known=int(sampled.sum()),
        covered=count / len(now),
        refused_rate=refused,
        default_rate=add_up([(share, accepted), (rest, refused)]),
        expected=None if np.isnan(risk).any() else float(risk.mean()),
        cost=cost,
    )
