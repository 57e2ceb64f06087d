"""How others are served while callers are slow, by our worker and by gunicorn's own."""

import contextlib
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator

from benchmarks.machine import write_result
from benchmarks.serving import OURS, client_numbers, get, serving

WORKERS = {"this service": (), "gunicorn's gthread": ("--worker-class", "gthread")}
NUMBERS = (8, 16, 64)
SECONDS = 3.0
_PATIENCE = 10  # seconds that a lookup waits
_POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CALLERS = {
    "send nothing": b"",
    "send the head slowly": b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "send the body slowly": _POST + b"Content-Length: 3000\r\n\r\n{",
    "send a chunk slowly": _POST + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n{",
    "read the answer slowly": b"GET /model HTTP/1.1\r\nHost: x\r\n\r\n" * 40,
    "do not hang up": b"GET /health/live HTTP/1.0\r\n\r\n",
    "do not hang up after a refusal": b"GET / HTTP/9.9\r\n\r\n",
}


@contextlib.contextmanager
def slow_callers(port: int, kind: str, number: int) -> Iterator[None]:
    """Keep that many slow callers busy until the block ends."""
    reads, ended = "read" in kind, threading.Event()
    connections = [socket.socket() for _ in range(number)]
    for connection in connections:
        if reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(1)
        connection.connect(("127.0.0.1", port))
        connection.sendall(CALLERS[kind])

    def go_on() -> None:
        while not ended.wait(0.5):
            for connection in connections:
                with contextlib.suppress(OSError):
                    if reads:
                        connection.recv(1)
                    elif "slowly" in kind:
                        connection.sendall(b"a")

    thread = threading.Thread(target=go_on)
    thread.start()
    time.sleep(1)
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for connection in connections:
            connection.close()


def measure(port: int) -> list[float]:
    """Seconds of the lookups of a few seconds, one after the other; infinite where there was no answer."""
    path, waits = f"/predict/{client_numbers()[0]}", []
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        begun = time.monotonic()
        try:
            answered = get(port, path).startswith(b"HTTP/1.1 200")
        except OSError:
            answered = False
        waits.append(time.monotonic() - begun if answered else float("inf"))
    return waits


def describe(waits: list[float]) -> str:
    """Write median and longest wait."""
    if max(waits) == float("inf"):
        return f"{waits.count(float('inf'))} of {len(waits)} unanswered for {_PATIENCE} s"
    return f"{1000 * statistics.median(waits):.1f} ms, at most {1000 * max(waits):.0f} ms"


def main() -> None:
    """Measure, print and write the dated table."""
    lines = [
        "Lookups, one after the other, while callers are slow; 2 workers x 4 threads: median and longest wait.",
        "",
        "| Slow callers | " + " | ".join(WORKERS) + " |",
        "|---|" + "---|" * len(WORKERS),
    ]
    for kind in CALLERS:
        for number in NUMBERS:
            cells = []
            for options in WORKERS.values():
                with serving(OURS, "--workers", "2", *options) as (port, _), slow_callers(port, kind, number):
                    cells.append(describe(measure(port)))
            lines.append(f"| {number} {kind} | {' | '.join(cells)} |")
            print(lines[-1], file=sys.stderr)
    write_result("slow-callers", "python -m benchmarks.slow_callers", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
