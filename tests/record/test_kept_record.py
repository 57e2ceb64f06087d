import fcntl
import json
import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from scoring.errors import ArtefactError, RecordUnavailable, SettingError
from scoring.record.canonical import BEGINNING, EntryRow, encode_body, entry_text, hash_body, hash_entry
from scoring.record.entries import Body, NewEntry, Search, make_id
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
from tests.record.test_writer import problems


def rows(record, statement):
    return record.read(lambda session: session.rows(statement))


def test_an_entry_is_found_as_it_was_handed_over(record):
    entry = decision("100001", reasons=[{"term": "age", "contribution": 0.25}])
    record.append([entry])
    found = record.find(entry.id)
    assert (found.id, found.kind, found.about, found.erased) == (entry.id, "decision", None, False)
    assert found.content == entry.content
    assert found.body == entry.body
    assert found.position == 1
    assert record.find(make_id()) is None


def test_a_body_that_was_encoded_in_advance_is_stored_as_any_other(record):
    entry = decision("100001")
    encoded = entry._replace(id=make_id(), body=encode_body(entry.body))
    record.append([entry, encoded])
    assert record.find(encoded.id).body == record.find(entry.id).body == entry.body


def test_an_entry_is_hashed_with_the_hash_before_it_and_its_body_with_the_salt(record):
    record.append([decision() for _ in range(3)])
    previous = BEGINNING
    entries = [EntryRow(*row) for row in rows(record, "SELECT * FROM record_entries ORDER BY position")]
    for place, row in enumerate(entries, start=1):
        assert (row.position, row.previous) == (place, previous)
        assert row.hash == hash_entry(previous, entry_text(row))
        text = json.loads(entry_text(row))
        assert text["content"] == json.loads(row.content)
        assert text["body"] == row.body.hex()
        previous = row.hash
    bodies = {row[0]: row[1:] for row in rows(record, "SELECT * FROM record_bodies")}
    assert {row.id: hash_body(*bodies[row.id]) for row in entries} == {row.id: row.body for row in entries}
    assert len({salt for salt, _, _ in bodies.values()}) == 3


def test_entries_about_a_decision_come_oldest_first(record):
    entry = decision()
    record.append([entry])
    request = NewEntry(make_id(), "review_request", {"by": "client"}, Body("100001", {"text": "J'ai payé."}), entry.id)
    override = NewEntry(make_id(), "override", {"decision": "ACCEPTED", "reason": "paid"}, None, entry.id)
    record.append([request])
    record.append([override, decision()])
    assert [one.id for one in record.about(entry.id)] == [request.id, override.id]
    assert record.about(entry.id)[0].body == request.body
    assert record.about(entry.id)[1].body is None
    assert not record.about(entry.id)[1].erased


def test_decisions_are_searched_by_each_condition_and_by_all_together(record):
    first, second = decision("7", "REFUSED"), decision("8", "ACCEPTED", review=True)
    third, fourth = decision("7", "ACCEPTED", review=None), decision("7", "REFUSED", review=True)
    for entry in (first, second, third, fourth):
        record.append([entry])
    record.append([NewEntry(make_id(), "override", {"decision": "ACCEPTED"}, None, first.id)])
    all_of_them = [first.id, second.id, third.id, fourth.id]
    times = [record.find(one).time for one in all_of_them]

    def found(limit=10, **conditions):
        return [one.id for one in record.search(Search(**conditions), limit)]

    assert found() == all_of_them
    assert found(limit=2) == all_of_them[:2]
    assert found(limit=2, after=second.id) == all_of_them[2:]
    assert found(newest_first=True) == all_of_them[::-1]
    assert found(limit=2, after=third.id, newest_first=True) == [second.id, first.id]
    assert found(client_id="7", newest_first=True) == [fourth.id, third.id, first.id]
    assert found(client_id="7") == [first.id, third.id, fourth.id]
    assert found(since=times[1], until=times[3]) == [second.id, third.id]
    assert found(outcome="ACCEPTED") == [second.id, third.id]
    assert found(review=True) == [second.id, fourth.id]
    assert found(review=False) == [first.id]
    assert found(client_id="7", since=times[1], outcome="REFUSED", review=True, after=second.id) == [fourth.id]
    assert found(client_id="9") == []
    assert record.search(Search(client_id="8"), 1)[0].body == second.body


