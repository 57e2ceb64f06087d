"""gunicorn's log without client numbers: it shows the route instead of the address."""

import time
from datetime import timedelta
from functools import partial
from typing import Any

from gunicorn.glogging import Logger

from scoring.web.request_headers import ROUTE

# Of headers and WSGI variables, an access log may name these; others may contain an address or personal data.
_HARMLESS = frozenset(
    "{" + name + "}" + kind
    for kind in "io"
    for name in ("content-length", "content-type", "host", "user-agent", "x-forwarded-for")
) | {"{x-request-id}o"}  # the answer's; the one that a caller sends may be any text


class RouteLogger(Logger):  # type: ignore[misc]
    """Writes ``GET /predict/<client_id>``, whatever the format of the access log asks for."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Write a line about an answer; if the answer is held back, the line is written when it is sent."""
        held = getattr(environ.get("gunicorn.socket"), "held", None)
        if held is None:
            self.write_line(resp, req, environ, request_time)
        else:
            held.log = partial(self._log_held, resp, req, environ, request_time, time.monotonic())

    def _log_held(
        self,
        resp: Any,
        req: Any,
        environ: dict[str, Any],
        request_time: timedelta,
        since: float,
        status: str | None,
    ) -> None:
        resp.status = status or resp.status
        self.write_line(resp, req, environ, request_time + timedelta(seconds=time.monotonic() - since))

    def write_line(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Write a line of the access log, if there is one."""
        super().access(resp, req, environ, request_time)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return what the format of the access log can name."""
        atoms = super().atoms(resp, req, environ, request_time)
        route = environ.get(ROUTE) or "-"  # an unknown address may be a mistyped client number
        kept = {name: value for name, value in atoms.items() if not name.startswith("{") or name in _HARMLESS}
        line = f"{atoms['m']} {route} {atoms['H']}"
        return {**kept, "r": line, "U": route, "q": "-", "f": "-"}
