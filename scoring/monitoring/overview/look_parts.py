"""The parts of one look at a service, as an answer; times are UTC."""

from datetime import date
from typing import Literal

from pydantic import Field

from scoring.model.report import Metric
from scoring.model.schema import Frozen
from scoring.monitoring.overview.comparison import Compared
from scoring.monitoring.overview.report_files import ReportName, ReportState
from scoring.record.verification.last_verification import Verification

AttentionCode = Literal[
    "record_not_writable",
    "record_not_verified",
    "record_verified_long_ago",
    "record_replaced",
    "record_deviates",
    "refusal_rate_higher",
    "refusal_rate_lower",
    "mean_risk_higher",
    "mean_risk_lower",
    "request_waits",
    "reload_failed",
    "report_alarm",
    "report_unreadable",
]


class PeriodFigures(Frozen):
    """Decisions of the last days, today included.

    Attributes
    ----------
    days : how many days (UTC); 1 is today.
    accepted, refused : how many decisions; ``accepted_marked`` and ``refused_marked`` of them are marked for review.
    other_versions : decisions by other versions of the model; they are counted, and not compared with what is expected.
    refusal_rate : share that the model itself refuses, whatever the policy decides; by the version that is served.
    mean_risk : mean calibrated probability of these decisions; compared from 100 decisions on.
    """

    days: int = Field(ge=1)
    first_day: date
    accepted: int = Field(ge=0)
    accepted_marked: int = Field(ge=0)
    refused: int = Field(ge=0)
    refused_marked: int = Field(ge=0)
    other_versions: int = Field(ge=0)
    refusal_rate: Compared
    mean_risk: Compared


class DayFigures(Frozen):
    """Decisions of one day (UTC), by all versions of the model.

    Attributes
    ----------
    refusal_rate : share that the model itself refuses, whatever the policy decides; null without decisions.
    """

    day: date
    decisions: int = Field(ge=0)
    refused: int = Field(ge=0)
    refusal_rate: Metric | None


class DecisionFigures(Frozen):
    """The decisions of the last 30 days.

    Attributes
    ----------
    counted_at : figures may be a minute old.
    is_complete : all days were counted; if not, ask again in a second: counting goes on.
    complete_since : the first day from which on all days were counted; null where not even today was.
    comparisons : how many comparisons are made.
    level : if all differences are chance, the probability that one or more of these comparisons find a figure higher or
        lower than expected is at most this.
    periods : those that were counted, of 1, 7 and 30 days.
    by_day : the days that were counted, the oldest first.
    """

    counted_at: str
    is_complete: bool
    complete_since: date | None
    comparisons: int
    level: float
    periods: list[PeriodFigures]
    by_day: list[DayFigures]


class RecordFigures(Frozen):
    """The state of the decision record.

    Attributes
    ----------
    uncovered : entries that no checkpoint covers yet.
    checkpoint_time, checkpoint_signed : of the last checkpoint; null where there is none.
    unwritable_seconds : for how long this process could not write to the record; null where it can.
    verification : what the last ``decisions verify`` found; null where no result can be read.
    verification_is_old : it is more than a day old.
    verification_is_of_this_record : the record still has the checkpoint that was the last one then.
    """

    entries: int = Field(ge=0)
    uncovered: int = Field(ge=0)
    checkpoint_time: str | None
    checkpoint_signed: bool | None
    unwritable_seconds: float | None
    verification: Verification | None
    verification_is_old: bool | None
    verification_is_of_this_record: bool | None


class ReviewFigures(Frozen):
    """Decisions that wait for a person.

    Attributes
    ----------
    waiting : how many; ``requested`` of them were asked for by the applicant.
    oldest, oldest_request : since when the first of them waits; null where none does.
    is_more : more than 10,000 wait, and the rest was not counted.
    """

    counted_at: str
    waiting: int = Field(ge=0)
    requested: int = Field(ge=0)
    oldest: str | None
    oldest_request: str | None
    is_more: bool


class FailedReload(Frozen):
    """Files that were refused at a reload, while the former model went on.

    Attributes
    ----------
    error : the kind of error; the service's log has its text.
    is_last : no model began to serve after it.
    """

    time: str
    error: str
    is_last: bool


class ServedVersions(Frozen):
    """What serves.

    Attributes
    ----------
    served_since : since when the model's version is served, as the record says; null where it does not say this.
    policy_version, shadow_version : null where there is none.
    failed_reloads : of the last 30 days, the newest first.
    """

    model_version: str
    served_since: str | None
    service_version: str
    policy_version: str | None
    shadow_version: str | None
    failed_reloads: list[FailedReload]


class Attention(Frozen):
    """Something that somebody has to look at.

    Attributes
    ----------
    code : what it is.
    days : the period that it is about; null where it is about none.
    report : the report that it is about; null where it is about none.
    """

    code: AttentionCode
    days: int | None = None
    report: ReportName | None = None


class Look(Frozen):
    """One look at a service.

    Attributes
    ----------
    attention : what somebody has to look at.
    decisions, record, reviews : null where nothing is recorded; ``reviews`` also where counting them takes too long.
    reports : the last reports of ``drift``, ``estimate`` and ``outcomes``.
    """

    time: str
    attention: list[Attention]
    decisions: DecisionFigures | None
    record: RecordFigures | None
    reviews: ReviewFigures | None
    versions: ServedVersions
    reports: list[ReportState]
