"""What the record keeps: entries, which are never changed, and their bodies, which can be erased."""

import os
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

# ``outcome`` is what ends a review; whether a credit was repaid is of kind ``repayment``.
Kind = Literal["decision", "override", "review_request", "outcome", "repayment", "erasure", "batch", "model"]


class Body(NamedTuple):
    """The personal data of an entry. It stands in a table of its own, so that it can be erased.

    Attributes
    ----------
    client_id : whom it is about, as text; None for an applicant without a number.
    content : JSON, for a decision what was scored: model-ready row, raw application, client id.
    """

    client_id: str | None
    content: Mapping[str, Any]


class EncodedBody(NamedTuple):
    """A body whose content is canonical JSON already, for what is recorded again and again."""

    client_id: str | None
    content: str


class EncodedContent(NamedTuple):
    """The content of an entry of which each member, ``"key":value``, is canonical JSON already."""

    members: tuple[str, ...]


Content = Mapping[str, Any] | EncodedContent


class NewEntry(NamedTuple):
    """An entry that is not recorded yet. Chain, position, time and hashes are added when it is written.

    Attributes
    ----------
    id : as ``make_id`` gives it; of a decision, it is the ``decision_id`` of the answer.
    content : JSON without personal data; of a decision, ``decision`` and ``review`` are what searches compare.
    about : the id of the decision that it is about; None for a decision, a batch and a model.
        An erasure is about the entry whose body was erased.
    """

    id: str
    kind: Kind
    content: Content
    body: Body | EncodedBody | None = None
    about: str | None = None


class StoredEntry(NamedTuple):
    """An entry as it was recorded.

    Attributes
    ----------
    chain, position : its place: each writer has a chain of its own.
    time : when it was written, UTC, as in ``2026-11-26T13:05:01.123456Z``.
    hash : of the entry and the hash before it, in hexadecimal digits.
    body : None if it never had one, or if the body was erased.
    erased : the body was erased.
    """

    id: str
    kind: Kind
    time: str
    chain: str
    position: int
    content: Mapping[str, Any]
    about: str | None
    hash: str
    body: Body | None
    erased: bool


MakeEntry = Callable[[StoredEntry, Sequence[StoredEntry]], NewEntry]


class Search(NamedTuple):
    """Conditions on decisions; None means any.

    Attributes
    ----------
    since, until : times as in ``StoredEntry``; ``since`` is included, ``until`` is not.
    after : the id of the last entry of the page before.
    newest_first : the order; by default, the oldest are first.
    """

    client_id: str | None = None
    since: str | None = None
    until: str | None = None
    outcome: Literal["ACCEPTED", "REFUSED"] | None = None
    review: bool | None = None
    after: str | None = None
    newest_first: bool = False


class Pending(Protocol):
    """Entries that are being written.

    Attributes
    ----------
    is_done : they are durable, or this failed.
    error : why they are not recorded; None before it is done, and where they are.
    """

    is_done: bool
    error: Exception | None

    def wait(self) -> None:
        """Wait until they are durable; raises what ``error`` says."""

    def when_done(self, then: Callable[[], object]) -> None:
        """Have something called when it is done, in any thread; at once where it is done already."""

    def give_up(self, seconds: float) -> None:
        """Fail with RecordUnavailable, unless it is done: nobody waits longer than these seconds."""


class Record(Protocol):
    """Where entries are written and read. Every method raises RecordUnavailable when the store does not answer."""

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Write entries, all or none; they are durable when this returns."""

    def begin_append(self, entries: Sequence[NewEntry]) -> Pending:
        """Begin to write entries, all or none; RecordUnavailable where it fails at once."""

    def append_about(self, decision_id: str, make: MakeEntry) -> tuple[StoredEntry, list[StoredEntry]]:
        """Write an entry about a decision, which ``make`` makes from the decision and the entries about it so far.

        Nobody else writes an entry about a decision, or erases a body, from what ``make`` sees until this is written.
        The entry gets ``number`` in its content: 1 for the first one about the decision. Returns the decision, and the
        entries about it with the new one as the last. Raises UnknownDecision, and what ``make`` raises.
        """

    def find(self, entry_id: str) -> StoredEntry | None:
        """Return one entry with its body."""

    def about(self, *decision_ids: str) -> list[StoredEntry]:
        """Return the entries about decisions; those about each stand in the order in which they were written."""

    def search(self, conditions: Search, limit: int) -> list[StoredEntry]:
        """Return decisions in the order of time that the conditions name."""

    def waiting(self, after: str | None, limit: int) -> list[StoredEntry]:
        """Return decisions that wait for a person, in the order of their ids; only those after an id."""

    def keep_model(self, version: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a model's version, once; the entry of kind ``model`` has their hashes."""

    def model_files(self, version: str) -> Mapping[str, bytes] | None:
        """Return the files of a version that was served; None if it never was."""


class _Clock:
    """Milliseconds since 1970 and a counter, which together never come twice in a process and never go back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def tick(self) -> int:
        """Count on from the last value, even where the clock was set back."""
        with self._lock:
            self._last = max(time.time_ns() // 1_000_000 << _COUNTER_BITS, self._last + 1)
            return self._last


_COUNTER_BITS = 12
_clock = _Clock()
os.register_at_fork(after_in_child=lambda: setattr(_clock, "_lock", threading.Lock()))


def make_id() -> str:
    """Make an id that sorts by time, also where the clock is set back meanwhile.

    It is a UUID of version 7 (RFC 9562, section 5.7) whose 12 bits after the version count within a millisecond
    (section 6.2, method 1). Other processes differ in the 62 random bits.

    >>> first, second = make_id(), make_id()
    >>> len(first), first[14], first < second
    (36, '7', True)
    """
    milliseconds, counter = divmod(_clock.tick(), 2**_COUNTER_BITS)
    digits = f"{milliseconds << 80 | 7 << 76 | counter << 64 | 2 << 62 | random.getrandbits(62):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
