"""What the manifest tells about a fitted model and the data it saw: aggregates only, never a row."""

import hashlib
import platform

import numpy as np
import pandas as pd
import sklearn

from scoring.core.manifest import FeatureReference, GoldenRecord
from scoring.core.schema import InputSchema
from scoring.core.scorer import fuse, through_objects
from scoring.training.fit import Fitted

_DECILES = (0.001, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.999)
_FEWEST = 5  # a category that fewer clients have is not told


def with_categories(schema: InputSchema, applications: pd.DataFrame) -> InputSchema:
    """Add to each text field the categories seen in training, most frequent first."""
    fields = []
    for field in schema.fields:
        if field.type == "category":
            counts = applications[field.name].value_counts()
            ranked = sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
            seen = tuple(str(text) for text, count in ranked if count >= _FEWEST and text not in field.missing)
            field = field.model_copy(update={"categories": seen})
        fields.append(field)
    return schema.model_copy(update={"fields": tuple(fields)})


def importances(fitted: Fitted, applications: pd.DataFrame) -> dict[str, float]:
    """Mean absolute contribution of each feature to the log-odds, largest first."""
    rows = fitted.preprocessor.transform(applications)
    fused = fuse(fitted.scaler, fitted.model)
    if fused is None:
        raise TypeError("importances are defined for a logistic regression on standardised features")
    centred = rows.to_numpy() - fitted.scaler.mean_
    mean = np.abs(centred * fused.weights).mean(axis=0)
    ranked = sorted(zip(rows.columns, mean.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    return {name: round(value, 9) for name, value in ranked}


def reference(fitted: Fitted, applications: pd.DataFrame) -> dict[str, FeatureReference]:
    """Mean and deciles of each model-ready column."""
    rows = fitted.preprocessor.transform(applications)
    deciles = np.quantile(rows.to_numpy(), _DECILES, axis=0)
    return {
        name: FeatureReference(mean=float(rows[name].mean()), deciles=tuple(deciles[:, i].tolist()))
        for i, name in enumerate(rows.columns)
    }


def golden(fitted: Fitted, applications: pd.DataFrame) -> tuple[GoldenRecord, ...]:
    """Three made-up rows (the mean client, and one standard deviation up and down) and their probabilities."""
    rows = fitted.preprocessor.transform(applications)
    mean, deviation = rows.to_numpy().mean(axis=0), rows.to_numpy().std(axis=0)
    made_up = np.vstack([mean, mean + deviation, mean - deviation])
    probability = through_objects(fitted.scaler, fitted.model, list(rows.columns))(made_up)
    return tuple(
        GoldenRecord(row=tuple(row), probability=value)
        for row, value in zip(made_up.tolist(), probability.tolist(), strict=True)
    )


def fingerprint(applications: pd.DataFrame, schema: InputSchema) -> str:
    """Sha256 of the application table's values, whatever the order of its rows."""
    names = [schema.identity.name, schema.target, *(field.name for field in schema.fields)]
    ordered = applications[names].sort_values(schema.identity.name).reset_index(drop=True)
    digest = hashlib.sha256(",".join(map(str, ordered.columns)).encode())
    digest.update(pd.util.hash_pandas_object(ordered, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of what fitted the objects."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "scikit-learn": sklearn.__version__,
    }
