"""One number with its unit, as people say it, in English and in French."""

from collections.abc import Mapping
from math import floor, log10
from sys import float_info

from scoring.model.schema import currency_of
from scoring.readable.numbers import Language, format_count, format_number, with_currency, with_percent_sign
from scoring.readable.terms import Term

TimeUnit = tuple[str, float]  # its name, and its days
_YEAR = 365.25
TIMES: tuple[TimeUnit, ...] = (("years", _YEAR), ("months", _YEAR / 12), ("days", 1.0))
_DIGITS = 3  # significant digits of a measured number
_CENT = 0.01  # the smallest amount of money that is told
_THOUSANDTH = 1e-3  # the smallest share that is told, and the smallest part of a scale
LESS_THAN: Mapping[Language, str] = {"en": "less than {}", "fr": "moins de {}"}
_YES_NO: Mapping[Language, tuple[str, str]] = {"en": ("no", "yes"), "fr": ("non", "oui")}
# Each unit for one and for several.
_UNITS: Mapping[str, Mapping[Language, tuple[str, str]]] = {
    "years": {"en": ("year", "years"), "fr": ("an", "ans")},
    "months": {"en": ("month", "months"), "fr": ("mois", "mois")},
    "days": {"en": ("day", "days"), "fr": ("jour", "jours")},
    "hour": {"en": ("h", "h"), "fr": ("h", "h")},
}


def smallest_told(term: Term) -> float:
    """Return the smallest number that people tell, in the term's own unit; 0 where any number may matter.

    >>> from scoring.model.schema import Text
    >>> [smallest_told(Term("x", Text(en="X", fr="X"), unit, "x")) for unit in ("currency EUR", "share", None)]
    [0.01, 0.001, 0.0]
    """
    if currency_of(term.unit) is not None:
        return _CENT
    if is_share(term):
        return _THOUSANDTH
    return _THOUSANDTH * term.full_scale if term.unit in {None, "ratio"} else 0.0


def is_share(term: Term) -> bool:
    """Whether a number is written in per cent."""
    return (term.unit or "").startswith("share")


def write_number(term: Term, value: float, language: Language) -> str:
    """Write a value of a term, rounded; a number smaller than people tell is "less than" the smallest that they do."""
    least = smallest_told(term)
    if 0 < term.scale * value < least:
        return LESS_THAN[language].format(write_rounded(term, least / term.scale, language))
    return write_rounded(term, value, language)


def write_rounded(term: Term, value: float, language: Language, time_unit: TimeUnit | None = None) -> str:
    """Write a value of a term, rounded; a time in the given unit, or in the largest of which it has at least two."""
    value, unit = term.scale * value, term.unit or ""
    if unit == "flag":
        return _YES_NO[language][value != 0]
    if unit == "days":
        name, length = time_unit or find_time_unit(abs(value))
        return with_unit(format_count(value / length, language), name, language)
    if is_share(term):
        return with_percent_sign(format_number(_round(_percent(value)), language), language)
    if (currency := currency_of(unit)) is not None:
        return with_currency(
            format_number(round(value) if abs(value) >= 1 else _round(value), language), currency, language
        )
    if not float(value).is_integer():
        value = _round(value, 1 if unit in {"months", "years"} else 4 if smallest_told(term) else None)
    return with_unit(format_number(value, language), unit, language)


def write_exactly(term: Term, value: float, language: Language) -> str:
    """Write a number without rounding it, times in days."""
    value, unit = term.scale * value, term.unit or ""
    if is_share(term):
        return with_percent_sign(format_number(_percent(value), language), language)
    written = format_count(value, language) if unit == "days" else format_number(value, language)
    return with_unit(with_currency(written, currency_of(unit) or "", language), unit, language)


def with_unit(number: str, unit: str, language: Language) -> str:
    """Append a unit, in the singular where the number has it; an unknown unit is left out.

    >>> with_unit("1", "days", "en"), with_unit("0", "days", "en"), with_unit("0", "days", "fr")
    ('1 day', '0 days', '0 jour')
    """
    if unit not in _UNITS:
        return number
    one, several = _UNITS[unit][language]
    is_one = number == "1" if language == "en" else number.partition(",")[0].lstrip("-") in {"0", "1"}
    return f"{number} {one if is_one else several}"


def find_time_unit(days: float) -> TimeUnit:
    """Find the largest unit of which a time has at least two."""
    return next((pair for pair in TIMES if days >= 2 * pair[1]), TIMES[-1])


def _percent(share: float) -> float:
    """Turn a share into per cent; a quotient of extreme amounts stays finite."""
    return max(-float_info.max, min(100 * share, float_info.max))


def _round(value: float, decimals: int | None = None) -> float:
    """Round to three significant digits, and to at most so many decimals."""
    if value == 0:
        return 0.0
    places = max(0, _DIGITS - 1 - floor(log10(abs(value))))
    return round(value, places if decimals is None else min(places, decimals))
