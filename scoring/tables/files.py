"""Find a table's files in a folder: one or many, CSV or Parquet, compressed or not."""

import bz2
import csv
import gzip
import io
import lzma
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from scoring.errors import DataError

PARQUET = (".parquet",)
PLAIN = (".csv", ".csv.gz")  # what every engine reads by itself
PACKED = (".csv.zip", ".zip", ".csv.bz2", ".csv.xz")  # what is unpacked for it
ENDINGS = (*PARQUET, *PLAIN, *PACKED)
LOOK_AT = 200  # rows of a CSV file whose values are looked at before the engine starts


@dataclass(frozen=True)
class TableFiles:
    """The files that make one table, all CSV or all Parquet."""

    name: str
    files: tuple[Path, ...]
    parquet: bool


def find(folder: Path, name: str) -> TableFiles | None:
    """Find a table's file, or its folder of part files; None where the folder does not hold it.

    Raises
    ------
    DataError
        More than one file or folder of that name, a folder without part files, or one that mixes kinds.
    """
    found = [folder / f"{name}{ending}" for ending in ("", *ENDINGS) if (folder / f"{name}{ending}").exists()]
    if not found:
        return None
    if len(found) > 1:
        raise DataError(f"{folder}: holds {' and '.join(path.name for path in found)}\nKeep one of them.")
    parts = _parts(found[0]) if found[0].is_dir() else (found[0],)
    kinds = {part.name.endswith(PARQUET) for part in parts}
    if len(kinds) != 1:
        raise DataError(
            f"{found[0]}: holds {'CSV and Parquet files' if kinds else 'no part file'}\n"
            f"Expected part files of one kind, ending in {', '.join(ENDINGS)}."
        )
    return TableFiles(name, parts, kinds.pop())


def _parts(folder: Path) -> tuple[Path, ...]:
    visible = (path for path in sorted(folder.iterdir()) if not path.name.startswith(("_", ".")))
    return tuple(path for path in visible if path.is_file() and path.name.endswith(ENDINGS))


def unpack(table: TableFiles, scratch: Path) -> TableFiles:
    """Unpack into `scratch` what an engine cannot read by itself."""
    files = tuple(_unpacked(file, scratch) if file.name.endswith(PACKED) else file for file in table.files)
    return TableFiles(table.name, files, table.parquet)


def _unpacked(file: Path, scratch: Path) -> Path:
    target = scratch / f"{file.parent.name}-{file.name}.csv"
    with _open(file) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return target


def _open(file: Path) -> IO[bytes]:
    openers = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    if file.suffix == ".zip":
        return _member(file)
    opened: IO[bytes] = openers[file.suffix](file) if file.suffix in openers else file.open("rb")  # type: ignore[operator]
    return opened


def _member(file: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(file)
    members = [name for name in archive.namelist() if not name.startswith("__MACOSX/") and not name.endswith("/")]
    if len(members) != 1:
        raise DataError(f"{file}: holds {len(members)} files\nExpected one.")
    return archive.open(members[0])


def head(file: Path) -> tuple[list[str], list[list[str]]]:
    """Read a CSV file's column names and its first rows.

    Raises
    ------
    DataError
        The file is no CSV text, is empty, or its compression is broken.
    """
    try:
        with _open(file) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            names = next(reader, [])
            rows = [row for row, _ in zip(reader, range(LOOK_AT), strict=False)]
    except (OSError, EOFError, ValueError, csv.Error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: cannot be read ({error})\nExpected a whole CSV file.") from None
    return names, rows
