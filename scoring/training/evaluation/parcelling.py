"""Reject inference as a sensitivity: what the model would be if rejected applicants had been booked.

Rejected applicants have no outcome. Parcelling gives them one: as many defaults as booked clients of the same score
would have, times a factor. Here each of them counts as two clients, a default with the probability ``p`` and a good one
with ``1 - p``, so that nothing is drawn at random.

Source: Siddiqi (2006), Credit Risk Scorecards, chapter 8, "Reject inference": parcelling and fuzzy augmentation.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import joblib
import numpy as np
import pandas as pd

from scoring.model.calibration import Floats
from scoring.model.report import ParcelRow
from scoring.model.scorer import Policy
from scoring.training.candidates.inferred import MOST, Inferred, parcel
from scoring.training.candidates.out_of_fold import Folds, Result, score_without
from scoring.training.evaluation.metrics import paired_difference
from scoring.training.evaluation.ranking import auc
from scoring.training.fit import RESAMPLING, Fitted, fit, learn_calibration

FACTORS = (1.0, 2.0, 3.0)


def measure_parcelling(
    folds: Folds,
    champion: Result,
    fitted: Fitted,
    policy: Policy,
    rejected: pd.DataFrame,
    calibrate: Callable[[Floats], Floats],
    progress: Callable[[Iterable[Any], str], Iterable[Any]],
) -> tuple[ParcelRow, ...]:
    """Fit the champion's recipe again with rejected applicants, for several assumptions on their risk.

    Clients are predicted out of fold; all applicants are in every fit, as their outcomes are assumed.

    Parameters
    ----------
    fitted : the champion on all clients; it scores the applicants for the assumption.
    policy : of decisions, on the calibrated scale.
    rejected : raw applications, shape (m, fields).
    calibrate : turns the model's own probabilities into calibrated ones.
    """
    shown = calibrate(fitted.predict(rejected))
    by_fold = [score_without(folds, champion, k, rejected) for k in range(folds.count)]
    before = policy.refuses(champion.calibrated)
    weights = np.ones(len(folds.target)) if folds.weights is None else folds.weights
    rows = []
    for factor in progress(FACTORS, "rejects"):
        chance = np.minimum(factor * shown, MOST)
        own, theirs = _predict(folds, champion, weights, rejected, [np.minimum(factor * one, MOST) for one in by_fold])
        everybody = parcel(folds.applications, folds.target, weights, rejected, chance)
        own_odds = np.concatenate([own, theirs, theirs])
        calibrate_both = learn_calibration(everybody.target, own_odds, everybody.weights)
        now, calibrated = policy.refuses(calibrate_both(theirs)), calibrate_both(own)
        rows.append(
            ParcelRow(
                factor=factor,
                assumed_rate=float(chance.mean()),
                auc=auc(folds.target, calibrated, folds.weights),
                auc_difference=paired_difference(
                    folds.target, calibrated, champion.calibrated, "auc", folds.seed, weights=folds.weights
                ),
                refused_before=float(policy.refuses(shown).mean()),
                refused_now=float(now.mean()),
                changed=float(np.average(policy.refuses(calibrated) != before, weights=weights)),
            )
        )
    return tuple(rows)


def _predict(
    folds: Folds, champion: Result, weights: Floats, rejected: pd.DataFrame, chances: Sequence[Floats]
) -> tuple[Floats, Floats]:
    """Predict clients out of fold, shape (n,), and applicants by the mean of the fits, shape (m,).

    ``chances`` has the assumption of each fold, shape (m,), by a fit without the fold: otherwise the applicants would
    tell the fit about the clients that it is measured on.
    """
    own, theirs = np.empty(len(folds.target)), np.zeros(len(rejected))
    for k in range(folds.count):
        out = folds.fold == k
        both = parcel(folds.applications[~out], folds.target[~out], weights[~out], rejected, chances[k])
        made = fit(champion.recipe, both.applications, both.target, folds.seed, both.weights)
        own[out] = made.predict(folds.applications[out])
        theirs += made.predict(rejected) / folds.count
    return own, theirs


def infer_rejects(
    folds: Folds, champion: Result, shown: Floats, rejected: pd.DataFrame, factor: float
) -> tuple[Folds, Result]:
    """Put rejected applicants into every fit, with inferred outcomes; predict the clients out of fold with them.

    Only fits see the applicants: predictions, and so all that is measured on them, are of clients with known outcomes.

    Parameters
    ----------
    shown : shape (m,), calibrated probability of default of each applicant, by the champion on all clients.
    rejected : raw applications, shape (m, fields).
    factor : applicants default this many times as often as the champion says; each with at most 99 %.
    """
    by_fold = (score_without(folds, champion, k, rejected) for k in range(folds.count))
    chances = tuple(np.minimum(factor * one, MOST) for one in by_fold)
    inferred = Inferred(rejected, chances, np.minimum(factor * shown, MOST))
    both = replace(folds, inferred=inferred, data=f"{folds.data} {joblib.hash(inferred)}")
    return both, both.predict(champion.recipe)


def can_parcel(champion: Result) -> bool:
    """Tell whether a champion can be fitted with weights: resampling takes no account of them."""
    return champion.recipe.balancing not in RESAMPLING
