"""What officers decided, with the decisions that it was about, and how many decisions there were."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scoring.record.stores.session import Session, Store, pages

_COUNTS = """
SELECT {decision}, {review}, count(*) FROM record_entries e
WHERE e.kind = 'decision' AND e.time >= ? AND e.time < ? GROUP BY 1, 2"""
_REQUESTS = """
SELECT count(*) FROM record_entries e
WHERE e.kind <> 'decision' AND e.kind = 'review_request' AND e.time >= ? AND e.time < ?"""
_STEPS = """
SELECT s.kind, s.id, s.time, s.about, s.content, e.content FROM record_entries s JOIN record_entries e ON e.id = s.about
WHERE s.kind <> 'decision' AND s.kind IN ('override', 'outcome') AND (s.kind, s.id) > (?, ?)
ORDER BY s.kind, s.id LIMIT ?"""


class Period(NamedTuple):
    """From a time on, and before another one, as entries have them; by default, always."""

    since: str = ""
    until: str = "9999"

    @classmethod
    def between(cls, since: str | None, until: str | None) -> "Period":
        """Make a period; None for an open end."""
        return cls(since or cls().since, until or cls().until)


class ReviewStep(NamedTuple):
    """What an officer decided.

    Attributes
    ----------
    id : of the officer's entry; ``about`` is that of the decision.
    content, decision : contents of the officer's entry, and of that of the decision.
    """

    id: str
    about: str
    content: Mapping[str, Any]
    decision: Mapping[str, Any]


def count_decisions(store: Store, session: Session, period: Period) -> list[tuple[str, bool, int]]:
    """Count decisions by outcome and review mark. A model without a review band marks none."""
    columns = {name: store.json_text(name) for name in ("decision", "review")}
    rows = session.rows(_COUNTS.format(**columns), *period)
    return [(outcome, review == "true", count) for outcome, review, count in rows]


def count_requests(session: Session, period: Period) -> int:
    """Count the applicants' requests for a review."""
    return int(session.rows(_REQUESTS, *period)[0][0])


def review_steps(session: Session, period: Period) -> Iterator[ReviewStep]:
    """Go through what officers decided in a period, in no order of time."""
    for page in pages(session, _STEPS, ("", ""), slice(0, 2)):
        for _, entry_id, time, about, content, decision in page:
            if period.since <= time < period.until:
                yield ReviewStep(entry_id, about, json.loads(content), json.loads(decision))
