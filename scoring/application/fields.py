"""One field of an application: its valid values as a Pydantic type, as JSON Schema and in words."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, AllowInfNan, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

# Before Python 3.12, Pydantic accepts only this TypedDict, not that of the standard library.
from typing_extensions import TypedDict

from scoring.application.times import list_possible
from scoring.errors import DuplicateKey, InputError, input_error, shorten
from scoring.model.schema import LARGEST, MOST_DIGITS, Identity, SchemaField
from scoring.readable.field_values import counts_back
from scoring.tables.text.cells import compose
from scoring.tables.text.number_texts import list_readings


def strict_object(
    name: str, types: Mapping[str, Any], extra: Literal["forbid", "ignore"] = "forbid"
) -> TypeAdapter[dict[str, Any]]:
    """Make the strict type of a JSON object with these keys; a key is required unless its type is ``NotRequired``.

    Keys need not be Python names: columns have spaces, quotes and accents.
    """
    typed_dict: Any = TypedDict  # called as a function, because mypy allows only literal keys in a declaration
    made: Any = typed_dict(name, dict(types))
    made.__pydantic_config__ = ConfigDict(extra=extra, strict=True, allow_inf_nan=False)
    return TypeAdapter(made)


def ignored_type() -> Any:
    """Make the type of an ignored value: any value is valid, but a duplicate key is an error."""
    return Annotated[Any, AfterValidator(_given_once), WithJsonSchema({"description": "Ignored, with a warning."})]


def _given_once(value: object) -> object:
    if isinstance(value, DuplicateKey):
        raise PydanticCustomError("duplicate_key", "the key more than once")
    return value


def field_type(field: SchemaField) -> Any:
    """Make the type of a field's value, with its bounds and its JSON Schema."""
    value: Any = _CATEGORY if field.type == "category" else _number(field)
    return Annotated[value if field.required else value | None, WithJsonSchema(json_schema(field))]


def _number(field: SchemaField) -> Any:
    if field.type == "number":
        return number_type(field)
    integral: Any = Annotated[number_type(field.model_copy(update={"type": "number"})), AfterValidator(_whole)]
    return Annotated[number_type(field) | integral, Field(union_mode="left_to_right")]


def number_type(field: SchemaField, low: float = -math.inf, high: float = math.inf) -> Any:
    """Make the type of a field's numbers that are from ``low`` to ``high`` (in its unit) and within its bounds."""
    least, most = field.bounds
    above = field.exclusive and low <= least
    low, high = max(low, least), min(high, most)
    if field.type == "number":
        return Annotated[float, Gt(low) if above else Ge(low), Le(high), AllowInfNan(False)]
    return Annotated[int, Ge(math.floor(low) + 1 if above else math.ceil(low)), Le(math.floor(high))]


_CATEGORY = Annotated[str | int | Annotated[float, AllowInfNan(False)], Field(union_mode="left_to_right")]


def _whole(number: float) -> float:
    if not number.is_integer():
        raise PydanticCustomError("whole_number", "a number with decimals")
    return number


def json_schema(field: SchemaField) -> dict[str, Any]:
    """Describe a field's valid values as JSON Schema (2020-12).

    >>> from scoring.model.schema import Text
    >>> rooms = SchemaField(name="rooms", type="integer", minimum=1, label=Text(en="Rooms", fr="Pièces"))
    >>> json_schema(rooms)
    {'type': ['integer', 'null'], 'minimum': 1, 'maximum': 1000000000000000, 'title': 'Rooms'}
    """
    kinds = ["string", "number"] if field.type == "category" else [field.type]
    described: dict[str, Any] = {"type": kinds if field.required else [*kinds, "null"]}
    if field.type != "category":
        low, high = (_plain(bound) for bound in field.bounds)
        described |= {"exclusiveMinimum" if field.exclusive else "minimum": low, "maximum": high}
        if found := sorted(markers(field), key=str):
            described = {"anyOf": [described, {"enum": [*map(_plain_marker, found)]}]}
    elif field.categories:
        described["examples"] = list(field.categories[:5])
    words = {"title": field.label.en, "description": field.description and field.description.en, "x-unit": field.unit}
    return described | {name: text for name, text in words.items() if text}


def markers(field: SchemaField) -> frozenset[float | str]:
    """Return the missing-value markers that an application may have in a field; those of a category are texts.

    In a required field of numbers, a missing-value marker is invalid, as null is.
    """
    if field.type == "category":
        return frozenset(map(category_text, field.missing))
    return frozenset() if field.required else frozenset(field.missing)


