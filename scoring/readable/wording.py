"""Values and concepts as people read them, in English and in French."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import ceil, floor, log10
from sys import float_info

from scoring.model.schema import Concept, Text, currency_of
from scoring.readable.numbers import Language, format_count, format_number, with_currency, with_percent_sign
from scoring.readable.terms import Range, Term, TermValue

_DIGITS = 3  # significant digits of a measured number
_YEAR = 365.25
TimeUnit = tuple[str, float]  # its name, and its days
_TIMES: tuple[TimeUnit, ...] = (("years", _YEAR), ("months", _YEAR / 12))
_MOST_UNITS = 150  # a range is written in the unit of its lower end, unless the upper end has more of this unit
_CACHED = 2**14  # texts of values
CONCEPTS: Mapping[Concept, Text] = {
    "external_score": Text(en="Scores by outside providers", fr="Scores de fournisseurs extérieurs"),
    "age": Text(en="Age", fr="Âge"),
    "credit_amount": Text(en="Amount of the credit", fr="Montant du crédit"),
    "instalment": Text(en="Instalment and duration", fr="Échéance et durée"),
    "income": Text(en="Income", fr="Revenu"),
    "employment": Text(en="Employment", fr="Emploi"),
    "education": Text(en="Education", fr="Études"),
    "housing": Text(en="Housing", fr="Logement"),
    "car": Text(en="Car", fr="Voiture"),
    "region": Text(en="Region", fr="Région"),
    "address": Text(en="Addresses", fr="Adresses"),
    "documents": Text(en="Documents", fr="Documents"),
    "contact": Text(en="Phone and email", fr="Téléphone et courriel"),
    "enquiries": Text(en="Credit bureau enquiries", fr="Consultations du bureau de crédit"),
    "application_time": Text(en="Time of the application", fr="Moment de la demande"),
    "other_credits": Text(en="Credits at other lenders", fr="Crédits chez d'autres prêteurs"),
    "previous_applications": Text(en="Previous applications", fr="Demandes précédentes"),
    "repayments": Text(en="Repayments of earlier credits", fr="Remboursements de crédits antérieurs"),
    "card_use": Text(en="Use of credit cards", fr="Utilisation de cartes de crédit"),
}

Describe = Callable[[Term, TermValue], Text]


def describe_value(term: Term, value: TermValue) -> Text:
    """Describe a value with its unit.

    >>> age = Term("DAYS_BIRTH", Text(en="Age", fr="Âge"), "days", "age", (0,), frozenset(), scale=-1.0)
    >>> describe_value(age, -14610.0).en, describe_value(age, Range(-9131.25, -7305.0)).fr
    ('40 years', 'de 20 à 25 ans')
    """
    if isinstance(value, Range):
        return Text(en=_range(term, value, "en"), fr=_range(term, value, "fr"))
    if value is None:
        return Text(en="not known", fr="non renseigné")
    if isinstance(value, str):
        return term.texts.get(value) or Text(en=value, fr=value)
    return Text(en=_number(term, value, "en"), fr=_number(term, value, "fr"))


def describe_number(value: float | Range, unit: str | None) -> Text:
    """Describe a number with a unit, such as a ratio of two fields.

    >>> describe_number(0.125, "share").fr, describe_number(Range(6574.5, 7305.0), "days").en
    ('12,5\u202f%', '18 to 20 years')
    """
    return describe_value(Term("", Text(en="", fr=""), unit, ""), value)


def cache_descriptions() -> Describe:
    """Make a ``describe_value`` for one model, whose terms have different names, that caches its latest texts."""
    terms: dict[str, Term] = {}

    @lru_cache(_CACHED)
    def cached(name: str, value: TermValue) -> Text:
        return describe_value(terms[name], value)

    def describe(term: Term, value: TermValue) -> Text:
        terms.setdefault(term.name, term)
        return cached(term.name, value)

    return describe


def name_concept(term: Term) -> Text:
    """Return the name of a term's concept; a term without a concept has its own label."""
    return CONCEPTS.get(term.concept, term.label)  # type: ignore[call-overload, no-any-return]


