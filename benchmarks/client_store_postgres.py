"""Loading millions of clients into PostgreSQL, and looking them up; ``python -m benchmarks.client_store_postgres``.

Loading is compared with a bare COPY of the same bytes, looking up with the bundled sample in memory. Linux only. The
PostgreSQL is that of the tests, with the settings that it comes with.
"""

import argparse
import http.client
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.machine import children, write_result
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres import postgres_loading
from scoring.storage.clients.postgres.copied_rows import BEGINNING, END
from scoring.storage.clients.postgres.postgres_clients import open_postgres_clients
from scoring.storage.clients.postgres.row_codes import RowEncoder
from tests.postgres import Postgres

PROJECT = Path(__file__).resolve().parent.parent
FIRST = 10_000_000  # number of the first client
DIGITS = 8
_PART = 1 << 20  # rows that are made at once
_LOOKUPS = 5000
_TURNS = 3  # the stores are asked by turns


def stored_schema(digits: int | None = None) -> StoredSchema:
    """Describe what the bundled model needs, with client numbers of so many digits."""
    manifest = read_manifest(PROJECT / "modele_retenu.json")
    identity = manifest.input_schema.identity
    return StoredSchema.from_manifest(manifest, identity.model_copy(update={"digits": digits}) if digits else identity)


def write_clients(path: Path, schema: StoredSchema, count: int) -> None:
    """Write a Parquet file of model-ready rows: each column drawn from that of the bundled sample."""
    (sample,) = ClientSource(stored_schema(), PROJECT / "df_sample.csv").rows()
    draw = np.random.default_rng(7)
    fields = [(schema.identity.name, pa.int64()), *((name, pa.float64()) for name in schema.features)]
    with pq.ParquetWriter(path, pa.schema(fields), compression="zstd") as writer:
        for start in range(0, count, _PART):
            size = min(_PART, count - start)
            columns = [draw.choice(column, size) for column in sample.columns]
            ids = np.arange(FIRST + start, FIRST + start + size)
            writer.write_table(pa.table([ids, *columns], pa.schema(fields)))


# Loading


class Loading(NamedTuple):
    """Seconds of one turn."""

    bare: float
    with_key: float
    ours: float


def measure_loading(url: str, table: Path, schema: StoredSchema, scratch: Path) -> Loading:
    """Load clients, after a bare COPY of the bytes that are loaded."""
    rows = scratch / "rows.bin"
    if not rows.exists():
        with rows.open("wb") as file:
            file.write(BEGINNING)
            for _, part in postgres_loading._row_parts(ClientSource(schema, table), RowEncoder(len(schema.features))):
                file.write(part)
            file.write(END)
    bare, with_key = copy_bare(url, rows)
    begun = time.perf_counter()
    postgres_loading.load_into_postgres(url, ClientSource(schema, table))
    return Loading(bare, with_key, time.perf_counter() - begun)


def copy_bare(url: str, rows: Path) -> tuple[float, float]:
    """Copy a file of rows as it is; returns the seconds without and with a key on the ids."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE bare (id BIGINT NOT NULL, outcome SMALLINT NOT NULL, row BYTEA NOT NULL)")
        connection.commit()
        begun = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT binary)") as copy, rows.open("rb") as file:
            while part := file.read(1 << 20):
                copy.write(part)
        connection.commit()
        bare = time.perf_counter() - begun
        connection.execute("ALTER TABLE bare ADD PRIMARY KEY (id)")
        connection.commit()
        with_key = time.perf_counter() - begun
        connection.execute("DROP TABLE bare")
        connection.commit()
    return bare, with_key


# Looking up


class Served(NamedTuple):
    """A running service with one worker."""

    connection: http.client.HTTPConnection
    start: float  # seconds to its first answer
    worker: int

    def private(self) -> float:
        """Memory of the worker that it shares with nobody, in MiB."""
        text = Path(f"/proc/{self.worker}/smaps_rollup").read_text(encoding="utf-8")
        return sum(int(kilobytes) for kilobytes in re.findall(r"Private_\w+:\s+(\d+) kB", text)) / 1024


@contextmanager
def serving(log: Path, **settings: str) -> Iterator[Served]:
    """Run the service until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")}
    more = {"SCORING_DECISIONS": "off", "SCORING_OPEN": "1", "WEB_CONCURRENCY": "1", "PORT": str(port), **settings}
    begun = time.perf_counter()
    with log.open("w") as said:
        command = [sys.executable, "-m", "gunicorn"]
        process = subprocess.Popen(command, cwd=PROJECT, env={**kept, **more}, stderr=said, stdout=said)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"gunicorn ended: {log.read_text(encoding='utf-8')}")
            try:
                ask(connection, "/health/ready")
                break
            except OSError:
                connection.close()
                time.sleep(0.01)
        yield Served(connection, time.perf_counter() - begun, children(process.pid)[0])
        connection.close()
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection, path: str) -> float:
    """Ask for a page that must be there; returns the seconds."""
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return time.perf_counter() - begun


