"""Publish a trained model: write pickles, sample tables and manifest for the service."""

import fcntl
import json
import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from scoring.errors import ArtefactError, DataError
from scoring.model.manifest import Manifest
from scoring.storage import bundle
from scoring.storage.artefacts import read_manifest
from scoring.storage.checksums import read_bytes, sha256, verified_files
from scoring.storage.whole_files import replace_files
from scoring.training.fit import Fitted


def publish(out: Path, fitted: Fitted, manifest: Manifest, sample: pd.DataFrame) -> Manifest:
    """Write all files into ``out`` and return the manifest, which then lists them with their sha256.

    Parameters
    ----------
    sample : raw applications of the clients to publish: identity, target, then the schema's fields.

    Raises
    ------
    DataError
        When the folder cannot be written to; the model there is then as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    before = None
    with suppress(ArtefactError):
        before = read_manifest(out / bundle.MANIFEST)
    schema = manifest.input_schema
    raw = sample[[schema.identity.name, *(field.name for field in schema.fields)]]
    ready = pd.concat([sample[[schema.identity.name, schema.target]], fitted.prepare(sample)], axis=1)
    content = {
        bundle.MODEL: pickle.dumps(fitted.model, protocol=5),
        bundle.SCALER: pickle.dumps(fitted.scaler, protocol=5),
        bundle.CLIENTS: _csv(ready),
        bundle.APPLICATIONS: _csv(raw),
    }
    files = {name: sha256(data) for name, data in content.items()}
    complete = manifest.model_copy(update={"files": files})
    if before and before == complete.model_copy(update={"created_at": before.created_at}):
        complete = before  # the same model keeps its date
    _replace(out, {**content, bundle.MANIFEST: (complete.model_dump_json(indent=1) + "\n").encode()})
    return complete


def publish_copy(candidate: Path, folder: Path, *, with_clients: bool) -> list[Path]:
    """Put the files of a published model in the place of those in another folder, once all of them are written.

    The manifest comes last; before that, a service refuses the folder, as its files do not belong together.

    Parameters
    ----------
    candidate : verified before anything is replaced.
    with_clients : copy the tables of clients, too. Without them, the service needs others (SCORING_CLIENTS).

    Returns
    -------
    The files that were written.

    Raises
    ------
    ArtefactError, DataError
        When a file of the candidate is missing or changed, or when the folder cannot be written to; the model there
        is then as it was.
    """
    described = read_bytes(candidate / bundle.MANIFEST)
    content = verified_files(candidate, read_manifest(candidate / bundle.MANIFEST))
    if not with_clients:
        content = {name: data for name, data in content.items() if name not in {bundle.CLIENTS, bundle.APPLICATIONS}}
        manifest = json.loads(described)
        manifest["files"] = {name: manifest["files"][name] for name in content}
        described = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
    return _replace(folder, {**content, bundle.MANIFEST: described})


def _replace(folder: Path, content: Mapping[str, bytes]) -> list[Path]:
    """Replace the files of a model; the manifest, which is the last, comes last."""
    files = {folder / name: data for name, data in content.items()}
    try:
        with _locked(folder):
            replace_files(files)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be written to ({error.strerror})\nThe model there is as it was. Make room, or name a "
            "folder that can be written to."
        ) from None
    return list(files)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let no two publish at once, so that files of two models are not mixed."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _csv(frame: pd.DataFrame) -> bytes:
    """Write CSV: whole numbers without decimals, other numbers so that they are read back exactly."""
    whole = {
        name: "Int64" for name, column in frame.items() if column.dtype.kind == "f" and (column.dropna() % 1 == 0).all()
    }
    return frame.astype(whole).to_csv(index=False, lineterminator="\n").encode()