def _range(term: Term, value: Range, language: Language) -> str:
    if term.unit == "count":
        return _count(term, value, language)
    ends = (value.high, value.low) if term.scale < 0 else (value.low, value.high)
    times = [abs(end) for end in ends if end is not None]
    # "16 to 24 months", not "16 months to 2 years"; but "30 days to 20 years"
    length = _time_unit(min(times)) if len(times) == 2 else None
    unit = length if length and max(times) <= _MOST_UNITS * length[1] else None
    low, high = (None if end is None else _number(term, end, language, unit) for end in ends)
    if low == high and low is not None:  # rounding hides the difference: "3 to 3 years"
        low, high = (_exact(term, end, language) for end in ends if end is not None)
        if low == high:  # days are written as whole numbers
            return low
    return _join(low, high, language)


def _join(low: str | None, high: str | None, language: Language) -> str:
    """Write a range; None is no bound."""
    french = language == "fr"
    if low is None and high is None:
        return "toute valeur" if french else "any value"
    if low is None:
        return f"moins de {high}" if french else f"less than {high}"
    if high is None:
        return f"au moins {low}" if french else f"at least {low}"
    # "20 to 25 years", not "20 years to 25 years"
    end = high.rsplit(" ", 1)
    start = low.removesuffix(f" {end[1]}") if len(end) == 2 else low
    return f"de {start} à {high}" if french else f"{start} to {high}"


def _count(term: Term, value: Range, language: Language) -> str:
    """Write the whole numbers of a bin: ``0.5 to 2`` is 1."""
    first = 0 if value.low is None else ceil(value.low)
    last = None if value.high is None else ceil(value.high) - 1
    if last is not None and last <= first:
        return _number(term, first, language)
    return _join(_number(term, first, language), None if last is None else _number(term, last, language), language)


_YES_NO: Mapping[Language, tuple[str, str]] = {"en": ("no", "yes"), "fr": ("non", "oui")}
_UNITS: Mapping[str, Text] = {
    "years": Text(en="years", fr="ans"),
    "months": Text(en="months", fr="mois"),
    "days": Text(en="days", fr="jours"),
    "hour": Text(en="h", fr="h"),
}


def _number(term: Term, value: float, language: Language, time_unit: TimeUnit | None = None) -> str:
    value, unit = term.scale * value, term.unit or ""
    if unit == "flag":
        return _YES_NO[language][value != 0]
    if unit == "days":
        return _time(value, language, time_unit)
    if unit.startswith("share"):
        return with_percent_sign(format_number(_rounded(_percent(value)), language), language)
    if (currency := currency_of(unit)) is not None:
        amount = format_number(round(value) if abs(value) >= 1 else _rounded(value), language)
        return with_currency(amount, currency, language)
    number = format_number(value if float(value).is_integer() else _rounded(value), language)
    return f"{number} {getattr(_UNITS[unit], language)}" if unit in _UNITS else number


def _exact(term: Term, value: float, language: Language) -> str:
    """Write a number without rounding, times in days."""
    value, unit = term.scale * value, term.unit or ""
    if unit.startswith("share"):
        return with_percent_sign(format_number(_percent(value), language), language)
    written = format_count(value, language) if unit == "days" else format_number(value, language)
    number = with_currency(written, currency_of(unit) or "", language)
    return f"{number} {getattr(_UNITS[unit], language)}" if unit in _UNITS else number


def _time(days: float, language: Language, unit: TimeUnit | None) -> str:
    name, length = unit or _time_unit(abs(days))
    return f"{format_count(days / length, language)} {getattr(_UNITS[name], language)}"


def _time_unit(days: float) -> TimeUnit:
    """Find the largest unit of which a time has at least two."""
    return next((pair for pair in _TIMES if days >= 2 * pair[1]), ("days", 1.0))


def _percent(share: float) -> float:
    """Turn a share into per cent; a quotient of extreme amounts stays finite."""
    return max(-float_info.max, min(100 * share, float_info.max))


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    return round(value, max(0, _DIGITS - 1 - floor(log10(abs(value)))))
