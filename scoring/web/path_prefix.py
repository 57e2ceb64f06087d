"""Serving under a path of a proxy, such as ``https://example.org/credit/``: links then begin with this path."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from scoring.errors import SettingError

FORWARDED = "X-Forwarded-Prefix"
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", re.ASCII)


def serve_under(app: Flask, prefix: str) -> None:
    """Let all links, redirects and the OpenAPI document begin with a prefix.

    Requests may arrive with the prefix or, if the proxy removes it, without it. The prefix becomes WSGI's
    ``SCRIPT_NAME``.

    Parameters
    ----------
    prefix : a path; or ``X-Forwarded-Prefix``, to believe this header (callers must not be able to set it); or empty.

    Raises
    ------
    SettingError
        If the path begins like a route of the service. With the prefix ``/predict``, a request for ``/predict/1`` would
        have two meanings: a proxy may have removed the prefix, or not.
    """
    if not prefix:
        return
    first = prefix.split("/")[1:2]
    if first and any(rule.rule.split("/")[1:2] == first for rule in app.url_map.iter_rules()):
        raise SettingError(
            f"SCORING_PREFIX={prefix}: expected a path that does not begin like an address of the service."
        )
    inner: Callable[..., Iterable[bytes]] = app.wsgi_app

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        root = _forwarded(environ) if prefix == FORWARDED else prefix
        path = environ.get("PATH_INFO", "")
        if root and (path == root or path.startswith(f"{root}/")):
            environ["PATH_INFO"] = path[len(root) :] or "/"
        environ["SCRIPT_NAME"] = root
        return inner(environ, start_response)

    app.wsgi_app = wrapped  # type: ignore[method-assign]


def _forwarded(environ: dict[str, Any]) -> str:
    """Return the path that the nearest proxy forwards; empty if the header has no valid path.

    >>> [_forwarded({"HTTP_X_FORWARDED_PREFIX": text}) for text in ("/credit/", "/anything, /credit", "//evil.example")]
    ['/credit', '/credit', '']
    """
    path = str(environ.get("HTTP_X_FORWARDED_PREFIX", "")).rpartition(",")[2].strip().rstrip("/")
    return path if _PATH.fullmatch(path) else ""
