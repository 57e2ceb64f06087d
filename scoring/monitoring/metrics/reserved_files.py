"""Files of counts whose room is reserved before it is written to: a full folder must not end the service.

A write to a page of a mapped file that finds no room ends the process (SIGBUS), and ``prometheus_client`` makes files
without reserving anything.
"""

import logging
import mmap
import os
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

_FIRST = 1 << 16  # bytes, as the package has it
_log = logging.getLogger("scoring")


class ReservedDict(MmapedDict):
    """Counts in a mapped file; raises OSError where there is no room for them."""

    def __init__(self, filename: str) -> None:
        with Path(filename).open("ab") as file:
            if not file.tell():
                os.posix_fallocate(file.fileno(), 0, _FIRST)
        super().__init__(filename)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        needed = self._used + len(key.encode()) + 32  # length, padding, value and time
        while needed > self._capacity:
            self._grow(2 * self._capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call]

    def _grow(self, size: int) -> None:
        os.posix_fallocate(self._f.fileno(), 0, size)
        self._map(size)

    def _map(self, size: int) -> None:
        self._m, self._capacity = mmap.mmap(self._f.fileno(), size), size


class WorkerDict(ReservedDict):
    """Counts of a worker. Without room it counts where no other process sees it, and goes on serving."""

    def __init__(self, filename: str) -> None:
        try:
            super().__init__(filename)
        except OSError as error:
            Path(filename).unlink(missing_ok=True)  # it may be empty, which nobody can read
            _warn(filename, error)
            MmapedDict.__init__(self, f"/proc/self/fd/{os.memfd_create('metrics')}")

    def _grow(self, size: int) -> None:
        try:
            super()._grow(size)
        except OSError as error:
            _warn(self._fname, error)
            counts = self._m[: self._used]
            self._f = os.fdopen(os.memfd_create("metrics"), "r+b")
            self._f.truncate(size)
            self._map(size)
            self._m[: self._used] = counts


def _warn(filename: str, error: OSError) -> None:
    _log.warning(
        "Process %d counts what /metrics does not show: %s: %s. Make room there, and reload the service.",
        os.getpid(),
        Path(filename).parent,
        error.strerror,
    )


def reserve_room() -> None:
    """Have the package count in files whose room is reserved; before the first counter is made."""
    values.MmapedDict = WorkerDict  # type: ignore[attr-defined, assignment]  # the package has no setting for it
