import os
import sqlite3

import pytest

from scoring.errors import RecordUnavailable
from scoring.record.entries import Search
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


def begun(path):
    record = open_record(str(path))
    for _ in range(3):
        record.append([decision()])
    record.close()


@pytest.mark.parametrize("lost", ["emptied", "removed"])
def test_a_lost_file_is_not_begun_again_until_all_that_is_left_of_it_is_moved_away(path, lost):
    begun(path)
    path.unlink() if lost == "removed" else os.truncate(path, 0)
    expected = f"decisions.db: was {lost}. Restore it from a backup; or, to begin a new record, move away"
    record = open_record(str(path))
    for use in (lambda: record.append([decision()]), lambda: record.search(Search(), 1)):
        with pytest.raises(RecordUnavailable) as told:
            use()
        assert str(told.value).startswith(expected)
    assert not path.exists() or path.stat().st_size == 0
    (path.parent / "away").mkdir()
    for name in ("decisions.db", "decisions.db-wal", "decisions.db-shm", "decisions.db.lock"):
        if name in str(told.value) and (left := path.with_name(name)).exists():
            left.rename(path.parent / "away" / name)
    record.append([decision()])
    assert len(record.search(Search(), 5)) == 1
    record.close()


@pytest.mark.parametrize("size", [0, 4096])
def test_a_file_that_is_cut_while_it_is_open_is_neither_written_nor_read(path, size):
    begun(path)
    record = open_record(str(path))
    record.append([decision()])
    content = path.read_bytes()
    other = sqlite3.connect(path)  # of another process: SQLite does not write its log back while this one is open
    other.execute("SELECT count(*) FROM record_entries").fetchone()
    os.truncate(path, size)
    for _ in range(2):
        with pytest.raises(RecordUnavailable):
            record.append([decision()])
        with pytest.raises(RecordUnavailable):
            record.search(Search(), 1)
    path.write_bytes(content)
    record.append([decision()])
    assert len(record.search(Search(), 9)) == 5
    other.close()
    record.close()


def test_a_file_that_another_program_made_empty_becomes_a_record(path):
    path.touch()
    begun(path)
    assert path.stat().st_size > 0


def test_a_record_of_an_earlier_version_is_protected_once_it_was_written_to(path):
    begun(path)
    os.truncate(path.with_name("decisions.db.lock"), 0)
    begun(path)
    os.truncate(path, 0)
    record = open_record(str(path))
    with pytest.raises(RecordUnavailable, match="was emptied"):
        record.append([decision()])
    record.close()
