"""The clients of one client file, which never changes; and those of them that a portfolio has."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientTableError
from scoring.model.calibration import Floats
from scoring.model.schema import ClientId
from scoring.storage.clients.client_store import (
    MOST_OF_PORTFOLIO,
    ClientPage,
    ClientSample,
    StoredClient,
    draw_sample,
    portfolio_text,
)
from scoring.storage.clients.file.column_codes import MOST_VALUES
from scoring.storage.clients.file.file_layout import Header
from scoring.storage.clients.file.stored_records import OpenedFile, StoredRecords


class Condition(NamedTuple):
    """A column has a value, as ``portfolio_text`` writes it."""

    column: str
    value: str


class _Chosen(NamedTuple):
    """Which stored values of a column meet a condition."""

    table: StoredRecords
    name: str
    are_met: Callable[[NDArray[Any]], NDArray[np.bool_]]


class OpenedClients:
    """All clients of a file.

    Parameters
    ----------
    fields : names of the fields of an application, in order.
    """

    def __init__(self, file: OpenedFile, header: Header, fields: Sequence[str]) -> None:
        self.header, self._file, kind = header, file, header.identity.kind
        self.rows = StoredRecords(file, header.rows, kind, header.features)
        self.facts = StoredRecords(file, header.facts, kind, fields) if header.facts else None

    def find(self, client_id: ClientId) -> StoredClient | None:
        """Find one client with its raw application."""
        place = self.rows.place(client_id)
        if place is None:
            return None
        return StoredClient(self.rows.row(self.rows.record(place)), self._record(client_id))

    def _record(self, client_id: ClientId) -> dict[str, Any] | None:
        place = self.facts.place(client_id) if self.facts else None
        return None if place is None or self.facts is None else self.facts.values(self.facts.record(place))

    def find_row(self, client_id: ClientId) -> Floats | None:
        """Find one client's model-ready row."""
        place = self.rows.place(client_id)
        return None if place is None else self.rows.row(self.rows.record(place))

    def count(self) -> int:
        """Count all clients."""
        return self.rows.count

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after``."""
        start = self.rows.first_after(after)
        return ClientPage(self.rows.ids(start, start + limit), self.rows.count)

    @cached_property
    def sample(self) -> ClientSample:
        """The sample that was drawn when the file was written."""
        file, facts, stored = self._file, self.facts, self.header.sample
        records = np.frombuffer(file.read_block(stored.rows), self.rows.record_type)

        def field(name: str) -> list[Any]:  # refers to nothing that keeps the sample
            if facts is None or stored.facts is None or stored.present is None:
                raise KeyError(name)
            present = file.read_block(stored.present)
            values = facts.column(name, np.frombuffer(file.read_block(stored.facts), facts.record_type))
            return [value if one else None for value, one in zip(values, present, strict=True)]

        return ClientSample(self.rows.rows(records), self.outcomes(records), field, self.rows.count)

    def outcomes(self, records: NDArray[Any]) -> Floats | None:
        """Return the outcomes in records of model-ready rows, shape (n,); None for a file without them."""
        target = self.header.target
        return None if target is None else self.rows.columns[target].decode(records[target])

    # Portfolios

    def table_with(self, column: str) -> StoredRecords | None:
        """Find the table with a column of portfolios: a kept one, a field of applications, or a feature."""
        if column in self.header.others:
            return self.rows
        if self.facts is not None and column in self.facts.columns:
            return self.facts
        return self.rows if column in self.header.features else None

    def choose(self, condition: Condition) -> _Chosen:
        """Find out which stored values meet a condition; raises ClientTableError if no table has the column."""
        table = self.table_with(condition.column)
        if table is None:
            raise ClientTableError(
                f"portfolio: neither the clients nor their applications have a column {condition.column}."
            )
        reader, value = table.columns[condition.column], condition.value
        if reader.is_text:
            codes = reader.plain.find(value)
            return _Chosen(table, condition.column, lambda stored: np.isin(stored, codes))
        if reader.column.width == 1:
            met = np.array([portfolio_text(one) == value for one in reader.numbers[:MOST_VALUES].tolist()] + [False])
            return _Chosen(table, condition.column, lambda stored: met.take(stored))
        number = _number_written(value)
        return _Chosen(table, condition.column, lambda stored: stored == number)


def _number_written(value: str) -> float:
    """Return the number that ``portfolio_text`` writes so; NaN, which equals nothing, where there is none.

    >>> _number_written("75"), _number_written("75.0"), _number_written("x")
    (75.0, nan, nan)
    """
    try:
        number = float(value)
    except ValueError:
        return float("nan")
    return number if portfolio_text(number) == value else float("nan")


class OpenedPortfolio:
    """The clients of an opened file that meet all conditions. Finding them all reads the whole table once.

    Parameters
    ----------
    conditions : at least one.
    """

    def __init__(self, clients: OpenedClients, conditions: Sequence[Condition]) -> None:
        self._clients = clients
        self._chosen, *self._others = [clients.choose(one) for one in conditions]

    def has(self, client_id: ClientId) -> bool:
        """Whether a client, known or not, meets the conditions."""
        return all(_meets(one, client_id) for one in (self._chosen, *self._others))

    def _ids(self, start: int = 0) -> Iterator[ClientId]:
        table, name, are_met = self._chosen
        for first, records in table.scan(start):
            places = np.flatnonzero(are_met(records[name]))
            if len(places):
                ids = table.ids(first, first + len(records))
                found = [ids[i] for i in places.tolist()]
                yield from (one for one in found if all(_meets(other, one) for other in self._others))

    @cached_property
    def _places(self) -> tuple[int, list[int]]:
        """Number of clients, and places of a sample in the table of the first condition."""
        table, name, are_met = self._chosen
        found = [first + np.flatnonzero(are_met(records[name])).astype(np.int64) for first, records in table.scan()]
        places = np.concatenate(found)
        if self._others:
            ids = [table.ids(place, place + 1)[0] for place in places.tolist()]
            places = places[[all(_meets(other, one) for other in self._others) for one in ids]]
        drawn: list[int] = places[draw_sample(len(places), MOST_OF_PORTFOLIO)].tolist()
        return len(places), drawn

    def count(self) -> int:
        """Count the clients."""
        return self._places[0]

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after``."""
        ids = self._ids(self._chosen.table.first_after(after))
        return ClientPage([one for _, one in zip(range(limit), ids, strict=False)], self.count())

    @cached_property
    def sample(self) -> ClientSample:
        """Some of the clients, drawn at random."""
        clients, table, places = self._clients, self._chosen.table, self._places[1]
        rows, facts = clients.rows, clients.facts
        ids = [table.ids(place, place + 1)[0] for place in places]
        in_rows = places if table is rows else [place for one in ids if (place := rows.place(one)) is not None]
        records = rows.gather(in_rows)

        def field(name: str) -> list[Any]:  # refers to nothing that keeps the sample
            if facts is None:
                raise KeyError(name)
            found = [facts.place(one) for one in ids]
            values = iter(facts.column(name, facts.gather([place for place in found if place is not None])))
            return [None if place is None else next(values) for place in found]

        return ClientSample(rows.rows(records), clients.outcomes(records), field, self.count())


def _meets(chosen: _Chosen, client_id: ClientId) -> bool:
    place = chosen.table.place(client_id)
    if place is None:
        return False
    record = np.frombuffer(chosen.table.record(place), chosen.table.record_type)
    return bool(chosen.are_met(record[chosen.name])[0])
