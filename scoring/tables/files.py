"""Which file or files make a table: CSV or Parquet, compressed or not, one file or a folder of part files."""

import bz2
import gzip
import io
import lzma
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from scoring.errors import DataError, list_some, shorten

PARQUET = (".parquet", ".pq")
ENDINGS = (".csv", ".csv.gz", ".csv.zst", ".csv.bz2", ".csv.xz", ".csv.zip", ".zip", *PARQUET)
UNREADABLE = (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
_PLAIN = (".csv", ".csv.gz")  # DuckDB and Spark read these themselves
Source = Path | bytes  # a file, or the content of one that is not packed
_BEGINNINGS = {  # of files, by their ending
    ".gz": b"\x1f\x8b",
    ".bz2": b"BZh",
    ".xz": b"\xfd7zXZ",
    ".zst": b"\x28\xb5\x2f\xfd",
    ".zip": b"PK",
    **dict.fromkeys(PARQUET, b"PAR"),
}
_HIDDEN = re.compile(r"[_.]|~\$|(desktop\.ini|thumbs\.db)$")  # of Spark, macOS, Excel while it has a file open, Windows
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")  # no text has these signs
_OPENERS: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True)
class TableFiles:
    """The files that make one table, all CSV or all Parquet.

    Attributes
    ----------
    path : the file, or the folder of part files.
    name : the table's name, without an ending.
    """

    path: Path
    name: str
    files: tuple[Path, ...]
    parquet: bool


def table_files(path: Path, name: str = "") -> TableFiles:
    """Take a file, whatever its ending, or a folder of part files as one table.

    Raises
    ------
    DataError
        The path does not exist, or the folder has no part files, or both CSV and Parquet files.
    """
    if not os.path.exists(path):  # noqa: PTH110  (pathlib raises where a path is too long for the operating system)
        raise DataError(f"{shorten(str(path), 200)}: not found\nExpected a file that ends in {', '.join(ENDINGS)}.")
    if not (path.is_file() or path.is_dir()):  # reading a device or a pipe would never end
        raise DataError(f"{path}: is not a regular file\nExpected a file that ends in {', '.join(ENDINGS)}.")
    files = _parts(path) if path.is_dir() else (path,)
    kinds = {is_parquet(file) for file in files}
    if True in kinds:
        refuse_other_than_utf8(files, "the name of a Parquet file")
    if len(kinds) != 1:
        raise DataError(
            f"{path}: holds {'both CSV and Parquet files' if kinds else 'no part file'}\n"
            f"Expected part files of one kind that end in {', '.join(ENDINGS)}."
        )
    return TableFiles(path, name or path.name, files, kinds.pop())


def show_path(path: Path) -> str:
    r"""Write a path as a text that UTF-8 can hold, whatever its bytes are.

    >>> show_path(Path("donn\udce9es.csv"))
    'donn\\xe9es.csv'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def refuse_other_than_utf8(paths: Iterable[Path], what: str) -> None:
    """Raise DataError for a path that the readers of Parquet and DuckDB cannot take, since it is not UTF-8."""
    for path in paths:
        shown = show_path(path)
        if shown != str(path):
            raise DataError(f"{shown}: {what} is not UTF-8 (\\x stands before the other bytes)\nRename it.")


def find_table(folder: Path, name: str) -> TableFiles | None:
    """Find the file of a table in a folder, or its folder of part files; None where there is neither.

    Endings may be in capital letters.

    Raises
    ------
    DataError
        Several files or folders have that name, or its folder has no usable part files.
    """
    found = sorted(path for path in folder.iterdir() if _is_called(path, name))
    if len(found) > 1:
        raise DataError(f"{folder}: holds {' and '.join(path.name for path in found)}\nKeep one of them.")
    return table_files(found[0], name) if found else None


def require_table(data: Path, *names: str) -> TableFiles:
    """Find the first of these tables that a folder has; a file is the table itself. Raises DataError without any."""
    if not data.is_dir():
        return table_files(data)
    for name in names:
        if found := find_table(data, name):
            return found
    raise DataError(
        f"{data}: holds no table {' or '.join(names)}\n"
        f"Expected {names[0]} with one of the endings {', '.join(ENDINGS)}, or a folder of such files."
    )


def is_parquet(file: Path) -> bool:
    """Tell whether a file's name says Parquet; every other file is read as CSV."""
    return file.name.lower().endswith(PARQUET)


