"""Too long for every day; ``make drill`` runs them and keeps dated figures under ``benchmarks/``."""

import collections
import random
import socket
import string
from urllib.parse import quote

import pytest

from benchmarks.machine import write_result

PATHS = 10_000


def hostile(draw: random.Random, known: str) -> bytes:
    """Make up a path that somebody careless or malicious might ask for."""
    alphabet = string.printable + "٣é€😀\x00\x7f０\u202e"
    text = "".join(draw.choice(alphabet) for _ in range(draw.choice([0, 1, 5, 6, 6, 6, 7, 30, 400, 3000])))
    kinds = [
        quote(text).encode(),
        text.replace(" ", "").replace("\r", "").replace("\n", "").encode(),
        bytes(draw.randrange(33, 256) for _ in range(draw.randrange(1, 12))),
        b"%" + quote(text).encode()[:5],
        b"../" * draw.randrange(1, 9) + b"etc/passwd",
        (known + draw.choice(["/", "//", "?x=" + quote(text), "%00", "%20", ".json", "#a", "%2F..", "'--"])).encode(),
        known[: draw.randrange(6)].encode() + draw.choice("0123456789abcdef% ").strip().encode(),
        str(draw.randrange(10 ** draw.randrange(1, 12))).encode(),
        quote(draw.choice(["{{7*7}}", "<script>", "' OR 1=1", "${jndi:x}", "NaN", "-0", "1e999", "0x10"])).encode(),
    ]
    return draw.choice(kinds)


def status_of(port: int, path: bytes) -> int:
    """Ask on a connection of its own, byte for byte; 0 where the server hangs up without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /predict/" + path + b" HTTP/1.1\r\nHost: drill\r\nConnection: close\r\n\r\n")
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


@pytest.mark.drill
def test_ten_thousand_hostile_paths_get_no_server_error(serve, numbers):
    service = serve()
    draw = random.Random(20)
    counts: collections.Counter[int] = collections.Counter()
    for _ in range(PATHS):
        path = hostile(draw, str(draw.choice(numbers)))
        status = status_of(service.port, path)
        assert status < 500, path
        counts[status] += 1
    assert service.get(f"/predict/{numbers[0]}")[0] == 200
    assert {200, 400, 404} <= set(counts)
    rows = "".join(
        f"| {status or 'closed without an answer'} | {count} |\n" for status, count in sorted(counts.items())
    )
    write_result(
        "hostile-paths", "make drill", f"{PATHS} paths under `/predict/`.\n\n| Status | Answers |\n|---|---|\n{rows}"
    )
