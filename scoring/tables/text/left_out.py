"""Rows of a text file that are left out: blank ones, and totals and remarks at the end."""

import pandas as pd

from scoring.tables.text.cells import NUMERIC, Note
from scoring.tables.text.footers import FOOTERS, is_footer
from scoring.tables.text.layout import is_number
from scoring.tables.text.lines import Lines

_TRIED = 200  # rows that show whether the first column has numbers


def find_left_out(cells: pd.DataFrame, width: int, lines: Lines) -> tuple[list[int], list[Note]]:
    """Find rows without any value, and totals and remarks at the end."""
    first = cells[0].iloc[:-FOOTERS].head(_TRIED)
    are_numbers = sum(is_number(str(cell)) for cell in first) > NUMERIC * len(first)
    width = width if are_numbers else 0  # in a column of texts, a remark could be a client's ID
    last = {int(row): ["" if pd.isna(cell) else str(cell) for cell in cells.loc[row]] for row in cells.index[-FOOTERS:]}
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
    blank = [row for row, found in texts.items() if row not in left_out and not any(map(str.strip, found))]
    if blank:
        notes.append(Note("note_blank_rows", {"count": len(blank)}))
    return [*left_out, *blank], notes
