"""The log of a real service as JSON."""

import http.client
import json

from tests.service.callers import connect

REQUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_every_line_is_json_with_the_ids_of_request_and_trace_and_nothing_about_a_client(serve, tmp_path, numbers):
    service = serve(
        WEB_CONCURRENCY=1,
        SCORING_LOG_FORMAT="json",
        SCORING_DECISIONS=tmp_path / "decisions.db",
        GUNICORN_CMD_ARGS="--access-logfile -",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",  # nothing listens there
    )
    headers = {"X-Request-ID": REQUEST, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    for path in (f"/predict/{numbers[0]}", f"/{numbers[0]}?client_id={numbers[0]}"):
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
    connection.close()
    with connect(service.port) as caller:
        caller.sendall(b"G@T / HTTP/1.1\r\n\r\n")
        while caller.recv(2**16):
            pass
    service.stop()
    text = service.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line]
    packages = [line for line in lines if line["logger"].startswith("opentelemetry.")]
    assert any("/v1/traces" in line["message"] for line in packages)
    lines = [line for line in lines if line not in packages]
    assert {line["logger"] for line in lines} == {"scoring", "gunicorn.error", "gunicorn.access"}
    assert all(line["time"].endswith("Z") and line["level"] in {"INFO", "WARNING"} for line in lines)
    found, missing = [line for line in lines if line.get("request_id") == REQUEST]
    assert found["message"] == "GET /predict/<client_id> 200"
    assert [found[name] for name in ("trace_id", "method", "route", "status")] == [
        TRACE, "GET", "/predict/<client_id>", 200
    ]  # fmt: skip
    assert found["ms"] > 0
    assert found["bytes"] > 100
    assert (missing["route"], missing["status"]) == ("none", 404)
    (refused,) = [line for line in lines if "refused" in line["message"]]
    assert refused["message"].endswith("refused: 400 InvalidRequestMethod")
    assert str(numbers[0]) not in text


def test_another_format_stops_the_start_with_one_message(refused):
    code, said = refused("gunicorn", SCORING_LOG_FORMAT="xml")
    assert code == 1
    named = "settings: SCORING_LOG_FORMAT=xml: expected plain or json\ndocs/settings.md describes every setting."
    assert "\n".join(said.splitlines()[1:]) == f"The service does not start. {named}"
