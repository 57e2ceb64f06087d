"""Values as people read them, in English and in French."""

from collections.abc import Callable
from functools import lru_cache
from math import floor, log10
from typing import Self

from scoring.model.schema import Text
from scoring.readable.terms import Known, Range, Term

_DIGITS = 3  # significant ones of a measured number
_YEAR = 365.25
_MONTH = _YEAR / 12
_REMEMBERED = 2**14  # values in words
_NARROW = "\u202f"  # what French puts between thousands, and before a percent sign


Say = Callable[[Term, Known], Text]


class Said(str):
    """A warning in English, as the API gives it, that knows how people read it.

    Attributes
    ----------
    text : in both languages, with readable names.
    """

    __slots__ = ("text",)
    text: Text

    def __new__(cls, plain: str, en: str, fr: str) -> Self:
        """Say ``plain``, and know it in both languages."""
        said = super().__new__(cls, plain)
        said.text = Text(en=en, fr=fr)
        return said


def shown(term: Term, value: Known) -> Text:
    """Say a value with its unit.

    >>> age = Term("DAYS_BIRTH", Text(en="Age", fr="Âge"), "days", "age", (0,), frozenset(), scale=-1.0)
    >>> shown(age, -14610.0).en, shown(age, Range(-9131.25, -7305.0)).fr
    ('40 years', 'de 20 à 25 ans')
    """
    if isinstance(value, Range):
        return _range(term, value)
    if value is None:
        return Text(en="not known", fr="non renseigné")
    if isinstance(value, str):
        return term.texts.get(value) or Text(en=value, fr=value)
    return Text(en=_number(term, value, french=False), fr=_number(term, value, french=True))


def remembering() -> Say:
    """Make a ``shown`` for one model, whose terms are told apart by name, that remembers what it said lately."""
    terms: dict[str, Term] = {}

    @lru_cache(_REMEMBERED)
    def said(name: str, value: Known) -> Text:
        return shown(terms[name], value)

    def say(term: Term, value: Known) -> Text:
        terms.setdefault(term.name, term)
        return said(term.name, value)

    return say


def as_shown(term: Term, value: float) -> float:
    """Turn a number the way it is shown: a time counted back from the application is a length."""
    return term.scale * value


def _range(term: Term, value: Range) -> Text:
    low, high = (value.high, value.low) if term.scale < 0 else (value.low, value.high)
    texts = []
    for french in (False, True):
        least, most = (None if end is None else _number(term, end, french) for end in (low, high))
        texts.append(_between(least, most, french))
    return Text(en=texts[0], fr=texts[1])


def _between(low: str | None, high: str | None, french: bool) -> str:
    if low is None and high is None:
        return "toute valeur" if french else "any value"
    if low is None:
        return f"moins de {high}" if french else f"under {high}"
    if high is None:
        return f"{low} ou plus" if french else f"{low} or more"
    # "20 years to 25 years" says its unit once
    end = high.rsplit(" ", 1)
    start = low.removesuffix(f" {end[1]}") if len(end) == 2 else low
    return f"de {start} à {high}" if french else f"{start} to {high}"


def _number(term: Term, value: float, french: bool) -> str:
    value = as_shown(term, value)
    unit = term.unit or ""
    if unit == "flag":
        return (("non", "oui") if french else ("no", "yes"))[value != 0]
    if unit == "days":
        return _time(value, french)
    if unit.startswith("share"):
        return f"{grouped(_rounded(100 * value), french)}{_NARROW if french else ''}%"
    if unit in {"currency", "amount"}:
        return grouped(float(round(value)) if abs(value) >= 1 else _rounded(value), french)
    counted = grouped(value if float(value).is_integer() else _rounded(value), french)
    words = {"years": ("years", "ans"), "months": ("months", "mois"), "hour": ("h", "h")}.get(unit)
    return f"{counted} {words[french]}" if words else counted


def _time(days: float, french: bool) -> str:
    for length, words in ((_YEAR, ("years", "ans")), (_MONTH, ("months", "mois"))):
        if abs(days) >= 2 * length:
            return f"{grouped(float(round(days / length)), french)} {words[french]}"
    return f"{grouped(float(round(days)), french)} {('days', 'jours')[french]}"


def grouped(value: float, french: bool) -> str:
    """Write a number with separated thousands.

    >>> grouped(1234567.5, french=False), grouped(0.25, french=True)
    ('1,234,567.5', '0,25')
    """
    text = f"{value:,.10f}".rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return text.translate({ord(","): _NARROW, ord("."): ","}) if french else text


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, max(0, _DIGITS - 1 - floor(log10(abs(value)))))
