"""The clock of one host of several."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from scoring.record import entries, transaction
from scoring.record.canonical import write_time


class _Clock:
    def __init__(self, seconds):
        self._nanoseconds, self._count = round(seconds * 1e9), 0

    def tick(self):
        self._count += 1
        return ((time.time_ns() - self._nanoseconds) // 1_000_000 << 12) + self._count


@contextmanager
def clock_behind(seconds):
    """Let what is written in the block have the times and ids of a host whose clock is so many seconds behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "utc_now", lambda: write_time(datetime.now(UTC) - timedelta(seconds=seconds)))
        patch.setattr(entries, "_clock", _Clock(seconds))
        yield
