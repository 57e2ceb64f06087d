"""Counts every answer once, with the status that was sent, and the decisions in it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from scoring.model.decision import Decision
from scoring.web.gate.guard import CALLER
from scoring.web.problem_kinds import name_status
from scoring.web.problems import PROBLEM
from scoring.web.request_headers import ROUTE

if TYPE_CHECKING:  # the package that counts finds out when it is imported whether there are several processes
    from scoring.monitoring.metrics.counters import Counters, Source

NO_ROUTE = "none"
_DECIDED = "scoring.decisions"  # of the WSGI environment
_COUNTERS = "counters"  # of the application's extensions


def count_answers(app: Flask, counters: "Counters") -> None:
    """Count each answer of an application when it is handed to the server. A held answer is counted when it is sent.

    ``request_headers.register`` comes first: it notes the route.
    """
    app.extensions[_COUNTERS] = counters
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        begun = perf_counter()

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            write = start_response(status, headers, error)
            held = getattr(environ.get("gunicorn.socket"), "held", None)
            if held is None:
                _count(counters, environ, status, headers, begun)
            else:
                held.listeners.append(partial(_count, counters, environ, status, headers, begun))
            return write

        return inner(environ, start)

    app.wsgi_app = wrapped  # type: ignore[method-assign]


def note_decisions(decisions: Sequence[Decision]) -> None:
    """Have decisions counted with the answer to the current request, if a caller sees them.

    Nobody sees them in the answer to HEAD, or if the service itself has sent the request.
    """
    environ = request.environ
    if environ["REQUEST_METHOD"] != "HEAD" and CALLER not in environ:
        environ[_DECIDED] = decisions


def count_refusal(app: object, status: HTTPStatus) -> None:
    """Count the answer to a request that does not reach the application."""
    counters: Counters | None = getattr(app, "extensions", {}).get(_COUNTERS)
    if counters is not None:
        counters.count_answer("", NO_ROUTE, str(status.value), 0.0, name_status(status))


def _count(
    counters: "Counters",
    environ: dict[str, Any],
    status: str,
    headers: list[tuple[str, str]],
    begun: float,
    replacing: str | None = None,
    problem: str = "",
) -> None:
    """Count an answer; if another one was sent in its place, ``replacing`` is its status, ``problem`` its kind."""
    rule, code = environ.get(ROUTE), (replacing or status)[:3]
    route = NO_ROUTE if rule is None else rule.rule
    if code >= "400":
        problem = problem or environ.get(PROBLEM) or name_status(HTTPStatus(int(code)))
    counters.count_answer(environ["REQUEST_METHOD"], route, code, perf_counter() - begun, problem)
    if code < "400" and (decisions := environ.get(_DECIDED)):
        counters.count_decisions(_source(route, headers, decisions), decisions)


def _source(route: str, headers: list[tuple[str, str]], decisions: Sequence[Decision]) -> "Source":
    if dict(headers).get("Content-Type", "").startswith("text/html"):
        return "page"
    if route.endswith("<client_id>"):
        return "lookup"
    return "application" if len(decisions) == 1 else "list"
