import threading

import psycopg
import pytest

from scoring.errors import RecordUnavailable, SettingError
from scoring.record.entries import Search
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import erase_client
from scoring.record.stores.record_tables import TABLES
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.record.conftest import decision


@pytest.fixture
def address(postgres):
    return postgres.new_database()


@pytest.fixture
def database(address):
    """Connect to a record with a decision and a model, as another program would."""
    record = open_record(address)
    record.append([decision()])
    record.keep_model("v1", {"scaler.pkl": b"scaler"})
    record.close()
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_change_to_remove_and_to_empty(database, table):
    before = database.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    column = database.execute(f"SELECT * FROM {table}").description[0].name
    other = f"ON CONFLICT ({KEYS[table]}) DO UPDATE SET {column} = EXCLUDED.{column}"
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE true {other}",
    ):
        with pytest.raises(psycopg.IntegrityError, match="only added to"):
            database.execute(statement)
    assert database.execute(f"SELECT * FROM {table}").fetchall() == before


KEYS = {
    "record_entries": "chain, position",
    "record_bodies": "id",
    "record_files": "hash",
    "record_checkpoints": "number",
    "record_heads": "checkpoint, chain",
}


def test_ids_sort_by_their_bytes_whatever_the_database_s_language(database):
    collations = database.execute(
        "SELECT collation_name FROM information_schema.columns WHERE table_name LIKE 'record_%' AND data_type = 'text'"
    ).fetchall()
    assert set(collations) == {("C",)}


def test_a_server_that_does_not_wait_for_the_disk_is_told_to_for_this_record(address):
    with psycopg.connect(address, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    record = open_record(address)
    assert record.read(lambda session: session.rows("SHOW synchronous_commit")) == [("on",)]
    record.close()


def test_a_record_of_another_version_is_left_alone(address, database):
    database.execute("COMMENT ON TABLE record_heads IS 'decision record, tables 9'")
    record = open_record(address)
    with pytest.raises(Exception, match="tables are 'decision record, tables 9', expected 'decision record, tables 1'"):
        record.append([decision()])
    record.close()


def roles_of_the_page(project):
    page = (project / "docs" / "decision_record.md").read_text(encoding="utf-8")
    return page.split("```sql\n")[1].split("```")[0]


def test_the_user_of_the_page_adds_rows_and_changes_none(address, project):
    record = open_record(address)
    record.append([decision()])
    record.close()
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(roles_of_the_page(project))
    service, privacy = (address.replace("postgres:@", f"{user}@") for user in ("scoring_service", "scoring_privacy"))
    record = open_record(service, every=1)
    record.append([decision("7")])
    record.keep_model("v1", {"scaler.pkl": b"scaler"})
    assert len(record.search(Search(), 5)) == 2
    with pytest.raises(RecordUnavailable, match="permission denied for table record_bodies"):
        erase_client(record, "7")
    record.close()
    record = open_record(privacy)
    assert erase_client(record, "7") == 1
    record.close()
    with psycopg.connect(service, autocommit=True) as connection:
        for statement in (
            "UPDATE record_entries SET kind = 'x'",
            "DELETE FROM record_entries",
            "TRUNCATE record_entries",
            "DROP TRIGGER record_entries_change ON record_entries",
            "ALTER TABLE record_entries DISABLE TRIGGER ALL",
            "DROP TABLE record_heads",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    store = open_store(service)
    assert list(verify(store, Report(), None, None, lambda _count: None)) == []


def test_processes_that_begin_together_make_the_tables_once(postgres):
    for _ in range(5):
        url = postgres.new_schema()
        records = [open_record(url) for _ in range(6)]
        begin = threading.Barrier(6)
        failed = []

        def append(record, begin=begin, failed=failed):
            begin.wait()
            try:
                record.append([decision()])
            except RecordUnavailable as error:
                failed.append(error)

        threads = [threading.Thread(target=append, args=(record,)) for record in records]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for record in records:
            record.close()
        assert failed == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3c/r3t@h/db",
        "postgresql://u:1/r3t@h/db",
        "postgresql://u:s3c%zz@h/db",
        "postgresql://u:x@r3t@h/db",
        "postgresql://u:r3t",
        "postgresql://u%3Ar3t@h/db",
        "postgresql://h/db?password=s3c&r3t",
    ],
)
def test_a_url_that_may_be_cut_within_its_password_is_refused_and_not_repeated(url):
    with pytest.raises(
        SettingError, match=r"SCORING_DECISIONS: a URL postgresql://\.\.\. was received that cannot be read"
    ) as told:
        open_store(url)
    assert "r3t" not in str(told.value)
    assert "s3c" not in str(told.value)


def test_a_password_among_the_parameters_of_a_url_is_in_no_message():
    record = open_record("postgresql://127.0.0.1:1/db?user=u&password=s3cr3t")
    assert record.store.name == "postgresql://127.0.0.1/db"
    with pytest.raises(RecordUnavailable) as told:
        record.append([decision()])
    assert "s3cr3t" not in str(told.value)
    record.close()
