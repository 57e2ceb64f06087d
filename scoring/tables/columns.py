"""What a lender's column holds: numbers, flags, texts, or nothing to learn from."""

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import shorten
from scoring.model.schema import LARGEST, FieldType, LeftOut
from scoring.tables.dates import are_date_numbers, are_dates
from scoring.tables.measures import MOST_CLASSES, find_measures
from scoring.tables.text.cells import compose

_NUMERIC = 0.9  # a text column with a larger share of numbers among its cells is a numeric one with errors
# The same share among the distinct texts: there are many different numbers, but only a few ways to write "missing".
_NUMERIC_TEXTS = 0.5
_FEW = 50  # a text column with at most this many different values is a category, however short the table
_SHOWN = 5  # rows and texts that a message names
_REPEATED = 2  # a text in fewer cells may be about one person, so that no message shows it
_MOST_EXACT = 2**53  # from here on, a float does not have all digits of a whole number
_NONE = "None"  # an answer among texts, missing among numbers
_NESTED = (list, dict, tuple, np.ndarray, bytes)
_MOMENTS = (datetime.date, datetime.time, datetime.timedelta)


@dataclass(frozen=True)
class Typed:
    """A column to use: float64 with NaN, or texts with None for a category."""

    type: FieldType
    values: "pd.Series[Any]"
    unit: str | None = None
    note: str = ""  # what is unusual


@dataclass(frozen=True)
class Unusable:
    """A column with wrong values, and what is wrong.

    Attributes
    ----------
    marker : the most frequent text among numbers, which may mean "missing".
    form : how measures are written that should be numbers, with # for each number.
    """

    why: str
    marker: str | None = None
    form: str | None = None


