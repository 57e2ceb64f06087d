import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from scoring.web.body.request_body import MOST_BYTES
from scoring.web.server.received import Received

HEAD = b"POST /predict HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def parsed(received):
    """Method, target and body, as gunicorn's parser reads them from what was received."""
    parser = RequestParser(Config(), (), ("127.0.0.1", 1))
    parser.unreader = received
    request = next(parser)
    return request.method, request.uri, request.body.read()


def chunked(pieces):
    return b"".join(b"%x;a=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Sum: 1\r\n\r\n"


requests = st.one_of(
    st.sampled_from([b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\nGET /a?b HTTP/1.0\r\n\r\n"]),
    st.binary(max_size=40).map(lambda body: HEAD + b"content-LENGTH: %d \r\n\r\n" % len(body) + body),
    st.lists(st.binary(min_size=1, max_size=12), max_size=4).map(lambda pieces: CHUNKED + chunked(pieces)),
)


@given(requests, requests, st.lists(st.integers(min_value=1, max_value=20), max_size=30))
def test_a_request_suffices_at_its_last_byte_however_it_arrives(first, second, sizes):
    whole = Received()
    whole.pending += first
    assert whole.suffices()
    assert whole.whole
    expected = parsed(whole)

    received, sent = Received(), first + second
    place = 0
    while not received.suffices():
        assert place < len(first)
        size = sizes.pop() if sizes else 50
        received.pending += sent[place : place + size]
        place += size
    assert place >= len(first)
    assert received.whole
    assert parsed(received) == expected
    received.begin()  # what came beyond is the next request's
    received.pending += sent[place:]
    assert received.suffices()
    assert parsed(received)[1] in second.decode("latin-1")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"\x16\x03\x01\x02\x00\x01",  # TLS
        b"GET /" + b"a" * 70_000,
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-5\r\nabc",
        CHUNKED + b"\r\nabc",
        CHUNKED + b"1" * 9_000,
        CHUNKED + b"FFFFFFFFFFFFFFFF\r\nabc",
        CHUNKED + b"F" * 17 + b"\r\nabc",
        CHUNKED + b"1\r\n1\r\n" * 60_000,
        CHUNKED + b"1\r\n1\r\n0\r\n" + b"A: b\r\n" * 20_000,
        HEAD + b"Content-Length: %d\r\n\r\n" % (MOST_BYTES + 1),
    ],
)
def test_what_cannot_become_a_valid_request_suffices_at_once(sent):
    received = Received()
    received.pending += sent
    assert received.suffices()
    assert not received.whole


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda body: CHUNKED + body))
def test_any_bytes_are_a_request_or_wait_or_are_refused(sent):
    received = Received()
    for i in range(0, len(sent), 7):
        received.pending += sent[i : i + 7]
        if received.suffices():
            return
    assert not received.whole
