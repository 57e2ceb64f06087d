"""Personal data in the record: all that is kept about a client, and erasing it."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from scoring.record import reading
from scoring.record.canonical import escape, prepare, write_time
from scoring.record.entries import NewEntry, StoredEntry, make_id
from scoring.record.kept_record import KeptRecord
from scoring.record.stores.session import Rows, Session
from scoring.record.transaction import Transaction

_TOGETHER = 500  # bodies that one transaction erases
_SECONDS = 30.0  # that it may take
_OF_CLIENT = "SELECT id FROM record_bodies WHERE client_id = ? ORDER BY id"
_ABOUT = "SELECT b.id FROM record_entries e JOIN record_bodies b ON b.id = e.id WHERE e.about = ? ORDER BY b.id"
_OLD = """
SELECT b.id FROM record_bodies b JOIN record_entries e ON e.id = b.id
WHERE b.id > ? AND b.id < ? AND e.time < ? ORDER BY b.id LIMIT ?"""
_HAS_BODY = "SELECT 1 FROM record_bodies WHERE id = ?"


def about_client(session: Session, client_id: str) -> list[StoredEntry]:
    """Collect the entries about a client, with what is about these, the oldest first."""
    found: dict[str, StoredEntry] = {}
    for (entry_id,) in session.rows(_OF_CLIENT, escape(client_id)):
        entry = reading.find(session, entry_id)
        for one in [*([entry] if entry else []), *reading.about(session, entry_id)]:
            found[one.id] = one
    return sorted(found.values(), key=lambda one: (one.time, one.id))


def erase_client(record: KeptRecord, client_id: str) -> int:
    """Erase the bodies of a client's entries and of what is about these; returns how many."""
    count = 0
    while ids := _of_client(record, client_id):  # again: something may have been written meanwhile
        parts = [ids[start : start + _TOGETHER] for start in range(0, len(ids), _TOGETHER)]
        count += sum(_erase(record, part, {"why": "request"}) for part in parts)
    return count


def _of_client(record: KeptRecord, client_id: str) -> list[str]:
    ids: dict[str, None] = {}
    for (entry_id,) in record.read(partial(_rows, _OF_CLIENT, escape(client_id))):
        about = record.read(partial(_rows, _ABOUT, entry_id))
        ids.update(dict.fromkeys([entry_id, *(other for (other,) in about)]))
    return list(ids)


def _rows(statement: str, parameter: str | None, session: Session) -> Rows:
    return session.rows(statement, parameter)


def erase_older(record: KeptRecord, days: int, now: datetime) -> Iterator[int]:
    """Erase the bodies of entries that are older than so many days; yields how many after each transaction."""
    limit = now - timedelta(days=days)
    # An id says when it was made, to the millisecond; clocks that were set may make it differ from the entry's time.
    milliseconds = max(0, int((limit + timedelta(days=1)).timestamp() * 1000))  # ids begin with 1970
    latest = str(uuid.UUID(int=milliseconds << 80))
    after = ""
    while ids := _old(record, after, latest, write_time(limit)):
        yield _erase(record, ids, {"why": "retention", "days": days})
        after = ids[-1]


def _old(record: KeptRecord, after: str, latest: str, limit: str) -> list[str]:
    rows = record.read(lambda session: session.rows(_OLD, after, latest, limit, _TOGETHER), _SECONDS)
    return [entry_id for (entry_id,) in rows]


def _erase(record: KeptRecord, ids: Sequence[str], content: Mapping[str, Any]) -> int:
    """Remove bodies with an entry for each that says so; what another process has erased meanwhile is left out."""

    def write(transaction: Transaction) -> int:
        record.store.lock(transaction.session)  # nobody adds an entry about a decision that is being erased
        there = [one for one in ids if transaction.read(_HAS_BODY, one)]
        transaction.add([prepare(NewEntry(make_id(), "erasure", content, None, one)) for one in there])
        transaction.flush()  # the database lets a body go only once an entry says that it was erased
        transaction.session.run("DELETE FROM record_bodies WHERE id = ?", [(one,) for one in there])
        return len(there)

    return record.write(write, _SECONDS)