def _is_called(path: Path, name: str) -> bool:
    ending = path.name.removeprefix(name).lower()
    return path.name.startswith(name) and (ending in ENDINGS or (not ending and path.is_dir()))


def _parts(folder: Path) -> tuple[Path, ...]:
    """Find the part files; raises DataError for another file beside them, whose rows would be left out."""
    visible = [
        path
        for path in sorted(folder.iterdir())
        if not _HIDDEN.match(path.name.lower()) and (path.is_file() or "=" in path.name)  # year=2026 holds rows, too
    ]
    parts = tuple(path for path in visible if path.is_file() and path.name.lower().endswith(ENDINGS))
    others = [path.name for path in visible if path not in parts]
    if parts and others:
        raise DataError(
            f"{folder}: holds {list_some(others)} beside part files, and would be read without it\n"
            f"Save each part of the table as one of {', '.join(ENDINGS)}; move other files out of the folder."
        )
    return parts


def unpack(table: TableFiles, scratch: Path) -> TableFiles:
    """Unpack into `scratch` what DuckDB and Spark cannot read by themselves.

    Raises
    ------
    DataError
        The file's compression is broken.
    """
    if table.parquet:
        return table
    files = (file if file.name.endswith(_PLAIN) else _unpacked(file, scratch) for file in table.files)
    return replace(table, files=tuple(files))


def _unpacked(file: Path, scratch: Path) -> Path:
    target = scratch / f"{file.parent.name}-{file.name}.csv"
    try:
        with open_unpacked(file) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
    except UNREADABLE as error:
        reason = f" ({error.strerror})" if isinstance(error, OSError) and error.strerror else ""
        raise DataError(
            f"{file}: cannot be unpacked{reason}: it is damaged or cut off, or there is no space left in {scratch}\n"
            "Export it again, or make space."
        ) from None
    return target


@contextmanager
def open_unpacked(file: Source) -> Iterator[IO[bytes]]:
    """Open a file's bytes, decompressed as its ending says."""
    if isinstance(file, bytes):
        yield io.BytesIO(file)
        return
    ending = file.suffix.lower()
    require_ending(file)
    if ending == ".zip":
        with zipfile.ZipFile(file) as archive, archive.open(_only_member(file, archive)) as source:
            yield source
    elif ending == ".zst":
        require_pyarrow(file)
        import pyarrow

        with pyarrow.OSFile(str(file)) as packed, pyarrow.CompressedInputStream(packed, "zstd") as source:
            yield source
    else:
        with _OPENERS.get(ending, open)(file, "rb") as source:
            yield source


def require_ending(file: Path) -> None:
    """Raise DataError where a file is plain text, or compressed in another way than its name says."""
    ending = file.suffix.lower()
    expected = _BEGINNINGS.get(ending)
    with file.open("rb") as content:
        head = content.read(1024)
    if expected is None or not head or head.startswith(expected):
        return
    packed = (other for other, beginning in _BEGINNINGS.items() if head.startswith(beginning))
    actual = next(packed, None) if _CONTROL.search(head) else ".csv"
    if actual:
        what = "plain text" if actual == ".csv" else f"a {actual} file"
        raise DataError(f"{file}: is {what}, but its name ends in {ending}\nRename it so that it ends in {actual}.")


def _only_member(file: Path, archive: zipfile.ZipFile) -> str:
    hidden = ("__MACOSX", ".DS_Store")  # macOS adds them
    names = [name for name in archive.namelist() if not name.endswith("/")]
    members = [name for name in names if not {*name.split("/")}.intersection(hidden)]
    if len(members) != 1:
        raise DataError(f"{file}: holds {len(members)} files\nExpected one.")
    return members[0]


def require_pyarrow(file: Path) -> None:
    """Raise DataError where pyarrow is not installed; the service alone does not need it."""
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise DataError(
            f"{file}: files that end in {file.suffix} need the package pyarrow, which is not installed\n"
            "Run: pip install pyarrow. Or write the table as .csv, .csv.gz, .csv.bz2, .csv.xz or .csv.zip."
        ) from None
