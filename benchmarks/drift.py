"""How often drift is found where there is none, and where one of ten shifts was planted; ``make drill``.

``python -m benchmarks.drift [--draws 200] [--model .] [--real FOLDER]`` writes a dated page. The clients are
those of the generator; the real applications are compared where they are on this machine. Exit code 1 if false alarms
are more frequent than stated.
"""

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import binom

from benchmarks.drift_shifts import NAMES, shift
from benchmarks.machine import write_result
from scoring.cli.validation_commands import load_model
from scoring.monitoring.drift.drift_comparison import measure_drift
from scoring.monitoring.drift.drift_report import DriftReport
from scoring.monitoring.drift.drift_tests import Options, compare
from scoring.monitoring.drift.references import count_sample
from scoring.monitoring.drift.samples import Sample, read_table_sample
from scoring.validation.figures import Model, Table
from tools.synthetic.history.write import write

SIZES = (200, 1000, 5000, 20000)
LEVEL = 0.05
_POOL, _REFERENCE = 120_000, 40_000
_MONTHS, _MONTH = 12, 1000
_REAL = Path(os.environ.get("HOME_CREDIT_DATA", "../shared/data/home_credit"))


@cache
def _model(folder: Path) -> Model:
    return load_model(folder)


@cache
def _pool(folder: Path, clients: Path) -> Sample:
    return read_table_sample(_model(folder), Table(clients))


def _draw(folder: Path, clients: Path, seed: int, shifts: bool) -> dict[tuple[str, int], set[str]]:
    """Split the clients at random into a reference and current ones; return what moved, by shift and size.

    Without a shift nothing is tolerated, so that every significant difference is an alarm; with one, the usual is.
    """
    model, pool = _model(folder), _pool(folder, clients)
    draws = np.random.default_rng(seed)
    order = draws.permutation(len(pool.rows))
    reference = count_sample(model, pool.select(order[:_REFERENCE]))
    moved = {}
    for size in SIZES:
        current = pool.select(draws.permutation(order[_REFERENCE:])[:size])
        for name in NAMES if shifts else ("",):
            now = shift(model, current, name, seed) if name else current
            options = Options(tolerated=1.0 if name else 0.0, seed=seed)
            moved[name, size] = {*compare(model, reference, now, LEVEL, options).movements}
    return moved


# What has to be among the findings, so that a shift counts as found.
FOUND = {
    "income +20 %": "AMT_INCOME_TOTAL",
    "a category renamed": "NAME_EDUCATION_TYPE",
    "a column lost": "EXT_SOURCE_3",
    "younger clients": "DAYS_BIRTH",
    "unit error": "AMT_ANNUITY",
    "another mix of products": "NAME_CONTRACT_TYPE",
    "a doubled outlier tail": "AMT_",
    "a missing rate": "OCCUPATION_TYPE",
    "a joint shift with equal marginals": "joint",
    "the score alone": "score",
}


def _count(
    folder: Path, clients: Path, seeds: range, *, shifts: bool, processes: int
) -> dict[tuple[str, int], list[set[str]]]:
    found: dict[tuple[str, int], list[set[str]]] = {}
    n = len(seeds)
    with ProcessPoolExecutor(processes) as pool:
        jobs = pool.map(_draw, [folder] * n, [clients] * n, seeds, [shifts] * n)
        for done, moved in enumerate(jobs, start=1):
            for key, names in moved.items():
                found.setdefault(key, []).append(names)
            print(f"{'shifts' if shifts else 'no drift'}: {done} of {n}", file=sys.stderr, flush=True)
    return found


