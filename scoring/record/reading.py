"""Entries as they are read back."""

import json
from typing import Any

from scoring.record.canonical import unescape
from scoring.record.entries import Body, Search, StoredEntry
from scoring.record.stores.session import Session, Store

_COLUMNS = (
    "e.id, e.kind, e.time, e.chain, e.position, e.content, e.about, e.hash, e.body, b.salt, b.client_id, b.content"
)
_WITH_BODIES = f"SELECT {_COLUMNS} FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id"  # noqa: S608

# Entries about a decision: review requests, and what officers decided.
_REQUESTS = "SELECT 1 FROM record_entries r WHERE r.about = e.id AND r.kind = 'review_request'"
_OFFICERS = "SELECT 1 FROM record_entries d WHERE d.about = e.id AND d.kind IN ('override', 'outcome')"


def find(session: Session, entry_id: str) -> StoredEntry | None:
    """Return one entry with its body."""
    rows = session.rows(f"{_WITH_BODIES} WHERE e.id = ?", entry_id)
    return _entry(rows[0]) if rows else None


def about(session: Session, *decision_ids: str) -> list[StoredEntry]:
    """Return the entries about decisions, the oldest first."""
    places = ", ".join("?" for _ in decision_ids)
    where = f"e.about IN ({places})"  # only question marks
    rows = session.rows(f"{_WITH_BODIES} WHERE {where} ORDER BY e.time, e.id", *decision_ids) if places else []
    return [_entry(row) for row in rows]


def search(store: Store, session: Session, conditions: Search, limit: int) -> list[StoredEntry]:
    """Return decisions, the oldest first."""
    given: list[tuple[str, tuple[Any, ...]]] = [("e.kind = 'decision'", ())]
    if conditions.client_id is not None:
        given.append(("b.client_id = ?", (json.dumps(conditions.client_id)[1:-1],)))
    if conditions.since is not None:
        given.append(("e.time >= ?", (conditions.since,)))
    if conditions.until is not None:
        given.append(("e.time < ?", (conditions.until,)))
    if conditions.outcome is not None:
        given.append((f"{store.json_text('decision')} = ?", (conditions.outcome,)))
    if conditions.review is not None:
        given.append((f"{store.json_text('review')} = ?", (json.dumps(conditions.review),)))
    if conditions.after is not None:
        place = "(e.time, e.id) > ((SELECT time FROM record_entries WHERE id = ?), ?)"
        given.append((place, (conditions.after, conditions.after)))
    where = " AND ".join(condition for condition, _ in given)
    parameters = [value for _, values in given for value in values]
    rows = session.rows(f"{_WITH_BODIES} WHERE {where} ORDER BY e.time, e.id LIMIT ?", *parameters, limit)
    return [_entry(row) for row in rows]


def waiting(store: Store, session: Session, after: str | None, limit: int) -> list[StoredEntry]:
    """Return decisions that a person has to look at, and that nobody has finally decided since.

    They are marked for review, have a review request, or wait for a second officer.

    Ids sort by time, so that they tell which of two entries about a decision came first.
    """
    marked = f"{store.json_text('review')} = 'true'"
    final = store.json_text("final").replace("e.content", "d.content")
    begun = f"{marked} OR EXISTS ({_REQUESTS}) OR EXISTS ({_OFFICERS} AND {final} = 'false')"
    ended = f"{_OFFICERS} AND {final} = 'true' AND NOT EXISTS ({_REQUESTS} AND r.id > d.id)"
    where = f"e.kind = 'decision' AND e.id > ? AND ({begun}) AND NOT EXISTS ({ended})"
    rows = session.rows(f"{_WITH_BODIES} WHERE {where} ORDER BY e.id LIMIT ?", after or "", limit)
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> StoredEntry:
    entry_id, kind, time, chain, position, content, on, digest, hashed, salt, client_id, body = row
    return StoredEntry(
        id=entry_id,
        kind=kind,
        time=time,
        chain=chain,
        position=position,
        content=json.loads(content),
        about=on,
        hash=digest.hex(),
        body=None if salt is None else Body(unescape(client_id), json.loads(body)),
        erased=hashed is not None and salt is None,
    )
