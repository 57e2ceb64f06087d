"""Artefacts that are kept elsewhere, as a verified folder of this machine.

A model is kept in the cache under the sha256 of its manifest, and complete from the moment at which its folder has that
name. Services that use the same cache at once therefore do not disturb each other.
"""

import logging
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from scoring.errors import ArtefactError, SettingError, StartError
from scoring.storage.artefacts import parse_manifest
from scoring.storage.bundle import MANIFEST
from scoring.storage.checksums import hash_file, sha256
from scoring.storage.remote.address import Address, parse_address
from scoring.storage.remote.fetching import Unavailable, cannot_write, fetch
from scoring.storage.remote.old_models import note_use, remove_abandoned
from scoring.storage.trust import ANYBODY, SIGNATURE, Trust

MOST_MANIFEST = 64 * 2**20  # bytes; the bundled one has a third of a million
MOST_FILE = 4 * 2**30  # bytes; a manifest tells hashes and no sizes
_log = logging.getLogger("scoring")
When = Literal["start", "trial", "again"]


class Cache(NamedTuple):
    """Where models are kept on this machine, and how long fetching one may take.

    Attributes
    ----------
    folder : is made if it does not exist.
    seconds : for all files together.
    """

    folder: Path
    seconds: float


def model_folder(
    place: Path | str, setting: str, trust: Trust, cache: Cache, when: When = "start"
) -> tuple[Path, Trust]:
    """Name the folder of a model, and what its manifest has to agree with; a remote model is fetched first.

    If the pinned model is in the cache, nothing is requested. With a key and without a pin, the manifest is requested
    to see whether there is a newer model.

    Parameters
    ----------
    place : a folder, or an address.
    setting : the name of the setting or option that has the place, for messages.
    when : ``start``: if the place cannot be reached, the last model that was fetched from there is used, if its
        signature is valid. ``trial``: it has to be reached. ``again``: nothing is requested; what the trial has
        fetched is used.

    Raises
    ------
    SettingError
        If the address cannot be read, or if nothing says whose model may be loaded.
    ArtefactError
        If the model cannot be fetched, or is another one than the trusted one.
    """
    if isinstance(place, Path):
        return place, trust
    address = parse_address(place, setting)
    trust = _trust_in(address, setting, trust)
    named = f"{setting}={address}"
    try:
        folder = _find(address, named, trust, cache, when)
    except StartError as error:
        raise type(error)(str(error) if str(error).startswith(setting) else f"{named}: {error}") from error
    if when != "trial" and setting.startswith("SCORING_"):  # a command does not say what the service uses
        note_use(cache.folder, address, folder.name)
    return folder, trust


def _trust_in(address: Address, setting: str, trust: Trust) -> Trust:
    if address.pin and trust.pin and address.pin != trust.pin:
        raise SettingError(
            f"{setting}={address}: #sha256= and SCORING_MANIFEST_SHA256 pin two different manifests\nLeave one out."
        )
    trust = trust._replace(pin=address.pin or trust.pin)
    if trust == ANYBODY:
        raise SettingError(
            f"{setting}={address}: nothing says whose model may be loaded from there\n"
            "Whoever can write there could otherwise run any code here. Take the sha256 of modele_retenu.json from "
            "those who published the model, not from this address, and add it to the address (#sha256=HASH) or set "
            "SCORING_MANIFEST_SHA256; or set SCORING_MANIFEST_KEY to the public key of those who sign models "
            "(docs/remote_artefacts.md)."
        )
    return trust


def _find(address: Address, named: str, trust: Trust, cache: Cache, when: When) -> Path:
    pointer = cache.folder / f"last-{sha256(f'{address}'.encode())[:32]}"
    known = trust.pin or (_read_pointer(pointer) if when == "again" else None)
    if known and (folder := _kept(cache.folder / known, trust)):
        if when != "again":
            _log.info("%s: taken from the cache %s; nothing was requested", named, cache.folder)
        return folder
    try:
        return _fetch(address, named, trust, cache, pointer)
    except Unavailable as error:
        last = None if when != "start" or trust.pin else _read_pointer(pointer)
        folder = _kept(cache.folder / last, trust) if last else None
        if folder is None:
            raise
        _log.warning("%s: cannot be reached; the model that was fetched last is served. %s", named, error)
        return folder


def _fetch(address: Address, named: str, trust: Trust, cache: Cache, pointer: Path) -> Path:
    deadline = time.monotonic() + cache.seconds
    with cannot_write(cache.folder):
        cache.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        remove_abandoned(cache.folder)
        with TemporaryDirectory(dir=cache.folder, prefix="partial-", ignore_cleanup_errors=True) as made:
            part = Path(made) / "model"
            part.mkdir(mode=0o755)
            first = [(MANIFEST, MOST_MANIFEST), *([(SIGNATURE, 64)] if trust.key else [])]
            fetch(address, first, part, deadline, cache.seconds)
            described = (part / MANIFEST).read_bytes()
            trust.check(part, described)
            final = cache.folder / sha256(described)
            if _kept(final, ANYBODY):
                if trust.key:
                    (part / SIGNATURE).replace(final / SIGNATURE)
            else:
                files = parse_manifest(MANIFEST, described).files
                fetch(address, [(name, MOST_FILE) for name in sorted(files)], part, deadline, cache.seconds)
                _check_files(part, dict(files))
                _put(part, final, Path(made))
                _log.info("%s: fetched into the cache %s", named, cache.folder)
            if trust.key:
                beside = Path(made) / "pointer"
                beside.write_text(final.name, encoding="ascii")
                beside.replace(pointer)
    return final


def _check_files(folder: Path, listed: dict[str, str]) -> None:
    if changed := [name for name, digest in listed.items() if hash_file(folder / name) != digest]:
        raise ArtefactError(
            f"{', '.join(changed)}: has another sha256 than the manifest says\n"
            "The files there were not published together, or were changed since. Publish the model again, with all "
            "its files."
        )


def _put(part: Path, final: Path, aside: Path) -> None:
    """Give a complete folder its name, unless another process was first."""
    try:
        part.rename(final)
    except OSError:
        if _kept(final, ANYBODY):
            return
        _log.warning("%s in the cache was damaged; it is replaced", final.name)
        final.rename(aside / "damaged")
        part.rename(final)


def _kept(folder: Path, trust: Trust) -> Path | None:
    """Find a model in the cache; None where it is not there, is not complete, or was changed."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode) or not _is_file(folder / MANIFEST):
            return None
        with suppress(OSError):
            os.utime(folder)  # another service does not remove it before it is loaded
        described = (folder / MANIFEST).read_bytes()
        if sha256(described) != folder.name:
            return None
        trust.check(folder, described)
        files = parse_manifest(MANIFEST, described).files
        if {path.name for path in folder.iterdir()} - {
            MANIFEST,
            SIGNATURE,
            *files,
        }:  # nobody verifies what is not listed
            return None
        if all(_is_file(folder / name) and hash_file(folder / name) == digest for name, digest in files.items()):
            return folder
    except (OSError, ArtefactError):
        return None
    return None


def _is_file(path: Path) -> bool:
    """Tell whether this is a file, and not a link to one that others may change."""
    return stat.S_ISREG(path.lstat().st_mode)


def _read_pointer(path: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        text = path.read_text(encoding="ascii").strip()
        if len(text) == 64 and text.isalnum():
            return text
    return None
