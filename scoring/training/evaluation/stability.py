"""Bins of a scorecard and figures of a model, fold by fold: what a validator compares."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from scoring.model.calibration import Floats
from scoring.model.costs import Costs, cost_per_client
from scoring.model.plan import Plan, complete, read_off
from scoring.model.report import BinCounts, FoldFigures
from scoring.readable.term_bins import count_bins, is_binned
from scoring.training.evaluation.ranking import auc


def count_by_bin(
    plan: Plan,
    raw: Mapping[str, NDArray[Any]],
    target: NDArray[Any],
    fold: NDArray[Any] | None = None,
    weights: Floats | None = None,
) -> dict[str, BinCounts]:
    """Count clients and defaults in each bin of each column; columns without bins are left out.

    Parameters
    ----------
    raw : columns of n applications, as ``plan.model_ready`` takes them.
    target : shape (n,), 0 or 1.
    fold : shape (n,); None where there are no folds.
    weights : shape (n,), how often each client counts for the AUC; once by default. Each is counted once in its bin.
    """
    columns = complete(plan, raw)
    counted = {}
    for column in plan.columns:
        if is_binned(column):
            values = columns[column.source]
            places = count_bins(column, values), count_bins(column, values[target == 1])
            aucs = () if fold is None else _measure_alone(read_off(column, values), target, fold, weights)
            clients, defaults = (tuple(counts.tolist()) for counts in places)
            counted[column.name] = BinCounts(clients=clients, defaults=defaults, aucs=aucs)
    return counted


def _measure_alone(
    evidence: Floats, target: NDArray[Any], fold: NDArray[Any], weights: Floats | None
) -> tuple[float | None, ...]:
    parts = [np.flatnonzero(fold == k) for k in np.unique(fold)]
    return tuple(
        auc(target[own], evidence[own], None if weights is None else weights[own]) if np.ptp(target[own]) else None
        for own in parts
    )


def measure_folds(
    target: NDArray[Any],
    calibrated: Floats,
    refused: NDArray[np.bool_],
    fold: NDArray[Any],
    costs: Costs,
    weights: Floats | None = None,
) -> tuple[FoldFigures, ...]:
    """Measure a model in each fold; all arrays have shape (n,), and each fold has both outcomes.

    ``weights`` say how often each client counts in the figures; once by default.

    >>> target, calibrated = np.array([0, 1, 0, 1]), np.array([0.2, 0.8, 0.5, 0.5])
    >>> rows = measure_folds(target, calibrated, calibrated > 0.4, np.array([0, 0, 1, 1]), Costs())
    >>> [(row.fold, row.auc, row.calibration_mean, row.cost_per_client) for row in rows]
    [(1, 1.0, 1.0, 0.0), (2, 0.5, 1.0, 0.5)]
    """
    rows = []
    for number, k in enumerate(np.unique(fold), start=1):
        own = fold == k
        outcome, predicted, counts = target[own], calibrated[own], None if weights is None else weights[own]
        rate = float(np.average(outcome, weights=counts))
        rows.append(
            FoldFigures(
                fold=number,
                clients=int(own.sum()),
                default_rate=rate,
                auc=auc(outcome, predicted, counts),
                log_loss=float(log_loss(outcome, predicted, sample_weight=counts)),
                calibration_mean=float(np.average(predicted, weights=counts)) / rate,
                refusal_rate=float(np.average(refused[own], weights=counts)),
                cost_per_client=cost_per_client(outcome, refused[own], costs, counts),
            )
        )
    return tuple(rows)
