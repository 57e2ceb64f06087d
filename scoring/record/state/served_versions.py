"""Which versions of the model the record says were served, and which files were refused at a reload."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from scoring.record.stores.session import Session

_EVENTS = """
SELECT time, content FROM record_entries
WHERE kind <> 'decision' AND kind = 'model' ORDER BY id DESC LIMIT ?"""
_MOST = 10_000


class ModelEvent(NamedTuple):
    """A model that began to serve at a ``start`` or a ``reload``; or files that were ``refused`` at a reload."""

    time: str
    event: str
    content: Mapping[str, Any]


def model_events(session: Session) -> list[ModelEvent]:
    """List the events, the newest first; ten thousand at most."""
    entries = [(time, json.loads(content)) for time, content in session.rows(_EVENTS, _MOST)]
    return [ModelEvent(time, content["event"], content) for time, content in entries if "event" in content]


def served_since(events: list[ModelEvent], version: str) -> str | None:
    """Return since when a version is served without another one between; None where it is not the last one.

    >>> served = ((4, "b"), (3, "b"), (2, "a"), (1, "b"))
    >>> events = [ModelEvent(str(time), "start", {"model_version": version}) for time, version in served]
    >>> served_since(events, "b"), served_since(events, "a")
    ('3', None)
    """
    since = None
    for one in events:
        if one.event == "refused":
            continue
        if one.content["model_version"] != version:
            break
        since = one.time
    return since
