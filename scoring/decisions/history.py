"""Recorded decisions as they are read back: one with everything about it, or a page of many."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import Field

from scoring.decisions.replay import Replay, Replayer
from scoring.errors import InvalidParameter, NoRecord, UnknownDecision, input_error, shorten
from scoring.model.schema import ClientId, Frozen
from scoring.record.entries import Kind, Record, Search, StoredEntry
from scoring.storage.bundle import Bundle

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
IsVisible = Callable[[StoredEntry], bool]


class RecordedEntry(Frozen):
    """An entry of the decision record.

    Attributes
    ----------
    time : when it was recorded, UTC.
    chain, position : its place in the chain of the process that wrote it.
    hash : of the entry and of the hash before it in the chain.
    about : the decision that it is about; null for a decision.
    content : the entry's own keys, without personal data.
    body : the personal data, such as what was scored; null if there is none, and where it was erased.
    erased : the body was erased.
    """

    id: str
    kind: Kind
    time: str
    chain: str
    position: int = Field(ge=1)
    hash: str
    about: str | None
    content: Mapping[str, Any]
    body: Mapping[str, Any] | None
    erased: bool


class RecordedDecision(Frozen):
    """A recorded decision with everything about it.

    Attributes
    ----------
    decision : the entry of the decision.
    later : the entries about it as they were written: review requests, what officers decided, outcomes, erasures.
    replay : what came of scoring it again with the recorded version of the model.
    """

    decision: RecordedEntry
    later: list[RecordedEntry]
    replay: Replay


class DecisionLine(Frozen):
    """A recorded decision in a list; the keys are as in the decision object and in ``RecordedEntry``.

    Attributes
    ----------
    client_id : in the type of the table's identity column; null for an applicant without one, and where it was erased.
    reviewed : what officers decided after a review; null if they did not, or if a second officer has to confirm it.
    """

    id: str
    time: str
    client_id: ClientId | None
    decision: str
    probability: float
    calibrated_probability: float | None
    review: bool | None
    model_version: str
    key_id: str | None
    reviewed: str | None
    erased: bool


class DecisionPage(Frozen):
    """Recorded decisions, in the order that was asked for.

    Attributes
    ----------
    next_after : value of ``after`` for the next page; null on the last one.
    """

    decisions: list[DecisionLine]
    next_after: str | None


class DecisionHistory:
    """Reads recorded decisions; every method raises RecordUnavailable, and NoRecord where nothing is recorded."""

    def __init__(self, record: Record | None, served: Bundle) -> None:
        self._replayer = None if record is None else Replayer(record, served)

    def find(self, decision_id: str, is_visible: IsVisible) -> StoredEntry:
        """Return the entry of a decision; raises UnknownDecision if there is none, or none that is visible."""
        record = self.require_replayer().record
        entry = record.find(decision_id) if _ID.fullmatch(decision_id) else None
        if entry is None or entry.kind != "decision" or not is_visible(entry):
            raise UnknownDecision(f"No decision has the id {shorten(decision_id)}.")
        return entry

    def show(self, decision_id: str, is_visible: IsVisible) -> RecordedDecision:
        """Return a decision with later entries, scored again; raises as ``find``."""
        replayer, entry = self.require_replayer(), self.find(decision_id, is_visible)
        later = [*map(describe_entry, replayer.record.about(decision_id))]
        return RecordedDecision(decision=describe_entry(entry), later=later, replay=replayer.replay(entry))

    def search(self, conditions: Search, limit: int, is_visible: IsVisible) -> DecisionPage:
        """Return decisions that meet the conditions. A page may have fewer than ``limit`` if some are not visible.

        Raises InvalidParameter for a place that is no entry of the record: the page would be empty like the last one.
        """
        record = self.require_replayer().record
        refuse_unknown_place(record, conditions.after)
        found = record.search(conditions, limit + 1)
        later = record.about(*(one.id for one in found[:limit]))
        return make_page(found, later, limit, is_visible)

    def require_replayer(self) -> Replayer:
        """Return what scores again, with the record; raises NoRecord."""
        if self._replayer is None:
            raise NoRecord("Decisions are not recorded: SCORING_DECISIONS is off.")
        return self._replayer


def refuse_unknown_place(record: Record, after: str | None) -> None:
    """Raise InvalidParameter if a list is to begin after an id that no entry has."""
    if after is not None and record.find(after) is None:
        expected = "the id of a recorded decision, as next_after of the page before gives it"
        raise InvalidParameter(f"after={shorten(after)!r}: expected {expected}.", input_error("after", after, expected))


def make_page(
    found: Sequence[StoredEntry], later: Sequence[StoredEntry], limit: int, is_visible: IsVisible
) -> DecisionPage:
    """Make a page of at most ``limit`` entries; one more was searched, to know whether there is a next page.

    Parameters
    ----------
    later : the entries about those on the page; those about each in the order in which they were written.
    """
    page = found[:limit]
    following = page[-1].id if len(found) > limit else None
    return DecisionPage(decisions=[describe_line(one, later) for one in page if is_visible(one)], next_after=following)


def describe_entry(entry: StoredEntry) -> RecordedEntry:
    """Describe an entry as an answer."""
    fields = {name: getattr(entry, name) for name in RecordedEntry.model_fields if name != "body"}
    return RecordedEntry(**fields, body=None if entry.body is None else entry.body.content)


def describe_line(entry: StoredEntry, later: Sequence[StoredEntry]) -> DecisionLine:
    """Describe the entry of a decision as a line of a list; ``later`` may have entries about others too."""
    content = entry.content
    final = [one.content["decision"] for one in later if one.about == entry.id and one.content.get("final")]
    return DecisionLine(
        id=entry.id,
        time=entry.time,
        client_id=None if entry.body is None else entry.body.content["client_id"],
        decision=content["decision"],
        probability=content["probability"],
        calibrated_probability=content["calibrated_probability"],
        review=content["review"],
        model_version=content["model_version"],
        key_id=content["key_id"],
        reviewed=final[-1] if final else None,
        erased=entry.erased,
    )
