"""What is no valid request gets a problem document, and at most one line in the log: never a 500, never a traceback."""

import contextlib
import re

import pytest

from tests.conftest import start_gunicorn
from tests.service.callers import CHUNKED, POST, connect, exchange, problem, wait_until

GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
REFUSED = {
    "chunk size that is no number": (CHUNKED + b"zz\r\nabc\r\n0\r\n\r\n", 400),
    "negative chunk size": (CHUNKED + b"-5\r\nabc", 400),
    "no chunk size": (CHUNKED + b"\r\nabc", 400),
    "chunk size without an end": (CHUNKED + b"1" * 20_000, 400),
    "chunk size of 17 digits": (CHUNKED + b"F" * 17 + b"\r\nabc", 400),
    "chunk size of 16 digits": (CHUNKED + b"F" * 16 + b"\r\nabc", 413),
    "chunk longer than its size": (CHUNKED + b"3\r\nabcXX0\r\n\r\n", 400),
    "invalid chunk extension": (CHUNKED + b"3;a=\x01\r\nabc\r\n0\r\n\r\n", 400),
    "invalid trailer": (CHUNKED + b"3\r\nabc\r\n0\r\nbad\r\n\r\n", 400),
    "a byte a chunk": (CHUNKED + b"1\r\n1\r\n" * 200_000, 413),
    "more than 8 MiB in chunks": (CHUNKED + (b"100000\r\n" + b" " * 2**20 + b"\r\n") * 9 + b"0\r\n\r\n", 413),
    "malformed chunk where no body is read": (CHUNKED.replace(b"/predict", b"/nowhere") + b"zz\r\n", 404),
    "request line without a version": (b"GET /predict/500024\r\n\r\n", 400),
    "invalid method": (b"G@T /predict/500024 HTTP/1.1\r\n\r\n", 400),
    "unknown version": (b"GET /predict/500024 HTTP/9.9\r\n\r\n", 400),
    "address that is too long": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
    "address without an end": (b"GET /" + b"a" * 200_000, 414),
    "too many headers": (GET + b"A: b\r\n" * 150 + b"\r\n", 431),
    "header that is too long": (GET + b"A: " + b"b" * 9_000 + b"\r\n\r\n", 431),
    "headers without an end": (GET + b"A: bbbbbb\r\n" * 20_000, 431),
    "invalid header": (GET + b"A: \x00\r\n\r\n", 400),
    "lines that end without a carriage return": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "unknown expectation": (POST + b"Expect: tea\r\n\r\n", 417),
    "unknown transfer coding": (POST + b"Transfer-Encoding: foo\r\n\r\n", 501),
    "length and chunks": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "two types": (POST + b"Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345", 400),
    "negative length": (POST + b"Content-Length: -5\r\n\r\n", 400),
    "length of 5,000 digits": (POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400),
    "length past 8 MiB": (POST + b"Content-Length: 900000000000\r\n\r\n{", 413),
}  # fmt: skip


END, FOUND = "e" * 32, "f" * 32  # IDs of requests


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    """A service as platforms start it: any address is trusted, and the access log is on."""
    environment = {"FORWARDED_ALLOW_IPS": "*", "GUNICORN_CMD_ARGS": "--access-logfile -"}
    running = start_gunicorn(tmp_path_factory.mktemp("platform"), WEB_CONCURRENCY=1, **environment)
    yield running
    running.stop()


@pytest.fixture
def logged(platform):
    """The lines that a test adds to the log; a request of its own marks where they end."""
    before = len(platform.log.read_text())

    def lines():
        assert exchange(platform.port, GET + b"X-Request-ID: %b\r\n\r\n" % END.encode())[0] == 200
        added = wait_until(lambda: (text := platform.log.read_text()[before:]) and END in text and text)
        return added.splitlines()[:-1]

    return lines


@pytest.mark.parametrize("name", REFUSED)
def test_an_invalid_request_is_refused_with_a_problem_document_and_one_line(platform, logged, name):
    sent, status = REFUSED[name]
    assert problem(exchange(platform.port, sent))["status"] == status
    assert len(logged()) == 1
    assert platform.get("/health/live")[0] == 200


