"""Read a table into a frame: the only place that decides how a file's text becomes cells.

Each decision has one place: separator, decimal mark and header in `find_form`, texts that mean "missing" in `MISSING`,
duplicate names, surplus cells and empty tables in `read_table`.
"""

import csv
import io
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scoring.errors import DataError
from scoring.tables.files import UNREADABLE, TableFiles, is_parquet, open_unpacked, require_pyarrow

# pandas' own list but for "None": in a column of texts it is an answer, such as no guarantor.
MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "NULL", "null", "<NA>"),
    *("NaN", "nan", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
)
UNNAMED = ""
ENCODING = "utf-8-sig"  # UTF-8, with or without a byte-order mark
_SEPARATORS = (",", ";", "\t")
_WITH_DECIMAL_COMMA = ";"  # a table that cannot separate cells by commas
_log = logging.getLogger("scoring")


@dataclass(frozen=True)
class Form:
    """How a CSV file is written, established before its rows are read.

    Attributes
    ----------
    header : names of the columns to the letter, ``""`` for a column without a name.
    """

    header: tuple[str, ...]
    separator: str
    decimal: str


def find_form(file: Path) -> Form:
    """Find out how a CSV file is written: the separator is the one that makes most columns of the header."""
    headers = {separator: read_head(file, separator, rows=0)[0] for separator in _SEPARATORS}
    separator = max(headers, key=lambda one: len(headers[one]))
    return Form(tuple(headers[separator]), separator, "," if separator == _WITH_DECIMAL_COMMA else ".")


def read_head(file: Path, separator: str = ",", rows: int = 200) -> tuple[list[str], list[list[str]]]:
    """Read a CSV file's column names and its first rows, as texts.

    Raises
    ------
    DataError
        The file is no CSV text, or its compression is broken.
    """
    try:
        with open_unpacked(file) as raw, io.TextIOWrapper(raw, encoding=ENCODING, newline="") as text:
            lines = (line for line in csv.reader(text, delimiter=separator) if line)
            names = next(lines, [])
            return names, [row for _, row in zip(range(rows), lines, strict=False)]
    except (*UNREADABLE, csv.Error) as error:
        raise _unreadable(file, error) from None


def read_table(table: TableFiles, texts: Collection[str] = (), missing: Sequence[str] = MISSING) -> pd.DataFrame:
    """Read a table: one file, or part files one after the other. A column without a name keeps the name ``""``.

    Parameters
    ----------
    texts : columns to read to the letter, so that ``007`` does not become 7; only needed for CSV.
    missing : texts of a CSV file that mean "missing".

    Raises
    ------
    DataError
        The file cannot be read, has duplicate columns or no row, or part files have different columns.
    """
    frames = [_read(file, texts, missing) for file in table.files]
    names = [str(name) for name in frames[0]]
    for file, frame in zip(table.files, frames, strict=True):
        if list(frame) != names:
            raise DataError(f"{file}: its columns are not those of {table.files[0].name}\nExpected the same columns.")
    duplicates = sorted({name for name in names if name != UNNAMED and names.count(name) > 1})
    if duplicates:
        raise DataError(f"{table.path}: has duplicate columns: {', '.join(duplicates)}\nKeep one column of each name.")
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        raise DataError(f"{table.path}: holds no row\nExpected a header and one row per client.")
    return frame


def name_first_unnamed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Name the first column without a name, if there is one."""
    names = list(frame)
    if UNNAMED in names:
        names[names.index(UNNAMED)] = name
    return frame.set_axis(names, axis=1)


def _read(file: Path, texts: Collection[str], missing: Sequence[str]) -> pd.DataFrame:
    try:
        if is_parquet(file):
            return _read_parquet(file)
        return _read_csv(file, texts, list(missing))
    except UNREADABLE as error:
        raise _unreadable(file, error) from None


def _read_parquet(file: Path) -> pd.DataFrame:
    require_pyarrow(file)
    frame = pd.read_parquet(file)
    if not (isinstance(frame.index, pd.RangeIndex) and frame.index.name is None):
        frame = frame.reset_index(names=[frame.index.name or UNNAMED])
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _read_csv(file: Path, texts: Collection[str], missing: list[str]) -> pd.DataFrame:
    form = find_form(file)
    _log.info("%s: read as %s", file, form)
    if not form.header:
        raise ValueError("it is empty")
    # Columns are numbered while reading, since pandas would rename those without a name or with another's.
    letters: dict[Any, Any] = {i: str for i, name in enumerate(form.header) if name in texts}
    with open_unpacked(file) as source:
        frame = pd.read_csv(
            source,
            sep=form.separator,
            decimal=form.decimal,
            names=list(range(len(form.header))),
            header=0,
            dtype=letters,
            keep_default_na=False,
            na_values=missing,
            encoding=ENCODING,
            low_memory=False,
        )
    if not frame.index.equals(pd.RangeIndex(len(frame))):  # pandas took surplus cells for an index
        raise ValueError(f"rows have more cells than the header's {len(form.header)}")
    return frame.set_axis(list(form.header), axis=1)


def _unreadable(file: Path, error: Exception) -> DataError:
    return DataError(
        f"{file}: cannot be read ({error})\nExpected a whole Parquet file, or a CSV file in UTF-8 with a header."
    )
