"""``GET /monitor``: an overview of the service, for those who watch over it."""

from collections.abc import Callable

from flask import Blueprint, Response

from scoring.monitoring.overview.look import Overview
from scoring.monitoring.overview.look_parts import Look
from scoring.web.answers import json_answer
from scoring.web.gate.current_caller import refuse_portfolio
from scoring.web.request_headers import asks_for_page


def blueprint(overview: Overview, show_page: Callable[[Look], Response]) -> Blueprint:
    """Serve the overview; a browser gets a page."""
    routes = Blueprint("monitoring", __name__)

    @routes.get("/monitor")
    def monitor() -> Response:
        refuse_portfolio()
        look = overview.look()
        return show_page(look) if asks_for_page() else json_answer(look)

    return routes
