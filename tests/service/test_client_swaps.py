"""Too long for every day: a table of clients is replaced again and again, or is away, while a real service is asked."""

import contextlib
import http.client
import json
import random
import shutil
import threading
import time
from collections import Counter

import pandas as pd
import pytest

from benchmarks.machine import write_result
from fonction_api_prediction import create_app
from scoring.settings import Settings
from scoring.storage.artefacts import read_manifest
from scoring.storage.clients.file.client_file_builder import write_client_file
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.conftest import eventually
from tests.postgres import Postgres

pytestmark = pytest.mark.drill
SWAPS = 100
CALLERS = 4
TOGETHER = 50  # applications in one body
FEWER = 10  # clients that the second table does not have
ID = "SK_ID_CURR"


@pytest.fixture(scope="module")
def sources(project, tmp_path_factory):
    """Make two tables: in the second one each client has the row and the application of the next one."""
    folder = tmp_path_factory.mktemp("tables")
    schema = StoredSchema.from_manifest(read_manifest(project / "modele_retenu.json"))

    def write(name, is_second):
        paths = []
        for file in ("df_sample.csv", "applications_sample.csv"):
            table = pd.read_csv(project / file, dtype=str, keep_default_na=False)
            if is_second:
                others = [column for column in table if column != ID]
                table[others] = table[others].iloc[[*range(1, len(table)), 0]].to_numpy()
                table = table.iloc[:-FEWER]
            paths.append(folder / f"{name}-{file}")
            table.to_csv(paths[-1], index=False)
        return ClientSource(schema, *paths)

    return write("first", is_second=False), write("second", is_second=True)


class FileStore:
    """Clients in a client file."""

    def __init__(self, folder):
        self.place = folder / "clients.bin"

    def load(self, source):
        write_client_file(self.place, source, lambda _: None)

    def take_away(self):
        shutil.move(self.place, self.place.with_suffix(".away"))

    def bring_back(self):
        shutil.move(self.place.with_suffix(".away"), self.place)

    def end(self):
        pass


class PostgresStore:
    """Clients in a PostgreSQL of their own."""

    def __init__(self, _):
        self._server = Postgres(in_memory=True)
        self.place = self._server.new_schema()

    def load(self, source):
        load_into_postgres(self.place, source)

    def take_away(self):
        self._server.stop()

    def bring_back(self):
        self._server.start()

    def end(self):
        self._server.end()


