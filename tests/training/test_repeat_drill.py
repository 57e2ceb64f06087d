"""The same figures again at real size: on other cores, in a second run, and after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import joblib
import numpy as np
import pytest

from benchmarks.machine import write_result

BUNDLED = Path(__file__).resolve().parents[2]
CLIENTS, SEED = "60000", "1"  # as in the Makefile

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables") / "made"
    command = ["synthesize", "--clients", CLIENTS, "--seed", SEED, "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "scoring", *command], check=True, capture_output=True)
    return folder


def training(tables, out, *options, threads=1):
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    command = [sys.executable, "-m", "scoring", "train", "--data", str(tables), "--out", str(out), "--seed", SEED]
    return subprocess.Popen([*command, "--no-tracking", *options], env=environment, stderr=subprocess.DEVNULL)


def trained(tables, out, *options, threads=1, cores=None):
    process = training(tables, out, *options, threads=threads)
    if cores is not None:
        os.sched_setaffinity(process.pid, cores)
    assert process.wait() == 0
    return out


def manifest(folder):
    manifest = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
    return {name: value for name, value in manifest.items() if name != "created_at"}


def test_the_bundled_model_comes_out_again_on_one_core_and_on_all(tables, tmp_path):
    bundled = joblib.load(BUNDLED / "modele_retenu.pkl")
    lines = ["| cores, threads | largest difference of a coefficient to the bundled model |", "|---|---|"]
    for threads, cores in ((1, {0}), (2, None)):
        again = trained(tables, tmp_path / str(threads), "--candidates", "scorecard", threads=threads, cores=cores)
        made = joblib.load(again / "modele_retenu.pkl")
        assert manifest(again)["features"] == manifest(BUNDLED)["features"]
        difference = max(np.abs(made.coef_ - bundled.coef_).max(), np.abs(made.intercept_ - bundled.intercept_).max())
        lines.append(f"| {threads} | {difference:.1e} |")
        assert difference < 1e-8
    write_result("same-model-again", "python -m pytest -m drill tests/training", "\n".join(lines) + "\n")


def test_a_search_gives_the_same_champion_and_metrics_again_even_after_a_kill(tables, tmp_path):
    options = ("--candidates", "logistic regression,lightgbm", "--trials", "3", "--search-top", "2")
    first = trained(tables, tmp_path / "first", *options)
    work = tmp_path / "work"
    killed = training(tables, tmp_path / "second", *options, "--work", str(work))
    while not (work / "search.db").exists():
        assert killed.poll() is None
        time.sleep(1)
    time.sleep(20)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    second = trained(tables, tmp_path / "second", *options, "--work", str(work))
    assert manifest(second) == manifest(first)
