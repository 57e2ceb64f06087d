"""The known clients in a client file; a new file under the same name is noticed while the service runs."""

import logging
import os
import stat
import struct
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from scoring.errors import ClientsUnavailable, ClientTableError
from scoring.model.calibration import Floats
from scoring.model.schema import ClientId, Identity
from scoring.storage.clients.client_store import ClientPage, ClientSample, StoredClient
from scoring.storage.clients.client_table import column_errors, how_to_load_again
from scoring.storage.clients.file.file_layout import Header, read_header
from scoring.storage.clients.file.opened_clients import Condition, OpenedClients, OpenedPortfolio
from scoring.storage.clients.file.stored_records import OpenedFile
from scoring.storage.clients.loading.stored_schema import StoredSchema

LOOKS_EVERY = 1.0  # seconds; how often a worker looks whether the file was replaced
_WAITS = 2.0  # seconds that a thread waits at most while another one looks
_log = logging.getLogger("scoring")
_Stamp = tuple[int, int, int, int]


def open_client_file(path: Path, wanted: StoredSchema) -> "ClientFile":
    """Open a client file.

    Parameters
    ----------
    wanted : what the model needs.

    Raises
    ------
    ClientTableError
        It cannot be read, or was loaded for another model.
    """
    return ClientFile(_WatchedFile(path, wanted))


class ClientFile:
    """The clients in a client file, or those of a portfolio; see ``ClientStore``.

    Every call opens or keeps one file, and is answered from it alone.
    """

    is_constant = False

    def __init__(self, file: "_WatchedFile", conditions: Sequence[Condition] = ()) -> None:
        self._file, self._conditions = file, tuple(conditions)
        self._last: tuple[OpenedClients, OpenedPortfolio | None] | None = None

    @property
    def identity(self) -> Identity:
        """Return the column that names a client."""
        return self._file.wanted.identity

    @property
    def features(self) -> tuple[str, ...]:
        """Return the names of the columns of a row."""
        return self._file.wanted.features

    @property
    def has_facts(self) -> bool:
        """Whether raw applications are kept too."""
        return self._file.has_facts

    def find(self, client_id: ClientId) -> StoredClient | None:
        """Find one client with its raw application."""
        clients = self._file.current()
        return clients.find(client_id) if self._has(clients, client_id) else None

    def find_rows(self, client_ids: Sequence[ClientId]) -> list[Floats | None]:
        """Find the model-ready rows of several clients."""
        clients = self._file.current()
        return [clients.find_row(one) if self._has(clients, one) else None for one in client_ids]

    def _has(self, clients: OpenedClients, client_id: ClientId) -> bool:
        return not self._conditions or self._portfolio(clients).has(client_id)

    def _chosen(self) -> OpenedClients | OpenedPortfolio:
        clients = self._file.current()
        return self._portfolio(clients) if self._conditions else clients

    def _portfolio(self, clients: OpenedClients) -> OpenedPortfolio:
        """Return the portfolio in these clients; the last one is kept, with what was counted."""
        last = self._last
        if last is None or last[0] is not clients:
            last = self._last = (clients, self._open_portfolio(clients))
        if last[1] is None:
            raise ClientsUnavailable("The clients of this portfolio cannot be read now. Try again later.")
        return last[1]

    def _open_portfolio(self, clients: OpenedClients) -> OpenedPortfolio | None:
        try:
            return OpenedPortfolio(clients, self._conditions)
        except ClientTableError as error:  # the former file had the column
            _log.error("%s\nLoad the clients again with --portfolio and the column's name.", error)
            return None

    def count(self) -> int:
        """Count all clients."""
        return self._chosen().count()

    def page(self, after: ClientId | None, limit: int) -> ClientPage:
        """Return at most ``limit`` ids above ``after``."""
        return self._chosen().page(after, limit)

    def sample(self) -> ClientSample:
        """Return the sample, which was drawn when the file was written; that of a portfolio is drawn when needed."""
        return self._chosen().sample

    def has_column(self, column: str) -> bool:
        """Whether clients can be selected by this column."""
        return self._file.current().table_with(column) is not None

    def within(self, column: str, value: str) -> "ClientFile":
        """Return the clients whose column has the value."""
        condition = Condition(column, value)
        with suppress(ClientsUnavailable):  # whoever then asks about a client is told so
            self._file.current().choose(condition)
        return ClientFile(self._file, (*self._conditions, condition))

    def close(self) -> None:
        """Do nothing: processes may share an open file that is read at positions."""


