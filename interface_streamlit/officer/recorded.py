"""What the pages need of the API's answers about recorded decisions and their reviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from officer.contract import DecisionId, Outcome, Share, Text

LongText = Annotated[str, Field(max_length=100_000)]  # with lines
ReviewStatus = Literal["none", "waiting", "second_officer", "reviewed"]
# The API's codes of what an officer bases a decision on.
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


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A recorded decision in a list; ``client_id`` is None without a number, and once it was erased.

    ``reviewed`` is what officers decided after a review.
    """

    id: DecisionId
    time: datetime
    client_id: int | Text | None
    decision: Outcome
    calibrated_probability: Share | None
    review: bool | None
    model_version: Text
    reviewed: Outcome | None = None


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Recorded decisions, the oldest first."""

    decisions: tuple[DecisionLine, ...]
    next_after: DecisionId | None


@dataclass(frozen=True, slots=True)
class EntryContent:
    """What an entry about a decision says, without personal data.

    ``final``: no second officer has to confirm it. ``defaulted``: the outcome of the credit, where the entry has it.
    """

    decision: Outcome | None = None
    reason: Text | None = None
    final: bool | None = None
    key_id: Text | None = None
    defaulted: bool | None = None


@dataclass(frozen=True, slots=True)
class EntryBody:
    """What an applicant (``statement``) or an officer (``text``) wrote."""

    statement: LongText | None = None
    text: LongText | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the decision record, about a decision."""

    kind: Text
    time: datetime
    content: EntryContent
    body: EntryBody | None


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether the recorded version of the model decides in the same way again; None if it cannot be said."""

    same: bool | None


@dataclass(frozen=True, slots=True)
class Made:
    """What was decided automatically."""

    decision: Outcome
    calibrated_probability: Share | None
    review: bool | None
    model_version: Text


@dataclass(frozen=True, slots=True)
class About:
    """Whom a decision is about."""

    client_id: int | Text | None


@dataclass(frozen=True, slots=True)
class MadeEntry:
    """The entry of a decision; ``body`` is None once it was erased."""

    time: datetime
    content: Made
    body: About | None


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision, what was said and decided about it since, the oldest first, and whether it can be repeated."""

    decision: MadeEntry
    later: tuple[Entry, ...]
    replay: Replay


@dataclass(frozen=True, slots=True)
class WaitingReview:
    """A decision that a person has to look at; ``requested_at`` is when the applicant asked for it, if so."""

    decision: DecisionLine
    status: ReviewStatus
    requested_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """Decisions that wait for a person, the oldest first."""

    reviews: tuple[WaitingReview, ...]
    next_after: DecisionId | None


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What came of a step of a review; ``decision`` is what holds now."""

    status: ReviewStatus
    decision: Outcome