def look_up(served: Served, ids: Sequence[int]) -> list[float]:
    """Look clients up one after the other; returns the seconds of each."""
    return [ask(served.connection, f"/predict/{client_id}") for client_id in ids]


def measure_lookups(scratch: Path, url: str, count: int) -> tuple[list[list[float]], list[Served], list[float]]:
    """Look up the sample in memory and many clients in PostgreSQL by turns; returns the seconds and the services."""
    sample = [int(line.split(",")[0]) for line in (PROJECT / "df_sample.csv").read_text().splitlines()[1:]]
    settings = {"SCORING_CLIENTS": url, "SCORING_CLIENT_ID_DIGITS": str(DIGITS)}
    draw = random.Random(3)
    seconds: list[list[float]] = [[], []]
    with serving(scratch / "memory.log") as memory, serving(scratch / "postgres.log", **settings) as stored:
        for _ in range(_TURNS):
            seconds[0] += look_up(memory, draw.choices(sample, k=_LOOKUPS))
            seconds[1] += look_up(stored, [FIRST + draw.randrange(count) for _ in range(_LOOKUPS)])
        return seconds, [memory, stored], [memory.private(), stored.private()]


def measure_store(url: str, schema: StoredSchema, count: int) -> float:
    """Ask the store itself, without a service; returns the median in seconds."""
    store = open_postgres_clients(url, schema)
    draw = random.Random(5)
    seconds = []
    for _ in range(2 * _LOOKUPS):
        client_id = FIRST + draw.randrange(count)
        begun = time.perf_counter()
        store.find(client_id)
        seconds.append(time.perf_counter() - begun)
    store.close()
    return statistics.median(seconds)


def timed(what: str, action: Callable[[], None]) -> None:
    """Do something, and print how long it takes."""
    begun = time.perf_counter()
    action()
    print(f"{what}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print and write the dated table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="for the files, some 6 GB for ten million clients")
    parser.add_argument("--turns", type=int, default=3, help="of loading")
    given = parser.parse_args()
    schema = stored_schema(DIGITS)
    tempfile.tempdir = str(given.folder) if given.folder else None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table = folder / "clients.parquet"
        timed("table", lambda: write_clients(table, schema, given.clients))
        server = Postgres()
        try:
            url = server.new_database()
            turns = []
            for _ in range(given.turns):
                turns.append(measure_loading(url, table, schema, folder))
                print(turns[-1], file=sys.stderr, flush=True)
            body = report_loading(given.clients, turns) + report_size(url)
            store = measure_store(url, schema, given.clients)
            body += report_lookups(given.clients, store, *measure_lookups(folder, url, given.clients))
        finally:
            server.end()
    print(body)
    command = f"python -m benchmarks.client_store_postgres --clients {given.clients}"
    print(write_result("client-store-postgres", command, body))


def report_loading(count: int, turns: Sequence[Loading]) -> str:
    """Write the table of loading; the ratios are those of each turn."""
    rows = "".join(f"| {t.bare:.1f} | {t.with_key:.1f} | {t.ours:.1f} |\n" for t in turns)
    bare = statistics.median(turn.ours / turn.bare for turn in turns)
    with_key = statistics.median(turn.ours / turn.with_key for turn in turns)
    return (
        f"Loading {count:,} clients from Parquet, seconds:\n\n"
        f"| bare COPY of the same bytes | with a primary key | load-clients |\n|---:|---:|---:|\n{rows}\n"
        f"load-clients takes {bare:.2f} times the bare COPY (goal: at most 1.5), {with_key:.2f} times COPY and key.\n\n"
    )


def report_size(url: str) -> str:
    """Say how large the tables are."""
    with psycopg.connect(url) as connection:
        sizes = connection.execute(
            "SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relname LIKE 'client%' ORDER BY relname"
        ).fetchall()
    rows = "".join(f"| {name} | {table / 2**20:,.0f} | {keys / 2**20:,.0f} |\n" for name, table, keys in sizes)
    return f"| table | MiB | keys, MiB |\n|---|---:|---:|\n{rows}\n"


def report_lookups(
    count: int, store: float, seconds: Sequence[Sequence[float]], served: Sequence[Served], private: Sequence[float]
) -> str:
    """Write the table of lookups."""
    body = "| `GET /predict/<id>`, one caller | p50, ms | p99, ms | start, s | private memory of the worker, MiB |\n"
    body += "|---|---:|---:|---:|---:|\n"
    names = ("1,000 clients in memory", f"{count:,} clients in PostgreSQL")
    for name, times, one, memory in zip(names, seconds, served, private, strict=True):
        p50, p99 = (1000 * float(np.percentile(times, part)) for part in (50, 99))
        body += f"| {name} | {p50:.2f} | {p99:.2f} | {one.start:.1f} | {memory:.0f} |\n"
    growth = statistics.median(seconds[1]) / statistics.median(seconds[0])
    return (
        body + f"\np50 grows {growth:.2f} times (goal: at most 4). The store alone answers in {1e6 * store:.0f} us.\n"
    )


if __name__ == "__main__":
    main()
