"""The last reports of the commands that watch the model, as they left them in a folder."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from scoring.model.schema import Frozen, Text

ReportName = Literal["drift", "estimate", "outcomes"]
_LARGEST = 16 << 20  # bytes
_MOST_SENTENCES = 10


class ReportHead(Frozen):
    """What every report begins with; it may have any other keys.

    Attributes
    ----------
    made_at : when it was made.
    alarm : whether somebody has to look at it; null where the report does not say.
    reference, current : what was compared, in words.
    clients : how many the report is about.
    sentences : what it found, the most important first.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    made_at: AwareDatetime
    alarm: bool | None = None
    reference: str | None = None
    current: str | None = None
    clients: int | None = Field(None, ge=0)
    sentences: tuple[Text, ...] = ()


class ReportState(Frozen):
    """The last report of a kind.

    Attributes
    ----------
    state : ``read``; ``missing``, there is no such file; ``unreadable``, the file is not such a report; ``not_set``, no
        folder of reports is set.
    file : its name in the folder.
    head : what it begins with; null unless it was read.
    """

    name: ReportName
    state: Literal["read", "missing", "unreadable", "not_set"]
    file: str
    head: ReportHead | None


def read_reports(folder: Path | None) -> list[ReportState]:
    """Read the last report of each kind; whatever is wrong with a file is in its state."""
    return [_read_report(folder, name) for name in get_args(ReportName)]


def _read_report(folder: Path | None, name: ReportName) -> ReportState:
    file = f"{name}.json"
    if folder is None:
        return ReportState(name=name, state="not_set", file=file, head=None)
    path = folder / file
    try:
        if path.stat().st_size > _LARGEST:
            return ReportState(name=name, state="unreadable", file=file, head=None)
        head = _read_head(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return ReportState(name=name, state="missing", file=file, head=None)
    except (OSError, ValueError, RecursionError):  # a ValidationError is a ValueError too
        return ReportState(name=name, state="unreadable", file=file, head=None)
    return ReportState(name=name, state="read", file=file, head=head)


def _read_head(content: Any) -> ReportHead:
    """Read a report's head; raises ValueError where it is none. Sentences are those of what moved, if it has no others.

    >>> moved = [{"feature": "age", "sentence": {"en": "Clients are younger.", "fr": "Les clients sont plus jeunes."}}]
    >>> _read_head({"made_at": "2026-11-26T05:00:00Z", "alarm": True, "moved": moved}).sentences[0].en
    'Clients are younger.'
    """
    if not isinstance(content, Mapping):
        raise ValueError("a report is a JSON object")
    found = [*_texts(content.get("sentences")), *_texts(content.get("moved"))]
    return ReportHead.model_validate({**content, "sentences": found[:_MOST_SENTENCES]})


def _texts(listed: Any) -> list[Text]:
    """Find texts in two languages in a list, also as ``sentence`` of an object; anything else is left out."""
    found = []
    for one in listed if isinstance(listed, list) else []:
        text = one.get("sentence", one) if isinstance(one, dict) else one
        try:
            found.append(Text.model_validate(text))
        except ValidationError:
            continue
    return found


def age_in_days(moment: datetime, now: datetime) -> float:
    """Return how old something is, in days; 0 for what is dated in the future.

    >>> from datetime import UTC
    >>> age_in_days(datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 26, 12, tzinfo=UTC))
    2.5
    """
    return max(0.0, (now - moment).total_seconds() / 86400)
