"""``GET /``: the service and its routes."""

from collections.abc import Callable

from flask import Blueprint, Response

from scoring.service import Service
from scoring.web.answers import Index, constant_answer
from scoring.web.negotiation import asks_for_page

ROUTES = {
    "/predict/<client_id>": "decision for a known client",
    "POST /predict": "decisions on new applications or model-ready rows",
    "POST /predict_proba": "the same bodies, probabilities only",
    "POST /data": "how the service reads a body, without scoring it",
    "/explain/<client_id>": "contributions, reasons and an acceptable change for a known client's decision",
    "POST /explain": "the same for new applications",
    "/clients": "client numbers, paged with after= and limit=",
    "/clients/<client_id>": "a client's raw facts with readable names and units",
    "/population": "known clients by decision, to compare one client with others: features=, where=",
    "/application": "a form for a new application, in a browser",
    "POST /application": "its answer, as a page",
    "/features": "model-ready columns, in order",
    "/best_threshold": "probability from which a credit is refused",
    "/model": "the model: schema, calibration, metrics, importances",
    "/docs": "the API as a page",
    "/openapi.json": "the API as OpenAPI 3.1",
    "/health": "readiness: golden records are scored and compared (also /health/ready)",
    "/health/live": "the process answers",
}


def blueprint(service: Service, page: Callable[[], Response]) -> Blueprint:
    """Serve the index with a client to try. A browser gets ``page``."""
    routes = Blueprint("index", __name__)
    answer = constant_answer(
        Index(
            service="Prêt à dépenser: credit scoring",
            model_version=service.bundle.version,
            synthetic_clients=service.bundle.synthetic_clients,
            try_=f"/predict/{service.clients.page(None, 1)[0]}",
            routes=ROUTES,
        )
    )

    @routes.get("/")
    def index() -> Response:
        return page() if asks_for_page() else answer()

    return routes
