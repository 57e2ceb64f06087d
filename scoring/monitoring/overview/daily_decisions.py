"""The decisions of the last thirty days by day, of which each is read once.

Entries are only added, and their times are those at which they were written. What is older than the time by which
clocks may differ therefore stays as it was counted, and only the rest is counted again. Where there is more to count
than a caller may wait for, the newest days come first, and the next caller goes on.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial

from scoring.record.canonical import write_time
from scoring.record.kept_record import KeptRecord
from scoring.record.state.daily_counts import DecisionGroup, Place, count_page
from scoring.record.verification.deviations import SLACK

DAYS = 30
_PAGE = 10_000  # decisions that are counted in one statement
PATIENCE = 5.0  # seconds that a statement may take; who decides waits for less
_SECONDS = 1.5  # that one caller counts
_Key = tuple[str, bool | None, str]  # outcome, review mark and model version


@dataclass
class DayCounts:
    """Decisions of a day.

    Attributes
    ----------
    day : in UTC.
    groups : by outcome, review mark and model version.
    is_complete : all were counted.
    """

    day: date
    groups: list[DecisionGroup]
    is_complete: bool


@dataclass
class _Day:
    """What was counted of a day, up to a place in the order of time."""

    place: Place
    groups: dict[_Key, DecisionGroup] = field(default_factory=dict)
    is_settled: bool = False  # nothing can be added any more


class DailyDecisions:
    """Counts the decisions of a record by day; threads may share it."""

    def __init__(self, record: KeptRecord) -> None:
        self._record = record
        self._days: dict[date, _Day] = {}
        self._counting = threading.Lock()

    def count(self, now: datetime, seconds: float = _SECONDS) -> list[DayCounts]:
        """Count the days up to today, the newest first; after so many seconds, the rest is left to the next call."""
        with self._counting:
            deadline = time.monotonic() + seconds
            today = now.astimezone(UTC).date()
            days = [today - timedelta(days=back) for back in range(DAYS)]
            self._days = {day: self._days.get(day) or _Day((_begin(day), "")) for day in days}
            return [self._count_day(day, now, deadline) for day in days]

    def _count_day(self, day: date, now: datetime, deadline: float) -> DayCounts:
        kept, end = self._days[day], _begin(day + timedelta(days=1))
        settled = min(end, write_time(now - SLACK))
        if not kept.is_settled and settled > kept.place[0]:
            for groups, place in self._pages(kept.place, settled, deadline):
                add(kept.groups, groups)
                # What is before ``settled`` was counted to the last page: the next count begins there.
                kept.place = place or (settled, "")
            kept.is_settled = kept.place[0] >= end
        if kept.is_settled:
            return DayCounts(day, [*kept.groups.values()], is_complete=True)
        fresh, is_complete = dict(kept.groups), False
        if kept.place[0] >= settled:
            for groups, place in self._pages(kept.place, end, deadline):
                add(fresh, groups)
                is_complete = place is None
        return DayCounts(day, [*fresh.values()], is_complete)

    def _pages(self, place: Place, until: str, deadline: float) -> Iterator[tuple[list[DecisionGroup], Place | None]]:
        """Count page by page, until all is counted or the time is over."""
        following: Place | None = place
        while following is not None and time.monotonic() < deadline:
            count = partial(count_page, self._record.store, after=following, until=until, size=_PAGE)
            groups, following = self._record.read(count, PATIENCE)
            yield groups, following


def _begin(day: date) -> str:
    return write_time(datetime(day.year, day.month, day.day, tzinfo=UTC))


def add(counted: dict[_Key, DecisionGroup], groups: list[DecisionGroup]) -> None:
    """Add groups to those that were counted, which are not changed themselves.

    >>> counted = {}
    >>> for _ in range(2):
    ...     add(counted, [DecisionGroup("REFUSED", False, "v", 1, 1, 1, 0.5, 0.25)])
    >>> [tuple(group) for group in counted.values()]
    [('REFUSED', False, 'v', 2, 2, 2, 1.0, 0.5)]
    """
    for group in groups:
        key = group[:3]
        before = counted.get(key)
        sums = group[3:] if before is None else (a + b for a, b in zip(before[3:], group[3:], strict=True))
        counted[key] = DecisionGroup(*key, *sums)
