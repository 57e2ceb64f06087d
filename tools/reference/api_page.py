"""docs/api_reference.md: every route and every object of the API, from the OpenAPI document of the bundled model."""

import logging
import re
from collections.abc import Iterator
from typing import Any

from scoring.access.caller import SCOPES
from scoring.service import Service
from scoring.settings import PROJECT
from scoring.storage import artefacts
from scoring.web.openapi.document import describe_api
from scoring.web.openapi.security import describe_access
from tools.reference.blocks import table

Json = dict[str, Any]
_URN = re.compile(r"`urn:problem:([a-z-]+)`")
INTRODUCTION = """\
# API reference

Every route of the API with its parameters, bodies and answers, and every object in them. `make reference` writes this
page from the OpenAPI document (version {version} of the API) of a service with keys and a limit, for the bundled model.
A running service tells the same about itself at `/openapi.json` and, as a page, at `/docs`. [api.md](api.md) explains
what routes and objects mean.

One of the scopes that are listed is enough; without keys none is needed ([keys.md](keys.md)). The server itself may
also answer with other statuses, such as 408 ([api.md](api.md#errors)).
"""


def describe() -> Json:
    """Return the OpenAPI document for the bundled model, with keys and limits."""
    logging.disable(logging.WARNING)
    try:
        document = describe_api(Service(artefacts.load_bundle(PROJECT)), names_client=False)
    finally:
        logging.disable(logging.NOTSET)
    describe_access(document, protected=True, limited=True)
    return document


def write_page(document: Json) -> str:
    """Return the page."""
    parts = [INTRODUCTION.format(version=document["info"]["version"])]
    for tag in document["tags"]:
        operations = [
            (path, method, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        parts.append(f"## {tag['name'].capitalize()}\n\n{tag['description']}\n")
        parts += [_write_operation(*one) for one in operations]
    parts.append("## Objects\n")
    parts += [_write_object(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return "\n".join(parts)


def list_routes(document: Json) -> str:
    """Write the table of routes: summary and scope, with links to this page."""
    rows = [
        (
            f"[`{method.upper()} {_brackets(path)}`](api_reference.md#{_anchor(method, path)})",
            _say(operation),
            _scopes(operation),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return table(("Route", "What for", "Scope"), rows)


def _brackets(path: str) -> str:
    return path.replace("{", "<").replace("}", ">")


def _anchor(method: str, path: str) -> str:
    """Return the anchor of an operation's heading, as the forge and the site make it.

    >>> _anchor("get", "/predict/{client_id}"), _anchor("get", "/health/live")
    ('get-predictclient_id', 'get-healthlive')
    """
    return f"{method} {path}".translate({ord(one): "-" if one == " " else None for one in " /{}."}).lower()


def _scopes(operation: Json) -> str:
    scopes = operation.get("security", [{"bearer": []}])[0]["bearer"]
    return "any" if len(scopes) == len(SCOPES) else " or ".join(f"`{scope}`" for scope in scopes)


def _say(operation: Json) -> str:
    return ". ".join(filter(None, [operation["summary"], operation.get("description", "").rstrip(".")])) + "."


def _write_operation(path: str, method: str, operation: Json) -> str:
    scopes = _scopes(operation)
    lines = [
        f"### `{method.upper()} {path}`",
        "",
        _say(operation) + (f" Scope: {scopes}." if scopes else ""),
        "",
    ]
    if operation.get("parameters"):
        rows = (
            (
                f"`{one['name']}`",
                one["in"] + (", required" if one.get("required") else ""),
                _type(one["schema"]),
                one.get("description", ""),
            )
            for one in operation["parameters"]
        )
        lines.append(table(("Parameter", "In", "Value", "Meaning"), rows))
    body = operation.get("requestBody")
    if body:
        kinds = "; ".join(f"`{kind}`: {_type(content['schema'])}" for kind, content in body["content"].items())
        lines += [f"Body: {kinds}. {body.get('description', '')}".rstrip(), ""]
    lines.append(table(("Status", "Answer"), _answers(operation)))
    return "\n".join(lines)


def _answers(operation: Json) -> Iterator[tuple[str, str]]:
    for status, answer in sorted(operation["responses"].items()):
        content = answer.get("content", {}).items()
        kinds = [f"{_type(one['schema'])} (`{kind}`)" for kind, one in content if one.get("schema")]
        problems = [f"[{name}](problems.md#urnproblem{name})" for name in _URN.findall(answer["description"])]
        yield status, "; ".join(kinds) if status == "200" else ", ".join(problems) or answer["description"]


def _write_object(name: str, schema: Json) -> str:
    required = set(schema.get("required", ()))
    properties = schema.get("properties", {})
    lines = [f"### {name}", ""]
    if schema.get("description"):
        lines += [_sentence(schema["description"]), ""]
    if properties:
        rows = (
            (f"`{key}`" + ("" if key in required else ", optional"), _type(one), _sentence(one.get("description", "")))
            for key, one in properties.items()
        )
        lines.append(table(("Key", "Value", "Meaning"), rows))
    else:
        lines += [_type(schema).capitalize() + ".", ""]
    return "\n".join(lines)


def _sentence(text: str) -> str:
    text = " ".join(text.split()).replace("<", "\\<")
    return text[:1].upper() + text[1:]


def _type(schema: Json) -> str:
    """Say in words what a schema allows.

    >>> _type({"anyOf": [{"$ref": "#/components/schemas/Text"}, {"type": "null"}]})
    '[Text](#text) or null'
    >>> _type({"type": "integer", "minimum": 1, "maximum": 9}), _type({"type": "array", "items": {"type": "string"}})
    ('integer from 1 to 9', 'list of string')
    """
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[several]))
    kind = schema.get("type", "any value")
    if isinstance(kind, list):
        return " or ".join(_type({**schema, "type": one}) for one in kind)
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object":
        more = schema.get("additionalProperties")
        return f"object of {_type(more)}" if isinstance(more, dict) and more else "object"
    if kind in ("integer", "number"):
        return f"{kind}{_bounds(schema)}"
    return str(kind)


def _bounds(schema: Json) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {schema[key]:g}" for key, word in words.items() if key in schema)
