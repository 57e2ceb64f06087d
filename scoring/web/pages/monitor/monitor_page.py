"""What needs attention, and below it the decisions, the record, reviews, versions and the last reports."""

from datetime import datetime

from flask import Response

from scoring.monitoring.overview.look_parts import Look
from scoring.web.pages.monitor.decision_figures import count_table, describe_count, draw_rates, figure_table
from scoring.web.pages.monitor.decision_figures import other_versions as describe_others
from scoring.web.pages.monitor.monitor_words import MonitorWords
from scoring.web.pages.monitor.state_facts import (
    describe_attention,
    describe_record,
    describe_report,
    describe_reviews,
    describe_versions,
)
from scoring.web.pages.render import PageRenderer
from scoring.web.request_headers import language


def show_monitor(renderer: PageRenderer, look: Look) -> Response:
    """Show the overview of the service."""
    words = MonitorWords(language(), datetime.fromisoformat(look.time))
    decisions, record, reviews = look.decisions, look.record, look.reviews
    return renderer.render(
        "monitor.html",
        time=words.moment(look.time),
        attention=[describe_attention(one, words) for one in look.attention],
        decisions=decisions,
        counted=describe_count(decisions, words) if decisions else "",
        counts=count_table(decisions, words) if decisions else None,
        figures=figure_table(decisions, words) if decisions else None,
        plot=draw_rates(decisions, words) if decisions else None,
        uncompared=describe_others(decisions, words) if decisions else "",
        record=describe_record(record, words) if record else None,
        deviations=record.verification.first_deviations if record and record.verification else [],
        reviews=describe_reviews(reviews, words) if reviews else None,
        versions=describe_versions(look.versions, words),
        reports=[describe_report(one, words) for one in look.reports],
    )
