"""Checkpoints outside the database, so that one who can rewrite the database has to rewrite a file as well."""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from scoring.errors import SettingError
from scoring.record.canonical import canonical
from scoring.record.checkpoints.checkpoint import Checkpoint, after, from_json
from scoring.record.stores.session import Session
from scoring.storage.whole_files import real_path

_TAIL = 4096  # bytes: longer than two lines
_LONGEST = 2**20  # bytes of a line; more than any has
_TOGETHER = 1000
_BEGINNING = b'{"checkpoint":'
_log = logging.getLogger("scoring")


class Line(NamedTuple):
    """A line of the file: None in place of a checkpoint where it cannot be read."""

    number: int
    checkpoint: Checkpoint | None


def write_line(checkpoint: Checkpoint) -> str:
    """Write a checkpoint as a line of JSON."""
    signature = checkpoint.signature.hex() if checkpoint.signature else None
    return canonical({"checkpoint": checkpoint.as_json(), "hash": checkpoint.hash.hex(), "signature": signature})


def read_line(line: bytes) -> Checkpoint | None:
    """Read a line; None where it is damaged."""
    try:
        content = json.loads(line)
        checkpoint = from_json(content["checkpoint"])
        digest = sha256(checkpoint.text()).digest()
        signature = content["signature"] and bytes.fromhex(content["signature"])
    except (KeyError, TypeError, ValueError):
        return None
    return checkpoint._replace(hash=digest, signature=signature) if digest.hex() == content.get("hash") else None


def read_file(path: Path) -> Iterator[Line]:
    """Read the lines one after the other; raises OSError, also where a line never ends, as in /dev/zero."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), start=1):
            if len(line) > _LONGEST:
                raise OSError(errno.EFBIG, f"line {number} has more than {_LONGEST // 2**20} MiB", str(path))
            if line.strip():
                yield Line(number, read_line(line))


def refuse_unusable(path: Path, files: Collection[Path]) -> None:
    """Raise SettingError where checkpoints cannot be appended to a file, or where it is of another kind.

    Parameters
    ----------
    files : of the database.
    """
    if wrong := _find_fault(path, files):
        raise SettingError(
            f"SCORING_DECISIONS_CHECKPOINTS={path}: {wrong}\n"
            "Expected a file of checkpoints, or the name of a new file, in a folder that the service may write to."
        )


def _find_fault(path: Path, files: Collection[Path]) -> str | None:
    if path.is_dir():
        return "is a folder"
    if not path.absolute().parent.is_dir():
        return "its folder does not exist"
    if real_path(path) in {*map(real_path, files)}:
        return "is a file of the database itself"
    if real_path(path).is_symlink():
        return "is a link to itself"
    if not path.exists():
        return None if os.access(path.absolute().parent, os.W_OK) else "its folder may only be read"
    if not os.access(path, os.R_OK | os.W_OK):
        return "may not be written"
    with path.open("rb") as file:
        return None if _BEGINNING.startswith(file.read(len(_BEGINNING))) else "has something other than checkpoints"


def append_new(path: Path, session: Session, until: Checkpoint) -> None:
    """Append all checkpoints that the file does not have yet; raises OSError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        known = _last_in(file)
        if known is not None:
            _compare(path, session, known)
        number = min(known.number, until.number - 1) if known else 0  # the last one in any case
        while new := after(session, number, until.number, _TOGETHER):
            _write(file, "".join(write_line(one) + "\n" for one in new).encode())
            number = new[-1].number
        os.fsync(file.fileno())


def _write(file: BinaryIO, content: bytes) -> None:
    while content:
        content = content[file.write(content) :]


def _last_in(file: BinaryIO) -> Checkpoint | None:
    """Find the last checkpoint of the file; a line that a crash cut off is ended."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    if tail and not tail.endswith(b"\n"):
        _write(file, b"\n")
    found = [checkpoint for line in tail.splitlines() if (checkpoint := read_line(line))]
    return found[-1] if found else None


def _compare(path: Path, session: Session, known: Checkpoint) -> None:
    there = after(session, known.number - 1, known.number, 1)
    if not there or there[0].hash != known.hash:
        _log.error(
            "Checkpoint %d of the decision record is not the one in %s: the database was replaced or rewritten. "
            "Run: python -m scoring decisions verify",
            known.number,
            path.name,
        )
