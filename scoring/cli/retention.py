"""How long personal data is kept: days, weeks, months or years, as the setting and the option write them."""

import calendar
import re
from datetime import UTC, date, datetime

import click

from scoring.errors import hide_password
from scoring.settings import RETENTION

SHORTEST = 181  # days: the shortest half of a year
_EXPECTED = "expected a time such as 400d, 26 weeks, 6 months or 2 years"
_MONTHS = {"month": 1, "year": 12}


def read_retention(_context: click.Context, _option: click.Parameter, given: str | None) -> int | None:
    """Read how many days back from today the time reaches; raises BadParameter."""
    if given is None:
        return None
    try:
        return count_days(given, datetime.now(UTC).date())
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def count_days(given: str, today: date) -> int:
    """Count the days that a time takes back from a day; months are those of the calendar.

    >>> [count_days(given, date(2026, 11, 26)) for given in ("400d", "1 day", "26 weeks", "6 months", "2 years")]
    [400, 1, 182, 184, 730]
    >>> count_days("6 months", date(2026, 8, 31)) == (date(2026, 8, 31) - date(2026, 2, 28)).days
    True

    Raises
    ------
    ValueError
        If it is no such time, or longer ago than the calendar.
    """
    found = re.fullmatch(RETENTION, given.strip().lower())
    if found is None:
        raise ValueError(f"{hide_password(given)!r}: {_EXPECTED}")
    count, unit = int(found[1]), found[2].rstrip("s")
    if unit not in _MONTHS:
        return count * 7 if unit == "week" else count
    year, month = divmod(12 * today.year + today.month - 1 - count * _MONTHS[unit], 12)
    if year < 1:
        raise ValueError(f"{given!r} is too long: {_EXPECTED}")
    day = min(today.day, calendar.monthrange(year, month + 1)[1])
    return (today - date(year, month + 1, day)).days
