"""Read a table into a frame: the only place that decides how a file's content becomes cells.

The form of a text file is found once, from the whole file: its encoding in `encoding`, the separator and the header in
`layout`, the decimal mark in `cells`. What can mean two things is refused; `TableError` names the place and the remedy.
"""

import codecs
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.tables.files import (
    UNREADABLE,
    Source,
    TableFiles,
    is_parquet,
    open_unpacked,
    require_ending,
    require_pyarrow,
)
from scoring.tables.text.cells import (
    NUMERIC,
    ONLY_EMPTY,
    USUAL,
    Column,
    Note,
    count_markers,
    find_decimal_mark,
    make_column,
    read_values,
)
from scoring.tables.text.encoding import NAMES, UTF_8, find_encoding
from scoring.tables.text.footers import FOOTERS, is_footer
from scoring.tables.text.layout import BLANKS, Layout, find_layout, is_number, read_records
from scoring.tables.text.lines import Lines, open_text
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.plain_numbers import count_marked, read_cells, to_plain
from scoring.tables.text.table_errors import TableError, begin_sentence, fill_in

UNNAMED = ""
_HEAD = 1 << 20  # characters from which the layout is found
_TRIED = 200  # rows that show whether a column has numbers
_TRIED_CELLS = 50_000  # of a wide table, fewer rows do
_SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", BLANKS: "blanks"}


@dataclass(frozen=True)
class Form:
    """How a text file is written; ``is_shown`` where a number of the file shows its decimal mark."""

    encoding: str
    layout: Layout
    decimal: DecimalMark
    is_shown: bool = True

    def describe(self, language: str = "en") -> str:
        """Describe the form in words."""
        separator = fill_in(f"separator_{_SEPARATOR_NAMES.get(self.layout.separator, 'other')}", language, {})
        decimal = fill_in("decimal_point" if self.decimal == "." else "decimal_comma", language, {})
        encoding = NAMES[self.encoding]
        return fill_in("read_as", language, {"encoding": encoding, "separator": separator, "decimal": decimal})


@dataclass(frozen=True)
class Table:
    """A table as read.

    Attributes
    ----------
    frame : one row per row of the file; a column without a name has the name ``""``.
    form : how the first file is written; None for Parquet.
    notes : what was unusual.
    units : ``%`` or a currency, by column, where the numbers have one.
    markers : by column, texts that were read as missing, and in how many cells.
    lines : finds the line of the file that each row begins in, from 1; none for Parquet.
    decimal : the decimal mark of its numbers that are texts.
    """

    frame: pd.DataFrame
    form: Form | None = None
    notes: Sequence[Note] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    markers: Mapping[str, Mapping[float | str, int]] = field(default_factory=dict)
    lines: Callable[[], list[int]] = list
    decimal: DecimalMark = "."

    @property
    def hint(self) -> str:
        """What may be wrong where a column is missing: a text file of one column has other separators."""
        return f"\n{begin_sentence(str(TableError('one_column')))}" if self.form and len(self.frame.columns) < 2 else ""

    def describe(self, language: str = "en") -> list[str]:
        """Describe how the file is written and what was unusual, one line each; without the markers."""
        form = [self.form.describe(language)] if self.form else []
        return [*form, *(fill_in(note.key, language, note.values) for note in self.notes)]


def read_table(
    table: TableFiles,
    texts: Collection[str] = (),
    decimal: DecimalMark | None = None,
    *,
    numbers: Collection[str] = (),
    published: bool = False,
) -> Table:
    """Read a table: one file, or part files one after the other.

    Parameters
    ----------
    texts : columns to read to the letter, so that ``007`` does not become 7; of Parquet, only columns of texts matter.
    decimal : the decimal mark of numbers that are texts; found from them by default.
    numbers : columns of numbers, even if most of their texts are none.
    published : the table was written for the service: an empty cell is missing and nothing else, and the first line is
        the header whatever it contains.

    Raises
    ------
    DataError
        The file cannot be read or has two readings, has duplicate columns or no row, or part files have different
        columns.
    """
    parts = [_read(file, texts, decimal, numbers, published) for file in table.files]
    names = list(parts[0].frame)
    for file, part in zip(table.files, parts, strict=True):
        if list(part.frame) != names:
            raise DataError(f"{file}: its columns are not those of {table.files[0].name}\nExpected the same columns.")
    if not parts[1:]:
        return parts[0]
    if len({part.form.decimal for part in parts if part.form and part.form.is_shown}) > 1 or _differ(parts):
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


