"""Sets of values of one field or ratio, to find conditions that are never true and rules that never matter."""

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple


class Interval(NamedTuple):
    """Numbers between two ends; an open end does not belong to them."""

    low: float
    low_open: bool
    high: float
    high_open: bool

    def is_empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def contains(self, other: "Interval") -> bool:
        """Whether every number of another interval is in it."""
        low = self.low < other.low or (self.low == other.low and (other.low_open or not self.low_open))
        high = other.high < self.high or (self.high == other.high and (other.high_open or not self.high_open))
        return low and high

    def meet(self, other: "Interval") -> "Interval":
        """Return the numbers that are in both."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_open = min(((self.high, not self.high_open), (other.high, not other.high_open)))
        return Interval(low, low_open, high, not high_open)

    def of_whole_numbers(self) -> "Interval":
        """Return the smallest interval with the same whole numbers.

        >>> Interval(0, True, 2.5, False).of_whole_numbers()
        Interval(low=1, low_open=False, high=2, high_open=False)
        """
        if math.isinf(self.low) and math.isinf(self.high):
            return self
        low, high = self.low, self.high
        if not math.isinf(low):
            low = math.floor(low) + 1 if self.low_open else math.ceil(low)
        if not math.isinf(high):
            high = math.ceil(high) - 1 if self.high_open else math.floor(high)
        return Interval(low, math.isinf(low), high, math.isinf(high))


EVERY = Interval(-math.inf, True, math.inf, True)


class Values(NamedTuple):
    """What a field may be: numbers, texts, or missing.

    Attributes
    ----------
    numbers : disjoint intervals in ascending order; empty for a field of texts.
    texts : the texts, or all but these if ``others`` is true; None for numbers.
    missing : the value may be missing.
    whole : the numbers are whole.
    """

    numbers: tuple[Interval, ...] = ()
    texts: frozenset[str] | None = None
    others: bool = False
    missing: bool = False
    whole: bool = False

    def is_empty(self) -> bool:
        """Whether there is no possible value."""
        return not self.missing and not self.numbers and not self.others and not self.texts

    def meet(self, other: "Values") -> "Values":
        """Return what is in both sets.

        >>> low, high = between(None, 5), between(3, None)
        >>> low.meet(high).numbers
        (Interval(low=3, low_open=False, high=5, high_open=False),)
        """
        pairs = (one.meet(two) for one in self.numbers for two in other.numbers)
        whole = self.whole or other.whole
        met = (one.of_whole_numbers() if whole else one for one in pairs if not one.is_empty())
        numbers = tuple(one for one in met if not one.is_empty())
        texts, others = _meet_texts(self, other)
        return Values(numbers, texts, others, self.missing and other.missing, whole)

    def contains(self, other: "Values") -> bool:
        """Whether everything in another set is in it."""
        if other.missing and not self.missing:
            return False
        if not all(any(mine.contains(one) for mine in self.numbers) for one in other.numbers):
            return False
        if other.others:
            return self.others and (self.texts or frozenset()) <= (other.texts or frozenset())
        texts = other.texts or frozenset()
        return not (texts & (self.texts or frozenset())) if self.others else texts <= (self.texts or frozenset())


def _meet_texts(one: Values, two: Values) -> tuple[frozenset[str] | None, bool]:
    if one.texts is None or two.texts is None:
        return None, False
    if one.others and two.others:
        return one.texts | two.texts, True
    if one.others:
        return two.texts - one.texts, False
    return one.texts - two.texts if two.others else one.texts & two.texts, False


def between(low: float | None, high: float | None, *, low_open: bool = False, high_open: bool = False) -> Values:
    """Make the set of numbers between two ends; None is no end."""
    lower = (-math.inf, True) if low is None else (low, low_open)
    upper = (math.inf, True) if high is None else (high, high_open)
    return Values((Interval(*lower, *upper),))


def all_but(numbers: Iterable[float]) -> Values:
    """Make the set of all numbers but a few.

    >>> all_but([2.0]).numbers[0].high, all_but([2.0]).numbers[0].high_open
    (2.0, True)
    """
    ends = [-math.inf, *sorted(set(numbers)), math.inf]
    return Values(tuple(Interval(low, True, high, True) for low, high in pairwise(ends)))


def exactly(numbers: Iterable[float]) -> Values:
    """Make the set of a few numbers."""
    return Values(tuple(Interval(one, False, one, False) for one in sorted(set(numbers))))
