"""gunicorn's log without client numbers: it shows the route instead of the address."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache, partial
from typing import Any

from gunicorn.glogging import Logger, SafeAtoms

from scoring.web.request_headers import REQUEST_ID, ROUTE

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
        if self.access_log_enabled:
            usual = self._usual_atoms(resp, environ, request_time)
            atoms = _Atoms(usual, partial(self.atoms, resp, req, environ, request_time))
            self.log_line(self.cfg.access_log_format, atoms)

    def log_line(self, text: str, *arguments: Any, **fields: Any) -> None:
        """Log a line without looking for the place in the program from which it comes, which is always this one."""
        if self.access_log.isEnabledFor(logging.INFO):
            record = logging.LogRecord(self.access_log.name, logging.INFO, __file__, 0, text, arguments, None)
            vars(record).update(fields)
            self.access_log.handle(record)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return all that the format of the access log can name."""
        atoms = super().atoms(resp, req, environ, request_time)
        kept = {name: value for name, value in atoms.items() if not name.startswith("{") or name in _HARMLESS}
        usual = self._usual_atoms(resp, environ, request_time)
        return {**kept, **usual, "U": _name_route(environ), "q": "-", "f": "-"}

    def _usual_atoms(self, resp: Any, environ: dict[str, Any], request_time: timedelta) -> dict[str, Any]:
        """Return what our format names."""
        return {
            "h": environ.get("REMOTE_ADDR", "-"),
            "t": _write_time(int(time.time())),
            "r": f"{environ['REQUEST_METHOD']} {_name_route(environ)} {environ.get('SERVER_PROTOCOL')}",
            "s": str(resp.status).partition(" ")[0],
            "b": str(resp.sent),
            "M": request_time.seconds * 1000 + request_time.microseconds // 1000,
            "{x-request-id}o": environ.get(REQUEST_ID, "-"),
        }


class _Atoms(dict[str, Any]):
    """Parts of a line by name; all others are worked out only if a format names one of them."""

    def __init__(self, usual: dict[str, Any], work_out: Callable[[], dict[str, Any]]) -> None:
        super().__init__(usual)
        self._work_out = work_out

    def __missing__(self, name: str) -> Any:
        return SafeAtoms(self._work_out())[name]


def _name_route(environ: dict[str, Any]) -> str:
    return str(environ.get(ROUTE) or "-")  # an unknown address may be a mistyped client number


@lru_cache(1)
def _write_time(seconds: int) -> str:
    return time.strftime("[%d/%b/%Y:%H:%M:%S %z]", time.localtime(seconds))
