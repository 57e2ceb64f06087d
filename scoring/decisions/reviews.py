"""Reviews by people: an applicant's request, what an officer decides and why, and the queue of what waits."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scoring.decisions.content import RequestFacts
from scoring.decisions.history import (
    DecisionHistory,
    DecisionLine,
    IsVisible,
    RecordedEntry,
    describe_line,
    refuse_unknown_place,
)
from scoring.errors import InvalidReview, NotReviewable, ReviewConflict, input_error
from scoring.model.schema import Frozen, InputSchema
from scoring.record.entries import Body, Kind, NewEntry, StoredEntry, make_id

Outcome = Literal["ACCEPTED", "REFUSED"]
ReasonCode = Literal[
    "information_supplied",
    "data_corrected",
    "income_documented",
    "guarantee_offered",
    "circumstances_explained",
    "fraud_suspected",
    "decision_confirmed",
    "other",
]
Status = Literal["none", "waiting", "second_officer", "reviewed"]
AnyEntry = StoredEntry | RecordedEntry
_Entry = TypeVar("_Entry", StoredEntry, RecordedEntry, AnyEntry)
_Given = TypeVar("_Given", bound=BaseModel)
_Step = tuple[Kind, dict[str, Any], dict[str, Any]]  # kind, content and body of an entry
_STEPS = {"review_request", "override", "outcome"}
_OPEN = {"waiting", "second_officer"}
_VISIBLE = {"L", "N", "P", "S"}  # letters, numbers, punctuation, symbols: the first letter of Unicode's categories


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _refuse_blank(text: str) -> str:
    """Refuse a text in which nobody can see anything: only blanks, or only invisible characters."""
    if not any(unicodedata.category(one)[0] in _VISIBLE for one in text):
        raise ValueError("nothing to read")
    return text


# In the schema, an approximation: regular expressions have no common notation for visible characters.
_Words = Annotated[str, AfterValidator(_refuse_blank), Field(min_length=1, json_schema_extra={"pattern": r"\S"})]


class ReviewRequest(_Written):
    """What an applicant says about a decision, to have it reviewed by a person."""

    statement: _Words = Field(
        max_length=10_000, description="a text of 1 to 10,000 characters, not only blanks, in the applicant's own words"
    )
    received_by: _Words | None = Field(
        None, max_length=200, description="null, or who received it: 1 to 200 characters, not only blanks"
    )


class Override(_Written):
    """What an officer decides after a review, and why."""

    decision: Outcome = Field(description="ACCEPTED or REFUSED")
    reason: ReasonCode = Field(description=f"one of {', '.join(ReasonCode.__args__)}")  # type: ignore[attr-defined]
    text: _Words = Field(max_length=10_000, description="a text of 1 to 10,000 characters, not only blanks")


class Review(Frozen):
    """The state of a decision's review.

    Attributes
    ----------
    decision_id : the decision that is reviewed.
    entry_id : the entry that was just recorded.
    status : ``none``, nobody has to look at it; ``waiting`` for an officer; ``second_officer``, another officer has to
        confirm; ``reviewed``.
    decision : what holds now: the last decision by officers, else the automated one.
    """

    decision_id: str
    entry_id: str
    status: Status
    decision: Outcome


class WaitingReview(Frozen):
    """A decision that a person has to look at.

    Attributes
    ----------
    requested_at : when the applicant last asked for it; null if the decision was only marked for review.
    """

    decision: DecisionLine
    status: Status
    requested_at: str | None


class ReviewQueue(Frozen):
    """Decisions that wait for a person, the oldest first.

    Attributes
    ----------
    next_after : value of ``after`` for the next page; null on the last one.
    """

    reviews: list[WaitingReview]
    next_after: str | None


class Reviews:
    """Records and lists reviews; every method raises RecordUnavailable, and NoRecord where nothing is recorded.

    Parameters
    ----------
    second_above : amount of the credit above which accepting a refused application needs two officers; None: never.
    schema : of the applications, for the amount; None where only model-ready rows are known.
    """

    def __init__(self, history: DecisionHistory, second_above: float | None, schema: InputSchema | None) -> None:
        self._history, self._second_above = history, second_above
        credit = schema.find_by_role("credit") if schema else None
        self._amount = credit.name if credit else None

    def request(self, decision_id: str, given: Any, facts: RequestFacts, is_visible: IsVisible) -> Review:
        """Record an applicant's request; raises UnknownDecision, InvalidReview or NotReviewable."""
        self._history.find(decision_id, is_visible)
        body = _parse(ReviewRequest, given).model_dump()
        return self._append(decision_id, lambda *_: ("review_request", facts._asdict(), body))

    def override(self, decision_id: str, given: Any, facts: RequestFacts, is_visible: IsVisible) -> Review:
        """Record what an officer decides; raises as ``request``, and ReviewConflict."""
        self._history.find(decision_id, is_visible)
        decided = _parse(Override, given)

        def take(entry: StoredEntry, later: Sequence[StoredEntry]) -> _Step:
            role = self._find_role(entry, later, decided, facts.key_id)
            content = {"decision": decided.decision, "reason": decided.reason, **role, **facts._asdict()}
            kind: Kind = "outcome" if decided.decision == entry.content["decision"] else "override"
            return kind, content, {"text": decided.text}

        return self._append(decision_id, take)

    def queue(self, after: str | None, limit: int, is_visible: IsVisible) -> ReviewQueue:
        """List the decisions for which ``find_status`` says that they wait for an officer or for a second one.

        Raises InvalidParameter as ``DecisionHistory.search``.
        """
        record = self._history.require_replayer().record
        refuse_unknown_place(record, after)
        found = record.waiting(after, limit + 1)
        page = [_describe_waiting(one, record.about(one.id)) for one in found[:limit] if is_visible(one)]
        following = found[limit - 1].id if len(found) > limit else None
        # Somebody may have decided between the two readings.
        return ReviewQueue(reviews=[one for one in page if one.status in _OPEN], next_after=following)

    def _append(self, decision_id: str, take: Callable[[StoredEntry, Sequence[StoredEntry]], _Step]) -> Review:
        """Record a step of a review, which ``take`` makes from the decision and the steps before."""

        def make(entry: StoredEntry, later: Sequence[StoredEntry]) -> NewEntry:
            if entry.erased:
                raise NotReviewable(
                    "The personal data of this decision was erased, so that it cannot be reviewed any more. "
                    "Ask for a new decision on the applicant, and review that one."
                )
            kind, content, body = take(entry, later)
            return NewEntry(make_id(), kind, content, Body(entry.body.client_id if entry.body else None, body))

        entry, later = self._history.require_replayer().record.append_about(decision_id, make)
        status, decision = find_status(entry, later)
        return Review(decision_id=decision_id, entry_id=later[-1].id, status=status, decision=decision)

    def _find_role(
        self, entry: StoredEntry, later: Sequence[StoredEntry], decided: Override, key_id: str | None
    ) -> dict[str, Any]:
        """Find whether an officer's decision holds, waits for a second officer, or confirms the first one's."""
        if not self._needs_two(entry, later, decided):
            return {"final": True, "confirms": None}
        first = _find_unconfirmed(later, decided.decision)
        if first is None:
            return {"final": False, "confirms": None}
        if key_id is None or first.content["key_id"] == key_id:
            raise ReviewConflict("Another officer has to confirm this: the first one used the same API key.")
        return {"final": True, "confirms": first.id}

    def _needs_two(self, entry: StoredEntry, later: Sequence[StoredEntry], decided: Override) -> bool:
        """Tell whether two officers are needed: to accept what is refused now, for a large amount."""
        _, holds = find_status(entry, later)
        if self._second_above is None or (holds, decided.decision) != ("REFUSED", "ACCEPTED"):
            return False
        application = entry.body.content["application"] if entry.body else None
        amount = application.get(self._amount) if application and self._amount else None
        return amount is None or amount > self._second_above  # an amount that nobody knows may be large


