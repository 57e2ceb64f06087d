"""The known clients in PostgreSQL. What is read comes from one generation, the former or the new one."""

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import psycopg
from psycopg.types.numeric import Int8

from scoring.errors import ClientTableError
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import ClientId, Identity
from scoring.storage.clients.client_store import MOST_OF_PORTFOLIO, ClientPage, ClientSample, StoredClient
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.connections import Connection, Connections, connect, unavailable
from scoring.storage.clients.postgres.generations import CURRENT, Condition, Conditions, Description, Generation
from scoring.storage.postgres import name_database

Rows = list[tuple[Any, ...]]
Statement = Callable[[Generation], str]
_MOST_SWAPS = 3  # while one question is answered
_BEYOND = 2**63  # of the numbers that BIGINT holds
_OUTCOMES = {1: 1.0, 0: 0.0, -1: float("nan"), None: float("nan")}
_EMPTY = "has no clients\nLoad them with python -m scoring load-clients."
_log = logging.getLogger("scoring")


def open_postgres_clients(url: str, wanted: StoredSchema, columns: Collection[str] = ()) -> "PostgresClients":
    """Open the clients in a database.

    Parameters
    ----------
    wanted : what the model needs.
    columns : that portfolios name.

    Raises
    ------
    ClientTableError
        The database cannot be read, has no clients, or those of another model.
    SettingError
        The URL cannot be read.
    """
    del columns  # which of them there are may change with every load
    name = name_database(url, "SCORING_CLIENTS")
    connection = connect(url)
    if isinstance(connection, str):
        raise ClientTableError(f"{name}: {connection}\nStart the database, or correct SCORING_CLIENTS.")
    with connection:
        try:
            current = _read_current(connection, wanted, name)
        except (psycopg.Error, OSError) as error:
            raise ClientTableError(f"{name}: {error}".strip()) from None
    return PostgresClients(_Served(Connections(url, name), wanted, current))


def _read_current(connection: Connection, wanted: StoredSchema, name: str) -> Generation:
    """Read which generation is served; raises ClientTableError where there is none for this model."""
    try:
        found = connection.execute(CURRENT).fetchone()
    except psycopg.errors.UndefinedTable:
        found = None
    except psycopg.errors.InsufficientPrivilege as error:
        remedy = "Grant the user of SCORING_CLIENTS the right to read the tables of clients (docs/clients.md)."
        raise ClientTableError(f"{name}: {error}".splitlines()[0] + f"\n{remedy}") from None
    if found is None or found[1] is None:
        raise ClientTableError(f"{name}: {_EMPTY}")
    try:
        about = Description.from_json(found[1])
    except (ValueError, TypeError) as error:
        remedy = "Load the clients again with this version of the service."
        raise ClientTableError(
            f"{name}: generation {found[0]} of the clients cannot be read ({error})\n{remedy}"
        ) from None
    about.refuse_other_model(wanted, name)
    return Generation(found[0], about)


class _Served:
    """What a store and its portfolios share: the database, and the generation that was served when last asked."""

    def __init__(self, connections: Connections, wanted: StoredSchema, current: Generation) -> None:
        self.connections, self.wanted, self.current = connections, wanted, current
        self._told: str | None = None  # the failure that the log has

    def ask(self, statement: Statement, *parameters: Any) -> tuple[Generation, Rows]:
        """Read from the current generation, one row at least; raises ClientsUnavailable."""
        return self.connections.run(lambda connection: self._read(connection, statement, parameters))

    def _read(self, connection: Connection, statement: Statement, parameters: Sequence[Any]) -> tuple[Generation, Rows]:
        missing = ""
        for _ in range(_MOST_SWAPS):
            current = self.current
            try:
                query = statement(current).encode()
                rows = connection.execute(query, parameters, prepare=True, binary=True).fetchall()
            except (
                psycopg.errors.UndefinedTable,
                KeyError,
            ) as error:  # another generation is served, or somebody removed it
                rows, missing = [], str(error).splitlines()[0]
            if rows and rows[0][0] == current.number:
                self._tell(None)
                return current, rows
            self._follow(connection)
            if missing and self.current.number == current.number:
                break
        self._tell(missing or "it is loaded again and again")
        raise unavailable()

    def _follow(self, connection: Connection) -> None:
        try:
            self.current = _read_current(connection, self.wanted, self.connections.name)
        except ClientTableError as error:
            self._tell(str(error))
            raise unavailable() from None

    def _tell(self, failure: str | None) -> None:
        if failure != self._told:
            self._told = failure
            if failure is None:
                _log.warning("The known clients can be read again")
            else:
                _log.error("The known clients cannot be read now: %s", failure)


