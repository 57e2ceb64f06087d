"""Work that is handed to a thread, and waited for no longer than a caller may wait."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from scoring.errors import RecordUnavailable, ScoringError
from scoring.record.stores.session import Session, Store

T = TypeVar("T")
Action = Callable[[Session], T]
SECONDS = 1.9  # that a caller waits for the database
_LOCKED = ("database is locked", "lock timeout")  # in the words of SQLite and PostgreSQL
_READERS = 4  # threads of a process that read


class Task(Generic[T]):
    """What comes of something that a thread does for a caller.

    Attributes
    ----------
    given_up : nobody waits for it any more.
    is_done : it has a result or an error.
    error : what it failed with; None before it is done, and where it succeeded.
    """

    def __init__(self) -> None:
        self.given_up, self.is_done = False, False
        self.error: Exception | None = None
        self._result: T | None = None
        self._then: list[Callable[[], object]] = []
        self._changing = threading.Lock()
        # Held until the task is done: waiting for a lock takes a third of the time that an event takes.
        self._doing = threading.Lock()
        self._doing.acquire()

    def finish(self, result: T) -> None:
        """Hand the result over; a task that is done stays as it is."""
        _call_once(self._end(result, None))

    def fail(self, error: Exception) -> None:
        """Hand an error over; a task that is done stays as it is."""
        _call_once(self._end(None, error))

    def _end(self, result: T | None, error: Exception | None) -> list[Callable[[], object]]:
        with self._changing:
            if self.is_done:
                return []
            self._result, self.error, self.is_done = result, error, True
        self._doing.release()
        return self._then

    def when_done(self, then: Callable[[], object]) -> None:
        """Have something called when the task is done, by the thread that ends it; at once where it is done already.

        Where tasks are finished together, what several of them call is called once, when all of them are done.
        """
        with self._changing:
            if not self.is_done:
                self._then.append(then)
                return
        then()

    def wait(self, seconds: float = SECONDS) -> T:
        """Wait for the result, once, and return it; raises the error, and RecordUnavailable after so many seconds."""
        if not self._doing.acquire(timeout=seconds):
            self.give_up(seconds)
        if self.error is not None:
            raise self.error
        return self._result  # type: ignore[return-value]  # finished without an error: it is a T

    def give_up(self, seconds: float) -> None:
        """Wait no longer than the so many seconds since it was handed over; it may be done all the same."""
        self.given_up = True
        self.fail(RecordUnavailable(f"the decision record did not answer within {seconds:.1f} s"))


def finish_together(results: Iterable[tuple[Task[Any], Any]]) -> None:
    """Hand several results over, and only then call what was to be called."""
    _call_once([then for task, result in results for then in task._end(result, None)])


def _call_once(several: Sequence[Callable[[], object]]) -> None:
    for then in dict.fromkeys(several):
        then()


class Readers:
    """A few threads that read, each with a connection of its own. They start when they are needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: queue.SimpleQueue[tuple[Task[Any], Action[Any]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._unanswered = 0

    def hand_over(self, action: Action[T]) -> Task[T]:
        """Have an action run on a connection; fails with RecordUnavailable where the database does not answer."""
        task: Task[T] = Task()
        with self._lock:
            self._unanswered += 1
            if len(self._threads) < min(self._unanswered, _READERS):
                self._threads.append(threading.Thread(target=self._serve, name="record-reader", daemon=True))
                self._threads[-1].start()
        self._tasks.put((task, action))
        return task

    def _serve(self) -> None:
        session: Session | None = None
        try:
            while (asked := self._tasks.get()) is not None:
                task, action = asked
                try:
                    session = session if task.given_up else self._answer(task, action, session)
                finally:
                    task.fail(RecordUnavailable("reading the decision record ended unexpectedly"))
                    with self._lock:
                        self._unanswered -= 1
        finally:
            with self._lock:
                self._threads.remove(threading.current_thread())
            if session is not None:
                session.close()

    def _answer(self, task: Task[Any], action: Action[Any], session: Session | None) -> Session | None:
        """Do a task; a connection that fails is replaced once: the database may have been started again."""
        if session is not None and not session.is_current():
            session.close()
            session = None
        try:
            answering = session or self._store.open_session()
        except self._store.unavailable as error:
            task.fail(unavailable(self._store, error))
            return None
        try:
            task.finish(action(answering))
        except self._store.unavailable as error:
            answering.close()
            if session is not None:
                return self._answer(task, action, None)
            task.fail(unavailable(self._store, error))
            return None
        except (ScoringError, ValueError) as error:
            task.fail(error)
        return answering

    def close(self, seconds: float) -> bool:
        """Let the threads end their connections; waits so many seconds at most, and tells whether they ended."""
        with self._lock:
            threads = list(self._threads)
        for _ in threads:
            self._tasks.put(None)
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in threads)


def unavailable(store: Store, error: Exception) -> RecordUnavailable:
    """Say that a database failed: in its own words, which name no person, unless others say more to a reader."""
    if isinstance(error, RecordUnavailable):
        return error
    words = str(error).strip().splitlines() or [type(error).__name__]
    if any(lock in words[0] for lock in _LOCKED):
        return RecordUnavailable(
            f"the decision record ({store.name}) is in use: another program has locked it, and did not end in time. "
            "Try again in a few seconds. If it stays locked, end that program, such as a backup or a database tool."
        )
    return RecordUnavailable(f"the decision record ({store.name}) cannot be used: {words[0]}")
