"""A sheet of an Excel workbook as lines of text: each row of the sheet becomes the line of that number."""

import csv
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from scoring.tables.text.table_errors import TableError
from scoring.tables.workbook.opened import ROW, ROWS, Opened, SheetPart, join_text

SEPARATOR = "\t"
_NOT_AVAILABLE = "#N/A"  # what a formula says where a value is missing
_BETWEEN = re.compile(r"[\x00-\x1f\x85\u2028\u2029]+")  # characters that end a line or a cell, and other invisible ones
_AROUND = 100  # rows that may be titles, the header or totals
_WIDEST, _LONGEST = 16_384, 1_048_576  # columns and rows that a sheet can have
TRIED = 20  # rows that may be the header
CountNames = Callable[[Sequence[str]], int]
Place = tuple[int, int]  # row and column, from 1


@dataclass
class Sheet:
    """A sheet as text.

    Attributes
    ----------
    name : of the sheet.
    content : in UTF-8, one line for each row, cells separated by tabs.
    others : names of the sheets that are not read.
    hidden : number of rows with a value that the workbook hides.
    units : for each column, the units that its numbers are shown with (``""`` for none); for each unit the place and
        the text of an example.
    without_value : cells with a formula whose value is not stored.
    errors : texts of the cells with an error, other than ``#N/A``.
    fractions : how the numbers in ``content`` are usually written.
    """

    name: str
    content: bytes = b""
    others: Sequence[str] = ()
    hidden: int = 0
    units: Mapping[int, dict[str, tuple[int, str]]] = field(default_factory=lambda: defaultdict(dict))
    without_value: list[Place] = field(default_factory=list)
    errors: dict[Place, str] = field(default_factory=dict)
    fractions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bounds:
    """How much a workbook may have: bytes of all parts, rows with a value, columns; None for any number."""

    unpacked: int | None = None
    rows: int | None = None
    columns: int | None = None


class SheetLines(WorkSheetParser):  # type: ignore[misc]
    """The rows of a sheet that have a value, as lines of text.

    Parameters
    ----------
    first : read as many rows with a value only; all by default.

    Attributes
    ----------
    names : number of wanted column names in the row that looks most like a header.
    """

    def __init__(
        self,
        workbook: Opened,
        sheet: SheetPart,
        bounds: Bounds,
        count_names: CountNames | None = None,
        first: int | None = None,
    ) -> None:
        book = workbook.wb
        super().__init__(
            None,
            workbook.shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self.sheet = Sheet(sheet.name)
        self.names = self._below = 0
        self._is_widest = False
        self._count_names = count_names
        self._units = workbook.units
        self._lines: list[str] = []  # up to the last row with a value
        self._widths: list[int] = []
        self._count = self._wide = self._widest = 0
        self._writer = csv.writer(self, delimiter=SEPARATOR, lineterminator="")
        for element in workbook.elements(sheet.path, ROWS, ROW):
            row, cells = self.parse_row(element)
            workbook.filled += sum(cell["value"] is not None for cell in cells)
            self._add(row, cells, bounds)
            if self._count == first:
                break

    @property
    def rank(self) -> tuple[int, bool, bool, bool]:
        """How much the sheet looks like the table.

        Wanted names; rows below them; no row above that is as wide, as in a list of the columns; two rows of two cells.
        """
        has_names = self.names > 0
        return self.names, has_names and self._below > 0, has_names and self._is_widest, self._wide > 1

    def write(self, line: str) -> None:
        """Take a line from the writer of cells."""
        self._lines.append(line)

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """Parse a cell; what has no value remains None."""
        cell: dict[str, Any] = super().parse_cell(element)
        value, kind = cell["value"], cell["data_type"]
        if element.get("t") == "inlineStr":
            cell["value"] = "".join(join_text(child) for child in element)
        elif kind in {"d", "e"} and element.get("t", "n") == "n":
            number = float(element.findtext(VALUE_TAG))
            if kind == "e" or number < 0:  # a number in a date format that is not a valid date
                cell["value"], cell["data_type"] = number, "n"
        elif value is None and element.find(FORMULA_TAG) is not None and kind != "str":
            self.sheet.without_value.append((cell["row"], cell["column"]))
        return cell

    def _add(self, row: int, cells: Sequence[dict[str, Any]], bounds: Bounds) -> None:
        dimensions = self.row_dimensions.pop(str(row), {})
        texts: list[str] = []
        for cell in cells:
            column = cell["column"]
            text = "" if cell["value"] is None else self._write(row, column, cell)
            if text.strip():
                if column > _WIDEST:
                    raise TableError("damaged")
                texts += [""] * (column - len(texts))
                texts[column - 1] = text
        if not texts:
            return
        if row <= len(self._lines) or row > _LONGEST:
            raise TableError("damaged")
        self._count += 1
        self._wide += len(texts) > 1
        names = self._count_names(texts) if self._count_names and self._count <= TRIED else 0
        if names > self.names:
            self.names, self._below, self._is_widest = names, 0, len(texts) > self._widest
        else:
            self._below += 1
        self._widest = max(self._widest, len(texts))
        self.sheet.hidden += dimensions.get("hidden") in {"1", "true"}
        if self._has_too_many(bounds):  # it is refused, once all rows are counted
            self._lines, self._widths = [], []
            return
        self._lines += [""] * (row - 1 - len(self._lines))
        self._widths += [0] * (row - 1 - len(self._widths))
        self._writer.writerow(texts)
        self._widths.append(len(texts))

    def _write(self, row: int, column: int, cell: Mapping[str, Any]) -> str:
        """Write a value as a text file has it."""
        value, kind = cell["value"], cell["data_type"]
        if kind == "e" and value != _NOT_AVAILABLE:
            self.sheet.errors[row, column] = value
        if isinstance(value, str):
            return _BETWEEN.sub(" ", value)
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, int | float):
            unit = self._units[cell["style_id"]]
            shown = self.sheet.units[column]
            if unit not in shown:
                shown[unit] = (row, _show(value, unit))
            return self._write_number(value)
        if isinstance(value, dt.datetime) and value.time() == dt.time():
            value = value.date()
        return str(value)

    def _write_number(self, value: float) -> str:
        """Write a number without a decimal mark, so that it does not decide on that of numbers that are texts."""
        if value == int(value):
            return str(int(value))
        usual = repr(value)
        digits, _, exponent = usual.partition("e")
        whole, _, decimals = digits.partition(".")
        text = f"{whole}{decimals}e{int(exponent or 0) - len(decimals)}"
        self.sheet.fractions[text] = usual
        return text

    def _has_too_many(self, bounds: Bounds) -> bool:
        return bounds.rows is not None and self._count > bounds.rows + _AROUND

    def finish(self, bounds: Bounds) -> Sheet:
        """Return the sheet; raises TableError where it has too many rows or columns."""
        if self._has_too_many(bounds):
            # One is the header.
            raise TableError("too_many_rows", rows=self._count - 1, most=bounds.rows)
        if bounds.columns is not None and self._widest > bounds.columns:
            raise TableError("too_many_columns", columns=self._widest, most=bounds.columns)
        filled = zip(self._lines, self._widths, strict=True)
        lines = [line + SEPARATOR * (self._widest - width) if width else "" for line, width in filled]
        self.sheet.content = "\n".join(lines).encode()
        return self.sheet


def _show(value: float, unit: str) -> str:
    return f"{100 * value:.15g}%" if unit == "%" else f"{value:.15g}{unit and ' '}{unit}"
