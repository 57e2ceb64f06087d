"""Health: whether the service is alive, and whether it still scores as it should."""

from http import HTTPStatus

from flask import Blueprint, Response

from scoring.storage.artefacts import GOLDEN_AGREEMENT
from scoring.storage.bundle import Bundle
from scoring.web.answers import Live, Ready, constant_answer, json_answer
from scoring.web.problems import problem


def blueprint(bundle: Bundle) -> Blueprint:
    """Serve the health routes (live: the process answers; ready: scores rightly)."""
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
                f"A record whose probability is known was scored {difference:.1e} away from it.",
            )
        return json_answer(Ready(status="ready", model_version=bundle.version, clients=len(bundle.clients.client_ids)))

    return routes
