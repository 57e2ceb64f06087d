import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import psycopg
import pytest

from scoring.errors import ClientTableError, SettingError
from scoring.storage.clients.client_store import MOST_SAMPLED
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.conftest import eventually
from tests.storage.clients.postgres.conftest import FACTS, ROWS, SCHEMA, TEXT_IDS, tables


def test_a_load_leaves_the_tables_of_one_generation(load, url):
    for _ in range(3):
        assert load(ROWS, FACTS) == 3
    kept = ["client_facts_3", "client_generations", "client_pointer", "client_rows_3", "client_sample_3"]
    assert tables(url) == kept


def test_rows_stored_are_told_as_they_are_stored(tmp_path, url):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"id": np.arange(150_000), "a": 0.5, "b": 1.0}).to_parquet(path)
    told = []
    assert load_into_postgres(url, ClientSource(SCHEMA, path), told=told.append) == sum(told) == 150_000
    assert len(told) > 1


def test_rows_are_the_same_to_the_last_bit_in_every_batch(tmp_path, url, opened):
    numbers = np.arange(140_000)
    values = np.where(numbers < 70_000, numbers % 250 / 7, np.sqrt(numbers))  # later batches need eight bytes each
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"id": numbers, "a": values, "b": 1.0, "target": numbers % 2}).to_parquet(path)
    load_into_postgres(url, ClientSource(SCHEMA, path))
    asked = [0, 65_535, 65_536, 69_999, 70_000, 131_071, 131_072, 139_999]
    assert [row.tolist() for row in opened().find_rows(asked)] == [[values[one], 1.0] for one in asked]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"id": [3, 3, 2]}, "id has duplicate client numbers: 3"),
        ({"id": [3, 2**62, 2]}, "column id has values that are not"),
        ({"a": [0.5, None, 1.0]}, r"cells that are not finite numbers: empty \(row 2\)"),
    ],
)
def test_a_table_with_errors_leaves_the_former_clients(load, url, opened, wrong, message):
    load(ROWS)
    clients = opened()
    with pytest.raises(ClientTableError, match=message):
        load({**ROWS, **wrong})
    assert clients.find(3).row.tolist() == [0.5, 1.0]
    load(ROWS)
    assert tables(url) == ["client_generations", "client_pointer", "client_rows_3", "client_sample_3"]


def test_errors_in_applications_leave_the_former_clients(load, opened):
    load(ROWS)
    with pytest.raises(ClientTableError, match="id has duplicate client numbers: 1"):
        load(ROWS, {**FACTS, "id": [1, 1, 2]})
    assert not opened().has_facts


LOADING = """
import sys
from pathlib import Path
from scoring.storage.clients.client_store import MOST_SAMPLED
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.postgres.postgres_loading import load_into_postgres
from tests.storage.clients.postgres.conftest import SCHEMA
load_into_postgres(sys.argv[1], ClientSource(SCHEMA, Path(sys.argv[2])), told=lambda count: print(count, flush=True))
"""


def test_a_load_that_is_killed_changes_nothing_and_the_next_one_says_so(project, load, tmp_path, url, opened, caplog):
    load(ROWS)
    path = tmp_path / "rows.parquet"
    numbers = np.arange(2_000_000)
    pd.DataFrame({"id": numbers, "a": np.sqrt(numbers), "b": 1.0}).to_parquet(path)
    process = subprocess.Popen([sys.executable, "-c", LOADING, url, str(path)], stdout=subprocess.PIPE, cwd=project)
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert opened().count() == 3
    with psycopg.connect(url, autocommit=True) as connection:
        assert eventually(
            lambda: not connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'").fetchall()
        )
    load({**ROWS, "id": [7, 8, 9]})
    assert [one for one in caplog.messages if "generation 2, begun at" in one and "was never finished" in one]
    assert tables(url) == ["client_generations", "client_pointer", "client_rows_3", "client_sample_3"]
    assert opened().page(None, 9).client_ids == [7, 8, 9]


def test_a_first_load_that_is_not_finished_is_not_served(project, load, url, opened):
    with pytest.raises(ClientTableError, match="duplicate"):
        load({**ROWS, "id": [1, 1, 1]})
    with pytest.raises(ClientTableError, match="has no clients"):
        opened()


def test_a_generation_that_somebody_reads_for_long_is_removed_by_a_later_load(load, url, caplog):
    load(ROWS)
    with psycopg.connect(url) as reader:
        reader.execute("SELECT * FROM client_rows_1")  # in a transaction that stays open
        load(ROWS)
        assert "client_rows_1" in tables(url)
    assert "is still being read" in caplog.text
    load(ROWS)
    assert [name for name in tables(url) if "rows" in name] == ["client_rows_3"]


def test_a_database_that_fails_while_it_is_loaded_is_named_and_nothing_is_loaded(load, url, opened):
    load(ROWS)
    with psycopg.connect(url, autocommit=True) as other, other.transaction():
        other.execute("LOCK TABLE client_pointer")
        ended = []
        loading = threading.Thread(target=lambda: ended.append(outcome(load)))
        loading.start()
        assert eventually(lambda: waiting(url))
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'load-clients'"
            )
        loading.join()
    assert "Nothing was loaded; the clients served before are kept" in ended[0]
    assert opened().count() == 3


def outcome(load):
    try:
        return load({**ROWS, "id": [7, 8, 9]})
    except ClientTableError as error:
        return str(error)


def waiting(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall()


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3c/r3t@h/db", "postgresql://u:x@r3t@h/db", "postgresql://h:1/db?password=s3c&r3t"]
)
def test_a_password_is_in_no_message(tmp_path, url):
    path = tmp_path / "rows.parquet"
    pd.DataFrame(ROWS).to_parquet(path)
    with pytest.raises((SettingError, ClientTableError)) as told:
        load_into_postgres(url, ClientSource(SCHEMA, path))
    assert "r3t" not in str(told.value)
    assert "s3c" not in str(told.value)


@pytest.mark.parametrize("schema", [SCHEMA, TEXT_IDS], ids=["numbers", "texts"])
def test_clients_of_the_sample_are_looked_up_by_their_key(load, url, opened, schema):
    ids = [f"C-{one:06}" if schema is TEXT_IDS else one for one in range(60_000)]
    rows = {"id": ids, "a": np.sqrt(np.arange(60_000)), "b": 1.0}
    facts = {"id": ids, "days": np.arange(60_000) % 900, "sex": "F"}
    load(rows, facts, schema=schema)
    with psycopg.connect(url, autocommit=True) as connection:
        statement = "SELECT relname, idx_tup_fetch FROM pg_stat_user_tables WHERE schemaname = current_schema()"
        fetched = dict.fromkeys(("client_rows_1", "client_facts_1"), MOST_SAMPLED)
        assert eventually(lambda: fetched.items() <= dict(connection.execute(statement).fetchall()).items())
    sample = opened(schema).sample()
    assert len(sample.rows) == MOST_SAMPLED
    assert set(sample.field("sex")) == {"F"}
