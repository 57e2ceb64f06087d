"""How long searches of the decision record take, with its indexes and without: SQLite, a million decisions.

``python -m benchmarks.record_searches [--decisions 1000000]``
"""

import argparse
import contextlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.machine import write_result
from scoring.record import reading
from scoring.record.entries import Search
from scoring.record.kept_record import open_store
from scoring.record.stores.record_tables import index_statements, sqlite_text
from scoring.record.stores.session import Session, Store

ROUNDS = 5
_REASONS = ",".join(f'{{"concept":"c{n}","contribution":0.{n}234567,"term":"EXT_SOURCE_{n}"}}' for n in (1, 2, 3))
_ID = "printf('{prefix}-%04x-7%03x-8000-%012x', {n} / 4096, {n} % 4096, {n})"
# One in five decisions is a refusal, one in twenty is marked for review.
_DECISIONS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
INSERT INTO record_entries SELECT
    'decisions', n, {id}, 'decision',
    strftime('%Y-%m-%dT%H:%M:%S', {begin} + CAST(n * {seconds} AS INTEGER), 'unixepoch') || '.000000Z', NULL,
    '{{"calibrated_probability":0.1034567,"decision":"' || CASE WHEN n % 5 = 0 THEN 'REFUSED' ELSE 'ACCEPTED' END
    || '","key_id":"a1b2c3d4","model_version":"aa56fc773e46eb0c","policy_version":null,"probability":0.5,"reasons":'
    || '[{reasons}],"request_id":"0123456789abcdef0123456789abcdef","review":' || CASE WHEN n % 20 = 7 THEN 'true' ELSE
    'false' END || ',"route":"GET /predict/<client_id>","service_version":"0.1.0","threshold":0.51,"warnings":[]}}',
    x'00', x'00', x'00' FROM numbers"""
_BODIES = """
INSERT INTO record_bodies SELECT id, x'00', CAST(500000 + position % 100000 AS TEXT), '{"client_id":500000}'
FROM record_entries"""
_STEPS = """
INSERT INTO record_entries SELECT '{chain}', position, {id}, '{kind}', time, id, '{content}', NULL, x'00', x'00'
FROM record_entries WHERE chain = 'decisions' AND {where}"""
_OUTCOME = '{"confirms":null,"decision":"ACCEPTED","final":true,"number":1,"reason":"decision_confirmed"}'


def fill(path: Path, count: int, begin: int = 1_790_000_000, seconds: float = 1.0) -> None:
    """Write decisions, whose hashes fit nothing, past the record; officers have reviewed nearly all that are marked.

    Parameters
    ----------
    begin : time of the first decision, in seconds since 1970; each other one is so many ``seconds`` later.
    """
    open_store(str(path)).open_session().close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        for kind, name in database.execute("SELECT type, name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP {kind} {name}")
        for statement in index_statements(sqlite_text):
            database.execute(f"DROP INDEX {statement.split()[5]}")
        database.execute("BEGIN")
        made = _ID.format(prefix="019adf63", n="n")
        values = {"count": count, "begin": begin, "seconds": seconds, "reasons": _REASONS}
        database.execute(_DECISIONS.format(id=made, **values))
        database.execute(_BODIES)
        for chain, prefix, kind, content, where in (
            ("outcomes", "019bdf63", "outcome", _OUTCOME, f"position % 20 = 7 AND position < {count - 2000}"),
            ("requests", "019cdf63", "review_request", '{"number":1}', "position % 20000 = 11"),
        ):
            made = _ID.format(prefix=prefix, n="position")
            database.execute(_STEPS.format(chain=chain, id=made, kind=kind, content=content, where=where))
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def searches(store: Store, session: Session) -> Mapping[str, Callable[[], object]]:
    """List what is measured."""

    def search(**conditions: object) -> Callable[[], object]:
        return lambda: reading.search(store, session, Search(**conditions), 101)  # type: ignore[arg-type]

    return {
        "`GET /reviews?limit=20`, nearly all marked ones reviewed": lambda: reading.waiting(store, session, None, 21),
        "`GET /decisions`": search(),
        "`outcome=REFUSED`": search(outcome="REFUSED"),
        "`outcome=REFUSED&order=newest`": search(outcome="REFUSED", newest_first=True),
        "`review=true`": search(review=True),
        "`outcome=REFUSED&review=true`, of which there is none": search(outcome="REFUSED", review=True),
        "`client_id=&outcome=REFUSED`": search(client_id="500005", outcome="REFUSED"),
    }


def measure(store: Store, session: Session) -> dict[str, float]:
    """Milliseconds of processor time of each search, the median of some rounds."""
    took: dict[str, float] = {}
    for name, ask in searches(store, session).items():
        rounds = []
        for _ in range(ROUNDS):
            begun = time.process_time()
            ask()
            rounds.append(1000 * (time.process_time() - begun))
        took[name] = statistics.median(rounds)
    return took


def main() -> None:
    """Fill a record, measure, print and write the dated table."""
    options = argparse.ArgumentParser()
    options.add_argument("--decisions", type=int, default=1_000_000)
    count = options.parse_args().decisions
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.db"
        fill(path, count)
        store = open_store(str(path))
        session = store.open_session()
        size = path.stat().st_size
        before, begun = measure(store, session), time.process_time()
        store.add_indexes(session)
        made = time.process_time() - begun
        session.rows("PRAGMA wal_checkpoint(TRUNCATE)")
        after, larger = measure(store, session), path.stat().st_size - size
        session.close()
    lines = [
        f"{count:,} decisions in SQLite; one in five is a refusal, one in twenty is marked for review. Processor time,",
        f"the median of {ROUNDS} rounds. Making the indexes took {made:.1f} s, {1e6 * made / count:.1f} us a decision;",
        f"they add {larger / count:.0f} bytes a decision to {size / count:,.0f}.",
        "",
        "| Search, 100 lines | without the indexes | with them |",
        "|---|---|---|",
        *(f"| {name} | {before[name]:.1f} ms | {after[name]:.1f} ms |" for name in before),
    ]
    print(
        write_result("record-searches", "python -m benchmarks.record_searches", "\n".join(lines) + "\n"),
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