@pytest.mark.parametrize("client_id", ["a\x00b", "\ud800", 'quo"te', "back\\slash", "", "é", None])
def test_a_client_id_may_be_any_text(record, client_id):
    entry = decision(client_id)
    record.append([entry])
    assert record.find(entry.id).body.client_id == client_id
    if client_id is not None:
        assert [one.id for one in record.search(Search(client_id=client_id), 5)] == [entry.id]


def test_entries_are_written_all_or_none(record):
    kept = decision()
    record.append([kept])
    new = decision()
    with pytest.raises(ValueError, match="refuses an entry"):
        record.append([new, kept])
    assert record.find(new.id) is None
    record.append([new])
    assert [one.id for one in record.search(Search(), 5)] == [kept.id, new.id]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_does_not_have_is_refused_before_it_is_handed_over(record, value):
    with pytest.raises(ValueError, match="JSON compliant"):
        record.append([decision(), decision(probability=value)])
    with pytest.raises(TypeError, match="of type object, expected JSON"):
        record.append([decision(thing=object())])
    assert record.search(Search(), 5) == []


def test_threads_share_a_record_and_one_chain(record):
    entries = [[decision(str(number)) for _ in range(20)] for number in range(16)]
    threads = [threading.Thread(target=lambda mine=mine: [record.append([one]) for one in mine]) for mine in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(record.search(Search(), 1000)) == 320
    assert rows(record, "SELECT chain, count(*), max(position) FROM record_entries GROUP BY chain")[0][1:] == (320, 320)
    ids = [row[0] for row in rows(record, "SELECT time FROM record_entries ORDER BY position")]
    assert ids == sorted(ids)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_and_its_parent_go_on_with_chains_of_their_own(record):
    before, after = decision(), decision()
    record.append([before])
    context = multiprocessing.get_context("fork")
    child = context.Process(target=lambda: record.append([decision(), decision()]))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    record.append([after])
    chains = dict(rows(record, "SELECT chain, count(*) FROM record_entries GROUP BY chain"))
    assert sorted(chains.values()) == [1, 1, 2]
    assert chains[record.find(before.id).chain] == chains[record.find(after.id).chain] == 1


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_processes_forked_while_threads_record_begin_anew(record, url):
    ended = threading.Event()

    def go_on():
        while not ended.is_set():
            record.append([decision()])

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=lambda: record.append([decision()])) for _ in range(5)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    ended.set()
    for thread in threads:
        thread.join()
    assert [child.exitcode for child in children] == [0] * 5
    counts = dict(rows(record, "SELECT chain, count(*) FROM record_entries GROUP BY chain"))
    assert len(counts) >= 6
    record.close()
    assert problems(url) == []


