"""Spans, made by the real SDK and kept in memory."""

import logging

import pytest
from flask import Flask
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from fonction_api_prediction import create_app
from scoring.errors import RecordUnavailable
from scoring.record.stores.tasks import Task
from scoring.settings import Settings
from scoring.web.server import tracing
from scoring.web.server.held_answer import HeldAnswer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("test")
    provider.shutdown()


def test_each_answer_is_a_span_of_the_callers_trace_without_the_address(exporter, tracer, numbers):
    app = create_app(Settings())
    tracing.trace_answers(app, lambda: tracer)
    client = app.test_client()
    client.get(f"/predict/{numbers[0]}", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    client.get(f"/{numbers[0]}")
    lookup, missing = exporter.get_finished_spans()
    assert lookup.name == "GET /predict/<client_id>"
    assert lookup.kind == SpanKind.SERVER
    assert f"{lookup.context.trace_id:032x}" == TRACE
    assert f"{lookup.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert lookup.attributes["http.response.status_code"] == 200
    assert (missing.name, missing.parent, missing.status.status_code) == ("GET", None, StatusCode.UNSET)
    assert missing.attributes["http.response.status_code"] == 404
    assert str(numbers[0]) not in lookup.to_json() + missing.to_json()


def test_the_span_of_an_answer_that_is_held_ends_with_the_status_that_is_sent(exporter, tracer):
    task, app = Task(), Flask(__name__)
    held = HeldAnswer(task)
    connection = type("Connection", (), {"held": held})()
    tracing.trace_answers(app, lambda: tracer)
    app.add_url_rule("/", view_func=lambda: "{}")
    app.test_client().get("/", environ_overrides={"gunicorn.socket": connection})
    assert exporter.get_finished_spans() == ()
    task.fail(RecordUnavailable("the database is gone"))
    held.release([])
    (span,) = exporter.get_finished_spans()
    assert span.attributes["http.response.status_code"] == 503
    assert span.status.status_code == StatusCode.ERROR


def test_without_the_extra_the_log_says_what_is_missing(monkeypatch, caplog):
    assert tracing.can_trace()
    monkeypatch.setattr(tracing, "find_spec", lambda name: None)
    with caplog.at_level(logging.WARNING, "scoring"):
        assert not tracing.can_trace()
    (said,) = caplog.messages
    assert said.startswith("No traces are sent. Install the extra 'telemetry'")
    assert said.endswith("requirements/telemetry.txt. Or unset OTEL_EXPORTER_OTLP_ENDPOINT")
