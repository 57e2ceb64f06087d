"""Fixtures that several rooms share."""

import contextlib
import csv
import gc
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.examples import TIMES, examples
from tests.gunicorn_process import GunicornProcess

# How fast a test runs tells of the machine, never of the code; and the service that examples share keeps nothing.
settings.register_profile(
    "any machine",
    deadline=None,
    max_examples=examples(15),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("any machine")
if TIMES == 1:  # reading all modules for constants to try as examples takes each process seconds; the drill does it
    providers._get_local_constants = lambda: providers._local_constants
# jsonschema would compile the grammar of 38 kinds of addresses, which takes a second, for formats of no schema here.
sys.modules.setdefault("rfc3987_syntax", None)

PROJECT = Path(__file__).resolve().parent.parent
PUBLISHED = (
    "df_sample.csv",
    "applications_sample.csv",
    "modele_retenu.json",
    "modele_retenu.pkl",
    "scaler.pkl",
)
# A new application with the required fields, and a file with the same and one field more, as spreadsheets save it.
REQUIRED = {
    "AMT_CREDIT": 500000,
    "AMT_INCOME_TOTAL": 150000,
    "AMT_ANNUITY": 25000,
    "DAYS_BIRTH": -15000,
    "NAME_CONTRACT_TYPE": "Cash loans",
}
HEADER = "SK_ID_CURR;NAME_CONTRACT_TYPE;AMT_CREDIT;AMT_INCOME_TOTAL;AMT_ANNUITY;DAYS_BIRTH;EXT_SOURCE_2\n"
ROW = "500024;Cash loans;500000,5;150000;25000,25;-15000;0,5\n"
READ_ROW = {**REQUIRED, "SK_ID_CURR": 500024, "AMT_CREDIT": 500000.5, "AMT_ANNUITY": 25000.25, "EXT_SOURCE_2": 0.5}
DECISION_KEYS = [
    "client_id", "probability", "threshold", "prediction", "decision", "calibrated_probability", "review",
    "model_version", "decision_id", "warnings", "warning_details", "policy",
]  # fmt: skip
OLDER_UNVERIFIED = PROJECT / "tests" / "fixtures" / "older_scikit_learn"
START_SECONDS = 60
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


# The files that take longest, in the order in which the test processes take them, so that none of them is left for the
# end. Those that wait for a browser or a server stand between those that compute.
FIRST = (
    "tests/interface_streamlit/test_pages.py",
    "tests/service/test_pages.py",
    "tests/interface_streamlit/test_accessibility.py",
    "tests/training/test_tracking.py",
    "tests/test_cli.py",
    "tests/training/test_families.py",
    "tests/test_notebooks.py",
    "tests/record/test_bad_luck.py",
    "tests/service/test_recorded.py",
    "tests/service/test_schemathesis.py",
    "tests/home_credit/history/test_engines.py",
    "tests/service/test_slow_callers.py",
    "tests/service/test_clients_in_postgres.py",
    "tests/service/test_start.py",
    "tests/service/test_large_bodies.py",
    "tests/tables/workbook/test_workbook_reader.py",
    "tests/service/test_reload.py",
    "tests/web/test_generated_clients.py",
    "tests/tools/site/test_built_site.py",
    "tests/replay/test_replayed.py",
    "tests/service/test_remote_artefacts.py",
    "tests/service/test_clients_in_file.py",
    "tests/service/test_gunicorn.py",
    "tests/batch/test_tables.py",
    "tests/batch/test_batch_command.py",
)
# Files whose tests run in one process, since what they share takes long to start: a browser that knows the pages, a
# front-end and its service; a trained model; a Java that has compiled what Spark runs. The first pattern that fits
# counts; any other file is alone.
TOGETHER = {
    "walks": "tests/interface_streamlit/test_(pages|client_page|upload_page|new_application|texts_of_others)",
    "front-end": "tests/interface_streamlit/",
    "browser": "tests/service/test_(pages|prefix|frames|cross_origin|keys|recorded_page|monitor_page)",
    "history": "tests/home_credit/history/test_(?!engines)",
    "spark": "tests/(home_credit/history/test_engines|batch/test_spark_engine|export/test_sql_on_spark)",
    "families": "tests/training/test_families",
    "training": "tests/training/",
}


def group_of(nodeid):
    """Name the group of files, or the file, of a test.

    >>> group_of("tests/training/test_train.py::test_a"), group_of("scoring/a.py::scoring.a")
    ('training', 'scoring/a.py')
    """
    file = nodeid.partition("::")[0]
    return next((name for name, pattern in TOGETHER.items() if re.match(pattern, file)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With ``--dist loadfile``, give the tests of a group of files to one process."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Groups(config, log)


def pytest_configure(config):
    """Have each process collect in an order of its own: those that read the same file at once would all compile it."""
    given = getattr(config, "workerinput", None)
    if given and "tests" in config.args:
        paths = sorted(path for path in (PROJECT / "tests").iterdir() if path.is_dir() or path.name.startswith("test_"))
        first = len(paths) * int(given["workerid"].removeprefix("gw")) // given["workercount"]
        config.args[:] = [*map(str, paths[first:] + paths[:first]), *(arg for arg in config.args if arg != "tests")]


def pytest_sessionstart():
    # A shell ignores the interrupt of what it starts in the background, and programs inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.disable()  # all that is imported and collected stays: looking through it for garbage takes a sixth of the time


def pytest_collection_finish():
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    place = {name: number for number, name in enumerate(FIRST)}

    def order(item):
        file = item.nodeid.partition("::")[0]
        return place.get(file, len(FIRST)), not file.startswith("tests/"), file  # doctests, which are short, at the end

    items.sort(key=order)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where NO_SKIPS=1 a skip is a failure: that machine can have what the test needs.

    Tests on real data are excepted: no licence lets a public machine have it.
    """
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("NO_SKIPS") == "1" and not item.get_closest_marker("realdata"):
        report.outcome = "failed"
        report.longrepr = f"skipped where NO_SKIPS=1 forbids it: {report.longrepr}"


@pytest.fixture(scope="session")
def project():
    """Find the project's own folder."""
    return PROJECT


@pytest.fixture
def folder(tmp_path):
    """Copy the published files, for a test to change."""
    copy = tmp_path / "artefacts"
    copy.mkdir()
    return copy_published(copy)


def copy_published(folder):
    for name in PUBLISHED:
        shutil.copy(PROJECT / name, folder)
    return folder


@pytest.fixture
def unverified(tmp_path):
    """Copy artefacts without a manifest, made by an older scikit-learn, for a test to change."""
    copy = tmp_path / "unverified"
    copy.mkdir()
    for name in ("df_sample.csv", "modele_retenu.pkl", "scaler.pkl"):
        shutil.copy(OLDER_UNVERIFIED / name, copy)
    return copy


@pytest.fixture(scope="session")
def numbers():
    """Read the bundled clients' numbers."""
    with (PROJECT / "df_sample.csv").open(encoding="utf-8", newline="") as file:
        return [int(row["SK_ID_CURR"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="session", autouse=True)
def _bundled_model_loaded_once():
    """Load the bundled model once for all services in a process: they do not change it, and its tables take longest."""
    from scoring.storage import artefacts

    load = artefacts.load_bundle
    bundled = cache(lambda *given: load(PROJECT, *given))

    def load_once(folder, clients=None, threshold=None, digits=None, currency="", others=(), *trust, known=True):
        given = (threshold, digits, currency, tuple(others), *trust)
        is_bundled = (folder, clients, known) == (PROJECT, None, True)
        return bundled(None, *given) if is_bundled else load(folder, clients, *given, known=known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artefacts, "load_bundle", load_once)
        yield


@pytest.fixture(scope="session")
def app():
    """Make the service on the bundled sample."""
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    return create_app(Settings())


@pytest.fixture
def client(app):
    """Ask the service without a network."""
    return app.test_client()


@pytest.fixture(scope="session")
def real_data():
    """Find the real tables, or skip."""
    path = Path(os.environ.get("HOME_CREDIT_DATA", PROJECT.parent / "shared" / "data" / "home_credit"))
    if not (path / "application_train.parquet").exists():
        pytest.skip("the real applications are not on this machine (HOME_CREDIT_DATA)")
    return path


def clean_environment(**more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCORING_")}
    # A service that a test starts records nothing, unless the test says where.
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        "SCORING_DECISIONS": "off",
        **{name: str(value) for name, value in more.items()},
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(happens, seconds=START_SECONDS):
    """Wait until something happens; says whether it did."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.05)
    return False


def in_time(seconds):
    """Seconds within which something that is promised sooner has to happen here: a busy machine takes longer.

    ``make drill`` measures how long it takes on a quiet one.
    """
    return max(30.0, seconds)


def is_running(pid):
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


class Running:
    """A started server; ``get`` asks it."""

    def __init__(self, process, port, log):
        self.process, self.port, self.log = process, port, log

    def get(self, path, method="GET"):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with urllib.request.urlopen(asked, timeout=START_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait(self, path="/health/live"):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.log.read_text()}")
            with contextlib.suppress(OSError):
                if self.get(path)[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError("no answer in time")

    def children(self):
        """List the ids of the server's child processes: its workers, and others."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [line.split() for line in listed.splitlines()]
        return [int(pid) for pid, parent in pairs if int(parent) == self.process.pid]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def start_gunicorn(logs, cwd=PROJECT, port=None, most_memory=None, **environment):
    """Start a real gunicorn in a process of its own; what it says goes to a file, since a full pipe would stop it.

    Each of its processes gets ``most_memory`` bytes at most.
    """
    port = port or free_port()
    log = logs / f"gunicorn-{port}.log"
    log.touch()
    environment = clean_environment(**{"PORT": port, "WEB_CONCURRENCY": 2, **environment})
    process = GunicornProcess(cwd, environment, log, most_memory)
    running = Running(process, port, log)
    try:
        running.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    return running


@pytest.fixture
def serve(tmp_path):
    """Start servers that end with the test."""
    started = []

    def starting(**options):
        started.append(start_gunicorn(tmp_path, **options))
        return started[-1]

    yield starting
    for running in started:
        running.stop()


@pytest.fixture(scope="session")
def sample_service(tmp_path_factory):
    """Serve the bundled sample for all tests that only ask it."""
    running = start_gunicorn(tmp_path_factory.mktemp("service"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgres():
    """Start one PostgreSQL for all tests of a process; those that stop it start it again."""
    from tests.postgres import Postgres

    server = Postgres(in_memory=True)
    yield server
    server.end()


@pytest.fixture(scope="session")
def browser():
    """Start a real Chromium, or skip."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: install one of {', '.join(BROWSERS)}")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)  # as long as every other wait: the machine may be busy
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield started
        started.close()
