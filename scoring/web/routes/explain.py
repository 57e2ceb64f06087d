"""Why a decision was made: ``GET /explain/<client_id>`` and ``POST /explain``."""

from flask import Blueprint, Response, request

from scoring.service import Service
from scoring.web.answers import Explanations, cached_answers, json_answer
from scoring.web.bodies import read_body

_CACHED = 1024  # explanations of known clients


def blueprint(service: Service) -> Blueprint:
    """Serve explanations."""
    routes = Blueprint("explain", __name__)
    explain_client = cached_answers(service.explain_client, _CACHED)

    @routes.get("/explain/<client_id>")
    def of_client(client_id: str) -> Response:
        return explain_client(client_id)

    @routes.post("/explain")
    def of_applications() -> Response:
        form, records, stored = body = read_body(request, service)
        if form == "application":
            return json_answer(service.explain_application(records[0], stored))
        if body.are_rows:
            return json_answer(Explanations(explanations=service.explain_rows(records)))
        return json_answer(Explanations(explanations=service.explain_applications(records, stored)))

    return routes
