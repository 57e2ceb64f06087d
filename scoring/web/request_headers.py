"""Whether a request asks for a page or JSON, in which language, and by whom; and the headers that every answer has."""

import random
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request

from scoring.decisions.content import RequestFacts
from scoring.readable.numbers import Language
from scoring.web.gate.current_caller import current_caller
from scoring.web.gate.guard import CALLER
from scoring.web.gate.route_scopes import PERSONAL_ROUTES

LANGUAGES: tuple[Language, ...] = ("fr", "en")
_REPRESENTATIONS = ("application/json", "application/problem+json", "text/html")
# A UUID, or as many digits without hyphens. Digits from 0 to 9 alone are refused: they may be a padded client number.
_GIVEN = re.compile(r"(?=.*[a-f])([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII | re.IGNORECASE)
# W3C Trace Context, section 3.2.2: version, trace ID, parent ID and flags; neither ID is zero, and no version is ff.
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
REQUEST_ID = "scoring.request_id"  # of the WSGI environment
ROUTE = "scoring.route"  # of the WSGI environment, for the access log
# Every address may answer with a page or with JSON, for example if there is an error; caches have to know this.
# No other site may show an answer in a frame; pages have a stricter policy in addition.
CONSTANT_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Vary", "Accept"),
)
_NO_STORE = ("Cache-Control", "no-store")  # no cache may keep what is about a person


def register(app: Flask) -> None:
    """Add ``X-Request-ID`` and the headers that are always the same to every answer.

    The whole WSGI application is wrapped, because this takes a tenth of the time of Flask's hooks and covers every
    answer.
    """
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ[REQUEST_ID] = make_request_id(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            rule = environ[ROUTE] = environ["werkzeug.request"].url_rule  # without the search of Flask's ``request``
            headers += [("X-Request-ID", name), *CONSTANT_HEADERS]
            if rule is not None and rule.rule in PERSONAL_ROUTES:
                if _NO_STORE not in headers:  # pages have it already
                    headers.append(_NO_STORE)
                if environ["REQUEST_METHOD"] == "HEAD":  # without a recorded decision, the length is not that of GET
                    headers = [one for one in headers if one[0] != "Content-Length"]
            return start_response(status, headers, error)

        return inner(environ, start)

    app.wsgi_app = wrapped  # type: ignore[method-assign]


def make_request_id(given: str | None) -> str:
    """Return the caller's own ID if it has the form of a random ID; otherwise a new one.

    IDs get into logs and into entries that cannot be erased: any other text might name a person.
    """
    return given if given and _GIVEN.fullmatch(given) else f"{random.getrandbits(128):032x}"


def request_id() -> str:
    """Return the ID of the current request; a hyphen where there is none."""
    return str(request.environ.get(REQUEST_ID, "-")) if request else "-"


def request_facts() -> RequestFacts | None:
    """Gather what a recorded decision says about the current request.

    None if nothing is to be recorded, because nobody sees the decision: the service itself has sent the request, or the
    method is HEAD.
    """
    environ = request.environ
    return None if CALLER in environ or environ["REQUEST_METHOD"] == "HEAD" else caller_facts()


def caller_facts() -> RequestFacts:
    """Gather what an entry of the record says about the current request."""
    environ = request.environ
    return RequestFacts(
        key_id=current_caller().key_id,
        request_id=environ.get(REQUEST_ID, "-"),
        traceparent=_traceparent(environ),
        route=f"{environ['REQUEST_METHOD']} {request.url_rule}",
    )


def _traceparent(environ: dict[str, Any]) -> str | None:
    given = environ.get("HTTP_TRACEPARENT")
    return given if given and _TRACEPARENT.fullmatch(given) else None


def trace_id(environ: dict[str, Any]) -> str | None:
    """Return the trace ID that a caller sent (W3C Trace Context); None without a valid one.

    >>> trace_id({"HTTP_TRACEPARENT": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    '4bf92f3577b34da6a3ce929d0e0e4736'
    """
    given = _traceparent(environ)
    return given[3:35] if given else None


def asks_for_page() -> bool:
    """Whether the caller prefers a page to JSON, as browsers do; ``?format=json`` gives them JSON."""
    if "text/html" not in request.environ.get("HTTP_ACCEPT", ""):  # for programs, nothing else is computed
        return False
    best = request.accept_mimetypes.best_match(_REPRESENTATIONS)
    return best == "text/html" and request.args.get("format") != "json"


def chosen_language() -> Language | None:
    """Language given with ``?lang=``, if any."""
    return next((one for one in LANGUAGES if request.args.get("lang") == one), None)


def language() -> Language:
    """Language of the page: given with ``?lang=``, else preferred by the browser, else French."""
    preferred: Language = "en" if request.accept_languages.best_match(LANGUAGES) == "en" else "fr"
    return chosen_language() or preferred
