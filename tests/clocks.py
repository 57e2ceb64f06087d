"""Clocks that a test sets: that of one host of several, and one for tests of days."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from scoring.record import entries, transaction
from scoring.record.canonical import write_time


class _Clock:
    """The clock of the ids, so many seconds behind."""

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


@contextmanager
def clock_at_noon():
    """Let what is written in the block be written around noon of yesterday; gives the clock that the test sets forward.

    A test of days thus has the same result at any time of the day.
    """
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    with clock_behind((now - noon).total_seconds()):
        yield SetClock(noon)


class SetClock:
    """A clock that stands still until a test sets it forward."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now
