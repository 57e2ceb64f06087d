"""Loading, looking up and keeping many clients; ``python -m benchmarks.client_store [--clients 10000000]``. Linux only.

The clients are rows of the bundled sample, drawn at random under numbers of their own. Loading is compared with reading
the same Parquet file and writing as many bytes, or with a bare COPY of the same bytes into PostgreSQL; lookups, through
gunicorn, with those of the bundled sample in memory.
"""

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import client_store_postgres
from benchmarks.machine import children, write_result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROJECT = Path(__file__).resolve().parent.parent
CLIENTS = 10_000_000
FIRST = 10_000_000  # number of the first client: all have eight digits
DIGITS = "8"
PART = 1_000_000  # rows that are made at once
ROUNDS = 3  # of loading
BLOCKS, REQUESTS = 40, 250  # of lookups: the services take turns
START_SECONDS = 600
NAME = "client-store"
FILE, POSTGRES = "file", "postgres"


def write_parquet(path: Path, count: int) -> None:
    """Write model-ready rows of many clients, in ascending order of their numbers."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    sample, writer, start = pd.read_csv(PROJECT / "df_sample.csv"), None, FIRST
    for drawn in drawn_rows(count, len(sample)):
        columns = {name: sample[name].to_numpy()[drawn] for name in sample}
        table = pa.table({**columns, "SK_ID_CURR": start + np.arange(len(drawn))})
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        start += len(drawn)
        print(f"\rclients written: {start - FIRST:,}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    if writer:
        writer.close()


def drawn_rows(count: int, size: int) -> Iterator["NDArray[np.int64]"]:
    """Draw the row of the sample, of ``size`` rows, that each of many clients has; part by part."""
    import numpy as np

    draw = np.random.default_rng(0)
    for start in range(0, count, PART):
        yield draw.integers(0, size, min(PART, count - start))


class Took(NamedTuple):
    """Seconds by the clock, and of processors."""

    elapsed: float
    processor: float


def timed(work: Callable[[], object]) -> Took:
    """Measure a piece of work in this process."""
    begun, before = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - begun, time.process_time() - before)


def load(source: str, target: str) -> Took:
    """Load clients as ``load-clients`` does, once everything is imported."""
    from dataclasses import replace

    import pyarrow.parquet  # noqa: F401

    from scoring.storage.artefacts import read_manifest
    from scoring.storage.clients.file.client_file_builder import write_client_file
    from scoring.storage.clients.loading.client_source import ClientSource
    from scoring.storage.clients.loading.stored_schema import StoredSchema
    from scoring.storage.clients.postgres.postgres_loading import load_into_postgres

    schema = StoredSchema.from_manifest(read_manifest(PROJECT / "modele_retenu.json"))
    schema = replace(schema, identity=schema.identity.model_copy(update={"digits": int(DIGITS)}))
    if target.startswith(POSTGRES):
        return timed(lambda: load_into_postgres(target, ClientSource(schema, Path(source))))
    return timed(lambda: write_client_file(Path(target), ClientSource(schema, Path(source)), lambda _: None))


def read_and_write(source: str, target: str, size: int) -> Took:
    """Read a Parquet file in batches, and write so many bytes: the least that loading has to do."""
    import pyarrow.parquet as pq

    piece = bytes(1 << 22)

    def work() -> None:
        for _ in pq.ParquetFile(source).iter_batches(1 << 16):
            pass
        with Path(target).open("wb") as file:
            for start in range(0, size, len(piece)):
                file.write(piece[: size - start])
            file.flush()
            os.fsync(file.fileno())

    return timed(work)


def run(*arguments: str) -> Took:
    """Run a part of this module in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.client_store", *arguments]
    ran = subprocess.run(command, cwd=PROJECT, env=environment(), check=True, stdout=subprocess.PIPE, text=True)
    return Took(*json.loads(ran.stdout))


