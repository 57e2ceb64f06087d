"""Recognises what a body of the wrong shape looks like, so that the answer can say what to send instead."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from scoring.errors import InvalidApplication, input_error, shorten
from scoring.service import Service

Kind = Literal["applications", "rows"]
_KEYS: dict[Kind, str] = {"applications": "applications", "rows": "data"}
_NOUNS: dict[Kind, tuple[str, str]] = {
    "applications": ("an application", "a list of applications"),
    "rows": ("a model-ready row", "a list of model-ready rows"),
}
_MOST_KEYS = 5  # if no key of an object is known, this many of its keys are searched for records
_POSITIONAL = "model-ready rows by position"


class Shape(NamedTuple):
    """What a body looks like, and what to send instead."""

    looks_like: str
    send: str


class Names(NamedTuple):
    """The names that a record may have, by the kinds of records that have them; and the column of the client IDs."""

    applications: frozenset[str]
    rows: frozenset[str]
    both: frozenset[str]
    identity: str  # the column of the client numbers

    def kind(self, record: Mapping[str, Any]) -> Kind | None:
        """Return the only kind of record that has such keys; None if the keys do not decide."""
        applications, rows = not self.applications.isdisjoint(record), not self.rows.isdisjoint(record)
        return None if applications == rows else "applications" if applications else "rows"

    def known(self, record: Mapping[str, Any]) -> list[str]:
        """List the keys of an object that are names of a raw application or of a model-ready row."""
        return [name for name in record if name in self.applications or name in self.rows or name in self.both]


@lru_cache(1)
def names_of(service: Service) -> Names:
    """Collect the names of a service's records, without the identity column, which records of both kinds may have."""
    identity = service.clients.identity.name
    fields = service.own_names - {identity}
    features = frozenset(service.bundle.scorer.features)
    return Names(frozenset(fields - features), features - fields, features & fields, identity)


def wrong_shape(content: Any, shape: Shape | None, expected: str = "", field: str = "(body)") -> InvalidApplication:
    """Describe a body of the wrong shape."""
    error = input_error(field, content, expected if shape is None else shape.send)
    if shape is None:
        return InvalidApplication.listing([error])
    return InvalidApplication(f"The body looks like {shape.looks_like}. Send {shape.send}. Nothing was scored.", error)


def recognise(content: Any, names: Names) -> Shape | None:
    """Recognise a body that is neither one application nor a list of records under its key."""
    if isinstance(content, str):
        if content.lstrip()[:1] in {"{", "["}:
            return Shape("JSON in a JSON text, encoded twice", "the JSON object itself")
    elif isinstance(content, list):
        return _recognise_list(content, names)
    elif isinstance(content, dict):
        return recognise_columns(content, names) or _recognise_object(content, names)
    return None


def recognise_records(records: Sequence[Any], expected: Kind, names: Names) -> Shape | None:
    """Recognise records of the wrong kind by the first of them; None if they may be of the expected kind."""
    first = records[0]
    if isinstance(first, dict):
        return None if names.kind(first) in {None, expected} else _recognise_list(records, names)
    fits = expected == "rows" and isinstance(first, list)
    return None if fits else _recognise_list(records, names)


def _recognise_list(records: Sequence[Any], names: Names) -> Shape | None:
    first = records[0] if records else None
    if isinstance(first, dict):
        kind = names.kind(first)
        looks_like = _NOUNS[kind][1] if kind else "a list of records"
        return Shape(looks_like, _several(kind or ("applications" if names.applications else "rows")))
    if isinstance(first, list):
        return Shape(f"a list of {_POSITIONAL}", '{"data": [[...], ...]}')
    if isinstance(first, int | float) and not isinstance(first, bool):
        return Shape("one model-ready row by position", '{"data": [[...]]}')
    return None


def recognise_columns(content: Mapping[str, Any], names: Names) -> Shape | None:
    """Recognise a table by columns, as pandas writes with orient="split", "list" or "dict"."""
    columns = content.get("columns")
    if isinstance(columns, list) and isinstance(content.get("data"), list):
        kind = names.kind(dict.fromkeys(name for name in columns if isinstance(name, str)))
        return Shape("a table with a separate list of the names of its columns", _several(kind or "applications"))
    known = names.known(content)
    if len(known) > 1 and all(isinstance(content[name], list | dict) for name in known):
        kind = names.kind(content)
        return Shape("a table by columns", f"one object for each record, {_several(kind or 'applications')}")
    return None


def _recognise_object(content: Mapping[str, Any], names: Names) -> Shape | None:
    """Recognise a single row, a client number alone, and records under another key."""
    if names.kind(content) == "rows":
        return _recognise_one(content, names)
    if names.known(content):
        return None
    if len(content) == 1 and not content.keys().isdisjoint((names.identity, "client_id", "id")):
        return Shape("a client number without an application", "a GET request to /predict/<client_id>")
    found = (recognise_value(key, value, names) for key, value in list(content.items())[:_MOST_KEYS])
    if shape := next((shape for shape in found if shape), None):
        return shape
    if names.applications and [*content] == ["application"] and isinstance(content["application"], dict):
        return Shape("an application under the key 'application'", "the application itself")
    return None


def recognise_value(key: str, value: Any, names: Names) -> Shape | None:
    """Recognise the value of a key: records, a table by columns, or one record."""
    shape: Shape | None = None
    if isinstance(value, list) and value and isinstance(value[0], dict | list):
        shape = _recognise_list(value, names)
    elif isinstance(value, dict):
        shape = recognise_columns(value, names) or _recognise_one(value, names)
    return shape and Shape(f"{shape.looks_like} under the key {shorten(key)!r}", shape.send)


def _recognise_one(record: Mapping[str, Any], names: Names) -> Shape | None:
    kind = names.kind(record)
    send = "the application itself" if kind == "applications" else '{"data": [{...}]}'
    return Shape(_NOUNS[kind][0], send) if kind else None


def _several(kind: Kind) -> str:
    return f'{{"{_KEYS[kind]}": [{{...}}, ...]}}'


def guess_format(text: str) -> str:
    """Say in a sentence what a text that is not JSON looks like; empty if nothing is recognised.

    >>> guess_format("AMT_CREDIT,DAYS_BIRTH")
    ' It looks like CSV: POST /table reads it.'
    >>> guess_format("{'a': None}")
    " It looks like Python's notation: JSON has double quotes, null, true and false."
    """
    begin = text[:2000].lstrip("\ufeff \t\r\n")
    line = begin.partition("\n")[0]
    if begin.startswith("PK\x03\x04"):
        return " It looks like an XLSX file: POST /table reads it."
    if begin.startswith("<"):
        return " It looks like XML or HTML."
    if re.match(r"[\[{\s]+'", begin) or re.search(r'": ?(?:None|True|False)\b', begin):
        return " It looks like Python's notation: JSON has double quotes, null, true and false."
    if re.match(r"\{.*\}\s*$", line) and begin[len(line) :].lstrip().startswith("{"):
        return ' It looks like one object on each line: send {"applications": [{...}, ...]}.'
    if re.match(r"[\w.%+-]+=[^&\s]*(?:&[\w.%+-]+=|\s*$)", line):
        return " It looks like an HTML form."
    if re.match(r"[^\[{\"]*[,;\t]|(?:\"[^\"{]*\"[,;\t])", line):
        return " It looks like CSV: POST /table reads it."
    return ""
