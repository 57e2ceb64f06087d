"""Publish a trained model: write pickles, sample tables and manifest for the service."""

import pickle
from contextlib import suppress
from pathlib import Path

import pandas as pd

from scoring.errors import ArtefactError
from scoring.model.manifest import Manifest
from scoring.storage import bundle
from scoring.storage.artefacts import read_manifest
from scoring.storage.checksums import sha256
from scoring.training.fit import Fitted


def publish(out: Path, fitted: Fitted, manifest: Manifest, sample: pd.DataFrame) -> Manifest:
    """Write all files into ``out`` and return the manifest, which then lists them with their sha256.

    Parameters
    ----------
    sample : raw applications of the clients to publish: identity, target, then the schema's fields.
    """
    out.mkdir(parents=True, exist_ok=True)
    before = None
    with suppress(ArtefactError):
        before = read_manifest(out / bundle.MANIFEST)
    # Without a manifest, files of an interrupted publication are not taken for a complete model.
    (out / bundle.MANIFEST).unlink(missing_ok=True)
    schema = manifest.input_schema
    raw = sample[[schema.identity.name, *(field.name for field in schema.fields)]]
    ready = pd.concat([sample[[schema.identity.name, schema.target]], fitted.prepare(sample)], axis=1)
    content = {
        bundle.MODEL: pickle.dumps(fitted.model, protocol=5),
        bundle.SCALER: pickle.dumps(fitted.scaler, protocol=5),
        bundle.CLIENTS: _csv(ready),
        bundle.APPLICATIONS: _csv(raw),
    }
    for name, data in content.items():
        (out / name).write_bytes(data)
    files = {name: sha256(data) for name, data in content.items()}
    complete = manifest.model_copy(update={"files": files})
    if before and before == complete.model_copy(update={"created_at": before.created_at}):
        complete = before  # the same model keeps its date
    (out / bundle.MANIFEST).write_text(complete.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return complete


def _csv(frame: pd.DataFrame) -> bytes:
    """Write CSV: whole numbers without decimals, other numbers so that they are read back exactly."""
    whole = {
        name: "Int64" for name, column in frame.items() if column.dtype.kind == "f" and (column.dropna() % 1 == 0).all()
    }
    return frame.astype(whole).to_csv(index=False, lineterminator="\n").encode()
