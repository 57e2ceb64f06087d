"""Sends requests to the API, and turns failures into a few named errors.

::

    ApiError
    ├── Unreachable         no answer, or a platform answers instead of the API: try again
    │   ├── TooSlow         no complete answer in time
    │   └── Replaced        answers come from different models: one is being replaced
    ├── UnusableAnswer      an answer does not have the form that the page needs
    ├── KeyNeeded           401: the officer has to enter a key, or another one
    ├── NotAllowed          403: the key does not have the right; 401 for the key of the settings
    ├── TooMany             429: this key has sent more requests than the API allows
    └── Problem             a problem document of the API
        ├── MalformedNumber 400: invalid client number
        ├── UnknownClient   404: no client has this number
        ├── NoFacts         404: only the model-ready row of this client is known
        ├── RowsOnly        409: this model cannot read applications
        ├── NoRecord        409: the API records no decisions
        ├── UnknownDecision 404: no decision has this reference
        ├── ReviewConflict  409: another officer has to confirm this
        ├── TooLarge        413: the request is too large
        ├── InvalidApplication 422: errors by field (and record)
        └── UnreadableTable 422: a file is not a table, or can be read in two ways
"""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from officer.contract import Fault, ProblemDocument, list_faults, reader
from officer.settings import Secret, Settings

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]
T = TypeVar("T")
Read = Callable[[bytes], T]  # turns the bytes of an answer into what it says; raises ValidationError

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0  # for a whole answer
FILE_SECONDS = 60.0  # for the answer to a file
MOST_BYTES = 64 * 2**20  # of one answer
_AWAY = frozenset({429, 502, 503, 504})  # of a platform whose service is down, starting or overrun
_read_problem = reader(ProblemDocument)
_SCOPE = re.compile(r'scope="[a-z ]+"')  # that the key does not have


class ApiError(Exception):
    """The API gave no answer that a page can show."""


class Unreachable(ApiError):
    """The API does not answer; it may answer later."""


class TooSlow(Unreachable):
    """The API did not answer completely in so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer in {seconds:g} seconds")
        self.seconds = seconds


class Replaced(Unreachable):
    """Answers come from different models: one is being replaced."""


class KeyNeeded(ApiError):
    """The API needs a key that the officer enters; the one that was sent, if any, is not valid."""


class NotAllowed(ApiError):
    """The API refuses the key of the settings, or the key does not have the right to do this."""


class TooMany(ApiError):
    """The API has answered as many requests of this key as it allows; the next one in so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many requests; the next one in {seconds} seconds")
        self.seconds = seconds


class UnusableAnswer(ApiError):
    """An answer does not have the form that the page needs.

    Attributes
    ----------
    request : method and path.
    faults : what is wrong with the answer.
    """

    def __init__(self, request: str, *faults: Fault) -> None:
        super().__init__(f"{request}: {faults}")
        self.request, self.faults = request, faults


class Problem(ApiError):
    """The API answered with a problem document.

    Attributes
    ----------
    status : HTTP status.
    errors : invalid values, with ``record`` where several records were sent.
    text : the message for people, of an unreadable table.
    readings : of a number that can mean two, by decimal mark.
    request_id : names the request in the API's log.
    """

    def __init__(self, document: ProblemDocument, status: int, request_id: str | None) -> None:
        super().__init__(document.detail or document.title or f"HTTP {status}")
        self.status = status
        self.errors = document.errors
        self.text, self.readings = document.text, document.readings
        self.request_id = request_id


class MalformedNumber(Problem):
    """The text does not have the form of a client number."""


class UnknownClient(Problem):
    """No client has this number."""


class NoFacts(Problem):
    """Only the model-ready row of this client is known, not the application."""


class RowsOnly(Problem):
    """The model has no manifest: it cannot read applications."""


class NoRecord(Problem):
    """The API records no decisions."""


class UnknownDecision(Problem):
    """No decision has this reference, or the key does not give access to it."""


class ReviewConflict(Problem):
    """Another officer has to confirm this."""


class TooLarge(Problem):
    """The request is too large."""


class InvalidApplication(Problem):
    """The application has errors and was not scored."""


class UnreadableTable(Problem):
    """The file is not a table, or can be read in two ways."""


_BY_TYPE: Mapping[str, type[Problem]] = {
    "urn:problem:not-a-client-number": MalformedNumber,
    "urn:problem:unknown-client": UnknownClient,
    "urn:problem:no-facts-kept-for-this-client": NoFacts,
    "urn:problem:model-ready-rows-only": RowsOnly,
    "urn:problem:unreadable-table": UnreadableTable,
    "urn:problem:no-decision-record": NoRecord,
    "urn:problem:unknown-decision": UnknownDecision,
    "urn:problem:review-conflict": ReviewConflict,
}
_BY_STATUS: Mapping[int, type[Problem]] = {413: TooLarge, 422: InvalidApplication}


