"""Columns of a text file: their distinct texts, and which of them are numbers or mean "missing"."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.tables.text.number_texts import EDGE, INVISIBLE, DecimalMark, NumberText, split_number

# Texts that mean "missing" in every column. "None" is not among them: it is an answer, such as no guarantor.
MISSING = (
    *("", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "#NV", "NULL", "null", "(null)", "<NA>", "<NULL>", "\\N", "?"),
    *("NaN", "nan", "-NaN", "-nan", "NaT", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"),
)
# Further texts that mean "missing" among numbers, in any case of letters.
MISSING_AMONG_NUMBERS = frozenset(
    (
        *("none", "unknown", "missing", "na", "nan", "null", "nil", "n.a.", "n/d", "nd", "n.d.", "nr", "n/r", "n.r."),
        *("k.a.", "inconnu", "inconnue", "blank", "(blank)", "empty", ".", "..", "...", "-", "--", "---", "–", "—"),
    )
)


@dataclass(frozen=True)
class Markers:
    """Texts that mean "missing"."""

    everywhere: Collection[str]
    among_numbers: Collection[str]  # in any case of letters


USUAL = Markers(frozenset(MISSING), MISSING_AMONG_NUMBERS)
ONLY_EMPTY = Markers(frozenset({""}), frozenset())
NUMERIC = 0.5  # a column with a larger share of numbers among its distinct texts is one of numbers, perhaps with errors
# A month and a year with a point between would be a number: 03.2015 is not 3.2015.
_MONTH = re.compile(r"(?:0?[1-9]|1[0-2])\.(?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}\.(?:0[1-9]|1[0-2])")
_MOSTLY = 0.9  # share of a column's texts that are months
_FORMULA_TEXT = re.compile(r'="(.*)"', re.DOTALL)  # how spreadsheets are kept from reading 007 as 7


@dataclass
class Column:
    """One column of a text file: its distinct texts, and which of them each row has.

    Attributes
    ----------
    codes : shape (n,), the place of each row's text in ``texts``.
    texts : without blanks at both ends, each accent as part of its letter.
    missing : those that mean "missing".
    is_text : the texts are values as they are written; none of them is read as a number.
    numbers : the texts that are numbers, in a column of numbers.
    certain : for each decimal mark, an example of a number that is valid with this mark only.
    unclear : an example of a number whose value depends on the decimal mark.
    parsed : shape (n,), int64 or float64 with NaN: the values, if pandas parsed the column because its first texts are
        plain numbers.
    marked : only with ``parsed``: how many cells have each marker.
    """

    name: str
    codes: NDArray[np.intp]
    texts: list[str]
    missing: frozenset[str]
    is_text: bool = False
    numbers: dict[str, NumberText] = field(default_factory=dict)
    certain: dict[DecimalMark, str] = field(default_factory=dict)
    unclear: str | None = None
    parsed: "pd.Series[Any] | None" = None
    marked: Mapping[float | str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no cell has a value."""
        return not self.known if self.parsed is None else bool(self.parsed.isna().all())

    @property
    def may_be_plain(self) -> bool:
        """Whether all texts are missing or numbers, and the first ones are not months."""
        return (
            not self.is_text
            and len(self.numbers) == len(self.known)
            and not any(map(_MONTH.fullmatch, self.texts[:10]))
        )

    @property
    def known(self) -> list[str]:
        """Texts that are not missing."""
        return [text for text in self.texts if text not in self.missing]

    def with_values(
        self, rows: NDArray[np.bool_], values: "pd.Series[Any]", marked: Mapping[float | str, int]
    ) -> "Column":
        """Keep the texts of some of the first rows, and add the values that pandas parsed from all rows."""
        return replace(self, codes=self.codes[rows], parsed=values, marked=marked)

    def count_certain(self, mark: DecimalMark) -> int:
        """Count the cells with a number that is valid with this decimal mark only."""
        if self.parsed is not None:
            values = self.parsed.to_numpy()
            if mark != "." or values.dtype.kind != "f":
                return 0
            return int(np.count_nonzero(np.floor(values) != values) - np.count_nonzero(np.isnan(values)))
        cells = np.bincount(self.codes, minlength=len(self.texts))
        certain = [text in self.numbers and self.numbers[text].marks == (mark,) for text in self.texts]
        return int(cells[certain].sum())

    def row(self, text: str) -> int:
        """First row with a text, from 0."""
        return int(np.argmax(self.codes == self.texts.index(text)))


_NO_INVISIBLE = str.maketrans("", "", INVISIBLE)


def clean_name(cell: str) -> str:
    r"""Write the name of a column as people see it: no signs without width, and an accent as part of its letter.

    >>> clean_name("\ufeff client \u200b"), len("e\u0301ge"), len(clean_name("e\u0301ge"))
    ('client', 4, 3)
    """
    return " ".join(compose(cell.translate(_NO_INVISIBLE)).split())


def compose(text: str) -> str:
    r"""Write each accent as part of its letter, the one form (NFC) that texts are compared in.

    >>> len("e\u0301ge"), len(compose("e\u0301ge"))
    (4, 3)
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


Locate = Callable[[int], int]  # the line of the file that a row, from 0, begins in


def make_column(
    name: str,
    cells: NDArray[Any],
    markers: Markers,
    *,
    is_text: bool = False,
    is_number: bool = False,
    is_id: bool = False,
) -> Column:
    """Find the distinct texts of a column, and which are numbers.

    Parameters
    ----------
    is_text : the texts are values as they are written; none of them is read as a number.
    is_number : read the column as numbers, even if most of its texts are not numbers.
    is_id : the numbers are names: one with an exponent stays a text, since its last digits may be lost.
    """
    codes, distinct = pd.factorize(cells)
    texts = [compose(text.strip(EDGE)) for text in distinct]
    if any('="' in text for text in texts):
        texts = [found[1] if (found := _FORMULA_TEXT.fullmatch(text)) else text for text in texts]
    column = Column(name, codes, texts, frozenset(markers.everywhere).intersection(texts), is_text)
    if not is_text:
        _find_numbers(column, markers, least=0 if is_number else NUMERIC, is_id=is_id)
    return column


def _find_numbers(column: Column, markers: Markers, least: float, is_id: bool) -> None:
    missing = {text for text in column.texts if text in column.missing or text.casefold() in markers.among_numbers}
    known = [text for text in column.texts if text not in missing]
    numbers = {text: number for text in known if (number := split_number(text))}
    if is_id:
        numbers = {text: number for text, number in numbers.items() if "e" not in number.digits.lower()}
    if known and (len(numbers) <= least * len(known) or _are_months(known)):
        return
    column.numbers, column.missing = numbers, frozenset(missing)
    for text, number in numbers.items():
        if len(number.marks) == 1:
            column.certain.setdefault(number.marks[0], text)
        elif column.unclear is None and number.is_ambiguous:
            column.unclear = text


def _are_months(texts: Sequence[str]) -> bool:
    if not any(_MONTH.fullmatch(text) for text in texts[:10]):
        return False
    return sum(_MONTH.fullmatch(text) is not None for text in texts) > _MOSTLY * len(texts)


def count_markers(column: Column) -> Mapping[float | str, int]:
    """Count the cells of each marker that was read as missing, except the empty cell."""
    if column.parsed is not None:
        return column.marked
    places = {place: text for place, text in enumerate(column.texts) if text and text in column.missing}
    if not places:
        return {}
    cells = np.bincount(column.codes, minlength=len(column.texts))
    return {text: int(cells[place]) for place, text in places.items()}
