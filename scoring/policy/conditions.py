"""What a rule's condition says, as data: comparisons of fields, ratios and scores, joined by all, any and not."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

# Names that stand for the score, in the place of a field.
SCORES = ("probability", "calibrated_probability")
Sign = Literal["<", "<=", ">", ">=", "=", "!="]
Calculation = Literal["/", "*", "+", "-"]

# Control characters, halves of characters, line ends, and marks that turn the order of what follows.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _read_text(given: str) -> str:
    if found := _UNSEEN.search(given):
        raise ValueError(f"expected one line of text; it has the control character U+{ord(found[0]):04X}")
    return unicodedata.normalize("NFC", given)  # as in tables: each accent is part of its letter


def show_unseen(text: str) -> str:
    r"""Write a text with codes in the place of control characters.

    >>> print(show_unseen("a" + chr(27) + "b"))
    a\x1bb
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


SEEN = AfterValidator(_read_text)
Name = Annotated[str, Field(min_length=1, max_length=200), SEEN]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _kind_of_value(given: Any) -> str | None:
    if isinstance(given, list | tuple):
        return "<calculation>"
    if isinstance(given, str):
        return "<name>"
    return "<number>" if isinstance(given, int | float) and not isinstance(given, bool) else None


# Tags stand in the places of errors; the angle brackets tell them from keys of the file.
Operand = Annotated[
    Annotated[Number, Tag("<number>")] | Annotated[Name, Tag("<name>")],
    Discriminator(
        _kind_of_value, custom_error_type="operand", custom_error_message="expected a number or the name of a field"
    ),
]
Item = Annotated[
    Annotated[Number, Tag("<number>")] | Annotated[str, SEEN, Tag("<name>")],
    Discriminator(
        lambda given: kind if (kind := _kind_of_value(given)) != "<calculation>" else None,
        custom_error_type="item",
        custom_error_message="expected a text or a number",
    ),
]
Pair = tuple[Operand, Calculation, Operand]
Value = Annotated[
    Annotated[Number, Tag("<number>")] | Annotated[Name, Tag("<name>")] | Annotated[Pair, Tag("<calculation>")],
    Discriminator(
        _kind_of_value,
        custom_error_type="value",
        custom_error_message="expected a number, the name of a field, or a calculation of two of them such as "
        '["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"]',
    ),
]


class Written(BaseModel):
    """Base class of what stands in a policy file; a key in Python that is a keyword has an underscore at its end."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, validate_by_name=False)


class Compare(Written):
    """A comparison of two numbers. It is not known, instead of true or false, if one of the values is missing.

    Attributes
    ----------
    value, to : a number, the name of a field, ``probability`` or ``calibrated_probability``; or a calculation of two of
        them, such as ``["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"]``.
    is_ : the sign.
    """

    value: Value
    is_: Sign = Field(alias="is")
    to: Value


class IsIn(Written):
    """A field has one of the listed texts or numbers; not known if the value is missing."""

    value: Name
    in_: tuple[Item, ...] = Field(alias="in", min_length=1, max_length=1000)


class IsMissing(Written):
    """A field has no value; not known only if the whole application is not known."""

    missing: Name


class All(Written):
    """All conditions are true."""

    all: tuple["Condition", ...] = Field(min_length=1, max_length=100)


class Some(Written):
    """At least one condition is true."""

    any: tuple["Condition", ...] = Field(min_length=1, max_length=100)


class Not(Written):
    """The condition is not true."""

    not_: "Condition" = Field(alias="not")


_KEYS = ("all", "any", "not", "missing", "in", "is", "to")  # one of them tells the kind
_CLASSES: Mapping[type[Any], str] = {
    All: "<all>",
    Some: "<any>",
    Not: "<not>",
    IsMissing: "<missing>",
    IsIn: "<in>",
    Compare: "<is>",
}


def _kind(given: Any) -> str | None:
    if isinstance(given, dict):
        found = next((key for key in _KEYS if key in given), None)
        return None if found is None else "<is>" if found == "to" else f"<{found}>"
    return _CLASSES.get(type(given))


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[Some, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[IsMissing, Tag("<missing>")]
    | Annotated[IsIn, Tag("<in>")]
    | Annotated[Compare, Tag("<is>")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message='expected an object with the keys "value", "is" and "to"; "value" and "in"; "missing"; '
        '"all"; "any"; or "not"',
    ),
]


def list_parts(condition: Condition) -> Iterator[Compare | IsIn | IsMissing]:
    """Yield the comparisons of which a condition consists, in their order."""
    match condition:
        case All(all=parts) | Some(any=parts):
            for part in parts:
                yield from list_parts(part)
        case Not(not_=part):
            yield from list_parts(part)
        case _:
            yield condition


def list_operands(value: Value) -> tuple[Operand, ...]:
    """Return the numbers and names of a value.

    >>> list_operands(("AMT_CREDIT", "/", "AMT_INCOME_TOTAL")), list_operands(3.0)
    (('AMT_CREDIT', 'AMT_INCOME_TOTAL'), (3.0,))
    """
    return (value[0], value[2]) if isinstance(value, tuple) else (value,)


def list_names(condition: Condition) -> set[str]:
    """Return the names of all fields and scores that a condition reads."""
    names: set[str] = set()
    for part in list_parts(condition):
        match part:
            case Compare():
                operands = (*list_operands(part.value), *list_operands(part.to))
                names.update(one for one in operands if isinstance(one, str))
            case IsIn(value=name) | IsMissing(missing=name):
                names.add(name)
    return names


def write_value(value: object) -> str:
    """Write a value as it stands in the file, without its quotes.

    >>> write_value(("AMT_CREDIT", "/", 12.0)), write_value(0.5), write_value(1234567.0)
    ('AMT_CREDIT / 12', '0.5', '1234567')
    """
    if isinstance(value, tuple):
        return " ".join(write_value(one) for one in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)