def _read(
    file: Path, texts: Collection[str], decimal: DecimalMark | None, numbers: Collection[str], published: bool
) -> Table:
    try:
        if is_parquet(file):
            frame = _read_parquet(file)
            _refuse_duplicates([str(name) for name in frame])
            table = Table(frame) if published else _read_stored_texts(frame, texts, decimal, numbers)
        else:
            table = read_text(file, texts, decimal, numbers=numbers, published=published)
        if table.frame.empty:
            raise TableError("no_rows")
    except TableError as error:
        raise DataError(f"{file}: {error}") from None
    except UNREADABLE:
        raise DataError(f"{file}: {TableError('damaged')}") from None
    return table


def _read_parquet(file: Path) -> pd.DataFrame:
    require_ending(file)
    require_pyarrow(file)
    frame = pd.read_parquet(file)
    if not (isinstance(frame.index, pd.RangeIndex) and frame.index.name is None):
        names = [UNNAMED if name is None else name for name in frame.index.names]
        frame = frame.reset_index(names=names, allow_duplicates=True)
    return frame.set_axis([_name(name) for name in frame.columns], axis=1)


def _read_stored_texts(
    frame: pd.DataFrame, texts: Collection[str], decimal: DecimalMark | None, numbers: Collection[str]
) -> Table:
    """Read the texts of a table as those of a text file are read; other values are values already."""
    columns: dict[str, Column] = {}
    for name, column in frame.items():
        if (cells := _find_texts(column)) is not None:
            is_text = name in texts or isinstance(column.dtype, pd.CategoricalDtype)
            columns[str(name)] = make_column(str(name), cells, USUAL, is_text=is_text, is_number=name in numbers)

    def locate(row: int) -> int:
        return row + 1

    deciding = [column for name, column in columns.items() if name in numbers] if numbers else [*columns.values()]
    mark = find_decimal_mark(deciding, decimal, locate)
    read = {name: read_values(column, mark, locate) for name, column in columns.items()}
    values = {
        name: one.astype("category") if isinstance(frame[name].dtype, pd.CategoricalDtype) else one
        for name, (one, _, _) in read.items()
    }
    return Table(
        frame.assign(**values),
        notes=[note for _, _, found in read.values() for note in found],
        units={name: unit for name, (_, unit, _) in read.items() if unit},
        markers={name: counts for name, column in columns.items() if (counts := count_markers(column))},
        decimal=mark,
    )


def _find_texts(column: "pd.Series[Any]") -> NDArray[Any] | None:
    """Return a column's cells where all that are not missing are texts, missing ones as empty texts; None elsewhere."""
    if column.dtype.kind not in "OU" or column.name == UNNAMED:
        return None
    cells = column.astype(object)
    known = cells.dropna()
    is_texts = len(known) > 0 and all(isinstance(cell, str) for cell in known)
    return cells.where(cells.notna(), "").to_numpy() if is_texts else None


def _name(label: object) -> str:
    return " ".join(map(str, label)).strip() if isinstance(label, tuple) else str(label)


def _refuse_duplicates(names: Sequence[str]) -> None:
    if duplicates := sorted({name for name in names if name != UNNAMED and names.count(name) > 1}):
        raise TableError("duplicates", columns=duplicates)


