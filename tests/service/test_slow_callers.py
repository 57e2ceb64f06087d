"""Callers that take their time occupy no thread: a service of 2 workers x 4 threads answers everybody else."""

import contextlib
import json
import signal
import time

import pytest

from benchmarks.slow_callers import CALLERS, slow_callers
from tests.conftest import start_gunicorn
from tests.service.callers import POST, at_the_other_end, connect, exchange, problem, read_answer, wait_until


@pytest.mark.parametrize("number", [8, 64])
@pytest.mark.parametrize("kind", CALLERS)
def test_others_are_served_while_callers_are_slow(sample_service, numbers, kind, number):
    with slow_callers(sample_service.port, kind, number):
        for client in numbers[:20]:
            assert sample_service.get(f"/predict/{client}")[0] == 200


@pytest.fixture(scope="module")
def hasty(tmp_path_factory, project):
    """A service that waits for callers for two seconds only."""
    folder = tmp_path_factory.mktemp("hasty")
    times = "".join(f"worker.{name} = 2\n" for name in ("REQUEST_SECONDS", "SEND_SECONDS", "LINGER_SECONDS"))
    (folder / "hasty.py").write_text(
        f"import runpy\nfrom scoring.web.server import worker\n{times}"
        f"globals().update(runpy.run_path({str(project / 'gunicorn.conf.py')!r}))\nkeepalive = 2\nworkers = 1\n"
    )
    running = start_gunicorn(folder, GUNICORN_CMD_ARGS=f"--config {folder / 'hasty.py'}")
    yield running
    running.stop()


def hung_up(connection):
    """Wait until the service closes the connection."""
    while connection.recv(65536):
        pass
    return True


@pytest.mark.parametrize("kind", [kind for kind in CALLERS if kind.startswith("send") and "slowly" in kind])
def test_a_request_that_takes_too_long_is_a_408(hasty, kind):
    with connect(hasty.port) as connection:
        connection.sendall(CALLERS[kind])
        answer = read_answer(connection)
        assert problem(answer)["title"] == "Request Timeout"
        assert answer[1]["connection"] == "close"
        assert hung_up(connection)


@pytest.mark.parametrize("kind", ["send nothing", "do not hang up", "do not hang up after a refusal"])
def test_no_connection_is_kept_for_a_caller_that_does_nothing(hasty, kind):
    with connect(hasty.port) as connection:
        connection.sendall(CALLERS[kind])
        assert hung_up(connection)


def test_an_answer_is_not_kept_for_a_caller_that_does_not_read_it(hasty):
    expected = hasty.get("/model")[1].encode()
    with connect(hasty.port, 2048) as connection:
        connection.sendall(CALLERS["read the answer slowly"])
        wait_until(lambda: at_the_other_end(connection)[0] != "01")
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
    assert received.count(expected) < 40


def test_an_answer_is_read_to_its_end_however_slowly(sample_service):
    expected, received = sample_service.get("/model")[1].encode(), bytearray()
    with connect(sample_service.port, 2048) as connection:
        connection.sendall(b"GET /model HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        wait_until(lambda: at_the_other_end(connection)[1] > 0)  # the service waits for its caller
        while len(received) < 20 * len(expected) or received.count(expected) < 20:  # counting takes long
            piece = connection.recv(30_000)
            assert piece
            received += piece


def test_a_service_that_stops_sends_its_answers_to_their_end_and_waits_for_no_idle_caller(serve):
    service = serve(WEB_CONCURRENCY=1)
    body = json.dumps({"applications": [{}] * 1000}).encode()
    with connect(service.port) as idle, connect(service.port, 2048) as slow:
        slow.sendall(POST.replace(b"/predict", b"/data") + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        received = slow.recv(1000)
        service.process.send_signal(signal.SIGTERM)
        assert idle.recv(1) == b""  # hung up
        time.sleep(4)
        while piece := slow.recv(2**16):
            received += piece
    assert len(json.loads(received.partition(b"\r\n\r\n")[2])["records"]) == 1000
    assert service.process.wait(timeout=30) == 0


def test_a_request_may_arrive_byte_by_byte_and_several_at_once(sample_service, numbers):
    body = json.dumps({"data": [[0.0]]}).encode()
    post = POST + b"Content-Length: %d\r\n\r\n" % len(body) + body
    get = b"GET /predict/%d HTTP/1.1\r\nHost: x\r\n\r\n" % numbers[0]
    with connect(sample_service.port) as connection:
        for i in range(len(get)):
            connection.sendall(get[i : i + 1])
        assert read_answer(connection)[0] == 200
        connection.sendall(get + post + get)
        received = b""
        while received.count(b"\r\n\r\n") < 3:
            received += connection.recv(65536)
        assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"422", b"200"]


def test_a_caller_that_waits_for_100_continue_gets_it_once_and_not_for_a_body_that_is_too_large(sample_service):
    head = POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with connect(sample_service.port) as connection:
        connection.sendall(head % 2)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert read_answer(connection)[0] == 422
    assert problem(exchange(sample_service.port, head % 9_000_000))["status"] == 413
