"""How ``mlflow.pyfunc.load_model`` loads a registered model; named in the model's MLmodel file."""

from pathlib import Path

import pandas as pd

from scoring.model.scorer import ProbabilityOfDefault, ThroughObjects
from scoring.storage.artefacts import read_manifest, verified_files
from scoring.storage.bundle import MANIFEST, MODEL, SCALER
from scoring.storage.pickles import check_classifier, unpickle


class Champion:
    """The model's own probability of default of model-ready rows, for MLflow."""

    def __init__(self, probability: ProbabilityOfDefault, features: tuple[str, ...]) -> None:
        self._probability, self._features = probability, features

    def predict(self, rows: pd.DataFrame, params: object = None) -> pd.DataFrame:  # noqa: ARG002  (MLflow passes it)
        """Return a column ``probability`` (0-1), one value for each row."""
        ready = rows[list(self._features)].to_numpy(dtype=float)
        return pd.DataFrame({"probability": self._probability(ready)}, index=rows.index)


def _load_pyfunc(folder: str) -> Champion:
    manifest = read_manifest(Path(folder) / MANIFEST)
    content = verified_files(Path(folder), manifest)
    scaler, model = unpickle(SCALER, content[SCALER]), unpickle(MODEL, content[MODEL])
    check_classifier(scaler, model)
    return Champion(ThroughObjects(scaler, model, manifest.features), manifest.features)
