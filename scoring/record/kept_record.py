"""The record in a database. Nothing is opened and no thread is started before the first use in a process."""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from scoring.errors import RecordUnavailable, SettingError, hide_password, how_to_install, is_connection_text, shorten
from scoring.record import about_decisions, model_files, reading
from scoring.record.canonical import prepare
from scoring.record.checkpoints.checkpoint_file import refuse_unusable
from scoring.record.entries import MakeEntry, NewEntry, Search, StoredEntry
from scoring.record.outage import Observe, Outage, What
from scoring.record.stores.session import Session, Store
from scoring.record.stores.tasks import SECONDS, Readers, Task
from scoring.record.transaction import Transaction
from scoring.record.writer import Checkpointing, Writer
from scoring.storage.signature import Signer, load_signer

T = TypeVar("T")


class KeptRecord:
    """The record in a database; it implements ``Record``, and threads may share it.

    Before this process forks, the record is closed, since two processes must not share a connection; both begin anew
    afterwards, each with threads, connections and a chain of its own.

    Attributes
    ----------
    observe : function that is told how long each writing and reading took, and what went wrong; in any thread.
    """

    def __init__(self, store: Store, checkpointing: Checkpointing) -> None:
        self.store, self._checkpointing = store, checkpointing
        self.observe: Observe = lambda *_: None
        self._begin()
        _opened.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._readers: Readers | None = None
        self._is_torn = False
        self._not_written = Outage(self.store.name, "written", self._observe)
        self._not_read = Outage(self.store.name, "read", self._observe)

    def _observe(self, what: What, seconds: float, failure: RecordUnavailable | None) -> None:
        self.observe(what, seconds, failure)

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Write entries, all or none; they are durable when this returns."""
        if entries:
            self.begin_append(entries).wait()

    def begin_append(self, entries: Sequence[NewEntry]) -> Task[None]:
        """Write entries, all or none; they are durable when the task has succeeded."""
        prepared = [prepare(entry) for entry in entries]
        return self._hand_over(lambda transaction: transaction.add(prepared))

    def append_about(self, decision_id: str, make: MakeEntry) -> tuple[StoredEntry, list[StoredEntry]]:
        """Write an entry about a decision, made from the decision and the entries about it; see ``Record``."""
        return self.write(about_decisions.add(self.store, decision_id, make))

    def find(self, entry_id: str) -> StoredEntry | None:
        """Return one entry with its body."""
        return self.read(lambda session: reading.find(session, entry_id))

    def about(self, *decision_ids: str) -> list[StoredEntry]:
        """Return the entries about decisions; those about each stand in the order in which they were written."""
        return self.read(lambda session: reading.about(session, *decision_ids))

    def search(self, conditions: Search, limit: int) -> list[StoredEntry]:
        """Return decisions in the order of time that the conditions name."""
        return self.read(lambda session: reading.search(self.store, session, conditions, limit))

    def waiting(self, after: str | None, limit: int) -> list[StoredEntry]:
        """Return decisions that wait for a person, in the order of their ids; only those after an id."""
        return self.read(lambda session: reading.waiting(self.store, session, after, limit))

    def keep_model(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a model's version, once; raises ArtefactError where it has other files for the version."""
        self.write(model_files.keep(version, files))

    def model_files(self, version: str) -> Mapping[str, bytes] | None:
        """Return the files of a version that was served; None if it never was."""
        return self.read(lambda session: model_files.read(session, version))

    def write(self, writing: Callable[[Transaction], T], seconds: float = SECONDS) -> T:
        """Have the writing thread do something in a transaction; waits so many seconds at most."""
        return self._hand_over(writing).wait(seconds)

    def _hand_over(self, writing: Callable[[Transaction], T]) -> Task[T]:
        begun = time.monotonic()
        try:
            with self._lock:
                self._refuse_if_torn()
                if self._writer is None or not self._writer.is_running():
                    self._writer = Writer(self.store, self._checkpointing)
                task = self._writer.hand_over(writing)
        except RecordUnavailable as error:
            self._not_written.note(begun, error)
            raise
        task.when_done(lambda: self._not_written.note(begun, task.error))
        return task

    def read(self, action: Callable[[Session], T], seconds: float = SECONDS) -> T:
        """Have a reading thread do something; waits so many seconds at most."""
        with self._not_read.watched():
            with self._lock:
                self._refuse_if_torn()
                if self._readers is None:
                    self._readers = Readers(self.store)
                task = self._readers.hand_over(action)
            return task.wait(seconds)

    @contextmanager
    def without_log(self) -> Iterator[None]:
        """Do not log in this block that the record cannot be used: the caller tells the RecordUnavailable."""
        outages = self._not_written, self._not_read
        try:
            for outage in outages:
                outage.is_silent = True
            yield
        finally:
            for outage in outages:
                outage.is_silent = False

    def unwritable_seconds(self) -> float | None:
        """Try to write nothing, and return for how long the record could not be written; None where it can be.

        The database is locked for writing as for an entry; only an entry would show that its disk is full.
        """
        try:
            self.begin_append([]).wait()
        except RecordUnavailable:
            return self._not_written.seconds() or 0.0
        return None

    @property
    def checkpoint_file(self) -> Path | None:
        """Where checkpoints are written besides the database; None where there is no such file."""
        return self._checkpointing.file

    def close(self) -> None:
        """Write what was handed over, and end the threads; the record opens again when it is used again."""
        with self._lock:
            threads = self._take_threads()
        _end(threads, 5.0)

    def _take_threads(self) -> "list[Writer | Readers]":
        threads = [one for one in (self._writer, self._readers) if one is not None]
        self._writer, self._readers = None, None
        return threads

    def prepare_fork(self) -> None:
        """Close the record, and keep other threads from opening it; SQLite's locks would be torn apart."""
        self._lock.acquire()
        self._is_torn = not _end(self._take_threads(), 1.0)

    def end_fork(self) -> None:
        """Let the parent open the record again."""
        self._is_torn = False
        self._lock.release()

    def begin_in_child(self) -> None:
        """Begin anew, unless the parent's connections were open at that moment: then this process has no record."""
        is_torn = self._is_torn
        self._begin()
        self._is_torn = is_torn

    def _refuse_if_torn(self) -> None:
        if self._is_torn:
            raise RecordUnavailable("this process was forked while the decision record did not answer; start it again")


