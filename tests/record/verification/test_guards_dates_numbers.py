"""What hashes alone do not tell: triggers that are gone, dates in the future, and gaps between numbered entries."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from scoring.record import transaction
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.stores.record_tables import TABLES, postgres_guards, sqlite_guards
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.record.conftest import decision
from tests.record.verification.rewriting import entries, put_chain, renew_checkpoints

GUARDS = "the database: no longer refuses changes"
UNLESS_ERASED = "record_refuse_unless_erased"
LATER = "2099-01-01T00:00:00.000000Z"


def problems(url):
    store = open_store(url)
    return [str(one) for one in verify(store, Report(), None, store.checkpoints, lambda _: None)]


def run(url, *statements):
    """Change the database as its owner can."""
    if url.startswith("postgresql"):
        with psycopg.connect(url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement)
    else:
        with closing(sqlite3.connect(url)) as database:
            for statement in statements:
                database.execute(statement)
            database.commit()


def test_both_databases_have_a_guard_for_each_table():
    for table in TABLES:
        assert {f"{table}_update", f"{table}_delete", f"{table}_replace"} <= set(sqlite_guards())
        assert {f"{table}_change", f"{table}_empty"} <= set(postgres_guards())


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("record_entries_update", ["DROP TRIGGER record_entries_update"]),
        (
            "record_bodies_delete",
            [
                "DROP TRIGGER record_bodies_delete",
                "CREATE TRIGGER record_bodies_delete BEFORE DELETE ON record_bodies BEGIN SELECT 1; END",
            ],
        ),
    ],
)
def test_a_guard_of_a_sqlite_file_that_is_gone_or_does_something_else_is_named(path, name, statements):
    record = open_record(str(path))
    record.append([decision()])
    record.close()
    assert problems(str(path)) == []
    run(str(path), *statements)
    (problem,) = problems(str(path))
    assert problem == f"{GUARDS}: gone, changed or switched off are {name}"


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("record_heads_empty", ["DROP TRIGGER record_heads_empty ON record_heads"]),
        ("record_files_change", ["ALTER TABLE record_files DISABLE TRIGGER record_files_change"]),
        (
            "record_bodies_change",
            [f"CREATE OR REPLACE FUNCTION {UNLESS_ERASED}() RETURNS trigger AS 'BEGIN END' LANGUAGE plpgsql"],
        ),
    ],
)
def test_a_guard_in_postgresql_that_is_gone_switched_off_or_does_something_else_is_named(postgres, name, statements):
    url = postgres.new_schema()
    record = open_record(url)
    record.append([decision()])
    record.close()
    assert problems(url) == []
    run(url, *statements)
    (problem,) = problems(url)
    assert problem == f"{GUARDS}: gone, changed or switched off are {name}"


def test_an_entry_and_a_checkpoint_that_are_dated_in_the_future_are_named(kept):
    with kept.opened() as database:
        chain = entries(database)[-1].chain
        rows = entries(database, chain)
        put_chain(database, chain, [*rows[:-1], rows[-1]._replace(time=LATER)])
        renew_checkpoints(database)
        database.execute(
            "UPDATE record_checkpoints SET time = ? WHERE number = (SELECT max(number) FROM record_checkpoints)",
            (LATER,),
        )
    found = kept.problems()
    future = [problem for problem in found if f"is dated {LATER}, which is in the future" in problem]
    assert len(future) == 2
    assert any(f"entry {rows[-1].id}" in problem for problem in future)
    assert any(problem.startswith("checkpoint ") for problem in future)


def test_clocks_that_differ_by_some_minutes_and_a_clock_that_was_set_back_are_no_deviation(path, monkeypatch):
    record = open_record(str(path))
    record.append([decision()])
    real = transaction.utc_now
    monkeypatch.setattr(transaction, "utc_now", lambda: real().replace("2026", "2025"))
    record.append([decision()])
    record.close()
    assert problems(str(path)) == []


def note(number):
    return NewEntry(make_id(), "review_request", {"number": number}, Body("1", {"statement": "Please."}))


@pytest.fixture
def reviewed(url):
    """Write a decision and three entries about it, and another decision with an entry that has no number."""
    record = open_record(url)
    first, second = decision(), decision()
    record.append([first, second])
    for _ in range(3):
        record.append_about(first.id, lambda *_: note(0))
    record.append([NewEntry(make_id(), "override", {"reason": "paid"}, None, second.id)])
    yield record, first.id
    record.close()


def test_complete_numbers_are_no_deviation(reviewed, url):
    assert problems(url) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ([7], "number 4, 5, 6 of the entries about it was removed"),
        ([2], "several of the entries about it have the number 2"),
        ([4, 4, 6], "number 5 of the entries about it was removed; several of the entries about it have the number 4"),
    ],
)
def test_numbers_that_are_missing_or_given_twice_are_named_with_their_decision(reviewed, url, written, expected):
    record, decision_id = reviewed
    record.append([note(number)._replace(about=decision_id) for number in written])
    assert problems(url) == [f"decision {decision_id}: {expected}"]


def test_an_entry_about_a_decision_that_is_removed_with_its_place_in_the_chain_leaves_a_gap(kept):
    record = open_record(str(kept.database))
    made = decision()
    record.append([made])
    for _ in range(3):
        record.append_about(made.id, lambda *_: note(0))
    chain = record.find(made.id).chain
    record.close()
    with kept.opened() as database:
        rows = entries(database, chain)
        (gone,) = (row for row in rows if '"number":2' in row.content)
        database.execute("DELETE FROM record_bodies WHERE id = ?", (gone.id,))
        put_chain(database, chain, [row for row in rows if row.id != gone.id])
    assert f"decision {made.id}: number 2 of the entries about it was removed" in kept.problems()


def test_an_entry_whose_content_was_destroyed_is_named_once(kept):
    with kept.opened() as database:
        row = next(one for one in entries(database) if one.about and one.kind == "override")
        database.execute("UPDATE record_entries SET content = '[' WHERE id = ?", (row.id,))
    assert [problem for problem in kept.problems() if row.id in problem]
