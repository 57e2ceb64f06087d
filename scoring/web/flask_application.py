"""The Flask application. To be faster, it leaves out the parts of Flask that this service does not use."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask.typing import ResponseReturnValue

_JSON = "application/json"
_OK = "200 OK"


class _NoSessions(SessionInterface):
    """Keeps nothing between requests. Flask would read the settings of its cookie at each of them."""

    _session = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        return self._session


class _Paths(MapAdapter):
    """Finds the route of a path.

    The address of a redirect, such as that of ``/predict//1``, has no host: a caller may send any text as the host.
    """

    def make_redirect_url(self, *given: Any, **named: Any) -> str:
        return urlsplit(super().make_redirect_url(*given, **named))._replace(scheme="", netloc="").geturl()


class SyncFlask(Flask):
    """Flask for views and hooks that are plain functions, as all of this service are.

    The only hooks are functions that check every request before its view. Flask would look for hooks of other kinds and
    of blueprints at each request.
    """

    session_interface = _NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a view or hook as it is.

        Flask would find out at every call whether it is a coroutine, three times a request. Its documentation says to
        override this method in order to change how coroutines are run; here there are none.
        """
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find the route by the path alone; Flask would work out the host twice, and compare it with a setting."""
        if request is None:
            return None
        query = request.query_string.decode(errors="replace")
        return _Paths(self.url_map, "", f"{request.root_path}/", "", "http", request.path, request.method, query)

    def preprocess_request(self) -> "ResponseReturnValue | None":
        """Check the request."""
        for check in self.before_request_funcs.get(None, ()):
            answer: Any = check()
            if answer is not None:
                return answer  # type: ignore[no-any-return]
        return None

    def process_response(self, response: Response) -> Response:
        """Return the answer as it is."""
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Do nothing."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """Do nothing."""


class JsonResponse(Response):
    """An answer in JSON.

    Most of these answers are sent with the headers that they were made with. Flask's own way, which is slower, is used
    only if an answer was changed after it was made, and for HEAD.
    """

    def __init__(self, body: bytes) -> None:
        self._on_close: list[Callable[[], Any]] = []
        self._status, self._status_code, self.direct_passthrough = _OK, 200, False
        self.response = [body]

    @cached_property
    def headers(self) -> Headers:  # type: ignore[override]
        """The headers, to read and to change them."""
        return Headers(self._usual_headers())

    def _usual_headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", _JSON), ("Content-Length", str(len(self.response[0])))]  # type: ignore[index]

    def get_wsgi_response(self, environ: "WSGIEnvironment") -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return body, status and headers."""
        changed = "headers" in vars(self) or self._status is not _OK or self._on_close
        if changed or environ["REQUEST_METHOD"] == "HEAD":
            return super().get_wsgi_response(environ)
        return self.response, _OK, self._usual_headers()  # type: ignore[return-value]
