"""The errors of an application typed into the form, in the reader's language; the application reader finds them."""

from collections.abc import Mapping

from scoring.errors import DuplicateKey, NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.field_values import describe_expected
from scoring.readable.numbers import Language
from scoring.web.pages.form_input import is_ambiguous
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
    return texts[kind].format(expected=getattr(describe_expected(field, typed=True), language))
