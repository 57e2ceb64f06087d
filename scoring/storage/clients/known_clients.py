"""The known clients of a model, from any store: an id is read, and raises UnknownClient where no client has it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from scoring.errors import (
    ClientsUnavailable,
    FactsUnavailable,
    InvalidClientNumber,
    UnknownClient,
    input_error,
    shorten,
)
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import ClientId, Frozen, SchemaField, Text
from scoring.readable.terms import make_field_term
from scoring.readable.wording import describe_value
from scoring.storage.clients.client_store import ClientStore

_REMEMBERED = 2**10  # ids in addresses


class Fact(Frozen):
    """One field of a client's application; ``shown`` is the value in words. A missing value is null."""

    name: str
    label: Text
    value: int | float | str | None
    unit: str | None
    shown: Text


class KnownClient(NamedTuple):
    """A known client, as ``StoredClient``, with its id."""

    client_id: ClientId
    row: Floats
    record: RawRecord | None


class KnownClients:
    """Finds the clients of a store. Everything that reads the store raises ClientsUnavailable where it cannot be read.

    Parameters
    ----------
    fields : of a raw application, as facts describe them.

    Attributes
    ----------
    store : the clients.
    identity : the column that names a client, and its form.
    """

    def __init__(self, store: ClientStore, fields: Sequence[SchemaField] = ()) -> None:
        self.store, self.identity, self._fields = store, store.identity, fields
        self._pattern = store.identity.pattern()
        # Most callers ask several times for the same client.
        self.find_id = lru_cache(_REMEMBERED)(self._find_id) if store.is_constant else self._find_id

    def __len__(self) -> int:
        return self.store.count()

    def __contains__(self, client_id: ClientId) -> bool:
        return self.store.find_rows([client_id])[0] is not None

    def parse_id(self, text: str) -> ClientId:
        """Parse a client number or text id, known or not; raises InvalidClientNumber."""
        identity = self.identity
        if not self._pattern.fullmatch(text):
            raise InvalidClientNumber(
                f"{shorten(text)!r} is not a client {identity.noun()}: expected {identity.expected()}, nothing else.",
                input_error("client_id", text, identity.expected()),
            )
        return identity.parse_id(text)

    def find(self, text: str) -> KnownClient:
        """Find a client by the text of its id; raises InvalidClientNumber or UnknownClient."""
        client_id = self.parse_id(text)
        stored = self.store.find(client_id)
        if stored is None:
            raise self._unknown(client_id)
        return KnownClient(client_id, *stored)

    def find_row(self, text: str) -> tuple[ClientId, Floats]:
        """Find a client's id and model-ready row, shape (features,), which is faster; raises as ``find``."""
        client_id = self.parse_id(text)
        (row,) = self.store.find_rows([client_id])
        if row is None:
            raise self._unknown(client_id)
        return client_id, row

    def _find_id(self, text: str) -> ClientId:
        """Find a client's id, which is the fastest; raises as ``find``."""
        return self.find_row(text)[0]

    def _unknown(self, client_id: ClientId) -> UnknownClient:
        return UnknownClient(f"No client has the {self.identity.noun()} {self.identity.format_id(client_id)}.")

    def first_id(self) -> ClientId | None:
        """Return the lowest id; None if there is no client."""
        return next(iter(self.store.page(None, 1).client_ids), None)

    def example_id(self) -> ClientId | None:
        """Return the lowest id as an example; None if there is no client, or if the store cannot be read now."""
        try:
            return self.first_id()
        except ClientsUnavailable:
            return None

    def facts(self, client: KnownClient) -> list[Fact]:
        """Return a client's raw application with readable names and units; raises FactsUnavailable."""
        record = client.record
        if record is None:
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
            for field in self._fields
        ]
