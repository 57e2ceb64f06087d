"""Values of raw applications, column by column, and the errors of each row."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import shorten
from scoring.model.calibration import Bools
from scoring.model.schema import LARGEST, Identity, InputSchema, SchemaField
from scoring.tables.columns import as_numbers, as_texts, not_numbers
from scoring.tables.key_columns import read_outcomes
from scoring.tables.missing_markers import mark_missing

_NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")

Errors = dict[int, list[str]]  # by row, from 0
Markers = Mapping[float | str, int]  # in how many cells


def read_identities(column: "pd.Series[Any]", identity: Identity, *, once: bool) -> tuple[NDArray[Any], Errors]:
    """Read the identities, shape (n,); the errors are of those that are missing, malformed or duplicate.

    Parameters
    ----------
    once : whether a client who occurs in an earlier row is an error.

    Returns
    -------
    Texts, or whole numbers where all are well-formed and stored as such; None where one is missing.
    """
    if not once and are_whole_ids(column, identity):
        return column.to_numpy(dtype=np.int64), {}
    ids = as_texts(column).to_numpy()
    form = identity.pattern()
    errors: Errors = {}
    first: dict[str, int] = {}
    for i, text in enumerate(ids):
        if text is None:
            errors[i] = [f"{identity.name}: missing, expected {identity.expected()}"]
        elif not form.fullmatch(text):
            errors[i] = [f"{identity.name}: received {show_value(text)}, expected {identity.expected()}"]
        elif once and first.setdefault(text, i) != i:
            row = first[text] + 1
            errors[i] = [f"{identity.name}: received {text}, a duplicate of row {row}, expected each once"]
    return ids, errors


def are_whole_ids(column: "pd.Series[Any]", identity: Identity) -> bool:
    """Tell whether all ids are stored as whole numbers, and well-formed.

    >>> are_whole_ids(pd.Series([100042, 100043]), Identity(name="id", digits=6))
    True
    >>> are_whole_ids(pd.Series([100042, 7]), Identity(name="id", digits=6))
    False
    """
    if identity.kind == "text" or not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "iu":
        return False
    low, high = identity.bounds()
    return not len(column) or bool(low <= column.min() and column.max() <= high)


def are_sound(values: NDArray[Any], field: SchemaField) -> bool:
    """Tell whether numbers are valid values of a field, and none of them is a missing-value marker.

    Parameters
    ----------
    values : integers, or floats with NaN where missing, shape (n,).

    Returns
    -------
    False also where this cannot be told without a look at each cell.

    >>> from scoring.model.schema import Text
    >>> age = SchemaField(name="age", type="integer", minimum=18, maximum=100, label=Text(en="Age", fr="Âge"))
    >>> [are_sound(np.array(cells), age) for cells in ([40.0, np.nan], [40.5], [17.0], [np.nan])]
    [True, False, False, True]
    >>> are_sound(np.array([40.0], dtype=np.float16), age.model_copy(update={"maximum": None}))
    True
    """
    if not len(values) or any(isinstance(marker, str) for marker in field.missing):
        return False
    values = values.astype(np.float32) if values.dtype == np.float16 else values  # which does not hold the bounds
    least, most = np.fmin.reduce(values), np.fmax.reduce(values)  # NaN where all are missing
    if np.isnan(least):
        return not field.required
    low, high = field.bounds
    if not (low <= least and most <= high) or (field.exclusive and least == low):
        return False
    if any(least <= marker <= most and (values == marker).any() for marker in field.missing):
        return False
    if values.dtype.kind != "f" or (not field.required and field.type != "integer"):
        return True
    missing = np.count_nonzero(np.isnan(values))
    if field.required and missing:
        return False
    return field.type != "integer" or bool(np.count_nonzero(np.floor(values) != values) == missing)


def read_values(column: "pd.Series[Any]", field: SchemaField, errors: Errors) -> tuple[NDArray[Any], Markers]:
    """Values of one field as ``plan.model_ready`` takes them, and its markers; notes the errors of each row."""
    if field.type != "category" and isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        values = column.to_numpy()
        if are_sound(values, field):  # so are most columns: to look at each cell would take twenty times as long
            return values.astype(np.float64), {}
    stored = column
    column, markers = mark_missing(column, field.missing)
    if field.type == "category":
        _note(errors, column.isna().to_numpy() & field.required, field, stored, "a text")
        return as_texts(column).to_numpy(), markers
    numbers = as_numbers(column)
    values = numbers.to_numpy()
    flags = _find_flags(stored) & (field.unit != "flag")
    wrong = not_numbers(column, numbers) | np.isinf(values) | flags
    if field.type == "integer":
        with np.errstate(invalid="ignore"):
            wrong |= ~np.isnan(values) & ~wrong & (np.floor(values) != values)  # faster than % 1
    _note(errors, wrong, field, stored, "a whole number" if field.type == "integer" else "a finite number")
    outside = ~wrong & _outside(values, field)
    beyond = outside & (np.abs(values) > LARGEST)
    _note(errors, outside & ~beyond, field, stored, _range(field))
    _note(errors, beyond, field, stored, _range(field.with_bounds()))
    _note(errors, np.isnan(values) & ~wrong & field.required, field, stored, "a number")
    return np.where(wrong, np.nan, values), markers


def read_known_outcomes(column: "pd.Series[Any]", schema: InputSchema, errors: Errors) -> NDArray[np.float64]:
    """Read the outcomes, shape (n,): 0, 1, or NaN where it is not known; notes the errors of each row."""
    read, expected = read_outcomes(column, schema)
    outcome: NDArray[np.float64] = read.to_numpy()
    for i in np.flatnonzero(column.notna().to_numpy() & np.isnan(outcome)).tolist():
        errors.setdefault(i, []).append(f"{column.name}: received {show_value(column.iloc[i])}, expected {expected}")
    return outcome


def _outside(numbers: NDArray[np.float64], field: SchemaField) -> Bools:
    low, high = field.bounds  # as in the service
    outside: Bools = (numbers < low) | (numbers > high) | (field.exclusive & (numbers == low))
    return outside


def _range(field: SchemaField) -> str:
    low, high = field.minimum, field.maximum
    if low is None:
        return f"{-LARGEST:g} to {LARGEST:g}" if high is None else f"at most {high:.15g}"
    if high is None:
        return f"{'above' if field.exclusive else 'at least'} {low:.15g}"
    return f"{'above ' if field.exclusive else ''}{low:.15g} to {high:.15g}"


def _find_flags(column: "pd.Series[Any]") -> Bools:
    """Tell which cells are true or false rather than numbers, shape (n,)."""
    if column.dtype.kind in "iuf":
        return np.zeros(len(column), dtype=bool)
    return np.array([isinstance(value, bool | np.bool_) for value in column.astype(object).to_numpy()], dtype=bool)


def _note(errors: Errors, bad: Bools, field: SchemaField, stored: "pd.Series[Any]", expected: str) -> None:
    for i in np.flatnonzero(bad).tolist():
        value = stored.iloc[i]
        what = "missing" if pd.isna(value) else f"received {show_value(value)}"
        errors.setdefault(i, []).append(f"{field.name}: {what}, expected {expected}")


def show_value(value: object) -> str:
    """Write a value that was received as a message shows it: short, texts in quotation marks."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = repr(value) if isinstance(value, str) and not _NUMBER.fullmatch(value) else str(value)
    return shorten(text)
