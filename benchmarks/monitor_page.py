"""How long one look at a service takes (``GET /monitor``) over a month of decisions: SQLite and PostgreSQL.

``python -m benchmarks.monitor_page [--decisions 1000000]``
"""

import argparse
import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.machine import write_result
from benchmarks.record_searches import fill
from scoring.monitoring.overview.look import Overview
from scoring.record.kept_record import KeptRecord, open_record, open_store
from scoring.record.stores.record_tables import TABLES
from scoring.storage.artefacts import load_bundle
from tests.postgres import Postgres

PROJECT = Path(__file__).resolve().parent.parent
DAYS = 30
NOW = datetime(2026, 11, 26, 23, 59, tzinfo=UTC)
_LATER = timedelta(minutes=2)  # past the minute for which figures are cached


def copy(path: Path, url: str) -> None:
    """Copy a record from SQLite to PostgreSQL, past the record."""
    open_store(url).open_session().close()
    with psycopg.connect(url) as target, contextlib.closing(sqlite3.connect(path)) as source:
        for table in TABLES:
            with target.cursor().copy(f"COPY {table} FROM STDIN") as rows:  # type: ignore[arg-type]
                for row in source.execute(f"SELECT * FROM {table}"):
                    rows.write_row(row)
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def records(count: int) -> Iterator[dict[str, KeptRecord]]:
    """Fill a record of each kind."""
    begin = NOW - timedelta(days=DAYS) + timedelta(minutes=2)
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            path, url = Path(folder) / "decisions.db", server.new_database()
            fill(path, count, int(begin.timestamp()), DAYS * 86400 / count)
            copy(path, url)
            store = open_store(str(path))
            session = store.open_session()
            store.add_indexes(session)
            session.close()
            opened = {"SQLite": open_record(str(path)), "PostgreSQL": open_record(url)}
            yield opened
            for record in opened.values():
                record.close()
    finally:
        server.end()


def measure(record: KeptRecord) -> tuple[list[float], list[float]]:
    """Seconds of each look of a service that has just started, until all is counted; then of looks a while later."""
    now = [NOW]
    overview = Overview(load_bundle(PROJECT), record, None, now=lambda: now[0])

    def look() -> tuple[float, bool]:
        begun = time.perf_counter()
        decisions = overview.look().decisions
        return time.perf_counter() - begun, decisions is not None and decisions.is_complete

    first, is_complete = [], False
    while not is_complete:
        seconds, is_complete = look()
        first.append(seconds)
    later = []
    for _ in range(5):
        now[0] += _LATER
        later.append(look()[0])
    return first, later


def main() -> None:
    """Fill, measure, print and write the dated table."""
    options = argparse.ArgumentParser()
    options.add_argument("--decisions", type=int, default=1_000_000)
    count = options.parse_args().decisions
    lines = [
        f"{count:,} decisions of {DAYS} days, of which nearly all that are marked for review have been reviewed.",
        "One process; a look counts for 1.5 s at most, and the next one goes on.",
        "",
        "| Record | looks until all is counted | the longest of them | all of them | a look later |",
        "|---|---|---|---|---|",
    ]
    with records(count) as opened:
        for name, record in opened.items():
            first, later = measure(record)
            lines.append(
                f"| {name} | {len(first)} | {max(first):.2f} s | {sum(first):.2f} s | {sorted(later)[2]:.3f} s |"
            )
    text = "\n".join(lines) + "\n"
    print(text, write_result("monitor-page", "python -m benchmarks.monitor_page", text), sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
