import sqlite3

import pytest

from scoring.record.kept_record import open_record
from scoring.record.stores.record_tables import TABLES
from tests.record.conftest import decision


@pytest.fixture
def database(path):
    """Connect to a record with a decision and a model, as another program would."""
    record = open_record(str(path))
    record.append([decision()])
    record.keep_model("v1", {"scaler.pkl": b"scaler"})
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
    record.close()


def test_every_commit_waits_for_the_disk(path):
    record = open_record(str(path))

    def settings(session):
        names = ("journal_mode", "synchronous", "secure_delete")
        return [session.rows(f"PRAGMA {name}")[0][0] for name in names]

    assert record.read(settings) == ["wal", 2, 1]
    record.close()


@pytest.mark.parametrize("table", ["record_entries", "record_bodies", "record_files"])
def test_the_database_refuses_to_change_to_remove_and_to_replace_rows(database, table):
    before = database.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    column = database.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchone()[0]
    for statement in (
        f"UPDATE {table} SET {column} = 'x'",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        f"REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            database.execute(statement)
    assert database.execute(f"SELECT * FROM {table}").fetchall() == before


def test_every_table_has_triggers_against_changes(database):
    triggers = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert triggers == {f"{table}_{what}" for table in TABLES for what in ("update", "delete", "replace")}
