"""The last reports of the commands that watch the model, as they left them in a folder."""

import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from scoring.errors import SettingError, list_some
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


def refuse_other_than_folder(reports: Path | None) -> None:
    """Raise SettingError where SCORING_REPORTS is set to something else than a folder that can be read."""
    if reports is None or os.access(reports / ".", os.R_OK | os.X_OK):
        return
    found = "cannot be read" if os.path.isdir(reports) else "is no folder" if os.path.lexists(reports) else "not found"  # noqa: PTH112
    files = list_some([f"{name}.json" for name in _READERS])
    raise SettingError(
        f"SCORING_REPORTS={reports}: {found}; expected a folder for {files}\n"
        "Make the folder, which may be empty; or name another one, or unset the setting."
    )


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