def find_status(entry: AnyEntry, later: Sequence[AnyEntry]) -> tuple[Status, Outcome]:
    """Find the state of a decision's review, and the decision that holds.

    The last step alone tells the state, so that the record can search for it (``Record.waiting``).

    Parameters
    ----------
    later : the entries about the decision, in the order in which they were written.
    """
    last = next((one for one in reversed(later) if one.kind in _STEPS), None)
    final = find_last_review(later)
    holds: Outcome = final.content["decision"] if final else entry.content["decision"]
    status: Status
    if last is not None and last is final:
        status = "reviewed"
    elif entry.erased or (last is None and not entry.content["review"]):
        status = "none"  # an erased decision cannot be reviewed any more
    else:
        status = "waiting" if last is None or last.kind == "review_request" else "second_officer"
    return status, holds


def find_last_review(later: Sequence[_Entry]) -> _Entry | None:
    """Find the last decision by officers that holds, among the entries about a decision as they were written."""
    decided = [one for one in later if one.kind in {"override", "outcome"} and one.content["final"]]
    return decided[-1] if decided else None


def _find_unconfirmed(later: Sequence[StoredEntry], decision: Outcome) -> StoredEntry | None:
    """Find the first officer's entry that waits for a second one; a new request or another decision ends the wait."""
    waiting = None
    for one in later:
        if one.kind in _STEPS:
            is_first = one.kind != "review_request" and not one.content["final"] and one.content["decision"] == decision
            waiting = one if is_first else None
    return waiting


def _describe_waiting(entry: StoredEntry, later: Sequence[StoredEntry]) -> WaitingReview:
    requests = [one.time for one in later if one.kind == "review_request"]
    status, _ = find_status(entry, later)
    return WaitingReview(
        decision=describe_line(entry, later), status=status, requested_at=requests[-1] if requests else None
    )


def _parse(form: type[_Given], given: Any) -> _Given:
    """Read a body; raises InvalidReview, which lists all invalid values."""
    try:
        return form.model_validate(given)
    except ValidationError as error:
        errors = [_describe_error(form, one) for one in error.errors(include_url=False)]
        count = f"{len(errors)} invalid value{'s' if len(errors) > 1 else ''}"
        raise InvalidReview(f"{count}, nothing was recorded. See errors.", *errors[:100]) from None


def _describe_error(form: type[BaseModel], error: Any) -> Any:
    name = str(error["loc"][0]) if error["loc"] else "(body)"
    received = None if error["type"] == "missing" else error["input"]
    known = form.model_fields.get(name)
    expected = f"an object with the keys {', '.join(form.model_fields)}, and no other"
    return input_error(name, received, known.description or "" if known else expected)
