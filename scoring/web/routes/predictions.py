"""Scoring new applications: decisions, probabilities, and how a body is read."""

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.errors import InvalidParameter
from scoring.model.decision import Decision, decision_of, encoded
from scoring.model.scorer import Scorer, Scores
from scoring.storage.bundle import Bundle
from scoring.web.bodies import Batch, Bodies
from scoring.web.json_body import read_json

_ECHOED = 40  # characters of a faulty value that an answer repeats


def blueprint(bundle: Bundle, bodies: Bodies) -> Blueprint:
    """Serve ``POST /predict``, ``/predict_proba`` and ``/data``."""
    routes = Blueprint("score", __name__)
    scorer = bundle.scorer

    @routes.post("/predict")
    def predict() -> Response:
        batch = bodies.read(read_json(request), stored=stored_history())
        if batch.shape == "application":
            decision = encoded(
                scorer.score_one(batch.ready[0]),
                client_id=batch.client_ids[0],
                threshold=scorer.policy.threshold,
                version=bundle.version,
                warnings=batch.warnings[0],
            )
            return Response(decision, content_type="application/json")
        scores = scorer.score(batch.rows)
        if batch.shape == "positional":
            return _json(scores.probability.tolist())
        return _json({"predictions": _decisions(batch, scores, scorer, bundle.version)})

    @routes.post("/predict_proba")
    def predict_proba() -> Response:
        batch = bodies.read(read_json(request), stored=stored_history())
        threshold = {"threshold": scorer.policy.threshold}
        if batch.shape == "application":
            return _json({"probability": scorer.score_one(batch.ready[0]).probability, **threshold})
        return _json({"probabilities": scorer.score(batch.rows).probability.tolist(), **threshold})

    @routes.post("/data")
    def data() -> Response:
        return _json(bodies.reports(read_json(request)))

    return routes


def _decisions(batch: Batch, scores: Scores, scorer: Scorer, version: str) -> list[Decision]:
    return [
        decision_of(
            scores, i, client_id=client_id, threshold=scorer.policy.threshold, version=version, warnings=warnings
        )
        for i, (client_id, warnings) in enumerate(zip(batch.client_ids, batch.warnings, strict=True))
    ]


def stored_history() -> bool:
    """Whether ``?history=stored`` was asked for; by default history is imputed."""
    if not request.environ.get("QUERY_STRING"):
        return False
    history = request.args.get("history", "imputed")
    if history not in {"stored", "imputed"}:
        fault = {"field": "history", "received": history[:_ECHOED], "expected": "stored or imputed"}
        raise InvalidParameter(f"history={history[:_ECHOED]!r}: expected stored or imputed.", fault)
    return history == "stored"


def _json(answer: object) -> Response:
    return Response(to_json(answer), content_type="application/json")
