"""Health: whether the process answers, and whether the model scores as published."""

from http import HTTPStatus

from flask import Blueprint, Response

from scoring.storage.artefacts import GOLDEN_AGREEMENT
from scoring.storage.bundle import Bundle
from scoring.web.answers import Live, Ready, constant_answer, json_answer
from scoring.web.problems import problem


def blueprint(bundle: Bundle) -> Blueprint:
    """Serve ``/health``, ``/health/live`` and ``/health/ready``."""
    routes = Blueprint("health", __name__, url_prefix="/health")

    routes.add_url_rule("/live", "live", constant_answer(Live(status="live")))

    @routes.get("")
    @routes.get("/ready")
    def ready() -> Response:
        difference = bundle.golden_difference()
        if not difference <= GOLDEN_AGREEMENT:
            return problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Not ready",
                f"The probability of a golden record differs by {difference:.1e} from the published one.",
            )
        return json_answer(Ready(status="ready", model_version=bundle.version, clients=len(bundle.clients.client_ids)))

    return routes
