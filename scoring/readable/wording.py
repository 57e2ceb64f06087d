"""Values and concepts as people read them, in English and in French."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from scoring.model.schema import Concept, Text
from scoring.readable.ranges import write_range
from scoring.readable.terms import Range, Term, TermValue
from scoring.readable.units import write_number

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
        return Text(en=write_range(term, value, "en"), fr=write_range(term, value, "fr"))
    if value is None:
        return Text(en="not known", fr="non renseigné")
    if isinstance(value, str):
        return term.texts.get(value) or Text(en=value, fr=value)
    return Text(en=write_number(term, value, "en"), fr=write_number(term, value, "fr"))


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
