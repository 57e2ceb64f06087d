"""Tables that are filled by COPY and get their keys, several at once: each over a connection of its own."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from threading import Lock
from typing import NamedTuple, TypeVar

from scoring.storage.clients.postgres.copied_rows import BEGINNING, END
from scoring.storage.clients.postgres.loading_connection import Connection

T = TypeVar("T")
Part = tuple[int, bytes]
_AHEAD = 4  # batches that are prepared while the server stores one
_KEY_BYTES = 80  # of memory that sorting a key takes for each client
_LEAST_MEMORY, _MOST_MEMORY = 1 << 26, 1 << 30


class NewTable(NamedTuple):
    """A table to make; its connection is in a transaction.

    Attributes
    ----------
    columns : as CREATE TABLE takes them; ``id`` becomes the primary key.
    """

    connection: Connection
    name: str
    columns: str


class _Shared(Iterator[bytes]):
    """The rows of parts, which several threads take by turns; ``told`` has the number of rows of each."""

    def __init__(self, parts: Generator[Part], told: Callable[[int], None]) -> None:
        self._parts, self._told, self._lock = parts, told, Lock()

    def __next__(self) -> bytes:
        with self._lock:
            count, rows = next(self._parts)
            self._told(count)
            return rows

    def close(self) -> None:
        """Let nobody take another part."""
        with self._lock:
            self._parts.close()


def fill_tables(tables: Sequence[NewTable], parts: Iterable[Part], told: Callable[[int], None]) -> list[int]:
    """Make tables, put each part of rows into one of them, and give all their keys.

    Parameters
    ----------
    parts : number of rows, and the rows as COPY takes them.
    told : is called with the number of rows of each part that is sent.

    Returns
    -------
    Number of rows in each table.
    """
    with ThreadPoolExecutor(len(tables)) as threads, closing(_Shared(ahead(parts), told)) as shared:
        first = [next(shared)]  # goes into the first table, so that one part leaves the others empty
        counts = [*threads.map(lambda table: _fill(table, first if table is tables[0] else [], shared), tables)]
        for _ in threads.map(_add_key, tables, counts):
            pass
    return counts


def _fill(table: NewTable, first: Sequence[bytes], parts: _Shared) -> int:
    table.connection.execute(f"CREATE TABLE {table.name} ({table.columns})".encode())
    with closing(parts), table.connection.cursor() as cursor:  # where one table fails, the others end too
        with cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT binary, FREEZE)".encode()) as copy:
            copy.write(BEGINNING)
            for rows in chain(first, parts):
                copy.write(rows)
            copy.write(END)
        return cursor.rowcount


def _add_key(table: NewTable, count: int) -> None:
    """Give a full table its primary key; in one process where the memory suffices, since several write files."""
    memory = min(max(_KEY_BYTES * count, _LEAST_MEMORY), _MOST_MEMORY)
    table.connection.execute(f"SET LOCAL maintenance_work_mem = {memory // 1024}".encode())
    if memory < _MOST_MEMORY:
        table.connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
    table.connection.execute(f"ALTER TABLE {table.name} ADD PRIMARY KEY (id) WITH (fillfactor = 100)".encode())


def ahead(parts: Iterable[T]) -> Generator[T]:
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
