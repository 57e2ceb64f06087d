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

_TIME_OF = "(SELECT time FROM record_entries WHERE id = ?)"

_DECISION = "e.kind = 'decision'"

# The steps of a decision's review; those that may leave it open; the last one, in the order of ``_place``.
_STEP = "s.kind IN ('review_request', 'override', 'outcome')"
_STEPS = f"SELECT 1 FROM record_entries s WHERE s.about = e.id AND {_STEP}"  # noqa: S608  (texts of our own)
_OPEN = """
SELECT s.about FROM record_entries s
WHERE s.about IS NOT NULL AND s.kind <> 'erasure' AND s.kind <> 'repayment' AND COALESCE({final}, 'false') = 'false'
AND s.about > ?"""
_LAST_STEP = f"""
SELECT COALESCE({{final}}, 'false') FROM record_entries s WHERE s.about = e.id AND {_STEP}
ORDER BY COALESCE(CAST({{number}} AS INTEGER), 0) DESC, s.time DESC, s.id DESC LIMIT 1"""  # noqa: S608


def find(session: Session, entry_id: str) -> StoredEntry | None:
    """Return one entry with its body."""
    rows = session.rows(f"{_WITH_BODIES} WHERE e.id = ?", entry_id)
    return _entry(rows[0]) if rows else None


def about(session: Session, *decision_ids: str) -> list[StoredEntry]:
    """Return the entries about decisions; those about each stand in the order in which they were written."""
    places = ", ".join("?" for _ in decision_ids)
    where = f"e.about IN ({places})"  # only question marks
    rows = session.rows(f"{_WITH_BODIES} WHERE {where}", *decision_ids) if places else []
    return sorted((_entry(row) for row in rows), key=_place)


def number(entry: StoredEntry) -> int:
    """Return the place among the entries about the same decision; 0 for one that was written without a number."""
    found: int = entry.content.get("number", 0)
    return found


def _place(entry: StoredEntry) -> tuple[bool, int, str, str]:
    """Return what entries about a decision sort by; once its body is erased, nothing is added."""
    return entry.kind == "erasure", number(entry), entry.time, entry.id


def search(store: Store, session: Session, conditions: Search, limit: int) -> list[StoredEntry]:
    """Return decisions in the order of time that the conditions name."""
    given: list[tuple[str, tuple[Any, ...]]] = [("e.kind = 'decision'", ())]
    if conditions.client_id is not None:
        given.append(("b.client_id = ?", (json.dumps(conditions.client_id)[1:-1],)))
    if conditions.since is not None:
        given.append(("e.time >= ?", (conditions.since,)))
    if conditions.until is not None:
        given.append(("e.time < ?", (conditions.until,)))
    # Not as parameters: the databases find an index for some of the rows by the text of its condition.
    if conditions.outcome is not None:
        given.append((f"{store.json_text('decision')} = '{conditions.outcome}'", ()))
    if conditions.review is not None:
        given.append((f"{store.json_text('review')} = '{json.dumps(conditions.review)}'", ()))
    if conditions.after is not None:
        place = f"(e.time, e.id) {'<' if conditions.newest_first else '>'} ({_TIME_OF}, ?)"
        given.append((place, (conditions.after, conditions.after)))
    where = " AND ".join(condition for condition, _ in given)
    parameters = [value for _, values in given for value in values]
    order = "e.time DESC, e.id DESC" if conditions.newest_first else "e.time, e.id"
    rows = session.rows(f"{_WITH_BODIES} WHERE {where} ORDER BY {order} LIMIT ?", *parameters, limit)
    return [_entry(row) for row in rows]


def waiting(store: Store, session: Session, after: str | None, limit: int) -> list[StoredEntry]:
    """Return decisions that a person has to look at, in the order of their ids.

    The last step of the review is not final: it is a request, or a second officer has to confirm it. Without a step,
    the decision is marked for review. Where the body was erased, nobody can review the decision any more.
    """
    marked, begun = waiting_conditions(store)
    found = [
        _entry(row)
        for where, parameters in ((marked, (after or "",)), (begun, (after or "", after or "")))
        for row in session.rows(f"{_WITH_BODIES} WHERE {where} ORDER BY e.id LIMIT ?", *parameters, limit)
    ]
    return sorted(found, key=lambda entry: entry.id)[:limit]


def waiting_conditions(store: Store) -> tuple[str, str]:
    """Write the conditions on a decision ``e`` with its body ``b`` that waits: with no step of a review, and after one.

    The first has one parameter, the second has two: an id, and only decisions after it are meant.
    """
    final, number = (store.json_text(key, "s.") for key in ("final", "number"))
    there = f"{_DECISION} AND e.id > ? AND (e.body IS NULL OR b.id IS NOT NULL)"
    marked = f"{there} AND {store.json_text('review')} = 'true' AND NOT EXISTS ({_STEPS})"
    last = _LAST_STEP.format(final=final, number=number)
    return marked, f"{there} AND e.id IN ({_OPEN.format(final=final)}) AND ({last}) = 'false'"


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
