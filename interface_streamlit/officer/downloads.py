"""Tables to download, in the form that a reader's spreadsheet opens: CSV, and Excel workbooks. No cell is a formula."""

import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import xlsxwriter

from officer.texts import Language

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SEPARATORS: dict[Language, tuple[str, str]] = {"fr": (";", ","), "en": (",", ".")}  # of cells, of decimals
_LITERAL = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_CREATED = datetime(1980, 1, 1, tzinfo=UTC)  # as of the files within the workbook
_WIDEST, _NARROWEST = 60, 8  # signs
_LONGEST = 32_767  # signs of a cell
_MOST_EXACT = 10**15  # from here on, a spreadsheet does not show all digits of a whole number
# A formula's first sign, also as wide as an ideogram, at the beginning of a text, or behind a sign that a spreadsheet
# with other settings takes for the end of a cell.
_FORMULA = re.compile("(^|[;\t\r\n|])(?=[ \t\u00a0]*[=+@\uff1d\uff0b\uff0d\uff20-]|[\t\r])")


@dataclass(frozen=True)
class Page:
    """A sheet of a workbook.

    Attributes
    ----------
    shares : columns with shares (0-1), shown in per cent.
    choices : by column, the texts that its cells may have.
    """

    name: str
    table: pd.DataFrame
    shares: Collection[str] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)


def defuse_formula(cell: Any) -> Any:
    """Keep a spreadsheet from running a text as a formula: an apostrophe makes it a text.

    >>> defuse_formula("=HYPERLINK(1)"), defuse_formula("a;=A1"), defuse_formula("Cash loans; -"), defuse_formula(-1.5)
    ("'=HYPERLINK(1)", "a;'=A1", "Cash loans;' -", -1.5)
    """
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell


def write_csv(table: pd.DataFrame, language: Language) -> bytes:
    """Write a table as spreadsheets of a language open it: in French with semicolons and a decimal comma."""
    separator, decimal = _SEPARATORS[language]
    defused = table.map(defuse_formula).rename(columns=defuse_formula)
    return defused.to_csv(index=False, sep=separator, decimal=decimal).encode("utf-8-sig")  # they need the mark


def write_workbook(*pages: Page) -> bytes:
    """Write an Excel workbook: numbers are numbers, texts are texts, the header stays visible.

    The same pages are the same bytes at any time. Streamlit names a file by its bytes, and removes it once a run offers
    another one: a browser that still asks for the former one, such as after a click, would get a 404.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _LITERAL) as book:
        book.set_properties({"created": _CREATED})
        header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        share = book.add_format({"num_format": "0.0%"})
        sheets = [book.add_worksheet(page.name) for page in pages]
        for sheet, page in zip(sheets, pages, strict=True):
            sheet.freeze_panes(1, 0)
            for j, name in enumerate(page.table):
                cells = page.table[name].tolist()
                form = share if name in page.shares else None
                sheet.set_column(j, j, _width(str(name), cells), form)
                sheet.write_string(0, j, str(name)[:_LONGEST], header)
                for i, cell in enumerate(cells, 1):
                    _write_cell(sheet, i, j, cell)
            if len(page.table):
                sheet.autofilter(0, 0, len(page.table), len(page.table.columns) - 1)
            _add_choices(book, sheet, page)
    return buffer.getvalue()


def _write_cell(sheet: Any, row: int, column: int, cell: Any) -> None:
    if cell is None or cell != cell or cell == "":  # NaN is the one value that differs from itself
        return
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) < _MOST_EXACT:
        sheet.write_number(row, column, cell)
    else:
        sheet.write_string(row, column, str(cell)[:_LONGEST])


def _width(name: str, cells: Sequence[Any]) -> int:
    longest = max([len(name) // 2, *(len(str(cell)) for cell in cells[:200] if not isinstance(cell, float))])
    return min(max(longest + 2, _NARROWEST), _WIDEST)


def _add_choices(book: Any, sheet: Any, page: Page) -> None:
    """Let cells be chosen from lists, which stand on a hidden sheet: a list in the cell itself may have 255 signs."""
    if not page.choices:
        return
    lists = book.add_worksheet("_")
    lists.hide()
    places = {str(name): j for j, name in enumerate(page.table)}
    for k, (name, texts) in enumerate(page.choices.items()):
        lists.write_column(0, k, texts)
        source = f"='_'!{xlsxwriter.utility.xl_range_abs(0, k, len(texts) - 1, k)}"
        options = {"validate": "list", "source": source, "error_type": "warning"}  # another text is possible
        sheet.data_validation(1, places[name], 10_000, places[name], options)
