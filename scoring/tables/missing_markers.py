"""Numbers and texts that a lender writes for "missing": they become missing where a table is read, once.

Several codes in one column of numbers may mean different things. A category then tells them apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scoring.model.schema import NO_CODE, SchemaField, Text
from scoring.tables.columns import Typed, as_numbers, as_texts, text_of

CODE = " (code)"  # ends the name of a category that tells the codes of a number apart
_FEWEST = 20  # cells of a code, or without a value, that count as a kind of missing value


def mark_missing(
    column: "pd.Series[Any]", markers: Sequence[float | str]
) -> tuple["pd.Series[Any]", Mapping[float | str, int]]:
    """Turn missing-value markers into missing values, in a column of any kind.

    Parameters
    ----------
    markers : a number means all ways to write it; a text must be written exactly like the marker.

    Returns
    -------
    The column, and for each marker that occurred the number of its cells.

    >>> column, counts = mark_missing(pd.Series(["-9.0", "12", "Unknown", None]), [-9.0, "Unknown", "?"])
    >>> column.isna().tolist(), dict(counts)
    ([True, False, True, True], {-9.0: 1, 'Unknown': 1})
    """
    texts = as_texts(column) if any(isinstance(marker, str) for marker in markers) else None
    numbers = as_numbers(column) if any(not isinstance(marker, str) for marker in markers) else None
    counts: dict[float | str, int] = {}
    absent = np.zeros(len(column), dtype=bool)
    for marker in markers:
        here = np.asarray((texts if isinstance(marker, str) else numbers) == marker)
        if here.any():
            counts[marker] = int(np.count_nonzero(here))
            absent = absent | here
    return (column.mask(absent) if absent.any() else column), counts


def find_codes(column: "pd.Series[Any]", markers: Sequence[float | str]) -> "pd.Series[Any]":
    """Return the numbers among the markers that a column has, as texts; ``number`` for any other, None for no number.

    >>> find_codes(pd.Series(["-9.0", "12", "Unknown"]), [-9.0, "Unknown"]).tolist()
    ['-9', 'number', None]
    """
    numbers = as_numbers(column)
    found = pd.Series([None] * len(column), index=column.index, dtype=object)
    found[numbers.notna()] = NO_CODE
    for marker in (one for one in markers if not isinstance(one, str)):
        found[numbers == marker] = text_of(marker)
    return found


def without_markers(column: "pd.Series[Any]", field: SchemaField) -> "pd.Series[Any]":
    """Turn a field's missing-value markers into missing values, in a column whose values have the field's type.

    >>> from scoring.model.schema import Text
    >>> field = SchemaField(name="days", type="integer", missing=(365243.0,), label=Text(en="Days", fr="Jours"))
    >>> without_markers(pd.Series([365243, -7]), field).tolist()
    [nan, -7.0]
    """
    if not field.missing:
        return column
    return column.mask(column.isin(list(field.missing)), None if field.type == "category" else np.nan)


def have_meanings(found: Typed, counts: Mapping[float | str, int]) -> bool:
    """Tell whether there are several kinds of missing values in a column of numbers, among them a code."""
    if found.type == "category":
        return False
    codes = [count for marker, count in counts.items() if not isinstance(marker, str)]
    others = int(found.values.isna().sum()) - sum(codes)
    return bool(codes) and sum(count >= _FEWEST for count in (*codes, others)) > 1


def make_code_field(name: str, of: SchemaField) -> SchemaField:
    """Make the category of the codes of a field of numbers."""
    label = Text(en=f"{of.label.en}{CODE}", fr=f"{of.label.fr}{CODE}")
    texts = {NO_CODE: Text(en="a number", fr="un nombre")}
    return SchemaField(
        name=name,
        type="category",
        codes_of=of.name,
        label=label,
        texts=texts,
        tier=of.tier,
        justification=of.justification,
    )
