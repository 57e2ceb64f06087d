"""Figures that follow from each client's chance of default, and from drawn outcomes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from scoring.model.calibration import Bools, Floats
from scoring.model.costs import Costs, total_cost
from scoring.training.evaluation.ranking import Ranking

FIGURES = ("default_rate", "default_rate_accepted", "default_rate_refused", "cost_per_client", "auc")


@dataclass(frozen=True)
class Decided:
    """Clients with their scores and decisions: what figures are computed of.

    Attributes
    ----------
    refused : shape (m,).
    probability : shape (m,), the model's own, 0-1.
    """

    refused: Bools
    probability: Floats
    costs: Costs

    def ranking(self) -> Ranking:
        """Sort the clients by their score."""
        return Ranking(np.ones(len(self.probability)), self.probability)


def compute_figures(outcomes: Floats, clients: Decided, ranking: Ranking) -> dict[str, Floats]:
    """Compute all figures for b sets of outcomes.

    Parameters
    ----------
    outcomes : shape (b, m), 1 for a default, or each client's chance of one (0-1); figures of chances are expected
        ones, as in confidence-based performance estimation.

    Returns
    -------
    By name, each of shape (b,): shares 0-1, the cost in the unit of ``clients.costs``; NaN where nobody is accepted,
    nobody refused, or all outcomes are the same.

    >>> clients = Decided(np.array([False, False, True]), np.array([0.1, 0.3, 0.6]), Costs())
    >>> found = compute_figures(np.array([[0.0, 1.0, 0.0]]), clients, clients.ranking())
    >>> [round(float(found[name][0]), 4) for name in FIGURES]
    [0.3333, 0.5, 0.0, 3.6667, 0.5]
    """
    refused, accepted = clients.refused, ~clients.refused
    with np.errstate(invalid="ignore", divide="ignore"):
        missed, caught = outcomes @ accepted, outcomes @ refused
        wrongly = refused.sum() - caught
        return {
            "default_rate": (missed + caught) / outcomes.shape[1],
            "default_rate_accepted": missed / accepted.sum(),
            "default_rate_refused": caught / refused.sum(),
            "cost_per_client": total_cost(clients.costs, missed, wrongly) / outcomes.shape[1],
            "auc": _areas(outcomes, ranking),
        }


def _areas(outcomes: Floats, ranking: Ranking) -> Floats:
    """Area under the ROC curve of each set of outcomes, shape (b,); a tie counts half."""
    defaults = np.add.reduceat(outcomes[:, ranking.order], ranking.first, axis=1)
    repaid = np.diff(np.r_[ranking.first, outcomes.shape[1]]) - defaults
    lower = np.cumsum(repaid, axis=1) - repaid
    area: Floats = ((lower + repaid / 2) * defaults).sum(axis=1) / (defaults.sum(axis=1) * repaid.sum(axis=1))
    return area


def gather(parts: Iterable[Mapping[str, Floats]]) -> dict[str, Floats]:
    """Join figures of several sets of outcomes, by name."""
    listed = list(parts)
    return {name: np.concatenate([part[name] for part in listed]) for name in FIGURES}


def bound(realised: Mapping[str, Floats], clients: Decided, unseen: Bools) -> dict[str, tuple[float, float]]:
    """Give 95 % intervals for all clients, though nothing is known of some: the worst and the best case for these.

    Parameters
    ----------
    realised : figures of drawn outcomes of the clients who are like the reference; each of shape (b,).
    clients : all clients, with those of whom nothing is known.
    unseen : shape (m,), of whom nothing is known.

    Source: Manski (1990), Nonparametric Bounds on Treatment Effects.
    """
    lost = {
        "default_rate": (len(unseen), unseen.sum(), unseen.sum()),
        "default_rate_accepted": _part(~clients.refused, unseen),
        "default_rate_refused": _part(clients.refused, unseen),
        "cost_per_client": (
            len(unseen),
            unseen.sum(),
            float(total_cost(clients.costs, (unseen & ~clients.refused).sum(), (unseen & clients.refused).sum())),
        ),
    }
    bounds = {}
    for name, figures in realised.items():
        known = figures[~np.isnan(figures)]
        if not len(known):
            continue
        low, high = (float(one) for one in np.quantile(known, (0.025, 0.975)))
        if name == "auc":
            if not unseen.any():
                bounds[name] = (low, high)
            continue
        everybody, unknown, worst = lost[name]
        seen = everybody - unknown
        bounds[name] = (low * seen / everybody, (high * seen + worst) / everybody)
    return bounds


def _part(group: Bools, unseen: Bools) -> tuple[int, int, float]:
    unknown = int((group & unseen).sum())
    return int(group.sum()), unknown, float(unknown)
