"""A model with its clients, ready to serve, and the names of the files it comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.model.manifest import GoldenRecord, Manifest
from scoring.model.schema import Identity
from scoring.model.scorer import Scorer
from scoring.storage.clients.client_store import ClientStore

MODEL = "modele_retenu.pkl"
SCALER = "scaler.pkl"
MANIFEST = "modele_retenu.json"
CLIENTS = "df_sample.csv"
APPLICATIONS = "applications_sample.csv"
WITHOUT_MANIFEST = "without_manifest.json"  # in ``Bundle.files``


@dataclass(frozen=True)
class Bundle:
    """A model with its clients, ready to serve.

    Attributes
    ----------
    scorer : the scoring path.
    clients : the known clients.
    manifest : None for artefacts without one.
    identity : the column that names a client, and the form of its values.
    version : model version, computed from the files of fitted objects.
    golden : synthetic rows with known probabilities; the readiness check scores them again.
    files : what is needed to score again later: the fitted objects and the manifest, by file name. Without a manifest,
        ``without_manifest.json`` has the threshold, the names of the features, and whether the fused form scores.
    nullable : features that may be missing in a model-ready row.
    synthetic_clients : these clients are the ones that the manifest lists, and they are synthetic.
    """

    scorer: Scorer
    clients: ClientStore
    manifest: Manifest | None
    identity: Identity
    version: str
    golden: tuple[GoldenRecord, ...]
    synthetic_clients: bool
    files: Mapping[str, bytes]
    nullable: frozenset[str] = frozenset()

    def golden_difference(self) -> float:
        """Largest difference between the golden records' published probabilities and the scorer's."""
        return golden_difference(self.scorer, self.golden)


def golden_difference(scorer: Scorer, golden: Sequence[GoldenRecord]) -> float:
    """Largest difference between the published probabilities of golden records and the scorer's."""
    rows = np.array([record.row for record in golden])
    known = np.array([record.probability for record in golden])
    return float(np.max(np.abs(scorer.probability_of_default(rows) - known)))
