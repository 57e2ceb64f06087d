"""Routes about the model: its columns, its threshold, the public part of its manifest."""

from collections.abc import Callable

from flask import Blueprint, Response
from pydantic_core import to_json

from scoring.storage.bundle import Bundle


def blueprint(bundle: Bundle) -> Blueprint:
    """Serve ``/features``, ``/best_threshold`` and ``/model``; the answers are encoded once."""
    routes = Blueprint("model", __name__)
    answers = {
        "features": {"columns": bundle.scorer.features},
        "best_threshold": {"best_threshold": bundle.scorer.policy.threshold},
        "model": _public(bundle),
    }
    for name, answer in answers.items():
        routes.add_url_rule(f"/{name}", name, _constant(to_json(answer)))
    return routes


def _constant(body: bytes) -> Callable[[], Response]:
    def view() -> Response:
        return Response(body, content_type="application/json")

    return view


def _public(bundle: Bundle) -> dict[str, object]:
    common: dict[str, object] = {
        "model_version": bundle.version,
        "threshold": bundle.scorer.policy.threshold,
        "features": bundle.scorer.features,
    }
    if bundle.manifest is None:
        return {**common, "verified": False}
    hidden = {"golden", "plan", "files", "features", "threshold"}
    return {
        **common,
        "verified": True,
        **bundle.manifest.model_dump(mode="json", exclude=hidden),
        "threshold_choice": bundle.manifest.threshold.model_dump(mode="json"),
    }
