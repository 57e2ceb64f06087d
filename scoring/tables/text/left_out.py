"""Rows of a text file that are left out: blank ones, repeated headers, and totals and remarks at the end."""

from collections.abc import Sequence
from math import isclose
from typing import Any

import pandas as pd

from scoring.tables.form.readings import is_number
from scoring.tables.text.cells import NUMERIC, Note
from scoring.tables.text.lines import FOOTERS, Lines, is_footer
from scoring.tables.text.number_texts import DecimalMark, parse_number

_MARKS: tuple[DecimalMark, ...] = (".", ",")
_TRIED = 200  # rows that show whether the first column has numbers


def find_left_out(cells: pd.DataFrame, header: Sequence[str], lines: Lines) -> tuple[list[int], list[Note]]:
    """Find rows without any value, rows that repeat the header, and totals and remarks at the end.

    Parameters
    ----------
    header : the names as they are in the file.
    """
    width = len(header)
    first = cells[0].iloc[:-FOOTERS].head(_TRIED)
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
    if not left_out and lines.is_last and (total := _find_total(cells)) is not None:
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
        rows = rows[[" ".join(str(cell).replace("\ufeff", "").split()) == name for cell in cells[i].loc[rows]]]
        if not len(rows):
            break
    return [int(row) for row in rows] if len(names) > 1 else []


def _find_total(cells: pd.DataFrame) -> int | None:
    """Find a last row without a label: its first cell is empty, and all others are empty or the sums of their columns.

    Only a column of two rows or more has a sum that a client's value is not equal to by chance.
    """
    if len(cells) < 3:
        return None
    row, above = cells.iloc[-1], cells.iloc[:-1]
    filled = [i for i, cell in enumerate(row.tolist()) if _is_filled(cell)]
    if not filled or 0 in filled or not above[0].map(_is_filled).all():
        return None
    are_sums = any(all(_is_sum(row[i], above[i], mark) for i in filled) for mark in _MARKS)
    return int(cells.index[-1]) if are_sums else None


def _is_filled(cell: Any) -> bool:
    return not pd.isna(cell) and str(cell).strip() != ""


def _is_sum(cell: Any, above: "pd.Series[Any]", mark: DecimalMark) -> bool:
    numbers = [_read(one, mark) for one in above if _is_filled(one)]
    total = _read(cell, mark)
    known = [number for number in numbers if number is not None]
    if total is None or len(known) < max(2, len(numbers)) or not any(known):
        return False
    return isclose(total, sum(known), rel_tol=1e-9, abs_tol=0.005)


def _read(cell: Any, mark: DecimalMark) -> float | None:
    return parse_number(cell.strip(), mark) if isinstance(cell, str) else float(cell)