def _tell_alarms(found: dict[tuple[str, int], list[set[str]]], draws: int) -> Iterator[str]:
    most = int(binom.ppf(0.975, draws, LEVEL))
    yield f"## False alarms: {draws} fresh draws without drift at each size\n"
    yield (
        f"Each draw splits {_POOL:,} generated clients at random: {_REFERENCE:,} are the reference, others the current "
        "ones. Nothing is tolerated (`--tolerated 0`): with the usual tolerance every p-value is larger. Stated: "
        f"{LEVEL:.0%} at most; {draws} draws at exactly this rate have up to {most} alarms (97.5 % quantile).\n"
    )
    yield "| Clients | Alarms | Share | What moved |\n|---|---|---|---|"
    for size in SIZES:
        alarms = [names for names in found["", size] if names]
        what = Counter(name for names in alarms for name in names).most_common(4)
        listed = ", ".join(f"{name} {count}" for name, count in what) or "-"
        yield f"| {size:,} | {len(alarms)} of {draws} | {len(alarms) / draws:.1%} | {listed} |"


def _tell_power(found: dict[tuple[str, int], list[set[str]]], draws: int) -> Iterator[str]:
    yield f"\n## Ten shifts: found in how many of {draws} draws, with the usual tolerance\n"
    yield "| Shift | " + " | ".join(f"{size:,}" for size in SIZES) + " |\n|---|" + "---|" * len(SIZES)
    for name in NAMES:
        cells = [
            sum(any(one.startswith(FOUND[name]) for one in names) for names in found[name, size]) for size in SIZES
        ]
        yield f"| {name} | " + " | ".join(map(str, cells)) + " |"


def _tell_real(folder: Path, data: Path) -> Iterator[str]:
    model = _model(folder)
    labelled = read_table_sample(model, Table(data / "application_train.parquet"))
    other = read_table_sample(model, Table(data / "application_test.parquet"))
    reference = count_sample(model, labelled)
    yield f"\n## Real applications: {len(labelled.rows):,} labelled as the reference\n"
    report = measure_drift(model, reference, other, Options())
    yield f"Against the {len(other.rows):,} unlabelled ones: {'drift' if report.alarm else 'no drift'}.\n"
    yield from _sentences(report)
    draws = np.random.default_rng(0)
    for name, sample in (("of the labelled ones, so without drift", labelled), ("of the unlabelled ones", other)):
        months = [
            compare(model, reference, sample.select(draws.permutation(len(sample.rows))[:_MONTH]), LEVEL, Options())
            for _ in range(_MONTHS)
        ]
        alarms = [month.movements for month in months if month.movements]
        what = Counter(one for month in alarms for one in month).most_common(6)
        listed = ", ".join(f"{one} {count}" for one, count in what)
        yield f"\n{_MONTHS} months of {_MONTH:,} drawn {name}: {len(alarms)} with an alarm" + (
            f" ({listed})." if listed else "."
        )


def _sentences(report: DriftReport) -> Iterator[str]:
    rates = report.score.refusal_rate
    told = f"Refused {rates.current:.1%}, reference {rates.reference:.1%}; what single effects leave open:"
    yield f"{told} {100 * report.unexplained:+.1f} points.\n"
    yield from (f"- {one.sentence.en}" for one in report.moved)


def main() -> int:
    """Run the drill; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--shifted", type=int, default=20, help="draws with each shift")
    parser.add_argument("--model", type=Path, default=Path())
    parser.add_argument("--clients", type=Path, help="folder of generated clients; by default they are generated")
    parser.add_argument("--real", type=Path, default=_REAL)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        clients = given.clients or Path(scratch)
        if given.clients is None:
            write(clients, _POOL, 11, histories=False)
        command = " ".join(["python -m benchmarks.drift", *sys.argv[1:]])
        many = _count(given.model, clients, range(given.draws), shifts=False, processes=given.processes)
        lines = [*_tell_alarms(many, given.draws)]
        write_result("drift", command, "\n".join(lines) + "\n")  # again after each part: all of them take long
        if (given.real / "application_test.parquet").is_file():
            lines += _tell_real(given.model, given.real)
            write_result("drift", command, "\n".join(lines) + "\n")
        shifted = _count(given.model, clients, range(given.shifted), shifts=True, processes=given.processes)
        lines += _tell_power(shifted, given.shifted)
        print(write_result("drift", command, "\n".join(lines) + "\n"))
    most = binom.ppf(0.975, given.draws, LEVEL)
    return int(any(sum(map(bool, many["", size])) > most for size in SIZES))


if __name__ == "__main__":
    sys.exit(main())
