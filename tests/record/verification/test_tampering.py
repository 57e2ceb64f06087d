import json
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.record.canonical import seal
from scoring.record.entries import make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.stores.record_tables import TABLES
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from scoring.storage.signature import load_signer
from tests.examples import examples
from tests.record.conftest import copy_of, decision, make_key
from tests.record.verification.rewriting import chains, entries, other_byte, put_chain, renew_checkpoints

EXAMPLES = settings(max_examples=examples(10))
NUMBERS = st.integers(0, 10_000)
COLUMNS = ("chain", "position", "id", "kind", "time", "about", "content", "body", "previous", "hash")


class Copy:
    """A copy of the record for each example."""

    def __init__(self, original):
        self.folder = Path(tempfile.mkdtemp())
        self.kept = copy_of(original, self.folder)

    def __enter__(self):
        return self.kept

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


def pick(rows, number):
    return rows[number % len(rows)]


def test_a_record_that_nobody_touched_is_intact(original):
    assert original.problems() == []


@EXAMPLES
@given(st.sampled_from(COLUMNS), NUMBERS, NUMBERS)
def test_any_byte_of_any_entry_changed_is_found_and_the_entry_or_its_chain_named(original, column, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            row = pick(entries(database), number)
            value = getattr(row, column)
            new = other_byte(value, place) if value is not None else "x" if column == "about" else bytes(32)
            taken = column == "position" and (row.chain, new) in {
                (one.chain, one.position) for one in entries(database)
            }
            if taken:
                new += 1000
            database.execute(f"UPDATE record_entries SET {column} = ? WHERE id = ?", (new, row.id))
        found = kept.problems()
        names = {row.id, row.chain, str(new)}
        assert any(name in problem for problem in found for name in names), found


@EXAMPLES
@given(st.sampled_from(["salt", "client_id", "content"]), NUMBERS, NUMBERS)
def test_any_byte_of_any_body_changed_is_found_and_its_entry_named(original, column, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            rows = database.execute(f"SELECT id, {column} FROM record_bodies ORDER BY id").fetchall()
            name, value = pick(rows, number)
            database.execute(f"UPDATE record_bodies SET {column} = ? WHERE id = ?", (other_byte(value, place), name))
        (problem,) = kept.problems()
        assert name in problem
        assert "body was changed or exchanged" in problem


@EXAMPLES
@given(NUMBERS)
def test_a_removed_entry_is_found_and_its_place_named(original, number):
    with Copy(original) as kept:
        with kept.opened() as database:
            row = pick(entries(database), number)
            last = row.position == len(entries(database, row.chain))
            has_body = database.execute("SELECT 1 FROM record_bodies WHERE id = ?", (row.id,)).fetchone()
            database.execute("DELETE FROM record_entries WHERE id = ?", (row.id,))
        found = "\n".join(kept.problems())
        expected = "was cut off" if last else f"entry {row.position} removed"
        assert f"chain {row.chain}: {expected}" in found
        assert (f"body {row.id}: has no entry" in found) == bool(has_body)


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_entries_moved_to_other_places_are_found_even_if_all_hashes_are_computed_again(original, first, second):
    with Copy(original) as kept:
        with kept.opened() as database:
            chain = pick(chains(database), first)
            rows = entries(database, chain)
            a, b = first % len(rows), second % len(rows)
            rows[a], rows[b] = rows[b], rows[a]
            put_chain(database, chain, rows)
        found = kept.problems()
        assert (found == []) == (a == b)
        assert all(f"chain {chain}" in problem for problem in found)


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_an_inserted_entry_is_found_even_if_all_hashes_are_computed_again(original, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            chain = pick(chains(database), number)
            rows = entries(database, chain)
            new = pick(rows, number)._replace(id=make_id(), body=None)
            rows.insert(place % (len(rows) + 1), new)
            put_chain(database, chain, rows)
        found = kept.problems()
        assert any(f"chain {chain}" in problem for problem in found)


def test_an_entry_added_to_a_chain_whose_writer_has_ended_is_named(kept):
    with kept.opened() as database:
        last = entries(database)[-1]
        new = seal(last._replace(id=make_id(), position=last.position + 1, previous=last.hash, body=None))
        database.execute("INSERT INTO record_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new)
    (problem,) = kept.problems()
    assert f"entry {new.id}" in problem
    assert f"was inserted: the writer of its chain had ended at position {last.position}" in problem


def test_a_chain_that_was_made_up_and_dated_back_is_named(kept):
    with kept.opened() as database:
        made_up = [row._replace(id=make_id(), body=None, time=f"2020{row.time[4:]}") for row in entries(database)[:2]]
        put_chain(database, "made-up", made_up)
    found = kept.problems()
    assert len(found) == 2
    for row, problem in zip(made_up, found, strict=True):
        assert f"entry {row.id}" in problem
        assert "is dated 2020" in problem


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_the_end_of_a_chain_cut_off_is_found(original, number, count):
    with Copy(original) as kept:
        with kept.opened() as database:
            chain = pick(chains(database), number)
            left = count % len(entries(database, chain))
            database.execute("DELETE FROM record_entries WHERE chain = ? AND position > ?", (chain, left))
            database.execute("DELETE FROM record_bodies WHERE id NOT IN (SELECT id FROM record_entries)")
        found = "\n".join(kept.problems())
        assert (f"chain {chain}: was cut off" if left else f"chain {chain}: was removed") in found


@EXAMPLES
@given(st.integers(1, 100))
def test_the_end_of_the_record_cut_off_with_its_checkpoints_is_found_with_the_file_outside(original, count):
    with Copy(original) as kept:
        with kept.opened() as database:
            (last,) = database.execute("SELECT max(number) FROM record_checkpoints").fetchone()
            left = count % last
            database.execute("DELETE FROM record_checkpoints WHERE number > ?", (left,))
            database.execute("DELETE FROM record_heads WHERE checkpoint > ?", (left,))
            database.execute(
                "DELETE FROM record_entries WHERE NOT EXISTS (SELECT 1 FROM record_heads h "
                "WHERE h.chain = record_entries.chain AND h.position >= record_entries.position)"
            )
            database.execute("DELETE FROM record_bodies WHERE id NOT IN (SELECT id FROM record_entries)")
        found = kept.problems()
        assert f"checkpoint {last}: was removed: line {last} of decisions.db.checkpoints has it" in "\n".join(found)


def test_a_removed_chain_is_named(kept):
    with kept.opened() as database:
        gone = chains(database)[0]
        database.execute("DELETE FROM record_entries WHERE chain = ?", (gone,))
        database.execute("DELETE FROM record_bodies WHERE id NOT IN (SELECT id FROM record_entries)")
    assert f"chain {gone}: was removed" in "\n".join(kept.problems())


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_exchanged_bodies_are_named(original, first, second):
    with Copy(original) as kept:
        with kept.opened() as database:
            rows = database.execute("SELECT * FROM record_bodies ORDER BY id").fetchall()
            a, b = pick(rows, first), pick(rows, second)
            for name, other in ((a[0], b), (b[0], a)):
                database.execute(
                    "UPDATE record_bodies SET salt = ?, client_id = ?, content = ? WHERE id = ?", (*other[1:], name)
                )
        found = kept.problems()
        if a == b:
            assert found == []
        else:
            assert sorted(problem.split()[1] for problem in found) == sorted([a[0], b[0]])
            assert all("body was changed or exchanged" in problem for problem in found)


def test_an_erased_body_is_no_problem_a_removed_one_is(kept):
    with kept.opened() as database:
        (gone,) = database.execute("SELECT id FROM record_bodies ORDER BY id LIMIT 1").fetchone()
        database.execute("DELETE FROM record_bodies WHERE id = ?", (gone,))
    (problem,) = kept.problems()
    assert gone in problem
    assert "no entry says that it was erased" in problem


def test_an_erased_body_put_back_is_named(kept):
    with kept.opened() as database:
        (name,) = database.execute("SELECT about FROM record_entries WHERE kind = 'erasure'").fetchone()
        database.execute("INSERT INTO record_bodies VALUES (?, ?, '1', '{}')", (name, bytes(16)))
    (problem,) = kept.problems()
    assert name in problem
    assert "inserted again" in problem


def rewrite(database, number):
    """Turn a refusal into an acceptance, and make every hash of the entries fit."""
    refused = [row for row in entries(database) if '"decision":"REFUSED"' in row.content]
    row = pick(refused, number)
    content = json.dumps({**json.loads(row.content), "decision": "ACCEPTED"}, sort_keys=True, separators=(",", ":"))
    rows = [one._replace(content=content) if one.id == row.id else one for one in entries(database, row.chain)]
    put_chain(database, row.chain, rows)
    return row


@EXAMPLES
@given(NUMBERS, st.sampled_from(["entries", "no signature", "own key", "own file"]))
def test_a_record_rewritten_consistently_without_the_key_is_found(original, number, how):
    with Copy(original) as kept:
        with kept.opened() as database:
            row = rewrite(database, number)
            if how != "entries":
                own = how in {"own key", "own file"}
                renew_checkpoints(database, load_signer(make_key(kept.database.with_name("own.pem"))) if own else None)
        if how == "own file":
            kept.file.unlink()
        found = "\n".join(kept.problems())
        if how == "entries":
            assert f"chain {row.chain}, entries" in found
            assert "exchanged: checkpoint" in found
        else:
            assert "not signed with the expected key" in found
            assert ("was rewritten: line" in found) == (how != "own file")


def test_without_the_key_a_rewritten_record_is_found_with_the_file_outside(kept):
    own = make_key(kept.database.with_name("own.pem"))
    with kept.opened() as database:
        rewrite(database, 0)
        renew_checkpoints(database, load_signer(own))
    assert [problem for problem in kept.problems(key=own) if "was rewritten: line" not in problem] == []
    assert kept.problems(key=own) != []
    assert kept.problems(key=own, file=kept.database.with_name("other")) == []  # nothing can find this one


@EXAMPLES
@given(st.sampled_from(["time", "previous", "root", "heads", "signer", "hash", "signature"]), NUMBERS, NUMBERS)
def test_any_byte_of_any_checkpoint_changed_is_found_and_named(original, column, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            rows = database.execute(f"SELECT number, {column} FROM record_checkpoints ORDER BY number").fetchall()
            name, value = pick(rows, number)
            database.execute(
                f"UPDATE record_checkpoints SET {column} = ? WHERE number = ?", (other_byte(value, place), name)
            )
        assert f"checkpoint {name}: " in "\n".join(kept.problems())


@EXAMPLES
@given(st.sampled_from(["checkpoint", "chain", "position", "hash", "closed"]), NUMBERS, NUMBERS)
def test_any_byte_of_any_head_changed_is_found_and_its_checkpoint_named(original, column, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            rows = database.execute(f"SELECT rowid, checkpoint, {column} FROM record_heads ORDER BY 1").fetchall()
            rowid, name, value = pick(rows, number)
            new = value + 1000 if column == "checkpoint" else other_byte(value, place)
            database.execute(f"UPDATE record_heads SET {column} = ? WHERE rowid = ?", (new, rowid))
        assert f"checkpoint {name}: " in "\n".join(kept.problems())


@EXAMPLES
@given(NUMBERS)
def test_a_removed_checkpoint_is_named(original, number):
    with Copy(original) as kept:
        with kept.opened() as database:
            (last,) = database.execute("SELECT max(number) FROM record_checkpoints").fetchone()
            gone = number % last + 1
            database.execute("DELETE FROM record_checkpoints WHERE number = ?", (gone,))
        assert f"checkpoint {gone}: was removed" in "\n".join(kept.problems())


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_any_byte_of_the_file_outside_changed_is_found(original, number, place):
    with Copy(original) as kept:
        lines = kept.file.read_bytes().splitlines(keepends=True)
        line = number % len(lines)
        place %= len(lines[line]) - 1
        lines[line] = lines[line][:place] + bytes([lines[line][place] ^ 1]) + lines[line][place + 1 :]
        kept.file.write_bytes(b"".join(lines))
        assert f"line {line + 1} of decisions.db.checkpoints" in "\n".join(kept.problems())


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE record_files SET content = x'00'", "of model version v1: was changed"),
        ("DELETE FROM record_files", "of model version v1: was removed"),
        ("INSERT INTO record_files VALUES ('abc', x'00')", "file abc: was inserted"),
    ],
)
def test_changed_removed_and_inserted_files_of_models_are_named(kept, statement, expected):
    with kept.opened() as database:
        database.execute(statement)
    (problem,) = kept.problems()
    assert expected in problem


@EXAMPLES
@given(NUMBERS, NUMBERS)
def test_any_byte_of_an_entry_changed_in_the_file_itself_is_found(original, number, place):
    with Copy(original) as kept:
        with kept.opened() as database:
            row = pick(entries(database), number)
            database.execute("COMMIT")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("BEGIN")
        content = bytearray(kept.database.read_bytes())
        text = row.id.encode() + row.kind.encode() + row.time.encode()
        begin = content.index(text)
        end = content.index(row.hash, begin) + len(row.hash)
        content[begin + place % (end - begin)] ^= 1
        kept.database.write_bytes(content)
        assert kept.problems() != []


def test_tampering_is_found_in_postgresql_too(postgres):
    url = postgres.new_schema()
    record = open_record(url)
    for _ in range(2):
        record.append([decision(str(number)) for number in range(5)])
        record.close()

    def problems():
        store = open_store(url)
        return [str(one) for one in verify(store, Report(), None, None, lambda _count: None)]

    assert problems() == []
    with psycopg.connect(url, autocommit=True) as database:
        for table in TABLES:
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        rows = database.execute("SELECT id FROM record_entries ORDER BY chain, position").fetchall()
        ids = [name for (name,) in rows]
        database.execute("UPDATE record_entries SET content = '{}' WHERE id = %s", (ids[0],))
        database.execute("DELETE FROM record_entries WHERE id = %s", (ids[2],))
        database.execute("DELETE FROM record_bodies WHERE id = %s", (ids[3],))
        database.execute("UPDATE record_bodies SET client_id = '9' WHERE id = %s", (ids[6],))
        database.execute("DELETE FROM record_entries WHERE id = %s", (ids[9],))
    found = "\n".join(problems())
    for number, what in (
        (0, "was changed"),
        (3, "its body was removed"),
        (6, "its body was changed or exchanged"),
        (9, "has no entry"),
    ):
        assert any(ids[number] in line and what in line for line in found.splitlines()), found
    assert "entry 3 removed" in found
    assert "was cut off" in found


@pytest.mark.parametrize("emptied", [False, True], ids=["rewritten", "emptied"])
def test_a_record_without_checkpoints_is_no_intact_one_where_a_key_is_given(kept, emptied):
    kept.file.unlink()
    with kept.opened() as database:
        rewrite(database, 0)
        for table in TABLES if emptied else ("record_checkpoints", "record_heads"):
            database.execute(f"DELETE FROM {table}")
    assert kept.problems() == ["checkpoints: there is none, so that nothing is signed with the expected key"]