class PostgresClients:
    """The clients in a database, or those of a portfolio; see ``ClientStore``. Made by ``open_postgres_clients``."""

    is_constant = False

    def __init__(self, served: _Served, conditions: Conditions = ()) -> None:
        self._served, self._conditions = served, tuple(conditions)
        self._is_number = served.wanted.identity.kind == "number"
        self._own = tuple(condition.value for condition in conditions)
        self._count: tuple[int, int] | None = None  # of a portfolio, with its generation
        self._sample: tuple[int, ClientSample] | None = None
        self._lock = threading.Lock()

    @property
    def identity(self) -> Identity:
        """The column that names a client."""
        return self._served.wanted.identity

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the columns of a row."""
        return self._served.wanted.features

    @property
    def has_facts(self) -> bool:
        """Whether raw applications are kept too."""
        return self._served.current.about.fields is not None

    def find(self, client_id: ClientId) -> StoredClient | None:
        """Find one client with its raw application."""
        if not self._can_be(client_id):
            return None
        generation, rows = self._ask(lambda current: current.find(self._conditions), self._key(client_id))
        _, row, facts = rows[0]
        return None if row is None else StoredClient(generation.decoder.decode(row), self._record(generation, facts))

    def find_rows(self, client_ids: Sequence[ClientId]) -> list[Floats | None]:
        """Find the model-ready rows of several clients."""
        keys = [self._key(client_id) for client_id in client_ids if self._can_be(client_id)]
        if not keys:
            return [None] * len(client_ids)
        if len(keys) == 1:
            generation, rows = self._ask(lambda current: current.find_row(self._conditions), keys[0])
        else:
            generation, rows = self._ask(lambda current: current.find_many(self._conditions), keys)
        found = {client_id: generation.decoder.decode(row) for _, client_id, row in rows if row is not None}
        return [found.get(client_id) for client_id in client_ids]

    def count(self) -> int:
        """Count all clients."""
        return self._with_total(self._ask_number)[2]

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after``."""
        first = () if after is None else (self._key(after),)

        def read() -> tuple[Generation, Rows]:
            keys = (*first, *self._own, limit)
            return self._served.ask(lambda current: current.page(self._conditions, first=not first), *keys)

        _, rows, total = self._with_total(read)
        return ClientPage(rows[0][1], total)

    def sample(self) -> ClientSample:
        """Return clients drawn at random, or everybody."""
        kept = self._sample
        if kept is not None and kept[0] == self._ask_number()[0].number:
            return kept[1]

        def read() -> tuple[Generation, Rows]:
            return self._ask(lambda current: current.sample(self._conditions))

        def draw() -> tuple[Generation, Rows]:
            return self._ask(lambda current: current.drawn(self._conditions, MOST_OF_PORTFOLIO))

        few = self._conditions and len(read()[1]) < MOST_OF_PORTFOLIO
        generation, rows, total = self._with_total(draw if few else read)
        with self._lock:
            if self._sample is None or self._sample[0] != generation.number:
                self._sample = (generation.number, _make_sample(generation, rows, total))
            return self._sample[1]

    def has_column(self, column: str) -> bool:
        """Whether clients can be selected by this column."""
        return self._served.current.has_column(column)

    def within(self, column: str, value: str) -> "PostgresClients":
        """Return the clients whose column has the value; a missing value is in no portfolio."""
        if not self.has_column(column):
            raise ClientTableError(
                f"portfolio: {self._served.connections.name} keeps no column {column} of its clients."
                "\nLoad them again with --portfolio and its name."
            )
        return PostgresClients(self._served, (*self._conditions, Condition(column, value)))

    def close(self) -> None:
        """Close connections that nobody uses."""
        self._served.connections.close()

    def _ask(self, statement: Statement, *parameters: Any) -> tuple[Generation, Rows]:
        return self._served.ask(statement, *parameters, *self._own)

    def _ask_number(self) -> tuple[Generation, Rows]:
        """Find out which generation is served now."""
        return self._served.ask(lambda _: "SELECT p.generation FROM client_pointer p")

    def _with_total(self, read: Callable[[], tuple[Generation, Rows]]) -> tuple[Generation, Rows, int]:
        """Read, and count the clients of the same generation."""
        for _ in range(_MOST_SWAPS):
            generation, rows = read()
            kept = self._count
            if not self._conditions:
                return generation, rows, generation.about.count
            if kept is None or kept[0] != generation.number:
                counted, numbers = self._ask(lambda current: current.count(self._conditions))
                kept = self._count = (counted.number, numbers[0][1])
            if kept[0] == generation.number:
                return generation, rows, kept[1]
        raise unavailable()

    def _can_be(self, client_id: ClientId) -> bool:
        if not self._is_number:
            return isinstance(client_id, str)
        return isinstance(client_id, int) and -_BEYOND <= client_id < _BEYOND

    def _key(self, client_id: ClientId) -> ClientId:
        if not self._is_number:
            return client_id
        return Int8(min(max(int(client_id), -_BEYOND), _BEYOND - 1))

    def _record(self, generation: Generation, facts: list[Any] | None) -> RawRecord | None:
        if facts is None or generation.about.fields is None:
            return None
        values = dict(zip(generation.about.fields, facts, strict=True))
        return {field.name: values.get(field.name) for field in self._served.wanted.fields}


def _make_sample(generation: Generation, rows: Rows, total: int) -> ClientSample:
    known = [row for row in rows if row[1] is not None]  # the only line of an empty portfolio has no row
    features = len(generation.about.features)
    decoded = np.array([generation.decoder.decode(row[1]) for row in known]).reshape(-1, features)
    outcomes = np.array([_OUTCOMES[row[2]] for row in known])
    fields = {name: i for i, name in enumerate(generation.about.fields or ())}
    facts = [row[3] for row in known]

    def read_field(name: str) -> list[Any]:
        place = fields[name]
        return [None if one is None else one[place] for one in facts]

    return ClientSample(decoded, None if np.isnan(outcomes).all() else outcomes, read_field, total)
