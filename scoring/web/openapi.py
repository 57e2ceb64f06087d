"""The OpenAPI 3.1 document: every route, body, answer and error, with examples that work."""

from collections.abc import Mapping
from typing import Any

from scoring.model.schema import MOST_DIGITS, SchemaField
from scoring.service import Service
from scoring.storage.bundle import Bundle
from scoring.web.openapi_schemas import (
    COUNT,
    NULL,
    SHARE,
    TEXT,
    TEXTS,
    Json,
    components,
    exactly,
    inspectable,
    list_of,
    population_parameters,
    ref,
    scorable,
)
from scoring.web.pages.render import name_synthetic_note
from scoring.web.pages.words import load_texts
from scoring.web.routes.population import Population

_SHOWN = 30  # fields of the example application
_ERRORS = {
    400: "A parameter or the body cannot be read.",
    404: "Nobody has that number, or nothing is kept for this client.",
    409: "Raw applications where the model has no manifest, or stored history without a client to take it of.",
    413: "More than 8 MiB or 1,000 records.",
    415: "Not JSON in UTF-8, or compressed.",
    422: "Faulty; every fault is listed by field and record.",
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
            "Errors are problem documents (RFC 9457) that list every fault at once. Where Accept prefers text/html, /, "
            "/predict/{client_id}, /model and errors are pages; /application, a form, is one always and no part of "
            f"this API. {load_texts('en').get(name_synthetic_note(bundle), '')}".rstrip(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {**_scoring(service), **_known(service), **_about(), **_service()},
        "components": components(service),
    }


def operation(name: str, summary: str, answer: Json, *errors: int, **more: Any) -> Json:
    """Describe one operation that answers JSON, and the errors it may answer instead."""
    content = {"content": {"application/json": {"schema": answer}}}
    problem = {"content": {"application/problem+json": {"schema": ref("Problem")}}}
    responses = {"200": {"description": summary, **content}}
    responses |= {str(status): {"description": _ERRORS[status], **problem} for status in errors}
    if "parameters" in more:  # answered by gunicorn, before any route is looked for
        responses["414"] = {"description": "The address is too long.", "content": {"text/html": {"schema": TEXT}}}
    return {"operationId": name, "summary": summary, "responses": responses, **more}


def _with_page(described: Json) -> Json:
    """Say that a browser gets a page instead."""
    described["responses"]["200"]["content"]["text/html"] = {"schema": TEXT}
    return described


def _scoring(service: Service) -> Json:
    examples = {name: {"value": value} for name, value in example_bodies(service).items()}
    faults = (400, 404, 409, 413, 415, 422)

    def body(schema: Json) -> Json:
        return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}

    history = {
        "name": "history",
        "in": "query",
        "description": "`stored`: of a known client's application, take the stored history. Default: imputed.",
        "schema": {"enum": ["imputed", "stored"]},
    }
    asked = {"requestBody": body(scorable(service)), **({"parameters": [history]} if service.preparer else {})}
    decisions = {"anyOf": [ref("Decision"), ref("Predictions"), list_of(SHARE)]}
    probabilities = {"anyOf": [ref("Probability"), ref("Probabilities")]}
    explanations = {"anyOf": [ref("Explanation"), ref("Explanations")]}
    readings = {"anyOf": [ref("Reading"), ref("Readings")]}
    read = {"requestBody": body(inspectable(service))}
    checked = (400, *(() if service.preparer else (409,)), 413, 415, 422)
    return {
        "/predict": {"post": operation("score", "Decide on new applications", decisions, *faults, **asked)},
        "/predict_proba": {
            "post": operation("probabilities", "Probabilities of default", probabilities, *faults, **asked)
        },
        "/explain": {
            "post": operation("explain", "Decisions and what they are made of", explanations, *faults, **asked)
        },
        "/data": {"post": operation("read", "How the service reads a body", readings, *checked, **read)},
    }


