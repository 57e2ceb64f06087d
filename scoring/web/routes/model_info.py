"""Routes about the model: its columns, its threshold, the public part of its manifest."""

from collections.abc import Callable

from flask import Blueprint, Response
from pydantic_core import to_json

from scoring.model.manifest import Manifest
from scoring.model.schema import Text
from scoring.readable.field_values import describe_expected, describe_usual
from scoring.readable.numbers import format_percent
from scoring.storage.bundle import Bundle
from scoring.web.negotiation import asks_for_page


def blueprint(bundle: Bundle, page: Callable[[], Response]) -> Blueprint:
    """Serve ``/features``, ``/best_threshold`` and ``/model``; encoded once. A browser gets ``page``."""
    routes = Blueprint("model", __name__)
    answers = {
        "features": {"columns": bundle.scorer.features},
        "best_threshold": {"best_threshold": bundle.scorer.policy.threshold},
    }
    for name, answer in answers.items():
        routes.add_url_rule(f"/{name}", name, _constant(to_json(answer)))
    card = to_json(_public(bundle))

    @routes.get("/model")
    def model() -> Response:
        return page() if asks_for_page() else Response(card, content_type="application/json")

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
        "synthetic_clients": bundle.synthetic_clients,
    }
    if bundle.manifest is None:
        return {**common, "verified": False}
    hidden = {"golden", "plan", "files", "features", "threshold"}
    return {
        **common,
        "verified": True,
        **bundle.manifest.model_dump(mode="json", exclude=hidden),
        "threshold_choice": bundle.manifest.threshold.model_dump(mode="json"),
        "shown": _shown(bundle.manifest),
    }


def _shown(manifest: Manifest) -> dict[str, object]:
    """Threshold, review band and the valid and usual values of each field, as people write them."""
    band = manifest.review_band
    fields = {
        field.name: {
            "expected": describe_expected(field),
            "expected_typed": describe_expected(field, typed=True),
            "usual": describe_usual(field),
        }
        for field in manifest.input_schema.fields
    }
    return {
        "threshold": _percent(manifest.threshold.calibrated),
        "review_band": {"low": _percent(band.low), "high": _percent(band.high)},
        "fields": fields,
    }


def _percent(share: float) -> Text:
    return Text(en=format_percent(share, "en"), fr=format_percent(share, "fr"))
