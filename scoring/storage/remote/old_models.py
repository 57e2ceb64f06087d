"""Remove from the cache what nobody needs any more: what an ended fetch has left, and models that were replaced."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

from scoring.storage.checksums import sha256
from scoring.storage.remote.address import Address

UNUSED = 24 * 3600  # seconds after which what is not noted may go; whoever starts with a model has loaded it by then
_KEPT = 2  # models of a place: the one in use and the one before


def note_use(cache: Path, address: Address, model: str) -> None:
    """Note which model of a place a service uses, and remove the models that are in no place's last two.

    Parameters
    ----------
    model : sha256 of the manifest, which is the name of the model's folder.
    """
    place = f"{address.scheme}://{address.root}/{address.path}"  # a revision of a repository is no other place
    note = cache / f"used-{sha256(place.encode())[:32]}"
    with suppress(OSError):  # without the right to write, nothing is removed
        known = _read(note)
        if known[:1] != [model]:
            beside = note.with_suffix(".new")
            beside.write_text("\n".join([model, *(one for one in known if one != model)][:_KEPT]), encoding="ascii")
            beside.replace(note)
        noted = {one for path in cache.glob("used-*") for one in _read(path)}
        for folder in cache.iterdir():
            if len(folder.name) == 64 and folder.name not in noted:
                _remove_unused(folder)


def remove_abandoned(cache: Path) -> None:
    """Remove what fetches that were ended have left."""
    for path in cache.glob("partial-*"):
        _remove_unused(path)


def _read(note: Path) -> list[str]:
    return note.read_text(encoding="ascii", errors="ignore").split() if note.is_file() else []


def _remove_unused(path: Path) -> None:
    with suppress(OSError):
        if time.time() - path.lstat().st_mtime > UNUSED:
            shutil.rmtree(path, ignore_errors=True)
