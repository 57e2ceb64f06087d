"""The last reports of the commands that watch the model, as they left them in a folder."""

import json
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from scoring.model.schema import Frozen
from scoring.monitoring.overview.report_heads import ReportHead, read_drift, read_estimate, read_outcomes

ReportName = Literal["drift", "estimate", "outcomes"]
_LARGEST = 16 << 20  # bytes
_READERS: Mapping[str, Callable[[Mapping[str, Any]], ReportHead]] = {
    "drift": read_drift,
    "estimate": read_estimate,
    "outcomes": read_outcomes,
}


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
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:  # a device or a pipe may never end
            return ReportState(name=name, state="unreadable", file=file, head=None)
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict):
            return ReportState(name=name, state="unreadable", file=file, head=None)
        head = _READERS[name](content)
    except FileNotFoundError:
        return ReportState(name=name, state="missing", file=file, head=None)
    except (OSError, ValueError, RecursionError):  # a ValidationError is a ValueError too
        return ReportState(name=name, state="unreadable", file=file, head=None)
    return ReportState(name=name, state="read", file=file, head=head)
