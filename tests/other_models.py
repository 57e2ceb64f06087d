"""Other models to try beside the bundled one, made by editing its manifest."""

import json
import shutil

from scoring.storage.bundle import MANIFEST
from tests.conftest import PROJECT, PUBLISHED


def publish_variant(folder, change):
    """Copy the bundled model into a new folder, with a manifest that ``change`` has edited."""
    folder.mkdir()
    for name in PUBLISHED:
        shutil.copy(PROJECT / name, folder)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    change(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def with_threshold(value):
    """Make an edit of the threshold alone: every row is that of the bundled model."""

    def change(manifest):
        manifest["threshold"]["value"] = value

    return change


def with_other_bins(*sources):
    """Make an edit of the first bin's end of columns of numbers: they have to be computed from the application."""

    def change(manifest):
        for column in manifest["plan"]["columns"]:
            if column["source"] in sources:
                low, high = column["edges"][:2]
                column["edges"][0] = (low + high) / 2

    return change
