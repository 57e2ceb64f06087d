"""How fast the decision record takes entries, and how large it becomes: SQLite and PostgreSQL, without the service.

``python -m benchmarks.record [--seconds 15]``: four processes of four threads, each of which waits until its entry is
durable, as a request does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import write_result
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.postgres import Postgres

PROCESSES, THREADS = 4, 4
YEARLY = (1_000_000, 10_000_000, 100_000_000)  # decisions


def entry() -> NewEntry:
    """Make a decision of the size of one by the bundled model, for an application with 121 fields."""
    reasons = [
        {"term": f"external_score_{number}", "contribution": 0.1234567890123 * number} for number in range(1, 21)
    ]
    content = {
        "decision": "REFUSED", "review": False, "probability": 0.5234567890123456, "threshold": 0.5123456789012345,
        "calibrated_probability": 0.1034567890123456, "model_version": "2026-11-26T00:00:00Z-0123456789abcdef",
        "service_version": "0.1.0", "caller": "a1b2c3d4", "trace_id": None,
        "request_id": "0123456789abcdef0123456789abcdef", "reasons": reasons,
        "base_value": -2.3456789012345,
    }  # fmt: skip
    application = {f"AMT_REQUIRED_FIELD_{number:03}": 123456.5 + number for number in range(121)}
    row = {f"FEATURE_{number:02}": -0.123456789 * number for number in range(20)}
    return NewEntry(make_id(), "decision", content, Body("100001", {"application": application, "row": row}))


def work(url: str, seconds: float) -> None:
    """Append in several threads; print how long each entry took, in milliseconds."""
    record, took = open_record(url), []
    begin = threading.Barrier(THREADS + 1)

    def append() -> None:
        begin.wait()
        end = time.monotonic() + seconds
        while (begun := time.monotonic()) < end:
            record.append([entry()])
            took.append(1000 * (time.monotonic() - begun))

    threads = [threading.Thread(target=append) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    record.append([entry()])  # the tables are there, and the connection
    begin.wait()
    for thread in threads:
        thread.join()
    record.close()
    print(json.dumps(took))


def measure(url: str, seconds: float, processes: int) -> list[float]:
    """Run processes that append; returns how long each entry took, sorted, in milliseconds."""
    command = [sys.executable, "-m", "benchmarks.record", "--work", url, "--seconds", str(seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return sorted(took for process in running for took in json.loads(process.communicate()[0]))


def one_fsync(folder: Path) -> float:
    """Milliseconds that the disk takes to write one page, the median of many."""
    took = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(bytes(4096))
            begun = time.monotonic()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.monotonic() - begun))
    return sorted(took)[100]


def verified(url: str) -> tuple[Report, float]:
    """Verify the record; returns what it saw, and entries a second."""
    store, report, begun = open_store(url), Report(), time.monotonic()
    found = [str(one) for one in verify(store, report, None, store.checkpoints, lambda _count: None)]
    if found:
        sys.exit("\n".join(found[:10]))
    return report, report.entries / (time.monotonic() - begun)


def size(url: str, folder: Path) -> int:
    """Bytes of the tables with their indexes."""
    session = open_store(url).open_session()
    try:
        if not url.startswith("postgresql"):
            session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
            return (folder / "decisions.db").stat().st_size
        total = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'record_%' AND relkind = 'r'"
        return int(session.rows(total)[0][0])
    finally:
        session.close()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """Name a database of each kind."""
    server = Postgres()
    try:
        yield {"SQLite": str(folder / "decisions.db"), "PostgreSQL": server.new_database()}
    finally:
        server.end()


def row(name: str, url: str, seconds: float, folder: Path) -> tuple[str, float]:
    """Measure one database; returns a line of the table, and bytes of a decision."""
    took = measure(url, seconds, PROCESSES)
    report, speed = verified(url)
    each = size(url, folder) / report.entries
    figures: list[Any] = [
        f"{len(took) / seconds:,.0f}", *(f"{took[int(len(took) * part)]:.1f} ms" for part in (0.5, 0.99)),
        f"{took[-1]:.0f} ms", f"{report.entries:,}", report.chains, report.checkpoints, f"{speed:,.0f}", f"{each:,.0f}",
    ]  # fmt: skip
    return f"| {name} | {' | '.join(map(str, figures))} |", each


def main() -> None:
    """Measure, print and write the dated tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=15.0)
    options.add_argument("--work")
    chosen = options.parse_args()
    if chosen.work:
        work(chosen.work, chosen.seconds)
        return
    lines, sizes = [], {}
    with tempfile.TemporaryDirectory(prefix="record") as name, databases(Path(name)) as urls:
        disk = one_fsync(Path(name))
        for database, url in urls.items():
            line, sizes[database] = row(database, url, chosen.seconds, Path(name))
            lines.append(line)
            print(line, file=sys.stderr)
    conditions = (
        f"{PROCESSES} processes of {THREADS} threads for {chosen.seconds:.0f} s; each thread waits until its entry is "
        f"durable. The median fdatasync of a page took {disk:.1f} ms. An entry has 20 contributions, its body an "
        "application of 121 fields and a row of 20 numbers."
    )
    columns = (
        "entries/s | median | 99th percentile | longest | entries | chains | checkpoints | verified/s | bytes each"
    )
    body = [
        conditions,
        "",
        f"| Database | {columns} |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *lines,
        "",
        "Gigabytes a year, with indexes:",
        "",
        f"| Database | {' | '.join(f'{count // 1_000_000} million decisions' for count in YEARLY)} |",
        "|---|---|---|---|",
        *(f"| {one} | {' | '.join(f'{each * count / 1e9:,.0f}' for count in YEARLY)} |" for one, each in sizes.items()),
    ]
    print(write_result("record", "python -m benchmarks.record", "\n".join(body) + "\n"), file=sys.stderr)


if __name__ == "__main__":
    main()
