"""Record, reviews, versions and reports in words."""

from dataclasses import dataclass

from scoring.monitoring.overview.look_parts import Attention, RecordFigures, ReviewFigures, ServedVersions
from scoring.monitoring.overview.report_files import ReportState
from scoring.web.pages.monitor.monitor_words import MonitorWords

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report in words; ``sentences`` are what it found."""

    title: str
    state: str
    sentences: tuple[str, ...]


def describe_attention(one: Attention, words: MonitorWords) -> str:
    """Say what somebody has to look at."""
    return words.say(
        f"attention_{one.code}",
        period=words.say(f"period_{one.days}") if one.days else "",
        report=words.say(f"report_{one.report}") if one.report else "",
    )


def describe_record(record: RecordFigures, words: MonitorWords) -> Facts:
    """Write the record's state."""
    seconds = record.unwritable_seconds
    signed = {None: "monitor_none", True: "yes", False: "no"}[record.checkpoint_signed]
    writable = words.say("yes") if seconds is None else words.say("record_outage", seconds=words.count(seconds))
    return [
        (words.say("record_writable"), writable),
        (words.say("record_verified"), _describe_verification(record, words)),
        (words.say("record_entries"), words.count(record.entries)),
        (words.say("record_checkpoint"), words.since(record.checkpoint_time)),
        (words.say("record_signed"), words.say(signed)),
        (words.say("record_uncovered"), words.count(record.uncovered)),
    ]


def _describe_verification(record: RecordFigures, words: MonitorWords) -> str:
    found = record.verification
    if found is None:
        return words.say("verified_never")
    result = words.say("verified_intact")
    if found.deviations:
        result = words.say("verified_deviates", n=words.count(found.deviations))
    return f"{result}{words.say('colon')}{words.since(found.began_at.isoformat())}"


def describe_reviews(reviews: ReviewFigures, words: MonitorWords) -> Facts:
    """Write what waits for a person."""

    def number(count: int) -> str:
        return words.say("or_more", n=words.count(count)) if reviews.is_more else words.count(count)

    return [
        (words.say("requests_open"), number(reviews.requested)),
        (words.say("request_oldest"), words.since(reviews.oldest_request)),
        (words.say("reviews_waiting"), number(reviews.waiting)),
        (words.say("review_oldest"), words.since(reviews.oldest)),
    ]


def describe_versions(versions: ServedVersions, words: MonitorWords) -> Facts:
    """Write which version is served since when, and which reloads failed."""
    failed = versions.failed_reloads
    reloads = words.count(len(failed))
    if failed:
        reloads = words.say("reloads_last", n=reloads, time=words.since(failed[0].time), error=failed[0].error)
    return [
        (words.say("version"), versions.model_version),
        (words.say("served_since"), words.since(versions.served_since)),
        (words.say("version_policy"), versions.policy_version or words.say("monitor_none")),
        (words.say("version_shadow"), versions.shadow_version or words.say("monitor_none")),
        (words.say("version_service"), versions.service_version),
        (words.say("reloads_failed"), reloads),
    ]


def describe_report(report: ReportState, words: MonitorWords) -> ReportView:
    """Write the head of a report, or why there is none."""
    title, head = words.say(f"report_{report.name}"), report.head
    if head is None:
        return ReportView(title, words.say(f"state_{report.state}", file=report.file), ())
    parts = [
        words.since(head.made_at.isoformat()),
        {None: "", True: words.say("alarm_yes"), False: words.say("alarm_no")}[head.alarm],
        words.say("report_clients", n=words.count(head.clients)) if head.clients is not None else "",
    ]
    sentences = tuple(getattr(one, words.language) for one in head.sentences)
    return ReportView(title, " · ".join(filter(None, parts)), sentences)
