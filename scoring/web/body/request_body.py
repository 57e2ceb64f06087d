"""Parses a request's body: a browser's form, or JSON. JSON that parsers read in different ways is refused."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Request
from gunicorn.http.errors import ParseException
from pydantic_core import from_json

from scoring.application.reader import has_each_key_once
from scoring.errors import BodyTooLarge, DuplicateKey, UnreadableBody, UnsupportedBody
from scoring.web.body.body_shapes import guess_format

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST_BYTES = 8 * 2**20
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILES = {"text/csv", "application/octet-stream", _WORKBOOK}
_FORM = "application/x-www-form-urlencoded"
_MOST_PAIRS = 10_000  # of a form
_UTF_8 = {"utf-8", "utf8", "us-ascii"}


def read_json_content(request: Request) -> bytes:
    """Read a body that is declared as JSON; raises UnsupportedBody, BodyTooLarge or UnreadableBody."""
    environ = request.environ
    if environ.get("CONTENT_TYPE") != "application/json":
        kind = request.mimetype
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            raise UnsupportedBody(f"Content-Type {kind[:40]!r}: expected 'application/json'.")
        check_charset(request, "JSON")
    return read_content(environ)


def read_file_content(request: Request) -> bytes:
    """Read a body that is declared as a file; raises UnsupportedBody, BodyTooLarge or UnreadableBody.

    Programs that were generated from the OpenAPI document send files as octet streams.
    """
    if request.mimetype not in _FILES:
        raise UnsupportedBody(f"Content-Type {request.mimetype[:40]!r}: expected 'text/csv' or '{_WORKBOOK}'.")
    return read_content(request.environ)


def check_charset(request: Request, what: str) -> None:
    """Check that ``what`` is in UTF-8; raises UnsupportedBody."""
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF_8:
        raise UnsupportedBody(f"Content-Type with charset={charset[:40]!r}: expected {what} in UTF-8.")


def read_content(environ: "WSGIEnvironment") -> bytes:
    """Read a body of at most 8 MiB directly from the WSGI server, which is ten times as fast as Flask for a small body.

    Raises UnsupportedBody, BodyTooLarge or UnreadableBody.
    """
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.lower() not in {"identity", ""}:
        raise UnsupportedBody(f"Content-Encoding {encoding[:40]!r}: expected a body that is not compressed.")
    stream, declared = environ["wsgi.input"], environ.get("CONTENT_LENGTH", "")
    if not declared.isdecimal():  # the body is chunked (the server finds its end), or there is none
        content = _read(stream, MOST_BYTES + 1) if environ.get("wsgi.input_terminated") else b""
        if len(content) > MOST_BYTES:
            raise too_large("The body")
        return content
    length = int(declared)
    if length > MOST_BYTES:
        raise too_large(f"{length} bytes")
    content = _read(stream, length)
    if len(content) < length:
        raise UnreadableBody(f"The body ends after {len(content)} of {length} bytes.")
    return content


def too_large(size: str) -> BodyTooLarge:
    """Describe a body that is too large."""
    return BodyTooLarge(f"{size}: expected at most {MOST_BYTES} (8 MiB) in a request; send several requests.")


def _read(stream: Any, most: int) -> bytes:
    try:
        content: bytes = stream.read(most)
    except (OSError, ParseException):
        message = "The body breaks off, or its chunks are malformed (RFC 9112, section 7.1)."
        raise UnreadableBody(message) from None
    return content


def parse_json(content: bytes) -> Any:
    """Parse JSON in UTF-8. ``NaN`` and ``Infinity`` are parsed too; the types of the fields refuse them later.

    The value of a duplicate key becomes a ``DuplicateKey``. Raises UnreadableBody.

    >>> parse_json(b'{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    try:
        body = from_json(content, cache_strings="keys")
    except ValueError:
        return _parse_exactly(content)
    if isinstance(body, dict) and has_each_key_once(content, body):
        return body
    return _parse_exactly(content)


def _parse_exactly(content: bytes) -> Any:
    """Parse with Python's parser, which reports duplicate keys and the place of an error."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        guess = guess_format(content[:2000].decode("latin-1"))
        raise UnreadableBody(f"The body is not UTF-8 at byte {error.start}.{guess}") from None
    try:
        return _loads(text)
    except RecursionError:
        message = "The body is nested too deeply: no body of this service has more than four levels."
    except json.JSONDecodeError as error:
        message = f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).{guess_format(text)}"
    raise UnreadableBody(message)


def _loads(text: str) -> Any:
    try:
        body = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer with more digits than Python converts
        body = json.loads(text, object_pairs_hook=_object, parse_int=_parse_int)
    if "\\u" in text:
        _check_text(body)
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen and not isinstance(read[name], DuplicateKey):
                read[name] = DuplicateKey(read[name])
            seen.add(name)
    return read


def _parse_int(digits: str) -> float:
    return int(digits) if len(digits) < 400 else float(digits)


def _check_text(body: Any) -> None:
    """Refuse an escape that is half of a surrogate pair: it is not a character, so UTF-8 cannot encode it."""
    try:
        json.dumps(body, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise UnreadableBody("The body has an escape (\\ud800 to \\udfff) that is half of a character.") from None


def read_form(request: Request) -> list[tuple[str, str]]:
    """Return names and texts, in their order; a name may occur more than once.

    Raises UnsupportedBody, BodyTooLarge or UnreadableBody.
    """
    if request.mimetype != _FORM:
        raise UnsupportedBody(f"Content-Type {request.mimetype[:40]!r}: expected {_FORM!r}.")
    check_charset(request, "a form")
    return parse_form_pairs(read_content(request.environ))


def parse_form_pairs(content: bytes) -> list[tuple[str, str]]:
    """Parse a form in UTF-8; a name without a text has an empty text.

    >>> parse_form_pairs(b"a=1&b=caf%C3%A9+noir&a=")
    [('a', '1'), ('b', 'café noir'), ('a', '')]
    """
    if content.count(b"&") >= _MOST_PAIRS:
        raise BodyTooLarge(f"More than {_MOST_PAIRS} fields: expected those of the form.")
    try:
        return parse_qsl(content.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise UnreadableBody("The form is not UTF-8.") from None
