"""The OpenAPI 3.1 document: every route, body, answer and error, with examples that the service accepts."""

from typing import Any, get_args

from scoring import errors
from scoring.model.schema import MOST_DIGITS, ClientId
from scoring.service import History, Service
from scoring.web.answers import API_VERSION, Facts, IdPage
from scoring.web.openapi import schemas
from scoring.web.openapi.decision_operations import describe_decisions
from scoring.web.openapi.examples import example_bodies, example_file
from scoring.web.openapi.monitoring_operation import describe_monitoring
from scoring.web.openapi.operation_parts import TEXT, describe_id, get, operation, problem_examples
from scoring.web.openapi.schemas import Json, any_of, inlined, ref
from scoring.web.pages.render import name_synthetic_note
from scoring.web.pages.words import load_texts
from scoring.web.problem_kinds import NOT_READY
from scoring.web.routes.population import Features

_TAGS = {
    "applications": "Decisions, probabilities and explanations of new applications.",
    "clients": "The known clients: decisions, explanations, facts, and comparison.",
    "decisions": "The decision record: what was decided, and what came of it.",
    "model": "The model, its columns and its threshold.",
    "service": "The service: routes, health, and this description.",
}
_NOBODY: dict[str, ClientId] = {"number": 0, "text": "A-1"}  # well-formed client numbers and text IDs
_EXPLAINED = "Contributions, at most four reasons, and a change that would lead to acceptance."
_COMPARED = (
    "To compare one client with others: how many known clients are accepted and refused and, if the outcome is known, "
    "how many have repaid and defaulted; histograms, and values of clients. `coverage` says how many clients the "
    "answer describes: if there are more than 20,000, a sample drawn at random."
)
_MODEL = (
    "Input schema, calibration, review band, costs, cost curve, importances, reference statistics, metrics, versions, "
    "and `points` of every bin of a scorecard. `synthetic_clients` and `training.synthetic` say which data are "
    "synthetic."
)
_BODY = (errors.UnreadableBody, errors.BodyTooLarge, errors.UnsupportedBody)
_BY_CLIENT = (errors.InvalidClientNumber, errors.UnknownClient)


def describe_api(service: Service, *, names_client: bool = True) -> Json:
    """Write the OpenAPI document for one model; ``examples.add_answers`` adds the service's answers.

    Parameters
    ----------
    names_client : the example of a client number is the number of a known client. If clients are synthetic, the example
        of an application is a known client's too. Raises ClientsUnavailable if clients cannot be read now.
    """
    bundle = service.bundle
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Credit scoring",
            "version": API_VERSION,
            "x-model-version": bundle.version,
            "description": "Probability of default and decision for known clients and new applications. "
            "Errors are problem documents (RFC 9457) that list all invalid values at once. Where Accept prefers "
            "text/html, errors and some routes answer with a page: /, /predict/{client_id}, /decisions/{decision_id}, "
            "its letter, /monitor and /model. /application is a form, always a page. Pages are not part of this API. "
            f"{load_texts('en').get(name_synthetic_note(bundle), '')}".rstrip(),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": {
            **_scoring(service, names_client),
            **_known(service, names_client),
            **describe_decisions(service),
            **describe_monitoring(service),
            **_about(),
        },
        "components": {"schemas": schemas.components(service), "examples": problem_examples()},
    }


