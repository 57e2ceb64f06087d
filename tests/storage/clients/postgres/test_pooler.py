"""A real PgBouncer gives each statement to whichever connection is free."""

import threading
import time

import psycopg
import pytest

from scoring.errors import ClientsUnavailable, ClientTableError
from scoring.storage.clients.postgres.postgres_clients import open_postgres_clients
from tests.conftest import eventually
from tests.pgbouncer import PgBouncer
from tests.postgres import MOST_SECONDS, Postgres
from tests.storage.clients.postgres.conftest import ROWS, SCHEMA, TEXT_IDS

TEAMS = {**ROWS, "team": ["x", "y", "y"], "area": ["n", "n", "s"]}


@pytest.fixture
def url(postgres):
    """Name an empty database: a pooler does not pass on the schema that a URL names."""
    return postgres.new_database()


@pytest.fixture
def pooler(request, url):
    """Start a pooler that leads to the database of a test."""
    started = PgBouncer(url, getattr(request, "param", "transaction"))
    yield started
    started.end()


def asked_together(questions, rounds=100):
    """Ask all questions at once again and again, each in a thread; returns the wrong answers."""
    wrong = []

    def ask(question, expected):
        for _ in range(rounds):
            try:
                answer = question()
            except ClientsUnavailable as error:
                answer = error
            if answer != expected:
                wrong.append((expected, answer))

    threads = [threading.Thread(target=ask, args=one) for one in questions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize("pooler", ["transaction", "statement", "session"], indirect=True)
def test_every_question_has_its_own_answer_behind_a_pooler(load, pooler):
    load(TEAMS, others=("team", "area"))
    clients = [open_postgres_clients(pooler.url, SCHEMA) for _ in range(2)]
    questions = [
        (lambda: clients[0].find(3).row.tolist(), [0.5, 1.0]),
        (lambda: clients[0].find(4), None),
        (lambda: [row.tolist() for row in clients[1].find_rows([2, 3])], [[1e300, 3.0], [0.5, 1.0]]),
        (lambda: clients[1].page(1, 5).client_ids, [2, 3]),
        (lambda: clients[1].within("team", "y").page(None, 5).client_ids, [1, 2]),
        (lambda: clients[0].within("area", "n").page(None, 5).client_ids, [1, 3]),
        (lambda: clients[0].within("area", "s").count(), 1),
    ]
    assert asked_together(questions) == []
    for store in clients:
        store.close()


def test_new_clients_are_read_behind_a_pooler(load, pooler):
    load(ROWS)
    clients = open_postgres_clients(pooler.url, SCHEMA)
    for turn in range(3):
        load({**ROWS, "id": [turn, 8, 9]})
        assert clients.page(None, 5).client_ids == [turn, 8, 9]
    clients.close()


def test_nobody_else_behind_a_pooler_gets_the_settings_of_the_service(load, pooler):
    load(ROWS)
    clients = open_postgres_clients(pooler.url, SCHEMA)
    assert clients.find(3) is not None
    with psycopg.connect(pooler.url, autocommit=True, prepare_threshold=None) as other:
        for _ in range(3):
            assert other.execute("SHOW default_transaction_read_only").fetchone() == ("off",)
            assert other.execute("SHOW statement_timeout").fetchone() == ("0",)
    clients.close()


def test_a_load_through_a_pooler_is_refused_and_leaves_no_lock(load, pooler, opened):
    load(ROWS)
    with pytest.raises(ClientTableError, match="a connection pooler answers") as told:
        load({**ROWS, "id": [7, 8, 9]}, to=pooler.url)
    assert "Load through the host and port of the database itself" in str(told.value)
    assert opened().count() == 3
    assert load({**ROWS, "id": [7, 8, 9]}) == 3


def test_a_database_that_is_stopped_behind_a_pooler_is_reported_in_time_and_used_again(load):
    server = Postgres(in_memory=True)
    url = server.new_database()
    load({**ROWS, "id": ["a", "b", "c"]}, schema=TEXT_IDS, to=url)
    pooler = PgBouncer(url)
    clients = open_postgres_clients(pooler.url, TEXT_IDS)

    def ask():
        begun = time.monotonic()
        try:
            assert clients.find("a").row.tolist() == [0.5, 1.0]
        except ClientsUnavailable:
            assert time.monotonic() - begun < MOST_SECONDS
            return False
        return True

    try:
        assert ask()
        server.stop()
        assert not ask()
        assert not ask()
        server.start()
        assert eventually(ask)
    finally:
        clients.close()
        pooler.end()
        server.end()


def test_what_a_pooler_refuses_is_named(pooler):
    with pytest.raises(ClientTableError, match="unsupported startup parameter"):
        open_postgres_clients(f"{pooler.url}?options=-csearch_path%3Dother", SCHEMA)
