"""A model in a folder of artefacts without its clients: what tries another model needs no more."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from scoring.errors import ArtefactError, SettingError, shorten
from scoring.model.manifest import Manifest
from scoring.model.scorer import Scorer
from scoring.storage.artefacts import load_scorer, parse_manifest
from scoring.storage.bundle import MANIFEST, MODEL, SCALER
from scoring.storage.checksums import read_bytes, verified_files
from scoring.storage.trust import ANYBODY, Trust


class PublishedModel(NamedTuple):
    """A model as it was published; the attributes are as in ``Bundle``."""

    scorer: Scorer
    manifest: Manifest
    version: str
    files: Mapping[str, bytes]


def load_published(folder: Path, setting: str, trust: Trust = ANYBODY) -> PublishedModel:
    """Load the model in a folder, verified by its manifest as at the start of a service.

    Parameters
    ----------
    setting : name of the setting or option that names the folder, for messages.
    trust : what the manifest has to agree with.

    Raises
    ------
    SettingError
        If there is no such folder, or if it has no manifest.
    ArtefactError
        If a file is missing, changed, or cannot be used.
    """
    named = f"{setting}={shorten(str(folder), 200)}"
    if not os.path.isdir(folder):  # noqa: PTH112  (pathlib raises where a path is too long for the operating system)
        raise SettingError(f"{named}: not a folder\nExpected a folder with {MANIFEST}, {MODEL} and {SCALER}.")
    if not (folder / MANIFEST).exists():
        raise SettingError(
            f"{named}: has no {MANIFEST}\nExpected a folder that python -m scoring train has written: without a "
            "manifest nobody knows how the model prepares an application."
        )
    try:
        described = read_bytes(folder / MANIFEST)
        trust.check(folder, described)
        manifest = parse_manifest(MANIFEST, described)
        content = verified_files(folder, manifest)
        scorer = load_scorer(manifest, content)
    except ArtefactError as error:
        raise ArtefactError(f"{named}: {error}") from error
    files = {MANIFEST: described, MODEL: content[MODEL], SCALER: content[SCALER]}
    return PublishedModel(scorer, manifest, manifest.version(), files)
