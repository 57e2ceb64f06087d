"""One thread writes for a process. What has arrived while it wrote is committed together next time."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from scoring.errors import RecordUnavailable, ScoringError
from scoring.record.checkpoints import checkpoint as checkpoints
from scoring.record.checkpoints import checkpoint_file
from scoring.record.checkpoints.checkpoint import Checkpoint
from scoring.record.stores.session import Session, Store
from scoring.record.stores.tasks import Task, finish_together, unavailable
from scoring.record.transaction import Chain, Transaction, utc_now
from scoring.storage.signature import Signer

T = TypeVar("T")
_GATHERING = 0.01  # seconds after the beginning of a commit, until which callers are awaited for the next one
_TOGETHER = 500  # tasks that are committed together
_WAITING = 10_000  # tasks that may wait
_QUICK = 0.5  # seconds: there is time to try again after a failure as quick as this
_COVERED = "SELECT max(position) FROM record_heads WHERE chain = ?"
_log = logging.getLogger("scoring")


class Checkpointing(NamedTuple):
    """When checkpoints are made, and where they go besides the database.

    Attributes
    ----------
    every : entries of a process after which it makes one.
    seconds : after which it makes one of fewer entries.
    signer : what signs them.
    file : to which they are appended.
    """

    every: int = 1000
    seconds: float = 60.0
    signer: Signer | None = None
    file: Path | None = None


Writing = Callable[[Transaction], T]
_Handed = tuple[Task[Any], Writing[Any]]


class Writer:
    """The writing thread of a process; it starts at once."""

    def __init__(self, store: Store, checkpointing: Checkpointing) -> None:
        self._store = store
        self._checkpointing = checkpointing
        self._uncovered, self._since = 0, 0.0  # entries since the last checkpoint, and when the first was written
        self._chain = Chain()
        self._session: Session | None = None
        self._tasks: deque[_Handed] = deque()
        self._changed = threading.Condition()
        self._closing, self._sent = False, False
        self._begun = 0.0  # when the last commit began
        self._awaited = 1  # tasks for which the thread wakes up
        self._committed = 0  # tasks in the last commit
        self._thread = threading.Thread(target=self._run, name="record-writer", daemon=True)
        self._thread.start()

    def hand_over(self, writing: Writing[T]) -> Task[T]:
        """Have something written; the task is finished when it is durable.

        It fails with RecordUnavailable, and with ValueError where the database refuses what is to be written, such as
        an id that it has. A caller who gives up waiting may find it written all the same.
        """
        task: Task[T] = Task()
        with self._changed:
            if self._closing or not self._thread.is_alive() or len(self._tasks) >= _WAITING:
                raise RecordUnavailable("the decision record takes nothing now")
            self._tasks.append((task, writing))
            if len(self._tasks) >= self._awaited:
                self._changed.notify()
        return task

    def is_running(self) -> bool:
        """Tell whether the thread writes."""
        return self._thread.is_alive()

    def close(self, seconds: float) -> bool:
        """Write what was handed over, and end; waits so many seconds at most, and tells whether it ended."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while self._take_turn():
                pass
        finally:
            self._drop_session()

    def _take_turn(self) -> bool:
        """Write what waits, and make a checkpoint where one is due; False at the end."""
        tasks = self._next()
        try:
            if tasks:
                self._write(tasks, joining=True)
                self._committed = len(tasks)
        finally:  # an error of ours must leave nobody waiting
            for task, _ in tasks:
                task.fail(RecordUnavailable("writing the decision record ended unexpectedly"))
        ending = self._closing and not tasks
        if ending or self._seconds_left() == 0:
            self._make_checkpoint(ending)
        return not ending

    def _seconds_left(self) -> float | None:
        """Seconds until the next checkpoint; None while there is nothing to cover."""
        if self._uncovered == 0:
            return None
        left = self._since + self._checkpointing.seconds - time.monotonic()
        return 0.0 if self._uncovered >= self._checkpointing.every else max(0.0, left)

    def _next(self) -> list[_Handed]:
        """Wait for tasks; none where a checkpoint is due, or where the writer ends.

        A commit takes longer than an entry in it. So those whose entries were just committed are awaited for a moment,
        since many of them send their next request at once. One caller alone never waits.
        """
        with self._changed:
            callers = self._committed + len(self._tasks)
            self._awaited = 1
            if not self._tasks and not self._closing:
                self._changed.wait(self._seconds_left())
            gathering = self._begun + _GATHERING - time.monotonic()
            if 0 < len(self._tasks) < callers and not self._closing and gathering > 0:
                self._awaited = min(callers, _TOGETHER)
                self._changed.wait(gathering)
            self._begun = time.monotonic()
            return self._take_waiting()

    def _take_waiting(self) -> list[_Handed]:
        return [self._tasks.popleft() for _ in range(min(len(self._tasks), _TOGETHER))]

    def _make_checkpoint(self, ending: bool) -> None:
        """Make a checkpoint, unless another process made one of what this one has written."""
        try:
            self._session = session = self._session or self._store.open_session()
            made = self._checkpoint(session, self._chain.id if ending and self._chain.position > 0 else None)
            self._uncovered = 0
            if made is not None and self._checkpointing.file is not None:
                checkpoint_file.append_new(self._checkpointing.file, session, made)
        except self._store.unavailable as error:
            self._drop_session()
            self._since = time.monotonic()  # try again later
            _log.error("No checkpoint could be made or written to a file. %s", unavailable(self._store, error))

    def _checkpoint(self, session: Session, closing: str | None) -> Checkpoint | None:
        with session.writing():
            self._store.lock(session)
            covered = session.rows(_COVERED, self._chain.id)[0][0] or 0
            if closing is None and covered >= self._chain.position > 0:
                return None
            made = checkpoints.make(session, utc_now(), self._checkpointing.signer, closing)
        if made is not None:
            _log.info("Checkpoint of the decision record: %s", checkpoint_file.write_line(made))
        return made

    def _write(self, tasks: list[_Handed], joining: bool = False) -> None:
        """Commit tasks together; where the database refuses a row, each by itself.

        Parameters
        ----------
        joining : add what arrives until the database is free, which another process may use for a while.
        """
        used, begun = self._session is not None, time.monotonic()
        try:
            self._commit(tasks, joining)
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

    def _commit(self, tasks: list[_Handed], joining: bool) -> None:
        self._sent = False
        self._session = session = self._session or self._store.open_session()
        chain = copy(self._chain)
        results = []
        with session.writing():
            if joining:
                with self._changed:
                    tasks += self._take_waiting()
            transaction = Transaction(session, chain)
            for task, writing in tasks:
                if task.given_up:  # while the database kept the writer waiting
                    continue
                try:
                    results.append((task, writing(transaction)))
                except ScoringError as error:
                    task.fail(error)
            transaction.flush()
            self._sent = True
        if self._uncovered == 0:
            self._since = time.monotonic()
        self._uncovered += chain.position - self._chain.position
        self._chain = chain
        finish_together(results)

    def _fail(self, tasks: Sequence[_Handed], error: Exception) -> None:
        reason = unavailable(self._store, error)
        for task, _ in tasks:
            task.fail(reason)

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None
