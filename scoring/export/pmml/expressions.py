"""Elements of PMML: expressions, predicates, and numbers and texts as attributes."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from scoring.errors import ExportError
from scoring.export.pieces import Piece

LARGEST_DOUBLE = 1.7976931348623157e308
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_text(text: str) -> str:
    """Return a text; raises ExportError where XML cannot hold it."""
    if _NOT_IN_XML.search(text):
        raise ExportError(
            f"{text!r}: has a character that XML cannot hold\nGive this column or category another name, and train the "
            "model with it."
        )
    return text


def make(kind: str, *children: Element, **attributes: str) -> Element:
    """Make an element."""
    element = Element(kind, {name: check_text(value) for name, value in attributes.items()})
    element.extend(children)
    return element


def field(name: str) -> Element:
    """Refer to a field."""
    return make("FieldRef", field=name)


def number(value: float) -> Element:
    """Write a number in double precision, with all digits that tell it apart."""
    element = make("Constant", dataType="double")
    element.text = repr(value + 0.0)
    return element


def text(value: str) -> Element:
    """Write a text."""
    element = make("Constant", dataType="string")
    element.text = check_text(value)
    return element


def apply(function: str, *arguments: Element) -> Element:
    """Apply a built-in function."""
    return make("Apply", *arguments, function=function)


def where_known(names: Sequence[str], expression: Element) -> Element:
    """Compute an expression only where no field is missing; some evaluators refuse to compare a missing value."""
    for name in reversed(names):
        expression = apply("if", apply("isNotMissing", field(name)), expression)
    return expression


def chain(function: str, arguments: Sequence[Element]) -> Element:
    """Apply a function of two arguments to several, from left to right."""
    made = arguments[0]
    for argument in arguments[1:]:
        made = apply(function, made, argument)
    return made


def logistic(name: str) -> Element:
    """Turn the log-odds in a field into a probability."""
    power = apply("exp", apply("*", number(-1.0), field(name)))  # infinite at worst, which gives 0
    return apply("/", number(1.0), apply("+", number(1.0), power))


def choose_by_pieces(source: str, pieces: Sequence[tuple[Piece, Element]]) -> Element:
    """Write the pieces of a column, each with its value, as a chain of conditions."""
    made = pieces[-1][1]
    for piece, value in reversed(pieces[:-1]):
        made = apply("if", _condition(source, piece), value, made)
    return made


def _condition(source: str, piece: Piece) -> Element:
    if isinstance(piece.operand, str):
        return apply("equal", field(source), text(piece.operand))
    if piece.operand is None:
        return apply("isMissing", field(source))
    return apply("lessThan", field(source), number(piece.operand))


def predicate(source: str, piece: Piece) -> Element:
    """Write the test of a piece as a predicate."""
    if piece.test == "else":
        return make("True")
    if piece.operand is None:
        return make("SimplePredicate", field=source, operator="isMissing")
    if isinstance(piece.operand, str):
        return make("SimplePredicate", field=source, operator="equal", value=piece.operand)
    return make("SimplePredicate", field=source, operator="lessThan", value=repr(piece.operand))


def derive(name: str, expression: Element, kind: str = "double") -> Element:
    """Make a derived field."""
    optype = "categorical" if kind == "string" else "continuous"
    return make("DerivedField", expression, name=name, optype=optype, dataType=kind)


def add(parent: Element, kind: str, *children: Element, **attributes: str) -> Element:
    """Add an element to another."""
    element = SubElement(parent, kind, {name: check_text(value) for name, value in attributes.items()})
    element.extend(children)
    return element
