"""What somebody has to look at, among all that one look at a service shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from scoring.monitoring.overview.look_parts import (
    Attention,
    AttentionCode,
    DecisionFigures,
    RecordFigures,
    ReviewFigures,
    ServedVersions,
)
from scoring.monitoring.overview.report_files import ReportState

# An applicant who asks for a review by a person has to be answered within a month (GDPR, article 12(3)).
LONG_WAIT = timedelta(days=7)


def list_attention(
    decisions: DecisionFigures | None,
    record: RecordFigures | None,
    reviews: ReviewFigures | None,
    versions: ServedVersions,
    reports: Sequence[ReportState],
    now: datetime,
) -> list[Attention]:
    """List it, what stops decisions first; None where nothing is recorded."""
    found: list[Attention] = []
    if record is not None:
        found += [Attention(code=code) for code in _of_record(record)]
    if any(one.is_last for one in versions.failed_reloads):
        found.append(Attention(code="reload_failed"))
    request = reviews.oldest_request if reviews else None
    if request is not None and now - datetime.fromisoformat(request) > LONG_WAIT:
        found.append(Attention(code="request_waits"))
    if decisions is not None:
        found += _of_decisions(decisions)
    for report in reports:
        if report.state == "unreadable":
            found.append(Attention(code="report_unreadable", report=report.name))
        elif report.head is not None and report.head.alarm:
            found.append(Attention(code="report_alarm", report=report.name))
    return found


def _of_record(record: RecordFigures) -> Iterator[AttentionCode]:
    if record.unwritable_seconds is not None:
        yield "record_not_writable"
    if record.verification is None:
        yield "record_not_verified"
        return
    if record.verification.deviations:
        yield "record_deviates"
    if not record.verification_is_of_this_record:
        yield "record_replaced"
    if record.verification_is_old:
        yield "record_verified_long_ago"


def _of_decisions(decisions: DecisionFigures) -> Iterator[Attention]:
    for period in decisions.periods:
        if period.refusal_rate.verdict in ("higher", "lower"):
            yield Attention(code=f"refusal_rate_{period.refusal_rate.verdict}", days=period.days)
        if period.mean_risk.verdict in ("higher", "lower"):
            yield Attention(code=f"mean_risk_{period.mean_risk.verdict}", days=period.days)
