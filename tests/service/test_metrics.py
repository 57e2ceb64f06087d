"""Real workers under load: their metrics together say exactly what the callers received, also over reloads."""

import http.client
import json
import random
import re
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import REQUIRED, eventually, start_gunicorn
from tests.decisions.conftest import locked
from tests.service.callers import connect

INVALID = b"G@T /predict/500024 HTTP/1.1\r\n\r\n"
LABEL = re.compile(r'(\w+)="([^"]*)"')


class Load(threading.Thread):
    """A caller that asks one thing after another, and counts the answers and decisions that it receives."""

    def __init__(self, port, numbers, seed):
        super().__init__()
        self._port, self._numbers, self._random = port, numbers, random.Random(seed)
        self.ending = threading.Event()
        self.answers, self.decisions, self.failures = Counter(), Counter(), []

    def run(self):
        try:
            while not self.ending.is_set():
                self._ask()
                time.sleep(0.01)  # reloads need the processor too
        except Exception as error:  # noqa: BLE001  (shown by the test)
            self.failures.append(error)

    def _ask(self):
        number, kind = self._random.choice(self._numbers), self._random.random()
        if kind < 0.6:
            self._send("GET", f"/predict/{number}", "/predict/<client_id>", "lookup")
        elif kind < 0.7:
            self._send("GET", "/predict/999999", "/predict/<client_id>")
        elif kind < 0.8:
            self._send("POST", "/predict", "/predict", "application", REQUIRED)
        elif kind < 0.85:
            many = {"applications": [REQUIRED] * self._random.randint(2, 5)}
            self._send("POST", "/predict", "/predict", "list", many)
        elif kind < 0.9:
            self._send("POST", "/predict", "/predict", "", {"AMT_CREDIT": -1})
        elif kind < 0.95:
            self._send("GET", f"/{number}", "none")
        else:
            self._send_invalid()

    def _send(self, method, path, route, source="", body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        self.answers[method, route, str(answer.status)] += 1
        if answer.status == 200:
            for one in content.get("predictions", [content]):
                self.decisions[source, one["decision"], str(one["review"]).lower()] += 1

    def _send_invalid(self):
        with connect(self._port) as caller:
            caller.sendall(INVALID)
            received = b""
            while piece := caller.recv(2**16):
                received += piece
        self.answers["other", "none", received.split()[1].decode()] += 1


def read(service):
    """Read the metrics: name and labels, with the value."""
    samples = {}
    for line in service.get("/metrics")[1].splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            samples[name.partition("{")[0], *LABEL.findall(name)] = float(value)
    return samples


def counted(service, name, *labels):
    found = Counter()
    for (sample, *pairs), value in read(service).items():
        if sample == name and value:
            given = dict(pairs)
            found[tuple(given[label] for label in labels)] = int(value)
    return found


def answers(service):
    found = counted(service, "scoring_request_duration_seconds_count", "method", "route", "status")
    return Counter({key: count for key, count in found.items() if key[1] not in {"/health/live", "/metrics"}})


def decisions(service):
    return counted(service, "scoring_decisions_total", "source", "outcome", "review")


def reload_once(service, times):
    service.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: counted(service, "scoring_reloads_total", "outcome")["loaded",] == times)
    assert eventually(lambda: service.log.read_text().count("Worker exiting") >= times * service.workers)


def check(tmp_path, numbers, workers, callers, reloads, pause):
    """Load a service while it reloads, and for a while without its decision record; compares all counts."""
    folder, record = tmp_path / "metrics", tmp_path / "decisions.db"
    service = start_gunicorn(
        tmp_path, WEB_CONCURRENCY=workers, PROMETHEUS_MULTIPROC_DIR=folder, SCORING_DECISIONS=record
    )
    service.workers = workers
    try:
        load = [Load(service.port, numbers, seed) for seed in range(callers)]
        for one in load:
            one.start()
        for times in range(1, reloads + 1):
            time.sleep(pause)
            reload_once(service, times)
            assert eventually(lambda: len([*folder.glob("*.db")]) <= 2 * (workers + 2))
        with locked(record):
            time.sleep(2.5)
        for one in load:
            one.ending.set()
        for one in load:
            one.join()
        assert [one.failures for one in load] == [[]] * callers
        received, decided = (
            sum((one.answers for one in load), Counter()),
            sum((one.decisions for one in load), Counter()),
        )
        assert received["GET", "/predict/<client_id>", "503"] > 0
        assert answers(service) == received
        assert decisions(service) == decided
        found = counted(service, "scoring_problems_total", "kind")
        assert found.total() == sum(count for (*_, status), count in received.items() if status >= "400")
        assert found["record-unavailable",] == sum(count for (*_, status), count in received.items() if status == "503")
        (probabilities,) = counted(service, "scoring_calibrated_probability_count").values()
        assert probabilities == decided.total()
        return received, decided, sorted(file.name for file in folder.glob("*.db"))
    finally:
        service.stop()


def test_the_sums_of_all_workers_are_what_the_callers_received_also_over_reloads(tmp_path, numbers):
    received, decided, _ = check(tmp_path, numbers, workers=2, callers=2, reloads=2, pause=0.3)
    assert {status for *_, status in received} == {"200", "400", "404", "422", "503"}
    assert {source for source, *_ in decided} == {"lookup", "application", "list"}


@pytest.mark.drill
def test_four_workers_under_load_over_20_reloads(tmp_path, numbers):
    received, decided, files = check(tmp_path, numbers, workers=4, callers=8, reloads=20, pause=2)
    print(f"\n{received.total()} answers, {decided.total()} decisions, {len(files)} files")  # noqa: T201
    assert received.total() > 2000


def test_without_a_folder_in_the_settings_the_service_makes_one_and_removes_it(tmp_path):
    service = start_gunicorn(tmp_path, WEB_CONCURRENCY=1)
    environment = Path(f"/proc/{service.children()[0]}/maps")
    if not environment.exists():
        service.stop()
        pytest.skip("only Linux shows which files a process uses")
    service.get("/metrics")
    folders = {Path(name).parent for name in re.findall(r"/\S+/scoring-metrics-\S+\.db", environment.read_text())}
    assert len(folders) == 1
    (folder,) = folders
    assert folder.stat().st_mode & 0o077 == 0  # nobody else reads it
    service.stop()
    assert not folder.exists()
