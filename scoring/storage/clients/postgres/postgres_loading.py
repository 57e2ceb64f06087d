"""Loading clients into PostgreSQL: all or nothing, while others read the former ones."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import psycopg
from numpy.typing import NDArray

from scoring.storage.clients.client_store import draw_sample
from scoring.storage.clients.loading.client_source import ClientSource, FactBatch, id_list
from scoring.storage.clients.postgres.copied_rows import (
    BEGINNING,
    END,
    copied_rows,
    ids_field,
    outcomes_field,
    texts_field,
)
from scoring.storage.clients.postgres.fact_texts import fact_texts
from scoring.storage.clients.postgres.generations import TABLES, Description
from scoring.storage.clients.postgres.loading_connection import (
    Connection,
    connect,
    is_served,
    lock,
    nothing_loaded,
    remove_others,
    words,
)
from scoring.storage.clients.postgres.row_codes import RowEncoder
from scoring.storage.postgres import name_database

T = TypeVar("T")
_AHEAD = 4  # batches that are prepared while the server stores one
_KEY_BYTES = 80  # of memory that sorting a key takes for each client
_LEAST_MEMORY, _MOST_MEMORY = 1 << 26, 1 << 30
_KINDS = {"number": "BIGINT", "text": 'TEXT COLLATE "C"'}
_log = logging.getLogger("scoring")


def require_database(url: str) -> None:
    """Raise ClientTableError where clients cannot be loaded into a database now; so it is told before any work."""
    name = name_database(url, "--to")
    try:
        connect(url, name).close()
    except (psycopg.Error, OSError) as error:
        raise nothing_loaded(name, error) from None


def load_into_postgres(
    url: str, source: ClientSource, portfolios: Sequence[str] = (), told: Callable[[int], None] = lambda _: None
) -> int:
    """Load clients; who reads them meanwhile reads the former ones, and the new ones once they are complete.

    Parameters
    ----------
    portfolios : columns of the table or fields of applications for which portfolios are found by an index.
    told : is called with the number of rows of each part that was stored.

    Returns
    -------
    Number of clients.

    Raises
    ------
    ClientTableError
        A table has errors, somebody else is loading, or the database fails. Nothing was loaded then.
    SettingError
        The URL cannot be read.
    """
    name, served = name_database(url, "--to"), None
    try:
        with connect(url, name) as connection:
            number = _begin(connection, name)
            with connection.transaction():
                description = _fill(connection, number, source, portfolios, told)
                _serve(connection, number, description)
                served = number, description.count
            remove_others(connection, number)
    except (psycopg.Error, OSError) as error:
        if served is None or not is_served(url, name, served[0], error):
            raise nothing_loaded(name, error) from None
        _log.warning("%s: %s; the new clients are served, and the next load removes the former", name, words(error))
    return served[1]


def _begin(connection: Connection, name: str) -> int:
    """Make sure that nobody else is loading, remove what was not finished, and note that a load begins."""
    lock(connection, name)
    connection.execute(TABLES)
    unfinished = connection.execute(
        "SELECT number, begun_at FROM client_generations WHERE loaded_at IS NULL"
    ).fetchall()
    for number, begun_at in unfinished:
        _log.warning("%s: generation %s, begun at %s, was never finished; it is removed", name, number, begun_at)
    served = connection.execute("SELECT generation FROM client_pointer").fetchone()
    remove_others(connection, served[0] if served else None)
    begun = connection.execute("INSERT INTO client_generations DEFAULT VALUES RETURNING number").fetchone()
    return int(begun[0]) if begun else 0


def _fill(
    connection: Connection, number: int, source: ClientSource, portfolios: Sequence[str], told: Callable[[int], None]
) -> Description:
    """Make the tables of a generation, in the transaction in which they become the ones that are served."""
    schema, kept = source.schema, source.others
    key = _KINDS[schema.identity.kind]
    texts = "".join(f', portfolio_{i} TEXT COLLATE "C"' for i in range(len(kept)))
    columns = f"id {key} NOT NULL, outcome SMALLINT NOT NULL, row BYTEA NOT NULL{texts}"
    connection.execute(f"CREATE TABLE client_rows_{number} ({columns})".encode())
    encoder = RowEncoder(len(schema.features))
    count = _copy(connection, f"client_rows_{number}", row_parts(source, encoder), told)
    _add_key(connection, f"client_rows_{number}", count)
    if source.has_facts:
        connection.execute(f"CREATE TABLE client_facts_{number} (id {key} NOT NULL, facts JSON NOT NULL)".encode())
        _add_key(
            connection, f"client_facts_{number}", _copy(connection, f"client_facts_{number}", _fact_parts(source), told)
        )
    fields = tuple(field.name for field in schema.fields) if source.has_facts else None
    described = Description(
        schema.fingerprint, schema.identity.name, schema.identity.kind, schema.features, count, fields, kept,
        encoder.describe(),
    )  # fmt: skip
    _index(connection, number, described, portfolios)
    _draw_sample(connection, number, described, source.order_of_rows().client_ids)
    return described


def row_parts(source: ClientSource, encoder: RowEncoder) -> Iterator[tuple[int, bytes]]:
    """Write the rows of a source as COPY takes them, part by part, each with its number of rows."""
    for batch in _ahead(source.rows()):
        texts = [texts_field(batch.others[name]) for name in source.others]
        outcomes = outcomes_field(batch.outcomes, len(batch.client_ids))
        fields = [ids_field(batch.client_ids), outcomes, encoder.encode(batch.columns), *texts]
        yield len(batch.client_ids), copied_rows(fields)


def _fact_parts(source: ClientSource) -> Iterator[tuple[int, bytes]]:
    known = source.order_of_rows().client_ids
    for batch in source.facts():
        places = np.minimum(np.searchsorted(known, batch.client_ids), len(known) - 1)
        is_known = known[places] == batch.client_ids
        chosen = batch if is_known.all() else _choose(batch, is_known)
        yield len(is_known), copied_rows([ids_field(chosen.client_ids), fact_texts(chosen, source.schema.fields)])


def _choose(batch: FactBatch, chosen: NDArray[np.bool_]) -> FactBatch:
    return FactBatch(
        batch.client_ids[chosen],
        {name: values[chosen] for name, values in batch.numbers.items()},
        {name: texts._replace(codes=texts.codes[chosen]) for name, texts in batch.texts.items()},
    )


def _copy(connection: Connection, table: str, parts: Iterable[tuple[int, bytes]], told: Callable[[int], None]) -> int:
    """Fill a table that was made in this transaction; returns the number of rows."""
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary, FREEZE)".encode()) as copy:
            copy.write(BEGINNING)
            for count, rows in _ahead(parts):
                copy.write(rows)
                told(count)
            copy.write(END)
        return cursor.rowcount


def _ahead(parts: Iterable[T]) -> Iterator[T]:
    """Prepare the next parts in a thread of their own."""
    remaining = iter(parts)
    executor = ThreadPoolExecutor(1)
    try:
        prepared = deque(executor.submit(next, remaining, None) for _ in range(_AHEAD))
        while (part := prepared.popleft().result()) is not None:
            prepared.append(executor.submit(next, remaining, None))
            yield part
    finally:
        executor.shutdown(cancel_futures=True)


def _add_key(connection: Connection, table: str, count: int) -> None:
    """Give a full table its primary key; in one process where the memory suffices, since several write files."""
    memory = min(max(_KEY_BYTES * count, _LEAST_MEMORY), _MOST_MEMORY)
    connection.execute(f"SET LOCAL maintenance_work_mem = {memory // 1024}".encode())
    if memory < _MOST_MEMORY:
        connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
    connection.execute(f"ALTER TABLE {table} ADD PRIMARY KEY (id) WITH (fillfactor = 100)".encode())


def _index(connection: Connection, number: int, described: Description, portfolios: Sequence[str]) -> None:
    """Let portfolios be listed and counted quickly, and the planner know the tables."""
    for i in range(len(described.portfolios)):
        connection.execute(f"CREATE INDEX ON client_rows_{number} (portfolio_{i}, id)".encode())
    fields = described.fields or ()
    for column in portfolios:
        if column in fields and column not in described.portfolios:
            place = fields.index(column)
            connection.execute(f"CREATE INDEX ON client_facts_{number} ((facts ->> {place}), id)".encode())
    if described.portfolios or described.fields:  # a key needs no statistics
        for table in ("rows", "facts") if described.fields else ("rows",):
            connection.execute(f"ANALYZE client_{table}_{number}".encode())


def _draw_sample(connection: Connection, number: int, described: Description, known: NDArray[Any]) -> None:
    """Keep some clients, drawn at random from all ids, in a table of their own."""
    facts = f"(SELECT f.facts FROM client_facts_{number} f WHERE f.id = c.id)" if described.fields else "NULL::json"
    drawn = f"SELECT c.*, {facts} AS facts FROM client_rows_{number} c"
    connection.execute(f"CREATE TABLE client_sample_{number} AS {drawn} WITH NO DATA".encode())
    connection.execute("SET LOCAL enable_seqscan = off")  # each client is looked up by the keys of both tables
    statement = f"INSERT INTO client_sample_{number} {drawn} WHERE c.id = ANY(%s)"
    connection.execute(statement.encode(), [id_list(known[draw_sample(len(known))])])


def _serve(connection: Connection, number: int, described: Description) -> None:
    """Move the pointer; others see it with the end of the transaction."""
    connection.execute(
        "UPDATE client_generations SET loaded_at = now(), description = %s WHERE number = %s",
        [described.to_json(), number],
    )
    connection.execute(
        "INSERT INTO client_pointer (generation) VALUES (%s) ON CONFLICT (one) DO UPDATE SET generation = %s",
        [number, number],
    )
