"""Every error as a problem document (RFC 9457)."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from pydantic_core import to_json
from werkzeug.exceptions import HTTPException

from scoring import errors
from scoring.errors import InputError, RequestError
from scoring.model.schema import Text
from scoring.web.answers import Problem
from scoring.web.gate.credentials import REALM
from scoring.web.problem_kinds import KINDS, ProblemKind, name_status
from scoring.web.request_headers import asks_for_page, request_id

DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address. GET / lists the routes.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not accept the method; the header Allow lists those it accepts.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The service failed. Its log has the details under this answer's X-Request-ID.",
}
_OF_STATUS = ("Allow", "Retry-After", "WWW-Authenticate")  # headers that belong to the status
_RETRY_AFTER = "2"  # seconds
PROBLEM = "scoring.problem"  # of the WSGI environment: the name of the kind, for counting
_log = logging.getLogger("scoring")

Page = Callable[[HTTPStatus, Exception], Response]


def register(app: Flask, page: Page) -> None:
    """Answer every error with a problem document, or with ``page`` where the caller prefers one."""

    def negotiate(document: Response, error: Exception) -> Response:
        if document.status_code < HTTPStatus.BAD_REQUEST or not asks_for_page():
            return document
        answer = page(HTTPStatus(document.status_code), error)
        for name in _OF_STATUS:
            answer.headers.setlist(name, document.headers.getlist(name))
        return answer

    app.register_error_handler(RequestError, lambda error: negotiate(_business_problem(error), error))
    app.register_error_handler(HTTPException, lambda error: negotiate(_framework_problem(error), error))
    app.register_error_handler(Exception, lambda error: negotiate(_unexpected_problem(error), error))


def problem(kind: ProblemKind, detail: str, errors: Sequence[InputError] = (), **more: Any) -> Response:
    """Answer with a problem document of one kind; ``more`` has its optional members."""
    note_problem(kind.name)
    return _answer(kind.status, kind.title, detail, kind.urn, errors, **more)


def _answer(
    status: HTTPStatus,
    title: str,
    detail: str,
    urn: str = "about:blank",
    errors: Sequence[InputError] = (),
    **more: Any,
) -> Response:
    document = Problem(type=urn, title=title, status=status, detail=detail, errors=list(errors), **more)
    body = to_json(document.model_dump(exclude_unset=True))
    return Response(body, status, content_type="application/problem+json")


def make_problem(error: Exception) -> Response:
    """Describe any error as a problem; for an error of the service itself, only the log has the details."""
    return _business_problem(error) if isinstance(error, RequestError) else _unexpected_problem(error)


def note_problem(name: str) -> None:
    """Have a problem counted with the answer to the current request, if there is one."""
    if request:
        request.environ[PROBLEM] = name


def name_problem(error: Exception) -> str:
    """Name the kind of the problem that ``make_problem`` describes."""
    if isinstance(error, RequestError):
        return KINDS[type(error)].name
    return name_status(HTTPStatus.INTERNAL_SERVER_ERROR)


def _business_problem(error: RequestError) -> Response:
    more: dict[str, Any] = {}
    if isinstance(error, errors.UnreadableTable):
        more = {"code": error.code, "text": Text(en=str(error), fr=error.french)}
        more |= {"readings": error.readings} if error.readings else {}
    answer = problem(KINDS[type(error)], str(error), error.errors, **more)
    answer.headers.extend(_headers(error))
    return answer


def _headers(error: RequestError) -> list[tuple[str, str]]:
    if isinstance(error, errors.KeyRequired):
        challenges = (f'Basic realm="{REALM}", charset="UTF-8"', f'Bearer realm="{REALM}"')
        return [("WWW-Authenticate", challenge) for challenge in challenges]
    if isinstance(error, errors.NotAllowed) and error.scopes:
        scopes = " ".join(error.scopes)
        return [("WWW-Authenticate", f'Bearer realm="{REALM}", error="insufficient_scope", scope="{scopes}"')]
    if isinstance(error, errors.RecordUnavailable | errors.ClientsUnavailable):
        return [("Retry-After", _RETRY_AFTER)]
    return [("Retry-After", str(error.seconds))] if isinstance(error, errors.TooManyRequests) else []


def _framework_problem(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    answer = _answer(status, status.phrase, DETAILS.get(status, error.description or status.phrase))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _unexpected_problem(error: Exception) -> Response:
    _log.error("request %s failed", request_id(), exc_info=error)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _answer(status, status.phrase, DETAILS[status])
