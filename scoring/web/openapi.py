"""The OpenAPI 3.1 document: every route, body, answer and error, with examples that the service accepts."""

from typing import Any

from scoring.model.compile import RawRecord
from scoring.model.schema import MOST_DIGITS, SchemaField
from scoring.service import Service
from scoring.web import openapi_schemas as schemas
from scoring.web.answers import Facts, IdPage
from scoring.web.openapi_schemas import Json, any_of, inlined, ref
from scoring.web.pages.render import name_synthetic_note
from scoring.web.pages.words import load_texts
from scoring.web.routes.population import Population

_EXAMPLE_FIELDS = 30
_TEXT: Json = {"type": "string"}
_ERRORS = {
    400: "A parameter is invalid, or the body cannot be parsed.",
    404: "No client has this number, or the client's application is not available.",
    409: "The model reads no raw applications, or stored history was requested without a client number.",
    413: "More than 8 MiB or 1,000 records.",
    415: "The body is not JSON in UTF-8, or it is compressed.",
    422: "The body has validation errors; all are listed, by field and record.",
    503: "The model does not score as it did when it was published.",
}


def document(service: Service) -> Json:
    """Write the OpenAPI document for one model."""
    bundle = service.bundle
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Prêt à dépenser: credit scoring",
            "version": bundle.version,
            "description": "Probability of default and decision for known clients and new applications. "
            "Errors are problem documents (RFC 9457) that list all invalid values at once. Where Accept prefers "
            "text/html, /, /predict/{client_id}, /model and errors are pages; /application is a form, always a page, "
            f"and not part of this API. {load_texts('en').get(name_synthetic_note(bundle), '')}".rstrip(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {**_scoring(service), **_known(service), **_about()},
        "components": schemas.components(service),
    }


def _get(name: str, summary: str, answer: str | Json, *errors: int, page: bool = False, **more: Any) -> Json:
    """Describe a GET operation; ``page`` is true if a browser gets a page instead of JSON."""
    described = _operation(name, summary, ref(answer) if isinstance(answer, str) else answer, *errors, **more)
    if page:
        described["responses"]["200"]["content"]["text/html"] = {"schema": _TEXT}
    return {"get": described}


def _operation(name: str, summary: str, answer: Json, *errors: int, **more: Any) -> Json:
    """Describe an operation that answers JSON, and its possible errors."""
    content = {"content": {"application/json": {"schema": answer}}}
    problem = {"content": {"application/problem+json": {"schema": ref("Problem")}}}
    responses = {"200": {"description": summary, **content}}
    responses |= {str(status): {"description": _ERRORS[status], **problem} for status in errors}
    if "parameters" in more:
        responses["414"] = {"description": "The address is longer than 8 KiB.", **problem}
    return {"operationId": name, "summary": summary, "responses": responses, **more}


