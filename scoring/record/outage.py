"""One line in the log when the record begins to fail, and one when it works again."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from scoring.errors import RecordUnavailable

What = Literal["written", "read"]
Observe = Callable[[What, float, RecordUnavailable | None], object]  # what was done, its seconds, and its failure
_log = logging.getLogger("scoring")


class Outage:
    """Whether the record fails now; threads may share it.

    Parameters
    ----------
    name : of the database, without a password.
    what : is done with it.
    observe : function that is told how long each time took, and what went wrong.

    Attributes
    ----------
    is_silent : nothing is logged, since the caller tells what went wrong.
    """

    is_silent = False

    def __init__(self, name: str, what: What, observe: Observe = lambda *_: None) -> None:
        self._name, self._what, self._observe = name, what, observe
        self._lock = threading.Lock()
        self._is_failing, self._since = False, 0.0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Log the first RecordUnavailable of such blocks, and the first success after it."""
        begun = time.monotonic()
        try:
            yield
        except RecordUnavailable as error:
            self.note(begun, error)
            raise
        self.note(begun, None)

    def note(self, begun: float, error: Exception | None) -> None:
        """Log the first RecordUnavailable, and the first success after it.

        Parameters
        ----------
        begun : when it was begun, on the monotonic clock.
        error : any other error says nothing about the database.
        """
        if error is None or isinstance(error, RecordUnavailable):
            self._observe(self._what, time.monotonic() - begun, error)
        if isinstance(error, RecordUnavailable) and self._changes(True, begun) and not self.is_silent:
            _log.error("The decision record (%s) cannot be %s now: %s", self._name, self._what, error)
        if error is None and self._changes(False, begun):
            _log.warning("The decision record (%s) can be %s again", self._name, self._what)

    def seconds(self) -> float | None:
        """Return for how long the record has been failing in this process; None where it is not."""
        return time.monotonic() - self._since if self._is_failing else None

    def _changes(self, failing: bool, begun: float) -> bool:
        """Note how a block ended; what began before the last change says nothing new."""
        if self._is_failing == failing:
            return False
        with self._lock:
            if self._is_failing == failing or begun < self._since:
                return False
            self._is_failing, self._since = failing, time.monotonic()
            return True
