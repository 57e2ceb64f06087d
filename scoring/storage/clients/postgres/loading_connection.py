"""The connection that clients are loaded over: it is lost, refused or in use elsewhere."""

import logging
import time
from contextlib import ExitStack, suppress
from typing import Any

import psycopg

from scoring.errors import ClientTableError
from scoring.storage.clients.postgres.generations import LOCK
from scoring.storage.postgres import CONNECTING, is_pooled

Connection = psycopg.Connection[Any]
_KEPT = "Nothing was loaded; the clients served before are kept."
_MOST_ATTEMPTS = 10  # to lock, or to remove a generation
_PAUSE = 0.4  # seconds
_LOST_SECONDS = 30  # in which a database that was lost at the last step may come back
_SETTINGS = (
    "SET statement_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    # Nobody else can load until the server has noticed that this program's host has vanished: within some ten seconds.
    *(f"SET tcp_{name} = {seconds}" for name, seconds in CONNECTING.items() if name.startswith("keepalives")),
)
_log = logging.getLogger("scoring")


def connect(url: str, name: str) -> Connection:
    """Connect to the database itself, and set what a load needs."""
    with ExitStack() as undone:
        connection = psycopg.connect(url, autocommit=True, application_name="load-clients", **CONNECTING)
        undone.callback(connection.close)
        if is_pooled(connection):
            raise ClientTableError(
                f"{name}: a connection pooler answers, and may give each statement to another process of the database\n"
                f"Load through the host and port of the database itself. {_KEPT}"
            )
        for setting in _SETTINGS:
            connection.execute(setting.encode())
        undone.pop_all()
    return connection


def words(error: Exception) -> str:
    """Return the first line of what the database says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def nothing_loaded(name: str, error: Exception) -> ClientTableError:
    """Make the error of a load that has failed."""
    is_full = isinstance(error, psycopg.errors.DiskFull)
    remedy = "The database needs room for the new clients beside those that are served. " if is_full else ""
    return ClientTableError(f"{name}: {words(error)}\n{remedy}{_KEPT}")


def is_served(url: str, name: str, number: int, error: Exception) -> bool:
    """Find out what became of a generation whose connection was lost while the pointer was moved, or after that."""
    deadline = time.monotonic() + _LOST_SECONDS
    while time.monotonic() < deadline:
        with suppress(psycopg.Error, OSError, ClientTableError), connect(url, name) as connection:
            lock(connection, name)  # the lost connection has ended then, and its transaction with it
            return connection.execute("SELECT generation FROM client_pointer").fetchone() == (number,)
        time.sleep(_PAUSE)
    raise ClientTableError(
        f"{name}: {words(error)}\nThe connection was lost at the last step: all new clients are served now, or all "
        "former ones. Start the database, and load again."
    )


def lock(connection: Connection, name: str) -> None:
    """Be the only one who loads into this schema until the connection ends."""
    for _ in range(_MOST_ATTEMPTS):
        statement = "SELECT pg_try_advisory_lock(%s, hashtext(current_schema()))"
        if connection.execute(statement, [LOCK]).fetchone() == (True,):
            return
        time.sleep(_PAUSE)  # whoever has just ended, or was killed, may still have it for a moment
    raise ClientTableError(f"{name}: clients are being loaded by another program\nWait until it has ended.")


def remove_others(connection: Connection, served: int | None) -> None:
    """Remove what is not served; what somebody still reads is left for the next load."""
    others = connection.execute(
        "SELECT number FROM client_generations WHERE number IS DISTINCT FROM %s ORDER BY number", [served]
    ).fetchall()
    for (number,) in others:
        tables = ", ".join(f"client_{table}_{number}" for table in ("rows", "sample", "facts"))
        for _ in range(_MOST_ATTEMPTS):
            try:
                with connection.transaction():
                    # Readers queue behind whoever waits for a table.
                    connection.execute("SET LOCAL lock_timeout = '100ms'")
                    connection.execute(f"DROP TABLE IF EXISTS {tables}".encode())
                    connection.execute("DELETE FROM client_generations WHERE number = %s", [number])
                break
            except psycopg.errors.LockNotAvailable:
                time.sleep(_PAUSE)
        else:
            _log.warning("Generation %s of the clients is still being read; the next load removes it", number)
