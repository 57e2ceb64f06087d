"""Tables of predictions by rank, rating, threshold and decision."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from scoring.model.calibration import Bools, Floats
from scoring.model.report import (
    ApprovalRow,
    Band,
    GainsRow,
    ReliabilityBin,
    SwapCell,
    SwapSet,
    effective_number,
    share_with_interval,
)
from scoring.model.scorer import Policy

LETTERS = "ABCDEFG"
_BEST_ODDS = 1 / 64  # of default, at the lower edge of band B
APPROVALS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
_AROUND, _FINE_BINS = 0.6, 8  # log-odds on either side of the threshold, and the number of bins


def tabulate_gains(
    target: NDArray[Any], calibrated: Floats, groups: int = 10, weights: Floats | None = None
) -> tuple[GainsRow, ...]:
    """Tabulate deciles of the clients, the riskiest first, and the share of all defaults in them.

    In this and the other tables, ``weights``, shape (n,), say how often each client counts in the rates; once by
    default. Numbers of clients and of defaults are those of the table.

    >>> rows = tabulate_gains(np.array([0, 0, 0, 1]), np.array([0.1, 0.2, 0.3, 0.4]), groups=2)
    >>> [(row.captured, row.lift) for row in rows]
    [(1.0, 2.0), (1.0, 1.0)]
    """
    each = np.ones(len(target)) if weights is None else weights
    order = np.argsort(-calibrated, kind="stable")
    everybody, defaults = each.sum(), each @ target
    rows, clients, caught = [], 0.0, 0.0
    parts = [members for members in _split_evenly(order, groups, weights) if len(members)]
    for number, members in enumerate(parts, start=1):
        clients, caught = clients + each[members].sum(), caught + each[members] @ target[members]
        rows.append(
            GainsRow(
                tenth=number,
                clients=len(members),
                defaults=int(target[members].sum()),
                default_rate=_mean(target, members, weights),
                predicted=_mean(calibrated, members, weights),
                captured=float(caught / defaults),
                lift=float((caught / clients) / (defaults / everybody)),
            )
        )
    return tuple(rows)


def band_limits() -> Floats:
    """Limits of the rating bands on the calibrated scale, from 0 to 1, shape (8,).

    Odds of default double from each band to the next, as with the points of a scorecard. Unlike quantiles, the limits
    are the same for every model and population, so that a letter always means the same.

    >>> band_limits().round(3).tolist()
    [0.0, 0.015, 0.03, 0.059, 0.111, 0.2, 0.333, 1.0]
    """
    odds = _BEST_ODDS * 2.0 ** np.arange(len(LETTERS) - 1)
    limits: Floats = np.r_[0.0, odds / (1 + odds), 1.0]
    return limits


def assign_bands(calibrated: Floats) -> NDArray[np.str_]:
    """Assign each client a letter, shape (n,), from A (least risk) to G.

    >>> assign_bands(np.array([0.01, 0.09, 0.5])).tolist()
    ['A', 'D', 'G']
    """
    return np.array(list(LETTERS))[np.searchsorted(band_limits()[1:-1], calibrated, side="right")]


def tabulate_bands(target: NDArray[Any], calibrated: Floats, weights: Floats | None = None) -> tuple[Band, ...]:
    """Tabulate clients, default rate and mean prediction of each rating band."""
    letters, limits = assign_bands(calibrated), band_limits()
    rows = []
    for position, letter in enumerate(LETTERS):
        members = letters == letter
        low, high = limits[position : position + 2].tolist()
        predicted = _mean(calibrated, members, weights) if members.any() else None
        counts = _count(target, members, weights)
        rows.append(Band(letter=letter, low=low, high=high, predicted=predicted, **counts))
    return tuple(rows)


def tabulate_approvals(
    target: NDArray[Any], calibrated: Floats, served: float, weights: Floats | None = None
) -> tuple[ApprovalRow, ...]:
    """Tabulate the default rate of accepted clients at several approval rates, and at the ``served`` threshold."""
    method: Any = "linear" if weights is None else "inverted_cdf"  # the only one with weights
    quantiles = np.quantile(calibrated, APPROVALS[:-1], weights=weights, method=method).tolist()
    thresholds = dict.fromkeys([*quantiles, 1.0], False) | {served: True}
    rows = []
    for threshold, is_served in sorted(thresholds.items()):
        accepted = ~Policy(threshold).refuses(calibrated)
        if not accepted.any():
            continue
        rate, bounds = _rate(target, accepted, weights)
        approved = float(np.average(accepted, weights=weights))
        rows.append(ApprovalRow(threshold=threshold, approval_rate=approved, bad_rate=rate, served=is_served, **bounds))
    return tuple(rows)


def bin_reliability(
    target: NDArray[Any], calibrated: Floats, bins: int = 10, weights: Floats | None = None
) -> tuple[ReliabilityBin, ...]:
    """Compare predicted with observed in bins of equally many clients, lowest predictions first.

    >>> row = bin_reliability(np.array([0, 1, 0, 0]), np.full(4, 0.3), bins=1)[0]
    >>> row.predicted, row.observed
    (0.3, 0.25)
    """
    order = np.argsort(calibrated, kind="stable")
    parts = _split_evenly(order, bins, weights)
    return tuple(_bin(target, calibrated, members, weights) for members in parts if len(members))


def bin_reliability_near(
    target: NDArray[Any], calibrated: Floats, threshold: float, weights: Floats | None = None
) -> tuple[ReliabilityBin, ...]:
    """Compare predicted with observed in narrow bins near the threshold, where decisions depend on calibration.

    The bins are 0.15 wide in log-odds, four on either side; the threshold is a limit between two of them.
    """
    edges = expit(logit(threshold) + np.linspace(-_AROUND, _AROUND, _FINE_BINS + 1))
    place = np.digitize(calibrated, edges)
    members = (np.flatnonzero(place == position) for position in range(1, _FINE_BINS + 1))
    return tuple(_bin(target, calibrated, rows, weights) for rows in members if len(rows))


def tabulate_swaps(
    target: NDArray[Any], before: Bools, after: Bools, names: tuple[str, str], weights: Floats | None = None
) -> SwapSet:
    """Tabulate the clients for whom two models decide in the same way, and differently.

    Parameters
    ----------
    before, after : shape (n,), true where refused.
    names : of the model before and of the one after.
    """
    return SwapSet(
        before=names[0],
        after=names[1],
        both_accepted=SwapCell(**_count(target, ~before & ~after, weights)),
        swapped_in=SwapCell(**_count(target, before & ~after, weights)),
        swapped_out=SwapCell(**_count(target, ~before & after, weights)),
        both_refused=SwapCell(**_count(target, before & after, weights)),
    )


def _split_evenly(order: NDArray[np.intp], parts: int, weights: Floats | None) -> list[NDArray[np.intp]]:
    """Split clients in this order into parts of the same weight."""
    if weights is None:
        return np.array_split(order, parts)
    reached = np.cumsum(weights[order])
    return np.split(order, np.searchsorted(reached, reached[-1] * np.arange(1, parts) / parts) + 1)


def _mean(values: NDArray[Any], members: Any, weights: Floats | None) -> float:
    return float(values[members].mean() if weights is None else np.average(values[members], weights=weights[members]))


def _count(target: NDArray[Any], members: Bools, weights: Floats | None) -> dict[str, Any]:
    clients = int(members.sum())
    return {
        "clients": clients,
        "share": float(np.average(members, weights=weights)),
        "defaults": int(target[members].sum()),
        "default_rate": _mean(target, members, weights) if clients else None,
    }


def _bin(target: NDArray[Any], calibrated: Floats, members: NDArray[np.intp], weights: Floats | None) -> ReliabilityBin:
    observed, bounds = _rate(target, members, weights)
    predicted = _mean(calibrated, members, weights)
    return ReliabilityBin(clients=len(members), predicted=predicted, observed=observed, **bounds)


def _rate(target: NDArray[Any], members: Any, weights: Floats | None) -> tuple[float, dict[str, float]]:
    """Default rate, and its Wilson bounds ``low`` and ``high``.

    With weights, bounds are those of the effective number of clients.
    """
    each = np.ones(len(target))[members] if weights is None else weights[members]
    rate = float(np.average(target[members], weights=each))
    found = share_with_interval(rate, effective_number(each))
    return rate, {"low": found.low, "high": found.high}
