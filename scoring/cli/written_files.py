"""What a command may write: no file that it reads, none of another kind, and no rows of real people into git."""

import contextlib
import errno
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from scoring.errors import DataError


def refuse_tracked(out: Path, option: str = "--out", name: str = "") -> None:
    """Raise DataError where git would track a file in the folder, of that name or any, or what a link there names."""
    if is_tracked(out, name):
        raise DataError(
            f"{option} {out / name}: is in a git repository that would track it, and the data is not marked "
            "synthetic\nReal people's rows must not get into a repository: choose a folder outside, or one that "
            "git ignores."
        )


def is_tracked(out: Path, name: str = "") -> bool:
    """Whether git would track a file in the folder, of that name or any, or what a link there names."""
    file = name or "modele_retenu.json"
    return any(_is_tracked(path) for path in {_real(out) / file, _real(out / file)})


def _real(path: Path) -> Path:
    """Follow symbolic links and ``..``; unlike ``Path.resolve``, a link to itself is no error."""
    return Path(os.path.realpath(path))


def _is_tracked(path: Path) -> bool:
    nearest = next(folder for folder in path.parents if folder.is_dir())
    if not any((folder / ".git").exists() for folder in (nearest, *nearest.parents)):
        return False
    command = ["git", "-C", str(nearest), "check-ignore", "-q", str(path)]
    return subprocess.run(command, check=False, capture_output=True).returncode != 0  # noqa: S603


def refuse_overwriting(out: Path, artefacts: Path | None, *others: Path | None, option: str = "--out") -> None:
    """Raise DataError where an option names a file of the model, or one that the command reads, under whatever name.

    Parameters
    ----------
    others : further files that the command reads, and folders with tables.
    """
    refuse_unwritable(out, option)
    real = _real(out)
    for one in (*_files_of_model(artefacts), *(file for other in others for file in _files_of(other))):
        if _real(one) == real or (out.exists() and one.exists() and one.samefile(out)):
            raise DataError(f"{option} {out}: is {one}, which the command reads\nChoose another name.")


def refuse_foreign(out: Path, is_own: Callable[[Path], bool], what: str, option: str = "--out") -> None:
    """Raise DataError where an option names a file of another kind than the command writes, or one it cannot write.

    Parameters
    ----------
    is_own : whether the file, which may be empty, is an earlier result of the command.
    what : such a result, in words.
    """
    refuse_unwritable(out, option)
    if out.exists() and not is_own(out):
        raise DataError(f"{option} {out}: exists, and is not {what}\nChoose another name, or remove it first.")


def refuse_unwritable(out: Path, option: str = "--out") -> None:
    """Raise DataError where a file cannot be written, so that this is told before a long run, not after it."""
    try:
        _beside(out).exists()  # raises for a name that is too long
        if _is_whole_file(out):
            _try_writing(_real(out).parent)
        elif not os.access(out, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _unwritable(out, option, error, "") from None


def make_folder_of(out: Path) -> None:
    """Make the folder of a file, where it does not exist yet; raises DataError where this is not possible."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"--out {out}: its folder cannot be made ({error.strerror})\nExpected a place where folders can be made."
        ) from None


def refuse_unwritable_folder(out: Path, option: str = "--out") -> None:
    """Raise DataError where no file can be written into a folder, or the folder cannot be made; make nothing."""
    try:
        _try_writing(next(one for one in (out, *out.absolute().parents) if one.exists()))
    except OSError as error:
        raise DataError(
            f"{option} {out}: cannot be written ({error.strerror})\nName a folder that can be written to."
        ) from None


def _try_writing(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder):
        pass


def _is_whole_file(out: Path) -> bool:
    """Whether a file is replaced as a whole: not a device or a pipe, and not where only the file itself may change."""
    real = _real(out)
    return not out.exists() or (real.is_file() and os.access(real.parent, os.W_OK))


def _beside(out: Path) -> Path:
    real = _real(out)  # of a link: /dev/stdout, which may lead to a file, must not be replaced itself
    return real.with_name(f"{real.name}.part")


def _unwritable(out: Path, option: str, error: OSError, space: str) -> DataError:
    return DataError(
        f"{option} {out}: cannot be written ({error.strerror})\nExpected a file in a folder that exists{space}."
    )


def begins_with(*beginnings: str) -> Callable[[Path], bool]:
    """Make a test of files: whether one has one of the beginnings, is empty, or is a device or a pipe."""

    def test(path: Path) -> bool:
        if not path.is_file():
            return True
        with path.open("rb") as file:
            found = file.read(max(len(one.encode()) for one in beginnings))
        return not found or found.startswith(tuple(one.encode() for one in beginnings))

    return test


def write_whole(out: Path, content: bytes, option: str = "--out") -> None:
    """Write a file as a whole, or not at all; simply write into a device, a pipe, or where only the file may change."""
    beside = _beside(out)
    try:
        if not _is_whole_file(out):
            out.write_bytes(content)
            return
        beside.write_bytes(content)
        beside.replace(_real(out))
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise _unwritable(out, option, error, f", with space for {len(content)} bytes") from error


def _files_of_model(folder: Path | None) -> list[Path]:
    from scoring.storage import bundle
    from scoring.storage.artefacts import read_manifest

    if folder is None:
        return []
    names = {bundle.MODEL, bundle.SCALER, bundle.MANIFEST, bundle.CLIENTS, bundle.APPLICATIONS}
    if (folder / bundle.MANIFEST).is_file():
        names |= {*read_manifest(folder / bundle.MANIFEST).files}
    return [folder / name for name in sorted(names)]


def _files_of(given: Path | None) -> list[Path]:
    """List a file; or of a folder, the tables of Home Credit in it and their part files."""
    from scoring.home_credit.history.source_schema import APPLICATION_TABLES, SOURCE_TABLES

    if given is None or not given.is_dir():
        return [] if given is None else [given]
    names = {*APPLICATION_TABLES, *(table.name for table in SOURCE_TABLES)}
    tables = [path for path in given.iterdir() if path.name.partition(".")[0] in names]
    return [file for path in tables for file in (path.iterdir() if path.is_dir() else (path,))]
