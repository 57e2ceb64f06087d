"""``GET /monitor``: one look at the service, for those who watch over it."""

from collections.abc import Callable

from flask import Blueprint, Response

from scoring.errors import NotAllowed
from scoring.monitoring.overview.look import Overview
from scoring.monitoring.overview.look_parts import Look
from scoring.web.answers import json_answer
from scoring.web.gate.current_caller import current_caller
from scoring.web.request_headers import asks_for_page


def blueprint(overview: Overview, show_page: Callable[[Look], Response]) -> Blueprint:
    """Serve the look; a browser gets a page."""
    routes = Blueprint("monitoring", __name__)

    @routes.get("/monitor")
    def monitor() -> Response:
        if current_caller().portfolio is not None:
            raise NotAllowed(
                "This address counts the decisions on all clients, and the API key sees those of its portfolio only. "
                "Use a key without a portfolio."
            )
        look = overview.look()
        return show_page(look) if asks_for_page() else json_answer(look)

    return routes
