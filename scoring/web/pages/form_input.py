"""Turns what a person typed into the form into the raw application that a program would send to ``POST /predict``.

This module only turns texts into JSON values. The application reader then decides whether a value is valid; its errors
are described in the officer's language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.errors import DuplicateKey, NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.field_values import counts_back, describe_expected
from scoring.readable.numbers import Language
from scoring.web.pages.words import describe_id_form, load_texts

# Names of the form's own switches and units; no field of a schema has such a name.
EDIT = ":edit"
STORED = ":stored"
UNIT = ":unit:"
DAYS = {"years": 365.25, "months": 365.25 / 12, "days": 1.0}

_SPACES = re.compile(r"(?<=[0-9])[ \u00a0\u202f](?=[0-9]{3}(?:[^0-9]|$))")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_MOST_DIGITS = 300
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
    plain = [(name, str(parse_number(text, language)) if name in numeric else text) for name, text in pairs]
    return FormInput(texts, units, record, plain, stored=STORED in switches, edit=EDIT in switches)


def _days_back(field: SchemaField, length: float, unit: str) -> float:
    back = -length * DAYS.get(unit, DAYS["years"])
    return round(back) if field.type == "integer" and abs(back) < _MOST_DAYS else back


def parse_number(text: str, language: Language) -> float | str:
    """Read a number as people write it; a text that is not a number, or is ambiguous in French, stays a text.

    A comma before exactly three digits separates thousands in English; in French it may also be a decimal comma.

    >>> [parse_number(text, "fr") for text in ("450 000", "12,5", "1,234,567", "0,125", "-3", "450,000", "many")]
    [450000, 12.5, 1234567, 0.125, -3, '450,000', 'many']
    >>> parse_number("450,000", "en")
    450000
    """
    plain = _SPACES.sub("", text.strip())
    if language == "fr" and is_ambiguous(plain):
        return text
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return text
    whole = plain.lstrip("+-").isdigit() and len(plain) < _MOST_DIGITS
    return int(plain) if whole else float(plain)


def is_ambiguous(text: str) -> bool:
    """Whether the comma of a number may separate thousands or decimals."""
    plain = text.strip()
    return plain.count(",") == 1 and "." not in plain and _GROUPED.fullmatch(plain) is not None


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
            pairs += [(field.name, str(-value)), (UNIT + field.name, "days")]
        elif value is not None:
            pairs.append((field.name, str(value)))
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
