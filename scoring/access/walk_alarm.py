"""An alarm if a key walks through client numbers, and a tighter limit for this key."""

from typing import NamedTuple

from scoring.access.rate import NANO, parse_rate, take

WINDOW_SECONDS = 3600  # counts begin again after this time
ALARM_SECONDS = 3600  # how long lookups are limited after an alarm
TIGHT = parse_rate("10/minute")  # lookups after an alarm
# A person at work looks up some ten clients an hour, in no order, and mistypes few numbers.
MOST_UNKNOWN, UNKNOWN_SHARE = 20, 0.5
MOST_NEIGHBOURS, NEIGHBOUR_SHARE = 120, 0.8
MOST_DISTINCT = 180
_WINDOW_NANO = WINDOW_SECONDS * NANO
_NEAR = (-1, 1, -2, 2, -3, 3)  # distances of numbers that are next to each other
_PLACES = 256  # of the set of numbers, a power of two; it never has more than MOST_DISTINCT
_SPREAD, _SHIFT, _WORD = 0x9E3779B97F4A7C15, 56, 2**64 - 1
# Words of a slot, before the set of numbers.
_WINDOW, _DISTINCT, _UNKNOWN, _NEIGHBOURS, _UNTIL, _DUE, _LAST, _ALARMS, _SET = range(9)
WORDS = _SET + _PLACES
_EMPTY = memoryview(bytes(8 * _PLACES)).cast("Q")


class Lookup(NamedTuple):
    """One client that a request asks for.

    Attributes
    ----------
    number : the client number plus 1; or a hash of a text ID, at least 1. Below 2**64.
    known : there is such a client, whom the caller may see.
    in_order : numbers that are close together belong to clients that are next to each other; not so for hashes.
    """

    number: int
    known: bool
    in_order: bool = True


class Alarm(NamedTuple):
    """What was counted when an alarm was raised; ``reason`` says in words what is unusual."""

    reason: str
    distinct: int
    unknown: int
    neighbours: int


class WalkAlarm:
    """Counts the different clients that a key looks up in an hour.

    An alarm is raised if most of them are unknown, if most are next to one another, or if there are too many. For an
    hour, lookups of this key are then limited to ``TIGHT``.

    Parameters
    ----------
    memory : has a slot of ``WORDS`` words for each key; the caller holds its lock.
    """

    def __init__(self, memory: "memoryview[int]") -> None:
        self._memory = memory

    def count(self, slot: int, now: int, lookup: Lookup, *, bulk: bool) -> tuple[Alarm | None, int]:
        """Count one lookup.

        Parameters
        ----------
        slot : index in ``memory``.
        now : time in nanoseconds.
        bulk : the key may look up many known clients, in any order.

        Returns
        -------
        The alarm if one is raised now, and how long to wait in nanoseconds; 0 if the lookup may be answered.
        """
        memory = self._memory
        if now < memory[slot + _UNTIL]:
            return None, self._take_tight(slot, now, lookup.number)
        window = now // _WINDOW_NANO + 1
        if memory[slot + _WINDOW] != window or memory[slot + _DISTINCT] >= MOST_DISTINCT:
            self._begin(slot, window)
        place = self._place(slot, lookup.number)
        if memory[place]:  # it is in the set already
            return None, 0
        memory[place] = lookup.number
        memory[slot + _DISTINCT] += 1
        if not lookup.known:
            memory[slot + _UNKNOWN] += 1
        if lookup.in_order and not bulk:  # neighbours mean nothing where many clients are looked up
            memory[slot + _NEIGHBOURS] += any(self._has(slot, lookup.number + distance) for distance in _NEAR)
        alarm = self._judge(slot, bulk=bulk)
        if alarm:
            memory[slot + _UNTIL] = now + ALARM_SECONDS * NANO
            memory[slot + _LAST] = lookup.number
            memory[slot + _ALARMS] += 1
        return alarm, 0

    def alarms(self, slot: int) -> int:
        """Return how many alarms were raised."""
        return self._memory[slot + _ALARMS]

    def _judge(self, slot: int, *, bulk: bool) -> Alarm | None:
        memory = self._memory
        distinct, unknown = memory[slot + _DISTINCT], memory[slot + _UNKNOWN]
        if unknown >= MOST_UNKNOWN and unknown >= UNKNOWN_SHARE * distinct:
            return Alarm("most numbers are unknown", distinct, unknown, memory[slot + _NEIGHBOURS])
        if bulk:
            return None
        neighbours = memory[slot + _NEIGHBOURS]
        if neighbours >= MOST_NEIGHBOURS and neighbours >= NEIGHBOUR_SHARE * distinct:
            return Alarm("most numbers are next to others", distinct, unknown, neighbours)
        if distinct >= MOST_DISTINCT:
            return Alarm("the numbers are too many", distinct, unknown, neighbours)
        return None

    def _take_tight(self, slot: int, now: int, number: int) -> int:
        memory = self._memory
        if number == memory[slot + _LAST]:  # several addresses show the same client
            return 0
        memory[slot + _DUE], wait = take(memory[slot + _DUE], now, TIGHT)
        if not wait:
            memory[slot + _LAST] = number
        return wait

    def _begin(self, slot: int, window: int) -> None:
        memory = self._memory
        memory[slot + _WINDOW] = window
        memory[slot + _DISTINCT] = memory[slot + _UNKNOWN] = memory[slot + _NEIGHBOURS] = 0
        memory[slot + _SET : slot + _SET + _PLACES] = _EMPTY

    def _place(self, slot: int, number: int) -> int:
        """Return the place of a number in the set, or the free place where it belongs; there always is one."""
        memory, first = self._memory, slot + _SET
        place = (number * _SPREAD & _WORD) >> _SHIFT
        while (found := memory[first + place]) and found != number:
            place = (place + 1) % _PLACES
        return first + place

    def _has(self, slot: int, number: int) -> bool:
        return number > 0 and self._memory[self._place(slot, number)] == number
