"""The record in PostgreSQL. Each process has a connection for writing, and a few for reading."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from scoring.errors import RecordUnavailable
from scoring.record.stores.record_tables import (
    TABLES,
    VERSION,
    index_statements,
    postgres_guards,
    postgres_statements,
    postgres_text,
)
from scoring.record.stores.session import Rows, Session, insertions
from scoring.storage.postgres import CONNECTING, name_database

_LOCK = 0x70726574  # names this record among the advisory locks of a database
# Somebody who holds a table for longer than a caller may wait makes a task fail; it is not written afterwards.
_SETTINGS = (
    "SET lock_timeout = '1500ms'",
    "SET idle_in_transaction_session_timeout = '30s'",
    # What a transaction reads after it has waited for a lock is what others wrote meanwhile.
    "SET default_transaction_isolation = 'read committed'",
)
_VERSION = "SELECT obj_description(to_regclass('record_heads'), 'pg_class')"
_GUARDS = f"""
SELECT tgname, prosrc FROM pg_trigger JOIN pg_proc p ON p.oid = tgfoid
WHERE tgrelid IN ({", ".join(f"to_regclass('{table}')" for table in TABLES)}) AND tgenabled IN ('O', 'A')"""  # noqa: S608

# It warns of what fails while a block ends because of an error, and that error itself is told by us.
logging.getLogger("psycopg").setLevel(logging.ERROR)


class PostgresSession:
    """A connection. Outside of ``writing``, each statement is a transaction of its own."""

    def __init__(self, url: str, name: str) -> None:
        self._together: psycopg.Pipeline | None = None  # statements that are sent together
        self._connection = psycopg.connect(url, autocommit=True, application_name="decision record", **CONNECTING)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._prepare(name)
            undo.pop_all()

    def _prepare(self, name: str) -> None:
        for statement in _SETTINGS:
            self.rows(statement)
        if self.rows("SHOW synchronous_commit") in ([("off",)], [("local",)]):
            self.rows("SET synchronous_commit = on")
        if self.rows("SHOW fsync") != [("on",)]:
            raise RecordUnavailable(f"{name}: PostgreSQL does not wait for the disk (fsync)")
        if self.rows(_VERSION) != [(VERSION,)]:
            self._make_tables(name)

    def _make_tables(self, name: str) -> None:
        # Locked before the transaction begins: only then does it see the tables that another process has made.
        self.rows("SELECT pg_advisory_lock(?)", _LOCK)
        with self.writing():
            version = self.rows(_VERSION)[0][0]
            if version is None and self.rows("SELECT to_regclass('record_heads')") == [(None,)]:
                for statement in postgres_statements():
                    self.rows(statement)
            elif version != VERSION:
                raise RecordUnavailable(f"{name}: its tables are {version!r}, expected {VERSION!r}")
        self.rows("SELECT pg_advisory_unlock(?)", _LOCK)

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """Read all rows that a statement gives."""
        cursor = self._connection.execute(statement.replace("?", "%s").encode(), parameters or None)
        self._await_all()
        return cursor.fetchall() if cursor.description else []

    def run(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""
        with self._connection.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s").encode(), rows)
        self._await_all()

    def insert(self, rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        """Add rows to tables, by name; the database has taken them when this returns."""
        for statement, values in insertions(rows):
            self._connection.execute(statement.replace("?", "%s").encode(), values)
        self._await_all()

    def _await_all(self) -> None:
        if self._together is not None:
            self._together.sync()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing in the block; it is durable when the block has ended.

        The transaction begins with the first statement, in the same message; psycopg's own block for a transaction
        would wait for PostgreSQL twice as often.
        """
        with self._connection.pipeline() as self._together, ExitStack() as undo:
            undo.callback(self._roll_back)
            self._connection.execute("BEGIN")
            yield
            self._connection.execute("COMMIT")
            self._together = None
            undo.pop_all()

    def _roll_back(self) -> None:
        with suppress(psycopg.Error):  # of what was sent and not awaited
            self._await_all()
        with suppress(psycopg.Error):
            self._connection.execute("ROLLBACK")
        self._together = None

    def is_current(self) -> bool:
        """Tell whether the connection is open, as far as is known."""
        return not self._connection.closed

    def close(self) -> None:
        """End the connection; never raises."""
        with suppress(psycopg.Error):
            self._connection.close()


class PostgresStore:
    """A PostgreSQL database.

    Parameters
    ----------
    url : as libpq takes it, ``postgresql://USER@HOST/DATABASE``; SettingError where a part may be one of a password.
    """

    unavailable: tuple[type[Exception], ...] = (psycopg.Error, OSError, RecordUnavailable)
    refused: tuple[type[Exception], ...] = (psycopg.IntegrityError, psycopg.DataError)
    checkpoints: Path | None = None
    files: tuple[Path, ...] = ()

    def __init__(self, url: str) -> None:
        self._url = url
        self.name = name_database(url, "SCORING_DECISIONS")

    def exists(self) -> bool:
        """Tell whether there is a record; makes none."""
        with psycopg.connect(self._url, autocommit=True, **CONNECTING) as connection:
            return connection.execute("SELECT to_regclass('record_heads')").fetchone() != (None,)

    def open_session(self) -> PostgresSession:
        """Connect; makes the tables where there are none."""
        return PostgresSession(self._url, self.name)

    def json_text(self, key: str, table: str = "e.") -> str:
        """Write the expression for a key of an entry's content, as text."""
        return postgres_text(key, table)

    def json_texts(self, keys: Sequence[str]) -> tuple[Mapping[str, str], str]:
        """Write the expressions for several keys, and the parsing of the content, which takes most of the time."""
        record = ", ".join(f"{key} text" for key in keys)
        join = f"CROSS JOIN LATERAL json_to_record(e.content::json) AS parsed({record})"
        return {key: f"parsed.{key}" for key in keys}, join

    def add_indexes(self, session: Session) -> None:
        """Make the indexes of searches in a record that an earlier version has begun; only the tables' owner may."""
        with session.writing():
            for statement in index_statements(postgres_text):
                session.rows(statement)

    def lost_guards(self, session: Session) -> list[str]:
        """Name the triggers that refuse changes and are gone, switched off, or run something else."""
        there: dict[str, str] = dict(session.rows(_GUARDS))
        return [name for name, code in postgres_guards().items() if there.get(name) != code]

    def overwrite_erased(self, session: Session) -> None:
        """Leave this to PostgreSQL's autovacuum: only the owner of the tables may call for it."""

    def lock(self, session: Session) -> None:
        """Be the only one to write what needs this until the transaction ends."""
        session.rows("SELECT pg_advisory_xact_lock(?)", _LOCK)
