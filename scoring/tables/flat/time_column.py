"""A column that says when each client applied: dates, months, quarters, years, or numbers that grow with time."""

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from scoring.tables.columns import as_texts
from scoring.tables.key_columns import in_rows

_EXPECTED = (
    "expected dates such as 2024-01-31 or 31/01/2024, months such as 2024-01, 202401 or Jan 2024, quarters such as "
    "2024Q1, years, or numbers that grow with time, all of one form: correct those cells, or leave those rows out"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR, _TIME = "(19[0-9]{2}|20[0-9]{2})", "(?:[ T][0-9].*)?"
_NAMED = r"([A-Za-z]{3})[a-z]*\.?"
_Read = Callable[[re.Match[str]], str | None]


def read_times(column: "pd.Series[Any]") -> tuple["pd.Series[Any]", list[str]]:
    """Read when each client applied, and list the errors.

    Returns
    -------
    Dates as texts whose order is that of time (``2024-01-31``, ``2024-01``, ``2024-Q1``, ``2024``), or numbers.

    >>> read_times(pd.Series([202312, 202401], name="month"))[0].tolist()
    ['2023-12', '2024-01']
    >>> read_times(pd.Series(["31/12/2023", "05/01/2024"], name="day"))[0].tolist()
    ['2023-12-31', '2024-01-05']
    >>> read_times(pd.Series([3.0, 17.0], name="vintage"))[0].tolist()
    [3.0, 17.0]
    """
    what, texts = f"column {column.name} (the time)", as_texts(column)
    known = [text.strip() for text in texts.dropna()]
    missing = in_rows(f"{what} is missing", column.isna(), column.index, "give every client one, or leave them out")
    if missing or not known:
        return texts, missing
    distinct = list(dict.fromkeys(known))
    forms = [{text: _match(pattern, text, read) for text in distinct} for pattern, read in _FORMS]
    fits = [form for form in forms if all(form.values())]
    if len(fits) > 1 and fits[0] != fits[1] and any("/" in text for text in distinct):
        return texts, [f"{what} has dates of which the day may be the first or the second number: write 2024-01-31"]
    if fits:
        return pd.Series([fits[0][text] for text in known], index=column.index, name=column.name, dtype=object), []
    numbers = pd.to_numeric(pd.Series(known, index=column.index, name=column.name), errors="coerce").astype(float)
    if np.isfinite(numbers).all():
        return numbers, []
    best = max([[bool(form[text]) for text in known] for form in forms], key=sum)
    wrong = ~np.array(best) if any(best) else ~np.isfinite(numbers)
    return texts, in_rows(f"{what} is no date", wrong, column.index, _EXPECTED)


def _match(pattern: str, text: str, read: _Read) -> str | None:
    found = re.fullmatch(pattern, text, re.IGNORECASE)
    return None if found is None else read(found)


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def _month(year: str, month: str | int) -> str | None:
    return f"{year}-{int(month):02}" if 1 <= int(month) <= 12 else None


def _named(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0


# Tried in this order; the day comes first where it can.
_FORMS: Iterable[tuple[str, _Read]] = (
    (rf"{_YEAR}([-/.]?)([0-9]{{2}})\2([0-9]{{2}}){_TIME}", lambda found: _day(found[1], found[3], found[4])),
    (rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2{_YEAR}{_TIME}", lambda found: _day(found[4], found[3], found[1])),
    (rf"([0-9]{{1,2}})(/)([0-9]{{1,2}})\2{_YEAR}{_TIME}", lambda found: _day(found[4], found[1], found[3])),
    (rf"{_YEAR}[-/. M]?([0-9]{{2}})", lambda found: _month(found[1], found[2])),
    (rf"([0-9]{{1,2}})[-/. ]{_YEAR}", lambda found: _month(found[2], found[1])),
    (rf"{_NAMED}[- ,/]*{_YEAR}", lambda found: _month(found[2], _named(found[1]))),
    (rf"([0-9]{{1,2}})[- /]{_NAMED}[- ,/]*{_YEAR}", lambda found: _day(found[3], str(_named(found[2])), found[1])),
    (rf"{_YEAR}[- ]?Q([1-4])", lambda found: f"{found[1]}-Q{found[2]}"),
    (rf"Q([1-4])[- /]?{_YEAR}", lambda found: f"{found[2]}-Q{found[1]}"),
    (_YEAR, lambda found: found[1]),
)
