"""What a store can do, whichever database it is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

Rows = list[tuple[Any, ...]]
_TOGETHER = 64  # rows that one statement adds at most
# Above this, only powers of two rows, so that the database has few different statements to prepare.
_ANY_NUMBER = 16


class Session(Protocol):
    """One connection, used by one thread. Statements have ``?`` for their parameters."""

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """Read all rows that a statement gives."""

    def run(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""

    def insert(self, rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        """Add rows to tables, by name; the database has taken them when this returns."""

    def writing(self) -> AbstractContextManager[None]:
        """Write all or nothing in the block; it is durable when the block has ended."""

    def is_current(self) -> bool:
        """Tell whether the connection is to the database that is there now; costs next to nothing."""

    def close(self) -> None:
        """End the connection; never raises."""


class Store(Protocol):
    """A database.

    Attributes
    ----------
    name : for messages and logs, without a password.
    checkpoints : file beside the database for checkpoints; None where there is no such place.
    files : of the database itself, where this is known.
    unavailable : what is raised when the database does not answer or cannot write.
    refused : what is raised when it refuses a row, such as one with an id that it has.
    """

    name: str
    checkpoints: Path | None
    files: tuple[Path, ...]
    unavailable: tuple[type[Exception], ...]
    refused: tuple[type[Exception], ...]

    def exists(self) -> bool:
        """Tell whether there is a record; makes none."""

    def open_session(self) -> Session:
        """Connect; makes the tables where there are none."""

    def json_text(self, key: str, table: str = "e.") -> str:
        """Write the expression for a key of an entry's content, as text; ``table`` is what the statement calls it."""

    def json_texts(self, keys: Sequence[str]) -> tuple[Mapping[str, str], str]:
        """Write the expressions for several keys of the content of the entry ``e``, and what follows the table's name.

        For statements that read many entries: where the database would parse the content once for each key, it is
        parsed once.
        """

    def add_indexes(self, session: Session) -> None:
        """Make the indexes of searches in a record that an earlier version has begun."""

    def lost_guards(self, session: Session) -> list[str]:
        """Name the triggers that refuse changes and are gone, switched off, or do something else."""

    def overwrite_erased(self, session: Session) -> None:
        """Remove what was erased from the files of the database as well, where that can be done at once."""

    def lock(self, session: Session) -> None:
        """Be the only one to write a checkpoint, an entry about a decision or an erasure until the transaction ends.

        What is read afterwards in the transaction includes all that others wrote under this lock.
        """


def pages(session: Session, statement: str, start: Sequence[Any], key: slice, size: int = 1000) -> Iterator[Rows]:
    """Read many rows in pages, each after the last key of the page before.

    Parameters
    ----------
    statement : with the parameters of the key, then the number of rows.
    start : a key before the first.
    key : which columns of a row are the key.
    """
    after = tuple(start)
    while page := session.rows(statement, *after, size):
        yield page
        after = page[-1][key]


def insertions(rows: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[tuple[str, list[Any]]]:
    """Yield statements that add rows to tables, each with its parameters.

    Each statement adds many rows, since other threads may run before and after each one.

    >>> list(insertions({"t": [(1, 2), (3, 4)], "u": []}))
    [('INSERT INTO t VALUES (?, ?), (?, ?)', [1, 2, 3, 4])]
    """
    for table, all_rows in rows.items():
        first = 0
        while first < len(all_rows):
            left = len(all_rows) - first
            count = left if left <= _ANY_NUMBER else min(_TOGETHER, 1 << left.bit_length() - 1)
            together = all_rows[first : first + count]
            yield _insertion(table, len(together[0]), count), [value for row in together for value in row]
            first += count


@lru_cache
def _insertion(table: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * count)}"  # noqa: S608  (names of our own)
