"""Check that the entries about each decision are numbered from 1 on: with one of them removed, there is a gap."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby

from scoring.record.stores.session import Session, pages
from scoring.record.verification.deviations import Problem

_NUMBERED = """
SELECT about, id, content FROM record_entries
WHERE about IS NOT NULL AND kind <> 'erasure' AND (about, id) > (?, ?) ORDER BY about, id LIMIT ?"""
_OF_ONE = "SELECT content FROM record_entries WHERE about = ? AND kind <> 'erasure'"
_SHOWN = 10  # numbers


def verify_numbers(session: Session) -> Iterator[Problem]:
    """Find numbers that are missing or given twice. Entries from before the numbering have none."""
    rows = (row for page in pages(session, _NUMBERED, ("", ""), slice(0, 2)) for row in page)
    for decision_id, group in groupby(rows, lambda row: str(row[0])):
        if _describe(content for _, _, content in group):
            # Again, at one moment: somebody may have written meanwhile.
            what = _describe(content for (content,) in session.rows(_OF_ONE, decision_id))
            if what:
                yield Problem(f"decision {decision_id}", what)


def _describe(contents: Iterable[str]) -> str:
    given = [number for number in map(_read_number, contents) if number > 0]
    missing = sorted({*range(1, max(given, default=0))} - {*given})[:_SHOWN]
    twice = sorted({one for one in given if given.count(one) > 1})[:_SHOWN]
    said = [f"number {_list(missing)} of the entries about it was removed"] if missing else []
    said += [f"several of the entries about it have the number {_list(twice)}"] if twice else []
    return "; ".join(said)


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _read_number(content: str) -> int:
    try:
        return int(json.loads(content).get("number", 0))
    except (ValueError, TypeError, AttributeError):  # a changed entry, which is told elsewhere
        return 0
