"""Real servers record in a SQLite file: what was answered is there, whatever happens to a worker or to the file."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from scoring.record.kept_record import open_record
from tests.conftest import REQUIRED, START_SECONDS, eventually, in_time
from tests.decisions.conftest import locked


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture
def record(path):
    opened = open_record(str(path))
    yield opened
    opened.close()


def entries(record, kind, column):
    """Read a column of all entries of a kind, however busy the machine is."""
    query = f"SELECT {column} FROM record_entries WHERE kind = '{kind}' ORDER BY id"
    return record.read(lambda session: session.rows(query), START_SECONDS)


def recorded_ids(record):
    return {name for (name,) in entries(record, "decision", "id")}


def events(record):
    rows = entries(record, "model", "content")
    return [found["event"] for (content,) in rows if "event" in (found := json.loads(content))]


def post(service, body, path="/predict"):
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Askers:
    """Threads that ask for decisions until they are told to stop, and remember what was answered, and in what time."""

    def __init__(self, service, numbers, threads=4):
        self.ids, self.took, self.statuses = [], [], set()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(service, numbers[i::threads]), daemon=True) for i in range(threads)
        ]

    def _ask(self, service, numbers):
        while not self._stop.is_set():
            for number in numbers:
                if self._stop.is_set():
                    return
                begun = time.monotonic()
                try:
                    status, text = service.get(f"/predict/{number}")
                except OSError:  # the worker that had the connection was killed
                    continue
                self.took.append(time.monotonic() - begun)
                self.statuses.add(status)
                if status == 200:
                    self.ids.append(json.loads(text)["decision_id"])
                time.sleep(0.01)  # what the test waits for needs the processor too

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        if not eventually(lambda: len(self.ids) > 20):
            self._stop.set()
            raise AssertionError(f"statuses: {self.statuses}")
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_every_answered_decision_of_every_worker_has_its_entry(serve, path, record, numbers):
    service = serve(SCORING_DECISIONS=path)
    with Askers(service, numbers) as asked:
        several = post(service, {"applications": [REQUIRED] * 1000})
    expected = {*asked.ids, *(one["decision_id"] for one in several["predictions"])}
    assert asked.statuses == {200}
    assert len(expected) == len(asked.ids) + 1000
    assert recorded_ids(record) == expected
    assert events(record) == ["start"]


def test_two_services_share_a_file(serve, path, record, numbers):
    first, second = serve(SCORING_DECISIONS=path, WEB_CONCURRENCY=1), serve(SCORING_DECISIONS=path, WEB_CONCURRENCY=1)
    with Askers(first, numbers) as one, Askers(second, numbers) as other:
        pass
    assert one.statuses == other.statuses == {200}
    assert recorded_ids(record) == {*one.ids, *other.ids}
    assert len(set(entries(record, "decision", "chain"))) == 2


def test_a_killed_worker_loses_no_answered_decision(serve, path, record, numbers):
    service = serve(SCORING_DECISIONS=path)
    with Askers(service, numbers) as asked:
        for _ in range(2):
            before = len(asked.ids)
            os.kill(service.children()[0], signal.SIGKILL)
            assert eventually(lambda: len(asked.ids) > before + 20)  # noqa: B023
    assert asked.statuses == {200}
    assert recorded_ids(record) >= set(asked.ids)


def test_no_thread_waits_for_the_record(serve, path, record, numbers):
    options = "--threads 1 --access-logfile -"
    service = serve(SCORING_DECISIONS=path, WEB_CONCURRENCY=1, GUNICORN_CMD_ARGS=options)
    with ThreadPoolExecutor(8) as callers:
        with locked(path):
            asked = [callers.submit(service.get, f"/predict/{number}") for number in numbers[:8]]
            while not all(one.done() for one in asked):  # the only thread answers others meanwhile
                begun = time.monotonic()
                assert service.get(f"/explain/{numbers[0]}")[0] == 200
                assert time.monotonic() - begun < in_time(1.5)
            answers = [one.result() for one in asked]
        assert {status for status, _ in answers} == {503}
        assert recorded_ids(record) == set()
        answers = [*callers.map(service.get, [f"/predict/{number}" for number in numbers[:8]])]
    assert recorded_ids(record) == {json.loads(text)["decision_id"] for _, text in answers}
    logged = re.findall(r'"GET /predict/<client_id> HTTP/1.1" ([0-9]+)', service.log.read_text())
    assert logged == ["503"] * 8 + ["200"] * 8


def test_no_thread_waits_for_the_record_to_answer_head(serve, path, record, numbers):
    service = serve(SCORING_DECISIONS=path, WEB_CONCURRENCY=1, GUNICORN_CMD_ARGS="--threads 1")
    with ThreadPoolExecutor(8) as callers:
        with locked(path):
            asked = [callers.submit(service.get, f"/predict/{number}", "HEAD") for number in numbers[:8]]
            while not all(one.done() for one in asked):
                begun = time.monotonic()
                assert service.get("/health/live")[0] == 200
                assert time.monotonic() - begun < in_time(1.0)
            assert {one.result() for one in asked} == {(503, "")}
        assert service.get(f"/predict/{numbers[0]}", "HEAD") == (200, "")
    assert recorded_ids(record) == set()


def test_a_file_that_another_program_holds_is_a_503_in_time_and_the_service_recovers(serve, path, record, numbers):
    service = serve(SCORING_DECISIONS=path)
    with locked(path):
        begun = time.monotonic()
        status, text = service.get(f"/predict/{numbers[0]}")
        assert time.monotonic() - begun < in_time(3)
        assert status == 503
        assert json.loads(text)["type"] == "urn:problem:record-unavailable"
        assert service.get(f"/explain/{numbers[0]}")[0] == 200
        assert service.get("/health/live")[0] == 200
    assert recorded_ids(record) == set()
    assert service.get(f"/predict/{numbers[0]}")[0] == 200
    assert len(recorded_ids(record)) == 1
    with pytest.raises(urllib.error.HTTPError, match="422"):
        post(service, {})


def test_a_reload_under_load_fails_no_request_and_is_an_entry_and_so_is_a_refused_one(
    serve, folder, path, record, numbers
):
    service = serve(SCORING_DECISIONS=path, SCORING_ARTEFACTS=folder)

    def workers():
        return set(service.children())

    with Askers(service, numbers) as asked:
        former = workers()
        service.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: events(record) == ["start", "reload"])
        assert eventually(lambda: len(workers()) == 2 and not workers() & former)
        (folder / "scaler.pkl").write_bytes(b"x")
        service.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: events(record) == ["start", "reload", "refused"])
        before = len(asked.ids)
        assert eventually(lambda: len(asked.ids) > before + 20)
    assert asked.statuses == {200}
    assert recorded_ids(record) == set(asked.ids)
    assert "Reload failed, the service continues with the former model." in service.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("server", ["gunicorn", "flask"])
def test_a_place_that_cannot_be_written_stops_the_start_with_one_message(refused, tmp_path, server):
    place = tmp_path / "missing" / "decisions.db"
    code, said = refused(server, SCORING_DECISIONS=place)
    assert code == 1
    assert f"The service does not start. SCORING_DECISIONS={place}" in said
    assert "SCORING_DECISIONS=off serves without a record." in said
    assert "Traceback" not in said


def test_the_log_has_every_checkpoint_as_the_file_outside_has_it(serve, path, numbers):
    service = serve(SCORING_DECISIONS=path)
    assert service.get(f"/predict/{numbers[0]}")[0] == 200
    service.stop()
    lines = path.with_name("decisions.db.checkpoints").read_text().splitlines()
    logged = re.findall(r"^Checkpoint of the decision record: (.*)$", service.log.read_text(), re.MULTILINE)
    assert len(lines) >= 2
    assert logged == lines


def test_a_record_that_is_emptied_while_it_is_served_answers_503_and_stops_the_next_start(
    serve, refused, path, numbers
):
    service = serve(SCORING_DECISIONS=path)
    assert service.get(f"/predict/{numbers[0]}")[0] == 200
    with contextlib.closing(sqlite3.connect(path)) as other:  # writes the log back, so that it cannot help
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, 0)
    for number in numbers[:4]:
        assert service.get(f"/predict/{number}")[0] == 503
    service.stop()
    code, said = refused("gunicorn", SCORING_DECISIONS=path)
    assert code == 1
    assert "decisions.db: was emptied. Restore it from a backup; or, to begin a new record, move away" in said
