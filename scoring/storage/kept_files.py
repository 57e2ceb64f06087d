"""A version of the model that was served before, from the files that the decision record has of it."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from scoring.errors import ArtefactError
from scoring.model.manifest import Manifest, name_version
from scoring.model.scorer import Policy, Scorer, ThroughObjects, fuse
from scoring.storage.artefacts import load_probability, parse_manifest
from scoring.storage.bundle import MANIFEST, MODEL, SCALER, WITHOUT_MANIFEST
from scoring.storage.checksums import sha256
from scoring.storage.pickles import unpickle

_REMEDY = "The decision record was changed, or this release computes versions in another way."


class KeptModel(NamedTuple):
    """A version of the model: its scoring path, and its manifest; None where it has none."""

    scorer: Scorer
    manifest: Manifest | None


def load_model(version: str, files: Mapping[str, bytes]) -> KeptModel:
    """Load a version of the model, after checking that the files are this version's.

    The version is a hash of the fitted objects and of everything else on which decisions depend, so that nothing else
    is unpickled.

    Parameters
    ----------
    files : as ``Bundle.files``.

    Raises
    ------
    ArtefactError
        If a file is missing or changed, or if the libraries that are installed cannot load it.
    """
    if missing := {MODEL, SCALER} - files.keys():
        raise ArtefactError(f"{', '.join(sorted(missing))}: not in the decision record")
    return _load_verified(version, files) if MANIFEST in files else _load_unverified(version, files)


def _load_verified(version: str, files: Mapping[str, bytes]) -> KeptModel:
    manifest = parse_manifest(MANIFEST, files[MANIFEST])
    changed = [name for name in (MODEL, SCALER) if sha256(files[name]) != manifest.files.get(name)]
    if changed or manifest.version() != version:
        raise _other_version(version, changed)
    return KeptModel(Scorer(load_probability(manifest, files), manifest.features, manifest.policy()), manifest)


def _load_unverified(version: str, files: Mapping[str, bytes]) -> KeptModel:
    known = json.loads(files[WITHOUT_MANIFEST])
    hashes = {name: sha256(files[name]) for name in (MODEL, SCALER)}
    if name_version(hashes, {"threshold": known["threshold"]}) != version:
        raise _other_version(version, [])
    scaler, model = (unpickle(name, files[name]) for name in (SCALER, MODEL))
    fused = fuse(scaler, model) if known["fused"] else None
    scorer = Scorer(fused or ThroughObjects(scaler, model), known["features"], Policy(known["threshold"]))
    return KeptModel(scorer, None)


def _other_version(version: str, changed: list[str]) -> ArtefactError:
    what = ", ".join(changed) or "the files in the decision record"
    return ArtefactError(f"{what}: not those of model version {version}\n{_REMEDY}")
