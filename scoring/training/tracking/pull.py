"""Fetch a registered model into a folder that the service takes."""

import contextlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from scoring.errors import ArtefactError, SettingError
from scoring.model.manifest import Manifest
from scoring.storage.artefacts import read_manifest
from scoring.storage.bundle import MANIFEST
from scoring.storage.pickles import sha256
from scoring.training.tracking.champion import FOLDER, SHA256
from scoring.training.tracking.content import verified
from scoring.training.tracking.store import connect, reported

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

_URI = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[\w\-]+)|/(?P<version>[0-9]+))")


def pull(uri: str, out: Path, tracking_uri: str) -> list[Path]:
    """Fetch a registered model's files, check them all, then put them into a folder, the manifest last.

    Nothing is put there before everything was checked. Files of a model pulled earlier are replaced, each at once;
    while this goes on the old manifest does not fit, so that no mixture can be served.

    Parameters
    ----------
    uri : ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.
    out : made where it is not there.
    tracking_uri : the store that the model was registered in.

    Returns
    -------
    The files, in ``out``.

    Raises
    ------
    SettingError, ArtefactError
        Where the store does not answer or does not know the model, or its files are not as they were registered.
    """
    client = connect(tracking_uri, create=False)
    with reported(tracking_uri):
        found = _version(client, uri)
    try:
        out.mkdir(parents=True, exist_ok=True)
        # In the folder itself: only there are files sure to be moved in one go.
        with tempfile.TemporaryDirectory(prefix=".pull-", dir=out) as scratch:
            fetched = _fetch(client, found, Path(scratch), tracking_uri)
            names = [*_checked(fetched, found, uri).files, MANIFEST]
            _refuse_leftovers(out, names)
            return [(fetched / name).replace(out / name) for name in names]
    except OSError as error:
        raise SettingError(
            f"--out {out}: cannot be written ({error.strerror or error})\nName a folder that can be written to."
        ) from None


def _version(client: "MlflowClient", uri: str) -> "ModelVersion":
    parts = _URI.fullmatch(uri)
    if parts is None:
        raise SettingError(f"{uri}: not a registered model\nExpected models:/NAME@ALIAS or models:/NAME/VERSION.")
    name = parts["name"]
    models = client.search_registered_models()
    known = next((model for model in models if model.name == name), None)
    if known is None:
        raise SettingError(
            f"{uri}: no model {name!r} is registered\nRegistered are: {_listed([model.name for model in models])}."
        )
    number = parts["version"] or known.aliases.get(parts["alias"])
    versions = {str(found.version): found for found in client.search_model_versions(f"name = '{name}'")}
    if str(number) not in versions:
        asked = f"alias {parts['alias']!r}" if parts["alias"] else f"version {number}"
        raise SettingError(
            f"{uri}: {name} has no {asked}\n"
            f"It has versions {_listed(sorted(versions, key=int))}; aliases {_listed(sorted(known.aliases))}."
        )
    return versions[str(number)]


def _fetch(client: "MlflowClient", found: "ModelVersion", scratch: Path, tracking_uri: str) -> Path:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    try:
        # Not models:/..., which MLflow looks up in the store of its environment, whatever store it is given.
        location = client.get_model_version_download_uri(found.name, found.version)
        fetched = download_artifacts(f"{location}/{FOLDER}", dst_path=str(scratch), tracking_uri=tracking_uri)
    except (MlflowException, OSError) as error:
        raise ArtefactError(
            f"models:/{found.name}/{found.version}: its files cannot be fetched ({error})\n"
            "The store knows the model, but its files are gone or out of reach: register it again."
        ) from None
    return Path(fetched)


def _checked(fetched: Path, found: "ModelVersion", uri: str) -> Manifest:
    manifest, _ = verified(fetched, uri)
    digest, registered = sha256((fetched / MANIFEST).read_bytes()), found.tags.get(SHA256)
    if registered is not None and digest != registered:
        raise ArtefactError(
            f"{uri}: {MANIFEST} has sha256 {digest}, registered was {registered}\n"
            "It was changed since: register the model again."
        )
    surplus = {path.name for path in fetched.iterdir()} - {*manifest.files, MANIFEST}
    if surplus:
        raise ArtefactError(
            f"{uri}: holds what its manifest does not list: {_listed(sorted(surplus))}\n"
            "Somebody else put it there: register the model again."
        )
    return manifest


def _refuse_leftovers(out: Path, names: list[str]) -> None:
    """Keep a table of another model's clients from passing for this one's."""
    listed: list[str] = []
    with contextlib.suppress(ArtefactError):  # no manifest, or a broken one: nothing is known of the other files
        listed += read_manifest(out / MANIFEST).files
    left = [name for name in listed if name not in names and (out / name).exists()]
    if left:
        raise SettingError(
            f"--out {out}: holds files of another model that this one would not replace: {_listed(left)}\n"
            "Move them away, or name another folder."
        )


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
