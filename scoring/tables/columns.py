"""What a lender's column holds: numbers, flags, texts, or nothing to learn from."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.schema import MOST_DIGITS, FieldType, Identity, SchemaField

_NUMERIC = 0.9  # a text column with a larger share of numbers is a numeric one with errors
_FEW = 50  # a text column with at most so many different values is a category, however short the table
_SHOWN = 5  # rows that a message names
_NONE = "None"  # an answer among texts, missing among numbers
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))([ T].*)?", re.ASCII)
_WHOLE = re.compile(rf"(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})(\.0+)?", re.ASCII)
OUTCOMES = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
_NESTED = (list, dict, tuple, np.ndarray, bytes)
_MOMENTS = (datetime.date, datetime.time, datetime.timedelta)


@dataclass(frozen=True)
class Typed:
    """A column to use: float64 with NaN, or texts with None for a category."""

    type: FieldType
    values: "pd.Series[Any]"
    unit: str | None = None


@dataclass(frozen=True)
class Unusable:
    """A column without usable values, and why."""

    why: str
    is_error: bool = False  # the values are wrong; otherwise there is nothing to learn from them


def read_column(column: "pd.Series[Any]", wanted: FieldType | None = None) -> Typed | Unusable:
    """Read one column as the type that is wanted, else as the type that it looks like."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        wanted = wanted or "category"
        column = column.astype(object)
    if _all_are(column, _NESTED):
        return Unusable("holds lists, records or bytes")
    if wanted == "category":
        return Typed("category", as_texts(column))
    if _is_moments(column) and wanted is None:
        return Unusable(_OF_DATES)
    numbers = as_numbers(column)
    bad = np.flatnonzero(not_numbers(column, numbers))
    if len(bad):
        return Unusable(_list_cells(column, bad), is_error=True) if wanted else _read_text(column, bad)
    broken = np.flatnonzero(numbers % 1 > 0)
    if wanted == "integer" and len(broken):
        return Unusable(_list_cells(column, broken, "whole numbers"), is_error=True)
    whole = not len(broken) and numbers.notna().any()
    flag = _all_are(column, (bool, np.bool_))
    return Typed(wanted or ("integer" if whole else "number"), numbers, "flag" if flag else None)


_OF_DATES = "holds dates; make numbers of them first, such as days before the application"


def _read_text(column: "pd.Series[Any]", bad: Any) -> Typed | Unusable:
    known = column.dropna().astype(str)
    distinct = known.unique()
    if np.mean([bool(_DATE.fullmatch(text)) for text in distinct]) > _NUMERIC:
        return Unusable(_OF_DATES)
    if len(distinct) > _FEW and len(bad) < (1 - _NUMERIC) * len(known):
        return Unusable(_list_cells(column, bad), is_error=True)
    if len(distinct) > max(_FEW, len(known) / 2):
        return Unusable(f"holds {len(distinct)} different texts in {len(known)} rows")
    return Typed("category", as_texts(column))


def as_texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn every value into text, whole numbers without decimals; missing ones into None.

    >>> as_texts(pd.Series([1.0, 2.5, None])).tolist()
    ['1', '2.5', None]
    >>> as_texts(pd.Series([True, False])).tolist()
    ['true', 'false']
    """
    absent = column.isna()
    if isinstance(column.dtype, pd.StringDtype):
        return column.astype(object).where(~absent, None)
    texts = [None if gone else _text_of(value) for value, gone in zip(column, absent, strict=True)]
    return pd.Series(texts, index=column.index, name=column.name, dtype=object)


def _text_of(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def as_numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn every value into a number, flags into 0 and 1; NaN where it is missing or not a number.

    >>> as_numbers(pd.Series(["1.5", "None", "x", None])).tolist()
    [1.5, nan, nan, nan]
    """
    if _is_moments(column):
        return pd.Series(np.nan, index=column.index)
    plain = column if pd.api.types.is_numeric_dtype(column.dtype) else column.astype(object)
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(numbers, index=column.index, name=column.name)


def not_numbers(column: "pd.Series[Any]", numbers: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Tell which cells are neither missing nor numbers, shape (n,); ``numbers`` as `as_numbers` makes them.

    >>> column = pd.Series(["1.5", "None", "x", None])
    >>> not_numbers(column, as_numbers(column)).tolist()
    [False, False, True, False]
    """
    given = column.notna().to_numpy() & (column.astype(object) != _NONE).to_numpy()
    invalid: NDArray[np.bool_] = given & numbers.isna().to_numpy()
    return invalid


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


def read_identity(column: "pd.Series[Any]", name: str) -> tuple[Identity, "pd.Series[Any]"]:
    """Find the form of the ids: whole numbers of one length, of several lengths, or texts. Nothing is checked.

    >>> read_identity(pd.Series(["100042", "100043"]), "id")[0].digits
    6
    >>> read_identity(pd.Series(["007", "008"]), "id")[0].kind  # a leading zero is part of the id
    'text'
    """
    texts = as_texts(column)
    matches = [_WHOLE.fullmatch(text) for text in texts if text is not None]
    whole = [match[1] for match in matches if match]
    if not matches or len(whole) < len(matches):
        return Identity(name=name, kind="text"), texts
    lengths = {len(digits) for digits in whole}
    numbers = pd.Series([None if text is None else int(text.split(".")[0]) for text in texts], index=column.index)
    values = numbers.astype("Int64" if len(whole) < len(texts) else "int64")
    return Identity(name=name, digits=lengths.pop() if len(lengths) == 1 else None), values


def parse_ids(texts: Iterable[str], identity: Identity) -> NDArray[Any]:
    """Turn well-formed ids into the type of the identity column: int64, or objects for texts."""
    return np.array([identity.parse_id(text) for text in texts], dtype=object if identity.kind == "text" else np.int64)


def read_target(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn 0 and 1, true and false into int8 (float64 where some are missing); leave anything else as it is.

    >>> read_target(pd.Series(["TRUE", "false"])).tolist()
    [1, 0]
    >>> read_target(pd.Series(["good", "bad"])).tolist()
    ['good', 'bad']
    """
    texts = as_texts(column).str.lower()
    read = texts.map(OUTCOMES)
    if (read.isna() & column.notna()).any():
        return column
    return read.astype(float if read.isna().any() else np.int8)


def _all_are(column: "pd.Series[Any]", types: tuple[type, ...]) -> bool:
    if pd.api.types.is_bool_dtype(column.dtype):
        return np.bool_ in types
    if column.dtype != object:
        return False
    known = column.dropna()
    return len(known) > 0 and all(isinstance(value, types) for value in known)


def _is_moments(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype) or _all_are(column, _MOMENTS)


def _list_cells(column: "pd.Series[Any]", bad: Any, expected: str = "numbers") -> str:
    # Rows, not values: a cell may say something about a person.
    rows = ", ".join(str(i + 1) for i in bad[:_SHOWN])
    return f"{len(bad)} of {len(column)} cells are not {expected} (rows {rows}{', ...' if len(bad) > _SHOWN else ''})"
