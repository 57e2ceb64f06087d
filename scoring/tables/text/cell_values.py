"""Cells of a text file become values: numbers, flags or texts."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scoring.tables.text.cells import Column, Locate
from scoring.tables.text.number_texts import INFINITY, PERCENT, DecimalMark
from scoring.tables.text.table_errors import Note, TableError

_GROUPED: dict[DecimalMark, re.Pattern[str]] = {mark: re.compile(rf"[^0-9eE+\-−–{mark}]") for mark in (".", ",")}
_FLAGS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_MOST_WHOLE = 2**63


def read_values(column: Column, mark: DecimalMark, locate: Locate) -> "tuple[pd.Series[Any], str, list[Note]]":
    """Read a column's values.

    Returns
    -------
    Values: int64, float64 with NaN, flags, or texts (None for missing); among numbers, what is not a number stays a
    text. The unit: ``%``, a currency, or nothing. What was unusual.

    Raises
    ------
    TableError
        Numbers with and without a per cent sign, or in several currencies.
    """
    if column.parsed is not None:
        return column.parsed, "", []
    if column.numbers:
        unit = find_unit(column, locate)
        values = [None if text in column.missing else _value(text, column, mark) for text in column.texts]
        return _spread(values, column), unit, _note_numbers(column, mark, unit)
    known = {text for text in column.texts if text not in column.missing}
    flags = known <= _FLAGS.keys()
    read = [None if t in column.missing else _FLAGS[t] if flags else t for t in column.texts]
    return _spread(read, column), "", []


def _value(text: str, column: Column, mark: DecimalMark) -> Any:
    number = column.numbers.get(text)
    value = None if number is None else number.value(mark)
    return text if value is None else value


def _spread(values: Sequence[Any], column: Column) -> "pd.Series[Any]":
    """Give each row its value, in the narrowest type that holds all values exactly."""
    types = set(map(type, values)) - {type(None)}
    is_complete = len(types) > 0 and None not in values
    if types == {int} and is_complete and all(abs(value) < _MOST_WHOLE for value in values):
        made: Any = np.array(values, dtype=np.int64)
    elif types == {bool} and is_complete:
        made = np.array(values, dtype=bool)
    elif types <= {int, float} and all(abs(value) <= 2**53 for value in values if type(value) is int):
        made = np.array([np.nan if value is None else value for value in values], dtype=float)
    else:
        made = np.array([*values, None], dtype=object)[:-1]  # without None, numpy would make an array of characters
    return pd.Series(made, name=column.name).take(column.codes).reset_index(drop=True)


def find_unit(column: Column, locate: Locate) -> str:
    """Find the unit of a column's numbers; raises TableError as ``read_values``."""
    examples: dict[str, str] = {}
    for text, number in column.numbers.items():
        examples.setdefault(number.unit, text)
    units = [unit for unit in examples if unit]
    if not units:
        return ""
    code = "mixed_percent" if PERCENT in units and len(examples) > 1 else "two_currencies" if len(units) > 1 else ""
    if code:
        first, second = [examples[unit] for unit in (examples if code == "mixed_percent" else units)][:2]
        line, other_line = locate(column.row(first)), locate(column.row(second))
        raise TableError(code, column=column.name, first=first, line=line, second=second, other_line=other_line)
    return units[0]


def _note_numbers(column: Column, mark: DecimalMark, unit: str) -> list[Note]:
    """Describe what is left out of a column's numbers; a number with both a unit and groups is the only example."""
    numbers = column.numbers
    grouped = [text for text, one in numbers.items() if one.digits != INFINITY and _GROUPED[mark].search(one.digits)]
    of_unit = next((text for text in (*grouped, *numbers) if unit and numbers[text].unit), None)
    examples = {
        "note_grouped": None if of_unit in grouped else next(iter(grouped), None),
        "note_percent" if unit == PERCENT else "note_currency": of_unit,
        "note_brackets": next((text for text in numbers if text.startswith("(")), None),
    }
    notes = []
    for key, text in examples.items():
        if text is not None and (value := numbers[text].value(mark)) is not None:
            notes.append(Note(key, {"column": column.name, "first": text, "second": f"{value:.15g}", "unit": unit}))
    return notes