def _scoring(service: Service, names_client: bool) -> Json:
    examples = {name: {"value": value} for name, value in example_bodies(service, names_client).items()}
    history = {
        "name": "history",
        "in": "query",
        "description": "`stored`: use the stored history of the client that an application names. `known`: the same "
        "for known clients; for all others history is imputed. With API keys, both need the scope `read` too. Default: "
        "imputed for all.",
        "schema": {"type": "string", "enum": [*get_args(History)]},
    }
    parameters = {"parameters": [history]} if service.preparer else {}
    invalid = (errors.InvalidApplication, *(() if service.preparer else (errors.RowsOnly,)))

    def post(name: str, summary: str, answer: Json, body: Json, *problems: Any, **more: Any) -> Json:
        content = {"application/json": {"schema": body, "examples": examples}}
        request = {"required": True, "content": content}
        problems = (*_BODY, *invalid, *problems)
        return {"post": operation(name, "applications", summary, answer, *problems, requestBody=request, **more)}

    def score(name: str, summary: str, answer: Json, *problems: Any, **more: Any) -> Json:
        problems = (errors.UnknownClient, errors.NoStoredHistory, errors.ClientsUnavailable, *problems)
        return post(name, summary, answer, schemas.scorable(service), *problems, **parameters, **more)

    decisions = any_of("Decision", "Predictions")
    decisions["anyOf"].append({"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}})
    return {
        "/predict": score(
            "decide",
            "Decide on new applications",
            decisions,
            errors.RecordUnavailable,
            description="One or more raw applications, or model-ready rows.",
        ),
        "/predict_proba": score(
            "compute_probabilities",
            "Probabilities of default",
            any_of("Probability", "Probabilities"),
            errors.RecordUnavailable,
            description="Probabilities and threshold only, for the same bodies as `/predict`.",
        ),
        "/explain": score(
            "explain",
            "Explain decisions on new applications",
            any_of("Explanation", "Explanations"),
            description=f"{_EXPLAINED} At most {service.most_explained} records.",
        ),
        **({"/table": _reading_of_a_file(service, names_client)} if service.preparer else {}),
        "/data": post(
            "inspect_body",
            "How the service reads a body",
            any_of("Inspection", "Inspections"),
            schemas.inspectable(service),
            description="Nothing is scored; records with errors are described too.",
        ),
    }


def _reading_of_a_file(service: Service, names_client: bool) -> Json:
    decimal = {
        "name": "decimal",
        "in": "query",
        "description": "The decimal mark of the file; found from its numbers by default.",
        "schema": {"type": "string", "enum": ["point", "comma"]},
        "example": "point",
    }
    file = {**TEXT, "format": "binary", "description": "At most 10,000 rows and 2,000 columns."}
    example = {"value": example_file(service, names_client)}
    content = {"application/octet-stream": {"schema": file, "examples": {"table": example}}}
    body = {
        "required": True,
        "content": content,
        "description": "A CSV file or an Excel workbook. Its usual media type, such as `text/csv`, is accepted too.",
    }
    summary = "How the service reads a file of applications"
    problems = (*_BODY, errors.UnreadableTable)
    more = {"requestBody": body, "parameters": [decimal], "description": "Nothing is scored."}
    return {"post": operation("read_table", "applications", summary, ref("Upload"), *problems, **more)}


def _known(service: Service, names_client: bool) -> Json:
    identity = service.clients.identity
    address = describe_id(identity)
    client = {
        "name": "client_id",
        "in": "path",
        "required": True,
        "description": "The number or id of a known client.",
        "schema": address,
        "example": identity.format_id(_example_id(service) if names_client else _NOBODY[identity.kind]),
    }

    def by_client(name: str, summary: str, answer: Json, *problems: Any, **more: Any) -> Json:
        problems = (*_BY_CLIENT, errors.ClientsUnavailable, *problems)
        return get(name, "clients", summary, answer, *problems, parameters=[client], **more)

    comparing = schemas.population_parameters(Features(service.bundle))
    comparison = get(
        "compare_clients",
        "clients",
        "Known clients by decision",
        ref("PopulationSummary"),
        errors.ClientsUnavailable,
        parameters=comparing,
        description=_COMPARED,
    )
    facts = inlined(Facts)
    return {
        "/predict/{client_id}": by_client(
            "get_decision", "Decision on a known client", ref("Decision"), errors.RecordUnavailable
        ),
        "/explain/{client_id}": by_client(
            "get_explanation", "Explain the decision on a known client", ref("Explanation"), description=_EXPLAINED
        ),
        "/clients": _listing(service, address),
        "/clients/{client_id}": by_client(
            "get_client",
            "A client's raw application",
            facts,
            errors.FactsUnavailable,
            description="Name, readable name in English and French, value and unit of each field.",
        ),
        "/population": comparison,
    }


def _example_id(service: Service) -> ClientId:
    first = service.clients.first_id()
    return _NOBODY[service.clients.identity.kind] if first is None else first


def _listing(service: Service, address: Json) -> Json:
    number: Json = {"type": "integer", "minimum": 0, "maximum": 10**MOST_DIGITS}
    after = address if service.clients.identity.kind == "text" else number
    limit = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    paging = [
        {"name": "after", "in": "query", "description": "Only clients after this one.", "schema": after},
        {"name": "limit", "in": "query", "description": "Number of clients on a page.", "schema": limit},
    ]
    unavailable = errors.ClientsUnavailable
    listing = get("list_clients", "clients", "Client numbers, paged", inlined(IdPage), unavailable, parameters=paging)
    first = {"parameters": {"client_id": "$response.body#/clients/0"}}
    listing["get"]["responses"]["200"]["links"] = {
        name: {"operationId": name, **first} for name in ("get_decision", "get_client", "get_explanation")
    }
    return listing


def _about() -> Json:
    docs = operation("get_docs", "service", "This document as a page", {})
    docs["responses"]["200"]["content"] = {"text/html": {"schema": TEXT}}
    metrics = operation(
        "get_metrics",
        "service",
        "What all workers have counted, for Prometheus",
        {},
        description="In Prometheus' text format. 403 for a key with a portfolio.",
    )
    metrics["responses"]["200"]["content"] = {"text/plain": {"schema": TEXT}}
    threshold = "The probability from which a credit is refused"

    def health(name: str, summary: str, **more: Any) -> Json:
        return {"get": operation(name, "service", summary, ref("Ready"), NOT_READY, errors.ClientsUnavailable, **more)}

    return {
        "/features": get("list_features", "model", "Model-ready columns, in order", ref("Features")),
        "/best_threshold": get(
            "get_threshold", "model", threshold, ref("Threshold"), description="On the model's own scale."
        ),
        "/model": get("get_model", "model", "The model and how it was made", ref("ModelInfo"), description=_MODEL),
        "/": get(
            "get_index",
            "service",
            "The service and its routes",
            ref("Index"),
            description="Versions of API and model, all routes, and a client to try.",
        ),
        "/health": health("get_health", "The same as /health/ready"),
        "/health/ready": health(
            "get_readiness",
            "Whether the model scores as published",
            description="200 if golden records get the probabilities that they had at publication, otherwise 503.",
        ),
        "/health/live": get("get_liveness", "service", "Whether the process answers", ref("Live")),
        "/openapi.json": get(
            "get_openapi", "service", "This document", {"type": "object", "additionalProperties": True}
        ),
        "/docs": {"get": docs},
        "/metrics": {"get": metrics},
    }
