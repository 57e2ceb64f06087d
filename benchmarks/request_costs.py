"""What a request costs the service in processor time, in lookups: for every route, of the worst requests."""

import contextlib
import socket
import sys
from collections.abc import Iterator

from benchmarks.hostile_requests import requests
from benchmarks.machine import children, processor_seconds, write_result
from benchmarks.serving import OURS, lookups, serving

_LOOKUPS = 2000
_AT_LEAST = 0.3  # seconds of processor time that are measured for each request
SMALL = 1000  # bytes: a smaller request may cost as much
MOST = 20.0  # lookups that a request may cost for each 1,000 bytes


@contextlib.contextmanager
def one_worker() -> Iterator[tuple[int, int]]:
    """Run the service with one worker until the block ends; yields its port and the worker's process id."""
    with serving(OURS, "--workers", "1") as (port, master):
        yield port, children(master)[0]


def send(port: int, request: bytes) -> int:
    """Send a request on a connection of its own; returns the status."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        with contextlib.suppress(ConnectionError):  # refused before the last byte
            connection.sendall(request)
        answer = b""
        while piece := connection.recv(2**18):
            answer = answer or piece
    return int(answer.split(b" ", 2)[1])


def cost(port: int, pid: int, request: bytes) -> tuple[int, float]:
    """Status and processor seconds of one request."""
    status, times, begun = send(port, request), 0, processor_seconds(pid)
    while (used := processor_seconds(pid) - begun) < _AT_LEAST and times < _LOOKUPS:
        send(port, request)
        times += 1
    return status, used / times


def main() -> None:
    """Measure, print and write the dated table; exits with 1 where a request costs too much."""
    rows = []
    with one_worker() as (port, pid):
        begun = processor_seconds(pid)
        for request in (lookups() * 20)[:_LOOKUPS]:
            send(port, request)
        lookup = (processor_seconds(pid) - begun) / _LOOKUPS
        for name, request in requests().items():
            status, seconds = cost(port, pid, request)
            count, size = seconds / lookup, max(len(request), SMALL)
            rows.append((1000 * count / size, name, len(request), status, count))
            print(
                f"{name}: {len(request)} bytes, {status}, {count:.1f} lookups, {1000 * count / size:.1f} a kB",
                file=sys.stderr,
            )
    rows.sort(reverse=True)
    lines = [
        f"Processor time of a worker. A lookup takes {1000 * lookup:.2f} ms. Smaller requests count as {SMALL} bytes.",
        "",
        f"| Request | bytes | status | lookups | lookups for each 1,000 bytes (goal <= {MOST:.0f}) |",
        "|---|---|---|---|---|",
        *(f"| {name} | {size} | {status} | {count:.1f} | {rate:.1f} |" for rate, name, size, status, count in rows),
    ]
    write_result("request-costs", "python -m benchmarks.request_costs", "\n".join(lines) + "\n")
    if rows[0][0] > MOST:
        sys.exit(f"{rows[0][1]}: {rows[0][0]:.1f} lookups for each 1,000 bytes, expected at most {MOST:.0f}")


if __name__ == "__main__":
    main()