class Api:
    """A pool of connections; one serves all sessions, since it holds no data of theirs, and no officer's key.

    Requests run in a thread of its own: there each can be given up at any moment, however slowly its answer comes, and
    a page can do something else meanwhile.
    """

    def __init__(self, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.api_key = settings.api_key
        self._client = httpx.AsyncClient(
            base_url=settings.api_url,
            headers={"Accept": "application/json", "User-Agent": "interface-streamlit"},
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),  # asyncio limits the whole
            # Below the 90 seconds after which the API closes an idle connection.
            limits=httpx.Limits(keepalive_expiry=60.0),
            transport=transport,
        )
        self._open: set[asyncio.Future[tuple[httpx.Response, bytes]]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="requests", daemon=True)
        self._thread.start()

    def get(self, path: str, read: Read[T], query: Query = (), key: Secret | None = None) -> Future[T]:
        """Start a GET request; its result is what ``read`` makes of the answer, or an ApiError.

        Parameters
        ----------
        key : of the officer; it is not used if the settings have one.
        """
        return self._start("GET", path, read, ANSWER_SECONDS, params=list(query), headers=self._authorize(key))

    def get_page(self, path: str, query: Query = (), key: Secret | None = None) -> Future[str]:
        """Start to get a page for people instead of an answer for programs; as ``get`` does."""
        headers = {"Accept": "text/html, text/css", **self._authorize(key)}
        return self._start("GET", path, _read_text, ANSWER_SECONDS, "text/", params=list(query), headers=headers)

    def post(self, path: str, body: object, read: Read[T], query: Query = (), key: Secret | None = None) -> Future[T]:
        """Start to send a body, or the bytes of one, as JSON; as ``get`` does."""
        content = body if isinstance(body, bytes) else json.dumps(body, allow_nan=False).encode()
        headers = {"Content-Type": "application/json", **self._authorize(key)}
        return self._start("POST", path, read, ANSWER_SECONDS, content=content, headers=headers, params=list(query))

    def post_file(
        self, path: str, content: bytes, read: Read[T], query: Query = (), key: Secret | None = None
    ) -> Future[T]:
        """Start to send a file, which the API recognises by its content; as ``get`` does."""
        headers = {"Content-Type": "application/octet-stream", **self._authorize(key)}
        return self._start("POST", path, read, FILE_SECONDS, content=content, headers=headers, params=list(query))

    def close(self) -> None:
        """Give up all requests, and close the pool of connections."""
        asyncio.run_coroutine_threadsafe(self._give_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _give_up(self) -> None:
        for request in self._open:  # each ends its own tasks
            request.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._client.aclose()

    def is_up(self) -> bool:
        """Whether the API answers at all."""
        try:
            self._start("GET", "/health/live", reader(dict[str, str]), CONNECT_SECONDS).result()
        except ApiError:
            return False
        return True

    def _authorize(self, key: Secret | None) -> dict[str, str]:
        key = self.api_key or key
        return {"Authorization": f"Bearer {key.reveal()}"} if key else {}

    def _start(
        self, method: str, path: str, read: Read[T], seconds: float, kind: str = "json", **request: Any
    ) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(self._answer(method, path, read, seconds, kind, **request), self._loop)

    async def _answer(self, method: str, path: str, read: Read[T], seconds: float, kind: str, **request: Any) -> T:
        task = asyncio.ensure_future(self._exchange(method, path, **request))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            async with asyncio.timeout(seconds):
                answer, content = await task
        except TimeoutError:
            raise TooSlow(seconds) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(type(error).__name__) from error
        try:
            if answer.is_success and kind in answer.headers.get("content-type", ""):
                return read(content)
            if answer.status_code == 401 and self.api_key is None:
                raise KeyNeeded("HTTP 401")
            raise _error(answer, content)
        except ValidationError as error:
            raise UnusableAnswer(f"{method} {path}", *list_faults(error)) from None

    async def _exchange(self, method: str, path: str, **request: Any) -> tuple[httpx.Response, bytes]:
        """Ask, and once more where a reload of the API has just closed the connection."""
        try:
            return await self._exchange_once(method, path, **request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if method != "GET":  # it may have been done
                raise
        return await self._exchange_once(method, path, **request)

    async def _exchange_once(self, method: str, path: str, **request: Any) -> tuple[httpx.Response, bytes]:
        async with self._client.stream(method, path, **request) as answer:
            return answer, await _download(answer)


def _read_text(content: bytes) -> str:
    return content.decode(errors="replace")


async def _download(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise UnusableAnswer(
                f"{answer.request.method} {answer.request.url.path}", Fault("", None, "size", MOST_BYTES // 2**20)
            )
    return bytes(content)


def client_path(route: str, client_id: str) -> str:
    """Path of a route about a client; the text that was typed cannot lead to another route. Raises MalformedNumber.

    >>> client_path("predict", "50 0?a=b")
    '/predict/50%200%3Fa%3Db'
    """
    if "/" in client_id or client_id in {".", ".."}:  # no client ID has them, and they would change the path
        raise MalformedNumber(ProblemDocument(detail="Neither a client number nor an ID."), 400, None)
    return f"/{route}/{quote(client_id, safe='')}"


def _error(answer: httpx.Response, content: bytes) -> ApiError:
    """Name the error of an answer; raises ValidationError for a problem document that cannot be read."""
    status = answer.status_code
    if status in {401, 403}:
        missing = _SCOPE.search(answer.headers.get("WWW-Authenticate", ""))
        return NotAllowed(f"HTTP {status}, {missing[0]}" if missing else f"HTTP {status}")
    kind = answer.headers.get("content-type", "nothing")
    wait = answer.headers.get("Retry-After", "")
    if status == 429 and "problem+json" in kind and wait.isascii() and wait.isdigit():
        return TooMany(int(wait))
    if status in _AWAY or "json" not in kind:
        return Unreachable(f"HTTP {status} with {kind}: expected a JSON object")
    document = _read_problem(content)
    error = _BY_TYPE.get(document.type) or _BY_STATUS.get(status, Problem)
    return error(document, status, answer.headers.get("X-Request-ID"))
