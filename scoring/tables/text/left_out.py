"""Rows of a text file that are left out: blank ones, repeated headers, and totals and remarks at the end."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

import pandas as pd

from scoring.tables.form.readings import is_number
from scoring.tables.text.cells import NUMERIC, USUAL, clean_name
from scoring.tables.text.lines import FOOTERS, Lines, is_footer
from scoring.tables.text.number_texts import DecimalMark, parse_number
from scoring.tables.text.table_errors import Note

_MARKS: tuple[DecimalMark, ...] = (".", ",")
_TRIED = 200  # rows that show whether the first column has numbers


def find_left_out(cells: pd.DataFrame, header: Sequence[str], lines: Lines) -> tuple[list[int], list[Note]]:
    """Find rows without any value, rows that repeat the header, and totals and remarks at the end.

    Parameters
    ----------
    header : the names as they are in the file.
    """
    width = len(header)
    begin = lines.file.split(width, [0], _TRIED + FOOTERS) if lines.is_last and lines.file else cells
    first = begin[0].iloc[:-FOOTERS].head(_TRIED)
    are_numbers = sum(is_number(str(cell)) for cell in first) > NUMERIC * len(first)
    width = width if are_numbers else 0  # in a column of texts, a remark could be a client's ID
    ends: Sequence[Any] = cells.index[-FOOTERS:].tolist() if lines.is_last else []
    last = {int(row): ["" if pd.isna(cell) else str(cell) for cell in cells.loc[row]] for row in ends}
    may_be_blank = cells.index.to_numpy()
    for name in cells:
        if not len(may_be_blank):
            break
        column = cells[name].iloc[may_be_blank]
        may_be_blank = may_be_blank[column.str.strip() == "" if column.dtype == object else column.isna()]
    # The original texts decide: a cell that is not a number may hold a missing-value marker.
    texts = lines.find_texts([*may_be_blank, *(row for row, shown in last.items() if is_footer(shown, width))])
    left_out, notes = [], []
    for row in reversed(last):
        if not is_footer(texts.get(row, last[row]), width):
            break
        left_out.append(row)
        if cell := next((cell for cell in texts[row] if cell.strip()), ""):
            notes.append(Note("note_footer", {"line": lines.find(row), "cell": cell}))
    if not left_out and lines.is_last and (total := _find_total(cells, lines)) is not None:
        left_out.append(total)
        notes.append(Note("note_total", {"line": lines.find(total)}))
    repeated = [row for row in _find_repeated(cells, header) if row not in left_out]
    if repeated:
        left_out += repeated
        notes.append(Note("note_repeated_header", {"lines": lines.find_all(repeated)}))
    blank = [row for row, found in texts.items() if row not in left_out and not any(map(str.strip, found))]
    if blank:
        notes.append(Note("note_blank_rows", {"count": len(blank)}))
    return [*left_out, *blank], notes


def _find_repeated(cells: pd.DataFrame, header: Sequence[str]) -> list[int]:
    """Find the rows whose cells are the names of the columns, as where several files were put together."""
    names = {i: name for i, name in enumerate(header) if name}
    rows = cells.index
    for i, name in names.items():
        if cells[i].dtype != object:  # plain numbers
            return []
        rows = rows[[clean_name(str(cell)) == name for cell in cells[i].loc[rows]]]
        if not len(rows):
            break
    return [int(row) for row in rows] if len(names) > 1 else []


def _find_total(cells: pd.DataFrame, lines: Lines) -> int | None:
    """Find a last row without a label: its first cell is empty, and all others are empty or the sums of their columns.

    Only a column of two rows or more has a sum that a client's value is not equal to by chance. The rows above a piece
    of a file are read again, where its last row may be such a total.
    """
    if len(cells) < 3:
        return None
    row = cells.iloc[-1]
    filled = [i for i, cell in enumerate(row.tolist()) if _is_filled(cell)]
    if not filled or 0 in filled:
        return None
    sums = {mark: {i: _Sum() for i in filled} for mark in _MARKS}
    for above in _without_last(lines.file.split_in_parts(len(cells.columns), [0, *filled]) if lines.file else [cells]):
        if not above[0].map(_is_filled).all():
            return None
        for mark, columns in sums.items():
            for i, one in columns.items():
                one.add(above[i], mark)
    are_sums = any(all(one.is_equal(row[i], mark) for i, one in columns.items()) for mark, columns in sums.items())
    return int(cells.index[-1]) if are_sums else None


def _without_last(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Leave out the last row of the last part."""
    held = None
    for part in parts:
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held.iloc[:-1]


def _is_filled(cell: Any) -> bool:
    return not pd.isna(cell) and str(cell).strip() not in USUAL.everywhere


@dataclass
class _Sum:
    """The sum of the numbers of a column, with one decimal mark; ``has_others`` tells of cells that are not numbers."""

    total: float = 0
    count: int = 0
    has_values: bool = False
    has_others: bool = False

    def add(self, cells: "pd.Series[Any]", mark: DecimalMark) -> None:
        numbers = [_read(cell, mark) for cell in cells if _is_filled(cell)]
        known = [number for number in numbers if number is not None]
        self.total, self.count = self.total + sum(known), self.count + len(known)
        self.has_values, self.has_others = self.has_values or any(known), self.has_others or len(known) < len(numbers)

    def is_equal(self, cell: Any, mark: DecimalMark) -> bool:
        number = _read(cell, mark)
        if number is None or self.count < 2 or not self.has_values or self.has_others:
            return False
        return isclose(number, self.total, rel_tol=1e-9, abs_tol=0.005)


def _read(cell: Any, mark: DecimalMark) -> float | None:
    return parse_number(cell.strip(), mark) if isinstance(cell, str) else float(cell)
