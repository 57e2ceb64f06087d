"""The errors of an application typed into the form, in the reader's language; the application reader finds them."""

from collections.abc import Mapping

from scoring.errors import DuplicateKey, NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.numbers import Language
from scoring.readable.terms import Term, make_field_term
from scoring.readable.wording import describe_value
from scoring.web.pages.form_input import counts_back, is_ambiguous
from scoring.web.pages.words import describe_id_form, load_texts

_MOST_UNKNOWN = 20  # unknown fields that the summary names


def describe_errors(
    schema: InputSchema, language: Language, record: Mapping[str, object], error: RequestError | None
) -> dict[str, str]:
    """Describe the errors of an application, by field; empty where there are none."""
    texts, identity = load_texts(language), schema.identity
    if error is None:
        return {}
    if isinstance(error, NoStoredHistory):
        return {identity.name: texts["error_no_number"]}
    if isinstance(error, UnknownClient):
        return {identity.name: texts["error_unknown_client"]}
    fields = {field.name: field for field in schema.fields}
    names = [one["field"] for one in error.errors]
    unknown = [name for name in names if name not in fields and name not in {identity.name, "(all)"}]
    omitted = set(unknown[_MOST_UNKNOWN:])
    return {
        name: _describe_error(name, fields.get(name), identity, language, record)
        for name in names
        if name not in omitted
    }


def _describe_error(
    name: str, field: SchemaField | None, identity: Identity, language: Language, record: Mapping[str, object]
) -> str:
    texts = load_texts(language)
    if isinstance(record.get(name), DuplicateKey):
        return texts["error_duplicate"]
    if name == identity.name:
        return texts["error_value"].format(expected=describe_id_form(identity, language))
    if name == "(all)":
        return texts["error_empty"]
    if field is None:
        return texts["error_unknown_field"].format(name=name)
    given = record.get(name)
    if isinstance(given, str) and field.type != "category" and is_ambiguous(given):  # only French leaves it a text
        plain = given.strip()
        return texts["error_comma"].format(whole=plain.replace(",", ""), decimal=plain.replace(",", "."))
    kind = "error_value" if name in record else "error_missing"
    return texts[kind].format(expected=describe_expected(field, language))


def describe_expected(field: SchemaField, language: Language) -> str:
    """Describe the valid values of a field, in the units that people type.

    >>> from scoring.model.schema import Text
    >>> label = Text(en="Age", fr="Âge")
    >>> born = SchemaField(name="born", type="integer", unit="days", minimum=-36525, maximum=-6574, label=label)
    >>> describe_expected(born, "en"), describe_expected(born, "fr")
    ('a length of time from 18 to 100 years', 'une durée de 18 à 100 ans')
    """
    texts = load_texts(language)
    if field.type == "category":
        return texts["expect_choice" if field.categories else "expect_text"]
    if field.unit == "flag":
        return texts["expect_flag"]
    back = counts_back(field)
    noun = texts["expect_time" if back else f"expect_{field.type}"]
    ends = (field.maximum, field.minimum) if back else (field.minimum, field.maximum)
    low, high = (None if end is None else format_bound(field, end, language) for end in ends)
    if low is None:
        return noun if high is None else texts["at_most"].format(noun=noun, high=high)
    if high is None:
        return texts["above" if field.exclusive else "at_least"].format(noun=noun, low=low)
    if field.exclusive:
        return texts["above_to"].format(noun=noun, low=low, high=high)
    unit = high.rsplit(" ", 1)[-1]
    return texts["between"].format(noun=noun, low=low.removesuffix(f" {unit}"), high=high)


def format_bound(field: SchemaField, value: float, language: Language) -> str:
    """Write a bound as its field is typed."""
    text: str = getattr(describe_value(typed_term(field), value), language)
    return text


def typed_term(field: SchemaField) -> Term:
    """Term of a field whose numbers are written as they are typed: a share is not a percentage."""
    term = make_field_term(field)
    return term if counts_back(field) else make_field_term(field.model_copy(update={"unit": None}))