def _known(service: Service) -> Json:
    identity = service.clients.identity
    number = service.clients.page(None, 1)[0]
    address = {"type": "string", "pattern": f"^(?:{identity.pattern().pattern})$"}
    client = {
        "name": "client_id",
        "in": "path",
        "required": True,
        "schema": address,
        "example": str(number).zfill(identity.digits or 0),
    }
    after: Json = {"type": "integer", "minimum": 0, "maximum": 10**MOST_DIGITS}
    if identity.kind == "text":
        after = address
    paging = [
        {"name": "after", "in": "query", "description": "Only clients behind this one.", "schema": after},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
    ]
    ids: Json = {"type": "integer" if identity.kind == "number" else "string"}
    nullable: Json = {"type": [ids["type"], "null"]}
    fact = exactly(
        name=TEXT,
        label=exactly(en=TEXT, fr=TEXT),
        value={"type": ["number", "string", "null"]},
        unit={"type": ["string", "null"]},
        shown=exactly(en=TEXT, fr=TEXT),
    )
    page = exactly(clients=list_of(ids), total=COUNT, next_after=nullable)
    listing = operation("clients", "Client numbers, paged", page, 400, parameters=paging)
    first = {"parameters": {"client_id": "$response.body#/clients/0"}}
    listing["responses"]["200"]["links"] = {
        "decision": {"operationId": "lookup", **first},
        "facts": {"operationId": "facts", **first},
        "why": {"operationId": "why", **first},
    }
    facts = exactly(client_id=ids, facts=list_of(fact))
    comparing = population_parameters(Population(service))
    return {
        "/predict/{client_id}": {
            "get": _with_page(
                operation("lookup", "Decision for a known client", ref("Decision"), 400, 404, parameters=[client])
            )
        },
        "/explain/{client_id}": {
            "get": operation(
                "why", "Why a known client is decided on so", ref("Explanation"), 400, 404, parameters=[client]
            )
        },
        "/clients": {"get": listing},
        "/clients/{client_id}": {
            "get": operation("facts", "A client's raw application", facts, 400, 404, parameters=[client])
        },
        "/population": {
            "get": operation("population", "Known clients by outcome", ref("Population"), 400, parameters=comparing)
        },
    }


def _about() -> Json:
    anything: Json = {"type": "object"}
    about = {"type": "object", "required": ["model_version", "threshold", "features", "verified"]}
    return {
        "/features": {"get": operation("features", "Model-ready columns, in order", exactly(columns=TEXTS))},
        "/best_threshold": {
            "get": operation("threshold", "Probability from which is refused", exactly(best_threshold=SHARE))
        },
        "/model": {"get": _with_page(operation("model", "The model and how it was made", about))},
        "/": {"get": _with_page(operation("index", "The service and its routes", anything))},
    }


def _service() -> Json:
    ready = exactly(status={"const": "ready"}, model_version=TEXT, clients=COUNT)
    page = operation("docs", "This document as a page", NULL)
    page["responses"]["200"]["content"] = {"text/html": {"schema": TEXT}}
    return {
        "/health": {"get": operation("health", "As /health/ready", ready, 503)},
        "/health/ready": {"get": operation("ready", "Whether it scores as published", ready, 503)},
        "/health/live": {"get": operation("live", "Whether the process answers", exactly(status={"const": "live"}))},
        "/openapi.json": {"get": operation("openapi", "This document", {"type": "object"})},
        "/docs": {"get": page},
    }


def example_bodies(service: Service) -> dict[str, Any]:
    """Make one body of each form that works."""
    bundle = service.bundle
    row = [round(value, 6) for value in bundle.golden[0].row]
    named = dict(zip(bundle.scorer.features, row, strict=True))
    ready = {"rows": {"data": [named]}, "positional": {"data": [row]}}
    if service.preparer is None:
        return ready
    one = example_application(service.preparer.schema.fields, service.preparer.used, _made_up_client(bundle))
    return {"application": one, "applications": {"applications": [one]}, **ready}


def _made_up_client(bundle: Bundle) -> dict[str, Any]:
    """Facts of one of the published clients where they are made up; a real person is no example."""
    facts = (
        bundle.facts.describe(bundle.clients.client_ids.tolist()[0])
        if bundle.facts and bundle.synthetic_clients
        else None
    )
    return {fact["name"]: fact["value"] for fact in facts or [] if fact["value"] is not None}


def example_application(
    fields: tuple[SchemaField, ...], used: frozenset[str], known: Mapping[str, Any]
) -> dict[str, float | str]:
    """Make up an application of what is required and what the model reads; ``known`` values, else middling ones."""
    told = [field for field in fields if field.required or not known or field.name in known]
    ranked = sorted(told, key=lambda field: (not field.required, field.name not in used))[:_SHOWN]
    chosen = {field.name for field in ranked}
    return {field.name: known.get(field.name, _middling(field)) for field in fields if field.name in chosen}


def _middling(field: SchemaField) -> float | str:
    if field.type == "category":
        return field.categories[0] if field.categories else "example"
    low, high = field.usual or (field.minimum, field.maximum)
    low = field.minimum if low is None else low
    if low is None or high is None:
        low, high = (high - 1, high) if high is not None else (low or 0.0, (low or 0.0) + 2)
    middle = (low + high) / 2
    return round(middle) if field.type == "integer" else round(middle, 4)
