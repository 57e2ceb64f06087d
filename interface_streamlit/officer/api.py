"""Sends requests to the API, and turns failures into a few named errors.

::

    ApiError
    ├── Unreachable         no answer, or a platform answers instead of the API: try again
    │   └── Replaced        answers come from different models: one is being replaced
    ├── NotAllowed          401, 403: the key is missing, or has not the right
    └── Problem             a problem document of the API
        ├── MalformedNumber 400: invalid client number
        ├── UnknownClient   404: no client has this number
        ├── NoFacts         404: only the model-ready row of this client is known
        ├── RowsOnly        409: this model cannot read applications
        ├── TooLarge        413: the request is too large
        └── InvalidApplication 422: errors by field (and record)
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from officer.settings import Settings

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0
_AWAY = frozenset({429, 502, 503, 504})  # of a platform whose service is down, starting or overrun


class ApiError(Exception):
    """The API gave no answer that a page can show."""


class Unreachable(ApiError):
    """The API does not answer; it may answer later."""


class Replaced(Unreachable):
    """Answers come from different models: one is being replaced."""


class NotAllowed(ApiError):
    """The API refuses this front-end's key."""


class Problem(ApiError):
    """The API answered with a problem document.

    Attributes
    ----------
    status : HTTP status.
    errors : each with ``field``, ``received``, ``expected``, and ``record`` where several records were sent.
    request_id : names the request in the API's log.
    """

    def __init__(self, document: Json, status: int, request_id: str | None) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or f"HTTP {status}"))
        self.status = status
        self.errors: list[Json] = list(document.get("errors") or [])
        self.request_id = request_id


class MalformedNumber(Problem):
    """The text does not have the form of a client number."""


class UnknownClient(Problem):
    """No client has this number."""


class NoFacts(Problem):
    """Only the model-ready row of this client is known, not the application."""


class RowsOnly(Problem):
    """The model has no manifest: it cannot read applications."""


class TooLarge(Problem):
    """The request is too large."""


class InvalidApplication(Problem):
    """The application has errors and was not scored."""


_BY_TYPE: Mapping[str, type[Problem]] = {
    "urn:problem:not-a-client-number": MalformedNumber,
    "urn:problem:unknown-client": UnknownClient,
    "urn:problem:no-facts-kept-for-this-client": NoFacts,
    "urn:problem:model-ready-rows-only": RowsOnly,
}
_BY_STATUS: Mapping[int, type[Problem]] = {413: TooLarge, 422: InvalidApplication}


class Api:
    """A pool of connections; one serves all sessions, since it holds no data of theirs."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Accept": "application/json", "User-Agent": "interface-streamlit"}
        if settings.api_key:
            headers["Authorization"] = f"Bearer {settings.api_key.reveal()}"
        self._client = httpx.Client(
            base_url=settings.api_url,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            # Below the 90 seconds after which the API closes an idle connection.
            limits=httpx.Limits(keepalive_expiry=60.0),
            transport=transport,
        )

    def get(self, path: str, query: Query = ()) -> Json:
        """Send a GET request; raises ApiError."""
        return self._answer("GET", path, params=list(query))

    def post(self, path: str, body: object, query: Query = ()) -> Json:
        """Send a body, or the bytes of one, as JSON; raises ApiError."""
        content = body if isinstance(body, bytes) else json.dumps(body, allow_nan=False).encode()
        return self._answer("POST", path, content=content, headers={"Content-Type": "application/json"}, params=query)

    def close(self) -> None:
        """Close the pool of connections."""
        self._client.close()

    def is_up(self) -> bool:
        """Whether the API answers at all."""
        try:
            return self._client.get("/health/live", timeout=CONNECT_SECONDS).is_success
        except httpx.TransportError:
            return False

    def _answer(self, method: str, path: str, **request: Any) -> Json:
        try:
            answer = self._client.request(method, path, **request)
        except httpx.TransportError as error:
            raise Unreachable(type(error).__name__) from error
        if answer.is_success:
            return _document(answer) or _strange(answer)
        raise _error(answer)


def client_path(route: str, client_id: str) -> str:
    """Path of a route about a client; the text that was typed cannot lead to another route. Raises MalformedNumber.

    >>> client_path("predict", "50 0?a=b")
    '/predict/50%200%3Fa%3Db'
    """
    if "/" in client_id or client_id in {".", ".."}:  # no client ID has them, and they would change the path
        raise MalformedNumber({"detail": "Neither a client number nor an ID."}, 400, None)
    return f"/{route}/{quote(client_id, safe='')}"


def _error(answer: httpx.Response) -> ApiError:
    if answer.status_code in {401, 403}:
        return NotAllowed(f"HTTP {answer.status_code}")
    document = _document(answer)
    if document is None or answer.status_code in _AWAY:
        return Unreachable(f"HTTP {answer.status_code}")
    kind = _BY_TYPE.get(str(document.get("type"))) or _BY_STATUS.get(answer.status_code, Problem)
    return kind(document, answer.status_code, answer.headers.get("X-Request-ID"))


def _document(answer: httpx.Response) -> Json | None:
    """Read a JSON object; None for anything else, such as a platform's own page."""
    try:
        document = answer.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _strange(answer: httpx.Response) -> Json:
    content = answer.headers.get("content-type", "nothing")
    raise Unreachable(f"HTTP {answer.status_code} with {content}: expected a JSON object")