@pytest.fixture(params=[FileStore, PostgresStore], ids=["file", "postgres"])
def store(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    made.end()


@pytest.fixture(scope="module")
def requests(sources, tmp_path_factory):
    """List requests with the answers that each of the two tables gives."""
    folder = tmp_path_factory.mktemp("expected")
    clients = []
    for i, source in enumerate(sources):
        write_client_file(folder / f"{i}.bin", source, lambda _: None)
        clients.append(create_app(Settings(open=True, clients=folder / f"{i}.bin")).test_client())
    numbers = clients[0].get("/clients?limit=1000").json["clients"]
    facts = [clients[0].get(f"/clients/{one}").json for one in numbers[:TOGETHER]]
    applications = [{ID: one["client_id"], **{fact["name"]: fact["value"] for fact in one["facts"]}} for one in facts]
    body = json.dumps({"applications": applications}).encode()
    asked = [("GET", f"/{route}/{one}", None) for one in numbers[-200:] for route in ("predict", "explain", "clients")]
    asked += [("GET", "/clients?limit=1000", None), ("GET", "/population?features=AMT_CREDIT", None)] * 20
    asked += [("POST", "/predict?history=stored", body)] * 20

    def answer(client, method, path, sent):
        got = client.open(path, method=method, data=sent, content_type="application/json" if sent else None)
        return got.status_code, got.data

    return [(*one, [answer(client, *one) for client in clients]) for one in asked]


class Callers:
    """Threads that ask a service without a pause, and compare each answer with the two that are right."""

    def __init__(self, port, requests, may_be_away=False):
        self._port, self._requests, self._may_be_away = port, requests, may_be_away
        self.wrong, self.counts, self.slowest_refusal = [], Counter(), 0.0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(CALLERS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, seed):
        draw = random.Random(seed)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            while not self._ended.is_set():
                self._ask_once(connection, *draw.choice(self._requests))

    def _ask_once(self, connection, method, path, body, answers):
        first, second = answers
        begun = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            got = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            got = 0, repr(error).encode()
            connection.close()
        if got in (first, second):
            self.counts["both" if first == second else "first" if got == first else "second"] += 1
        elif self._may_be_away and got[0] == 503 and answer.headers["Retry-After"] == "2":
            self.counts["refused"] += 1
            self.slowest_refusal = max(self.slowest_refusal, time.monotonic() - begun)
            time.sleep(0.01)
        else:
            self.wrong.append((path, got[0], got[1][:300]))


@pytest.fixture
def serve_store(serve, store, sources):
    """Serve the first table, without a limit that a busy machine could reach."""

    def serving():
        store.load(sources[0])
        return serve(SCORING_CLIENTS=store.place, SCORING_OPEN=1)

    return serving


def probe(requests):
    """Choose a client whose decision tells the two tables apart."""
    return next(one for one in requests if one[1].startswith("/predict/") and one[3][0] != one[3][1])


def workers_of(service):
    """Name the processes of both workers, once they run."""
    assert eventually(lambda: len(service.children()) == 2)
    return set(service.children())


def test_a_hundred_new_tables_reach_a_busy_service_without_a_failed_or_mixed_answer(
    serve_store, store, sources, requests, request
):
    service = serve_store()
    workers = workers_of(service)
    _, path, _, answers = probe(requests)
    seen_after = []
    with Callers(service.port, requests) as callers:
        for i in range(1, SWAPS + 1):
            store.load(sources[i % 2])
            begun = time.monotonic()
            expected = answers[i % 2][0], answers[i % 2][1].decode()
            assert eventually(lambda expected=expected: service.get(path) == expected), f"swap {i} is not seen"
            seen_after.append(time.monotonic() - begun)
            assert not callers.wrong, callers.wrong[:3]
    assert callers.wrong == []
    assert min(callers.counts["first"], callers.counts["second"]) > SWAPS
    assert set(service.children()) == workers, "a worker ended"
    kind = request.node.callspec.id
    write_result(
        f"client-swaps-{kind}",
        "make drill",
        f"{SWAPS} new tables of 1,000 clients ({kind}) while {CALLERS} callers asked two workers without a pause.\n\n"
        "| Answers from the first table | from the second | the same in both | failed or mixed "
        "| a new table is seen after, median | at most |\n|---|---|---|---|---|---|\n"
        f"| {callers.counts['first']:,} | {callers.counts['second']:,} | {callers.counts['both']:,} | 0 "
        f"| {sorted(seen_after)[SWAPS // 2]:.2f} s | {max(seen_after):.2f} s |\n",
    )


def test_a_store_that_goes_and_comes_back_is_a_503_within_two_seconds_and_needs_no_restart(
    serve_store, store, requests
):
    service = serve_store()
    workers = workers_of(service)
    _, path, _, _ = probe(requests)
    with Callers(service.port, requests, may_be_away=True) as callers:
        for _ in range(3):
            store.take_away()
            assert eventually(lambda: service.get(path)[0] == 503)
            time.sleep(2)  # callers go on asking
            assert service.get("/health/live")[0] == 200
            store.bring_back()
            assert eventually(lambda: service.get(path)[0] == 200)
    assert callers.wrong == []
    assert callers.counts["refused"] > 0
    assert callers.slowest_refusal < 3, "a second more than allowed, for a busy machine"
    assert set(service.children()) == workers, "a worker ended"
