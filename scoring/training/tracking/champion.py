"""Register a published model, so that ``models:/credit-scoring@champion`` names it."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scoring.model.manifest import Manifest, model_version
from scoring.storage.bundle import MANIFEST
from scoring.storage.pickles import sha256
from scoring.training.tracking.content import for_registry
from scoring.training.tracking.records import ALIAS, REGISTERED, Record
from scoring.training.tracking.runs import Run
from scoring.training.tracking.store import reported, without_its_warnings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel

FOLDER = "data/artefacts"  # of the files the service takes, in the registered model
SHA256 = "manifest_sha256"
_LOADER = "scoring.training.tracking.loader"


def register(run: Run, folder: Path, *, name: str = REGISTERED, alias: str = ALIAS) -> str:
    """Register the artefacts in a folder under a name and move the alias to them.

    Tables of clients go along only where the manifest says that these are made up; otherwise fitted objects and
    manifest alone. Input example: the manifest's first golden record, a made-up row. The same artefacts again are
    not registered twice.

    Parameters
    ----------
    run : the training that made them.
    folder : as ``publish`` left it.

    Returns
    -------
    The version's number.

    Raises
    ------
    ArtefactError, SettingError
        Where the folder is not as published, or the store cannot be used; the alias then stays where it was.
    """
    manifest, files = for_registry(folder)
    client, tags = run.store.client, _tags(manifest, sha256(files[MANIFEST]))
    with reported(run.store.uri):
        version = _registered(client, name, alias, tags[SHA256])
        if version is None:
            with tempfile.TemporaryDirectory() as scratch:
                artefacts = Path(scratch) / "artefacts"
                artefacts.mkdir()
                for file, data in files.items():
                    (artefacts / file).write_bytes(data)
                model = _log_model(run, manifest, artefacts, tags)
            version = _new_version(run, name, model, manifest, tags)
            client.set_registered_model_alias(name, alias, version)
    run.log(Record(tags={"registered": f"models:/{name}/{version}", **tags}))
    return version


def _tags(manifest: Manifest, digest: str) -> dict[str, str]:
    pickles = {name: sha for name, sha in manifest.files.items() if name.endswith(".pkl")}
    return {
        "family": manifest.model.family,
        "synthetic": str(manifest.training.synthetic).lower(),
        "data_sha256": manifest.training.data_sha256,
        "model_version": model_version(pickles),
        SHA256: digest,
    }


def _registered(client: "MlflowClient", name: str, alias: str, digest: str) -> str | None:
    """Version that the alias names, where it is this very model."""
    known = client.search_registered_models(f"name = '{name}'")
    if not known:
        client.create_registered_model(
            name, description="Credit scoring: probability of default. `python -m scoring pull` fetches it."
        )
        return None
    version = known[0].aliases.get(alias)
    if version is None or client.get_model_version(name, version).tags.get(SHA256) != digest:
        return None
    return str(version)


def _log_model(run: Run, manifest: Manifest, artefacts: Path, tags: dict[str, str]) -> "LoggedModel":
    """Write the model in MLflow's own form, with the artefacts as its data."""
    from mlflow.entities import LoggedModelOutput, Metric
    from mlflow.models import Model

    client = run.store.client
    made = client.create_logged_model(run.store.experiment, manifest.model.family, run.id, tags)
    described: Any = Model(
        artifact_path=made.artifact_location, model_uuid=made.model_id, run_id=run.id, model_id=made.model_id
    )
    example = pd.DataFrame([manifest.golden[0].row], columns=list(manifest.features), dtype=float)
    with without_its_warnings():
        from mlflow.pyfunc import save_model

        save_model(
            artefacts.parent / "model",
            loader_module=_LOADER,
            data_path=str(artefacts),
            mlflow_model=described,
            signature=_signature(manifest),
            input_example=example,
            pip_requirements=[f"{name}=={value}" for name, value in manifest.versions.items() if name != "python"],
        )
    client.log_model_artifacts(made.model_id, str(artefacts.parent / "model"))
    client.log_outputs(run.id, [LoggedModelOutput(made.model_id, 0)])
    measured = Record(
        metrics={f"{part}/{name}": m for part, all_ in manifest.metrics.items() for name, m in all_.items()}
    )
    now = int(manifest.created_at.timestamp() * 1000)
    client.log_batch(run.id, [Metric(k, v, now, 0, model_id=made.model_id) for k, v in measured.figures().items()])
    return client.finalize_logged_model(made.model_id, "READY")


def _signature(manifest: Manifest) -> Any:
    """Model-ready row in, probability out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = Schema([ColSpec("double", name) for name in manifest.features])
    return ModelSignature(inputs, Schema([ColSpec("double", "probability")]))


def _new_version(run: Run, name: str, model: "LoggedModel", manifest: Manifest, tags: dict[str, str]) -> str:
    told = "Trained on made-up clients." if manifest.training.synthetic else "Without a table of clients."
    reason = f" {manifest.choice.champion}: {manifest.choice.reason}" if manifest.choice else ""
    version = run.store.client.create_model_version(
        name, model.artifact_location, run.id, tags, description=told + reason, model_id=model.model_id
    )
    return str(version.version)