@pytest.mark.parametrize("sent", [CHUNKED + b"fff\r\n{", POST + b"Content-Length: 100\r\n\r\n{", POST, b""])
def test_a_caller_that_hangs_up_adds_at_most_one_line_to_the_log(platform, logged, sent):
    with connect(platform.port) as connection:
        connection.sendall(sent)
    assert len([line for line in logged() if line]) <= 1


def test_what_speaks_another_protocol_is_hung_up_on(platform):
    with connect(platform.port) as connection, contextlib.suppress(ConnectionResetError):
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # TLS
        assert connection.recv(65536) == b""


def test_a_caller_cannot_set_the_path_under_which_the_service_is_served(platform):
    for header in (b"SCRIPT_NAME: /x", b"SCRIPT-NAME: /x", b"PATH_INFO: /x", b"X-Forwarded-Prefix: /x"):
        status, _, page = exchange(platform.port, b"GET / HTTP/1.1\r\nAccept: text/html\r\n" + header + b"\r\n\r\n")
        assert status == 200
        assert b'href="/application"' in page
        assert b"/x" not in page


def test_the_access_log_names_routes_and_requests_but_no_client(platform, logged, numbers):
    known, page = numbers[0], b" HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nX-Request-ID: " + FOUND.encode() + b"\r\n"
    for address in (b"/predict/%d", b"/?client_id=%d", b"/explain/%d?a=%d", b"/clients/%d", b"/clients?after=%d"):
        address = address.replace(b"%d", b"%d" % known)
        exchange(platform.port, b"GET " + address + page + b"Referer: http://x/predict/%d\r\n\r\n" % known)
    exchange(platform.port, b"GET /predikt/%d" % known + page + b"\r\n")
    lines = logged()
    assert not any(str(known) in line for line in lines)
    assert [re.search('"(.*)"', line)[1] for line in lines] == [
        "GET /predict/<client_id> HTTP/1.1",
        "GET / HTTP/1.1",
        "GET /explain/<client_id> HTTP/1.1",
        "GET /clients/<client_id> HTTP/1.1",
        "GET /clients HTTP/1.1",
        "GET - HTTP/1.1",
    ]
    assert all(line.endswith(FOUND) for line in lines)


@pytest.fixture(scope="module")
def trusting(tmp_path_factory):
    """A service whose proxy may set the path, and whose access log has every field that could name a client."""
    named = [
        "r",
        "U",
        "q",
        "f",
        "{raw_uri}e",
        "{path_info}e",
        "{query_string}e",
        "{referer}i",
        "{location}o",
        "{x-client}i",
        "{x-request-id}i",
        "{http_x_request_id}e",
        "{x-request-id}o",
    ]
    asked = " ".join(f"%({name})s" for name in named)
    options = f"--forwarder-headers SCRIPT_NAME --access-logfile - --access-logformat '{asked}'"
    running = start_gunicorn(
        tmp_path_factory.mktemp("trusting"), WEB_CONCURRENCY=1, GUNICORN_CMD_ARGS=options, FORWARDED_ALLOW_IPS="*"
    )
    yield running
    running.stop()


def test_no_format_of_the_access_log_names_a_client(trusting, numbers):
    head = b"Accept: text/html\r\nX-Client: %d\r\nReferer: /predict/%d\r\n" % (numbers[0], numbers[0])
    head += b"X-Request-ID: client-%d-Jean.Dupont\r\n" % numbers[0]
    status, headers, _ = exchange(trusting.port, b"GET /?client_id=%d HTTP/1.1\r\n" % numbers[0] + head + b"\r\n")
    assert status == 303
    assert str(numbers[0]) in headers["location"]
    wait_until(lambda: "GET /" in trusting.log.read_text())
    assert str(numbers[0]) not in trusting.log.read_text()
    assert "Dupont" not in trusting.log.read_text()
    assert headers["x-request-id"] in trusting.log.read_text()


def test_a_path_that_a_trusted_proxy_sets_and_a_request_is_not_under_is_a_404(trusting):
    assert problem(exchange(trusting.port, GET + b"SCRIPT_NAME: /x\r\n\r\n"))["status"] == 404
