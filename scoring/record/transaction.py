"""What a writer adds to the record in one transaction, at the end of its chain."""

from collections.abc import Sequence
from datetime import UTC, datetime

from scoring.record.canonical import BEGINNING, EntryRow, PreparedEntry, seal, write_time
from scoring.record.entries import make_id
from scoring.record.stores.session import Rows, Session


class Chain:
    """The end of a writer's chain.

    A writer begins a chain of its own, and another one where it can't know whether a commit arrived.
    """

    def __init__(self) -> None:
        self.id = make_id()
        self.position, self.hash, self.time = 0, BEGINNING, ""

    def next(self, entry: PreparedEntry, now: str) -> EntryRow:
        """Give an entry its place; the time never goes back within a chain, whatever the clock does."""
        self.time = max(now, self.time)
        row = seal(
            EntryRow(
                self.id, self.position + 1, entry.id, entry.kind, self.time, entry.about, entry.content,
                entry.body_hash, self.hash, b"",
            )
        )  # fmt: skip
        self.position, self.hash = row.position, row.hash
        return row


class Transaction:
    """What tasks write together."""

    def __init__(self, session: Session, chain: Chain) -> None:
        self.session, self.chain = session, chain
        self._now = utc_now()
        self._entries: list[EntryRow] = []
        self._bodies: list[tuple[str, bytes, str | None, str]] = []

    def add(self, entries: Sequence[PreparedEntry]) -> None:
        """Put entries at the end of the chain."""
        for entry in entries:
            self._entries.append(self.chain.next(entry, self._now))
            if entry.body is not None:
                self._bodies.append((entry.id, *entry.body))

    def read(self, statement: str, *parameters: object) -> Rows:
        """Read what is recorded, with what this transaction has added."""
        self.flush()
        return self.session.rows(statement, *parameters)

    def flush(self) -> None:
        """Send what was added to the database."""
        if self._entries:
            self.session.insert({"record_entries": self._entries, "record_bodies": self._bodies})
        self._entries, self._bodies = [], []


def utc_now() -> str:
    """Write the time as entries have it."""
    return write_time(datetime.now(UTC))
