"""What every request gets: an ID of its own, and answers that browsers do not reinterpret."""

import re
import uuid

from flask import Flask, Response, g, request

_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def register(app: Flask) -> None:
    """Put ``X-Request-ID`` on every answer: the caller's own where it is a short plain token."""
    app.before_request(_name)
    app.after_request(_sign)


def _name() -> None:
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    g.request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex


def _sign(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.request_id
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
