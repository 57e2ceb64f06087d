"""Routes about the model: its columns, its threshold, the public part of its manifest."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from scoring.model.manifest import Manifest
from scoring.model.schema import Text
from scoring.readable.field_values import describe_expected, describe_usual
from scoring.readable.numbers import format_percent
from scoring.storage.bundle import Bundle
from scoring.web.answers import Features, ModelInfo, Threshold, constant_answer
from scoring.web.negotiation import asks_for_page


def blueprint(bundle: Bundle, page: Callable[[], Response]) -> Blueprint:
    """Serve ``/features``, ``/best_threshold`` and ``/model``; encoded once. A browser gets ``page``."""
    routes = Blueprint("model", __name__)
    columns = constant_answer(Features(columns=list(bundle.scorer.features)))
    threshold = constant_answer(Threshold(best_threshold=bundle.scorer.policy.threshold))
    card = constant_answer(_model_info(bundle))
    routes.add_url_rule("/features", "features", columns)
    routes.add_url_rule("/best_threshold", "best_threshold", threshold)

    @routes.get("/model")
    def model() -> Response:
        return page() if asks_for_page() else card()

    return routes


def _model_info(bundle: Bundle) -> ModelInfo:
    hidden = {"golden", "plan", "files", "features", "threshold"}
    public: dict[str, Any] = {}
    if bundle.manifest:
        public = {
            **bundle.manifest.model_dump(mode="json", exclude=hidden),
            "threshold_choice": bundle.manifest.threshold.model_dump(mode="json"),
            "shown": _shown(bundle.manifest),
        }
    return ModelInfo(
        model_version=bundle.version,
        threshold=bundle.scorer.policy.threshold,
        features=list(bundle.scorer.features),
        synthetic_clients=bundle.synthetic_clients,
        verified=bundle.manifest is not None,
        **public,
    )


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
