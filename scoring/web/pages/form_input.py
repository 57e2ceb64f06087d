"""Turns what a person typed into the form into the raw application that a program would send to ``POST /predict``.

This module only turns texts into JSON values. The application reader then decides whether a value is valid; its errors
are described in the officer's language.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring.application.times import DAYS, count_back, list_possible
from scoring.errors import DuplicateKey, NoStoredHistory, RequestError, UnknownClient
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.readable.field_values import counts_back, describe_expected
from scoring.readable.numbers import Language
from scoring.tables.text.number_texts import list_readings
from scoring.web.pages.words import describe_id_form, load_texts

# Names of the form's own switches, units and choices; no field of a schema has such a name.
EDIT = ":edit"
STORED = ":stored"
CHECK = ":check"
UNIT = ":unit:"
EXACT = ":days:"
READING = ":reading:"
_SWITCHES = (EDIT, STORED, CHECK, UNIT, EXACT, READING)
_DAYS = re.compile(r"\d{1,9}(?:\.\d{1,20})?(?:e-\d{1,3})?", re.ASCII)
_MOST_UNKNOWN = 20  # unknown fields that the summary of errors names


@dataclass(frozen=True, slots=True)
class FormInput:
    """A form as it was sent.

    Attributes
    ----------
    texts : the texts as they were typed, by the names of the fields and of the identity column.
    units : for each field, ``years``, ``months`` or ``days``; used only for lengths of time.
    exact : days of lengths of time that another page showed rounded. They are used unless the person changes the
        length.
    readings : for each text that can be read as a number, its possible values. There are two if the decimal mark is not
        certain.
    numbers : the number that each text was understood as; a text with two readings has none until the person has
        chosen.
    record : the raw application; a text that is not a number, or has two readings, stays a text.
    pairs : names and texts to hand to another page; numbers are written so that they have one reading.
    stored : use the client's stored history.
    edit : show the form again instead of scoring.
    check : before scoring, the form is shown again with the numbers as they were understood.
    """

    texts: Mapping[str, str]
    units: Mapping[str, str]
    exact: Mapping[str, str]
    readings: Mapping[str, tuple[float, ...]]
    numbers: Mapping[str, float]
    record: Mapping[str, Any]
    pairs: Sequence[tuple[str, str]]
    stored: bool = False
    edit: bool = False
    check: bool = False

    @property
    def shown(self) -> str:
        """Return a short code for the numbers of this form.

        The service sees from it that the person has already checked them.
        """
        return name_numbers(self.numbers)


def parse_form(pairs: Sequence[tuple[str, str]], schema: InputSchema) -> FormInput:
    """Turn a form's names and texts into a raw application; a blank text is left out."""
    fields = {field.name: field for field in schema.fields}
    texts: dict[str, str] = {}
    switches: dict[str, str] = {}
    duplicates: set[str] = set()
    for name, text in pairs:
        if name not in fields and name.startswith(_SWITCHES):
            switches[name] = text
        else:
            duplicates.update({name} if name in texts else ())
            texts[name] = text
    units = {name: switches.get(UNIT + name, "years") for name in fields}
    exact = {name: switches[EXACT + name] for name in fields if EXACT + name in switches}
    readings = _read_numbers(texts, schema)
    numbers = {
        name: number
        for name, values in readings.items()
        if (number := _choose(values, switches.get(READING + name))) is not None
        and units.get(name, "years") in DAYS  # with a unit that the form does not have, a length stays a text
    }
    record: dict[str, Any] = {}
    for name, text in texts.items():
        value: Any = numbers.get(name, text)
        if name in numbers and name in fields and counts_back(fields[name]):
            value = _days_back(fields[name], value, units[name], exact.get(name, ""))
        if name in duplicates:
            record[name] = DuplicateKey(value)
        elif text.strip():
            record[name] = value.strip() if name == schema.identity.name and isinstance(value, str) else value
    carried = [(name, text) for name, text in pairs if name in fields or not name.startswith((CHECK, READING))]
    plain = [(name, write_number(numbers[name]) if name in numbers else text) for name, text in carried]
    return FormInput(
        texts,
        units,
        exact,
        readings,
        numbers,
        record,
        plain,
        stored=STORED in switches,
        edit=EDIT in switches,
        check=switches.get(CHECK, name_numbers(numbers)) != name_numbers(numbers),
    )


