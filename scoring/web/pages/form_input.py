"""Turns what a person typed into the form into the raw application that a program would send to ``POST /predict``.

This module only turns texts into JSON values. The application reader then decides whether a value is valid; its errors
are described in the officer's language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.errors import DuplicateKey, NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.field_values import counts_back, describe_expected
from scoring.readable.numbers import Language
from scoring.tables.text.number_texts import INFINITY, PERCENT, split_number
from scoring.web.pages.words import describe_id_form, load_texts

# Names of the form's own switches and units; no field of a schema has such a name.
EDIT = ":edit"
STORED = ":stored"
UNIT = ":unit:"
DAYS = {"years": 365.25, "months": 365.25 / 12, "days": 1.0}

_MOST_DAYS = 1e18
_MOST_UNKNOWN = 20  # unknown fields that the summary of errors names


@dataclass(frozen=True, slots=True)
class FormInput:
    """A form as it was sent.

    Attributes
    ----------
    texts : the texts as they were typed, by the names of the fields and of the identity column.
    units : for each field, ``years``, ``months`` or ``days``; used only for lengths of time.
    record : the raw application.
    pairs : names and texts to hand to another page; numbers are written so that they mean the same in both languages.
    stored : use the client's stored history.
    edit : show the form again instead of scoring.
    """

    texts: Mapping[str, str]
    units: Mapping[str, str]
    record: Mapping[str, Any]
    pairs: Sequence[tuple[str, str]]
    stored: bool = False
    edit: bool = False


def parse_form(pairs: Sequence[tuple[str, str]], schema: InputSchema, language: Language) -> FormInput:
    """Turn a form's names and texts into a raw application; a blank text is left out.

    Parameters
    ----------
    language : the language whose way of writing numbers is expected.
    """
    fields = {field.name: field for field in schema.fields}
    texts: dict[str, str] = {}
    switches: dict[str, str] = {}
    duplicates: set[str] = set()
    for name, text in pairs:
        if name not in fields and name.startswith((EDIT, STORED, UNIT)):
            switches[name] = text
        else:
            duplicates.update({name} if name in texts else ())
            texts[name] = text
    numeric = {name for name, field in fields.items() if field.type != "category"}
    if schema.identity.kind == "number":
        numeric.add(schema.identity.name)
    units = {name: switches.get(UNIT + name, "years") for name in fields}
    record: dict[str, Any] = {}
    for name, text in texts.items():
        value = parse_number(text, language) if name in numeric else text
        if name in fields and counts_back(fields[name]) and not isinstance(value, str):
            value = _days_back(fields[name], value, units[name])
        if name in duplicates:
            record[name] = DuplicateKey(value)
        elif text.strip():
            record[name] = value.strip() if name == schema.identity.name and isinstance(value, str) else value
    plain = [(name, write_number(parse_number(text, language)) if name in numeric else text) for name, text in pairs]
    return FormInput(texts, units, record, plain, stored=STORED in switches, edit=EDIT in switches)


def _days_back(field: SchemaField, length: float, unit: str) -> float:
    back = -length * DAYS.get(unit, DAYS["years"])
    return round(back) if field.type == "integer" and abs(back) < _MOST_DAYS else back


def parse_number(text: str, language: Language) -> float | str:
    """Read a number as people write it; a text that is not a number, or is ambiguous in French, stays a text.

    A comma before exactly three digits separates thousands in English. In French it may also be a decimal comma, and a
    point may separate thousands.

    >>> [parse_number(text, "fr") for text in ("450 000", "12,5", "1,234,567", "0,125", "−3", "450,000", "1 200 €")]
    [450000, 12.5, 1234567, 0.125, -3, '450,000', 1200]
    >>> parse_number("450,000", "en")
    450000
    """
    number = split_number(text.strip())
    if number is None or number.digits == INFINITY or number.unit == PERCENT:
        return text
    if language == "fr" and number.is_ambiguous:
        return text
    value = number.value(number.marks[0])
    return text if value is None else value


def write_number(value: object) -> str:
    """Write a number so that it is read in the same way in both languages; other values as text.

    >>> write_number(12.5), write_number(12.345), write_number(1200)  # 12.345 could be 12345
    ('12.5', '12.3450', '1200')
    """
    text = str(value)
    return f"{text}0" if isinstance(value, float) and is_ambiguous(text) else text


def is_ambiguous(text: str) -> bool:
    """Whether the comma or the point of a number may separate thousands or decimals."""
    number = split_number(text.strip())
    return number is not None and number.is_ambiguous


def format_record(schema: InputSchema, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write an application as the form sends it; ``parse_form`` gives the same application again.

    >>> from scoring.model.schema import Identity, Text
    >>> born = SchemaField(name="born", type="integer", unit="days", maximum=0, label=Text(en="Age", fr="Âge"))
    >>> format_record(InputSchema(identity=Identity(name="id"), target="y", fields=(born,)), {"born": -9000})
    [('born', '9000'), (':unit:born', 'days')]
    """
    pairs: list[tuple[str, str]] = []
    for field in schema.fields:
        value = record.get(field.name)
        if value is not None and counts_back(field):
            pairs += [(field.name, write_number(-value)), (UNIT + field.name, "days")]
        elif value is not None:
            pairs.append((field.name, write_number(value)))
    return pairs


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
    named = [name for name in names if name not in omitted]
    return {name: _describe_error(name, fields.get(name), identity, language, record) for name in named}


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
    if isinstance(given, str) and field.type != "category" and is_ambiguous(given):  # in French only
        plain = given.strip()
        return texts["error_comma"].format(whole=plain.replace(",", ""), decimal=plain.replace(",", "."))
    kind = "error_value" if name in record else "error_missing"
    return texts[kind].format(expected=getattr(describe_expected(field, typed=True), language))