def read_column(column: "pd.Series[Any]", wanted: FieldType | None = None) -> Typed | Unusable | LeftOut:
    """Read one column as the type that is wanted, else as the type that it looks like, if it can be learned from."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        wanted = wanted or "category"
        column = column.astype(object)
    if _all_are(column, _NESTED):
        return LeftOut(code="nested")
    if wanted == "category":
        return Typed("category", as_texts(column))
    if _is_moments(column) and wanted is None:
        return LeftOut(code="dates")
    numbers = as_numbers(column)
    bad = not_numbers(column, numbers)
    if bad.any():
        return _mixed(column, bad) if wanted else _read_text(column, numbers, bad)
    if (infinite := np.isinf(numbers.to_numpy())).any():
        return Unusable(_list_cells(column, infinite, "finite numbers"))
    if wanted is None and (why := _is_no_quantity(numbers)):
        return why
    if (long := _too_long(numbers)).any():
        return Unusable(_list_cells(column, long, "numbers of at most 15 digits"))
    broken = (numbers % 1 > 0).to_numpy()
    if wanted == "integer" and broken.any():
        return Unusable(_list_cells(column, broken, "whole numbers"))
    whole = not broken.any() and numbers.notna().any()
    flag = _all_are(column, (bool, np.bool_))
    return Typed(wanted or ("integer" if whole else "number"), numbers, "flag" if flag else None)


def _is_no_quantity(numbers: "pd.Series[Any]") -> LeftOut | None:
    """Tell why there is nothing to learn from a column of numbers: it holds dates, or account or card numbers."""
    known = numbers.dropna().to_numpy()
    if np.count_nonzero(_too_long(known)) > len(known) / 2:
        return LeftOut(code="long_numbers")
    return LeftOut(code="dates") if are_date_numbers(np.unique(known)) else None


def _too_long(numbers: Any) -> NDArray[np.bool_]:
    """Tell which numbers the service would refuse, since they need not be exact."""
    return np.asarray(np.abs(numbers) > LARGEST)


def _read_text(
    column: "pd.Series[Any]", numbers: "pd.Series[Any]", bad: NDArray[np.bool_]
) -> Typed | Unusable | LeftOut:
    known = column.dropna().astype(str)
    distinct = known.unique().tolist()
    if are_dates(distinct):
        return LeftOut(code="dates")
    of_numbers = known[numbers.notna()[known.index]].nunique()
    if column.dtype == object and any(
        isinstance(value, int | float) and not isinstance(value, bool) for value in column.dropna()
    ):
        return _mixed(column, bad)  # the reader has already made numbers of some texts: 01 became 1
    if of_numbers > _NUMERIC_TEXTS * len(distinct) or np.count_nonzero(bad) < (1 - _NUMERIC) * len(known):
        return _mixed(column, bad)
    form = find_measures(distinct)
    if form and len(distinct) > MOST_CLASSES:
        return _measures(known, form)
    if len(distinct) > max(_FEW, len(known) / 2):
        return LeftOut(code="free_text", values={"texts": len(distinct), "rows": len(known)})
    return Typed("category", as_texts(column), note=f"numbers with words or signs, written as {form!r}" if form else "")


def _measures(known: "pd.Series[Any]", form: str) -> Unusable:
    """Describe measures that should be numbers."""
    text, count = next(iter(known.value_counts().items()))
    example = f", such as {shorten(str(text))!r}" if count >= _REPEATED else ""
    why = f"holds {known.nunique()} different numbers with words or signs, written as {shorten(form)!r}{example}"
    return Unusable(why, form=form)


def _mixed(column: "pd.Series[Any]", bad: NDArray[np.bool_]) -> Unusable:
    """Describe the texts in a column of numbers."""
    counts = column[bad].astype(str).value_counts()
    repeated = counts[counts >= _REPEATED]
    shown = [f"{shorten(str(text))!r} ({count})" for text, count in repeated.head(_SHOWN).items()]
    more = f" and {len(counts) - len(shown)} more" if len(counts) > len(shown) else ""
    among = f", among them {', '.join(shown)}{more}" if shown else ""
    marker = str(repeated.index[0]) if shown else None
    return Unusable(_list_cells(column, bad) + among, marker=marker)


def as_texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Turn every value into text, whole numbers without decimals; missing ones into None.

    >>> as_texts(pd.Series([1.0, 2.5, None])).tolist()
    ['1', '2.5', None]
    >>> as_texts(pd.Series([True, False])).tolist()
    ['true', 'false']
    """
    if pd.api.types.infer_dtype(column) == "string":  # this and the next one are faster than cell by cell
        texts: Any = column.to_numpy(dtype=object, na_value=None)  # type: ignore[call-overload]
    elif isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        texts = list(map(str, column.tolist()))
    else:
        texts = [None if gone else text_of(value) for value, gone in zip(column, column.isna(), strict=True)]
    return pd.Series(texts, index=column.index, name=column.name, dtype=object)


def text_of(value: object) -> str:
    """Write one value as text, as ``as_texts`` does."""
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < _MOST_EXACT:
        return str(int(value))
    return compose(str(value))


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
    if column.dtype.kind in "iuf":
        return np.zeros(len(column), dtype=bool)
    given = column.notna().to_numpy() & (column.astype(object) != _NONE).to_numpy()
    invalid: NDArray[np.bool_] = given & numbers.isna().to_numpy()
    return invalid


def _all_are(column: "pd.Series[Any]", types: tuple[type, ...]) -> bool:
    if pd.api.types.is_bool_dtype(column.dtype):
        return np.bool_ in types
    if column.dtype != object:
        return False
    known = column.dropna()
    return len(known) > 0 and all(isinstance(value, types) for value in known)


def _is_moments(column: "pd.Series[Any]") -> bool:
    return column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype) or _all_are(column, _MOMENTS)


def _list_cells(column: "pd.Series[Any]", bad: NDArray[np.bool_], expected: str = "numbers") -> str:
    # Rows, not values: a cell may say something about a person.
    rows = np.flatnonzero(bad)
    shown = ", ".join(str(i + 1) for i in rows[:_SHOWN])
    more = ", ..." if len(rows) > _SHOWN else ""
    return f"{len(rows)} of {len(column)} cells are not {expected} (rows {shown}{more})"
