"""How ``mlflow.pyfunc.load_model`` loads a registered model; named in the model's MLmodel file."""

from pathlib import Path

import pandas as pd

from scoring.model.scorer import ProbabilityOfDefault
from scoring.storage.artefacts import load_probability, read_manifest
from scoring.storage.bundle import MANIFEST
from scoring.storage.checksums import verified_files


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
    return Champion(load_probability(manifest, verified_files(Path(folder), manifest)), manifest.features)
