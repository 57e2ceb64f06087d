"""Check the entries of all chains in one pass and little memory."""

import json
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from scoring.record.canonical import BEGINNING, EntryRow, entry_text, hash_body, hash_entry, write_time
from scoring.record.stores.session import Session, pages
from scoring.record.verification.deviations import SLACK, Problem, Report, is_in_future, name_range

_ROWS = """
SELECT e.*, b.id IS NOT NULL, b.salt, b.client_id, b.content,
    EXISTS (SELECT 1 FROM record_entries x WHERE x.about = e.id AND x.kind = 'erasure')
FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id
WHERE (e.chain, e.position) > (?, ?) ORDER BY e.chain, e.position LIMIT ?"""
_HEADS = """
SELECT h.chain, h.position, h.checkpoint, h.hash, h.closed, c.time, p.time FROM record_heads h
LEFT JOIN record_checkpoints c ON c.number = h.checkpoint LEFT JOIN record_checkpoints p ON p.number = h.checkpoint - 1
WHERE (h.chain, h.position, h.checkpoint) > (?, ?, ?) AND h.checkpoint <= {until}
ORDER BY h.chain, h.position, h.checkpoint LIMIT ?"""
_BODIES_ALONE = """
SELECT b.id FROM record_bodies b LEFT JOIN record_entries e ON e.id = b.id
WHERE e.id IS NULL ORDER BY b.id LIMIT 1000"""


class _Row(NamedTuple):
    entry: EntryRow
    has_body: bool
    body: tuple[bytes, str | None, str]
    is_erased: bool

    @property
    def name(self) -> str:
        return f"entry {self.entry.id} (chain {self.entry.chain}, position {self.entry.position})"


class _Head(NamedTuple):
    chain: str
    position: int
    checkpoint: int
    hash: bytes
    closed: bool
    time: str | None
    before: str | None  # time of the checkpoint before


def verify_entries(
    session: Session, report: Report, until: int, last_time: str | None, step: Callable[[int], None]
) -> Iterator[Problem]:
    """Compare every entry with its hash, its neighbours, its body, and the checkpoints that cover it.

    Parameters
    ----------
    until : number of the last checkpoint when the verification began; entries are only added meanwhile.
    last_time : when that checkpoint was made.
    step : is told how many entries have been read.
    """
    heads = _Heads(session, until)
    chain: _ChainReader | None = None
    for page in pages(session, _ROWS, ("", 0), slice(0, 2)):
        for columns in page:
            row = _Row(EntryRow(*columns[:10]), bool(columns[10]), columns[11:14], bool(columns[14]))
            if chain is None or chain.id != row.entry.chain:
                if chain is not None:
                    yield from chain.end()
                yield from heads.skipped(row.entry.chain)
                chain = _ChainReader(row.entry.chain, heads.of(row.entry.chain), report, last_time)
            try:
                yield from list(chain.read(row))
            except (TypeError, ValueError, AttributeError):  # a value of another type
                yield Problem(row.name, "was changed: it cannot be read")
        step(len(page))
    if chain is not None:
        yield from chain.end()
    yield from heads.skipped(None)
    for (entry_id,) in session.rows(_BODIES_ALONE):
        yield Problem(f"body {entry_id}", "has no entry: it was inserted, or its entry was removed")


class _Heads:
    """The heads of all checkpoints, in the order of the chains."""

    def __init__(self, session: Session, until: int) -> None:
        statement = _HEADS.format(until=int(until))
        self._rows = (_Head(*row) for page in pages(session, statement, ("", 0, 0), slice(0, 3)) for row in page)
        self._next = next(self._rows, None)

    def of(self, chain: str) -> Iterator[_Head]:
        """Go through the heads of a chain."""
        while self._next is not None and self._next.chain == chain:
            yield self._next
            self._next = next(self._rows, None)

    def skipped(self, chain: str | None) -> Iterator[Problem]:
        """Name the chains before this one, which have heads and no entries; with None, all that are left."""
        while self._next is not None and (chain is None or self._next.chain < chain):
            gone = list(self.of(self._next.chain))[-1]
            what = f"was removed: checkpoint {gone.checkpoint} covers {gone.position} entries of it, and it has none"
            yield Problem(f"chain {gone.chain}", what)


