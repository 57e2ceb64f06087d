"""Read a text file with separated cells.

Its form is found once, from the whole file: the encoding in `encoding`, the separator and the header in `layout`, the
decimal mark in `decimal_mark`. What can mean two things is refused; `TableError` names the place and the remedy.
"""

import codecs
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pandas as pd

from scoring.errors import DataError
from scoring.tables.files import UNREADABLE, Source, open_unpacked
from scoring.tables.form.encoding import UTF_8, find_encoding
from scoring.tables.form.layout import Layout, find_layout
from scoring.tables.form.readings import read_records
from scoring.tables.text.cells import ONLY_EMPTY, USUAL, Column
from scoring.tables.text.decimal_mark import IsPossible
from scoring.tables.text.left_out import find_left_out
from scoring.tables.text.lines import Lines, open_text
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.plain_numbers import count_marked, read_cells, to_plain
from scoring.tables.text.table import Expected, Form, Table, refuse_duplicates
from scoring.tables.text.table_errors import Note, TableError, describe_unreadable

_HEAD = 1 << 20  # characters from which the layout is found
_TRIED = 200  # rows that show whether a column has numbers
_TRIED_CELLS = 50_000  # in a wide table, fewer rows are tried


def read_text(
    source: Source,
    texts: Collection[str] = (),
    decimal: DecimalMark | None = None,
    *,
    numbers: Collection[str] = (),
    published: bool = False,
    only: Collection[str] | None = None,
    most_columns: int | None = None,
    separator: str | None = None,
    is_possible: IsPossible | None = None,
    ids: Collection[str] = (),
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> Table:
    """Read a text file with separated cells.

    Parameters
    ----------
    texts, numbers, decimal, ids : as in `Expected`.
    published : the table was written for the service: an empty cell is missing and nothing else, and the first line is
        the header whatever it contains.
    only : columns that are wanted; all others stay texts.
    most_columns : refuse a file with more; this bounds the work.
    separator : the text is in UTF-8, with this sign between cells; both are found by default.
    rename : names the columns of a header.

    Raises
    ------
    TableError
        The content is not a table, or has two readings.
    """
    lines, given = find_lines(source, published=published, separator=separator, rename=rename)
    header = lines.layout.header
    if most_columns is not None and len(header) > most_columns:
        raise TableError("too_many_columns", columns=len(header), most=most_columns)
    refuse_duplicates(header)
    others = () if only is None else {*header} - {*only}
    expected = Expected({*texts, *others}, numbers, decimal, ONLY_EMPTY if published else USUAL, is_possible, ids)
    columns, rows, notes = read_columns(lines, expected, given)
    table = expected.read(columns, lambda row: lines.find(int(rows[row])))
    form = Form(lines.encoding, lines.layout)
    return replace(table, form=form, notes=[*notes, *table.notes], lines=lambda: lines.find_all(rows))


def find_lines(
    source: Source,
    *,
    published: bool = False,
    separator: str | None = None,
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
) -> tuple[Lines, Sequence[str] | None]:
    """Find the encoding of a text from all of it, and its layout; parameters and errors as of ``read_text``.

    Returns
    -------
    The lines; the header as it is in the file, None for a table that was written for the service.
    """
    try:
        encoding = UTF_8 if separator else find_encoding(source)
    except TableError as error:
        if published and error.code == "not_text_excel":  # such a table may not be a workbook
            raise TableError("not_csv", format="an Excel workbook or another archive") from None
        raise
    layout = _find_layout(source, encoding, separator, published=published)
    renamed = replace(layout, header=tuple(rename(layout.header))) if rename else layout
    return Lines(source, encoding, renamed), None if published else layout.header


def _find_layout(source: Source, encoding: str, separator: str | None, *, published: bool) -> Layout:
    with open_text(source, encoding) as text:
        head = text.read(_HEAD)
        is_whole = not text.read(1)
    return find_layout(head, is_whole=is_whole, published=published, separator=separator)


def read_columns(
    lines: Lines, expected: Expected, given: Sequence[str] | None
) -> tuple[list[Column], "pd.Index[int]", list[Note]]:
    """Read the columns of a text. Columns whose first rows are plain numbers are parsed by pandas, which is faster.

    Parameters
    ----------
    given : the header as it is in the file; None for a table that was written for the service.

    Returns
    -------
    The columns; which rows of the text they have; what was unusual.
    """
    header = lines.layout.header
    width = lines.widest()
    published = given is None
    are_plain = published and expected.decimal == "."  # all numbers
    tried = min(_TRIED, max(20, _TRIED_CELLS // width))
    first = lines.split(width, rows=0 if are_plain else tried)
    is_all = 0 < len(first) < tried
    shown = [] if is_all else [expected.column(name, first[i].to_numpy()) for i, name in enumerate(header)]
    numeric = {
        i: (are_plain or "." in one.certain or (expected.decimal == "." and bool(one.numbers)))
        and one.name not in expected.ids
        for i, one in enumerate(shown)
        if one.may_be_plain
    }
    cells, with_markers = (first, []) if is_all else read_cells(lines, width, numeric, expected.markers.everywhere)
    notes = _note_lines(lines.layout, width)
    if given is not None:
        left_out, found = find_left_out(cells, given, lines)
        cells, notes = cells.drop(index=left_out), notes + found
    plain = [i for i, _ in enumerate(shown) if cells[i].dtype != object]
    marked = count_marked(lines, width, cells[with_markers])
    is_kept = first.index.isin(cells.index)
    columns = [
        shown[i].with_values(is_kept, to_plain(cells[i]), marked.get(i, {}))
        if i in plain
        else expected.column(name, cells[i].to_numpy())
        for i, name in enumerate(header)
    ]
    if (
        not published
    ):  # empty columns: spreadsheets write separators at the end of a line, database programs also at its beginning
        columns = [column for column in columns if column.name or not column.is_empty]
    return columns, cells.index, notes


def _note_lines(layout: Layout, width: int) -> list[Note]:
    notes = {
        "note_titles": {"count": layout.titles} if layout.titles else None,
        "note_rulers": {"lines": list(layout.rulers)} if layout.rulers else None,
        "note_surplus": {} if width > len(layout.header) else None,
    }
    return [Note(key, values) for key, values in notes.items() if values is not None]


def read_head(file: Path) -> tuple[list[str], list[list[str]]]:
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
    except UNREADABLE as error:
        raise DataError(f"{file}: {describe_unreadable(error)}") from None
    if (layout.separator != "," and len(layout.header) > 1) or layout.titles:
        raise DataError(f"{file}: {TableError('engine_form')}")
    records = (cells for cells in read_records(io.StringIO(text, newline=""), ",") if cells)
    return list(layout.header), list(islice(records, 1, _TRIED + 1))
