"""Register a published model as ``models:/credit-scoring@champion``, and fetch a registered one."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from scoring.errors import ArtefactError, SettingError
from scoring.model.manifest import Manifest
from scoring.storage.artefacts import read_manifest
from scoring.storage.bundle import APPLICATIONS, CLIENTS, MANIFEST
from scoring.storage.checksums import read_bytes, sha256, verified_files
from scoring.training.tracking.mlflow_store import mlflow_store

REGISTERED, ALIAS = "credit-scoring", "champion"
_FOLDER = "artefacts"
_LOADER = "scoring.training.tracking.loader"  # registered models name this module: it must not move
_SHA256 = "manifest_sha256"
_REMEDY = "Train again: python -m scoring train registers a new version. Or pull another version: models:/NAME/VERSION."
_URI = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[\w\-]+)|/(?P<version>[0-9]+))")


def register(mlflow: ModuleType, folder: Path) -> tuple[str, str]:
    """Register the artefacts in a folder in the active run, and move the alias to them.

    Client tables are registered only where the manifest says that the clients are synthetic. Input example: the
    manifest's first golden record, a synthetic row.

    Returns
    -------
    The version's number, and the ID of MLflow's logged model.

    Raises
    ------
    ArtefactError
        Where the folder differs from what was published; the alias is then not moved.
    """
    manifest, files = _files_to_register(folder)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / _FOLDER
        data.mkdir()
        for name, content in files.items():
            (data / name).write_bytes(content)
        logged = _log_model(mlflow, manifest, data)
    version = mlflow.register_model(logged.model_uri, REGISTERED, tags=_tags(manifest, files[MANIFEST]))
    mlflow.MlflowClient().set_registered_model_alias(REGISTERED, ALIAS, version.version)
    return str(version.version), str(logged.model_id)


def _files_to_register(folder: Path) -> tuple[Manifest, dict[str, bytes]]:
    manifest = read_manifest(folder / MANIFEST)
    files = verified_files(folder, manifest)
    if not manifest.training.synthetic:
        files = {name: content for name, content in files.items() if name.endswith(".pkl")}
        manifest = manifest.model_copy(update={"files": {name: manifest.files[name] for name in files}})
        return manifest, {**files, MANIFEST: (manifest.model_dump_json(indent=1, exclude_unset=True) + "\n").encode()}
    return manifest, {**files, MANIFEST: (folder / MANIFEST).read_bytes()}


def _log_model(mlflow: ModuleType, manifest: Manifest, data: Path) -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    return mlflow.pyfunc.log_model(
        name="model",
        loader_module=_LOADER,
        data_path=str(data),
        signature=ModelSignature(
            Schema([ColSpec("double", name) for name in manifest.features]), Schema([ColSpec("double", "probability")])
        ),
        input_example=pd.DataFrame([manifest.golden[0].row], columns=list(manifest.features), dtype=float),
        pip_requirements=[f"{name}=={value}" for name, value in manifest.versions.items() if name != "python"],
    )


def _tags(manifest: Manifest, written: bytes) -> dict[str, str]:
    return {
        "family": manifest.model.family,
        "synthetic": str(manifest.training.synthetic).lower(),
        "data_sha256": manifest.training.data_sha256,
        "model_version": manifest.version(),
        _SHA256: sha256(written),
    }


def pull(uri: str, out: Path, tracking_uri: str) -> list[Path]:
    """Fetch a registered model's files, verify them all, then move them into a folder, the manifest last.

    Until then the former manifest does not match the new files, so a mixture of two models is never served.

    Parameters
    ----------
    uri : ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.
    out : created where it does not exist.
    tracking_uri : the store that the model was registered in.

    Returns
    -------
    The files, in ``out``.

    Raises
    ------
    SettingError, ArtefactError
        Where the store does not answer, the model is not registered, or its files were changed since.
    """
    with mlflow_store(tracking_uri, create=False) as mlflow:
        found = _find_version(mlflow, uri)
        try:
            out.mkdir(parents=True, exist_ok=True)
            # Within ``out``, so that each file moves in one step.
            with tempfile.TemporaryDirectory(prefix=".pull-", dir=out) as scratch:
                fetched = _download(mlflow, found, scratch)
                names = [*_verify(fetched, found), MANIFEST]
                _refuse_leftovers(out, names)
                return [(fetched / name).replace(out / name) for name in names]
        except OSError as error:
            raise SettingError(
                f"--out {out}: cannot be written ({error.strerror or error})\nName a folder that can be written to."
            ) from None


def _find_version(mlflow: ModuleType, uri: str) -> Any:
    from mlflow.exceptions import MlflowException

    parts = _URI.fullmatch(uri)
    if parts is None:
        raise SettingError(f"{uri}: not a registered model\nExpected models:/NAME@ALIAS or models:/NAME/VERSION.")
    client = mlflow.MlflowClient()
    registered = [f"models:/{m.name}@{alias}" for m in client.search_registered_models() for alias in m.aliases]
    try:
        if parts["alias"]:
            return client.get_model_version_by_alias(parts["name"], parts["alias"])
        return client.get_model_version(parts["name"], parts["version"])
    except MlflowException as error:
        raise SettingError(f"{uri}: {error}\nRegistered are: {', '.join(registered) or 'none'}.") from None


def _download(mlflow: ModuleType, found: Any, scratch: str) -> Path:
    from mlflow.exceptions import MlflowException

    uri = f"models:/{found.name}/{found.version}"
    try:
        return Path(mlflow.artifacts.download_artifacts(f"{uri}/data/{_FOLDER}", dst_path=scratch))
    except (MlflowException, OSError) as error:
        raise ArtefactError(
            f"{uri}: its files cannot be fetched ({error})\n"
            f"The store lists the model, but its files were deleted or cannot be reached. {_REMEDY}"
        ) from None


def _verify(fetched: Path, found: Any) -> list[str]:
    """Return the names of the files that the manifest lists; raise ArtefactError if one of them cannot be used."""
    changed = "was changed in the store"
    with _naming(found, changed):
        digest, registered = sha256(read_bytes(fetched / MANIFEST)), found.tags.get(_SHA256)
        if digest != registered:
            raise ArtefactError(f"{MANIFEST} has sha256 {digest}, registered was {registered}")
    with _naming(found, "was registered by another release, and this one cannot read it"):
        manifest = read_manifest(fetched / MANIFEST)
    with _naming(found, changed):
        return list(verified_files(fetched, manifest))


@contextmanager
def _naming(found: Any, problem: str) -> Iterator[None]:
    """Put the model's name, the problem and the remedy into the message of an error."""
    try:
        yield
    except ArtefactError as error:
        raise ArtefactError(f"models:/{found.name}/{found.version} {problem}: {error}\n{_REMEDY}") from None


def _refuse_leftovers(out: Path, names: list[str]) -> None:
    """Refuse a folder in which a client table of another model would stay."""
    left = [name for name in (CLIENTS, APPLICATIONS) if name not in names and (out / name).exists()]
    if left:
        raise SettingError(
            f"--out {out}: holds client tables of another model, which this one does not replace: {', '.join(left)}\n"
            "Move them away, or name another folder."
        )
