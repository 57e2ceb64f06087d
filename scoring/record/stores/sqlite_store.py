"""The record in a SQLite file: every commit reaches the disk, and the processes of a host queue for it."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from scoring.errors import RecordUnavailable
from scoring.record.stores.record_tables import index_statements, sqlite_guards, sqlite_statements, sqlite_text
from scoring.record.stores.session import Rows, Session, insertions
from scoring.record.stores.sqlite_file import count_missing

_VERSION = 1  # of the tables
_BUSY = 1.0  # seconds to wait for another program that holds the database


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    lock = os.open(_lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # a process forked meanwhile has the lock too, until it is undone
        os.close(lock)


def _mark_begun(lock: int) -> None:
    """Say in the file of the lock that the database has tables: if it is empty later, its content was lost."""
    if os.fstat(lock).st_size == 0:
        os.write(lock, b"begun\n")


def _lost(path: Path, what: str) -> RecordUnavailable:
    """Do not begin another record without a word."""
    others = ", ".join(path.name + ending for ending in ("-wal", "-shm"))
    return RecordUnavailable(
        f"{path.name}: {what}. Restore it from a backup; or, to begin a new record, move away what is left of "
        f"{path.name}, {others} and {_lock_path(path).name}"
    )


class SqliteSession:
    """A connection to the file.

    SQLite's own waiting is unfair: of several processes that write, some wait for seconds. A lock on a file beside the
    database queues them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._refuse_if_emptied()
        self._refuse_if_cut()
        if not path.parent.is_dir():  # SQLite only says that it cannot open the file
            raise RecordUnavailable(f"the decision record ({path.name}) cannot be opened: its folder does not exist")
        self._connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, cached_statements=64)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._prepare(path)
            self._file = self._file_now()
            undo.pop_all()

    def _refuse_if_emptied(self) -> None:
        """Before SQLite opens the file: it would remove the write-ahead log of an empty one."""
        if self._is_empty():
            with _locked(self._path) as lock:
                if self._is_empty() and os.fstat(lock).st_size > 0:
                    raise _lost(self._path, "was emptied")

    def _refuse_if_cut(self) -> None:
        """Before SQLite opens the file: the last one to close it would write its log back, and hide the damage."""
        missing, pages = count_missing(self._path) if self._path.exists() else (0, 0)
        if missing:
            raise _lost(self._path, f"was cut, {missing} of its {pages} pages are gone")

    def _is_empty(self) -> bool:
        return self._path.exists() and self._file_now() is None

    def _prepare(self, path: Path) -> None:
        if self._value("PRAGMA user_version") != _VERSION or self._value("PRAGMA journal_mode") != "wal":
            self._make_tables(path)
        self.rows("PRAGMA synchronous=FULL")
        self.rows("PRAGMA secure_delete=ON")  # what is erased is overwritten
        if self._value("PRAGMA synchronous") != 2:
            raise RecordUnavailable(f"{path.name}: SQLite does not wait for the disk (PRAGMA synchronous)")

    def _make_tables(self, path: Path) -> None:
        with _locked(path) as lock:
            if self._value("PRAGMA journal_mode=WAL") != "wal":
                raise RecordUnavailable(f"{path.name}: SQLite cannot use a write-ahead log in this folder")
            self.rows("PRAGMA synchronous=FULL")
            with self._transaction():
                version = self._value("PRAGMA user_version")
                if version == 0:
                    for statement in sqlite_statements():
                        self.rows(statement)
                    self.rows(f"PRAGMA user_version={_VERSION}")
                elif version != _VERSION:
                    raise RecordUnavailable(f"{path.name}: its tables have version {version}, expected {_VERSION}")
            _mark_begun(lock)

    def _value(self, statement: str) -> Any:
        return self.rows(statement)[0][0]

    def rows(self, statement: str, *parameters: Any) -> Rows:
        """Read all rows that a statement gives."""
        return self._connection.execute(statement, parameters).fetchall()

    def run(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row of parameters."""
        self._connection.executemany(statement, rows)

    def insert(self, rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        """Add rows to tables, by name; the database has taken them when this returns."""
        for statement, values in insertions(rows):
            self._connection.execute(statement, values)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all or nothing in the block; it is durable when the block has ended."""
        with _locked(self._path) as lock, self._transaction():
            if not self.is_current():  # it would be written to a file that nobody finds
                raise RecordUnavailable(f"{self._path.name}: was removed, replaced or cut while it was open")
            _mark_begun(lock)  # where an earlier version made the record
            yield

    def is_current(self) -> bool:
        """Tell whether the file was neither removed nor replaced nor cut since it was opened."""
        before, now = self._file, self._file_now()
        if before is None or now is None or now[:2] != before[:2] or now[2] < before[2]:
            return False
        self._file = now  # the record never shrinks
        return True

    def _file_now(self) -> tuple[int, int, int] | None:
        """Read device, number and size in bytes of the file; None if it is gone or empty."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return (found.st_dev, found.st_ino, found.st_size) if found.st_size > 0 else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # A transaction that reads before it writes fails at once where another one has written in between.
        self.rows("BEGIN IMMEDIATE")
        with ExitStack() as undo:
            undo.callback(self._roll_back)
            yield
            self.rows("COMMIT")
            undo.pop_all()

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            self.rows("ROLLBACK")

    def close(self) -> None:
        """End the connection; never raises."""
        with suppress(sqlite3.Error):
            self._connection.close()


class SqliteStore:
    """A SQLite file.

    Parameters
    ----------
    path : its folder must exist; the file is made when it is first used.
    """

    unavailable: tuple[type[Exception], ...] = (sqlite3.Error, OSError, RecordUnavailable)
    refused: tuple[type[Exception], ...] = (sqlite3.IntegrityError,)

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.name = path.name
        self.checkpoints: Path | None = self.path.with_name(path.name + ".checkpoints")
        self.files = tuple(Path(f"{self.path}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock"))

    def exists(self) -> bool:
        """Tell whether there is a record; makes none."""
        return self.path.is_file() and self.path.stat().st_size > 0

    def open_session(self) -> SqliteSession:
        """Connect; makes the file where there never was one, for the service's user alone, and its tables."""
        was_begun = _lock_path(self.path).exists()  # read first: others who begin the record make the file before it
        if not self.path.exists():
            if was_begun:
                raise _lost(self.path, "was removed")
            with suppress(OSError):
                os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return SqliteSession(self.path)

    def json_text(self, key: str, table: str = "e.") -> str:
        """Write the expression for a key of an entry's content, as text: true and false as in JSON."""
        return sqlite_text(key, table)

    def json_texts(self, keys: Sequence[str]) -> tuple[Mapping[str, str], str]:
        """Write the expressions for several keys; SQLite parses a content once for all of them by itself."""
        return {key: sqlite_text(key, "e.") for key in keys}, ""

    def add_indexes(self, session: Session) -> None:
        """Make the indexes of searches in a record that an earlier version has begun."""
        with session.writing():
            for statement in index_statements(sqlite_text):
                session.rows(statement)

    def lost_guards(self, session: Session) -> list[str]:
        """Name the triggers that refuse changes and are gone, or do something else."""
        there: dict[str, str] = dict(session.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        return [name for name, statement in sqlite_guards().items() if there.get(name) != statement]

    def overwrite_erased(self, session: Session) -> None:
        """Empty the write-ahead log, which still has the pages as they were before."""
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def lock(self, session: Session) -> None:
        """Be the only one: a transaction has the whole database anyway, from its beginning."""
