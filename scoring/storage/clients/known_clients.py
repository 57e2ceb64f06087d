"""The known clients of a model: finds one by number or id, and raises UnknownClient where there is none."""

from bisect import bisect_right

from scoring.errors import FactsUnavailable, InvalidClientNumber, UnknownClient, input_error, shorten
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import ClientId, Frozen, Text
from scoring.readable.terms import make_field_term
from scoring.readable.wording import describe_value
from scoring.storage.bundle import Bundle


class Fact(Frozen):
    """One field of a client's application; ``shown`` is the value in words. A missing value is null."""

    name: str
    label: Text
    value: int | float | str | None
    unit: str | None
    shown: Text


class KnownClients:
    """Finds a bundle's clients.

    Attributes
    ----------
    identity : the column that names a client, and its form.
    client_ids : in the order of the table.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.identity = bundle.identity
        self.client_ids: list[ClientId] = bundle.clients.client_ids.tolist()
        self._rows, self._facts = bundle.clients.rows, bundle.facts
        self._pattern = bundle.identity.pattern()
        self._positions = {client_id: i for i, client_id in enumerate(self.client_ids)}
        self._sorted = sorted(self._positions)

    def __len__(self) -> int:
        return len(self._sorted)

    def __contains__(self, client_id: ClientId) -> bool:
        return client_id in self._positions

    def parse_id(self, text: str) -> ClientId:
        """Parse the id of a known client; raises InvalidClientNumber or UnknownClient."""
        identity = self.identity
        if not self._pattern.fullmatch(text):
            raise InvalidClientNumber(
                f"{shorten(text)!r} is not a client {identity.noun()}: expected {identity.expected()}, nothing else.",
                input_error("client_id", text, identity.expected()),
            )
        client_id = identity.parse_id(text)
        self.position(client_id)
        return client_id

    def position(self, client_id: ClientId) -> int:
        """Return a client's position in the table; raises UnknownClient."""
        if client_id not in self._positions:
            raise UnknownClient(f"No client has the {self.identity.noun()} {self.identity.format_id(client_id)}.")
        return self._positions[client_id]

    def row(self, client_id: ClientId) -> Floats:
        """Return a client's model-ready row, shape (features,); raises UnknownClient."""
        row: Floats = self._rows[self.position(client_id)]
        return row

    def record(self, client_id: ClientId) -> RawRecord | None:
        """Return a client's raw application; None where only the model-ready row is known."""
        return self._facts.record(client_id) if self._facts else None

    def facts(self, client_id: ClientId) -> list[Fact]:
        """Return a client's raw application with readable names and units; raises FactsUnavailable."""
        record = self.record(client_id)
        if record is None or self._facts is None:
            raise FactsUnavailable(
                "This client is known only as a model-ready row; the raw application was not published with the model."
            )
        return [
            Fact(
                name=field.name,
                label=field.label,
                value=record[field.name],
                unit=field.unit,
                shown=describe_value(make_field_term(field), record[field.name]),
            )
            for field in self._facts.fields
        ]

    def page(self, after: ClientId | None, limit: int) -> list[ClientId]:
        """Return at most ``limit`` ids above ``after`` (none: from the first), ascending; texts by code point."""
        start = 0 if after is None else bisect_right(self._sorted, after)
        return self._sorted[start : start + limit]
