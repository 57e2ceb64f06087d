"""Why a decision was made: ``GET /explain/<client_id>`` and ``POST /explain``."""

from functools import cached_property, lru_cache

from flask import Blueprint, Response, request
from pydantic_core import to_json

from scoring.errors import BodyTooLarge
from scoring.explanation.answer import Explanation
from scoring.explanation.explainer import Explanations
from scoring.model.compile import Record
from scoring.model.decision import Decision, decision_of
from scoring.storage.bundle import Bundle
from scoring.web.bodies import Batch, Bodies
from scoring.web.json_body import read_json
from scoring.web.known_clients import KnownClients
from scoring.web.routes.predictions import stored_history

MOST_OF_TREES = 100  # records of one request to a model whose terms interact: some 40 ms each
MOST_ESTIMATED = 20  # the same, of a model whose contributions have to be sampled: up to a second each
_KEPT = 1024  # answers about known clients


class Explained:
    """Explains decisions on known clients and on bodies, for the routes and for the pages."""

    def __init__(self, bundle: Bundle, clients: KnownClients, bodies: Bodies) -> None:
        self._bundle, self._clients, self._bodies = bundle, clients, bodies

    @cached_property
    def _explanations(self) -> Explanations:
        return Explanations(self._bundle.scorer, self._bundle.manifest)

    def client(self, client_id: str) -> Explanation:
        """Explain the decision on a known client; raises InvalidClientNumber or UnknownClient."""
        number = self._clients.number(client_id)
        row, decision = self._clients.row(number)[None, :], self._clients.decision(client_id)
        record = self._bundle.facts.record(number) if self._bundle.facts else None
        return self._explanations.of(row, [record], [decision])[0]

    def batch(self, batch: Batch, stored: bool) -> list[Explanation]:
        """Explain the decisions on a body's records; raises BodyTooLarge."""
        explainer = self._explanations.explainer
        most = MOST_OF_TREES if explainer.exact else MOST_ESTIMATED
        if not explainer.additive and len(batch.rows) > most:
            raise BodyTooLarge(
                f"{len(batch.rows)} records: expected at most {most} in a request, since this model takes long to "
                "explain; send several."
            )
        records = self._records(batch, stored)
        return self._explanations.of(batch.rows, records, _decisions(self._bundle, batch))

    def _records(self, batch: Batch, stored: bool) -> list[Record | None]:
        """Applications with every field; what was not given is missing, history too unless it is the stored one."""
        intake = self._bodies.intake
        if batch.applications is None or intake is None:
            return [None] * len(batch.rows)
        names = [field.name for field in intake.schema.fields]
        missing: Record = dict.fromkeys(names if stored else [*names, *intake.used])
        return [{**missing, **application.record} for application in batch.applications]


def blueprint(explained: Explained, bodies: Bodies) -> Blueprint:
    """Serve explanations; an answer about a known client is worked out once and kept."""
    routes = Blueprint("explain", __name__)

    @lru_cache(maxsize=_KEPT)
    def known(client_id: str) -> bytes:
        return explained.client(client_id).model_dump_json().encode()  # nothing is kept where it raises

    @routes.get("/explain/<client_id>")
    def of_client(client_id: str) -> Response:
        return Response(known(client_id), content_type="application/json")

    @routes.post("/explain")
    def of_applications() -> Response:
        stored = stored_history()
        batch = bodies.read(read_json(request), stored=stored)
        explanations = explained.batch(batch, stored)
        if batch.shape == "application":
            return Response(explanations[0].model_dump_json(), content_type="application/json")
        return Response(to_json({"explanations": explanations}), content_type="application/json")

    return routes


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
