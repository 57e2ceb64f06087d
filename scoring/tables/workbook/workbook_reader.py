"""Read a text file or an Excel workbook: the cells of a workbook are read as those of a text file are."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from scoring.tables.files import Source
from scoring.tables.text.decimal_mark import IsPossible
from scoring.tables.text.number_texts import PERCENT, DecimalMark
from scoring.tables.text.table import SheetForm, Table
from scoring.tables.text.table_errors import Note, TableError
from scoring.tables.text.text_reader import read_text
from scoring.tables.workbook.package import is_workbook

if TYPE_CHECKING:
    from scoring.tables.workbook.sheet_lines import Sheet

_NAMED = 5  # sheets that are not read


def read_text_or_workbook(
    source: Source,
    texts: Collection[str] = (),
    decimal: DecimalMark | None = None,
    *,
    numbers: Collection[str] = (),
    published: bool = False,
    only: Collection[str] | None = None,
    percent: Collection[str] | None = None,
    is_possible: IsPossible | None = None,
    ids: Collection[str] = (),
    rename: Callable[[Sequence[str]], Sequence[str]] | None = None,
    wanted: Collection[str] = (),
    most_unpacked: int | None = None,
    most_rows: int | None = None,
    most_columns: int | None = None,
) -> Table:
    """Read a text file or a workbook; the content shows which of them it is.

    Parameters
    ----------
    texts, decimal, numbers, published, only, is_possible, ids, rename, most_columns : as in `read_text`.
    percent : columns whose unit is per cent: 0.05 that is shown as 5% is 5 there, and 0.05 in all others. By default,
        every column in a percent format has that unit, as in a text file.
    wanted : columns that the sheet is chosen by, beside those in `only`, or else in `texts` and `numbers`.
    most_unpacked, most_rows : of a workbook: bytes that it may unpack to, and rows with a value.

    Raises
    ------
    TableError
        The content is not a table, has two readings, or a cell of a workbook has no value that can be read.
    """
    if not is_workbook(source):
        return read_text(
            source,
            texts,
            decimal,
            numbers=numbers,
            published=published,
            only=only,
            most_columns=most_columns,
            is_possible=is_possible,
            ids=ids,
            rename=rename,
        )
    # openpyxl takes 0.2 s: it is imported for workbooks only.
    from scoring.tables.workbook.sheet_lines import SEPARATOR, Bounds
    from scoring.tables.workbook.sheets import read_sheet

    known = {*wanted, *((*texts, *numbers) if only is None else only)} - {""}

    def count_names(cells: Sequence[str]) -> int:
        try:
            named = rename(cells) if rename else cells
        except TableError:  # it is refused where the header is read
            named = cells
        return len(known.intersection(named)) or int(named is cells and rename is not None)

    bounds = Bounds(most_unpacked, most_rows, most_columns)
    sheet = read_sheet(source, bounds, count_names if known else None)
    header: list[str] = []

    def name_columns(names: Sequence[str]) -> Sequence[str]:
        header[:] = rename(names) if rename else names
        return header

    table = read_text(
        sheet.content,
        texts,
        decimal,
        numbers=numbers,
        published=published,
        only=only,
        separator=SEPARATOR,
        is_possible=is_possible,
        ids=ids,
        rename=name_columns,
    )
    columns = {i: name for i, name in enumerate(header, 1) if name and (only is None or name in only)}
    _refuse_cells(sheet, columns, table.lines)
    frame = table.frame.apply(_restore_fractions, fractions=sheet.fractions) if sheet.fractions else table.frame
    table = replace(table, frame=frame, form=SheetForm(sheet.name), notes=[*_note_sheet(sheet), *table.notes])
    return _with_units(table, sheet, columns, texts, percent)


def _refuse_cells(sheet: "Sheet", columns: dict[int, str], lines: Callable[[], list[int]]) -> None:
    """Raise TableError where cells of the table have an error, or a formula without a value."""
    if not (sheet.errors or sheet.without_value):
        return
    rows = set(lines())
    for code, places in (("workbook_error", [*sheet.errors]), ("workbook_formula", sheet.without_value)):
        found = [(row, column) for row, column in places if row in rows and column in columns]
        if found:
            row, column = found[0]
            cell = sheet.errors.get((row, column), "")
            raise TableError(code, line=row, column=columns[column], cell=cell, count=len(found))


def _restore_fractions(column: "pd.Series[Any]", fractions: dict[str, str]) -> "pd.Series[Any]":
    """Write the numbers of a column of texts as they are usually written."""
    if column.dtype.kind not in "OU":
        return column
    return column.map(lambda cell: fractions.get(cell, cell) if isinstance(cell, str) else cell)


def _note_sheet(sheet: "Sheet") -> list[Note]:
    others = {"sheet": sheet.name, "count": len(sheet.others), "sheets": sheet.others[:_NAMED]}
    notes = [Note("note_sheets", others)] if sheet.others else []
    return [*notes, Note("note_hidden", {"count": sheet.hidden})] if sheet.hidden else notes


def _with_units(
    table: Table, sheet: "Sheet", columns: dict[int, str], texts: Collection[str], percent: Collection[str] | None
) -> Table:
    """Read the numbers of columns that are shown with per cent signs, and refuse several currencies."""
    frame, units, notes = table.frame, dict(table.units), [*table.notes]
    for i, name in columns.items():
        shown = sheet.units.get(i, {})
        is_percent = PERCENT in shown and (percent is None or name in percent)
        currencies = [unit for unit in shown if unit not in {"", PERCENT}]
        if (is_percent and len(shown) > 1) or len(currencies) > 1:
            code = "mixed_percent" if is_percent else "two_currencies"
            pair = [PERCENT, *(unit for unit in shown if unit != PERCENT)] if is_percent else currencies
            (line, first), (other_line, second) = (shown[unit] for unit in pair[:2])
            raise TableError(code, column=name, first=first, line=line, second=second, other_line=other_line)
        if PERCENT not in shown or name in texts:
            continue
        text = shown[PERCENT][1]
        value = Decimal(text.rstrip(PERCENT)) / (1 if is_percent else 100)
        notes.append(Note("note_percent_format", {"column": name, "first": text, "second": f"{value:.15g}"}))
        if is_percent:
            frame = frame.assign(**{name: frame[name].map(_times_hundred)})
            units[name] = PERCENT
    return replace(table, frame=frame, units=units, notes=notes)


def _times_hundred(value: Any) -> Any:
    """Multiply a number by 100 as people read its digits, without a rounding error; return any other value unchanged.

    >>> _times_hundred(0.07), 0.07 * 100
    (7.0, 7.000000000000001)
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(Decimal(repr(float(value))).scaleb(2)) if is_number else value
