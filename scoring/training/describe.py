"""What the manifest tells about a fitted model and the data it saw: aggregates only, never a row."""

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import log_odds
from scoring.model.manifest import FeatureReference, GoldenRecord
from scoring.model.schema import InputSchema
from scoring.model.scorer import fuse
from scoring.training.candidates.families import PACKAGES
from scoring.training.fit import Fitted

_DECILES = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
_FEWEST = 5  # a category that fewer clients have is not told


def with_categories(schema: InputSchema, applications: pd.DataFrame) -> InputSchema:
    """Add what training saw: categories of each text field, most frequent first; the usual range of each number."""
    fields = []
    for field in schema.fields:
        if field.type == "category":
            counts = applications[field.name].value_counts()
            ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
            seen = tuple(str(text) for text, count in ranked if count >= _FEWEST and text not in field.missing)
            field = field.model_copy(update={"categories": seen})
        elif (usual := _usual(applications[field.name], field.missing)) is not None:
            field = field.model_copy(update={"usual": usual})
        fields.append(field)
    return schema.model_copy(update={"fields": tuple(fields)})


def _usual(column: "pd.Series[Any]", stand_ins: Sequence[float | str]) -> tuple[float, float] | None:
    """0.1 % and 99.9 % quantiles of what is known; None where nothing is."""
    values = column.to_numpy(dtype=float, na_value=np.nan)
    known = values[~np.isnan(values) & ~np.isin(values, [value for value in stand_ins if not isinstance(value, str)])]
    if not len(known):
        return None
    low, high = np.quantile(known, (_DECILES[0], _DECILES[-1]))
    return float(low), float(high)


def importances(fitted: Fitted, applications: pd.DataFrame, seed: int) -> dict[str, float]:
    """How far each feature moves the log-odds, largest first.

    Of a logistic regression: mean absolute contribution. Of any other model: mean absolute change when the feature
    takes another client's value (one random exchange over at most 2,000 clients), whose scale is alike, not the same.
    """
    rows = fitted.rows(applications)
    fused = fuse(fitted.scaler, fitted.model)
    if fused is None:
        moved = _moved(fitted, rows, seed)
    else:
        moved = np.abs((rows.to_numpy() - fitted.scaler.mean_) * fused.weights).mean(axis=0)
    ranked = sorted(zip(rows.columns, moved.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    return {name: round(value, 9) for name, value in ranked}


def _moved(fitted: Fitted, rows: pd.DataFrame, seed: int) -> NDArray[np.float64]:
    draws = np.random.default_rng(seed)
    some = rows.iloc[np.sort(draws.permutation(len(rows))[:2000])]
    before, order = log_odds(fitted.of_rows(some)), draws.permutation(len(some))
    moved = []
    for name in some:
        exchanged = some.assign(**{str(name): some[name].to_numpy()[order]})
        moved.append(float(np.abs(log_odds(fitted.of_rows(exchanged)) - before).mean()))
    return np.array(moved)


def parameters(model: Any) -> dict[str, Any]:
    """Parameters of a fitted model as JSON takes them."""
    return {
        name: value if value is None or isinstance(value, bool | int | float | str) else repr(value)
        for name, value in sorted(model.get_params(deep=False).items())
        if not (isinstance(value, float) and not np.isfinite(value))
    }


def reference(fitted: Fitted, applications: pd.DataFrame) -> dict[str, FeatureReference]:
    """Mean and deciles of each model-ready column."""
    rows = fitted.rows(applications)
    deciles = np.quantile(rows.to_numpy(), _DECILES, axis=0)
    return {
        name: FeatureReference(mean=float(rows[name].mean()), deciles=tuple(deciles[:, i].tolist()))
        for i, name in enumerate(rows.columns)
    }


def golden(fitted: Fitted, applications: pd.DataFrame) -> tuple[GoldenRecord, ...]:
    """Three made-up rows (the mean client, and one standard deviation up and down) and their probabilities."""
    rows = fitted.rows(applications)
    mean, deviation = rows.to_numpy().mean(axis=0), rows.to_numpy().std(axis=0)
    made_up = np.vstack([mean, mean + deviation, mean - deviation])
    probability = fitted.of_rows(pd.DataFrame(made_up, columns=rows.columns))
    return tuple(
        GoldenRecord(row=tuple(row), probability=value)
        for row, value in zip(made_up.tolist(), probability.tolist(), strict=True)
    )


def fingerprint(applications: pd.DataFrame, schema: InputSchema, history: Sequence[str] = ()) -> str:
    """Sha256 of the application table's values, whatever the order of its rows."""
    names = [schema.identity.name, schema.target, *(field.name for field in schema.fields), *history]
    ordered = applications[names].sort_values(schema.identity.name).reset_index(drop=True)
    digest = hashlib.sha256(",".join(map(str, ordered.columns)).encode())
    digest.update(pd.util.hash_pandas_object(ordered, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def versions(family: str) -> dict[str, str]:
    """Versions of what fitted the objects, and of what is needed to load them."""
    names = ("numpy", "pandas", "scikit-learn", *PACKAGES.get(family, ()))
    return {"python": platform.python_version(), **{name: version(name) for name in names}}
