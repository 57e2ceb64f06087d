"""Time and memory of the history features, as ratios within one run.

``python -m benchmarks.features --data DIR`` takes a folder of Home Credit tables (CSV or Parquet) and stores a copy as
CSV and one as Parquet in random row order. It computes all features, and those that the bundled model reads, and
compares the time with that of scanning every column of the same files. On a sample of the clients it compares them
with a simple pandas script of all features, whose values have to be equal.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.machine import write_result
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.source_schema import APPLICATION_TABLES, CLIENT, HISTORY_TABLES
from scoring.storage.artefacts import read_manifest
from scoring.storage.bundle import MANIFEST
from scoring.tables.files import find_table

PROJECT = Path(__file__).resolve().parent.parent
NAMES = (*APPLICATION_TABLES, *HISTORY_TABLES)
GOALS = {  # by kind of file: all features, those that the bundled model reads
    "csv": {"features": "<= 6; memory <= 3 GB", "model": "<= 2.5"},
    "parquet": {"features": "<= 30; memory <= 3 GB", "model": "<= 12"},
}
WORDS = {"scan": "scan of every column", "features": "all features", "model": "features of the bundled model"}
KEYS = ("seconds", "processor", "peak")


def connect() -> duckdb.DuckDBPyConnection:
    """Open DuckDB with the limits that the features run with."""
    return duckdb.connect(config={"memory_limit": "5GB", "threads": 2, "preserve_insertion_order": False})


def scan(folder: Path, ending: str) -> int:
    """Read every value of every column: all hashes are combined in one number, so that no value can be skipped."""
    connection = connect()
    total = 0
    for path in sorted(folder.glob(f"*.{ending}")):
        columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        hashes = ", ".join(f'bit_xor(hash("{column}"))' for column in columns)
        found = connection.execute(f"SELECT {hashes} FROM '{path}'").fetchone() or ()
        total ^= hash(found)
    return total


def store(data: Path, folder: Path, share: float = 1.0) -> None:
    """Store tables as CSV and, in random order, as Parquet; only a share of the clients where it is below 1."""
    connection = connect()
    connection.execute(f"SET temp_directory = '{folder}'")
    for ending in ("csv", "parquet"):
        (folder / ending).mkdir(parents=True, exist_ok=True)
    chosen = f"hash({CLIENT}) % 1000 < {round(1000 * share)}" if share < 1 else "true"
    for name in NAMES:
        found = find_table(data, name)
        if found is None:
            continue
        rows = f"read_{'parquet' if found.parquet else 'csv'}({[str(file) for file in found.files]})"
        condition = chosen
        if name == "bureau_balance" and share < 1:
            condition = f"SK_ID_BUREAU IN (SELECT SK_ID_BUREAU FROM '{folder}/parquet/bureau.parquet')"
        query = f"SELECT * FROM {rows} WHERE {condition}"
        connection.execute(f"COPY ({query} ORDER BY random()) TO '{folder}/parquet/{name}.parquet'")
        connection.execute(f"COPY (FROM '{folder}/parquet/{name}.parquet') TO '{folder}/csv/{name}.csv' (HEADER)")


@dataclass(frozen=True)
class Cost:
    """What a job cost: wall and processor seconds (without imports), and the peak memory of its process in MB."""

    seconds: float
    processor: float
    peak: float


@contextmanager
def cost() -> Iterator[None]:
    """Print what the block cost, for the process that started this one."""
    started, used = time.perf_counter(), time.process_time()
    yield
    seconds, used = time.perf_counter() - started, time.process_time() - used
    # Not getrusage: its peak includes the memory of the parent process at the fork.
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(seconds, used, peak)


def child(what: str, folder: Path, out: Path) -> Cost:
    """Measure one job in a process of its own."""
    module = "benchmarks.pandas_features" if what == "pandas" else "benchmarks.features"
    options = [str(folder), str(out)] if what == "pandas" else ["--job", what, "--data", str(folder), "--out", str(out)]
    command = [sys.executable, "-m", module, *options]
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    found = Cost(*map(float, done.stdout.split()))
    print(f"  {what:<9} {folder.parent.name}/{folder.name:<8} {found}", flush=True)
    return found


def job(what: str, data: Path, out: Path) -> None:
    """Do one job and print its cost."""
    names = read_manifest(PROJECT / MANIFEST).plan.raw_numbers() if what == "model" else None
    with cost():
        if what == "scan":
            scan(data, data.name)
        else:
            compute(data, out, names=names)


def measure(work: Path, rounds: int, share: float) -> str:
    """Measure each job once a round, one after the other, and take the ratios within the round."""
    jobs = {
        **{f"{WORDS[what]}, {kind}": (what, work / "full" / kind) for what in WORDS for kind in GOALS},
        **{
            f"{what}, {share:.0%} of the clients, {kind}": (what, work / "sample" / kind)
            for kind in GOALS
            for what in ("pandas", "features")
        },
    }
    costs: dict[str, list[Cost]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, (what, folder) in jobs.items():
            costs[name].append(child(what, folder, work / f"{what}.parquet"))
            if what == "features" and folder.parent.name == "sample":
                check_equal(work / "features.parquet", work / "pandas.parquet")
    lines = ["| Work | seconds | processor seconds | peak memory, MB |", "|---|---|---|---|"]
    lines += [row(name, *(median(costs[name], key) for key in KEYS)) for name in jobs]
    lines += ["", "| Ratio | seconds | processor seconds | peak memory | goal |", "|---|---|---|---|---|"]
    for kind, goals in GOALS.items():
        for what, goal in goals.items():
            pair = costs[f"{WORDS[what]}, {kind}"], costs[f"{WORDS['scan']}, {kind}"]
            lines.append(row(f"{WORDS[what]} / scan, {kind}", *(ratio(*pair, key) for key in KEYS), goal))
    for kind in GOALS:
        slow, mine = (costs[f"{what}, {share:.0%} of the clients, {kind}"] for what in ("pandas", "features"))
        figures = ratio(slow, mine, "seconds"), ratio(slow, mine, "processor"), ratio(mine, slow, "peak")
        lines.append(row(f"pandas / features (memory: features / pandas), {kind}", *figures, ""))
    return "\n".join(lines)


def check_equal(ours: Path, theirs: Path) -> None:
    """Stop if pandas computed other features or other values: the comparison would not be fair."""
    import numpy as np  # not above: the measured jobs import this module, and do not need these
    import pandas as pd

    one, other = pd.read_parquet(ours).set_index(CLIENT).sort_index(), pd.read_parquet(theirs).sort_index()
    if set(one) != set(other) or not one.index.equals(other.index):
        sys.exit(f"not the same features of the same clients: {set(one) ^ set(other)}")
    found = [
        name
        for name in one
        if not np.allclose(one[name].astype(float), other[name].astype(float), rtol=1e-9, atol=0, equal_nan=True)
    ]
    if found:
        sys.exit(f"pandas has other values of {found}")


def median(costs: list[Cost], key: str) -> float:
    """Take the middle one of the rounds."""
    return statistics.median(getattr(cost, key) for cost in costs)


def ratio(over: list[Cost], under: list[Cost], key: str) -> float:
    """Take the ratio within each round, and the middle one of them."""
    return statistics.median(getattr(one, key) / getattr(other, key) for one, other in zip(over, under, strict=True))


def row(what: str, *figures: float | str) -> str:
    """Write one line of a table."""
    cells = [figure if isinstance(figure, str) else f"{figure:.4g}" for figure in figures]
    return f"| {' | '.join([what, *cells])} |"


def sizes(folder: Path) -> str:
    """Count the rows of what is measured."""
    connection = connect()
    counts = []
    for path in sorted(folder.glob("*.parquet")):
        found = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone() or (0,)
        counts.append(f"{path.stem} {found[0]:,}")
    return ", ".join(counts)


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of tables, CSV or Parquet")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.1, help="clients for the comparison with pandas")
    parser.add_argument("--work", type=Path, help="folder for the copies (default: a temporary one)")
    parser.add_argument("--job", choices=tuple(WORDS), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        job(options.job, options.data, options.out)
        return
    with tempfile.TemporaryDirectory(dir=options.work) as work:
        store(options.data, Path(work) / "full")
        store(options.data, Path(work) / "sample", options.share)
        table = measure(Path(work), options.rounds, options.share)
        rows = sizes(Path(work) / "full" / "parquet")
    scanned = "Scan: `bit_xor(hash(column))` of every column on DuckDB, 2 threads; Parquet in random row order."
    how = f"Median of {options.rounds} interleaved rounds, each job in a process of its own. {scanned}"
    text = f"Rows: {rows}.\n\n{how}\n\n{table}\n"
    print(write_result("features", f"python -m benchmarks.features --data {options.data.name}", text))
    print(table)


if __name__ == "__main__":
    main()