def read_text(
    source: Source,
    texts: Collection[str] = (),
    decimal: DecimalMark | None = None,
    *,
    numbers: Collection[str] = (),
    published: bool = False,
    only: Collection[str] | None = None,
    most_columns: int | None = None,
) -> Table:
    """Read a text file with separated cells.

    Parameters
    ----------
    texts, decimal, numbers, published : as of `read_table`.
    only : columns that are wanted; all others stay texts.
    most_columns : refuse a file with more; this bounds the work.

    Raises
    ------
    TableError
        The content is no table, or has two readings.
    """
    encoding = find_encoding(source)
    with open_text(source, encoding) as text:
        head = text.read(_HEAD)
        is_whole = not text.read(1)
    layout = find_layout(head, is_whole=is_whole, published=published)
    if most_columns is not None and len(layout.header) > most_columns:
        raise TableError("too_many_columns", columns=len(layout.header), most=most_columns)
    _refuse_duplicates(layout.header)
    lines = Lines(source, encoding, layout)
    width = lines.widest()
    markers = ONLY_EMPTY if published else USUAL

    def make(i: int, cells: pd.DataFrame) -> Column:
        name = layout.header[i]
        is_text = name in texts or (only is not None and name not in only)
        return make_column(name, cells[i].to_numpy(), markers, is_text=is_text, is_number=name in numbers)

    is_known = published and decimal == "."  # that all numbers are plain
    tried = min(_TRIED, max(20, _TRIED_CELLS // width))
    first = lines.split(width, rows=0 if is_known else tried)
    is_all = 0 < len(first) < tried
    shown = [] if is_all else [make(i, first) for i in range(len(layout.header))]
    numeric = {
        i: is_known or "." in one.certain or (decimal == "." and bool(one.numbers))
        for i, one in enumerate(shown)
        if one.may_be_plain
    }
    cells = first if is_all else read_cells(lines, width, numeric, markers.everywhere)
    notes = [Note("note_titles", {"count": layout.titles})] if layout.titles else []
    notes += [Note("note_rulers", {"lines": list(layout.rulers)})] if layout.rulers else []
    notes += [Note("note_surplus")] if width > len(layout.header) else []
    if not published:
        left_out, found = _find_left_out(cells, len(layout.header), lines)
        cells, notes = cells.drop(index=left_out), notes + found
    rows = cells.index
    plain = [i for i, _ in enumerate(shown) if cells[i].dtype != object]
    marked = {} if published else count_marked(lines, width, cells[plain])
    columns = [
        shown[i].with_values(first.index.isin(rows), to_plain(cells[i]), marked.get(i, {}))
        if i in plain
        else make(i, cells)
        for i in range(len(layout.header))
    ]
    del cells
    if not published:  # lines of a spreadsheet end with separators, those of a database client begin with them, too
        columns = [column for column in columns if column.name != UNNAMED or not column.is_empty]

    def locate(row: int) -> int:
        return lines.find(int(rows[row]))

    deciding = [column for column in columns if column.name in numbers] if numbers else columns
    mark = find_decimal_mark(deciding, decimal, locate)
    read = [read_values(column, mark, locate) for column in columns]
    frame = pd.DataFrame(dict(enumerate(values for values, _, _ in read)), index=range(len(rows)))
    return Table(
        frame.set_axis([column.name for column in columns], axis=1),
        Form(encoding, layout, mark, is_shown=any(column.certain for column in deciding)),
        [*notes, *(note for _, _, found in read for note in found)],
        {column.name: unit for column, (_, unit, _) in zip(columns, read, strict=True) if unit},
        {column.name: counts for column in columns if (counts := count_markers(column))},
        lambda: lines.find_all(rows),
        mark,
    )


def read_head(file: Path, rows: int = 200) -> tuple[list[str], list[list[str]]]:
    """Read the names and the first rows of a CSV file that DuckDB and Spark read.

    Raises
    ------
    DataError
        The file is not UTF-8 with cells separated by commas and the header in its first line.
    """
    try:
        with open_unpacked(file) as content:
            head = content.read(_HEAD)
            is_whole = not content.read(1)
        text = codecs.getincrementaldecoder(UTF_8)().decode(head, final=is_whole)
        layout = find_layout(text, is_whole=is_whole)
    except TableError as error:
        raise DataError(f"{file}: {error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{file}: {TableError('engine_form')}") from None
    except UNREADABLE:
        raise DataError(f"{file}: {TableError('damaged')}") from None
    if (layout.separator != "," and len(layout.header) > 1) or layout.titles:
        raise DataError(f"{file}: {TableError('engine_form')}")
    records = (cells for cells in read_records(io.StringIO(text, newline=""), ",") if cells)
    return list(layout.header), list(islice(records, 1, rows + 1))


def _find_left_out(cells: pd.DataFrame, width: int, lines: Lines) -> tuple[list[int], list[Note]]:
    """Find rows without any value, and totals and remarks at the end."""
    first = cells[0].iloc[:-FOOTERS].head(_TRIED)
    are_numbers = sum(is_number(str(cell)) for cell in first) > NUMERIC * len(first)
    width = width if are_numbers else 0  # a remark among texts may be a client
    last = {int(row): ["" if pd.isna(cell) else str(cell) for cell in cells.loc[row]] for row in cells.index[-FOOTERS:]}
    may_be_blank = cells.index.to_numpy()
    for name in cells:
        if not len(may_be_blank):
            break
        column = cells[name].iloc[may_be_blank]
        may_be_blank = may_be_blank[column.str.strip() == "" if column.dtype == object else column.isna()]
    # The texts decide: a cell without a number may have a marker.
    texts = lines.find_texts([*may_be_blank, *(row for row, shown in last.items() if is_footer(shown, width))])
    left_out, notes = [], []
    for row in reversed(last):
        if not is_footer(texts.get(row, last[row]), width):
            break
        left_out.append(row)
        if cell := next((cell for cell in texts[row] if cell.strip()), ""):
            notes.append(Note("note_footer", {"line": lines.find(row), "cell": cell}))
    blank = [row for row, found in texts.items() if row not in left_out and not any(map(str.strip, found))]
    if blank:
        notes.append(Note("note_blank_rows", {"count": len(blank)}))
    return [*left_out, *blank], notes
