"""The decimal mark of a file: all its numbers have the same one, which is found from all of them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from scoring.tables.text.cells import Column, Locate
from scoring.tables.text.number_texts import DecimalMark, parse_number
from scoring.tables.text.table_errors import Note, TableError

IsPossible = Callable[[str, float], bool]
_MARKS: tuple[DecimalMark, DecimalMark] = (".", ",")


def find_decimal_mark(
    columns: Sequence[Column], given: DecimalMark | None, locate: Locate, is_possible: IsPossible | None = None
) -> tuple[DecimalMark, list[Note]]:
    """Find the decimal mark that all numbers of a file have; tell which columns alone do not show it.

    Parameters
    ----------
    is_possible : whether a number may be a value of the column of that name.

    Raises
    ------
    TableError
        Both marks are found, or a number has two readings and the other numbers do not decide.
    """
    point, comma = (next((one for one in columns if mark in one.certain), None) for mark in _MARKS)
    if given:
        other = comma if given == "." else point
        if other:
            cell = other.certain["," if given == "." else "."]
            line = locate(other.row(cell))
            raise TableError("other_decimal_mark", line=line, column=other.name, cell=cell, mark=given)
        return given, []
    if point and comma:
        raise _find_two_marks(columns, point, comma, locate)
    unclear = [one for one in columns if one.unclear]
    if point or comma or not unclear:
        mark: DecimalMark = "," if comma else "."
        # Groups of three digits have a note of their own.
        as_decimals = [one for one in unclear if not one.certain and mark in (one.unclear or "")]
        return mark, [_note("note_decided_too", one, one.unclear, mark) for one in as_decimals]
    values = _Values.of(unclear, is_possible)
    decided = values.decide()
    if decided is None:
        column, cell = values.example
        first, second = _read_both(cell, ".")
        line = locate(column.row(cell))
        raise TableError("ambiguous_number", line=line, column=column.name, cell=cell, first=first, second=second)
    return decided, values.describe(unclear, decided)


def _find_two_marks(columns: Sequence[Column], point: Column, comma: Column, locate: Locate) -> TableError:
    cell, other_cell = point.certain["."], comma.certain[","]
    return TableError(
        "two_decimal_marks",
        line=locate(point.row(cell)),
        column=point.name,
        cell=cell,
        other_line=locate(comma.row(other_cell)),
        other_column=comma.name,
        other_cell=other_cell,
        points=_count_certain(columns, "."),
        commas=_count_certain(columns, ","),
    )


def _count_certain(columns: Sequence[Column], mark: DecimalMark) -> list[str]:
    """Name the columns with numbers that are valid with this decimal mark only, and count these cells."""
    counts = {column.name: column.count_certain(mark) for column in columns if mark in column.certain}
    # Of a long column whose numbers are all whole, such as 1.0, the cells as written are not kept.
    return [f"{name} ({count})" if count else name for name, count in counts.items()]


class _Values(NamedTuple):
    """The different numbers of each column that both decimal marks allow, by the marks with which they are possible.

    Attributes
    ----------
    only : those that are possible with one mark, by the mark.
    either : those that are possible with both. What is possible with none decides nothing.
    """

    only: dict[DecimalMark, list[tuple[Column, str]]]
    either: list[tuple[Column, str]]

    @classmethod
    def of(cls, columns: Sequence[Column], is_possible: IsPossible | None) -> "_Values":
        """Sort the numbers; by default, all are possible."""
        values = cls({mark: [] for mark in _MARKS}, [])
        for column in columns:
            for text, number in column.numbers.items():
                if number.is_ambiguous:
                    marks = [
                        mark
                        for mark in _MARKS
                        if is_possible is None or is_possible(column.name, number.value(mark) or 0)
                    ]
                    if marks:
                        (values.only[marks[0]] if len(marks) == 1 else values.either).append((column, text))
        return values

    def decide(self) -> DecimalMark | None:
        """Return the mark that at least half of the possible numbers need, if none of them needs the other mark.

        A single number may be an error, so it does not decide on many others.
        """
        points, commas = (len(self.only[mark]) for mark in _MARKS)
        if (points and commas) or len(self.either) > points + commas:
            return None
        return "," if commas else "."

    @property
    def example(self) -> tuple[Column, str]:
        """A number that may have both marks, or one that another contradicts."""
        return [*self.either, *self.only["."]][0]

    def describe(self, columns: Sequence[Column], mark: DecimalMark) -> list[Note]:
        """Tell for each column how a number is read, if possible one that decided."""
        deciding = {column.name: cell for column, cell in reversed(self.only[mark])}
        if not deciding:
            return []  # every number is an error of its row
        return [
            _note("note_decided" if one.name in deciding else "note_decided_too", one, deciding.get(one.name), mark)
            for one in columns
        ]


def _note(key: str, column: Column, cell: str | None, mark: DecimalMark) -> Note:
    cell = cell or column.unclear or ""
    first, second = _read_both(cell, mark)
    return Note(key, {"column": column.name, "cell": cell, "first": first, "second": second})


def _read_both(cell: str, mark: DecimalMark) -> tuple[str, str]:
    """Read a number with a decimal mark, and with the other one."""
    first, second = (f"{parse_number(cell, one):.15g}" for one in (mark, "," if mark == "." else "."))
    return first, second