def describe_field(field: SchemaField) -> str:
    """Describe a field's valid values in words.

    >>> from scoring.model.schema import Text
    >>> label = Text(en="Rooms", fr="Pièces")
    >>> describe_field(SchemaField(name="rooms", type="integer", minimum=1, maximum=9, label=label))
    'a whole number from 1 to 9, or null'
    >>> describe_field(SchemaField(name="price", type="number", minimum=0, exclusive=True, required=True, label=label))
    'a number above 0 (required)'
    """
    noun = {"category": "a text", "integer": "a whole number", "number": "a number"}[field.type]
    if field.type != "category":
        noun += _range(field)
        noun += "".join(f", {_plain_marker(marker)!r} (missing)" for marker in sorted(markers(field), key=str))
    if counts_back(field):
        noun += ", in days before the application (10 years are -3650)"
    return f"{noun} (required)" if field.required else f"{noun}, or null"


def number_error(name: str, received: object, expected: str, field: SchemaField | None = None) -> InputError:
    """Describe an invalid value in a field of numbers.

    If the value is a text, the numbers that a person may mean by it are listed, except numbers that the field cannot
    have.

    >>> number_error("price", "1 200,50", "a number above 0")["readings"]
    {'comma': 1200.5}
    >>> from scoring.model.schema import Text
    >>> rooms = SchemaField(name="rooms", type="integer", minimum=0, label=Text(en="Rooms", fr="Pièces"))
    >>> number_error("rooms", "5-", describe_field(rooms), rooms)["expected"]
    "a whole number of at least 0, or null; '5-' means -5"
    """
    if not isinstance(received, str):
        return input_error(name, received, expected)
    all_readings = list_readings(received, None if field is None else field.unit)
    readings = list_possible(received, field) if field else all_readings
    values = sorted(set(all_readings.values()))
    if values and not readings:
        expected += f"; {shorten(received)!r} means {' or '.join(f'{value:.15g}' for value in values)}"
    error = input_error(name, received, expected)
    if readings:
        error["readings"] = readings
    return error


def _range(field: SchemaField) -> str:
    if field.minimum is None and field.maximum is None:
        field = field.with_bounds()
    low, high = (None if bound is None else _show_bound(bound) for bound in (field.minimum, field.maximum))
    if low is None:
        return f" of at most {high}"
    if field.exclusive:
        return f" above {low}" + ("" if high is None else f", at most {high}")
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def _show_bound(bound: float) -> str:
    return f"{bound:g}" if abs(bound) == LARGEST else str(_plain(bound))


def id_type(identity: Identity) -> Any:
    """Make the type of a client's number or text id in a body; null means not given."""
    schema = WithJsonSchema(id_schema(identity))
    if identity.kind == "text":
        return Annotated[Annotated[str, AfterValidator(_matching(identity.pattern()))] | None, schema]
    low, high = _id_bounds(identity)
    whole = Annotated[int, Ge(low), Le(high)]
    # From 2**53 on, a float cannot hold every whole number.
    integral = Annotated[float, Ge(low), Le(min(high, 2**53)), AfterValidator(_whole), AfterValidator(int)]
    return Annotated[Annotated[whole | integral, Field(union_mode="left_to_right")] | None, schema]


def id_schema(identity: Identity) -> dict[str, Any]:
    """Describe a client's number or text id as JSON Schema."""
    words = {"title": f"Client {identity.noun()}", "description": "Optional; never a feature."}
    if identity.kind == "text":
        return {"type": ["string", "null"], "pattern": f"^(?:{identity.pattern().pattern})$", **words}
    low, high = _id_bounds(identity)
    return {"type": ["integer", "null"], "minimum": low, "maximum": high, **words}


def describe_id(identity: Identity) -> str:
    """Describe a client's number or text id in words."""
    if identity.kind == "text":
        return f"a text of {identity.expected()}, or null"
    low, high = _id_bounds(identity)
    return f"a whole number from {low} to {high}, or null"


def _id_bounds(identity: Identity) -> tuple[int, int]:
    return (10 ** (identity.digits - 1), 10**identity.digits - 1) if identity.digits else (0, 10**MOST_DIGITS - 1)


def _matching(pattern: re.Pattern[str]) -> Any:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise PydanticCustomError("client_id", "not a client's id")
        return text

    return check


def category_text(category: float | str) -> str:
    """Return a category as text; a number is written as text, a whole number without decimals, accents as in tables.

    >>> category_text(1), category_text(1.0), category_text(2.5), category_text("1.0")
    ('1', '1', '2.5', '1.0')
    """
    if isinstance(category, float) and category.is_integer():
        return str(int(category))
    return compose(str(category))


def _plain_marker(marker: float | str) -> float | str:
    return marker if isinstance(marker, str) else _plain(marker)


def _plain(number: float) -> float:
    """Return a whole bound as an integer, so that 0.0 is written as 0; one too large to be exact stays a float."""
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)
