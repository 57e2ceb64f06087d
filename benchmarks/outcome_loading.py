"""How long loading outcomes into the decision record takes, and how long others who record wait meanwhile.

``python -m benchmarks.outcome_loading [--rows 100000]``: SQLite and PostgreSQL. Another process appends a
decision now and then while the outcomes are written.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import write_result
from scoring.monitoring.outcomes.given.loading import check_outcomes, write_outcomes
from scoring.monitoring.outcomes.outcome_report import report_outcomes
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from tests.postgres import Postgres

_TOGETHER = 1000
_PAUSE = 0.01  # seconds between two decisions of the other process


def _decision(number: int) -> NewEntry:
    content = {
        "decision": "ACCEPTED", "review": False, "probability": 0.31, "calibrated_probability": 0.05, "threshold": 0.52,
        "model_version": "2026-11-27T00:00:00Z-0123456789abcdef", "propensity": None, "warnings": [], "reasons": [],
    }  # fmt: skip
    row = [-0.123456789012345 * place for place in range(20)]
    return NewEntry(make_id(), "decision", content, Body(str(number), {"row": row, "client_id": number}))


def _write_decisions(url: str, rows: int) -> list[str]:
    record, ids = open_record(url), []
    for first in range(0, rows, _TOGETHER):
        entries = [_decision(first + place) for place in range(min(_TOGETHER, rows - first))]
        record.append(entries)
        ids += [entry.id for entry in entries]
    record.close()
    return ids


def _append_until_killed(url: str) -> None:
    """Append decisions; print the longest time that one took so far, in milliseconds, whenever it grows."""
    record, longest = open_record(url), 0.0
    while True:
        begun = time.monotonic()
        record.append([_decision(0)])
        longest = max(longest, 1000 * (time.monotonic() - begun))
        print(f"{longest:.0f}", flush=True)
        time.sleep(_PAUSE)


def _measure(url: str, folder: Path, rows: int) -> tuple[str, ...]:
    ids = _write_decisions(url, rows)
    table = folder / "outcomes.csv"
    rows_of_table = [f"{one},{int(place % 12 == 0)}" for place, one in enumerate(ids)]
    table.write_text("\n".join(["decision_id,defaulted", *rows_of_table, ""]), encoding="utf-8")
    today = datetime.now(UTC).date()
    wall, used = time.monotonic(), time.process_time()
    session = open_store(url).open_session()
    checked = check_outcomes(session, table, {}, today)
    session.close()
    check = (time.monotonic() - wall, time.process_time() - used)
    other = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.outcome_loading", "--append", url], stdout=subprocess.PIPE, text=True
    )
    time.sleep(2)
    wall, used = time.monotonic(), time.process_time()
    record = open_record(url, every=10_000)
    write_outcomes(record, checked, lambda _: None)
    record.close()
    write = (time.monotonic() - wall, time.process_time() - used)
    other.kill()
    waits = other.communicate()[0].split()
    wall, used = time.monotonic(), time.process_time()
    session = open_store(url).open_session()
    found = report_outcomes(session, None, None, today)
    session.close()
    report = (time.monotonic() - wall, time.process_time() - used)
    if found.total is None or found.total.measured is None or found.total.measured.clients != rows:
        raise SystemExit("the report does not have every outcome")
    parts = tuple(f"{seconds:.1f} s ({processor:.1f} s)" for seconds, processor in (check, write, report))
    return (*parts, f"{max(map(float, waits), default=0):.0f} ms")


@contextmanager
def _places() -> Iterator[dict[str, tuple[str, Path]]]:
    postgres = Postgres()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            yield {"SQLite": (str(path / "decisions.db"), path), "PostgreSQL": (postgres.new_database(), path)}
    finally:
        postgres.end()


def main() -> None:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--append", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.append:
        _append_until_killed(given.append)
    with _places() as places:
        measured = {name: _measure(url, folder, given.rows) for name, (url, folder) in places.items()}
    lines = [
        f"{given.rows:,} outcomes by decision ID. Times are wall time, in brackets processor time of the command.",
        "",
        "| Record | checking the table | writing | the report | longest wait of another process that records |",
        "|---|---|---|---|---|",
        *(f"| {name} | {' | '.join(row)} |" for name, row in measured.items()),
    ]
    command = f"python -m benchmarks.outcome_loading --rows {given.rows}"
    print(write_result("outcome-loading", command, "\n".join([*lines, ""])))


if __name__ == "__main__":
    main()
