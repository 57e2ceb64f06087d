"""Workers of a real service send their spans to a collector."""

from tests.conftest import eventually
from tests.http_servers import QuietHandler, serving


def test_workers_send_spans_to_the_collector_that_the_environment_names(serve, numbers):
    received = []

    class Collector(QuietHandler):
        def do_POST(self):
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(200, "application/x-protobuf", b"")

    with serving(Collector) as address:
        service = serve(
            WEB_CONCURRENCY=1,
            OTEL_EXPORTER_OTLP_ENDPOINT=address,
            OTEL_EXPORTER_OTLP_COMPRESSION="none",
            OTEL_BSP_SCHEDULE_DELAY=100,
        )
        service.get(f"/predict/{numbers[0]}")
        assert eventually(lambda: any(b"GET /predict/<client_id>" in body for _, body in received))
        service.stop()  # what is still waiting is sent
    assert {path for path, _ in received} == {"/v1/traces"}
    assert not any(str(numbers[0]).encode() in body for _, body in received)