def environment(**more: str) -> dict[str, str]:
    """Return the environment without settings, but for ``more``."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")} | more


def compare_loading(table: Path, target: str, scratch: Path) -> tuple[list[Took], list[Took]]:
    """Load clients and do the least that is needed, by turns."""
    loading, least = [], []
    for _ in range(ROUNDS):
        loading.append(run("--load", str(table), target))
        written, size = scratch / "written", Path(target).stat().st_size
        least.append(run("--least", str(table), str(written), str(size)))
        written.unlink()
    return loading, least


class Serving(NamedTuple):
    """A running service with one worker."""

    process: "subprocess.Popen[bytes]"
    port: int
    start: float  # seconds until it answered

    def private(self) -> tuple[int, int]:
        """Measure the private and the proportional memory of the worker in MiB."""
        (worker,) = children(self.process.pid)
        text = Path(f"/proc/{worker}/smaps_rollup").read_text(encoding="ascii")
        sizes = {name: int(size) for name, size in re.findall(r"(\w+):\s+(\d+) kB", text)}
        return (sizes["Private_Clean"] + sizes["Private_Dirty"]) // 1024, sizes["Pss"] // 1024


@contextmanager
def serving(scratch: Path, **settings: str) -> Iterator[Serving]:
    """Run the service as it is configured, with one worker, until the block ends."""
    port_file = scratch / "port"
    port_file.unlink(missing_ok=True)
    log = (scratch / "log.txt").open("w+")
    shown = environment(SCORING_DECISIONS="off", SCORING_OPEN="1", WEB_CONCURRENCY="1", **settings)
    begun = time.perf_counter()
    command = [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=PROJECT, env=shown, stderr=log, stdout=log)
    try:
        port = _wait_for_port(process, log.name)
        while _ask(http.client.HTTPConnection("127.0.0.1", port), "/health/live") != 200:
            time.sleep(0.01)
        yield Serving(process, port, time.perf_counter() - begun)
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_for_port(process: "subprocess.Popen[bytes]", log: str) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        text = Path(log).read_text(encoding="utf-8")
        if found := re.search(r"http://127\.0\.0\.1:([1-9]\d*)", text):
            return int(found[1])
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with code {process.returncode}: {text}")
        time.sleep(0.01)
    raise RuntimeError(f"no answer within {START_SECONDS} s: {text}")


def _ask(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def look_up(services: Mapping[str, tuple[Serving, list[int]]]) -> dict[str, list[float]]:
    """Look clients up, one at a time, in services that take turns; milliseconds of each lookup."""
    took: dict[str, list[float]] = {name: [] for name in services}
    draw = random.Random(0)
    opened = {name: http.client.HTTPConnection("127.0.0.1", one.port) for name, (one, _) in services.items()}
    for block in range(BLOCKS + 1):
        for name, (_, numbers) in services.items():
            for _ in range(REQUESTS):
                number = draw.choice(numbers)
                begun = time.perf_counter()
                status = _ask(opened[name], f"/predict/{number}")
                if status != 200:
                    raise RuntimeError(f"{name}: client {number} was answered with {status}")
                if block:  # the first one warms up
                    took[name].append(1000 * (time.perf_counter() - begun))
    return took


def bundled_numbers() -> list[int]:
    """Return the numbers of the bundled clients."""
    import pandas as pd

    numbers: list[int] = pd.read_csv(PROJECT / "df_sample.csv")["SK_ID_CURR"].tolist()
    return numbers


def describe_loading(what: str, loading: list[Took], least: list[Took], goal: str) -> str:
    """Give the row of the table of loading."""
    elapsed = statistics.median(one.elapsed / other.elapsed for one, other in zip(loading, least, strict=True))
    processor = statistics.median(one.processor / other.processor for one, other in zip(loading, least, strict=True))
    shown = [f"{statistics.median(one.elapsed for one in took):.1f}" for took in (loading, least)]
    return f"| {what} | {' | '.join(shown)} | {elapsed:.2f} | {processor:.2f} | {goal} |\n"


def describe_serving(name: str, service: Serving, took: list[float], baseline: list[float], goal: str) -> str:
    """Give the row of the table of lookups."""
    took, p50 = sorted(took), statistics.median(took)
    private, proportional = service.private()
    growth = f"{p50 / statistics.median(baseline):.2f}"
    late = took[int(0.99 * len(took))]
    return (
        f"| {name} | {p50:.2f} | {growth} | {late:.2f} | {private} | {proportional} | {service.start:.1f} | {goal} |\n"
    )


def compare_with_copy(table: Path, server: client_store_postgres.Server, scratch: Path) -> str:
    """Load clients into PostgreSQL, and copy the same bytes, by turns; gives the rows of the table of loading."""
    rows = scratch / "rows"
    client_store_postgres.write_rows(table, int(DIGITS), rows)
    loading, bare, with_key = [], [], []
    for _ in range(ROUNDS):
        for took, arguments in (
            (bare, ("--copy", server.url, str(rows), "bare")),
            (with_key, ("--copy", server.url, str(rows), "key")),
            (loading, ("--load", str(table), server.url)),
        ):
            before = server.processor()
            one = run(*arguments)
            took.append(one._replace(processor=one.processor + server.processor() - before))
    rows.unlink()
    return describe_loading("PostgreSQL, against a bare COPY", loading, bare, "<= 1.5") + describe_loading(
        "PostgreSQL, against COPY and a primary key", loading, with_key, ""
    )


def compare_lookups(count: int, scratch: Path, stores: Mapping[str, tuple[str, str]]) -> str:
    """Look up the bundled clients in memory, and many in stores, by turns; gives the table.

    Parameters
    ----------
    stores : for each name, its SCORING_CLIENTS and the goals.
    """
    memory, everybody = "the bundled 1,000, in memory", list(range(FIRST, FIRST + count))
    services: dict[str, tuple[Serving, list[int]]] = {}
    with ExitStack() as stack:
        for i, (name, place) in enumerate([(memory, ""), *((name, place) for name, (place, _) in stores.items())]):
            folder = scratch / f"service-{i}"
            folder.mkdir()
            settings = {"SCORING_CLIENTS": place, "SCORING_CLIENT_ID_DIGITS": DIGITS} if place else {}
            services[name] = (
                stack.enter_context(serving(folder, **settings)),
                everybody if place else bundled_numbers(),
            )
        took = look_up(services)
        body = (
            f"\nLookups through gunicorn with one worker, one connection, {BLOCKS * REQUESTS:,} each by turns, clients "
            "at random; memory of the worker after them in MiB.\n\n"
            "| Clients | p50, ms | growth | p99, ms | private | proportional | start, s | goal |\n"
            "|---|---|---|---|---|---|---|---|\n"
        )
        for name, (service, _) in services.items():
            goal = stores[name][1] if name in stores else ""
            body += describe_serving(name, service, took[name], took[memory], goal)
    return body


def measure(count: int, scratch: Path, stores: Sequence[str]) -> str:
    """Measure everything in some stores; gives the tables."""
    table, target = scratch / "clients.parquet", scratch / "clients.bin"
    write_parquet(table, count)
    head, loading = f"{count:,} clients; Parquet {table.stat().st_size / 1e6:.0f} MB", ""
    places: dict[str, tuple[str, str]] = {}
    with ExitStack() as stack:
        if FILE in stores:
            loading += describe_loading("client file", *compare_loading(table, str(target), scratch), "<= 2")
            head += f", client file {target.stat().st_size / 1e6:.0f} MB"
            places[f"{count:,}, client file"] = (str(target), "growth <= 1.5, private <= 150, start <= 3")
        if POSTGRES in stores:
            server = stack.enter_context(client_store_postgres.running(scratch))
            loading += compare_with_copy(table, server, scratch)
            head += f", tables in PostgreSQL {client_store_postgres.size(server.url) / 1e6:.0f} MB"
            places[f"{count:,}, PostgreSQL"] = (server.url, "growth <= 4, private <= 150, start <= 3")
        lookups = compare_lookups(count, scratch, places)
    return (
        f"{head}. Loading into the client file against the least that it needs: reading the Parquet file and writing "
        "as many bytes. Loading into PostgreSQL (that of the tests, with the settings that it comes with) against "
        "copying the same bytes into a table; the server's processor time counts too. Medians of "
        f"{ROUNDS} rounds, each in a process that has imported everything.\n\n"
        "| Loading into | s | the least, s | by the clock | processor time | goal |\n|---|---|---|---|---|---|\n"
        f"{loading}{lookups}"
    )


def main() -> None:
    """Measure, print and write the dated tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--stores", nargs="+", choices=(FILE, POSTGRES), default=(FILE, POSTGRES))
    parser.add_argument("--scratch", type=Path, help="Folder for some GB.")
    parser.add_argument("--load", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--least", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--copy", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load:
        print(json.dumps(load(*given.load)))
        return
    if given.least:
        source, target, size = given.least
        print(json.dumps(read_and_write(source, target, int(size))))
        return
    if given.copy:
        url, source, key = given.copy
        took = timed(lambda: client_store_postgres.copy_bare(url, Path(source), key == "key"))
        print(json.dumps(took))
        return
    with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
        body = measure(given.clients, Path(scratch), given.stores)
    command = f"python -m benchmarks.client_store --clients {given.clients} --stores {' '.join(given.stores)}"
    name = NAME if len(given.stores) > 1 else f"{NAME}-{given.stores[0]}"
    print(f"{body}\nwritten: {write_result(name, command, body).relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
