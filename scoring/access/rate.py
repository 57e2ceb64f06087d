"""Rates, and the generic cell rate algorithm (GCRA), which limits requests to a rate."""

import re
from typing import NamedTuple

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
RATE = re.compile(r"([1-9][0-9]{0,6})/(second|minute|hour|day)", re.ASCII)
NANO = 10**9


class Rate(NamedTuple):
    """So many requests in so much time.

    Attributes
    ----------
    most : requests that may come at once.
    interval : time after which one more may come, in nanoseconds.
    """

    most: int
    interval: int


def parse_rate(text: str) -> Rate:
    """Parse a rate such as ``600/minute``; raises ValueError.

    >>> parse_rate("600/minute")
    Rate(most=600, interval=100000000)
    """
    found = RATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}: expected a number, / and second, minute, hour or day")
    return Rate(int(found[1]), _SECONDS[found[2]] * NANO // int(found[1]))


def take(due: int, now: int, rate: Rate) -> tuple[int, int]:
    """Take one request from a rate.

    One number is all that has to be kept: the time at which, with requests in even intervals, the next one would be
    due. Requests may come before this time, by as much as ``most`` intervals.

    Parameters
    ----------
    due : the time that is kept, in nanoseconds; 0 at first.
    now : the time, in nanoseconds.

    Returns
    -------
    The time to keep, and how long to wait in nanoseconds: 0 if the request may come now.

    Source: ITU-T Recommendation I.371, the virtual scheduling algorithm.

    >>> two_a_second = parse_rate("2/second")
    >>> due, wait = take(0, 10**10, two_a_second)
    >>> due, wait = take(due, 10**10, two_a_second)
    >>> wait, take(due, 10**10, two_a_second)[1], take(due, 10**10 + 5 * 10**8, two_a_second)[1]
    (0, 500000000, 0)
    """
    if due <= now:  # as nearly always: nothing of the rate is used up
        return now + rate.interval, 0
    later = due + rate.interval
    wait = later - now - rate.most * rate.interval
    return (due, wait) if wait > 0 else (later, 0)
