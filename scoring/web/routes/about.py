"""Routes about the service and its model: index, columns, threshold, the manifest's public part, and health."""

from collections.abc import Callable

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.service import Service
from scoring.storage.artefacts import GOLDEN_AGREEMENT
from scoring.web import answers
from scoring.web.answers import constant_answer
from scoring.web.gate.current_caller import current_caller, seen_by_caller
from scoring.web.large_answers import LargeAnswer
from scoring.web.model_info import describe_model
from scoring.web.parameters import takes
from scoring.web.problem_kinds import NOT_READY
from scoring.web.problems import problem
from scoring.web.request_headers import asks_for_page

ROUTES = {
    "/predict/<client_id>": "decision for a known client",
    "POST /predict": "decisions on new applications or model-ready rows",
    "POST /predict_proba": "the same bodies, probabilities only",
    "POST /data": "how the service reads a body, without scoring it",
    "POST /table": "how the service reads a file of applications (CSV or Excel), without scoring it",
    "/explain/<client_id>": "contributions, reasons and an acceptable change for a known client's decision",
    "POST /explain": "the same for new applications",
    "/clients": "client numbers, paged with after= and limit=",
    "/clients/<client_id>": "a client's raw facts with readable names and units",
    "/population": "how many clients are accepted and refused, with values, to compare one client: features=, where=",
    "/application": "a form for a new application, in a browser",
    "POST /application": "its answer, as a page",
    "/decisions": "recorded decisions, paged: client_id=, from=, to=, outcome=, review=, after=, limit=",
    "/decisions/<decision_id>": "a recorded decision with everything about it, scored again",
    "POST /decisions/<decision_id>/review-request": "an applicant asks for a review by a person",
    "POST /decisions/<decision_id>/override": "an officer decides after a review, with a reason",
    "/reviews": "decisions that wait for a review by a person, paged with after= and limit=",
    "/decisions/<decision_id>/letter": "the letter to the applicant, a page for print in a browser",
    "/monitor": "today's decisions against what was expected, the record's state, open reviews, versions, last reports",
    "/features": "model-ready columns, in order",
    "/best_threshold": "probability from which a credit is refused",
    "/model": "the model: schema, calibration, metrics, importances",
    "/docs": "the API as a page",
    "/openapi.json": "the API as OpenAPI 3.1",
    "/health": "readiness: golden records are scored and compared (also /health/ready)",
    "/health/live": "the process answers",
    "/metrics": "what all workers have counted, for Prometheus",
}


def blueprint(service: Service, index_page: Callable[[], Response], model_page: Callable[[], Response]) -> Blueprint:
    """Serve ``/``, ``/features``, ``/best_threshold``, ``/model`` and ``/health``. A browser gets the pages."""
    routes = Blueprint("about", __name__)
    bundle = service.bundle
    columns = answers.Features(columns=list(bundle.scorer.features))
    threshold = answers.Threshold(best_threshold=bundle.scorer.policy.threshold)
    info = LargeAnswer(to_json(describe_model(bundle)))
    routes.add_url_rule("/features", "features", constant_answer(columns))
    routes.add_url_rule("/best_threshold", "best_threshold", constant_answer(threshold))
    routes.add_url_rule("/health/live", "live", constant_answer(answers.Live(status="live")))

    @routes.get("/")
    @takes("client_id")
    def index() -> Response:
        if asks_for_page():
            return index_page()
        described = answers.Index(
            service="Prêt à dépenser: credit scoring",
            api_version=answers.API_VERSION,
            model_version=bundle.version,
            synthetic_clients=bundle.synthetic_clients,
            try_=f"{request.script_root}{_address_to_try(service)}",
            routes=ROUTES,
        )
        return answers.json_answer(described)

    @routes.get("/model")
    def model() -> Response:
        return model_page() if asks_for_page() else info()

    @routes.get("/health")
    @routes.get("/health/ready")
    def ready() -> Response:
        difference = bundle.golden_difference()
        if not difference <= GOLDEN_AGREEMENT:
            detail = f"The probability of a golden record differs by {difference:.1e} from the published one."
            return problem(NOT_READY, detail)
        state = answers.Ready(status="ready", model_version=bundle.version, clients=len(service.clients))
        return answers.json_answer(state)

    return routes


def _address_to_try(service: Service) -> str:
    """Return the address of a decision; ``/features`` if the caller may see no client or none can be read."""
    clients = seen_by_caller(service).clients if "read" in current_caller().scopes else None
    first = None if clients is None else clients.example_id()
    return "/features" if first is None else f"/predict/{service.bundle.identity.format_id(first)}"
