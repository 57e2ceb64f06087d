"""Split clients by time: train on the past, test on what came after; and name periods."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError

MOST_PERIODS = 24
_FEWEST = 100  # clients of a period; a smaller one is joined with the next
_PARTS = 10  # of numbers with many different values
_OUTCOMES = 10  # of either outcome in the test set
_FAR = 0.1  # a share of the test set that differs by more from the one that is wanted gives a warning


def split_by_time(
    times: "pd.Series[Any]", target: NDArray[Any], parts: int, folds: int
) -> tuple[NDArray[np.bool_], list[str]]:
    """Find the latest clients, about one in ``parts``; clients of one time stay together.

    Parameters
    ----------
    times : shape (n,), as ``read_times`` reads them.
    target : shape (n,), 0 or 1.
    folds : that the other clients are put in.

    Returns
    -------
    Which clients are in the test set, shape (n,); and warnings.

    Raises
    ------
    DataError
        When all clients have the same time, or too few clients of either part have the rarer outcome.

    >>> times, target = pd.Series(np.repeat([1.0, 2, 3, 4], 50), name="month"), np.tile([0, 1], 100)
    >>> times[split_by_time(times, target, 5, 3)[0]].unique().tolist()
    [4.0]
    """
    values = times.to_numpy()
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) < 2:
        what = f"--time {times.name}: every client has the time {distinct[0]}"
        raise DataError(f"{what}\nExpected at least two different times: name another column, or leave --time out.")
    shares = np.cumsum(counts[::-1])[::-1][1:] / len(values)
    nearest = int(np.argmin(np.abs(shares - 1 / parts)))
    first, taken = distinct[nearest + 1], float(shares[nearest])
    warnings = []
    if abs(taken - 1 / parts) > _FAR:
        what = f"--time {times.name}: the test set, from {first} on, has {taken:.0%} of the clients".replace("%", " %")
        warnings.append(f"{what}, because clients of one time stay together: give finer times if there are any")
    latest = values >= first
    _require_outcomes(times, target, latest, folds)
    return latest, warnings


def _require_outcomes(times: "pd.Series[Any]", target: NDArray[Any], latest: NDArray[np.bool_], folds: int) -> None:
    """Raise DataError where one part has too few clients of one outcome."""
    errors = []
    for own, where, needed in ((~latest, "before", 2 * folds), (latest, "from", _OUTCOMES)):
        rarer = int(min(np.sum(target[own] == 0), np.sum(target[own] == 1)))
        if rarer < needed:
            first = times.to_numpy()[latest].min()
            what = f"{rarer} clients {where} {first}{' on' if where == 'from' else ''} have the rarer outcome"
            errors.append(f"{what}; expected at least {needed}: leave out clients whose outcome is not known yet")
    if errors:
        raise DataError.listing(f"--time {times.name}", errors, "Nothing was trained.")


def name_periods(times: NDArray[Any]) -> NDArray[Any]:
    """Name the period of each client: days, months, quarters or years, the finest that gives at most 24 of them.

    Periods of fewer than 100 clients are joined with the next one. Numbers with many values are put in ten groups.

    Parameters
    ----------
    times : shape (n,), as ``read_times`` reads them, for example from one part of the clients.

    >>> name_periods(np.array(["2024-01-31"] * 100 + ["2024-02-01"] * 100, dtype=object))[[0, 100]].tolist()
    ['2024-01-31', '2024-02-01']
    """
    if times.dtype == object:
        levels = (times, [_of_month(text) for text in times], [_of_quarter(text) for text in times])
        fitting = (np.array(level, dtype=object) for level in levels if len(set(level)) <= MOST_PERIODS)
        names = next(fitting, np.array([text[:4] for text in times], dtype=object))
        return _join_small(*np.unique(names.astype(str), return_inverse=True))
    distinct, place = np.unique(times.astype(float), return_inverse=True)
    if len(distinct) <= MOST_PERIODS:
        return _join_small(np.array([f"{value:.15g}" for value in distinct]), place)
    edges = np.unique(np.quantile(times.astype(float), np.arange(1, _PARTS) / _PARTS))
    group = np.searchsorted(edges, times.astype(float), side="right")
    used, place = np.unique(group, return_inverse=True)
    ends = [times[group == one] for one in used]
    return _join_small(np.array([f"{own.min():.15g} to {own.max():.15g}" for own in ends]), place)


def _of_month(text: str) -> str:
    return text[:7]


def _of_quarter(text: str) -> str:
    month = text[5:7]
    return f"{text[:4]}-Q{(int(month) + 2) // 3}" if month.isdecimal() else text


def _join_small(names: NDArray[Any], place: NDArray[np.intp]) -> NDArray[Any]:
    """Join neighbouring periods until each has enough clients; ``names`` are in the order of time."""
    sizes = np.bincount(place, minlength=len(names))
    groups: list[list[int]] = [[]]
    for number in range(len(names)):
        groups[-1].append(number)
        if sizes[groups[-1]].sum() >= _FEWEST:
            groups.append([])
    if not groups[-1] or len(groups) > 1:
        last = groups.pop()
        groups[-1] += last
    joined = np.empty(len(names), dtype=object)
    for group in groups:
        ends = str(names[group[0]]).split(" to ")[0], str(names[group[-1]]).split(" to ")[-1]
        joined[group] = str(names[group[0]]) if len(group) == 1 else f"{ends[0]} to {ends[1]}"
    return joined[place]