class _ChainReader:
    """The state of one chain while its entries are read."""

    def __init__(self, chain: str, heads: Iterator[_Head], report: Report, last_time: str | None) -> None:
        self.id = chain
        self._heads, self._report, self._last_time = heads, report, last_time
        self._head = next(heads, None)
        self._closed: _Head | None = None
        self._position, self._hash, self._covered = 0, BEGINNING, 0
        self._now = write_time(datetime.now(UTC))
        report.chains += 1

    def read(self, row: _Row) -> Iterator[Problem]:
        """Check the next entry."""
        self._report.entries += 1
        yield from self._check_place(row)
        if hash_entry(row.entry.previous, entry_text(row.entry)) != row.entry.hash:
            yield Problem(row.name, "was changed: it does not fit its hash")
        yield from self._check_body(row)
        yield from self._check_date(row)
        self._position, self._hash = row.entry.position, row.entry.hash
        while self._head is not None and self._head.position <= self._position:
            yield from self._check_head(self._head)

    def _check_place(self, row: _Row) -> Iterator[Problem]:
        missing = range(self._position + 1, row.entry.position)
        if missing:
            yield Problem(f"chain {self.id}", f"{name_range('entries', missing[0], missing[-1])} removed")
        elif row.entry.previous != self._hash:
            what = "does not follow the entry before it: one of the two was exchanged, inserted or moved"
            yield Problem(row.name, what)
        if self._closed is not None:
            what = f"was inserted: the writer of its chain had ended at position {self._closed.position}"
            yield Problem(row.name, f"{what} (checkpoint {self._closed.checkpoint})")

    def _check_body(self, row: _Row) -> Iterator[Problem]:
        self._report.erased += row.is_erased
        if row.entry.body is None:
            if row.has_body:
                yield Problem(row.name, "has a body that was inserted")
        elif not row.has_body:
            if not row.is_erased:
                yield Problem(row.name, "its body was removed, and no entry says that it was erased")
        elif row.is_erased:
            yield Problem(row.name, "has a body, and an entry says that it was erased: it was inserted again")
        elif hash_body(*row.body) != row.entry.body:
            yield Problem(row.name, "its body was changed or exchanged")

    def _check_date(self, row: _Row) -> Iterator[Problem]:
        """Find an entry that was dated back: all that was there had been covered by the checkpoint before.

        Where the clock itself went back, the checkpoints show it. No entry can be dated later than now.
        """
        if is_in_future(row.entry.time):
            yield Problem(row.name, f"is dated {row.entry.time}, which is in the future")
        head = self._head
        if head is not None:
            before, reached = head.before, head.time
        else:
            self._report.uncovered += 1
            before, reached = self._last_time, self._now
        if before is not None and reached is not None and reached >= before and row.entry.time < _earlier(before):
            where = f"first covered by checkpoint {head.checkpoint} of {reached}" if head else "not covered yet"
            yield Problem(row.name, f"is dated {row.entry.time}, but {where}, the one before was made {before}")

    def _check_head(self, head: _Head) -> Iterator[Problem]:
        if head.position == self._position and head.hash != self._hash:
            place = f"chain {self.id}, {name_range('entries', self._covered + 1, head.position)}"
            yield Problem(place, f"exchanged: checkpoint {head.checkpoint} covers something else")
        if head.closed:
            self._closed = head
        self._covered, self._head = head.position, next(self._heads, None)

    def end(self) -> Iterator[Problem]:
        """Check that the chain reaches as far as its checkpoints do."""
        beyond = [head for head in (self._head, *self._heads) if head is not None]
        if beyond:
            what = f"was cut off: checkpoint {beyond[-1].checkpoint} covers {beyond[-1].position} entries of it"
            yield Problem(f"chain {self.id}", f"{what}, and it has {self._position}")


def _earlier(time: str) -> str:
    try:
        return write_time(datetime.fromisoformat(time) - SLACK)
    except ValueError:  # a changed checkpoint, which is told elsewhere
        return ""


def verify_files(session: Session) -> Iterator[Problem]:
    """Compare the files of models with the entries that name them."""
    kept = [digest for (digest,) in session.rows("SELECT hash FROM record_files ORDER BY hash")]
    named = _named_files(session)
    for digest in kept:
        if digest not in named:
            yield Problem(f"file {digest}", "was inserted: no entry names it")
    for digest, version in named.items():
        contents = session.rows("SELECT content FROM record_files WHERE hash = ?", digest)
        if not contents:
            yield Problem(f"file {digest} of model version {version}", "was removed")
        elif not _is_intact(contents[0][0], digest):
            yield Problem(f"file {digest} of model version {version}", "was changed")


def _is_intact(packed: bytes, digest: str) -> bool:
    try:
        return sha256(zlib.decompress(packed)).hexdigest() == digest
    except zlib.error:
        return False


def _named_files(session: Session) -> dict[str, str]:
    named = {}
    for (content,) in session.rows("SELECT content FROM record_entries WHERE kind = 'model'"):
        try:
            entry: dict[str, Any] = json.loads(content)
            named.update(dict.fromkeys(entry["files"].values(), entry["model_version"]))
        except (ValueError, KeyError, AttributeError):  # a changed entry, which is told elsewhere
            continue
    return named