def _read_numbers(texts: Mapping[str, str], schema: InputSchema) -> dict[str, tuple[float, ...]]:
    """Find the possible values of each number, the largest first; a client number is a whole one."""
    fields = {field.name: field for field in schema.fields if field.type != "category"}
    found = {name: tuple(set(list_possible(texts[name], fields[name]).values())) for name in texts.keys() & fields}
    identity = schema.identity
    if identity.kind == "number" and identity.name in texts:
        values = list_readings(texts[identity.name]).values()
        found[identity.name] = tuple({int(value) for value in values if value == int(value)})
    return {name: tuple(sorted(values, key=abs, reverse=True)) for name, values in found.items() if values}


def _choose(values: Sequence[float], choice: str | None) -> float | None:
    """Return the only value, or the chosen one; None if the text has changed since the choice."""
    return values[0] if len(values) == 1 else next((value for value in values if write_number(value) == choice), None)


def _days_back(field: SchemaField, length: float, unit: str, exact: str) -> float:
    days = float(exact) if _DAYS.fullmatch(exact) else None
    if days is not None and round_length(days) == (length, unit):
        return -int(days) if days.is_integer() else -days
    return count_back(field, length, unit)


def round_length(days: float) -> tuple[float, str]:
    """Write a length of time as people say it: in years, or in months or days where it is short.

    >>> round_length(17898), round_length(11154), round_length(200), round_length(33)
    ((49.0, 'years'), (30.5, 'years'), (6.6, 'months'), (33, 'days'))
    """
    unit = "years" if days >= DAYS["years"] else "months" if days >= 2 * DAYS["months"] else "days"
    return (days if unit == "days" else round(days / DAYS[unit], 1)), unit


def write_number(value: object) -> str:
    """Write a number so that it has one reading; other values as text.

    >>> write_number(12.5), write_number(12.345), write_number(1200)  # 12.345 could be 12345
    ('12.5', '12.3450', '1200')
    """
    text = str(value)
    return f"{text}0" if isinstance(value, float) and len(set(list_readings(text).values())) > 1 else text


def name_numbers(numbers: Mapping[str, float]) -> str:
    """Make a short code (a hash) of numbers; other numbers give another code.

    >>> name_numbers({"a": 1, "b": 2.5}) == name_numbers({"b": 2.5, "a": 1}), name_numbers({"a": 1}) == name_numbers({})
    (True, False)
    """
    return hashlib.sha256(repr(sorted(numbers.items())).encode()).hexdigest()[:16]


def format_record(schema: InputSchema, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write an application as the form sends it; ``parse_form`` gives the same application again.

    >>> from scoring.model.schema import Identity, Text
    >>> born = SchemaField(name="born", type="integer", unit="days", maximum=0, label=Text(en="Age", fr="Âge"))
    >>> format_record(InputSchema(identity=Identity(name="id"), target="y", fields=(born,)), {"born": -9000})
    [('born', '24.6'), (':unit:born', 'years'), (':days:born', '9000')]
    """
    pairs: list[tuple[str, str]] = []
    for field in schema.fields:
        value = record.get(field.name)
        if value is not None and counts_back(field):
            length, unit = round_length(-value)
            pairs += [(field.name, write_number(length).removesuffix(".0")), (UNIT + field.name, unit)]
            pairs.append((EXACT + field.name, str(-value)))
        elif value is not None:
            pairs.append((field.name, write_number(value)))
    return pairs


def describe_errors(
    schema: InputSchema, language: Language, given: FormInput, error: RequestError | None
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
    return {name: _describe_error(name, fields.get(name), identity, language, given) for name in named}


def _describe_error(
    name: str, field: SchemaField | None, identity: Identity, language: Language, given: FormInput
) -> str:
    texts = load_texts(language)
    if isinstance(given.record.get(name), DuplicateKey):
        return texts["error_duplicate"]
    if name == identity.name:
        return texts["error_value"].format(expected=describe_id_form(identity, language))
    if name == "(all)":
        return texts["error_empty"]
    if field is None:
        return texts["error_unknown_field"].format(name=name)
    if len(given.readings.get(name, ())) > 1 and name not in given.numbers:
        return texts["error_readings"]
    kind = "error_value" if name in given.record else "error_missing"
    expected = describe_expected(field.as_refusing(given.record.get(name)), typed=True)
    return texts[kind].format(expected=getattr(expected, language))
