"""What a command may write: no file that it reads, none of another kind, and no rows of real people into git."""

import errno
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scoring.errors import DataError
from scoring.storage.whole_files import is_whole_file, path_beside, real_path, unwritable
from scoring.tables.files import show_path

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MADE = 60  # seconds; a younger folder may not be locked yet


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
    return any(_is_tracked(path) for path in {real_path(out) / file, real_path(out / file)})


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
    real = real_path(out)
    for one in (*_files_of_model(artefacts), *(file for other in others for file in _files_of(other))):
        if real_path(one) == real or (out.exists() and one.exists() and one.samefile(out)):
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
        path_beside(real_path(out)).exists()  # raises for a name that is too long
        if is_whole_file(out):
            _try_writing(real_path(out).parent)
        elif not os.access(out, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise unwritable(out, option, error, "") from None


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


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Make a temporary folder, and remove it in the end; what killed commands have left is removed first.

    Raises
    ------
    DataError
        If the disk of the folder is full.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError), _locked(left):
            if time.time() - left.stat().st_mtime > _MADE:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=prefix) as made, _locked(Path(made)):
        try:
            yield Path(made)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise DataError(
                f"the temporary folder {made}: the disk is full\nNothing was changed. Free space there, or set "
                "TMPDIR to another folder."
            ) from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder; raises OSError where another process has it, or where it is a link."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)


def describe_refusal(error: OSError) -> str:
    """Tell what the operating system refused, and the remedy, where no command has a message of its own for it.

    >>> print(describe_refusal(PermissionError(errno.EACCES, "Permission denied", "out/part")))
    out/part: cannot be read or written (Permission denied)
    Give this user the right, or name another place.
    """
    if not _has_working_folder():
        return "the working folder was removed\nChange into a folder that exists, and run the same command again."
    place = error.filename if isinstance(error.filename, str | os.PathLike) else None
    reason = os.strerror(error.errno) if error.errno else str(error).partition("\n")[0][:300]
    remedies = {
        **dict.fromkeys(_FULL, "Make space, or name another place"),
        **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "Give this user the right, or name another place"),
        **dict.fromkeys((errno.EMFILE, errno.ENFILE), "Let programs open more files (ulimit -n)"),
    }
    remedy = remedies.get(error.errno or 0, "Remove the cause, and run the same command again")
    what = show_path(Path(place)) if place else "the output, or a file that the command needs"
    return f"{what}: cannot be read or written ({reason})\n{remedy}."


def _has_working_folder() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109
    except OSError:
        return False


def begins_with(*beginnings: str) -> Callable[[Path], bool]:
    """Make a test of files: whether one has one of the beginnings, is empty, or is a device or a pipe."""

    def test(path: Path) -> bool:
        if not path.is_file():
            return True
        with path.open("rb") as file:
            found = file.read(max(len(one.encode()) for one in beginnings))
        return not found or found.startswith(tuple(one.encode() for one in beginnings))

    return test


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
