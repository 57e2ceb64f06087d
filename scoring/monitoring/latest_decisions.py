"""The recorded decisions of a model's version with what was scored, of each client the last one."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from scoring.decisions.replay import read_row
from scoring.errors import DataError, list_some
from scoring.model.calibration import Floats
from scoring.record.decision_pages import RecordedDecision, decision_pages
from scoring.record.review_steps import Period
from scoring.record.stores.session import Session

Pages = Iterable[Sequence[RecordedDecision]]


class LatestDecisions(NamedTuple):
    """Decisions of a period.

    Attributes
    ----------
    kept : all have a body; in the order of time.
    erased, repeated : how many were left out because their body was erased, or because the client has a later one.
    other_versions : how many other versions of the model made, by version.
    """

    kept: Sequence[RecordedDecision]
    erased: int
    repeated: int
    other_versions: Counter[str]

    @property
    def total(self) -> int:
        """How many decisions were read."""
        return len(self.kept) + self.erased + self.repeated + self.other_versions.total()

    def rows(self) -> Floats:
        """Return what was scored, shape (decisions, features)."""
        return np.array([read_row(one.body)[0] for one in self.kept if one.body], dtype=np.float64)


def read_latest(
    session: Session, period: Period, version: str, name: str, progress: Callable[[Pages], Pages] = iter
) -> LatestDecisions:
    """Read the last decision on each client that a model's version made in a period.

    Parameters
    ----------
    name : of the record, for messages.
    progress : goes through the pages of the record, and shows how far the reading is.

    Raises
    ------
    DataError
        When there is none with what was scored.
    """
    read = keep_latest(progress(decision_pages(session, period)), version)
    if not read.kept:
        raise DataError(
            f"decision record {name}: {read.total} decisions in the period, none of them of model version {version} "
            f"with what was scored (other versions: {list_some(sorted(read.other_versions)) or 'none'})\n"
            "Name another period, or the model that made the decisions."
        )
    return read


def keep_latest(pages: Pages, version: str) -> LatestDecisions:
    """Keep the last decision on each client; an applicant without a number is a client of their own."""
    kept: dict[str, RecordedDecision] = {}
    erased = repeated = 0
    others = Counter[str]()
    for one in (decision for page in pages for decision in page):
        if one.content["model_version"] != version:
            others[str(one.content["model_version"])] += 1
        elif one.body is None:
            erased += 1
        else:
            who = one.id if one.body.client_id is None else f"client {one.body.client_id}"
            repeated += kept.pop(who, None) is not None
            kept[who] = one
    return LatestDecisions([*kept.values()], erased, repeated, others)
