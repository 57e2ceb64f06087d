"""Files that are written as a whole, or not at all: nothing that was cut off is ever taken for a result."""

import contextlib
import os
from pathlib import Path

from scoring.errors import DataError


def write_whole(out: Path, content: bytes, option: str = "--out") -> None:
    """Write a file as a whole, or not at all; simply write into a device, a pipe, or where only the file may change."""
    beside = path_beside(out)
    try:
        if not is_whole_file(out):
            out.write_bytes(content)
            return
        beside.write_bytes(content)
        beside.replace(real_path(out))
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise unwritable(out, option, error, f", with space for {len(content)} bytes") from error


def real_path(path: Path) -> Path:
    """Follow symbolic links and ``..``; unlike ``Path.resolve``, a link to itself is no error."""
    return Path(os.path.realpath(path))


def is_whole_file(out: Path) -> bool:
    """Whether a file is replaced as a whole: not a device or a pipe, and not where only the file itself may change."""
    real = real_path(out)
    return not out.exists() or (real.is_file() and os.access(real.parent, os.W_OK))


def path_beside(out: Path) -> Path:
    """Name the file that is written first, and then replaces a file."""
    real = real_path(out)  # of a link: /dev/stdout, which may lead to a file, must not be replaced itself
    return real.with_name(f"{real.name}.part")


def unwritable(out: Path, option: str, error: OSError, space: str) -> DataError:
    """Make the error about a file that cannot be written; ``space`` says how much it needs."""
    return DataError(
        f"{option} {out}: cannot be written ({error.strerror})\nExpected a file in a folder that exists{space}."
    )
