"""Why a decision was made: ``GET /explain/<client_id>`` and ``POST /explain``."""

from functools import cache, lru_cache

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.core.compiled import Record
from scoring.core.decision import Decision, decision_of
from scoring.core.explanation import Explanation
from scoring.core.explanations import Explanations
from scoring.core.schema import ClientId
from scoring.errors import BodyTooLarge
from scoring.storage.bundle import Bundle
from scoring.web.json_body import read_json
from scoring.web.known_clients import KnownClients
from scoring.web.schemas import Batch, Bodies
from scoring.web.score import stored_history

MOST_OF_TREES = 100  # records of one request to a model whose terms interact: some 40 ms each
MOST_ESTIMATED = 20  # the same, of a model whose contributions have to be sampled: up to a second each
_KEPT = 1024  # answers about known clients


def blueprint(bundle: Bundle, clients: KnownClients, bodies: Bodies) -> Blueprint:
    """Serve explanations; an answer about a known client is worked out once and kept."""
    routes = Blueprint("explain", __name__)

    @cache
    def explanations() -> Explanations:
        return Explanations(bundle.scorer, bundle.manifest)

    @lru_cache(maxsize=_KEPT)
    def known(client_id: str) -> bytes:
        number = clients.number(client_id)  # raises before anything is kept
        row, decision = clients.row(number)[None, :], clients.decision(client_id)
        return explanations().of(row, [_facts(bundle, number)], [decision])[0].model_dump_json().encode()

    @routes.get("/explain/<client_id>")
    def of_client(client_id: str) -> Response:
        return Response(known(client_id), content_type="application/json")

    @routes.post("/explain")
    def of_applications() -> Response:
        stored = stored_history()
        batch = bodies.read(read_json(request), stored=stored)
        explained = _explain(bundle, explanations(), bodies, batch, stored)
        if batch.shape == "application":
            return Response(explained[0].model_dump_json(), content_type="application/json")
        return Response(to_json({"explanations": explained}), content_type="application/json")

    return routes


def _facts(bundle: Bundle, number: ClientId) -> Record | None:
    return bundle.facts.record(number) if bundle.facts else None


def _explain(
    bundle: Bundle, explanations: Explanations, bodies: Bodies, batch: Batch, stored: bool
) -> list[Explanation]:
    most = MOST_OF_TREES if explanations.explainer.exact else MOST_ESTIMATED
    if not explanations.explainer.additive and len(batch.rows) > most:
        raise BodyTooLarge(
            f"{len(batch.rows)} records: expected at most {most} in a request, since this model takes long to explain; "
            "send several."
        )
    return explanations.of(batch.rows, _records(bodies, batch, stored), _decisions(bundle, batch))


def _records(bodies: Bodies, batch: Batch, stored: bool) -> list[Record | None]:
    """Applications with every field; what was not given is missing, history too unless it is the stored one."""
    if batch.applications is None or bodies.intake is None:
        return [None] * len(batch.rows)
    names = [field.name for field in bodies.intake.schema.fields]
    missing: Record = dict.fromkeys(names if stored else [*names, *bodies.intake.used])
    return [{**missing, **application.record} for application in batch.applications]


def _decisions(bundle: Bundle, batch: Batch) -> list[Decision]:
    scores = bundle.scorer.score(batch.rows)
    return [
        decision_of(
            scores,
            i,
            client_id=client_id,
            threshold=bundle.scorer.policy.threshold,
            version=bundle.version,
            warnings=warnings,
        )
        for i, (client_id, warnings) in enumerate(zip(batch.client_ids, batch.warnings, strict=True))
    ]
