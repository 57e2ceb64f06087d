"""The known clients in memory: a table that was read whole, and the raw applications that go with it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientTableError
from scoring.model.calibration import Floats
from scoring.model.schema import ClientId, Identity
from scoring.storage.clients.client_store import (
    MOST_SAMPLED,
    ClientPage,
    ClientSample,
    StoredClient,
    draw_sample,
    portfolio_text,
)
from scoring.storage.clients.client_table import ClientFacts, ClientTable


@dataclass(frozen=True, eq=False)
class InMemoryClients:
    """A table of clients with their raw applications; see ``ClientStore``.

    Attributes
    ----------
    identity : the column that names a client.
    table : model-ready rows.
    facts : raw applications; None where only model-ready rows exist.
    """

    identity: Identity
    table: ClientTable
    facts: ClientFacts | None = None
    is_constant = True

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns of a row."""
        return self.table.features

    @property
    def has_facts(self) -> bool:
        """Whether raw applications are kept too."""
        return self.facts is not None

    @cached_property
    def _positions(self) -> dict[ClientId, int]:
        return {client_id: i for i, client_id in enumerate(self.table.client_ids.tolist())}

    @cached_property
    def _sorted(self) -> list[ClientId]:
        return sorted(self._positions)

    def find(self, client_id: ClientId) -> StoredClient | None:
        """Find one client with its raw application."""
        place = self._positions.get(client_id)
        if place is None:
            return None
        return StoredClient(self.table.rows[place], self.facts.record(client_id) if self.facts else None)

    def find_rows(self, client_ids: Sequence[ClientId]) -> list[Floats | None]:
        """Find the model-ready rows of several clients."""
        places = map(self._positions.get, client_ids)
        return [None if place is None else self.table.rows[place] for place in places]

    def count(self) -> int:
        """Count all clients."""
        return len(self.table.client_ids)

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after``."""
        start = 0 if after is None else bisect_right(self._sorted, after)
        return ClientPage(self._sorted[start : start + limit], self.count())

    def sample(self) -> ClientSample:
        """Return everybody, or clients drawn at random."""
        return self._sample

    @cached_property
    def _sample(self) -> ClientSample:
        total = self.count()
        ascending = np.argsort(self.table.client_ids, kind="stable")
        table = _select(self.table, ascending[draw_sample(total, MOST_SAMPLED)])
        return ClientSample(table.rows, table.outcomes, lambda name: self._field(name, table.client_ids), total)

    def _field(self, name: str, client_ids: NDArray[Any]) -> Sequence[Any]:
        if self.facts is None:
            raise KeyError(name)
        return self.facts.column(name, client_ids)

    def has_column(self, column: str) -> bool:
        """Whether clients can be selected by this column."""
        return column in self.table.others or self._is_field(column) or column in self.table.features

    def within(self, column: str, value: str) -> "InMemoryClients":
        """Return the clients whose column has the value; a missing value is in no portfolio."""
        chosen = [i for i, one in enumerate(self._column(column)) if portfolio_text(one) == value]
        return replace(self, table=_select(self.table, np.array(chosen, dtype=np.intp)))

    def _column(self, column: str) -> Sequence[object]:
        table = self.table
        if column in table.others:
            return table.others[column]
        if self._is_field(column):
            return self._field(column, table.client_ids)
        if column in table.features:
            values: list[float] = table.rows[:, table.features.index(column)].tolist()
            return values
        raise ClientTableError(
            f"portfolio: neither the table of clients nor their applications have a column {column}."
        )

    def _is_field(self, column: str) -> bool:
        return self.facts is not None and any(field.name == column for field in self.facts.fields)

    def close(self) -> None:
        """Do nothing."""


def _select(table: ClientTable, places: NDArray[np.intp]) -> ClientTable:
    """Return the table with some of the clients only; ``places`` are theirs, shape (n,)."""
    return replace(
        table,
        client_ids=table.client_ids[places],
        rows=table.rows[places],
        outcomes=None if table.outcomes is None else table.outcomes[places],
        others={name: [texts[i] for i in places.tolist()] for name, texts in table.others.items()},
    )
