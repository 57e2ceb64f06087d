"""What the pieces of a large file share: one decimal mark, and one unit in each column, found from the whole file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.tables.text.cell_values import find_unit
from scoring.tables.text.cells import Column, Locate
from scoring.tables.text.decimal_mark import find_decimal_mark
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table import Expected, Table
from scoring.tables.text.table_errors import Note


class Piece(Protocol):
    """Some rows of a file."""

    def read_columns(self, expected: Expected) -> tuple[list[Column], NDArray[Any], Sequence[Note]]:
        """Return its columns of texts, the place in the file of each of their rows, from 0, and what was left out."""

    def finish(self, read: Table) -> Table:
        """Add to these columns, as read, whatever else the piece has."""


def read_pieces(open_pieces: Callable[[], Iterator[Piece]], expected: Expected, locate: Locate) -> Iterator[Table]:
    """Read a file piece by piece, as it is read as a whole.

    Parameters
    ----------
    open_pieces : begins with the first one again. A piece whose numbers can have two meanings is kept waiting until
        others that decide have been looked through.
    locate : the line of the file that a row, from 0, begins in.

    Raises
    ------
    TableError
        Where the whole file would be refused: two decimal marks, or several units in a column.
    """
    form = _SharedForm(open_pieces, expected, locate)
    for piece in open_pieces():
        columns, rows, notes = piece.read_columns(form.expected)
        form.add(columns, rows)
        mark, units = form.find_decimal_mark(), form.find_units()
        read = replace(expected, decimal=mark).read(columns, _located(locate, rows))
        yield piece.finish(replace(read, units=units, notes=[*notes, *read.notes]))


def _located(locate: Locate, rows: NDArray[Any]) -> Locate:
    return lambda row: locate(int(rows[row]))


class _SeenColumn(Column):
    """A column as the pieces so far show it: the numbers that decide what others mean, and the rows they stand in.

    Numbers with two readings are kept only while they may decide. There are at most some million different ones, since
    they have one to three digits on one side of the mark and three on the other.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, np.empty(0, np.intp), [], frozenset())
        self._rows: dict[str, int] = {}
        self._counts: dict[tuple[DecimalMark, int], int] = {}

    def add(self, column: Column, rows: NDArray[Any], *, may_decide: bool) -> None:
        units = {number.unit for number in self.numbers.values()}
        certain = {text for mark, text in column.certain.items() if mark not in self.certain}
        new = {}
        for text, number in column.numbers.items():
            if (may_decide and number.is_ambiguous) or number.unit not in units or text in certain:
                units.add(number.unit)
                new[text] = number
        if new:
            places = dict(zip(*np.unique(column.codes, return_index=True), strict=True))
            for i, text in enumerate(column.texts):
                if text in new and text not in self._rows and i in places:
                    self.numbers[text], self._rows[text] = new[text], int(rows[places[i]])
        for mark, text in column.certain.items():
            if text in self._rows:
                self.certain.setdefault(mark, text)
            self._counts[mark, int(rows[0])] = column.count_certain(mark)
        self.unclear = self.unclear or column.unclear

    def keep_examples(self) -> None:
        """Forget the numbers that decide nothing any more: one of each unit and one of each decimal mark stay."""
        kept = {
            *{number.unit: text for text, number in reversed(self.numbers.items())}.values(),
            *self.certain.values(),
        }
        self.numbers = {text: number for text, number in self.numbers.items() if text in kept}
        self._rows = {text: self._rows[text] for text in self.numbers}

    def row(self, text: str) -> int:
        return self._rows[text]

    def count_certain(self, mark: DecimalMark) -> int:
        return sum(count for (counted, _), count in self._counts.items() if counted == mark)


class _SharedForm:
    """The form of a file as far as it has been looked through.

    Attributes
    ----------
    expected : as given, with the decimal mark once a number shows it: further pieces are then read faster.
    """

    def __init__(self, open_pieces: Callable[[], Iterator[Piece]], expected: Expected, locate: Locate) -> None:
        self.expected = expected
        self._open_pieces, self._locate = open_pieces, locate
        self._mark = expected.decimal  # as given, or decided by the values of the whole file
        self._columns: dict[str, _SeenColumn] = {}

    def add(self, columns: Sequence[Column], rows: NDArray[Any]) -> None:
        """Take note of a piece; more than once makes no difference."""
        is_open = self._mark is None and not self._shown()
        for column in columns if len(rows) else ():
            if column.numbers:
                seen = self._columns.setdefault(column.name, _SeenColumn(column.name))
                seen.add(column, rows, may_decide=is_open and self._decides(column.name))

    def find_decimal_mark(self) -> DecimalMark:
        """Find the decimal mark of the file; looks through the rest of it where the pieces so far do not show it."""
        is_open = self._mark is None and not self._shown() and any(one.unclear for one in self._deciding())
        if is_open:
            self._look_through(lambda: bool(self._shown()))
        is_decided = is_open and not self._shown()  # by the values
        if self._mark is None and len(self._shown()) > 1:
            self._look_through(lambda: False)  # the message counts the numbers of the whole file
        mark, _ = find_decimal_mark(self._deciding(), self._mark, self._locate, self.expected.is_possible)
        if is_decided:
            self._mark = mark
        if is_decided or self._shown():
            self.expected = replace(self.expected, decimal=mark)
        if self.expected.decimal:
            for column in self._columns.values():
                column.keep_examples()
        return mark

    def find_units(self) -> dict[str, str]:
        """Find the units of the columns that have one, in the pieces so far."""
        found = {name: find_unit(column, self._locate) for name, column in self._columns.items()}
        return {name: unit for name, unit in found.items() if unit}

    def _deciding(self) -> list[_SeenColumn]:
        return [column for name, column in self._columns.items() if self._decides(name)]

    def _decides(self, name: str) -> bool:
        return not self.expected.numbers or name in self.expected.numbers

    def _shown(self) -> set[DecimalMark]:
        """Return the marks that numbers need which are valid with one only."""
        return {mark for column in self._deciding() for mark in column.certain}

    def _look_through(self, is_enough: Callable[[], bool]) -> None:
        for piece in self._open_pieces():
            self.add(*piece.read_columns(self.expected)[:2])
            if is_enough():
                return
