"""Cross-origin requests (CORS): the sites whose pages may read the answers in a browser."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import Flask

_READABLE = ("Access-Control-Expose-Headers", "Allow, ETag, Retry-After, X-Request-ID")
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST"),
    ("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, X-Request-ID"),
    ("Access-Control-Max-Age", "600"),
)


def allow_origins(app: Flask, origins: Collection[str]) -> None:
    """Let pages of these origins read every answer, errors included.

    Browsers add no cookies and no typed passwords to these requests; a page may send an API key of its own.

    Flask answers OPTIONS on every route, so that a preflight request needs only the headers. Without any origin, every
    answer stays as it is.
    """
    if not origins:
        return
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN", "")
        added = [("Vary", "Origin")]  # caches must not give one origin's answer to another
        if origin in origins:
            added += [("Access-Control-Allow-Origin", origin), _READABLE]
            if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
                added += _PREFLIGHT

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            return start_response(status, [*headers, *added], error)

        return inner(environ, start)

    app.wsgi_app = wrapped  # type: ignore[method-assign]