def _scoring(service: Service) -> Json:
    examples = {name: {"value": value} for name, value in example_bodies(service).items()}
    history = {
        "name": "history",
        "in": "query",
        "description": "`stored`: use the stored history of the client that an application names. Default: imputed.",
        "schema": {"enum": ["imputed", "stored"]},
    }
    parameters = {"parameters": [history]} if service.preparer else {}

    def post(name: str, summary: str, answer: Json, body: Json, *errors: int, **more: Any) -> Json:
        content = {"application/json": {"schema": body, "examples": examples}}
        request = {"required": True, "content": content}
        return {"post": _operation(name, summary, answer, *errors, requestBody=request, **more)}

    def score(name: str, summary: str, answer: Json, **more: Any) -> Json:
        more |= parameters
        return post(name, summary, answer, schemas.scorable(service), 400, 404, 409, 413, 415, 422, **more)

    decisions = any_of("Decision", "Predictions")
    decisions["anyOf"].append({"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}})
    inspections, errors = any_of("Inspection", "Inspections"), () if service.preparer else (409,)
    inspectable = schemas.inspectable(service)
    return {
        "/predict": score("score", "Decide on new applications", decisions),
        "/predict_proba": score("probabilities", "Probabilities of default", any_of("Probability", "Probabilities")),
        "/explain": score(
            "explain",
            "Explain decisions on new applications",
            any_of("Explanation", "Explanations"),
            description=f"At most {service.most_explained} records.",
        ),
        **({"/table": _reading_of_a_file(service)} if service.preparer else {}),
        "/data": post("read", "How the service reads a body", inspections, inspectable, 400, *errors, 413, 415, 422),
    }


def _reading_of_a_file(service: Service) -> Json:
    decimal = {
        "name": "decimal",
        "in": "query",
        "description": "The decimal mark of the file; found from its numbers by default.",
        "schema": {"enum": ["point", "comma"]},
    }
    application = example_bodies(service)["application"]
    rows = [",".join(f'"{cell}"' for cell in cells) for cells in (application, application.values())]
    described = {**_TEXT, "description": "At most 10,000 rows and 2,000 columns."}
    content = {"text/csv": {"schema": described, "examples": {"table": {"value": "\n".join(rows)}}}}
    body = {"required": True, "content": content}
    summary = "How the service reads a CSV file of applications"
    errors = (400, 413, 415, 422)
    return {"post": _operation("file", summary, ref("Upload"), *errors, requestBody=body, parameters=[decimal])}


def _known(service: Service) -> Json:
    identity = service.clients.identity
    address: Json = {"type": "string", "pattern": f"^(?:{identity.pattern().pattern})$"}
    client = {
        "name": "client_id",
        "in": "path",
        "required": True,
        "schema": address,
        "example": identity.format_id(service.clients.page(None, 1)[0]),
    }
    number: Json = {"type": "integer", "minimum": 0, "maximum": 10**MOST_DIGITS}
    after = address if identity.kind == "text" else number
    paging = [
        {"name": "after", "in": "query", "description": "Only clients after this one.", "schema": after},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
    ]
    listing = _get("clients", "Client numbers, paged", inlined(IdPage), 400, parameters=paging)
    first = {"parameters": {"client_id": "$response.body#/clients/0"}}
    links = {"decision": "lookup", "facts": "facts", "why": "why"}
    listing["get"]["responses"]["200"]["links"] = {
        name: {"operationId": operation, **first} for name, operation in links.items()
    }

    def by_client(name: str, summary: str, answer: str | Json, page: bool = False) -> Json:
        return _get(name, summary, answer, 400, 404, page=page, parameters=[client])

    comparing = schemas.population_parameters(Population(service))
    return {
        "/predict/{client_id}": by_client("lookup", "Decision on a known client", "Decision", page=True),
        "/explain/{client_id}": by_client("why", "Explain the decision on a known client", "Explanation"),
        "/clients": listing,
        "/clients/{client_id}": by_client("facts", "A client's raw application", inlined(Facts)),
        "/population": _get("population", "Known clients by decision", "PopulationSummary", 400, parameters=comparing),
    }


def _about() -> Json:
    docs = _operation("docs", "This document as a page", {})
    docs["responses"]["200"]["content"] = {"text/html": {"schema": _TEXT}}
    return {
        "/features": _get("features", "Model-ready columns, in order", "Features"),
        "/best_threshold": _get("threshold", "The probability from which a credit is refused", "Threshold"),
        "/model": _get("model", "The model and how it was made", "ModelInfo", page=True),
        "/": _get("index", "The service and its routes", "Index", page=True),
        "/health": _get("health", "The same as /health/ready", "Ready", 503),
        "/health/ready": _get("ready", "Whether the model scores as published", "Ready", 503),
        "/health/live": _get("live", "Whether the process answers", "Live"),
        "/openapi.json": {"get": _operation("openapi", "This document", {"type": "object"})},
        "/docs": {"get": docs},
    }


def example_bodies(service: Service) -> dict[str, Any]:
    """Make a valid body of each form."""
    row = [round(value, 6) for value in service.bundle.golden[0].row]
    named = dict(zip(service.bundle.scorer.features, row, strict=True))
    rows = {"rows": {"data": [named]}, "positional": {"data": [row]}}
    if service.preparer is None:
        return rows
    one = example_application(service.preparer.schema.fields, service.preparer.used, _synthetic_client(service))
    return {"application": one, "applications": {"applications": [one]}, **rows}


def _synthetic_client(service: Service) -> RawRecord:
    """Return the first client's application if the clients are synthetic: no real person must become an example."""
    record = service.clients.record(service.clients.client_ids[0]) if service.bundle.synthetic_clients else None
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
