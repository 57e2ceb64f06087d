"""A few connections that threads share. None of them waits for a database that does not answer for longer than allowed.

libpq waits two seconds at least for a connection, and longer for the address of a host. One thread of its own therefore
connects, and goes on trying while the database is away; meanwhile everybody else is told so at once.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg

from scoring.errors import ClientsUnavailable
from scoring.storage.postgres import CONNECTING, is_pooled

T = TypeVar("T")
SECONDS = 1.8  # that a caller waits in all
MOST_CONNECTIONS = 4  # as many as a worker has threads
_PAUSE = 0.5  # seconds between attempts to connect
# The server itself ends what takes longer than a caller waits. Behind a pooler, others would be given these settings.
_SETTINGS = "SET statement_timeout = '1500ms'; SET lock_timeout = '1000ms'; SET default_transaction_read_only = on"
_SILENT = "it does not answer in time"
_MOST_ATTEMPTS = 3
_log = logging.getLogger("scoring")
_left_behind: list[object] = []  # connections of the process from which this one was forked


class Connection(psycopg.Connection[Any]):
    """A connection whose statements end at ``deadline``, a time of ``time.monotonic``."""

    deadline = float("inf")

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Consume a generator that operates on the connection; raises OperationalError at the deadline."""
        left = self.deadline - time.monotonic()
        return super().wait(gen, interval, timeout if left == float("inf") else max(left, 0.001))


class Connections:
    """The connections of a process to one database; threads may share them.

    After a fork, the child has connections of its own.

    Parameters
    ----------
    url : of the database.
    name : of the database for messages, without a password.
    """

    def __init__(self, url: str, name: str) -> None:
        self._url, self.name = url, name
        self.begin()
        _all.add(self)

    def begin(self) -> None:
        """Begin without connections."""
        self._changed = threading.Condition()
        self._idle: list[Connection] = []
        self._open = 0  # connections, those in use too
        self._waiting = 0  # threads
        self._is_connecting = False
        self._failure: str | None = None

    def begin_in_child(self) -> None:
        """Begin anew, and leave the connections of the parent as they are."""
        _left_behind.append(self._idle)
        self.begin()

    def run(self, action: Callable[[Connection], T]) -> T:
        """Do something on a connection; once more on another one if the first turns out to be lost.

        Raises
        ------
        ClientsUnavailable
            The database does not answer, or not in time.
        """
        deadline = time.monotonic() + SECONDS
        for _ in range(_MOST_ATTEMPTS):
            with self._taken(deadline) as connection:
                try:
                    return action(connection)
                except psycopg.errors.QueryCanceled:  # by the server's own limit of time
                    _log.error("The store of clients (%s) took too long to answer", self.name)
                    raise unavailable() from None
                except (psycopg.Error, OSError) as error:
                    why = _words(error)
                    if time.monotonic() >= deadline:  # the answer may still come, and belongs to nobody
                        _close(connection)
                        why = _SILENT
                    if not connection.closed:
                        _log.error("The store of clients (%s) cannot be read now: %s", self.name, why)
                        raise unavailable() from None
            self.close()  # what was opened before is lost as well
            if why == _SILENT:
                break
        with self._changed:
            self._note(why)
            self._connect_aside()
        raise unavailable()

    @contextmanager
    def _taken(self, deadline: float) -> Iterator[Connection]:
        connection = self._take(deadline)
        connection.deadline = deadline
        try:
            yield connection
        finally:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                _close(connection)  # something ended it in the middle of a statement
            with self._changed:
                if connection.closed:
                    self._open -= 1
                else:
                    self._idle.append(connection)
                self._changed.notify()

    def _take(self, deadline: float) -> Connection:
        with self._changed:
            self._waiting += 1
            try:
                while not self._idle:
                    self._connect_aside()
                    if self._failure is not None:
                        raise unavailable()
                    if not self._changed.wait(deadline - time.monotonic()) and self._open < MOST_CONNECTIONS:
                        self._note(_SILENT)
                    if time.monotonic() >= deadline and not self._idle:
                        raise unavailable()
                return self._idle.pop()
            finally:
                self._waiting -= 1

    def close(self) -> None:
        """Close all connections that nobody uses."""
        with self._changed:
            closed, self._idle = self._idle, []
            self._open -= len(closed)
        for connection in closed:
            _close(connection)

    def _connect_aside(self) -> None:
        if not self._is_connecting and self._open < MOST_CONNECTIONS:
            self._is_connecting = True
            threading.Thread(target=self._connect, name="client-store-connecting", daemon=True).start()

    def _connect(self) -> None:
        """Open connections while somebody waits for one; while the database is away, try again and again."""
        while self._is_wanted():
            opened = connect(self._url)
            with self._changed:
                self._note(opened if isinstance(opened, str) else None)
                is_used = not isinstance(opened, str) and self._waiting > len(self._idle)
                if not isinstance(opened, str) and is_used:
                    self._idle.append(opened)
                    self._open += 1
                self._changed.notify_all()
            if isinstance(opened, str):
                time.sleep(_PAUSE)
            elif not is_used:  # it has only shown that the database is there
                _close(opened)

    def _is_wanted(self) -> bool:
        with self._changed:
            wanted = self._failure is not None or self._waiting > len(self._idle)
            self._is_connecting = wanted and self._open < MOST_CONNECTIONS
            return self._is_connecting

    def _note(self, failure: str | None) -> None:
        """Note whether the database can be reached; the log has one line when that changes."""
        if failure is not None and self._failure is None:
            _log.error("The store of clients (%s) cannot be read now: %s", self.name, failure)
        elif failure is None and self._failure is not None:
            _log.warning("The store of clients (%s) can be read again", self.name)
        self._failure = failure


def connect(url: str) -> Connection | str:
    """Connect; returns what went wrong, if something did."""
    connection: Connection | None = None
    try:
        connection = Connection.connect(url, autocommit=True, application_name="credit scoring clients", **CONNECTING)
        connection.deadline = time.monotonic() + SECONDS
        if is_pooled(connection):
            connection.prepare_threshold = None  # nothing is ever prepared
        else:
            connection.execute(_SETTINGS)
    except (psycopg.Error, OSError) as error:
        if connection is not None:
            _close(connection)
        return _words(error)
    return connection


def unavailable() -> ClientsUnavailable:
    """Make the error for those who ask; what the database said is in the log."""
    return ClientsUnavailable("The known clients cannot be read now. Try again in a few seconds.")


def _close(connection: Connection) -> None:
    with suppress(psycopg.Error, OSError):
        connection.close()


def _words(error: Exception) -> str:
    """Return the first line of what a database says, which repeats no password."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]


_all: "weakref.WeakSet[Connections]" = weakref.WeakSet()


def _close_all() -> None:
    for connections in list(_all):
        connections.close()


def _begin_in_child() -> None:
    for connections in list(_all):
        connections.begin_in_child()


os.register_at_fork(before=_close_all, after_in_child=_begin_in_child)
