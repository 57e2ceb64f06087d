"""Fixed cost and cost of a client, from runs at two sizes: ``python -m benchmarks.scale [--tables DIR]``.

Batch on one machine and on a local Spark, from model-ready rows and, with ``--tables``, from the seven tables; and
clients loaded into PostgreSQL. Each run is a process of its own. Its time has all that a user waits for: imports, the
start of Java, and the end. Processor seconds and memory are those of the process and of all that it started; those of
PostgreSQL are not counted. Where other work runs on the machine, only processor seconds can be compared. Linux only.
docs/scale.md has the plan for 100 million clients that follows from the figures.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.batch import PROJECT, make_rows
from benchmarks.features import store
from benchmarks.machine import processor_seconds, write_result

ROWS = (500_000, 4_000_000)
SHARE = 0.25  # of the clients of --tables, for the smaller of the two sizes
DIGITS = {"rows": 8, "tables": 6}
_PAUSE = 0.5  # seconds between two looks at the processes


@dataclass(frozen=True)
class Cost:
    """What a run cost: wall and processor seconds, the most memory (MiB) and the bytes that it wrote."""

    clients: int
    seconds: float
    processor: float
    peak: float
    written: int


class Watch(threading.Thread):
    """Watches a process and its descendants until it ends.

    Attributes
    ----------
    processor : seconds by process.
    peak : the most memory of all together, MiB; pages that processes share count for a part in each.
    """

    def __init__(self, pid: int) -> None:
        super().__init__()
        self._pid, self._ended = pid, threading.Event()
        self.processor: dict[int, float] = {}
        self.peak = 0.0

    def run(self) -> None:
        """Look at the processes again and again."""
        while not self._ended.wait(_PAUSE):
            self.look()

    def look(self) -> None:
        """Note what each process has used so far; those that ended keep what was seen last."""
        memory = 0.0
        for pid in descend(self._pid):
            try:
                self.processor[pid] = processor_seconds(pid)
                memory += proportional_memory(pid)
            except OSError:  # it has ended meanwhile
                continue
        self.peak = max(self.peak, memory)

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        self.join()


def descend(pid: int) -> Iterator[int]:
    """List a process and its descendants."""
    yield pid
    try:
        found = [child for task in Path(f"/proc/{pid}/task").iterdir() for child in children_of(pid, task.name)]
    except OSError:
        return
    for child in found:
        yield from descend(child)


def children_of(pid: int, task: str) -> list[int]:
    """List the processes that one thread of a process started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split()]


