"""Balancing, as defaults are rare: class weights, and resampling of the rows that a model is fitted to."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight

from scoring.model.calibration import Floats

# "smote" is SMOTENC if there are 0/1 columns, so that synthetic clients have whole categories.
RESAMPLING = ("under", "over", "smote", "smotetomek", "smoteenn")
BALANCING = ("none", "weights", *RESAMPLING)


def resample(rows: Floats, target: NDArray[Any], how: str, seed: int) -> tuple[Floats, NDArray[Any]]:
    """Change how many clients of each outcome there are; only for rows that a model is fitted to.

    Parameters
    ----------
    rows : shape (n, features), standardised.
    target : shape (n,), 0 or 1.
    how : one of ``RESAMPLING``.

    Returns
    -------
    Rows, shape (m, features), and outcomes, shape (m,).
    """
    changed, outcomes = _sampler(rows, how, seed).fit_resample(rows, target)
    return np.asarray(changed, dtype=float), np.asarray(outcomes)


def _sampler(rows: Floats, how: str, seed: int) -> Any:
    from imblearn.combine import SMOTEENN, SMOTETomek
    from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
    from imblearn.under_sampling import RandomUnderSampler

    binary = [i for i in range(rows.shape[1]) if len(np.unique(rows[:, i])) <= 2]
    whole = 0 < len(binary) < rows.shape[1]
    smote = SMOTENC(categorical_features=binary, random_state=seed) if whole else SMOTE(random_state=seed)
    samplers: Mapping[str, Any] = {
        "under": RandomUnderSampler(random_state=seed),
        "over": RandomOverSampler(random_state=seed),
        "smote": smote,
        "smotetomek": SMOTETomek(smote=smote, random_state=seed),
        "smoteenn": SMOTEENN(smote=smote, random_state=seed),
    }
    return samplers[how]


def fit_weighted(model: Any, rows: Floats, target: NDArray[Any]) -> Any:
    """Fit an unfitted classifier with classes of equal weight, by its own parameter if it has one."""
    if "class_weight" in model.get_params():
        return model.set_params(class_weight="balanced").fit(rows, target)
    return model.fit(rows, target, sample_weight=compute_sample_weight("balanced", target))