class _WatchedFile:
    """Opens a client file, and the next one that is put in its place.

    A file that cannot be used is named in the log, and the former one stays. Where there is no file any more, nothing
    is found until there is one that can be used.
    """

    def __init__(self, path: Path, wanted: StoredSchema) -> None:
        self._path, self.wanted = path, wanted
        stamp = _stamp(path)
        clients = _open(path, wanted)
        self._clients: OpenedClients | None = clients  # None after the file was removed
        self.has_facts = clients.facts is not None
        self._seen: _Stamp | None = stamp
        self._next = time.monotonic() + LOOKS_EVERY
        self._looking = threading.Lock()

    def current(self) -> OpenedClients:
        """Return the clients of the file that is there now; raises ClientsUnavailable where there is none."""
        if time.monotonic() >= self._next and self._looking.acquire(timeout=_WAITS):
            try:
                if time.monotonic() >= self._next:  # no other thread has looked meanwhile
                    self._look()
            finally:
                self._looking.release()
        clients = self._clients
        if clients is None:
            what = "is not there" if self._seen is None else "cannot be used"
            raise ClientsUnavailable(f"The file of clients {what}. Try again later.")
        return clients

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp != self._seen:
            if stamp is None:
                _log.error("%s: the file of clients is gone; clients are looked up again when it is there", self._path)
                self._clients = None
            else:
                self._open_next()
            self._seen = stamp
        self._next = time.monotonic() + LOOKS_EVERY

    def _open_next(self) -> None:
        try:
            clients = _open(self._path, self.wanted)
            if (clients.facts is not None) != self.has_facts:
                now, before = ("without", "with") if self.has_facts else ("with", "without")
                raise ClientTableError(
                    f"{self._path}: is {now} applications, and the former one {before} them\n"
                    "Reload the service (SIGHUP)."
                )
        except ClientTableError as error:
            rest = "the former one is gone" if self._clients is None else "the service continues with the former one"
            _log.error("The new file of clients is not used, %s. %s", rest, error)
            return
        self._clients = clients
        _log.info("%s: was replaced; it has %d clients", self._path, clients.count())


def _stamp(path: Path) -> _Stamp | None:
    """Return what changes when a file is replaced; None where there is no file."""
    try:
        found = os.stat(path)  # noqa: PTH116  (pathlib takes several times as long)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):  # refused once, whatever happens inside of a folder
        return found.st_dev, found.st_ino, 0, 0
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _open(path: Path, wanted: StoredSchema) -> OpenedClients:
    """Open and check a file; raises ClientTableError, whatever is wrong with it."""
    try:
        file = OpenedFile(path)
        header = read_header(file.number, str(path))
        _check(path, header, wanted)
        return OpenedClients(file, header, [field.name for field in wanted.fields])
    except OSError as error:
        raise ClientTableError(f"{path}: cannot be read ({error.strerror})\nCheck its name and permissions.") from None
    except ClientsUnavailable as error:
        raise ClientTableError(f"{path}: {error}\nLoad the clients again.") from None
    except (ValueError, ArithmeticError, LookupError, struct.error) as error:  # blocks that do not fit each other
        raise ClientTableError(f"{path}: is damaged ({type(error).__name__})\nLoad the clients again.") from None


def _check(path: Path, header: Header, wanted: StoredSchema) -> None:
    """Refuse a file that was loaded for another model."""
    own, given = wanted.identity, header.identity
    errors = (
        []
        if (given.name, given.kind) == (own.name, own.kind)
        else [f"its clients are named by {given.name} ({given.kind}), expected {own.name} ({own.kind})"]
    )
    errors += column_errors(wanted.features, header.features, "the model")
    if not errors and header.fingerprint != wanted.fingerprint:
        errors = ["its rows were made for another fit of the model: same columns, other bins or values"]
    if header.facts is not None:
        kinds = {column.name: column.kind for column in header.facts.columns}
        for field in wanted.fields:
            kind = "text" if field.type == "category" else "number"
            if kinds.get(field.name) != kind:
                errors.append(f"its applications have no field {field.name} ({kind})")
    if errors:
        raise ClientTableError.listing(str(path), errors, how_to_load_again(str(path)))
