"""Warns where the costs make the model decide alike for nearly every client, or no better than alike for all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.costs import Costs, cost_per_client
from scoring.model.scorer import Policy
from scoring.readable.numbers import format_number, format_percent

_MOST, _LEAST = 0.9, 0.01  # shares refused that are not unusual


def describe_one_sided(
    target: NDArray[Any], calibrated: Floats, threshold: float, costs: Costs, weights: Floats | None = None
) -> str | None:
    """Describe decisions that refuse nearly everybody or nobody, or cost no less than that; None if they do not.

    Parameters
    ----------
    target : shape (n,), 0 or 1, both present.
    calibrated : shape (n,), out of fold.
    threshold : calibrated scale.
    weights : shape (n,), how often each client counts; once by default.
    """
    refused = Policy(threshold).refuses(calibrated)
    share, rate = (float(np.average(one, weights=weights)) for one in (refused, target))
    own, to_refuse, to_accept = (
        cost_per_client(target, decisions, costs, weights)
        for decisions in (refused, np.ones(len(refused), bool), np.zeros(len(refused), bool))
    )
    if _LEAST < share < _MOST:
        if own < min(to_refuse, to_accept):
            return None
        alike, other = ("refuse", to_refuse) if to_refuse <= to_accept else ("accept", to_accept)
        return (
            f"the decisions cost {own:.3f} per client, no less than to {alike} everybody ({other:.3f}): the model does "
            "not tell clients apart well enough; add columns or clients, or check --false-negative and --false-positive"
        )
    everybody = share >= _MOST
    other = to_refuse if everybody else to_accept
    half = float(np.quantile(calibrated, 0.5, weights=weights, method="inverted_cdf"))
    asked, at_half = _show(costs.false_negative / costs.false_positive), _show((1 - half) / half)
    described = (
        f"the costs refuse {_percent(share)} of the clients, of whom {_percent(rate)} default: a default costs {asked} "
        f"times as much as refusing a good client, so everybody from a risk of {_percent(threshold)} is refused; "
        f"these decisions cost {own:.3f} per client, to {'refuse' if everybody else 'accept'} everybody {other:.3f}; "
        f"check --false-negative and --false-positive: if a default cost {at_half} times as much, half of the clients "
        "would be refused"
    )
    if not everybody:
        return described
    return (
        f"{described}; if the table has a larger share of defaults than the applicants, weight the clients (--weights)"
    )


def _percent(share: float) -> str:
    return format_percent(share, "en")


def _show(number: float) -> str:
    return format_number(float(f"{number:.3g}"), "en")
