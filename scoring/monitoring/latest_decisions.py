"""The recorded decisions of a model's version with what was scored, of each client the last one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from scoring.record.decision_pages import RecordedDecision


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


def keep_latest(pages: Iterable[Sequence[RecordedDecision]], version: str) -> LatestDecisions:
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
