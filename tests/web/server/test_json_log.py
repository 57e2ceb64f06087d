import json
import logging

from scoring.web.server.json_log import JsonFormatter


def test_a_failure_in_a_request_has_its_id_and_the_traceback_in_one_line(app, caplog):
    headers = {"X-Request-ID": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    with app.test_request_context(headers=headers, environ_overrides={"scoring.request_id": "ab12"}):
        try:
            raise RuntimeError("a\nb")
        except RuntimeError:
            logging.getLogger("scoring").exception("failed", extra={"event": "test"})
        (record,) = caplog.records
        line = JsonFormatter().format(record)
    assert "\n" not in line
    written = json.loads(line)
    assert written["request_id"] == "ab12"
    assert written["trace_id"] is None
    assert written["event"] == "test"
    assert written["error"].endswith("RuntimeError: a\nb")
    assert set(written) == {
        "time", "level", "logger", "message", "request_id", "trace_id", "event", "error"
    }  # fmt: skip
