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
from collections.abc import Callable, Iterator
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


def entry(*, applied: bool = True) -> NewEntry:
    """Make a decision as the service records it, with an application of 121 fields or the model-ready row alone."""
    reasons = [{"name": f"EXT_SOURCE_{number}", "contribution": 0.1234567890123 * number} for number in range(1, 5)]
    content = {
        "decision": "REFUSED", "review": False, "probability": 0.5234567890123456, "threshold": 0.5123456789012345,
        "calibrated_probability": 0.1034567890123456, "model_version": "2026-11-26T00:00:00Z-0123456789abcdef",
        "service_version": "0.1.0", "policy_version": None, "key_id": "a1b2c3d4", "traceparent": None, "warnings": [],
        "request_id": "0123456789abcdef0123456789abcdef", "route": "GET /predict/<client_id>", "reasons": reasons,
    }  # fmt: skip
    application = {f"AMT_REQUIRED_FIELD_{number:03}": 123456.5 + number for number in range(121)}
    row = [-0.123456789012345 * number for number in range(20)]
    scored = {"client_id": 100001, "row": row, "application": application if applied else None, "history": None}
    return NewEntry(make_id(), "decision", content, Body("100001", scored))


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
            return sum(file.stat().st_size for file in folder.glob("*.db"))
        total = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relname LIKE 'record_%' AND relkind = 'r'"
        return int(session.rows(total)[0][0])
    finally:
        session.close()


def bytes_of(url: str, folder: Path, *, applied: bool) -> float:
    """Bytes that a decision takes, from records of two sizes, so that empty tables do not count."""
    record, sizes = open_record(url), []
    for _ in range(2):
        for _ in range(20):
            record.append([entry(applied=applied) for _ in range(250)])
        record.close()
        sizes.append(size(url, folder))
    return (sizes[1] - sizes[0]) / 5000


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], tuple[str, Path]]]]:
    """Give what makes a new database of each kind: its URL, and a folder that has its files."""
    server = Postgres()
    with tempfile.TemporaryDirectory(prefix="record") as name:

        def new_sqlite() -> tuple[str, Path]:
            folder = Path(tempfile.mkdtemp(dir=name))
            return str(folder / "decisions.db"), folder

        try:
            yield {"SQLite": new_sqlite, "PostgreSQL": lambda: (server.new_database(), Path(name))}
        finally:
            server.end()


def row(name: str, url: str, seconds: float) -> str:
    """Measure how fast one database takes entries; returns a line of the table."""
    took = measure(url, seconds, PROCESSES)
    report, speed = verified(url)
    figures: list[Any] = [
        f"{len(took) / seconds:,.0f}", *(f"{took[int(len(took) * part)]:.1f} ms" for part in (0.5, 0.99)),
        f"{took[-1]:.0f} ms", f"{report.entries:,}", report.chains, report.checkpoints, f"{speed:,.0f}",
    ]  # fmt: skip
    return f"| {name} | {' | '.join(map(str, figures))} |"


def size_row(name: str, each: float) -> str:
    """Write the line of the table of sizes."""
    return f"| {name} | {each:,.0f} | {' | '.join(f'{each * count / 1e9:,.1f} GB' for count in YEARLY)} |"


def main() -> None:
    """Measure, print and write the dated tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=15.0)
    options.add_argument("--work")
    chosen = options.parse_args()
    if chosen.work:
        work(chosen.work, chosen.seconds)
        return
    lines, sizes = [], []
    with databases() as made:
        for database, new in made.items():
            url, folder = new()
            disk = one_fsync(folder)
            lines.append(row(database, url, chosen.seconds))
            for what, applied in (("with its application", True), ("row alone", False)):
                sizes.append(size_row(f"{database}, {what}", bytes_of(*new(), applied=applied)))
            print(lines[-1], *sizes[-2:], sep="\n", file=sys.stderr)
    conditions = (
        f"{PROCESSES} processes of {THREADS} threads for {chosen.seconds:.0f} s; each thread waits until its entry is "
        f"durable. The median fdatasync of a page took {disk:.1f} ms. The body of an entry has an application of 121 "
        "fields and a row of 20 numbers; where the service knows no application, the row alone."
    )
    columns = "entries/s | median | 99th percentile | longest | entries | chains | checkpoints | verified/s"
    body = [
        conditions,
        "",
        f"| Database | {columns} |",
        "|---|---|---|---|---|---|---|---|---|",
        *lines,
        "",
        "Size with indexes:",
        "",
        f"| Decision | bytes | {' | '.join(f'{count // 1_000_000} million a year' for count in YEARLY)} |",
        "|---|---|---|---|---|",
        *sizes,
    ]
    print(write_result("record", "python -m benchmarks.record", "\n".join(body) + "\n"), file=sys.stderr)


if __name__ == "__main__":
    main()
