"""Load and kills for longer than a daily test takes: what was answered is in the record, and the record verifies."""

import os
import signal
import statistics
import time

import pytest

from benchmarks.machine import write_result
from scoring.record.kept_record import open_store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.conftest import eventually
from tests.postgres import Postgres
from tests.service.test_recorded import Askers

SECONDS = 30
KILLS = 20


@pytest.fixture(scope="module")
def postgres():
    server = Postgres()
    yield server
    server.end()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request, tmp_path):
    """Name a SQLite file, then a database in PostgreSQL."""
    url = request.getfixturevalue("postgres").new_database() if request.param == "PostgreSQL" else tmp_path / "d.db"
    return request.param, str(url)


def all_ids(url):
    """Read the ids of all decisions."""
    session = open_store(url).open_session()
    rows = session.rows("SELECT id FROM record_entries WHERE kind = 'decision'")
    session.close()
    return {row[0] for row in rows}


def problems(url):
    return [*verify(open_store(url), Report(), None, None, lambda _: None)]


@pytest.mark.drill
def test_under_load_every_answered_decision_has_its_entry_and_the_record_verifies(serve, place, numbers):
    name, url = place
    service = serve(SCORING_DECISIONS=url, WEB_CONCURRENCY=4)
    with Askers(service, numbers, threads=16) as asked:
        time.sleep(SECONDS)
    service.stop()
    assert asked.statuses == {200}
    assert all_ids(url) == set(asked.ids)
    assert len(set(asked.ids)) == len(asked.ids)
    assert problems(url) == []
    slowest = statistics.quantiles(asked.took, n=100)[98]
    rows = f"| Record | Answers a second | 99th percentile |\n|---|---|---|\n| {name} | "
    rows += f"{len(asked.ids) / SECONDS:.0f} | {1000 * slowest:.0f} ms |\n"
    found = f"4 workers, 16 connections, {SECONDS} s: every answered decision is recorded, and the record verifies."
    write_result(f"recorded-{name.lower()}", "make drill", f"{found}\n\n{rows}")


@pytest.mark.drill
def test_no_kill_of_a_worker_loses_an_answered_decision(serve, place, numbers):
    _, url = place
    service = serve(SCORING_DECISIONS=url)
    with Askers(service, numbers, threads=8) as asked:
        for _ in range(KILLS):
            before = len(asked.ids)
            os.kill(service.children()[0], signal.SIGKILL)
            assert eventually(lambda: len(asked.ids) > before + 50)  # noqa: B023
    service.stop()
    assert asked.statuses == {200}
    assert all_ids(url) >= set(asked.ids)
    assert problems(url) == []


@pytest.mark.drill
def test_a_hundred_reloads_under_load_fail_no_request(serve, place, numbers):
    _, url = place
    service = serve(SCORING_DECISIONS=url)
    with Askers(service, numbers, threads=8) as asked:
        for _ in range(100):
            former = set(service.children())
            service.process.send_signal(signal.SIGHUP)
            assert eventually(lambda: not former & set(service.children()))  # noqa: B023
    service.stop()
    assert asked.statuses == {200}
    assert all_ids(url) == set(asked.ids)
    assert problems(url) == []
