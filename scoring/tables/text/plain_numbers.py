"""Columns of plain numbers: pandas parses them faster than one text after the other, and in less memory."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scoring.tables.text.lines import Lines

_MOST_EXACT = 2**53  # from here on, a float does not have all digits of a whole number


def read_cells(
    lines: Lines, width: int, numeric: Mapping[int, bool], missing: Collection[str]
) -> tuple[pd.DataFrame, list[int]]:
    """Read cells as numbers in columns of plain numbers, and as texts in all others.

    Parameters
    ----------
    width : cells of a line.
    numeric : columns that may be of plain numbers, and whether their decimal mark is known to be a point.
    missing : texts that mean "missing".

    Returns
    -------
    One column for each cell of a line, numbered from 0: of plain numbers (Int64 or Float64), or of texts (object); and
    the columns of plain numbers in which other cells than empty ones are missing.
    """
    parsed = lines.parse(width, [*numeric], [""], [i for i in range(width) if i not in numeric])
    cells = {i: parsed[i] for i in range(width) if i not in numeric or _is_plain(parsed[i], numeric[i])}
    others = [i for i in numeric if i not in cells]
    marked: list[int] = []
    if others and not {*missing} <= {""}:
        parsed = lines.parse(width, others, missing)
        marked = [i for i in others if _is_plain(parsed[i], numeric[i])]
        cells.update((i, parsed[i]) for i in marked)
    if texts := [i for i in others if i not in marked]:
        split = lines.split(width, texts)
        cells.update((i, split[i]) for i in texts)
    return pd.DataFrame({i: cells[i] for i in range(width)}), marked


def _is_plain(column: "pd.Series[Any]", has_point: bool) -> bool:
    is_whole = column.dtype == "Int64"
    if not is_whole and not (column.dtype == "Float64" and has_point):
        return False
    if (is_whole and not column.hasnans) or column.isna().all():
        return True
    return bool(column.min() > -_MOST_EXACT and column.max() < _MOST_EXACT)


def to_plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Give plain numbers the type int64, or float64 with NaN where some are missing."""
    is_whole = column.dtype == "Int64" and not column.hasnans
    return pd.Series(column.to_numpy(np.int64 if is_whole else np.float64, na_value=np.nan))


def count_marked(lines: Lines, width: int, cells: pd.DataFrame) -> Mapping[int, Mapping[float | str, int]]:
    """Count the missing-value markers, except empty cells, in columns of plain numbers; ``cells`` may lack rows."""
    missing = {i: cells.index[cells[i].isna()] for i in (int(str(name)) for name in cells)}
    counts = {i: Counter[float | str]() for i in missing}
    for part in lines.split_in_parts(width, list(counts)) if counts else ():
        for i, counter in counts.items():
            counter.update(text for text in part[i].loc[part.index.intersection(missing[i])] if text)
    return counts
