"""Known clients: who they are, and their decisions, computed once for all of them."""

from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import FactsUnavailable, InvalidClientNumber, UnknownClient, shorten
from scoring.model.decision import Decision, decision_of
from scoring.model.schema import ClientId
from scoring.model.scorer import Scores
from scoring.storage.bundle import Bundle

_KEPT = 2**14  # encoded decisions, some 6 MB


class KnownClients:
    """Answers by client number (or text id), from one vectorised call of the scorer.

    Attributes
    ----------
    answer : the decision on a client as JSON; raises as ``decision``.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self.identity = bundle.identity
        self._form = bundle.identity.pattern()
        self._scores = bundle.scorer.score(bundle.clients.rows)
        self._position = {number: i for i, number in enumerate(bundle.clients.numbers.tolist())}
        self._sorted = sorted(self._position)
        # Kept, because code and memory that a request need not touch are what it costs most.
        self.answer: Callable[[str], bytes] = lru_cache(_KEPT)(self._encoded)

    def __len__(self) -> int:
        return len(self._sorted)

    def decision(self, client_id: str) -> Decision:
        """Decide on a client; raises InvalidClientNumber or UnknownClient."""
        number = self.number(client_id)
        bundle = self._bundle
        return decision_of(
            self._scores,
            self._position[number],
            client_id=number,
            threshold=bundle.scorer.policy.threshold,
            version=bundle.version,
        )

    def _encoded(self, client_id: str) -> bytes:
        """Write the decision on a client as JSON; raises as ``decision``."""
        return self.decision(client_id).model_dump_json().encode()

    def row(self, number: ClientId) -> NDArray[np.float64]:
        """Model-ready row of a client, shape (features,); raises UnknownClient."""
        if number not in self._position:
            raise UnknownClient(f"No client has the {self.identity.noun()} {number}.")
        row: NDArray[np.float64] = self._bundle.clients.rows[self._position[number]]
        return row

    def scores(self) -> Scores:
        """Scores of all clients, in the order of the table."""
        return self._scores

    def facts(self, client_id: str) -> list[dict[str, Any]]:
        """Raw fields of a client; raises as ``decision``, and FactsUnavailable."""
        number = self.number(client_id)
        facts = self._bundle.facts.of(number) if self._bundle.facts else None
        if facts is None:
            raise FactsUnavailable(
                "This client is known only as a model-ready row; the raw application was not published with the model."
            )
        return facts

    def number(self, client_id: str) -> ClientId:
        """Read a client number or text id; raises InvalidClientNumber or UnknownClient."""
        identity = self.identity
        if not self._form.fullmatch(client_id):
            received = shorten(client_id)
            raise InvalidClientNumber(
                f"{received!r} is not a client {identity.noun()}: expected {identity.expected()}, nothing else.",
                {"field": "client_id", "received": received, "expected": identity.expected()},
            )
        number = identity.read(client_id)
        if number not in self._position:
            raise UnknownClient(f"No client has the {identity.noun()} {client_id}.")
        return number

    def page(self, after: ClientId | None, limit: int) -> list[ClientId]:
        """At most ``limit`` client numbers above ``after`` (none: from the first), ascending; texts by code point."""
        start = 0 if after is None else bisect_right(self._sorted, after)
        return self._sorted[start : start + limit]
