"""A range of values with its unit, as people say it, in English and in French."""

from collections.abc import Iterator, Mapping
from math import ceil

from scoring.readable.numbers import Language
from scoring.readable.terms import Range, Term
from scoring.readable.units import (
    LESS_THAN,
    TIMES,
    TimeUnit,
    is_share,
    smallest_told,
    write_exactly,
    write_rounded,
)

_ENOUGH = 5  # of a unit, so that the end of a range can be rounded to it
_NEAR = 0.05  # part by which an end with fewer of them may be rounded
_MOST_UNITS = 60  # of the same unit in a range
_NOTHING = 0.1  # an end below this part of the smallest number that is told parts nothing from something
Words = Mapping[Language, str]
_ANY: Words = {"en": "any value", "fr": "toute valeur"}
_AT_LEAST: Words = {"en": "at least {}", "fr": "au moins {}"}
_BETWEEN: Words = {"en": "{} to {}", "fr": "de {} à {}"}
_ABOVE: Words = {"en": "above {}", "fr": "plus de {}"}
_AT_MOST: Words = {"en": "{} or less", "fr": "{} ou moins"}
# A countdown that has run out.
_AGO: Words = {"en": "{} ago", "fr": "il y a {}"}
_LONGER_AGO: Words = {"en": "more than {} ago", "fr": "il y a plus de {}"}
_AGO_OR_AHEAD: Words = {"en": "less than {} ago, or ahead", "fr": "il y a moins de {}, ou à venir"}
_ACROSS: Words = {"en": "{} ago to {} ahead", "fr": "d'il y a {} à dans {}"}


def write_range(term: Term, value: Range, language: Language) -> str:
    """Write a range; an end that is all but zero is told as zero.

    >>> from scoring.model.schema import Text
    >>> left = Term("left", Text(en="Time left", fr="Temps restant"), "days", "left", passing="falls")
    >>> write_range(left, Range(-500.0, 19.0), "en"), write_range(left, Range(-1000.0, -500.0), "fr")
    ('16 months ago to 19 days ahead', 'il y a 16 à 33 mois')
    """
    if term.unit == "count":
        return _write_count(term, value, language)
    if is_past(term, value):
        return _write_past(term, value, language)
    low, high = (value.high, value.low) if term.scale < 0 else (value.low, value.high)
    least = _NOTHING * smallest_told(term)
    if high is not None and 0 < term.scale * high < least:
        nothing = write_rounded(term, 0.0, language)
        return nothing if low is not None or is_share(term) else _AT_MOST[language].format(nothing)
    if low is not None and 0 < term.scale * low < least:
        above = _ABOVE[language].format(write_rounded(term, 0.0, language))
        return above if high is None else _join(above, write_rounded(term, high, language), language)
    if term.whole:
        return _write_whole(term, value, language)
    return _write_ends(term, low, high, language)


def is_past(term: Term, value: Range) -> bool:
    """Whether a range of a countdown to an event says, at least in part, that the event is over."""
    if term.passing != "falls" or term.unit != "days":
        return False
    return value.low < 0 if value.low is not None else value.high is not None and value.high <= 0


def _write_past(term: Term, value: Range, language: Language) -> str:
    if value.low is None:
        return _LONGER_AGO[language].format(_write_end(term, -(value.high or 0.0), language))
    if value.high is None:
        return _AGO_OR_AHEAD[language].format(_write_end(term, -value.low, language))
    if value.high > 0:
        return _ACROSS[language].format(*(_write_end(term, abs(end), language) for end in (value.low, value.high)))
    span = _write_ends(term, -value.high, -value.low, language)
    return _AGO[language].format(span.removeprefix("de "))


def _write_ends(term: Term, low: float | None, high: float | None, language: Language) -> str:
    if low is None or high is None:
        start, end = (None if one is None else _write_end(term, one, language) for one in (low, high))
        return _join(start, end, language)
    # Ends that rounding makes equal ("3 to 3 years") are written in a smaller unit, or exactly.
    for unit in _list_units(low, high) if term.unit == "days" else (None,):
        first, last = (_write_end(term, end, language, unit) for end in (low, high))
        if first != last:
            return _join(first, last, language)
    if term.unit == "days":  # less than a day apart
        return first
    return _join(write_exactly(term, low, language), write_exactly(term, high, language), language)


def _write_end(term: Term, value: float, language: Language, unit: TimeUnit | None = None) -> str:
    """Write the end of a range; a length of time in a unit in which it is hardly rounded."""
    return write_rounded(term, value, language, unit or _find_near_unit(abs(value)))


def _find_near_unit(days: float) -> TimeUnit:
    """Find the largest unit of which a time has at least five; or two, if it is then rounded by a twentieth at most.

    >>> _find_near_unit(1012), _find_near_unit(1106), _find_near_unit(2000)
    (('months', 30.4375), ('years', 365.25), ('years', 365.25))
    """
    return next((unit for unit in TIMES if _is_near(days / unit[1])), TIMES[-1])


def _is_near(count: float) -> bool:
    return count >= _ENOUGH or (count >= 2 and abs(round(count) - count) <= _NEAR * count)


def _list_units(low: float, high: float) -> Iterator[TimeUnit | None]:
    """List the units in which a range of days can be told, the best first; None is the best unit of each end.

    A range is told in one unit ("16 to 24 months", not "16 months to 2 years"), but not in very many ("30 days to 20
    years").
    """
    times = abs(low), abs(high)
    shorter = min((_find_near_unit(days) for days in times), key=lambda unit: unit[1])
    yield shorter if max(times) <= _MOST_UNITS * shorter[1] else None
    yield from TIMES[TIMES.index(shorter) :]


def _join(low: str | None, high: str | None, language: Language) -> str:
    """Write a range; None is no bound."""
    if high is None:
        return _ANY[language] if low is None else _AT_LEAST[language].format(low)
    if low is None:
        return LESS_THAN[language].format(high)
    # "20 to 25 years", not "20 years to 25 years"; "1 to 4 months"
    number, _, unit = low.rpartition(" ")
    same = number and unit.isalpha() and unit.rstrip("s") == high.rpartition(" ")[2].rstrip("s")
    return _BETWEEN[language].format(number if same else low, high)


def _write_whole(term: Term, value: Range, language: Language) -> str:
    """Write the first and the last whole number of a range.

    >>> from scoring.model.schema import Text
    >>> rating = Term("rating", Text(en="Rating", fr="Note"), None, "region", whole=True)
    >>> bins = (None, 1.5), (1.5, 3), (3, 5), (5, None), (None, 5), (3, 5, True)
    >>> [_write_whole(rating, Range(*one), "en") for one in bins]
    ['1 or less', '2', '3 to 4', 'at least 5', 'less than 5', '3 to 5']
    """
    first, last = None if value.low is None else ceil(value.low), value.find_last()
    if last is None or (first is None and last + 1 == value.high):
        return _write_ends(term, first, value.high, language)
    shown = write_rounded(term, last, language)
    if first is None:
        return _AT_MOST[language].format(shown)
    return shown if first >= last else _join(write_rounded(term, first, language), shown, language)


def _write_count(term: Term, value: Range, language: Language) -> str:
    """Write the whole numbers of a bin: ``0.5 to 2`` is 1."""
    first = 0 if value.low is None else ceil(value.low)
    last = value.find_last()
    if last is not None and last <= first:
        return write_rounded(term, first, language)
    end = None if last is None else write_rounded(term, last, language)
    return _join(write_rounded(term, first, language), end, language)
