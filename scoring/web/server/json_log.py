"""The log as one JSON object a line, for programs that collect logs; no line is about a person."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request

from scoring.web.request_headers import REQUEST_ID, ROUTE, request_id, trace_id
from scoring.web.server.access_log import RouteLogger

_OWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}  # what every record of a log has


class JsonFormatter(logging.Formatter):
    """Writes time, level, logger and message, IDs of the current request, and what was given as ``extra``.

    >>> record = logging.makeLogRecord({"msg": "%s of %s", "args": (1, 2), "name": "scoring", "created": 0, "seen": 3})
    >>> JsonFormatter().format(record)
    '{"time": "1970-01-01T00:00:00.000Z", "level": "Level None", "logger": "scoring", "message": "1 of 2", "seen": 3}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:23] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request:
            line |= {"request_id": request_id(), "trace_id": trace_id(request.environ)}
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class JsonRouteLogger(RouteLogger):
    """gunicorn's log as JSON."""

    def setup(self, cfg: Any) -> None:
        """Have every handler write JSON."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(JsonFormatter())

    def write_line(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:  # noqa: ARG002
        """Write a line of the access log, if there is one, with fields instead of a format."""
        if not self.access_log_enabled:
            return
        method, route, status = environ["REQUEST_METHOD"], str(environ.get(ROUTE) or "none"), int(str(resp.status)[:3])
        fields = {
            "request_id": environ.get(REQUEST_ID),
            "trace_id": trace_id(environ),
            "method": method,
            "route": route,
            "status": status,
            "ms": round(request_time / timedelta(milliseconds=1), 1),
            "bytes": resp.sent,
        }
        self.log_line("%s %s %d", method, route, status, **fields)
