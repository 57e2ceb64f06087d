"""One field of a new application: which values it takes, in types, in JSON Schema and in words."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, AllowInfNan, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

# Pydantic reads this one on every Python.
from typing_extensions import TypedDict

from scoring.errors import shorten
from scoring.model.schema import MOST_DIGITS, Identity, SchemaField

# Beyond any amount of money or time, and every whole number up to it is exact in double precision.
LARGEST = 10**15


class Twice:
    """Stands where a JSON object gives one key more than once."""


def exactly(types: Mapping[str, Any], extra: Literal["forbid", "ignore"] = "forbid") -> TypeAdapter[dict[str, Any]]:
    """Make the strict type of a JSON object with these keys; the required ones are not ``NotRequired``.

    Keys need not be Python's names: columns have spaces, quotes and accents.
    """
    dictionary: Any = TypedDict  # called, not declared: mypy knows only names written out
    made: Any = dictionary("Application", dict(types))
    made.__pydantic_config__ = ConfigDict(extra=extra, strict=True, allow_inf_nan=False)
    return TypeAdapter(made)


def ignored() -> Any:
    """Type of a value that is passed over: anything, once."""
    return Annotated[Any, AfterValidator(_once), WithJsonSchema({"description": "Ignored, with a warning."})]


def _once(value: object) -> object:
    if isinstance(value, Twice):
        raise PydanticCustomError("twice", "the key more than once")
    return value


def accepted(field: SchemaField) -> Any:
    """Type of a field's value for Pydantic's strict mode, with its bounds and its JSON Schema."""
    taken: Any = _CATEGORY if field.type == "category" else _number(field)
    return Annotated[taken if field.required else taken | None, WithJsonSchema(json_schema(field))]


def _number(field: SchemaField) -> Any:
    if field.type == "number":
        return within(field)
    with_decimals: Any = within(field.model_copy(update={"type": "number"}))
    return Annotated[
        within(field) | Annotated[with_decimals, AfterValidator(_whole)], Field(union_mode="left_to_right")
    ]


def within(field: SchemaField, low: float = -math.inf, high: float = math.inf) -> Any:
    """Type of a field's numbers from ``low`` to ``high`` and within the field's own bounds."""
    least, most = _bounds(field)
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


def _bounds(field: SchemaField) -> tuple[float, float]:
    low = -float(LARGEST) if field.minimum is None else field.minimum
    return low, float(LARGEST) if field.maximum is None else field.maximum


def json_schema(field: SchemaField) -> dict[str, Any]:
    """Describe what a field takes as JSON Schema (2020-12).

    >>> from scoring.model.schema import Text
    >>> rooms = SchemaField(name="rooms", type="integer", minimum=1, label=Text(en="Rooms", fr="Pièces"))
    >>> json_schema(rooms)
    {'type': ['integer', 'null'], 'minimum': 1, 'maximum': 1000000000000000, 'title': 'Rooms'}
    """
    kinds = ["string", "number"] if field.type == "category" else [field.type]
    described: dict[str, Any] = {"type": kinds if field.required else [*kinds, "null"]}
    if field.type != "category":
        low, high = (_plain(bound) for bound in _bounds(field))
        described |= {"exclusiveMinimum" if field.exclusive else "minimum": low, "maximum": high}
        if stand_ins := outside(field):
            described = {"anyOf": [described, {"enum": [_plain(number) for number in stand_ins]}]}
    elif field.categories:
        described["examples"] = list(field.categories[:5])
    words = {"title": field.label.en, "description": field.description and field.description.en, "x-unit": field.unit}
    return described | {name: text for name, text in words.items() if text}


def outside(field: SchemaField) -> list[float]:
    """Numbers that stand for "not known" in an optional field."""
    return [] if field.required else [value for value in field.missing if isinstance(value, int | float)]


def expected(field: SchemaField) -> str:
    """Say in words what a field takes.

    >>> from scoring.model.schema import Text
    >>> label = Text(en="Rooms", fr="Pièces")
    >>> expected(SchemaField(name="rooms", type="integer", minimum=1, maximum=9, label=label))
    'a whole number from 1 to 9, or null'
    >>> expected(SchemaField(name="price", type="number", minimum=0, exclusive=True, required=True, label=label))
    'a number above 0 (required)'
    """
    noun = {"category": "a text", "integer": "a whole number", "number": "a number"}[field.type]
    if field.type != "category":
        noun += _range(field)
        noun += "".join(f", {_plain(number)} (not known)" for number in outside(field))
    return f"{noun} (required)" if field.required else f"{noun}, or null"


def _range(field: SchemaField) -> str:
    low = None if field.minimum is None else _plain(field.minimum)
    high = None if field.maximum is None else _plain(field.maximum)
    if low is None and high is None:
        return f" from {-float(LARGEST):g} to {float(LARGEST):g}"
    if low is None:
        return f" of at most {high}"
    if field.exclusive:
        return f" above {low}" + ("" if high is None else f", at most {high}")
    return f" of at least {low}" if high is None else f" from {low} to {high}"


def accepted_id(identity: Identity) -> Any:
    """Type of a client's number or text id in a body; null counts as not given."""
    schema = WithJsonSchema(id_schema(identity))
    if identity.kind == "text":
        return Annotated[Annotated[str, AfterValidator(_matching(identity.pattern()))] | None, schema]
    low, high = _id_bounds(identity)
    whole = Annotated[int, Ge(low), Le(high)]
    # Past 2**53 a float no longer tells one number from the next.
    integral = Annotated[float, Ge(low), Le(min(high, 2**53)), AfterValidator(_whole), AfterValidator(int)]
    return Annotated[Annotated[whole | integral, Field(union_mode="left_to_right")] | None, schema]


def id_schema(identity: Identity) -> dict[str, Any]:
    """Describe a client's number or text id as JSON Schema."""
    words = {"title": f"Client {identity.noun()}", "description": "Optional; never a feature."}
    if identity.kind == "text":
        return {"type": ["string", "null"], "pattern": f"^(?:{identity.pattern().pattern})$", **words}
    low, high = _id_bounds(identity)
    return {"type": ["integer", "null"], "minimum": low, "maximum": high, **words}


def expected_id(identity: Identity) -> str:
    """Say in words what a client's number or text id looks like in JSON."""
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


def as_text(category: float | str) -> str:
    """Read a category; a number given for one is its text, whole numbers without decimals.

    >>> as_text(1), as_text(1.0), as_text(2.5), as_text("1.0")
    ('1', '1', '2.5', '1.0')
    """
    if isinstance(category, float) and category.is_integer():
        return str(int(category))
    return str(category)


def echo(value: object) -> object:
    """Repeat a faulty value in an answer: short, and always something that JSON can say.

    >>> echo(True), echo("9" * 50), echo(float("nan")), echo([1]), echo(10**400)[:9]
    (True, '999999999999999999999999999999999999999…', 'NaN', 'a list', 'a number ')
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return shorten(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(value, int):
        return (
            value if abs(value) < 2**53 else f"a number past {float(LARGEST):g}" if abs(value) > LARGEST else str(value)
        )
    kinds: Mapping[type, str] = {list: "a list", dict: "an object", Twice: "the key more than once"}
    return kinds.get(type(value), type(value).__name__)


def _plain(number: float) -> float:
    """Write a bound as people do: 0 for 0.0; past what a float holds exactly as a float."""
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else float(number)
