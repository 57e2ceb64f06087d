"""Work that is handed to a thread, and waited for no longer than a caller may wait."""

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from scoring.errors import RecordUnavailable, ScoringError
from scoring.record.stores.session import Session, Store

T = TypeVar("T")
Action = Callable[[Session], T]
SECONDS = 1.9  # that a caller waits for the database
_READERS = 4  # threads of a process that read


class Task(Generic[T]):
    """What came of something that a thread does for a caller."""

    def __init__(self) -> None:
        self.given_up = False
        self._done = threading.Event()
        self._result: T | None = None
        self._error: Exception | None = None

    def finish(self, result: T) -> None:
        """Hand the result over."""
        self._result = result
        self._done.set()

    def fail(self, error: Exception) -> None:
        """Hand an error over, which the caller's ``wait`` raises; a finished task stays as it is."""
        if not self._done.is_set():
            self._error = error
            self._done.set()

    def wait(self, seconds: float = SECONDS) -> T:
        """Wait for the result; raises RecordUnavailable after so many seconds."""
        if not self._done.wait(seconds):
            self.given_up = True
            raise RecordUnavailable(f"the decision record did not answer within {seconds:.1f} s")
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]  # finished without an error: it is a T


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
    """Say that a database failed, in its own words, which name no person."""
    if isinstance(error, RecordUnavailable):
        return error
    words = str(error).strip().splitlines() or [type(error).__name__]
    return RecordUnavailable(f"the decision record ({store.name}) cannot be used: {words[0]}")
