"""Counts requests and looked-up clients by key, exactly over all processes of a host, and refuses too many."""

import logging
import secrets
import time
from collections.abc import Iterable
from functools import cache, lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil

from scoring.access.rate import NANO, Rate, take
from scoring.access.shared_slots import SharedSlots
from scoring.access.walk_alarm import WORDS, Alarm, Lookup, WalkAlarm
from scoring.errors import TooManyRequests

_KEY_SLOTS = 8192  # twice as many as there may be keys
_ADDRESS_SLOTS = 16384
_CACHED = 1024  # addresses whose hash is remembered
_USED, _DUE = 1, 2  # words of a slot: when it was last used, and what the rate keeps
_OWN_WORDS = 3
_log = logging.getLogger("scoring")


class Meter:
    """Counts what callers do. Make it before the worker processes are started: they share what it counts.

    Requests with a key are counted by key, all others by address. Addresses are kept as hashes.
    """

    def __init__(self) -> None:
        self._keys = SharedSlots(_KEY_SLOTS, _OWN_WORDS + WORDS)
        self._addresses = SharedSlots(_ADDRESS_SLOTS, _OWN_WORDS)
        salt = secrets.token_bytes(16)
        self._owner = lru_cache(_CACHED)(lambda address: _hash_network(address, salt))
        self._alarm = WalkAlarm(self._keys.memory)

    def count_key(self, key_id: str, rate: Rate | None, lookups: Iterable[Lookup] = (), *, bulk: bool = False) -> None:
        """Count one request with a key, and the clients that it looks up.

        Parameters
        ----------
        rate : of requests; None for as many as there are.
        bulk : the key may look up many clients in a row.

        Raises
        ------
        TooManyRequests
            If there are more requests than the rate allows; or, after an alarm, more lookups than are allowed then.
        """
        memory, alarm, wait = self._keys.memory, None, 0
        with self._keys:
            now = time.monotonic_ns()
            slot = self._keys.find(int(key_id, 16) + 1)
            memory[slot + _USED] = now
            if rate:
                memory[slot + _DUE], wait = take(memory[slot + _DUE], now, rate)
            for lookup in () if wait else lookups:
                raised, wait = self._alarm.count(slot + _OWN_WORDS, now, lookup, bulk=bulk)
                alarm = raised or alarm
                if wait:
                    break
        if alarm:
            _report(key_id, alarm)
        if wait:
            raise _too_many(wait, "with this API key")

    def count_address(self, address: str, rate: Rate | None) -> None:
        """Count one request without a key; raises TooManyRequests."""
        if rate is None:
            return
        owner = self._owner(address)
        with self._addresses:
            memory, now = self._addresses.memory, time.monotonic_ns()
            slot = self._addresses.find(owner)
            memory[slot + _USED] = now
            memory[slot + _DUE], wait = take(memory[slot + _DUE], now, rate)
        if wait:
            raise _too_many(wait, "from this address")

    def alarms(self) -> dict[str, int]:
        """Return how many alarms there were since the service was started, by key ID."""
        memory = self._keys.memory
        counted = {slot: self._alarm.alarms(slot + _OWN_WORDS) for slot in self._keys.owners()}
        return {f"{memory[slot] - 1:08x}": count for slot, count in counted.items() if count}


@cache
def shared_meter() -> Meter:
    """Return the one meter of this process and of those it starts; a reload of the model keeps what was counted."""
    return Meter()


def _hash_network(address: str, salt: bytes) -> int:
    return int.from_bytes(blake2b(_network(address), digest_size=8, key=salt).digest()) or 1


def _network(address: str) -> bytes:
    r"""Return what is counted together: an IPv4 address, or the network of an IPv6 address, which has many of them.

    >>> _network("192.0.2.1"), _network("2001:db8::1") == _network("2001:db8::ffff:2"), _network("unix")
    (b'\xc0\x00\x02\x01', True, b'unix')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address.encode()
    return parsed.packed[:8] if isinstance(parsed, IPv6Address) else parsed.packed


def _too_many(wait: int, who: str) -> TooManyRequests:
    seconds = max(1, ceil(wait / NANO))
    return TooManyRequests(f"Too many requests {who}; the next one will be answered in {seconds} s.", seconds)


def _report(key_id: str, alarm: Alarm) -> None:
    """Log an alarm: the text for people, and the same as fields for programs. Client numbers are in neither."""
    fields = {"event": "walk_alarm", "key_id": key_id, **alarm._asdict()}
    _log.warning(
        "API key %s looks up many clients, as a program does that walks through client numbers: %s. In the last hour "
        "it looked up %d numbers, of which %d are unknown and %d are next to others. Its lookups are now limited.",
        key_id,
        alarm.reason,
        alarm.distinct,
        alarm.unknown,
        alarm.neighbours,
        extra=fields,
    )
