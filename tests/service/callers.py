"""Callers that send byte for byte what they are told."""

import contextlib
import json
import socket
import time
from pathlib import Path

JSON = b"Host: x\r\nContent-Type: application/json\r\n"
POST = b"POST /predict HTTP/1.1\r\n" + JSON
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def connect(port, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(30)
    connection.connect(("127.0.0.1", port))
    return connection


def wait_until(happens):
    """Wait for a state, and give what is true then."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if found := happens():
            return found
        time.sleep(0.01)
    raise AssertionError("not in time")


def at_the_other_end(connection):
    """State of the service's end of a connection on this machine (01: established), and how many bytes wait there."""
    ends = [f"0100007F:{port:04X}" for _, port in (connection.getpeername(), connection.getsockname())]
    rows = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines())
    found = next((row for row in rows if row[1:3] == ends), None)
    return ("closed", 0) if found is None else (found[3], int(found[4].split(":")[0], 16))


def read_answer(connection):
    """Read one answer: its status, its headers and its content."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        assert piece, f"hung up after {received!r}"
        received += piece
    head, _, content = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    while len(content) < int(headers.get("content-length", 0)):
        content += connection.recv(65536)
    return int(lines[0].split()[1]), headers, content


def exchange(port, sent):
    """Send these bytes on a connection of its own; read the answer."""
    with connect(port) as connection:
        with contextlib.suppress(ConnectionError):  # refused before the last byte
            connection.sendall(sent)
        return read_answer(connection)


def problem(answer):
    """The problem document of an answer, after a look at what every one has."""
    status, headers, content = answer
    assert headers["content-type"] == "application/problem+json", content
    assert headers["x-request-id"]
    assert headers["x-content-type-options"] == "nosniff"
    document = json.loads(content)
    assert document["status"] == status
    assert document["detail"]
    assert set(document) == {"type", "title", "status", "detail", "errors"}  # others belong to tables
    return document
