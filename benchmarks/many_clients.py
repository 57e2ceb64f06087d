"""Memory and time of a start and of reloads with many clients; ``python -m benchmarks.many_clients``. Linux only.

The client table repeats the rows of the bundled sample under numbers of their own.
"""

import argparse
import csv
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.machine import children, processor_seconds, write_result

PROJECT = Path(__file__).resolve().parent.parent
COUNTS = (1_000, 200_000, 1_000_000)
RELOADS = 3
SECONDS = 1800  # for one start or reload on a busy machine
FIRST = 1_000_000  # number of the first client


def write_clients(path: Path, count: int) -> None:
    """Write a table of clients that are model-ready rows of the bundled sample."""
    with (PROJECT / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index("SK_ID_CURR")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for i in range(count):
            row = rows[i % len(rows)]
            writer.writerow([*row[:place], FIRST + i, *row[place + 1 :]])


@contextmanager
def serving(table: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the service with two workers on a table until the block ends."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SCORING_")},
        "SCORING_DECISIONS": "off",
        "SCORING_CLIENTS": str(table),
        "SCORING_OPEN": "1",
        "SCORING_CLIENT_ID_DIGITS": "7",
        "SCORING_LOAD_SECONDS": str(SECONDS),
        "WEB_CONCURRENCY": "2",
    }
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"]
    with log.open("w") as said:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=said, stdout=said)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def wait_for_workers(process: "subprocess.Popen[bytes]", log: Path, count: int) -> int:
    """Wait until so many workers were started in all, and the former ones have ended.

    Returns
    -------
    The most memory that all processes had at once, in MiB; pages that they share count once.
    """
    most, deadline = 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with code {process.returncode}: {log.read_text(encoding='utf-8')}")
        most = max(most, memory(process.pid))
        if log.read_text(encoding="utf-8").count("Booting worker") >= count and len(children(process.pid)) == 2:
            return most
        time.sleep(0.2)
    raise RuntimeError(f"no workers within {SECONDS} s")


def memory(pid: int) -> int:
    """Measure the memory of a process and its children in MiB; pages that they share count once."""
    total = 0
    for one in (pid, *children(pid)):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):  # it has ended since
            continue
        found = re.search(r"Pss:\s+(\d+) kB", text)
        total += int(found[1]) if found else 0
    return total // 1024


def measure(count: int, scratch: Path) -> str:
    """Measure one number of clients; gives a row of the table."""
    table, log = scratch / f"clients-{count}.csv", scratch / "log.txt"
    write_clients(table, count)
    with serving(table, log) as process:
        start = wait_for_workers(process, log, 2)
        started, kept = processor_seconds(process.pid, ended=True), [memory(process.pid)]
        reloads = []
        for turn in range(RELOADS):
            print(f"\r{count} clients: reload {turn + 1} of {RELOADS}", end="", file=sys.stderr, flush=True)
            process.send_signal(signal.SIGHUP)
            reloads.append(wait_for_workers(process, log, 2 * (turn + 2)))
            kept.append(memory(process.pid))
        reloading = (processor_seconds(process.pid, ended=True) - started) / RELOADS
    print(file=sys.stderr)
    figures = [start, kept[0], max(reloads), kept[1], kept[-1]]
    megabytes = " | ".join(f"{figure:,}" for figure in figures)
    return f"| {count:,} | {megabytes} | {started:.0f} | {reloading:.0f} |\n"


def main() -> None:
    """Measure, print and write the dated table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=COUNTS)
    counts = parser.parse_args().clients
    body = (
        "Memory in MiB of the master process and two workers, shared pages counted once; seconds of one core.\n\n"
        f"| Clients | most at the start | after it | most at a reload | after the first | after {RELOADS} "
        "| start, s | reload, s |\n|---|---|---|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        for count in counts:
            body += measure(count, Path(scratch))
    path = write_result("many-clients", "python -m benchmarks.many_clients", body)
    print(f"{body}\nwritten: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
