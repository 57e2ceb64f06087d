"""Throughput of lookups that are recorded, against a constant route under the same workers; part of ``make bench``."""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.serving import OURS, lookups, ratio, serving, throughput
from tests.postgres import Postgres

CONSTANT = "benchmarks.routes:constant()"
WORKERS = ("--workers", "2", "--threads", "4")
CONNECTIONS = 16
ROUNDS = 12
SYNCED = 200  # measured calls of fdatasync
GOALS = {"constant route": "", "record off": "", "SQLite": ">= 0.55", "PostgreSQL": ">= 0.4"}


@contextmanager
def places() -> Iterator[Mapping[str, str]]:
    """Name a record of each kind, in a folder and a server of their own."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        server = Postgres()
        try:
            yield {"record off": "off", "SQLite": f"{folder}/decisions.db", "PostgreSQL": server.new_database()}
        finally:
            server.end()


def measure() -> dict[str, list[float]]:
    """Measure all services in turn, round after round."""
    rates: dict[str, list[float]] = {name: [] for name in GOALS}
    with ExitStack() as stack:
        recorded = stack.enter_context(places())
        ours = (*WORKERS, "--worker-class", "scoring.web.server.worker.BufferingWorker")
        ports = {"constant route": stack.enter_context(serving(CONSTANT, *ours))[0]}
        for name, place in recorded.items():
            ports[name] = stack.enter_context(serving(OURS, *WORKERS, decisions=place))[0]
        for turn in range(ROUNDS + 1):
            print(f"\rrecord: round {turn} of {ROUNDS}", end="", file=sys.stderr, flush=True)
            for name, port in ports.items():
                rate = throughput(port, lookups(), connections=CONNECTIONS)
                if turn:  # the first fills caches
                    rates[name].append(rate)
    print(file=sys.stderr)
    return rates


def measure_sync() -> float:
    """Milliseconds that the disk takes to make a page durable (median)."""
    took = []
    with tempfile.TemporaryDirectory(dir=".") as folder, Path(folder, "page").open("wb", buffering=0) as file:
        for _ in range(SYNCED):
            file.write(bytes(4096))
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


def report(rates: dict[str, list[float]]) -> str:
    """Write the table in Markdown."""
    constant = rates["constant route"]
    lines = [
        f"2 workers of 4 threads, {CONNECTIONS} connections, {ROUNDS} interleaved rounds.",
        f"Each decision is durable before it is answered. The median fdatasync of a page took {measure_sync():.1f} ms.",
        "",
        "| `GET /predict/<client_id>` | answers a second | against the constant route | goal |",
        "|---|---|---|---|",
    ]
    for name, measured in rates.items():
        against = "" if name == "constant route" else ratio(measured, constant)
        lines.append(f"| {name} | {statistics.median(measured):.0f} | {against} | {GOALS[name]} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(report(measure()))
