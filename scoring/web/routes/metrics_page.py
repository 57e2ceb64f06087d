"""``/metrics``: what all workers have counted, for Prometheus."""

from collections.abc import Callable

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound


def blueprint(write: Callable[[], bytes] | None) -> Blueprint:
    """Serve ``/metrics``; without a function that writes them, there is nothing at this address."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def metrics() -> Response:
        if write is None:
            raise NotFound
        return Response(write(), content_type="text/plain; version=0.0.4; charset=utf-8")

    return routes
