"""Files that are written as a whole, or not at all: nothing that was cut off is ever taken for a result."""

import contextlib
import errno
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from scoring.errors import DataError


def write_whole(out: Path, content: bytes, option: str = "--out") -> None:
    """Write a file as a whole, or not at all; simply write into a device, a pipe, or where only the file may change."""
    try:
        if is_whole_file(out):
            replace_files({real_path(out): content})  # a link, such as /dev/stdout, is not replaced itself
        else:
            out.write_bytes(content)
    except OSError as error:
        raise unwritable(out, option, error, f", with space for {len(content)} bytes") from error


def replace_files(files: Mapping[Path, bytes]) -> None:
    """Replace files, in their order, once all are written beside them; raises OSError, and they are as they were."""
    beside = {path: path_beside(path) for path in files}
    try:
        for path, content in files.items():
            if path.is_dir():  # no file can take its place
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            beside[path].write_bytes(content)
        for path, written in beside.items():
            written.replace(path)
    finally:
        for written in beside.values():
            with contextlib.suppress(OSError):
                written.unlink()


def real_path(path: Path) -> Path:
    """Follow symbolic links and ``..``; unlike ``Path.resolve``, a link to itself is no error."""
    return Path(os.path.realpath(path))


def is_whole_file(out: Path) -> bool:
    """Whether a file is replaced as a whole: not a device or a pipe, and not where only the file itself may change."""
    real = real_path(out)
    return not out.exists() or (real.is_file() and os.access(real.parent, os.W_OK))


def path_beside(out: Path) -> Path:
    """Name a file that is written first, and then replaces a file; no other process has the same name."""
    return out.with_name(f"{out.name}.{secrets.token_hex(4)}.part")


def unwritable(out: Path, option: str, error: OSError, space: str) -> DataError:
    """Make the error about a file that cannot be written; ``space`` says how much it needs."""
    return DataError(
        f"{option} {out}: cannot be written ({error.strerror})\nExpected a file in a folder that exists{space}."
    )
