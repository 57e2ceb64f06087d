"""What several observations of one credit say together; the order in which they were loaded does not matter."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from scoring.record.repayments import Observation, Repayment

_DAYS_A_MONTH = 365.25 / 12


class Together(NamedTuple):
    """What observations say together.

    Attributes
    ----------
    last_without, first_default : months after the decision: the last observation without a default, and the first one
        of a default; infinity where an observation does not say when, None without one.
    whole_months : the same as ``last_without`` in whole months.
    amount_lost : as the latest observation says that has an amount.
    amount_at : months after the decision, of this observation.
    """

    last_without: float | None = None
    first_default: float | None = None
    whole_months: float | None = None
    amount_lost: float | None = None
    amount_at: float = -math.inf


def count_months(start: date, end: date) -> int:
    """Count the whole months between two days.

    >>> count_months(date(2026, 1, 31), date(2026, 2, 28)), count_months(date(2026, 1, 15), date(2026, 3, 15))
    (0, 2)
    """
    return 12 * (end.year - start.year) + end.month - start.month - (end.day < start.day)


def find_moment(one: Observation, decided: date) -> float:
    """Return when a credit was observed, in months after its decision; infinity where this is not known."""
    if one.observed_at is not None:
        return (date.fromisoformat(one.observed_at) - decided).days / _DAYS_A_MONTH
    return math.inf if one.months_observed is None else float(one.months_observed)


def put_together(observations: Iterable[Observation], decided: date) -> Together:
    """Put observations of one credit together.

    >>> first, second = Observation(False, None, 6), Observation(True, None, 9, 1200.0)
    >>> found = put_together([second, first], date(2026, 1, 1))
    >>> found.last_without, found.first_default, found.amount_lost
    (6.0, 9.0, 1200.0)
    """
    together = Together()
    for one in observations:
        together = _add(together, one, find_moment(one, decided))
    return together


def _add(so_far: Together, one: Observation, moment: float) -> Together:
    if one.amount_lost is not None and moment >= so_far.amount_at:
        so_far = so_far._replace(amount_lost=one.amount_lost, amount_at=moment)
    if one.defaulted:
        first = so_far.first_default
        return so_far._replace(first_default=moment if first is None else min(first, moment))
    last, months = so_far.last_without, so_far.whole_months
    whole = math.inf if one.months_observed is None else float(one.months_observed)
    return so_far._replace(
        last_without=moment if last is None else max(last, moment),
        whole_months=whole if months is None else max(months, whole),
    )


def contradicts(one: Observation, others: Sequence[Observation], decided: date) -> str | None:
    """Say in what an observation contradicts others of the same credit; None where all can be true.

    A client who had not defaulted may have defaulted later, but not the other way round.

    >>> contradicts(Observation(True, None, 9), [Observation(False, None, 6)], date(2026, 1, 1))
    >>> contradicts(Observation(False, None, 12), [Observation(True, None, 9)], date(2026, 1, 1))
    'no default'
    >>> contradicts(Observation(True, None, 6), [Observation(False)], date(2026, 1, 1))
    'a default'
    """
    all_of_them = put_together([*others, one], decided)
    last, first = all_of_them.last_without, all_of_them.first_default
    if last is not None and first is not None and last >= first:
        return "a default" if one.defaulted else "no default"
    moment = find_moment(one, decided)
    amounts = {
        seen.amount_lost
        for seen in others
        if seen.amount_lost is not None and seen.defaulted == one.defaulted and find_moment(seen, decided) == moment
    }
    return "another amount lost" if one.amount_lost is not None and amounts - {one.amount_lost} else None


def adds_nothing(one: Observation, others: Sequence[Observation], decided: date) -> bool:
    """Tell whether an observation without a contradiction is known already, from others.

    >>> adds_nothing(Observation(False, None, 6), [Observation(False, None, 12)], date(2026, 1, 1))
    True
    """
    known, moment = put_together(others, decided), find_moment(one, decided)
    if one.amount_lost is not None and not any(
        seen.amount_lost == one.amount_lost and find_moment(seen, decided) == moment for seen in others
    ):
        return False
    if one.defaulted:
        return known.first_default is not None and known.first_default <= moment
    whole = math.inf if one.months_observed is None else one.months_observed
    return (
        known.last_without is not None
        and known.whole_months is not None
        and known.last_without >= moment
        and known.whole_months >= whole
    )


def seen_until_loaded(one: Repayment, decided: date) -> Repayment:
    """Take "no default" without a day as seen on the day it was loaded, since nobody saw the months after.

    >>> young = Repayment("0190", "2026-04-01", 1, False, Observation(False))
    >>> seen_until_loaded(young, date(2026, 1, 1)).observation.months_observed
    3
    """
    seen = one.observation
    if seen.defaulted or seen.observed_at is not None or seen.months_observed is not None:
        return one
    months = max(0, count_months(decided, date.fromisoformat(one.loaded)))
    return one._replace(observation=seen._replace(months_observed=months))


def still_count(repayments: Sequence[Repayment]) -> list[Observation]:
    """Return the observations of one credit from the last correction on; all of them without one."""
    ordered = sorted(repayments, key=lambda one: one.number)
    starts = [place for place, one in enumerate(ordered) if one.corrects]
    return [one.observation for one in ordered[starts[-1] if starts else 0 :]]


def defaulted_within(together: Together, window: int | None) -> bool | None:
    """Tell whether the client defaulted within so many months; None while this is not known.

    Parameters
    ----------
    window : None where each outcome that is known is final.

    A default that was first seen after the window counts, unless an observation at the end of the window or later says
    that the client had not defaulted by then.

    >>> young = put_together([Observation(False, None, 6)], date(2026, 1, 1))
    >>> defaulted_within(young, 12), defaulted_within(young, 6), defaulted_within(young, None)
    (None, False, False)
    """
    if window is not None and together.whole_months is not None and together.whole_months >= window:
        return False
    if together.first_default is not None:
        return True
    return False if window is None and together.last_without is not None else None
