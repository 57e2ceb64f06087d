"""Read a table into a frame: one file or several, text, Excel workbook or Parquet, for all commands and the service.

What a text file's cells mean is decided in `text`: `text_reader` reads a file, `table` has what comes out.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.tables.files import UNREADABLE, TableFiles, is_parquet, require_ending, require_pyarrow
from scoring.tables.text.cells import Column, clean_name
from scoring.tables.text.decimal_mark import IsPossible
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table import Expected, Table, refuse_duplicates
from scoring.tables.text.table_errors import Note, TableError, describe_unreadable
from scoring.tables.workbook.workbook_reader import read_text_or_workbook

UNNAMED = ""
_INDEX = re.compile(r"|Unnamed: \d+(\.\d+)*")  # names of columns without a name, as written and as read by pandas


def read_table(
    table: TableFiles,
    texts: Collection[str] = (),
    decimal: DecimalMark | None = None,
    *,
    numbers: Collection[str] = (),
    percent: Collection[str] | None = None,
    published: bool = False,
    is_possible: IsPossible | None = None,
    ids: Collection[str] = (),
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
    wanted: Collection[str] = (),
) -> Table:
    """Read a table: one file, or part files one after the other.

    Parameters
    ----------
    texts : columns to read as texts, exactly as written, so that ``007`` does not become 7; of Parquet, only columns of
        texts matter.
    decimal : the decimal mark of numbers that are texts; found from them by default.
    numbers : columns to read as numbers, even if most of their texts are not numbers.
    percent, wanted : as in `read_text_or_workbook`.
    is_possible, ids, rename : as of `read_text`.
    published : the table was written for the service: an empty cell is missing and nothing else, and the first line is
        the header whatever it contains.

    Raises
    ------
    DataError
        The file cannot be read or has two readings, has duplicate columns or no row, or part files have different
        columns.
    """
    expected = Expected(texts, numbers, decimal, is_possible=is_possible, ids=ids)
    parts = [_read(file, expected, percent, published, rename, wanted) for file in table.files]
    names = list(parts[0].frame)
    for file, part in zip(table.files, parts, strict=True):
        if list(part.frame) != names:
            raise DataError(f"{file}: its columns are not those of {table.files[0].name}\nExpected the same columns.")
    if not parts[1:]:
        return parts[0]
    if len({part.decimal for part in parts if part.shows_decimal}) > 1 or _differ(parts):
        raise DataError(f"{table.path}: {TableError('parts')}")
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    units = {name: unit for part in parts for name, unit in part.units.items()}
    markers: dict[str, Counter[float | str]] = defaultdict(Counter)
    for part in parts:
        for name, counts in part.markers.items():
            markers[name].update(counts)
    notes = [note for part in parts for note in part.notes]
    return Table(frame, parts[0].form, notes, units, markers, decimal=parts[0].decimal)


def _differ(parts: Sequence[Table]) -> bool:
    """Whether a column has units in some part files only."""
    with_units = {name for part in parts for name in part.units}
    return any(part.units.get(name) != parts[0].units.get(name) for name in with_units for part in parts)


def name_first_unnamed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Name the first column without a name, if there is one."""
    names = list(frame)
    if UNNAMED in names:
        names[names.index(UNNAMED)] = name
    return frame.set_axis(names, axis=1)


def is_unnamed(name: str) -> bool:
    """Whether a column has no name, as pandas writes or reads it."""
    return _INDEX.fullmatch(name) is not None


def clean_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the names of columns as those of a text file are read."""
    return frame.set_axis([clean_name(str(name)) for name in frame], axis=1)


def _read(
    file: Path,
    expected: Expected,
    percent: Collection[str] | None,
    published: bool,
    rename: Callable[[Sequence[str]], Sequence[str]] | None,
    wanted: Collection[str],
) -> Table:
    try:
        if is_parquet(file):
            frame = _read_parquet(file)
            frame = frame if published else clean_names(frame)
            frame = frame.set_axis([*rename([*map(str, frame)])], axis=1) if rename else frame
            refuse_duplicates([str(name) for name in frame])
            table = Table(frame) if published else _read_stored(frame, expected)
        else:
            table = read_text_or_workbook(
                file,
                expected.texts,
                expected.decimal,
                numbers=expected.numbers,
                percent=percent,
                published=published,
                is_possible=expected.is_possible,
                ids=expected.ids,
                rename=rename,
                wanted=wanted,
            )
        if table.frame.empty:
            raise TableError("no_rows")
    except TableError as error:
        error.counts_rows = is_parquet(file)
        raise DataError(f"{file}: {error}") from None
    except UNREADABLE as error:
        raise DataError(f"{file}: {describe_unreadable(error)}") from None
    return table


def _read_parquet(file: Path) -> pd.DataFrame:
    require_ending(file)
    require_pyarrow(file)
    import pyarrow.parquet as pq

    refuse_duplicates(pq.read_schema(file).names)  # pandas would say that the file is damaged
    return name_columns(pd.read_parquet(file))


def name_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns of the index that pandas wrote into a Parquet file, unless it is row numbers; names become texts."""
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        frame = frame.reset_index(drop=True)  # rows taken out of a longer table keep their numbers
    else:
        names = [UNNAMED if name is None else name for name in frame.index.names]
        frame = frame.reset_index(names=names, allow_duplicates=True)
    return frame.set_axis([_name(name) for name in frame.columns], axis=1)


@dataclass(frozen=True)
class StoredRows:
    """Rows of Parquet: columns of texts are read like the cells of a text file, all others stay as they are.

    See ``Piece``.

    Attributes
    ----------
    first : number of the file's rows before them.
    """

    frame: pd.DataFrame
    first: int = 0

    def read_columns(self, expected: Expected) -> tuple[list[Column], NDArray[Any], Sequence[Note]]:
        """Return the columns of texts, and the place in the file of each row, from 0; no row is left out."""
        cells = {str(name): found for name, column in self.frame.items() if (found := _find_texts(column)) is not None}
        own = replace(expected, texts={*expected.texts, *self._categories})
        return [own.column(name, texts) for name, texts in cells.items()], np.arange(len(self.frame)) + self.first, ()

    @property
    def _categories(self) -> list[str]:
        return [str(name) for name, kind in self.frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)]

    def finish(self, read: Table) -> Table:
        """Add the other columns."""
        own = read.frame.astype({name: "category" for name in self._categories if name in read.frame})
        return replace(read, frame=self.frame.assign(**{str(name): column for name, column in own.items()}))


def _read_stored(frame: pd.DataFrame, expected: Expected) -> Table:
    rows = StoredRows(frame)
    columns, _, _ = rows.read_columns(expected)
    return rows.finish(expected.read(columns, lambda row: row + 1))


def _find_texts(column: "pd.Series[Any]") -> NDArray[Any] | None:
    """Return the cells of a column of texts, missing ones as empty texts; None if a cell holds anything else."""
    if column.dtype.kind not in "OU" or column.name == UNNAMED:
        return None
    cells = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    known = cells.notna()
    is_texts = bool(known.any()) and pd.api.types.infer_dtype(cells[known], skipna=False) == "string"
    return cells.to_numpy(dtype=object, na_value="") if is_texts else None


def _name(label: object) -> str:
    return " ".join(map(str, label)).strip() if isinstance(label, tuple) else str(label)
