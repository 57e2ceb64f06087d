"""What is wrong with an application that was typed in, in the reader's language; the intake has found it."""

from collections.abc import Mapping

from scoring.application.fields import Twice
from scoring.errors import NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.terms import Term, term_of
from scoring.readable.wording import shown
from scoring.web.negotiation import Language
from scoring.web.pages.form_input import counts_back, is_ambiguous
from scoring.web.pages.words import form_of_ids, words

_MOST_UNKNOWN = 20  # unknown fields that the summary names


def faults_of(
    schema: InputSchema, language: Language, record: Mapping[str, object], error: RequestError | None
) -> dict[str, str]:
    """Say what is wrong, by field; the intake has found it."""
    said, identity = words(language), schema.identity
    if error is None:
        return {}
    if isinstance(error, NoStoredHistory):
        return {identity.name: said["fault_no_number"]}
    if isinstance(error, UnknownClient):
        return {identity.name: said["fault_nobody"]}
    fields = {field.name: field for field in schema.fields}
    names = [str(fault["field"]) for fault in error.faults]
    unknown = [name for name in names if name not in fields and name not in {identity.name, "(all)"}]
    passed = set(unknown[_MOST_UNKNOWN:])
    return {name: _fault(name, fields.get(name), identity, language, record) for name in names if name not in passed}


def _fault(
    name: str, field: SchemaField | None, identity: Identity, language: Language, record: Mapping[str, object]
) -> str:
    said = words(language)
    if isinstance(record.get(name), Twice):
        return said["fault_twice"]
    if name == identity.name:
        return said["fault_value"].format(expected=form_of_ids(identity, language))
    if name == "(all)":
        return said["fault_empty"]
    if field is None:
        return said["fault_unknown"].format(name=name)
    given = record.get(name)
    if isinstance(given, str) and field.type != "category" and is_ambiguous(given):  # read in French
        plain = given.strip()
        return said["fault_comma"].format(whole=plain.replace(",", ""), decimal=plain.replace(",", "."))
    kind = "fault_value" if name in record else "fault_missing"
    return said[kind].format(expected=expected(field, language))


def expected(field: SchemaField, language: Language) -> str:
    """Say what a field takes, in the units that people are asked for.

    >>> from scoring.model.schema import Text
    >>> label = Text(en="Age", fr="Âge")
    >>> born = SchemaField(name="born", type="integer", unit="days", minimum=-36525, maximum=-6574, label=label)
    >>> expected(born, "en"), expected(born, "fr")
    ('a length of time from 18 to 100 years', 'une durée de 18 à 100 ans')
    """
    said = words(language)
    if field.type == "category":
        return said["expect_choice" if field.categories else "expect_text"]
    if field.unit == "flag":
        return said["expect_flag"]
    noun = said["expect_time" if counts_back(field) else f"expect_{field.type}"]
    low, high = (field.maximum, field.minimum) if counts_back(field) else (field.minimum, field.maximum)
    return _bounded(noun, bound(field, low, language), bound(field, high, language), field.exclusive, language)


def _bounded(noun: str, low: str | None, high: str | None, exclusive: bool, language: Language) -> str:
    said = words(language)
    if low is None:
        return noun if high is None else said["at_most"].format(noun=noun, high=high)
    if high is None:
        return said["above" if exclusive else "at_least"].format(noun=noun, low=low)
    if exclusive:
        return said["above_to"].format(noun=noun, low=low, high=high)
    unit = high.rsplit(" ", 1)[-1]
    return said["between"].format(noun=noun, low=low.removesuffix(f" {unit}"), high=high)


def bound(field: SchemaField, value: float | None, language: Language) -> str | None:
    """Say a bound the way its field is typed in."""
    if value is None:
        return None
    said: str = getattr(shown(as_typed(field), value), language)
    return said


def as_typed(field: SchemaField) -> Term:
    """Term of a field whose numbers are said as they are typed: shares not as percentages."""
    term = term_of(field)
    return term if counts_back(field) else term_of(field.model_copy(update={"unit": None}))