def test_a_process_forked_while_the_record_does_not_answer_has_none(path):
    record = open_record(str(path))
    record.append([decision()])
    with path.with_name("decisions.db.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        context = multiprocessing.get_context("fork")

        def use():
            with pytest.raises(RecordUnavailable, match="was forked while the decision record did not answer"):
                record.append([decision()])
            with pytest.raises(RecordUnavailable, match="was forked while the decision record did not answer"):
                record.find(make_id())

        child = context.Process(target=use)
        child.start()
        child.join(60)
        assert child.exitcode == 0
    record.append([decision()])
    assert len(record.search(Search(), 5)) == 2
    record.close()


def test_a_record_that_was_closed_opens_again_with_a_new_chain(record):
    first, second = decision(), decision()
    record.append([first])
    record.close()
    record.append([second])
    assert record.find(first.id).chain != record.find(second.id).chain
    assert record.find(second.id).position == 1


def test_times_do_not_go_back_within_a_chain_when_the_clock_does(record, monkeypatch):
    times = iter(["2026-11-26T12:00:00.000000Z", "2026-11-25T12:00:00.000000Z", "2026-11-26T13:00:00.000000Z"])
    monkeypatch.setattr("scoring.record.transaction.utc_now", lambda: next(times))
    entries = [decision() for _ in range(3)]
    for entry in entries:
        record.append([entry])
    assert [record.find(one.id).time[8:13] for one in entries] == ["26T12", "26T12", "26T13"]
    assert [one.id for one in record.search(Search(), 5)] == [one.id for one in entries]


def test_files_of_a_model_are_kept_once(record):
    files = {"modele_retenu.pkl": b"model" * 1000, "scaler.pkl": b"scaler"}
    record.keep_model("v1", files)
    record.keep_model("v1", files)
    record.keep_model("v2", {**files, "modele_retenu.pkl": b"other"})
    assert record.model_files("v1") == files
    assert record.model_files("v2")["modele_retenu.pkl"] == b"other"
    assert record.model_files("v3") is None
    assert rows(record, "SELECT count(*) FROM record_files") == [(3,)]
    entries = [json.loads(row[0]) for row in rows(record, "SELECT content FROM record_entries WHERE kind = 'model'")]
    assert [one["model_version"] for one in entries] == ["v1", "v2"]


def test_several_hosts_may_keep_the_same_version_at_the_same_moment(url):
    records = [open_record(url) for _ in range(4)]
    for number in range(5):
        begin, files, failed = threading.Barrier(4), {"a": b"%d" % number, "b": b"other %d" % number}, []

        def keep(record, version=f"v{number}", begin=begin, files=files, failed=failed):
            begin.wait()
            try:
                record.keep_model(version, files)
            except (ValueError, RecordUnavailable) as error:
                failed.append(error)

        threads = [threading.Thread(target=keep, args=(record,)) for record in records]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert records[0].model_files(f"v{number}") == files
    for record in records:
        record.close()
    assert problems(url) == []


def test_a_version_never_gets_other_files(record):
    record.keep_model("v1", {"scaler.pkl": b"one"})
    with pytest.raises(ArtefactError, match="other files for model version v1"):
        record.keep_model("v1", {"scaler.pkl": b"two"})
    assert record.model_files("v1") == {"scaler.pkl": b"one"}


@pytest.mark.parametrize("url", ["mysql://host/decisions", "sqlite://relative.db", "file://decisions.db"])
def test_another_url_is_refused_without_its_password(url):
    with pytest.raises(SettingError, match=r"Expected the path of a SQLite file, sqlite:///PATH or postgresql://"):
        open_record(url)


def test_a_record_is_opened_by_path_or_url_and_its_file_is_for_its_user_alone(path):
    for url in (str(path), f"sqlite:///{path}"):
        opened = open_record(url)
        opened.append([decision()])
        opened.close()
    assert len(open_record(str(path)).search(Search(), 5)) == 2
    assert path.stat().st_mode & 0o777 == 0o600


def test_opening_a_record_starts_nothing_and_importing_it_brings_no_database(path):
    code = f"""
import sys, threading
from scoring.record.kept_record import open_record
missing = {{"sqlite3", "psycopg", "cryptography"}} - set(sys.modules)
open_record({str(path)!r})
print(sorted(missing), threading.active_count())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['cryptography', 'psycopg', 'sqlite3'] 1\n"
    assert not path.exists()


def test_a_process_that_ends_writes_what_was_handed_over_and_ends(url):
    code = f"""
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
from tests.record.test_writer import problems
open_record({url!r}).append([decision()])
"""
    subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=30, cwd=Path(__file__).parents[2], env={**os.environ}
    )
    record = open_record(url)
    assert len(record.search(Search(), 5)) == 1
    record.close()
