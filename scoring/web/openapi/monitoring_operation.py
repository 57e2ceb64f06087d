"""The operation for those who watch over the service, in the OpenAPI document."""

from datetime import date, datetime

from scoring import errors
from scoring.decisions.content import SERVICE_VERSION
from scoring.model.report import share_with_interval
from scoring.monitoring.metrics.expectation import expect
from scoring.monitoring.overview.comparison import (
    COMPARISONS,
    LEVEL,
    Moments,
    compare_mean,
    compare_rate,
)
from scoring.monitoring.overview.look_parts import (
    Attention,
    DayFigures,
    DecisionFigures,
    Look,
    PeriodFigures,
    RecordFigures,
    ReviewFigures,
    ServedVersions,
)
from scoring.monitoring.overview.report_files import read_reports
from scoring.record.verification.last_verification import Verification
from scoring.service import Service
from scoring.web.openapi.operation_parts import get
from scoring.web.openapi.schemas import Json, ref

_TIME, _MORNING = "2026-11-26T13:05:01.123456Z", "2026-11-26T04:00:00.000000Z"


def describe_monitoring(service: Service) -> Json:
    """Describe ``GET /monitor``; its example is made here, since anybody may read the document."""
    described = get(
        "get_monitor",
        "service",
        "Today's decisions against what was expected, and the state of the record",
        ref("Look"),
        errors.RecordUnavailable,
        description="What needs attention, reviews that wait, versions, and the last reports too. 403 for a key with a "
        "portfolio.",
    )
    content = described["get"]["responses"]["200"]["content"]["application/json"]
    content["examples"] = {"answer": {"value": _example(service).model_dump(mode="json")}}
    return {"/monitor": described}


def _example(service: Service) -> Look:
    expectation, day = expect(service.bundle.manifest), date(2026, 11, 26)
    period = PeriodFigures(
        days=1,
        first_day=day,
        accepted=690,
        accepted_marked=81,
        refused=310,
        refused_marked=42,
        other_versions=0,
        refusal_rate=compare_rate(310, 1000, expectation),
        mean_risk=compare_mean(Moments(count=1000, total=82.0, squares=13.0), expectation),
    )
    verified = Verification(
        began_at=datetime.fromisoformat(_MORNING),
        ended_at=datetime.fromisoformat(_MORNING),
        entries=1200,
        checkpoints=30,
        signed=30,
        with_key=True,
        deviations=0,
        first_deviations=[],
        last_checkpoint=None,
    )
    return Look(
        time=_TIME,
        attention=[Attention(code="request_waits")],
        decisions=DecisionFigures(
            counted_at=_TIME,
            is_complete=True,
            complete_since=day,
            comparisons=COMPARISONS,
            level=LEVEL,
            periods=[period],
            by_day=[DayFigures(day=day, decisions=1000, refused=310, refusal_rate=share_with_interval(0.31, 1000))],
        ),
        record=RecordFigures(
            entries=1250,
            uncovered=7,
            checkpoint_time=_TIME,
            checkpoint_signed=True,
            unwritable_seconds=None,
            verification=verified,
            verification_is_old=False,
            verification_is_of_this_record=True,
        ),
        reviews=ReviewFigures(
            counted_at=_TIME,
            waiting=12,
            requested=1,
            oldest="2026-11-17T09:00:00.000000Z",
            oldest_request="2026-11-18T09:00:00.000000Z",
            is_more=False,
        ),
        versions=ServedVersions(
            model_version=service.bundle.version,
            served_since=_MORNING,
            service_version=SERVICE_VERSION,
            policy_version=None,
            shadow_version=None,
            failed_reloads=[],
        ),
        reports=read_reports(None),
    )
