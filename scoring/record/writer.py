"""One thread writes for a process. What has arrived while it wrote is committed together next time."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any, TypeVar

from scoring.errors import RecordUnavailable, ScoringError
from scoring.record.canonical import BEGINNING, EntryRow, PreparedEntry, seal
from scoring.record.entries import make_id
from scoring.record.stores.session import Rows, Session, Store
from scoring.record.stores.tasks import Task, unavailable

T = TypeVar("T")
_TOGETHER = 500  # tasks that are committed together
_WAITING = 10_000  # tasks that may wait
_QUICK = 0.5  # seconds: there is time to try again after a failure as quick as this
_ENTRIES = "INSERT INTO record_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_BODIES = "INSERT INTO record_bodies VALUES (?, ?, ?, ?)"
_log = logging.getLogger("scoring")


class Chain:
    """The end of a writer's chain.

    A writer begins a chain of its own, and another one where it can't know whether a commit arrived.
    """

    def __init__(self) -> None:
        self.id = make_id()
        self.position, self.hash, self.time = 0, BEGINNING, ""

    def next(self, entry: PreparedEntry, now: str) -> EntryRow:
        """Give an entry its place; the time never goes back within a chain, whatever the clock does."""
        self.time = max(now, self.time)
        row = seal(
            EntryRow(
                self.id, self.position + 1, entry.id, entry.kind, self.time, entry.about, entry.content,
                entry.body_hash, self.hash, b"",
            )
        )  # fmt: skip
        self.position, self.hash = row.position, row.hash
        return row


class Transaction:
    """What tasks write together."""

    def __init__(self, session: Session, chain: Chain) -> None:
        self.session, self.chain = session, chain
        self._now = utc_now()
        self._entries: list[EntryRow] = []
        self._bodies: list[tuple[str, bytes, str | None, str]] = []

    def add(self, entries: Sequence[PreparedEntry]) -> None:
        """Put entries at the end of the chain."""
        for entry in entries:
            self._entries.append(self.chain.next(entry, self._now))
            if entry.body is not None:
                self._bodies.append((entry.id, *entry.body))

    def read(self, statement: str, *parameters: object) -> Rows:
        """Read what is recorded, with what this transaction has added."""
        self.flush()
        return self.session.rows(statement, *parameters)

    def flush(self) -> None:
        """Send what was added to the database."""
        if self._entries:
            self.session.run(_ENTRIES, self._entries)
        if self._bodies:
            self.session.run(_BODIES, self._bodies)
        self._entries, self._bodies = [], []


Writing = Callable[[Transaction], T]
_Handed = tuple[Task[Any], Writing[Any]]


class Writer:
    """The writing thread of a process; it starts at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._chain = Chain()
        self._session: Session | None = None
        self._tasks: deque[_Handed] = deque()
        self._changed = threading.Condition()
        self._closing, self._failing, self._sent = False, False, False
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def write(self, writing: Writing[T]) -> T:
        """Have something written, and wait until it is durable.

        Raises
        ------
        RecordUnavailable
            In two seconds at most. What was handed over may still be written afterwards.
        ValueError
            The database refuses what is to be written, such as an id that it has.
        """
        task: Task[T] = Task()
        with self._changed:
            if self._closing or not self._thread.is_alive() or len(self._tasks) >= _WAITING:
                raise RecordUnavailable("the decision record takes nothing now")
            self._tasks.append((task, writing))
            self._changed.notify()
        return task.wait()

    def is_running(self) -> bool:
        """Tell whether the thread writes."""
        return self._thread.is_alive()

    def close(self, seconds: float = 5.0) -> None:
        """Write what was handed over, and end; waits so many seconds at most."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        while tasks := self._next():
            try:
                self._write([one for one in tasks if not one[0].given_up])
            finally:  # an error of ours must leave nobody waiting
                for task, _ in tasks:
                    task.fail(RecordUnavailable("writing the decision record ended unexpectedly"))
        self._drop_session()

    def _next(self) -> list[_Handed]:
        with self._changed:
            while not self._tasks and not self._closing:
                self._changed.wait()
            return [self._tasks.popleft() for _ in range(min(len(self._tasks), _TOGETHER))]

    def _write(self, tasks: Sequence[_Handed]) -> None:
        """Commit tasks together; where the database refuses a row, each by itself."""
        used, begun = self._session is not None, time.monotonic()
        try:
            self._commit(tasks)
        except self._store.refused as error:
            if len(tasks) > 1:
                for one in tasks:
                    self._write([one])
            elif self._chain.position > 0:  # somebody else may have taken the next place in the chain
                self._chain = Chain()
                self._write(tasks)
            else:
                tasks[0][0].fail(ValueError(f"the decision record refuses an entry: {error}"))
        except self._store.unavailable as error:
            self._drop_session()
            if self._sent:  # the database may have it all the same
                self._chain = Chain()
            elif used and time.monotonic() - begun < _QUICK:  # the database was started again meanwhile
                self._write(tasks)
                return
            self._fail(tasks, error)

    def _commit(self, tasks: Sequence[_Handed]) -> None:
        self._sent = False
        self._session = session = self._session or self._store.open_session()
        chain = copy(self._chain)
        results = []
        with session.writing():
            transaction = Transaction(session, chain)
            for task, writing in tasks:
                try:
                    results.append((task, writing(transaction)))
                except ScoringError as error:
                    task.fail(error)
            transaction.flush()
            self._sent = True
        self._chain = chain
        for task, result in results:
            task.finish(result)
        if self._failing:
            self._failing = False
            _log.warning("The decision record (%s) can be written again", self._store.name)

    def _fail(self, tasks: Sequence[_Handed], error: Exception) -> None:
        reason = unavailable(self._store, error)
        if not self._failing:
            self._failing = True
            _log.error("%s", reason)
        for task, _ in tasks:
            task.fail(reason)

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None


def utc_now() -> str:
    """Write the time as entries have it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
