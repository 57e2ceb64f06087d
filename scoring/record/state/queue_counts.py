"""How many decisions wait for a person, and for how long."""

from typing import NamedTuple

from scoring.record.reading import waiting_conditions
from scoring.record.stores.session import Session, Store

MOST = 10_000  # decisions of each kind that are counted
_FROM = "FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id"
_TOGETHER = 500  # decisions whose steps are read at once


class QueueCounts(NamedTuple):
    """Decisions that wait for a person.

    Attributes
    ----------
    waiting : how many.
    requested : how many of them an applicant asked for, whom nobody has answered.
    oldest, oldest_request : since when the first of them waits; None where none does.
    is_more : more than ``MOST`` wait, and the rest was not counted; ``oldest`` is right all the same.
    """

    waiting: int
    requested: int
    oldest: str | None
    oldest_request: str | None
    is_more: bool


class _Step(NamedTuple):
    about: str
    kind: str
    time: str
    final: str | None
    number: int


def count_waiting(store: Store, session: Session) -> QueueCounts:
    """Count what ``reading.waiting`` lists; a decision waits since it was made, or since somebody asked for a review.

    Where officers have decided and the applicant asks again, it waits since the first request after their decision.
    """
    marked, begun = waiting_conditions(store)
    counted = f"SELECT count(*), min(q.time) FROM (SELECT e.time {_FROM} WHERE {marked} ORDER BY e.id LIMIT ?) q"  # noqa: S608
    (count, oldest) = session.rows(counted, "", MOST + 1)[0]
    found = session.rows(f"SELECT e.id {_FROM} WHERE {begun} ORDER BY e.id LIMIT ?", "", "", MOST + 1)
    ids = [entry_id for (entry_id,) in found[:MOST]]
    began, asked = _find_beginnings(store, session, ids)
    times = [*began, *([oldest] if oldest else [])]
    return QueueCounts(
        waiting=min(count, MOST) + len(ids),
        requested=len(asked),
        oldest=min(times, default=None),
        oldest_request=min(asked, default=None),
        is_more=count > MOST or len(found) > MOST,
    )


def _find_beginnings(store: Store, session: Session, ids: list[str]) -> tuple[list[str], list[str]]:
    """Return for each decision when its open review began, and for those with an open request when it was made."""
    steps: dict[str, list[_Step]] = {}
    for first in range(0, len(ids), _TOGETHER):
        for step in _read_steps(store, session, ids[first : first + _TOGETHER]):
            steps.setdefault(step.about, []).append(step)
    began, asked = [], []
    for all_steps in steps.values():
        ordered = sorted(all_steps, key=lambda one: (one.number, one.time))
        last = max((place for place, one in enumerate(ordered) if one.final == "true"), default=-1)
        still_open = ordered[last + 1 :]
        began.append(still_open[0].time)
        asked += [one.time for one in still_open if one.kind == "review_request"][:1]
    return began, asked


def _read_steps(store: Store, session: Session, ids: list[str]) -> list[_Step]:
    final, number = (store.json_text(key, "s.") for key in ("final", "number"))
    places = ", ".join("?" for _ in ids)
    rows = session.rows(
        f"SELECT s.about, s.kind, s.time, {final}, COALESCE(CAST({number} AS INTEGER), 0) "  # noqa: S608
        f"FROM record_entries s WHERE s.about IN ({places}) AND s.kind IN ('review_request', 'override', 'outcome')",
        *ids,
    )
    return [_Step(*row) for row in rows]
