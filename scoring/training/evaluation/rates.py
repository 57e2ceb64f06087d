"""Rates of decisions in groups of clients, and how they vary over resamples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import Floats

OF_DECISIONS = ("acceptance_rate", "true_positive_rate", "false_positive_rate")
Drawn = Mapping[str, Floats]
Bools = NDArray[np.bool_]


def by_group(
    names: "pd.Series[Any]", target: NDArray[Any], calibrated: Floats, refused: Bools
) -> dict[str, dict[str, float]]:
    """Measure acceptance, true and false positive rate, mean prediction and default rate of each group.

    A rate of an outcome that nobody in the group had is NaN.

    Parameters
    ----------
    names : shape (n,), each client's group.
    target, calibrated, refused : shape (n,).
    """
    from fairlearn.metrics import MetricFrame, count, false_positive_rate, mean_prediction, selection_rate
    from fairlearn.metrics import true_positive_rate as share_refused

    def of(metric: Any, outcome: NDArray[Any], predicted: NDArray[Any]) -> dict[str, float]:
        frame = MetricFrame(metrics=metric, y_true=outcome, y_pred=predicted, sensitive_features=names)
        return {str(name): float(value) for name, value in frame.by_group.items()}

    decided = refused.astype(int)
    accepted = of(selection_rate, target, 1 - decided)
    caught, wronged = of(share_refused, target, decided), of(false_positive_rate, target, decided)
    predicted, observed = of(mean_prediction, target, calibrated), of(mean_prediction, target, target)
    clients = of(count, target, decided)
    found = {}
    for name, rate in observed.items():
        defaults = round(rate * clients[name])
        found[name] = {
            "acceptance_rate": accepted[name],
            "true_positive_rate": caught[name] if defaults else np.nan,
            "false_positive_rate": wronged[name] if defaults < clients[name] else np.nan,
            "predicted": predicted[name],
            "observed": rate,
        }
    return found


def resampled(
    names: "pd.Series[Any]",
    told: Sequence[str],
    defaulted: Bools,
    calibrated: Floats,
    refused: Bools,
    seed: int,
    number: int,
) -> dict[str, Drawn]:
    """Compute the same rates of the groups in ``told`` over resamples of all clients, each of shape (number,)."""
    group = names.map({name: i for i, name in enumerate(told)}).fillna(len(told)).to_numpy(dtype=int)
    draws = np.random.default_rng(seed)
    parts = np.column_stack([np.ones(len(group)), defaulted, defaulted & refused, refused, calibrated])
    sums = np.empty((number, parts.shape[1], len(told) + 1))
    for sample in sums:
        counts = np.bincount(draws.integers(0, len(group), len(group)), minlength=len(group)).astype(float)
        for part, drawn in zip(parts.T, sample, strict=True):
            drawn[:] = np.bincount(group, weights=counts * part, minlength=len(told) + 1)
    clients, bad, caught, no, predicted = np.moveaxis(sums, 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = {
            "acceptance_rate": 1 - no / clients,
            "true_positive_rate": caught / bad,
            "false_positive_rate": (no - caught) / (clients - bad),
            "predicted": predicted / clients,
            "observed": bad / clients,
        }
    return {name: {rate: values[:, i] for rate, values in rates.items()} for i, name in enumerate(told)}
