"""Whether a request asks for a page or JSON, and in which language; and the headers that every answer has."""

import random
import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, request

from scoring.readable.numbers import Language

LANGUAGES: tuple[Language, ...] = ("fr", "en")
_REPRESENTATIONS = ("application/json", "application/problem+json", "text/html")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_KEY = "scoring.request_id"
ROUTE = "scoring.route"  # of the WSGI environment, for the access log
# Every address may answer with a page or with JSON, for example if there is an error; caches have to know this.
# No other site may show an answer in a frame; pages have a stricter policy in addition.
CONSTANT_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Vary", "Accept"),
)


def register(app: Flask) -> None:
    """Add ``X-Request-ID`` and the headers that are always the same to every answer.

    The whole WSGI application is wrapped, because this takes a tenth of the time of Flask's hooks and covers every
    answer.
    """
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ[_KEY] = make_request_id(environ.get("HTTP_X_REQUEST_ID"))

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            environ[ROUTE] = request.url_rule
            headers += [("X-Request-ID", name), *CONSTANT_HEADERS]
            return start_response(status, headers, error)

        return inner(environ, start)

    app.wsgi_app = wrapped  # type: ignore[method-assign]


def make_request_id(given: str | None) -> str:
    """Return the caller's own ID where it is a short plain token, else a new one."""
    return given if given and _GIVEN.fullmatch(given) else f"{random.getrandbits(128):032x}"


def request_id() -> str:
    """Return the ID of the current request."""
    return str(request.environ.get(_KEY, "-"))


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