def proportional_memory(pid: int) -> float:
    """Memory of a process, MiB; a page that several share counts for a part in each."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def watch_command(command: list[str]) -> tuple[Watch, float]:
    """Run a command to its end; gives what was watched, and its seconds."""
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
        watch = Watch(process.pid)
        watch.start()
        ended = process.wait()
        seconds = time.perf_counter() - begun
        watch.end()
    if ended:
        raise SystemExit(f"{' '.join(command)} ended with {ended}")
    return watch, seconds


def run(engine: str, kind: str, data: Path, clients: int, work: Path) -> Cost:
    """Run the command and measure it."""
    out = work / "out"
    options = ["--engine", engine, "--record", "off", "--digits", str(DIGITS[kind])]
    command = [sys.executable, "-m", "scoring", "batch", "--input", data, "--artefacts", PROJECT, "--out", out]
    watch, seconds = watch_command([*map(str, command), *options])
    written = sum(file.stat().st_size for file in (out / "scores").iterdir())
    shutil.rmtree(out)
    found = Cost(clients, seconds, sum(watch.processor.values()), watch.peak, written)
    print(f"  {engine:<7} {kind:<7} {found}", flush=True)
    return found


def load(data: Path, clients: int) -> Cost:
    """Load clients into a new PostgreSQL; the bytes are those of its tables and keys."""
    import psycopg

    from tests.postgres import Postgres

    server = Postgres()
    try:
        url = server.new_database()
        command = [sys.executable, "-m", "scoring", "load-clients", str(data), "--to", url, "--artefacts", str(PROJECT)]
        command += ["--digits", str(DIGITS["rows"])]
        watch, seconds = watch_command(command)
        with psycopg.connect(url) as connection:
            (size,) = connection.execute(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'client%'"
            ).fetchone() or (0,)
    finally:
        server.end()
    found = Cost(clients, seconds, sum(watch.processor.values()), watch.peak, int(size))
    print(f"  load    rows    {found}", flush=True)
    return found


def report(what: str, small: Cost, large: Cost) -> str:
    """Write one line: both runs, and the fixed cost and the cost of a client that follow from them."""
    fixed, each = split(small.clients, small.seconds, large.clients, large.seconds)
    base, work = split(small.clients, small.processor, large.clients, large.processor)
    figures = [f"{small.clients:,}", f"{large.clients:,}", f"{small.seconds:.1f}", f"{large.seconds:.1f}"]
    figures += [f"{fixed:.1f}", f"{1e6 * each:.2f}", f"{base:.1f}", f"{1e6 * work:.2f}"]
    figures += [f"{small.peak:.0f}", f"{large.peak:.0f}", f"{large.written / large.clients:.1f}"]
    return f"| {what} | {' | '.join(figures)} |"


def split(few: int, less: float, many: int, more: float) -> tuple[float, float]:
    """Find the fixed cost, and the cost of one, from two totals.

    >>> split(10, 3.0, 20, 4.0)
    (2.0, 0.1)
    """
    each = (more - less) / (many - few)
    return less - few * each, each


HEADER = (
    "| Run | clients | clients | s | s | fixed, s | a client, us | fixed, processor s | a client, processor us "
    "| memory, MiB | memory, MiB | bytes a client written |\n|---|" + "---:|" * 11
)


def measure_rows(work: Path, sizes: Sequence[int]) -> list[str]:
    """Measure the runs from model-ready rows, and the loading."""
    files = [work / f"rows-{size}.parquet" for size in sizes]
    for file, size in zip(files, sizes, strict=True):
        make_rows(file, size)
    lines = []
    for engine in ("duckdb", "spark"):
        costs = [run(engine, "rows", file, size, work) for file, size in zip(files, sizes, strict=True)]
        lines.append(report(f"model-ready rows, {engine}", *costs))
    costs = [load(file, size) for file, size in zip(files, sizes, strict=True)]
    lines.append(report("load-clients into PostgreSQL", *costs))
    return lines


def measure_tables(work: Path, data: Path) -> list[str]:
    """Measure the runs from the seven tables, for a share of the clients and for all."""
    import pyarrow.parquet as pq

    folders = [work / "share" / "parquet", work / "all" / "parquet"]
    store(data, folders[0].parent, SHARE)
    store(data, folders[1].parent)
    sizes = [pq.read_metadata(folder / "application_train.parquet").num_rows for folder in folders]
    lines = []
    for engine in ("duckdb", "spark"):
        costs = [run(engine, "tables", folder, size, work) for folder, size in zip(folders, sizes, strict=True)]
        lines.append(report(f"seven tables (Parquet), {engine}", *costs))
    return lines


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs=2, default=ROWS, help="two numbers of model-ready rows")
    parser.add_argument("--tables", type=Path, help="folder of the seven tables")
    parser.add_argument("--work", type=Path, help="folder for copies and results (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        lines = [HEADER, *measure_rows(Path(work), options.rows)]
        if options.tables:
            lines += measure_tables(Path(work), options.tables)
    text = "\n".join([*lines, "", f"Load average of the last 15 minutes: {os.getloadavg()[2]:.0f}."])
    command = f"python -m benchmarks.scale --rows {options.rows[0]} {options.rows[1]}"
    print(write_result("scale", command + (" --tables DIR" if options.tables else ""), f"{text}\n"))
    print(text)


if __name__ == "__main__":
    main()
