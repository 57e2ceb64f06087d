"""Problem documents for requests that gunicorn refuses before the application sees them."""

from email.utils import formatdate
from http import HTTPStatus

from gunicorn.http import errors
from pydantic_core import to_json

from scoring.web.answers import Problem
from scoring.web.problems import DETAILS
from scoring.web.request_headers import CONSTANT_HEADERS

FAILED = HTTPStatus.INTERNAL_SERVER_ERROR, DETAILS[HTTPStatus.INTERNAL_SERVER_ERROR]
_STATUS: dict[type[Exception], tuple[HTTPStatus, str]] = {
    errors.LimitRequestLine: (HTTPStatus.REQUEST_URI_TOO_LONG, "The address is longer than 8 KiB."),
    errors.LimitRequestHeaders: (
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "Expected at most 100 headers of at most 8 KiB each, 64 KiB together.",
    ),
    errors.ExpectationFailed: (HTTPStatus.EXPECTATION_FAILED, "Expect: only 100-continue is supported."),
    errors.UnsupportedTransferCoding: (HTTPStatus.NOT_IMPLEMENTED, "Transfer-Encoding: only chunked is supported."),
    errors.ForbiddenProxyRequest: (HTTPStatus.FORBIDDEN, "The PROXY protocol is not accepted from this address."),
    errors.InvalidResponseHeader: FAILED,
    errors.InvalidResponseHeaderName: FAILED,
    # The address is not under the SCRIPT_NAME that gunicorn was given.
    errors.ConfigurationProblem: (HTTPStatus.NOT_FOUND, DETAILS[HTTPStatus.NOT_FOUND]),
    errors.ParseException: (HTTPStatus.BAD_REQUEST, "The request is not valid HTTP/1.1 (RFC 9112)."),
}
TOO_SLOW = HTTPStatus.REQUEST_TIMEOUT, "The request took too long to arrive; send it again."
BUSY = HTTPStatus.SERVICE_UNAVAILABLE, "Too many large bodies at once; send it again later."


def find_refusal(error: Exception) -> tuple[HTTPStatus, str]:
    """Find status and detail for what gunicorn's parser raised; a failure of ours is a 500."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), FAILED)


def refusal(status: HTTPStatus, detail: str, request_id: str) -> bytes:
    """Write the whole answer: a problem document, after which the connection is closed.

    >>> refusal(*TOO_SLOW, "a1").splitlines()[0]
    b'HTTP/1.1 408 Request Timeout'
    """
    problem = Problem(type="about:blank", title=status.phrase, status=status, detail=detail, errors=[])
    body = to_json(problem.model_dump(exclude_unset=True))
    headers = [
        ("Date", formatdate(usegmt=True)),
        ("Connection", "close"),
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("X-Request-ID", request_id),
        *CONSTANT_HEADERS,
        *([("Retry-After", "5")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
    ]
    lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body
