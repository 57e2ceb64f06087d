"""One look at a service, for those who watch over it."""

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scoring.decisions.content import SERVICE_VERSION
from scoring.errors import RecordUnavailable
from scoring.model.report import share_with_interval
from scoring.monitoring.metrics.expectation import expect
from scoring.monitoring.overview.attention import list_attention
from scoring.monitoring.overview.comparison import (
    COMPARISONS,
    LEVEL,
    Moments,
    compare_mean,
    compare_rate,
)
from scoring.monitoring.overview.daily_decisions import PATIENCE, DailyDecisions, DayCounts
from scoring.monitoring.overview.look_parts import (
    DayFigures,
    DecisionFigures,
    FailedReload,
    Look,
    PeriodFigures,
    RecordFigures,
    ReviewFigures,
    ServedVersions,
)
from scoring.monitoring.overview.report_files import read_reports, refuse_other_than_folder
from scoring.record.canonical import write_time
from scoring.record.kept_record import KeptRecord
from scoring.record.state.coverage import read_coverage
from scoring.record.state.daily_counts import DecisionGroup
from scoring.record.state.queue_counts import count_waiting
from scoring.record.state.served_versions import ModelEvent, model_events, served_since
from scoring.record.stores.session import Session
from scoring.record.verification.last_verification import last_verification, result_file
from scoring.storage.bundle import Bundle

PERIODS = (1, 7, 30)  # days, today included
CACHED = timedelta(minutes=1)
_RELOADS = timedelta(days=30)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Overview:
    """Looks at a service; threads may share it.

    Parameters
    ----------
    record : None where nothing is recorded.
    reports : folder with the last reports; None where there is none.
    policy_version, shadow_version : what is used besides the model; None where nothing is.

    Raises
    ------
    SettingError
        If the reports are to be in something that is no folder.
    """

    def __init__(
        self,
        bundle: Bundle,
        record: KeptRecord | None,
        reports: Path | None,
        policy_version: str | None = None,
        shadow_version: str | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        refuse_other_than_folder(reports)
        self._bundle, self._record, self._reports, self._now = bundle, record, reports, now
        self._policy_version, self._shadow_version = policy_version, shadow_version
        self._expectation = expect(bundle.manifest)
        self._decisions = DailyDecisions(record) if record else None
        self._lock = threading.Lock()
        self._counted: tuple[datetime, DecisionFigures, ReviewFigures | None] | None = None

    def look(self) -> Look:
        """Look at everything; raises RecordUnavailable where the record cannot be read."""
        now = self._now()
        if self._record is None:
            decisions, reviews, state, events = None, None, None, []
        else:
            state = self._look_at_record(self._record, now)  # first: it is quick to say that nothing can be read
            events = self._record.read(model_events)
            decisions, reviews = self._count(self._record, now)
        versions, reports = self._describe_versions(events, now), read_reports(self._reports)
        return Look(
            time=write_time(now),
            attention=list_attention(decisions, state, reviews, versions, reports, now),
            decisions=decisions,
            record=state,
            reviews=reviews,
            versions=versions,
            reports=reports,
        )

    def _count(self, record: KeptRecord, now: datetime) -> tuple[DecisionFigures, ReviewFigures | None]:
        """Count decisions and reviews, or return what was counted in the last minute."""
        with self._lock:
            if self._counted is None or not timedelta(0) <= now - self._counted[0] < CACHED:
                days = self._decisions.count(now) if self._decisions else []
                decisions = self._describe_decisions(days, now)
                self._counted = now, decisions, _count_reviews(record, now)
            _, decisions, reviews = self._counted
            if not decisions.is_complete:
                self._counted = None  # the next caller counts on
            return decisions, reviews

    def _describe_decisions(self, days: list[DayCounts], now: datetime) -> DecisionFigures:
        known = next((place for place, day in enumerate(days) if not day.is_complete), len(days))
        return DecisionFigures(
            counted_at=write_time(now),
            is_complete=known == len(days),
            complete_since=days[known - 1].day if known else None,
            comparisons=COMPARISONS,
            level=LEVEL,
            periods=[self._describe_period(days[:length], length) for length in PERIODS if known >= length],
            by_day=[_describe_day(day) for day in reversed(days[:known])],
        )

    def _describe_period(self, days: list[DayCounts], length: int) -> PeriodFigures:
        groups = [group for day in days for group in day.groups]
        compared = [group for group in groups if group.model_version == self._bundle.version]
        refused = sum(group.by_model for group in compared)
        decisions = sum(group.decisions for group in compared)
        return PeriodFigures(
            days=length,
            first_day=days[-1].day,
            accepted=_count(groups, "ACCEPTED"),
            accepted_marked=_count(groups, "ACCEPTED", marked=True),
            refused=_count(groups, "REFUSED"),
            refused_marked=_count(groups, "REFUSED", marked=True),
            other_versions=sum(group.decisions for group in groups) - decisions,
            refusal_rate=compare_rate(refused, decisions, self._expectation),
            mean_risk=compare_mean(_sum_moments(compared), self._expectation),
        )

    def _look_at_record(self, record: KeptRecord, now: datetime) -> RecordFigures:
        verified = last_verification(result_file(record.checkpoint_file))

        def read(session: Session) -> RecordFigures:
            coverage = read_coverage(session)
            checkpoint = coverage.checkpoint
            return RecordFigures(
                entries=coverage.entries,
                uncovered=coverage.uncovered,
                checkpoint_time=checkpoint.time if checkpoint else None,
                checkpoint_signed=checkpoint.signer is not None if checkpoint else None,
                unwritable_seconds=unwritable,
                verification=verified,
                verification_is_old=verified.is_old(now) if verified else None,
                verification_is_of_this_record=verified.is_of(session) if verified else None,
            )

        unwritable = record.unwritable_seconds()
        return record.read(read)

    def _describe_versions(self, events: list[ModelEvent], now: datetime) -> ServedVersions:
        version, limit = self._bundle.version, write_time(now - _RELOADS)
        failed = [one for one in events if one.event == "refused" and one.time >= limit]
        began = next((one.time for one in events if one.event != "refused"), "")
        return ServedVersions(
            model_version=version,
            served_since=served_since(events, version),
            service_version=SERVICE_VERSION,
            policy_version=self._policy_version,
            shadow_version=self._shadow_version,
            failed_reloads=[
                FailedReload(time=one.time, error=str(one.content.get("error")), is_last=one.time > began)
                for one in failed
            ],
        )


def _count_reviews(record: KeptRecord, now: datetime) -> ReviewFigures | None:
    """Count what waits; None where this takes too long, as without the indexes that ``decisions create`` adds."""
    try:
        waiting = record.read(lambda session: count_waiting(record.store, session), PATIENCE)
    except RecordUnavailable:
        return None
    return ReviewFigures(counted_at=write_time(now), **waiting._asdict())


def _describe_day(day: DayCounts) -> DayFigures:
    refused, decisions = _count(day.groups, "REFUSED"), sum(group.decisions for group in day.groups)
    by_model = sum(group.by_model for group in day.groups)
    rate = share_with_interval(by_model / decisions, decisions) if decisions else None
    return DayFigures(day=day.day, decisions=decisions, refused=refused, refusal_rate=rate)


def _count(groups: Iterable[DecisionGroup], outcome: str, *, marked: bool = False) -> int:
    return sum(group.decisions for group in groups if group.outcome == outcome and (group.review or not marked))


def _sum_moments(groups: list[DecisionGroup]) -> Moments:
    return Moments(
        count=sum(group.calibrated for group in groups),
        total=sum(group.total for group in groups),
        squares=sum(group.squares for group in groups),
    )
