"""Recorded decisions of a period in the order of time, for reports that read all of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from scoring.record.canonical import unescape
from scoring.record.entries import Body
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session, pages

_DECISIONS = """
SELECT e.time, e.id, e.content, b.client_id, b.content
FROM record_entries e LEFT JOIN record_bodies b ON b.id = e.id
WHERE e.kind = 'decision' AND (e.time, e.id) > (?, ?) ORDER BY e.time, e.id LIMIT ?"""
_CONTENTS = """
SELECT e.time, e.id, e.content FROM record_entries e
WHERE e.kind = 'decision' AND (e.time, e.id) > (?, ?) ORDER BY e.time, e.id LIMIT ?"""


class RecordedDecision(NamedTuple):
    """A decision as it was recorded.

    Attributes
    ----------
    content : of its entry.
    body : what was scored; None if it was erased.
    """

    id: str
    time: str
    content: Mapping[str, Any]
    body: Body | None


def decision_pages(session: Session, period: Period, size: int = 1000) -> Iterator[list[RecordedDecision]]:
    """Read the decisions of a period, some at a time; what is recorded meanwhile is read too if it is in the period."""
    for page in pages(session, _DECISIONS, (period.since, ""), slice(0, 2), size):
        decisions = [
            RecordedDecision(
                entry_id,
                time,
                json.loads(content),
                None if body is None else Body(unescape(client_id), json.loads(body)),
            )
            for time, entry_id, content, client_id, body in page
            if time < period.until
        ]
        if decisions:
            yield decisions
        if len(decisions) < len(page):
            return


def decision_contents(session: Session, period: Period) -> Iterator[list[tuple[str, str, Mapping[str, Any]]]]:
    """Read id, time and content of the decisions of a period, without what was scored; some at a time."""
    for page in pages(session, _CONTENTS, (period.since, ""), slice(0, 2), 5000):
        yield [(entry_id, time, json.loads(content)) for time, entry_id, content in page if time < period.until]
        if page[-1][0] >= period.until:
            return
