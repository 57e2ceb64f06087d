"""Write sheets as an Excel workbook: numbers are numbers, no text is a formula, and the same sheets are the same bytes.

Workbooks are read with openpyxl, but it would write the present time into them; XlsxWriter takes the time to write.
"""

import io
import textwrap
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

Form = Literal["text", "count", "share", "number", "edge", "weight", "score", "points"]
Cell = str | float | int | None
_FORMATS: dict[Form, str] = {
    "text": "@",
    "count": "#,##0",
    "share": "0.0%",
    "number": "0.0000",
    "edge": "0.0000####",  # windows around codes are narrow
    "weight": "+0.0000;-0.0000;0.0000",
    "score": "0.0",
    "points": "0",
}
_SHOWN: dict[Form, int] = {
    "text": 6,
    "count": 9,
    "share": 8,
    "number": 10,
    "edge": 12,
    "weight": 10,
    "score": 8,
    "points": 8,
}  # widths, signs
_LITERAL = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_CREATED = datetime(1980, 1, 1, tzinfo=UTC)  # as of the files within the workbook
_TITLE = "Tables of a scoring model"  # marks a workbook as one that may be replaced
_WIDEST = 70  # signs
_LINE, _HIGHEST = 15.0, 409.0  # points: of a line, and what a row may have
_LONGEST = 32_767  # signs of a cell


@dataclass(frozen=True)
class Column:
    """A column: its header, and the form of its cells."""

    name: str
    form: Form = "text"


@dataclass(frozen=True)
class Sheet:
    """A sheet with a header; None is an empty cell. ``marked`` are rows to emphasise, counted from 0."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    marked: frozenset[int] = frozenset()


def write_workbook(sheets: Sequence[Sheet]) -> bytes:
    """Write a workbook; the header of each sheet stays visible, and is repeated on each printed page."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _LITERAL) as book:
        book.set_properties({"created": _CREATED, "title": _TITLE})
        header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8E8E8"})
        for sheet in sheets:
            _write_sheet(book, book.add_worksheet(sheet.name), sheet, header)
    return buffer.getvalue()


def is_own_workbook(path: Path) -> bool:
    """Whether ``write_workbook`` wrote a file, or it is empty, or is a device or a pipe."""
    if not path.is_file() or not path.stat().st_size:
        return True
    try:
        with zipfile.ZipFile(path) as book:
            return _TITLE.encode() in book.read("docProps/core.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


def _write_sheet(book: Any, page: Any, sheet: Sheet, header: Any) -> None:
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    looks = {bold: [_look(book, one.form, bold=bold) for one in sheet.columns] for bold in (False, True)}
    numbers = book.add_format({"num_format": "#,##0.####", "valign": "top", "align": "left"})  # among texts
    widths = [_width(column, [row[j] for row in sheet.rows]) for j, column in enumerate(sheet.columns)]
    for j, column in enumerate(sheet.columns):
        page.set_column(j, j, widths[j])
        page.write_string(0, j, column.name, header)
    page.set_row(0, _height([column.name for column in sheet.columns], widths))
    for i, row in enumerate(sheet.rows):
        page.set_row(i + 1, _height(row, widths))
        for j, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
            among_texts = column.form == "text" and not isinstance(cell, str)
            _write_cell(page, i + 1, j, cell, numbers if among_texts else looks[i in sheet.marked][j])
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.columns) - 1)


def _look(book: Any, form: Form, *, bold: bool) -> Any:
    wrapped = {"text_wrap": True, "quote_prefix": True} if form == "text" else {}
    return book.add_format({"num_format": _FORMATS[form], "valign": "top", "bold": bold, **wrapped})


def _write_cell(page: Any, row: int, column: int, cell: Cell, look: Any) -> None:
    if isinstance(cell, str):
        page.write_string(row, column, cell[:_LONGEST], look)
    elif cell is not None:
        page.write_number(row, column, cell, look)


def _height(cells: Sequence[Cell], widths: Sequence[int]) -> float:
    """Height of a row in points, with enough lines for its longest text: not every program finds it."""
    lines = [
        len(textwrap.wrap(one, wide + wide // 10))
        for one, wide in zip(cells, widths, strict=True)
        if isinstance(one, str)
    ]
    return min(_LINE * max([1, *lines]), _HIGHEST)


def _width(column: Column, cells: Sequence[Cell]) -> int:
    """Width of a column in signs: of its longest text, or of its numbers; long headers wrap."""
    words = max((len(word) for word in column.name.split()), default=0)
    longest = max((len(cell) for cell in cells if isinstance(cell, str)), default=0)
    return min(max(longest, words + 1, _SHOWN[column.form]) + 2, _WIDEST)
