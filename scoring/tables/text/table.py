"""A table as read, and the steps from a column's texts to its values, which are the same for every kind of file."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from scoring.tables.form.encoding import NAMES
from scoring.tables.form.layout import Layout
from scoring.tables.form.readings import BLANKS, NONE
from scoring.tables.text.cell_values import read_values
from scoring.tables.text.cells import (
    USUAL,
    Column,
    Locate,
    Markers,
    count_markers,
    make_column,
)
from scoring.tables.text.decimal_mark import IsPossible, find_decimal_mark
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table_errors import Note, TableError, begin_sentence, fill_in

_SHOWN = 5  # rows whose lines a message names
_SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", BLANKS: "blanks"}


@dataclass(frozen=True)
class Form:
    """How a text file is written."""

    encoding: str
    layout: Layout

    def describe(self, decimal: DecimalMark, language: str = "en") -> str:
        """Describe the form in words."""
        sign = self.layout.separator
        separator = fill_in(f"separator_{_SEPARATOR_NAMES.get(sign, 'other')}", language, {"sign": sign})
        mark = fill_in("decimal_point" if decimal == "." else "decimal_comma", language, {})
        values = {"encoding": NAMES[self.encoding], "separator": separator, "decimal": mark}
        return fill_in("read_one_column" if sign == NONE else "read_as", language, values)


@dataclass(frozen=True)
class SheetForm:
    """Which sheet of a workbook was read."""

    name: str

    def describe(self, decimal: DecimalMark, language: str = "en") -> str:
        """Describe the form in words."""
        del decimal  # only texts have one
        return fill_in("read_sheet", language, {"sheet": self.name})


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
    shows_decimal : whether one of its numbers would be another one, or none, with the other mark.
    """

    frame: pd.DataFrame
    form: Form | SheetForm | None = None
    notes: Sequence[Note] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    markers: Mapping[str, Mapping[float | str, int]] = field(default_factory=dict)
    lines: Callable[[], list[int]] = list
    decimal: DecimalMark = "."
    shows_decimal: bool = False

    @property
    def hint(self) -> str:
        """What may be wrong where a column is missing: other separators in a text file of one column, another sheet."""
        return (
            f"\n{begin_sentence(str(TableError('one_column')))}"
            if isinstance(self.form, Form) and len(self.frame.columns) < 2
            else self._other_sheets()
        )

    def describe_rows(self) -> str:
        """Say in which line a row begins where lines above it are left out or belong to one cell; else nothing."""
        lines = self.lines()
        before = [1, *(line - i for i, line in enumerate(lines, 1))]
        moved = [(i, line) for i, line in enumerate(lines, 1) if line - i != before[i - 1]]
        shown = ", ".join(f"row {row} is line {line}" for row, line in moved[:_SHOWN])
        return f"\nIn the file, {shown}{', ...' if moved[_SHOWN:] else ''}." if moved else ""

    def _other_sheets(self) -> str:
        return "".join(f"\n{begin_sentence(str(note))}." for note in self.notes if note.key == "note_sheets")

    def describe(self, language: str = "en") -> list[str]:
        """Describe how the file is written and what was unusual, one line each; without the markers."""
        form = [self.form.describe(self.decimal, language)] if self.form else []
        return [*form, *(note.describe(language) for note in self.notes)]


@dataclass(frozen=True)
class Expected:
    """What is known about a table before it is read.

    Attributes
    ----------
    texts : columns to read as texts, exactly as written, so that ``007`` does not become 7.
    numbers : columns to read as numbers, even if most of their texts are not numbers. If any are given, only they
        decide on the decimal mark.
    decimal : the decimal mark of the numbers; found from them by default.
    markers : texts that mean "missing".
    is_possible : whether a number may be a value of the column of that name.
    ids : columns whose numbers name clients: 1.23457E+11 is none, since a spreadsheet has left digits out.
    """

    texts: Collection[str] = ()
    numbers: Collection[str] = ()
    decimal: DecimalMark | None = None
    markers: Markers = USUAL
    is_possible: IsPossible | None = None
    ids: Collection[str] = ()

    def column(self, name: str, cells: NDArray[Any]) -> Column:
        """Find what the texts of a column are."""
        return make_column(
            name,
            cells,
            self.markers,
            is_text=name in self.texts,
            is_number=name in self.numbers,
            is_id=name in self.ids,
        )

    def read(self, columns: Sequence[Column], locate: Locate) -> Table:
        """Read the values of columns.

        Raises
        ------
        TableError
            Two decimal marks are possible, or a column has several units.
        """
        deciding = [column for column in columns if column.name in self.numbers] if self.numbers else columns
        mark, decided = find_decimal_mark(deciding, self.decimal, locate, self.is_possible)
        read = [read_values(column, mark, locate) for column in columns]
        frame = pd.DataFrame({i: values for i, (values, _, _) in enumerate(read)})
        return Table(
            frame.set_axis([column.name for column in columns], axis=1),
            notes=[*decided, *(note for _, _, notes in read for note in notes)],
            units={column.name: unit for column, (_, unit, _) in zip(columns, read, strict=True) if unit},
            markers={column.name: counts for column in columns if (counts := count_markers(column))},
            decimal=mark,
            shows_decimal=any(column.certain or column.unclear for column in deciding),
        )


def refuse_duplicates(names: Sequence[str]) -> None:
    """Raise TableError where two columns have the same name."""
    if duplicates := sorted({name for name in names if name and names.count(name) > 1}):
        raise TableError("duplicates", columns=duplicates)
