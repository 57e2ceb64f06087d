"""Traces for OpenTelemetry, where its variables are set and the extra ``telemetry`` is installed."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache, partial
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask

from scoring.errors import how_to_install
from scoring.web.request_headers import REQUEST_ID, ROUTE

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SCOPE = "scoring"
_starting = Lock()
_log = logging.getLogger("scoring")


def can_trace() -> bool:
    """Tell whether traces can be sent; otherwise the log says what is missing."""
    with suppress(ModuleNotFoundError):  # of a package above
        if all(find_spec(name) for name in ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")):
            return True
    _log.warning("No traces are sent. %s. Or unset %s", how_to_install("telemetry"), VARIABLES[0])
    return False


def trace_answers(app: Flask, find_tracer: "Callable[[], Tracer] | None" = None) -> None:
    """Send a span for every answer, as a part of the trace that the caller names in ``traceparent``.

    Spans have the route and never the address, which may have a client number.

    Parameters
    ----------
    find_tracer : function that returns what makes spans; by default, one that sends them to the place that the
        environment names. The workers call it, since a thread that the master starts would not exist in them.
    """
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    find, inner = find_tracer or _find_tracer, app.wsgi_app
    propagator = TraceContextTextMapPropagator()

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sent = {"traceparent": environ.get("HTTP_TRACEPARENT", ""), "tracestate": environ.get("HTTP_TRACESTATE", "")}
        with _starting:
            tracer = find()
        span = tracer.start_span(environ["REQUEST_METHOD"], propagator.extract(sent), SpanKind.SERVER)

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            write = start_response(status, headers, error)
            held = getattr(environ.get("gunicorn.socket"), "held", None)
            if held is None:
                _end(span, environ, status)
            else:
                held.listeners.append(partial(_end, span, environ, status))
            return write

        answer: Iterable[bytes] = inner(environ, start)
        return answer

    app.wsgi_app = wrapped  # type: ignore[method-assign]


def _end(span: "Span", environ: dict[str, Any], status: str, replacing: str | None = None, _problem: str = "") -> None:
    from opentelemetry.trace import StatusCode

    method, route, code = environ["REQUEST_METHOD"], environ.get(ROUTE), int((replacing or status)[:3])
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", code)
    span.set_attribute("scoring.request_id", environ.get(REQUEST_ID, "-"))
    if route is not None:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", str(route))
    if code >= 500:
        span.set_status(StatusCode.ERROR)
    span.end()


@cache
def _find_tracer() -> "Tracer":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer(_SCOPE)
