"""Finds fields that are, or may be, a protected attribute of the client, by their names and by their values.

Source: Charter of Fundamental Rights of the European Union, article 21; Equal Credit Opportunity Act, section 1691.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from scoring.model.schema import SchemaField
from scoring.tables.columns import text_of
from scoring.tables.flat.column_names import readable

REMEDY = (
    "Declare each protected or suspected column: --protected COLUMN (never used; the fairness report compares its "
    "groups), --proxy COLUMN (never used, because it reveals a protected one), or --justified 'COLUMN=REASON' (used; "
    "manifest and model card state the reason). --drop COLUMN leaves it out."
)
OF_BIRTH = "year of birth"
_LONG = 9  # letters of a word that is also found within a longer one, such as PERSONALSTATUSSEX
FEW = 10  # with at most this many distinct values, each value is a group
_MOST_SHOWN, _FEWEST = 6, 5  # values in a message, and clients who must have a value that is shown
_MOSTLY = 0.9  # share of the known values that name an attribute
_REVEALS = 0.9  # share of the uncertainty about the group that a column removes; the same of a rank correlation


class Words(NamedTuple):
    """Words of one attribute: in names, in names without any other telling word, in values, and sets of codes."""

    name: tuple[str, ...]
    alone: tuple[str, ...]
    value: frozenset[str]
    code: tuple[frozenset[str], ...]


def list_undeclared(fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]]) -> Iterator[str]:
    """Describe each field that a model might use although it is or may be protected, and nobody gave a reason for it.

    Parameters
    ----------
    values : of each field, shape (n,), float64 with NaN, or objects (text) with None.
    """
    protected = [one for one in fields if one.tier == "protected"]
    for field in (one for one in fields if one.tier == "justified" and one.justification is None):
        column = values[field.name]
        if found := find_attribute(field, column):
            attribute, how = found
            yield f"column {field.name} may be protected ({attribute}, by its {how}): {show_values(column)}"
        elif revealed := next((one for one in protected if reveals(column, values[one.name])), None):
            yield f"column {field.name} reveals the protected column {revealed.name}: {show_values(column)}"


def find_attribute(field: SchemaField, values: NDArray[Any]) -> tuple[str, str] | None:
    """Find the protected attribute that a field may be, and how it was found: by ``name`` or by ``values``.

    Parameters
    ----------
    values : shape (n,), float64 with NaN, or objects (text) with None.
    """
    if attribute := _name_attribute(field.name) or _name_attribute(field.label.en):
        return attribute, "name"
    known = values[~pd.isna(values)]
    attribute = _find_in_texts(known) if values.dtype == object else "age" if find_age_unit(known) else None
    return (attribute, "values") if attribute else None


def find_age_unit(known: NDArray[np.float64]) -> str | None:
    """Find in which form whole numbers are people's ages: ``years``, ``days``, or years of birth; None if they are not.

    >>> ages = np.arange(18.0, 80)
    >>> [find_age_unit(one) for one in (ages, -365 * ages, 2015 - ages, 2 * ages, ages - 18, ages + 0.5)]
    ['years', 'days', 'year of birth', None, None, None]
    """
    if not len(known) or np.any(known != np.floor(known)) or len(distinct := np.unique(known)) < 30:
        return None
    low, high = np.quantile(known, (0.001, 0.999))
    if 16 <= low <= 25 and 55 <= high <= 105 and len(distinct) >= 0.7 * (high - low):
        return "years"
    if -37000 <= low <= -20000 and -10000 <= high <= -5800:
        return "days"
    return OF_BIRTH if 1900 <= low <= 1960 and 1980 <= high <= 2012 else None


def reveals(values: NDArray[Any], protected: NDArray[Any]) -> bool:
    """Tell whether a column is nearly a copy of a protected one: it tells the group, or ranks the numbers alike.

    >>> titles = np.array(["Mr", "Mrs", "Ms", "Mr"] * 10, dtype=object)
    >>> sex = np.array([1.0, 2, 2, 1] * 10)
    >>> reveals(titles, sex), reveals(sex[::-1].cumsum(), sex)
    (True, False)
    """
    both = ~(pd.isna(values) | pd.isna(protected))
    one, other = values[both], protected[both]
    groups, names = pd.factorize(other)
    codes, distinct = pd.factorize(one)
    if len(names) < 2 or len(distinct) < 2:
        return False
    if len(names) > FEW:
        numeric = one.dtype.kind == other.dtype.kind == "f"
        return numeric and abs(float(spearmanr(one, other).statistic)) > _REVEALS
    if len(distinct) > min(5 * FEW, len(one) / 10):
        return False
    together = np.zeros((len(distinct), len(names)))
    np.add.at(together, (codes, groups), 1)
    right, usual = together.max(axis=1).sum(), together.sum(axis=0).max()  # Goodman and Kruskal's lambda
    return bool(right - usual > _REVEALS * (len(one) - usual))


def show_values(values: NDArray[Any]) -> str:
    """Name the most frequent values of a column, or their range; never a value that few clients have.

    >>> show_values(np.array(["f", "m", "f", "m", "f", "m", "f", "m", "f", "m", "x"], dtype=object))
    'values f, m'
    >>> show_values(np.append(np.repeat(np.arange(18.0, 80), 5), 97.0))
    'values from 18 to 79'
    """
    counts = pd.Series(values).dropna().value_counts()
    shown: list[Any] = [value for value, count in counts.items() if count >= _FEWEST]
    if shown and values.dtype != object and len(counts) > FEW:
        return f"values from {text_of(min(shown))} to {text_of(max(shown))}"
    texts = sorted(text if isinstance(text, str) else text_of(text) for text in shown[:_MOST_SHOWN])
    more = ", ..." if len(shown) > _MOST_SHOWN else ""
    return f"values {', '.join(texts)}{more}" if texts else "no value that several clients share"


@cache
def _words() -> Mapping[str, Words]:
    text = files(__package__).joinpath("protected_words.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["attribute"], {})[line["kind"]] = tuple(line["words"].split("|"))
    return {
        attribute: Words(
            kinds.get("name", ()),
            kinds.get("alone", kinds.get("", ())),
            frozenset(kinds.get("value", ())),
            tuple(frozenset(codes.split()) for codes in kinds.get("code", ())),
        )
        for attribute, kinds in found.items()
    }


def _name_attribute(name: str) -> str | None:
    words = _split(readable(name))
    squeezed, spaced = "".join(words), f" {' '.join(words)} "
    telling = [word for word in words if word not in _words()["neutral"].alone]
    for attribute, known in _words().items():
        if attribute == "neutral":
            continue
        if any(f" {word} " in spaced for word in known.name) or (len(telling) == 1 and telling[0] in known.alone):
            return attribute
        if any(len(long := word.replace(" ", "")) >= _LONG and long in squeezed for word in known.name):
            return attribute
    return None


def _find_in_texts(known: NDArray[Any]) -> str | None:
    counts = pd.Series(known).value_counts()
    texts = {" ".join(_split(str(text))): 0 for text in counts.index}
    for text, count in counts.items():
        texts[" ".join(_split(str(text)))] += int(count)
    letters = frozenset(text for text in texts if text)
    for attribute, words in _words().items():
        if any(len(letters) > 1 and letters <= codes for codes in words.code):
            return attribute
        named = [text for text in texts if _names(text, words.value)]
        if len(named) > 1 and sum(texts[text] for text in named) >= _MOSTLY * len(known):
            return attribute
    return None


def _names(text: str, words: Iterable[str]) -> bool:
    return any(f" {word} " in f" {text} " for word in words)


def _split(text: str) -> list[str]:
    """Split a text into lower-case words without accents.

    >>> _split("État_civil 2"), _split("männlich : ledig")
    (['etat', 'civil'], ['mannlich', 'ledig'])
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.findall("[a-z]+", plain)
