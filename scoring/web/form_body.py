"""Parses a request's body that a browser's form sent."""

from urllib.parse import parse_qsl

from flask import Request

from scoring.errors import BodyTooLarge, UnreadableBody, UnsupportedBody
from scoring.web.json_body import check_charset, read_content

KIND = "application/x-www-form-urlencoded"
_MOST_PAIRS = 10_000


def read_form(request: Request) -> list[tuple[str, str]]:
    """Return names and texts, in their order; a name may occur more than once.

    Raises
    ------
    UnsupportedBody, BodyTooLarge, UnreadableBody
    """
    if request.mimetype != KIND:
        raise UnsupportedBody(f"Content-Type {request.mimetype[:40]!r}: expected {KIND!r}.")
    check_charset(request, "a form")
    return parse(read_content(request.environ))


def parse(content: bytes) -> list[tuple[str, str]]:
    """Parse a form in UTF-8; a name without a text has an empty text.

    >>> parse(b"a=1&b=caf%C3%A9+noir&a=")
    [('a', '1'), ('b', 'café noir'), ('a', '')]
    """
    if content.count(b"&") >= _MOST_PAIRS:
        raise BodyTooLarge(f"More than {_MOST_PAIRS} fields: expected those of the form.")
    try:
        return parse_qsl(content.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise UnreadableBody("The form is not UTF-8.") from None
