"""The values that a field can have, in words, in English and in French."""

from scoring.model.schema import SchemaField, Text, currency_of
from scoring.readable.terms import Range, Term, make_field_term
from scoring.readable.wording import describe_value

_KINDS = {
    "text": Text(en="a text", fr="un texte"),
    "choice": Text(en="one of the listed choices", fr="un des choix de la liste"),
    "flag": Text(en="yes or no", fr="oui ou non"),
    "number": Text(en="a number", fr="un nombre"),
    "integer": Text(en="a whole number", fr="un nombre entier"),
    "time": Text(en="a length of time", fr="une durée"),
}
_WITHIN = {
    "between": Text(en="{kind} from {low} to {high}", fr="{kind} de {low} à {high}"),
    "above_to": Text(en="{kind} above {low}, at most {high}", fr="{kind} supérieur à {low}, d'au plus {high}"),
    "above": Text(en="{kind} above {low}", fr="{kind} supérieur à {low}"),
    "at_least": Text(en="{kind} of at least {low}", fr="{kind} d'au moins {low}"),
    "at_most": Text(en="{kind} of at most {high}", fr="{kind} d'au plus {high}"),
    "any": Text(en="{kind}", fr="{kind}"),
}


def counts_back(field: SchemaField) -> bool:
    """Whether a field counts days back from the application; people type it as a length of time."""
    return field.unit == "days" and make_field_term(field).scale < 0


def describe_expected(field: SchemaField, *, typed: bool = False) -> Text:
    """Describe the valid values of a field.

    Parameters
    ----------
    typed : as people type them, with flags as yes or no and days before the application as a length of time;
        else as an application holds them.

    >>> label = Text(en="Age", fr="Âge")
    >>> born = SchemaField(name="born", type="integer", unit="days", minimum=-36525, maximum=-6574, label=label)
    >>> describe_expected(born, typed=True).en, describe_expected(born, typed=True).fr
    ('a length of time from 18 to 100 years', 'une durée de 18 à 100 ans')
    >>> describe_expected(born).en
    'a whole number from -36,525 to -6,574'
    """
    if field.type == "category":
        return _KINDS["choice" if field.categories else "text"]
    if typed and field.unit == "flag":
        return _KINDS["flag"]
    as_time = typed and counts_back(field)
    ends = (field.maximum, field.minimum) if as_time else (field.minimum, field.maximum)
    low, high = (None if end is None else describe_bound(field, end, typed=typed) for end in ends)
    kind, within = _KINDS["time" if as_time else field.type], _WITHIN[_choose_bounds(low, high, field.exclusive)]
    return Text(en=_fill("en", within, kind, low, high), fr=_fill("fr", within, kind, low, high))


def _choose_bounds(low: Text | None, high: Text | None, exclusive: bool) -> str:
    if low is None:
        return "any" if high is None else "at_most"
    if high is None:
        return "above" if exclusive else "at_least"
    return "above_to" if exclusive else "between"


def _fill(language: str, within: Text, kind: Text, low: Text | None, high: Text | None) -> str:
    least, most = ("" if end is None else str(getattr(end, language)) for end in (low, high))
    least = least.removesuffix(f" {most.rsplit(' ', 1)[-1]}")  # the unit is written once
    return str(getattr(within, language)).format(kind=getattr(kind, language), low=least, high=most)


def describe_bound(field: SchemaField, value: float, *, typed: bool = True) -> Text:
    """Write a bound of a field, as people type it or as an application holds it."""
    return describe_value(_make_term(field, typed), value)


def describe_usual(field: SchemaField) -> Text | None:
    """Write the usual range of a field as people type it; None where it has none."""
    return describe_value(_make_term(field, typed=True), Range(*field.usual, closed=True)) if field.usual else None


def _make_term(field: SchemaField, typed: bool) -> Term:
    """Make the term of a field; only times and amounts are written with a unit: a share of 0.05 is not 5 %."""
    has_unit = typed and (counts_back(field) or currency_of(field.unit))
    return make_field_term(field if has_unit else field.model_copy(update={"unit": None}))
