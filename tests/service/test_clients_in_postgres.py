"""Real servers look clients up in a real PostgreSQL, whatever happens to it."""

import json
import threading
import time
import urllib.error
import urllib.request

import pandas as pd
import pytest

from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.conftest import PROJECT, REQUIRED, eventually
from tests.postgres import MOST_SECONDS


@pytest.fixture
def url(postgres):
    """Load the bundled clients."""
    address = postgres.new_schema()
    load(address, PROJECT / "df_sample.csv")
    return address


def load(url, table):
    schema = StoredSchema.from_manifest(read_manifest(PROJECT / "modele_retenu.json"))
    load_into_postgres(url, ClientSource(schema, table, PROJECT / "applications_sample.csv"))


def read(service, path, body=None):
    """Ask a service; returns status, headers, content and seconds."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{service.port}{path}", data, {"Content-Type": "application/json"}
    )
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, headers, content = answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        status, headers, content = error.code, error.headers, json.load(error)
    return status, headers, content, time.monotonic() - begun


class Asking:
    """Threads that look clients up all the time."""

    def __init__(self, service, numbers, threads=6):
        self.answers, self._service, self._numbers = [], service, numbers
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, start):
        place = start * 7
        while not self._done.wait(0.005):  # without a pause, the callers would take most of the machine
            number = self._numbers[place % len(self._numbers)]
            self.answers.append((number, *read(self._service, f"/predict/{number}")))
            place += 1

    def gets(self, status):
        """Wait for the next answer with a status."""
        count = len(self.answers)
        return eventually(lambda: any(answer[1] == status for answer in self.answers[count:]))


def test_answers_are_those_from_memory_to_the_last_digit(serve, sample_service, url, numbers):
    service = serve(SCORING_CLIENTS=url, SCORING_OPEN=1)
    addresses = [f"/{route}/{number}" for number in numbers[:40] for route in ("predict", "explain", "clients")]
    addresses += [
        "/clients?limit=500",
        f"/clients?after={numbers[500]}",
        "/population?features=AMT_CREDIT",
        "/features",
    ]
    addresses += ["/predict/999999", "/predict/1", "/explain/999999"]
    for address in addresses:
        status, _, content, _ = read(service, address)
        expected, _, wanted, _ = read(sample_service, address)
        assert (status, without_ids(content)) == (expected, without_ids(wanted)), address
    for history in ("stored", "known"):
        path, body = f"/predict?history={history}", {**REQUIRED, "SK_ID_CURR": numbers[3]}
        assert without_ids(read(service, path, body)[2]) == without_ids(read(sample_service, path, body)[2])


def without_ids(content):
    return {name: value for name, value in content.items() if name not in {"decision_id", "request_id", "instance"}}


def test_a_database_that_is_stopped_and_started_under_load_is_a_503_in_time_and_no_restart(
    serve, postgres, url, numbers
):
    service = serve(SCORING_CLIENTS=url, SCORING_OPEN=1)
    assert eventually(lambda: len(service.children()) == 2)
    workers = service.children()
    with Asking(service, numbers) as asking:
        for stop in (postgres.stop, postgres.kill):
            assert asking.gets(200)
            stop()
            assert asking.gets(503)
            assert read(service, "/predict", REQUIRED)[0] == 200  # needs no client
            assert read(service, "/health/live")[0] == 200
            assert read(service, "/health/ready")[0] == 503
            postgres.start()
            assert asking.gets(200)
    assert {answer[1] for answer in asking.answers} == {200, 503}
    refused = [answer for answer in asking.answers if answer[1] == 503]
    assert max(seconds for *_, seconds in refused) < MOST_SECONDS
    assert {headers["Retry-After"] for _, _, headers, _, _ in refused} == {"2"}
    assert {content["type"] for *_, content, _ in refused} == {"urn:problem:clients-unavailable"}
    assert service.children() == workers
    log = service.log.read_text()
    assert "Traceback" not in log
    assert log.count("can be read again") <= 2 * len(workers)


def test_tables_loaded_under_load_are_answered_from_one_or_the_other(serve, url, numbers, tmp_path):
    swap_under_load(serve, url, numbers, tmp_path, swaps=3)


@pytest.mark.drill
def test_a_hundred_tables_loaded_under_load_are_answered_from_one_or_the_other(serve, url, numbers, tmp_path):
    swap_under_load(serve, url, numbers, tmp_path, swaps=100)


def swap_under_load(serve, url, numbers, tmp_path, swaps):
    """Each client has its own row in one table, and its neighbour's in the other."""
    table = pd.read_csv(PROJECT / "df_sample.csv")
    others = table.copy()
    others["SK_ID_CURR"] = table["SK_ID_CURR"].to_numpy()[[*range(1, len(table)), 0]]
    tables = [tmp_path / "own.parquet", tmp_path / "others.parquet"]
    for frame, path in zip((table, others), tables, strict=True):
        frame.to_parquet(path, index=False)
    service = serve(SCORING_CLIENTS=url, SCORING_OPEN=1)
    own = {number: read(service, f"/predict/{number}")[2]["probability"] for number in numbers[:50]}
    load(url, tables[1])
    neighbours = {number: read(service, f"/predict/{number}")[2]["probability"] for number in numbers[:50]}
    seen = {number: {own[number], neighbours[number]} for number in own}
    assert sum(len(both) == 2 for both in seen.values()) > 40
    with Asking(service, numbers[:50]) as asking:
        for turn in range(swaps):
            load(url, tables[turn % 2])
            asking.gets(200)
    wrong = [answer for answer in asking.answers if answer[1] != 200 or answer[3]["probability"] not in seen[answer[0]]]
    assert wrong == []
    assert len({content["probability"] for number, _, _, content, _ in asking.answers if number == numbers[0]}) == 2


def test_a_start_without_the_database_ends_with_its_name_and_without_the_password(refused):
    place = "postgresql://officer:s3cr3t@127.0.0.1:1/clients"
    code, said = refused("gunicorn", SCORING_CLIENTS=place, SCORING_OPEN=1)
    assert code == 1
    assert "postgresql://127.0.0.1/clients: " in said
    assert "Start the database, or correct SCORING_CLIENTS." in said
    assert "s3cr3t" not in said
    assert "Traceback" not in said
