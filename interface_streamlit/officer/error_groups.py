"""The errors of a file in groups: by column and kind, with a count and some examples."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from officer.contract import FieldError
from officer.model import Model
from officer.upload import Row

Kind = Literal["missing", "decimal_comma", "decimal_point", "text", "value", "whole"]
EXAMPLES = 3
_COMMA = re.compile(r"[-+−]?[0-9][0-9.\s\u00a0\u202f]*,[0-9]+")
_POINT = re.compile(r"[-+−]?[0-9][0-9,\s\u00a0\u202f]*\.[0-9]+")
_WHOLE = {"(all)", "(record)"}  # errors of a whole row


@dataclass
class ErrorGroup:
    """Errors of one kind in one column.

    Attributes
    ----------
    first : the first one.
    rows : number of rows with such an error.
    examples : line and value received of the first ones, each value once.
    """

    kind: Kind
    first: FieldError
    rows: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)


def group_errors(rows: Iterable[Row], model: Model) -> list[ErrorGroup]:
    """Group the errors of rows; the most frequent group first."""
    groups: dict[tuple[str, Kind], ErrorGroup] = {}
    for row in rows:
        for error in row.errors:
            kind = find_kind(error, model)
            group = groups.setdefault((error.field, kind), ErrorGroup(kind, error))
            group.rows += 1
            received = "" if error.received is None else str(error.received)
            if len(group.examples) < EXAMPLES and received not in [shown for _, shown in group.examples]:
                group.examples.append((row.line, received))
    return sorted(groups.values(), key=lambda group: -group.rows)


def find_kind(error: FieldError, model: Model) -> Kind:
    """Find what is wrong with a value."""
    if error.field in _WHOLE:
        return "whole"
    if error.received is None:
        return "missing"
    described = model.fields.get(error.field)
    is_number = described is not None and described.type != "category"
    if is_number and isinstance(error.received, str):
        number = error.received.strip()
        return "decimal_comma" if _COMMA.fullmatch(number) else "decimal_point" if _POINT.fullmatch(number) else "text"
    return "value"
