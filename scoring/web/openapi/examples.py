"""Examples in the OpenAPI document: bodies that the service accepts, and its answers to them."""

import csv
import io
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, Response
from pydantic_core import to_json

from scoring.access.caller import ANYONE
from scoring.model.compile import RawRecord
from scoring.model.schema import SchemaField
from scoring.service import Service
from scoring.web.gate.guard import CALLER
from scoring.web.openapi.schemas import Json

_EXAMPLE_FIELDS = 30
_MOST_ITEMS, _MOST_KEYS = 4, 30  # of a list and of an object in the example of an answer
_ONLY = "answer"


class ExampleRequest(NamedTuple):
    """A request that the document gives as an example; ``name`` names the example."""

    name: str
    method: str
    address: str
    content_type: str | None = None
    body: str | None = None


def list_requests(path: str, method: str, operation: Json) -> Iterator[ExampleRequest]:
    """List the example requests of an operation."""
    query = []
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"])))
        elif "example" in parameter:
            value = parameter["example"]
            query.append((parameter["name"], value if isinstance(value, str) else ",".join(value)))
    address = f"{path}?{urlencode(query)}" if query else path
    if "requestBody" not in operation:
        yield ExampleRequest(_ONLY, method, address)
        return
    content_type, content = next(iter(operation["requestBody"]["content"].items()))
    for name, example in content["examples"].items():
        value = example["value"]
        body = value if isinstance(value, str) else to_json(value, indent=1).decode()
        yield ExampleRequest(name, method, address, content_type, body)


def add_answers(app: Flask, document: Json, names_people: bool) -> None:
    """Let the service answer each example request, and add the answers to the document.

    Parameters
    ----------
    names_people : the known clients are real people; no answer about them may become an example.
    """
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"]["200"]["content"].get("application/json")
            if (
                content is None
                or "examples" in content
                or path == "/openapi.json"
                or (names_people and operation["tags"] == ["clients"])
            ):
                continue
            answers = {one.name: _answer(app, one) for one in list_requests(path, method, operation)}
            content["examples"] = {
                name: {"summary": "Long lists are cut.", "value": _abridge(answer.json)}
                for name, answer in answers.items()
                if answer.status_code == HTTPStatus.OK
            }


def _answer(app: Flask, request: ExampleRequest) -> Response:
    with app.test_request_context(
        request.address,
        method=request.method.upper(),
        content_type=request.content_type,
        data=request.body,
        headers={"Accept": "application/json"},
        environ_overrides={CALLER: ANYONE},
    ):
        return app.full_dispatch_request()


def _abridge(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _abridge(one) for name, one in list(value.items())[:_MOST_KEYS]}
    return [_abridge(one) for one in value[:_MOST_ITEMS]] if isinstance(value, list) else value


def example_bodies(service: Service, names_client: bool) -> dict[str, Any]:
    """Make a valid body of each form. The application is a client's if clients are synthetic and may be named."""
    row = [round(value, 6) for value in example_row(service)]
    named = dict(zip(service.bundle.scorer.features, row, strict=True))
    rows = {"rows": {"data": [named]}, "positional": {"data": [row]}}
    if service.preparer is None:
        return rows
    known = _synthetic_client(service) if names_client else {}
    one = example_application(service.preparer.schema.fields, service.preparer.used, known)
    return {"application": one, "applications": {"applications": [one]}, **rows}


def example_row(service: Service) -> list[float]:
    """Make a valid model-ready row, as near to the mean client's as it can be."""
    return service.row_reader.make_possible(service.bundle.golden[0].row)


def example_file(service: Service, names_client: bool) -> str:
    """Write the example application as a CSV file."""
    application = example_bodies(service, names_client)["application"]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([application.keys(), application.values()])
    return file.getvalue()


def _synthetic_client(service: Service) -> RawRecord:
    """Return the first client's application if the clients are synthetic: no real person must become an example."""
    first = service.clients.first_id() if service.bundle.synthetic_clients else None
    stored = None if first is None else service.clients.store.find(first)
    record = stored.record if stored else None
    return {name: value for name, value in (record or {}).items() if value is not None}


def example_application(
    fields: tuple[SchemaField, ...], used: frozenset[str], known: RawRecord
) -> dict[str, float | str | None]:
    """Make an example application: required fields first, then those that the model reads, 30 at most.

    Values come from ``known``, an application; a field without a value there gets a usual value.
    """
    candidates = [field for field in fields if field.required or not known or field.name in known]
    ranked = sorted(candidates, key=lambda field: (not field.required, field.name not in used))[:_EXAMPLE_FIELDS]
    chosen = {field.name for field in ranked}
    return {field.name: known.get(field.name, _usual_value(field)) for field in fields if field.name in chosen}


def _usual_value(field: SchemaField) -> float | str:
    if field.type == "category":
        return field.categories[0] if field.categories else "example"
    low, high = field.usual or (field.minimum, field.maximum)
    low = field.minimum if low is None else low
    if low is None or high is None:
        low, high = (high - 1, high) if high is not None else (low or 0.0, (low or 0.0) + 2)
    middle = (low + high) / 2
    return round(middle) if field.type == "integer" else round(middle, 4)