def open_record(
    url: str, key: Path | None = None, checkpoints: Path | None = None, every: int = 1000, seconds: float = 60.0
) -> KeptRecord:
    """Open the record at the path of a SQLite file, or at a URL (``sqlite:///``, ``postgresql://``).

    Parameters
    ----------
    key : file with the private key that signs checkpoints.
    checkpoints : file to which checkpoints are appended; by default, beside a SQLite file.
    every, seconds : a process makes a checkpoint after so many entries, and after so many seconds.

    Raises
    ------
    SettingError
        For any other URL, a file that holds no key, and a file to which checkpoints cannot be appended.
    """
    store = open_store(url)
    if checkpoints is not None:
        refuse_unusable(checkpoints, store.files)
    signer = _load_signer(key) if key else None
    return KeptRecord(store, Checkpointing(every, seconds, signer, checkpoints or store.checkpoints))


def _load_signer(key: Path) -> Signer:
    try:
        return load_signer(key)
    except SettingError as error:
        raise SettingError(f"SCORING_DECISIONS_KEY: {error}") from error.__cause__


def open_store(url: str) -> Store:
    """Choose the database; raises SettingError for a URL that names none."""
    if url.startswith(("postgresql://", "postgres://")):
        return _postgres(url)
    path = url.removeprefix("sqlite:///")
    if ":" in path or is_connection_text(path):
        raise SettingError(
            f"SCORING_DECISIONS: {shorten(hide_password(url))} was received, which names no decision record\n"
            "Expected the path of a SQLite file, sqlite:///PATH or postgresql://USER@HOST/DATABASE."
        )
    if Path(path).is_dir():
        raise SettingError(
            f"SCORING_DECISIONS: {shorten(url)} was received, which is a folder\n"
            "Expected the path of a SQLite file, such as decisions.db in this folder."
        )
    from scoring.record.stores.sqlite_store import SqliteStore

    return SqliteStore(Path(path))


def _postgres(url: str) -> Store:
    try:
        from scoring.record.stores.postgres_store import PostgresStore
    except ModuleNotFoundError as error:
        raise SettingError(
            f"SCORING_DECISIONS: postgresql://... was received, and the package {error.name} is not installed\n"
            f"{how_to_install('postgres')}"
        ) from None
    return PostgresStore(url)


_opened: "weakref.WeakSet[KeptRecord]" = weakref.WeakSet()
_forking: list[KeptRecord] = []
_left_behind: list[object] = []


def _end(threads: "list[Writer | Readers]", seconds: float) -> bool:
    """End a record's threads; tells whether they ended in time."""
    ended = [one.close(seconds) for one in threads]
    if not all(ended):
        _left_behind.extend(threads)  # a child must not close its parent's connections
    return all(ended)


def _before_fork() -> None:
    for record in list(_opened):
        record.prepare_fork()
        _forking.append(record)


def _in_parent() -> None:
    while _forking:
        _forking.pop().end_fork()


def _in_child() -> None:
    while _forking:
        _forking.pop().begin_in_child()


def _close_all() -> None:
    for record in list(_opened):
        record.close()


os.register_at_fork(before=_before_fork, after_in_parent=_in_parent, after_in_child=_in_child)
atexit.register(_close_all)
