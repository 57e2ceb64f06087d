"""How ``mlflow.pyfunc.load_model`` loads a registered model; named in the model's MLmodel file."""

from pathlib import Path

import pandas as pd

from scoring.model.scorer import ProbabilityOfDefault, through_objects
from scoring.storage.bundle import MODEL, SCALER
from scoring.storage.pickles import check_classifier, unpickle
from scoring.training.tracking.content import verified


class Champion:
    """A model of model-ready rows: columns as in its signature to the model's own probability of default."""

    def __init__(self, probability: ProbabilityOfDefault, features: tuple[str, ...]) -> None:
        self._probability, self._features = probability, features

    def predict(self, rows: pd.DataFrame, params: object = None) -> pd.DataFrame:  # noqa: ARG002  (MLflow hands it over)
        """One column ``probability`` (0-1), one line a row."""
        ready = rows[list(self._features)].to_numpy(dtype=float)
        return pd.DataFrame({"probability": self._probability(ready)}, index=rows.index)


def _load_pyfunc(folder: str) -> Champion:
    manifest, content = verified(Path(folder))
    scaler, model = unpickle(SCALER, content[SCALER]), unpickle(MODEL, content[MODEL])
    check_classifier(scaler, model)
    return Champion(through_objects(scaler, model, manifest.features), manifest.features)
