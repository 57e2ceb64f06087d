"""Time and memory of batch runs, as ratios within one run; ``python -m benchmarks.batch [--tables DIR]``.

From model-ready rows: the bundled scorecard against reading the same file, one matrix product and writing; with
reasons against without; LightGBM against its own ``predict_proba`` with the same reading and writing. From the seven
tables (CSV and Parquet copies of ``--tables``): against the features that the model reads, and these against a scan.
"""

import argparse
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.features import row, scan, sizes, store
from benchmarks.machine import write_result
from scoring.home_credit.history.source_schema import APPLICATION_TABLES

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from scoring.storage.bundle import Bundle

PROJECT = Path(__file__).resolve().parent.parent
ROWS = 10_000_000
FIRST = 10_000_000  # number of the first client
GROUP = 250_000  # rows of a row group
BLOCK = 65_536
TREES = 100


@dataclass(frozen=True)
class Cost:
    """What a job cost: wall and processor seconds without imports; memory of its process in MB.

    ``growth`` is the mean of the last quarter minus that of the second quarter.
    """

    seconds: float
    processor: float
    peak: float
    growth: float


@contextmanager
def cost() -> Iterator[None]:
    """Print what the block cost, for the process that started this one."""
    seen: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            seen.append(_memory("VmRSS"))

    thread = threading.Thread(target=watch)
    thread.start()
    started, used = time.perf_counter(), time.process_time()
    yield
    seconds, used = time.perf_counter() - started, time.process_time() - used
    ended.set()
    thread.join()
    quarter = max(1, len(seen) // 4)
    growth = statistics.mean(seen[-quarter:]) - statistics.mean(seen[quarter : 2 * quarter] or seen)
    print(seconds, used, _memory("VmHWM"), growth)


def _memory(what: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith(what))


def make_rows(file: Path, count: int) -> None:
    """Write model-ready rows: the bundled clients' values, three in ten drawn anew, under numbers in random order."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    bundle = load()
    rows = bundle.clients.table.rows
    draws = np.random.default_rng(0)
    numbers = draws.permutation(count) + FIRST
    writer: pq.ParquetWriter | None = None
    for start in range(0, count, GROUP):
        ids = numbers[start : start + GROUP]
        whose = draws.integers(0, len(rows), len(ids))
        columns = {bundle.identity.name: ids}
        for j, name in enumerate(bundle.scorer.features):
            others = rows[draws.integers(0, len(rows), len(ids)), j]
            columns[name] = np.where(draws.random(len(ids)) < 0.3, others, rows[whose, j])
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(file, table.schema, compression="zstd")
        writer.write_table(table)
    if writer:
        writer.close()


def load(trees: Path | None = None) -> "Bundle":
    """Load the bundled model for numbers of eight digits, or the same with a LightGBM model."""
    from scoring.model.scorer import Policy, Scorer, ThroughObjects
    from scoring.storage.artefacts import load_bundle

    bundle = load_bundle(PROJECT)
    bundle = replace(bundle, identity=bundle.identity.model_copy(update={"digits": 8}))
    if trees is None:
        return bundle
    scaler, model = pickle.loads(trees.read_bytes())
    scorer = Scorer(ThroughObjects(scaler, model), bundle.scorer.features, Policy(0.5))
    return replace(bundle, scorer=scorer, manifest=None)


def fit_trees(file: Path) -> None:
    """Fit LightGBM to the decisions of the bundled model on noisy rows."""
    import numpy as np
    from lightgbm import LGBMClassifier
    from sklearn.preprocessing import StandardScaler

    bundle = load()
    draws = np.random.default_rng(0)
    rows = np.repeat(bundle.clients.table.rows, 20, axis=0)
    rows = rows + draws.normal(0, 0.1, rows.shape)
    target = draws.random(len(rows)) < bundle.scorer.probability_of_default(rows)
    scaler = StandardScaler().fit(rows)
    model = LGBMClassifier(n_estimators=TREES, n_jobs=2, random_state=0, verbosity=-1)
    file.write_bytes(pickle.dumps((scaler, model.fit(scaler.transform(rows), target.astype(int)))))


def write_floor(data: Path, out: Path, predict: "Callable[[NDArray[np.float64]], NDArray[np.float64]]") -> None:
    """Read all columns, compute one number a row from the matrix, and write client and number."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    bundle = load()
    writer: pq.ParquetWriter | None = None
    waiting: list[pa.Table] = []
    with pq.ParquetFile(data) as opened:
        for batch in opened.iter_batches(BLOCK, columns=[bundle.identity.name, *bundle.scorer.features]):
            rows = np.column_stack([batch.column(name).to_numpy() for name in bundle.scorer.features])
            waiting.append(pa.table({"client_id": batch.column(0), "number": predict(rows)}))
            if len(waiting) == 4:
                writer = _write(waiting, writer, out)
    writer = _write(waiting, writer, out)
    if writer:
        writer.close()


def _write(waiting: "list[pa.Table]", writer: "object | None", out: Path) -> "object":
    import pyarrow as pa
    import pyarrow.parquet as pq

    if waiting:
        writer = writer or pq.ParquetWriter(out, waiting[0].schema, compression="zstd")
        writer.write_table(pa.concat_tables(waiting))
        waiting.clear()
    return writer


def score(data: Path, out: Path, bundle: "Bundle", *, reasons: bool = False) -> None:
    """Run a batch into a new folder."""
    from scoring.batch.batch_entry import BatchRecorder
    from scoring.batch.batch_input import open_source
    from scoring.batch.out_folder import OutFolder
    from scoring.batch.run import PART_ROWS, run_batch
    from scoring.batch.scored import make_row_scorer

    shutil.rmtree(out, ignore_errors=True)
    source = open_source(data, bundle, PART_ROWS)
    run_batch(source, make_row_scorer(bundle, reasons=reasons), OutFolder(out), BatchRecorder(None, "off", bundle))


def job(what: str, data: Path, out: Path, trees: Path) -> None:
    """Do one job and print its cost; modules are imported and the model is loaded before."""
    import duckdb  # noqa: F401
    import ibis.backends.duckdb  # noqa: F401

    from scoring.batch import batch_entry, batch_input, out_folder, run, scored  # noqa: F401
    from scoring.home_credit.history.compute import compute

    bundle = load(trees if what in {"trees", "own"} else None)
    jobs: dict[str, Callable[[], object]] = {
        "floor": lambda: write_floor(data, out, lambda rows: rows @ bundle.scorer.probability_of_default.weights),  # type: ignore[attr-defined]
        "batch": lambda: score(data, out, bundle),
        "reasons": lambda: score(data, out, bundle, reasons=True),
        "own": lambda: write_floor(data, out, bundle.scorer.probability_of_default),
        "trees": lambda: score(data, out, bundle),
        "scan": lambda: scan(data, data.name),
        "features": lambda: compute(data, out, names=bundle.manifest.plan.raw_numbers()),  # type: ignore[union-attr]
        "tables": lambda: score(data, out, replace(bundle, identity=bundle.identity.model_copy(update={"digits": 6}))),
    }
    with cost():
        jobs[what]()


def child(what: str, data: Path, work: Path) -> Cost:
    """Measure one job in a process of its own."""
    out = work / f"out-{what}"
    command = [sys.executable, "-m", "benchmarks.batch", "--job", what, "--data", str(data), "--out", str(out)]
    done = subprocess.run(
        [*command, "--trees", str(work / "trees.pkl")], cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True
    )
    found = Cost(*map(float, done.stdout.split()[-4:]))
    print(f"  {what:<9} {data.name:<14} {found}", flush=True)
    if out.is_dir():
        shutil.rmtree(out)
    out.unlink(missing_ok=True)
    return found


RATIOS = (  # what, job over job, is speed (inverse of time), goal
    ("reading, one matrix product and writing / batch", "floor", "batch", ">= 0.5"),
    ("batch with reasons / batch", "reasons", "batch", "<= 2"),
    ("LightGBM: reading, its own predict_proba and writing / batch", "own", "trees", ""),
)
TABLE_RATIOS = (
    (
        "batch from tables / features of what the model reads",
        "tables",
        "features",
        {"csv": "<= 1.3", "parquet": "<= 1.3"},
    ),
    ("features of what the model reads / scan", "features", "scan", {"csv": "<= 2.5", "parquet": "<= 12"}),
)


def measure_rows(work: Path, count: int, rounds: int) -> list[str]:
    """Compare the runs from model-ready rows."""
    file = work / "rows.parquet"
    make_rows(file, count)
    fit_trees(work / "trees.pkl")
    names = ("floor", "batch", "reasons", "own", "trees")
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            costs[name].append(child(name, file, work))
    file.unlink()
    return [f"{count:,} model-ready rows, Parquet to Parquet.", "", *_tabulate(costs, RATIOS)]


def measure_tables(work: Path, tables: Path, rounds: int, share: float) -> list[str]:
    """Compare the runs from the seven tables."""
    folders = {size: work / f"{size:.0%}" for size in (share, 1.0)}
    for size, folder in folders.items():
        store(tables, folder, size)
    lines = []
    for kind in ("csv", "parquet"):
        ratios = [(what, over, under, goals[kind]) for what, over, under, goals in TABLE_RATIOS]
        found: dict[float, dict[str, list[Cost]]] = {
            size: {name: [] for name in ("scan", "features", "tables")} for size in folders
        }
        for _ in range(rounds):
            for size, costs in found.items():
                for name, of_job in costs.items():
                    of_job.append(child(name, folders[size] / kind, work))
        for size, costs in reversed(found.items()):  # docs/benchmarks.md lists the first
            rows = f"Rows: {sizes(folders[size] / 'parquet')}."
            lines += ["", f"The seven tables, {kind}, {size:.0%} of the clients.", "", rows, ""]
            lines += _tabulate(costs, ratios)
        clients = [_count_clients(folder / "parquet") for folder in folders.values()]
        lines += ["", *_tell_fixed(clients, *found.values())]
    return lines[1:]


def _count_clients(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(
        pq.read_metadata(folder / f"{name}.parquet").num_rows
        for name in APPLICATION_TABLES
        if (folder / f"{name}.parquet").exists()
    )


def _tell_fixed(clients: list[int], part: dict[str, list[Cost]], whole: dict[str, list[Cost]]) -> list[str]:
    """Tell the fixed cost from that of a million clients, as a straight line through both sizes."""
    lines = ["| Work | fixed processor seconds | processor seconds a million clients |", "|---|---|---|"]
    each = {}
    for name in ("features", "tables"):
        few, all_ = (statistics.median(one.processor for one in costs[name]) for costs in (part, whole))
        each[name] = (all_ - few) / (clients[1] - clients[0])
        lines.append(row(WORDS[name], few - each[name] * clients[0], 1e6 * each[name]))
    return [*lines, row("batch from tables / features, goal <= 1.3", "", each["tables"] / each["features"])]


def _tabulate(costs: dict[str, list[Cost]], ratios: "list[tuple[str, str, str, str]] | tuple") -> list[str]:  # type: ignore[type-arg]
    lines = ["| Work | seconds | processor seconds | peak memory, MB | growth, MB |", "|---|---|---|---|---|"]
    for name, found in costs.items():
        keys = ("seconds", "processor", "peak", "growth")
        lines.append(row(WORDS[name], *(statistics.median(getattr(one, key) for one in found) for key in keys)))
    lines += ["", "| Ratio | seconds | processor seconds | goal |", "|---|---|---|---|"]
    for what, over, under, goal in ratios:
        pairs = [*zip(costs[over], costs[under], strict=True)]
        figures = [
            statistics.median(getattr(a, key) / getattr(b, key) for a, b in pairs) for key in ("seconds", "processor")
        ]
        lines.append(row(what, *figures, goal))
    return lines


WORDS = {
    "floor": "reading, one matrix product, writing",
    "batch": "batch, scorecard",
    "reasons": "batch, scorecard, with reasons",
    "own": f"reading, predict_proba of LightGBM ({TREES} trees), writing",
    "trees": "batch, LightGBM",
    "scan": "scan of every column",
    "features": "features of what the model reads",
    "tables": "batch from tables",
}


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="model-ready rows; 0 for none")
    parser.add_argument("--tables", type=Path, help="folder of the seven tables, CSV or Parquet")
    parser.add_argument("--share", type=float, default=0.13, help="clients of the smaller run from the seven tables")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="folder for copies and results (default: a temporary one)")
    parser.add_argument("--job", choices=tuple(WORDS), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--trees", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        job(options.job, options.data, options.out, options.trees)
        return
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        work = Path(folder)
        command = f"python -m benchmarks.batch --rounds {options.rounds}"
        if options.rows:
            _write_result("batch", f"{command} --rows {options.rows}", measure_rows(work, options.rows, options.rounds))
        if options.tables:
            found = measure_tables(work, options.tables, options.rounds, options.share)
            command += f" --rows 0 --tables build/full --share {options.share:g}"
            _write_result("batch-from-tables", command, found)


def _write_result(name: str, command: str, lines: list[str]) -> None:
    how = "Median of the interleaved rounds, each job in a process of its own, imports not counted."
    text = "\n".join([how, "", *lines])
    print(write_result(name, command, f"{text}\n"))
    print(text)


if __name__ == "__main__":
    main()
