"""The keys that a running service accepts; a changed file is read again without a restart."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from scoring.access.api_key import ApiKey, digest
from scoring.access.caller import Caller
from scoring.access.key_file import KeyFile, StoredKey, parse_portfolio, read_valid_keys, warn_of_access
from scoring.errors import KeyFileError, KeyRequired, list_some

_CHECK_SECONDS = 0.5  # between two looks at the file
_log = logging.getLogger("scoring")


class Accepted(NamedTuple):
    """One secret of a key as a request finds it.

    Attributes
    ----------
    until : when it ends, in seconds since 1970.
    bulk : the key may look up many clients in a row.
    """

    caller: Caller
    until: float
    bulk: bool


class _Keys(NamedTuple):
    """The keys of one version of the file.

    Attributes
    ----------
    secrets : by the ID of the key and the hash of its text.
    recognised : by the text itself, those that were sent to this process. A dictionary compares two texts only if their
        own hashes of 64 bits are equal, so that the time of a search tells nothing about a text that is nearly right.
    """

    secrets: dict[str, Accepted]
    recognised: dict[str, Accepted]


class KeyRing:
    """The keys of a file.

    If the file changes, it is read again within a second. If it then cannot be read, the former keys stay valid and
    the log says so. A key that is not valid is refused alone: it must not keep others from being revoked.

    Parameters
    ----------
    path : of the file.
    has_column : whether the service has loaded a column that a portfolio may name.

    Raises
    ------
    KeyFileError
    """

    def __init__(self, path: Path, has_column: Callable[[str], bool] = lambda _: True) -> None:
        self._path, self._has_column = path, has_column
        self._version = self._look()
        self._keys = self._read()
        self._looked = time.monotonic()
        self._reading = Lock()

    def recognise(self, text: str) -> Accepted:
        """Return whose key a text is; raises KeyRequired.

        A key with a known ID takes as long to be refused as any other: both are one hash that is not found. Hashes need
        no comparison in constant time, since nobody can choose a text by its hash.
        """
        if time.monotonic() - self._looked >= _CHECK_SECONDS:
            self._reload_if_changed()
        keys = self._keys  # another thread may replace them
        found = keys.recognised.get(text)
        if found is None:
            found = keys.secrets.get(text[4:12] + digest(text))
            if found is None:
                raise KeyRequired(_why(text))
            keys.recognised[text] = found
        if found.until <= time.time():
            raise KeyRequired("The API key has expired; ask for a new one.")
        return found

    def _reload_if_changed(self) -> None:
        if not self._reading.acquire(blocking=False):  # another thread is reading it
            return
        try:
            self._looked = time.monotonic()
            version = self._look()
            if version != self._version:
                self._version = version
                self._keys = self._read()
                accepted = {one.caller.key_id for one in self._keys.secrets.values()}
                _log.info("%s: changed; %d API keys are now accepted", self._path, len(accepted))
        except KeyFileError as error:
            _log.error("API keys: the changed file cannot be used, the former keys stay valid. %s", error)
        finally:
            self._reading.release()

    def _look(self) -> tuple[int, int, int, int] | None:
        """Return what differs between two versions of the file; None if there is none."""
        try:
            found = os.stat(self._path)  # noqa: PTH116  (at every request; pathlib takes longer)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode

    def _read(self) -> _Keys:
        warn_of_access(self._path)
        file, errors = read_valid_keys(self._path)
        missing = self._without_column(file)
        errors += [
            f"key {key_id}: the clients do not have the column {column} of its portfolio; revoke the key and make "
            "another one, or load the table of clients that has the column (SIGHUP or restart)"
            for key_id, column in missing.items()
        ]
        if errors:
            _log.error(
                "API keys: %s: these keys are refused, all others are accepted. %s", self._path, list_some(errors)
            )
        return _Keys({text: one for key in file.keys if key.id not in missing for text, one in _accept(key)}, {})

    def _without_column(self, file: KeyFile) -> dict[str, str]:
        """Return the columns that the clients do not have, by the ID of the key whose portfolio names them."""
        named = {key.id: parse_portfolio(key.portfolio).column for key in file.keys if key.portfolio}
        return {key_id: column for key_id, column in named.items() if not self._has_column(column)}


def _accept(key: StoredKey) -> Iterator[tuple[str, Accepted]]:
    caller, end = key.caller(), key.expires.timestamp() if key.expires else float("inf")
    former = [(one.sha256, min(end, one.until.timestamp())) for one in key.former]
    for sha256, until in (*former, (key.sha256, end)):
        yield key.id + sha256, Accepted(caller, until, key.bulk)


def _why(text: str) -> str:
    """Say what is wrong with a key that is not accepted, without the key."""
    try:
        ApiKey(text)
    except ValueError as error:
        return f"The key was not accepted: {error}."
    return "The API key is unknown, or was revoked."
