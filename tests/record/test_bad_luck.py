"""What cannot be recorded is an error within two seconds, and recording goes on by itself afterwards."""

import contextlib
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from scoring.errors import RecordUnavailable
from scoring.record.entries import Search, make_id
from scoring.record.kept_record import open_record
from tests.conftest import eventually, in_time
from tests.record.conftest import decision
from tests.record.test_writer import problems

PROJECT = Path(__file__).parents[2]
IN_TIME = 2.5  # seconds: two, and half a second for a busy machine


def refused_in_time(record, expected="."):
    """Check that neither writing nor reading waits; returns the entry that was not written."""
    entry, begun = decision(), time.monotonic()
    with pytest.raises(RecordUnavailable, match=expected):
        record.append([entry])
    assert time.monotonic() - begun < in_time(IN_TIME)
    return entry


def works_again(record):
    entry = decision()

    def works():
        try:
            record.append([entry])
        except RecordUnavailable:
            return False
        return True

    assert eventually(works)
    assert record.find(entry.id).id == entry.id


def holding(path, code):
    """Run code in another process that holds something until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"path = {str(path)!r}\n{code}\nprint('held', flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize(
    "code",
    [
        "import sqlite3\nc = sqlite3.connect(path, isolation_level=None)\nc.execute('BEGIN EXCLUSIVE')",
        "import fcntl\nf = open(path + '.lock')\nfcntl.flock(f, fcntl.LOCK_EX)",
    ],
    ids=["the database", "the queue"],
)
def test_a_database_that_another_program_holds(path, code):
    record = open_record(str(path))
    first = decision()
    record.append([first])
    holder = holding(path, code)
    for _ in range(3):
        refused_in_time(record)
        assert record.find(first.id).id == first.id  # reading goes on
    holder.communicate("\n")
    works_again(record)
    record.close()
    assert problems(path) == []


def test_callers_who_wait_for_a_held_database_get_their_errors_together(path):
    record = open_record(str(path))
    record.append([decision()])
    holder = holding(path, "import fcntl\nf = open(path + '.lock')\nfcntl.flock(f, fcntl.LOCK_EX)")
    threads = [threading.Thread(target=refused_in_time, args=(record,)) for _ in range(20)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < in_time(2 * IN_TIME)
    holder.communicate("\n")
    works_again(record)
    assert len(record.search(Search(), 50)) == 2  # nobody's who was told otherwise
    record.close()


def test_ending_does_not_wait_for_a_held_database(path):
    record = open_record(str(path))
    record.append([decision()])
    holder = holding(path, "import fcntl\nf = open(path + '.lock')\nfcntl.flock(f, fcntl.LOCK_EX)")
    begun = time.monotonic()
    record.close()
    assert time.monotonic() - begun < in_time(10)
    holder.communicate("\n")
    works_again(record)
    record.close()


def test_a_full_disk(tmp_path):
    code = """
import resource, signal, sys
from scoring.errors import RecordUnavailable
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
record, told = open_record(sys.argv[1]), []
record.append([decision()])
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
failed = 0
while failed < 3:
    entry = decision(text="x" * 5000)
    try:
        record.append([entry])
        told.append(entry.id)
    except RecordUnavailable as error:
        failed += 1
        print(error, file=sys.stderr)
print(record.find(told[0]).id == told[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
record.append([decision()])
print(len(told), all(record.find(one) for one in told))
"""
    path = tmp_path / "decisions.db"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True\n")
    assert done.stdout.endswith("True\n")
    assert "disk" in done.stderr
    assert problems(path) == []


def test_a_file_that_may_only_be_read():
    folder = Path(tempfile.mkdtemp())  # pytest's own are for its user alone
    path = folder / "decisions.db"
    record = open_record(str(path))
    first = decision()
    record.append([first])
    record.close()
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    code = f"""
import os, time
import scoring.record.stores.sqlite_store
from scoring.errors import RecordUnavailable
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
if os.getuid() == 0:
    os.setuid({pwd.getpwnam("nobody").pw_uid})
record, begun = open_record({str(path)!r}), time.monotonic()
try:
    record.append([decision()])
except RecordUnavailable as error:
    print(time.monotonic() - begun < 30, error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    shutil.rmtree(folder)
    assert done.stdout.startswith("True the decision record"), done.stderr


def test_a_file_that_is_removed_while_it_is_open_and_restored(path, tmp_path):
    record = open_record(str(path))
    first = decision()
    record.append([first])
    assert record.find(first.id).id == first.id
    aside = tmp_path / "aside.db"
    path.rename(aside)
    for _ in range(2):
        second = refused_in_time(record, "was removed. Restore it from a backup; or, to begin a new record, move away")
        with pytest.raises(RecordUnavailable):
            record.find(first.id)
    aside.rename(path)
    works_again(record)
    assert record.find(first.id).id == first.id
    assert record.find(second.id) is None
    record.close()
    assert problems(path) == []


def test_a_file_that_is_replaced_while_it_is_open(path, tmp_path):
    record = open_record(str(path))
    first, second = decision(), decision()
    record.append([first])
    copy = tmp_path / "copy.db"
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(path)
    record.append([second])  # goes to the file that everybody finds at the path
    assert [record.find(one.id).id for one in (first, second)] == [first.id, second.id]
    record.close()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM record_entries").fetchone() == (2,)


def test_a_folder_that_is_not_there_yet(tmp_path):
    path = tmp_path / "later" / "decisions.db"
    record = open_record(str(path))
    refused_in_time(record, "its folder does not exist")
    path.parent.mkdir()
    works_again(record)
    record.close()


def test_an_error_of_ours_leaves_nobody_waiting_and_recording_goes_on(record, monkeypatch):
    record.append([decision()])
    monkeypatch.setattr(threading, "excepthook", lambda _told: None)
    with pytest.raises(RecordUnavailable, match="ended unexpectedly"):
        record.write(lambda _transaction: 1 / 0)
    works_again(record)
    with pytest.raises(RecordUnavailable, match="ended unexpectedly"):
        record.read(lambda _session: 1 / 0)
    works_again(record)


def test_ids_sort_when_the_clock_is_set_back(monkeypatch):
    first = make_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000_000)
    later = [make_id() for _ in range(5000)]
    assert sorted([first, *later]) == [first, *later]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "ended at once"])
def test_a_postgres_that_is_stopped_and_started(postgres, how):
    url = postgres.new_schema()
    record = open_record(url)
    record.append([decision()])
    postgres.stop(how)
    for _ in range(3):
        entry = refused_in_time(record)
        with pytest.raises(RecordUnavailable):
            record.find(entry.id)
    postgres.start()
    works_again(record)
    record.close()
    assert problems(url) == []


def test_a_postgres_started_again_between_two_entries_is_not_noticed(postgres):
    record = open_record(postgres.new_schema())
    first, second = decision(), decision()
    record.append([first])
    assert record.find(first.id).id == first.id
    postgres.restart()
    record.append([second])
    assert record.find(first.id).id == first.id
    assert record.find(first.id).chain == record.find(second.id).chain
    record.close()


def test_a_postgres_that_does_not_answer_for_a_while(postgres):
    url = postgres.new_schema()
    record = open_record(url)
    record.append([decision()])
    record.find(make_id())
    postgres.send(signal.SIGSTOP)
    try:
        for _ in range(2):
            entry = refused_in_time(record, "did not answer within")
            begun = time.monotonic()
            with pytest.raises(RecordUnavailable):
                record.find(entry.id)
            assert time.monotonic() - begun < in_time(IN_TIME)
    finally:
        postgres.send(signal.SIGCONT)
    works_again(record)
    record.close()
    assert problems(url) == []


def test_a_table_that_another_program_holds_in_postgres(postgres):
    url = postgres.new_schema()
    record = open_record(url)
    record.append([decision()])
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE record_entries IN ACCESS EXCLUSIVE MODE")
        entry = refused_in_time(record, "another program has locked it")
        other.rollback()
    works_again(record)
    assert record.find(entry.id) is None
    record.close()


def test_a_postgres_that_is_not_there(tmp_path):
    record = open_record(f"postgresql://nobody:secret@/decisions?host={tmp_path}")
    begun = time.monotonic()
    with pytest.raises(RecordUnavailable) as told:
        record.append([decision()])
    assert time.monotonic() - begun < in_time(IN_TIME)
    assert "secret" not in str(told.value)
    assert record.store.name == "postgresql:///decisions"
    record.close()


def outages(caplog):
    return [message for message in caplog.messages if message.startswith("The decision record (")]


def test_an_outage_is_one_line_in_the_log_at_its_beginning_and_one_at_its_end(path, caplog):
    record = open_record(str(path))
    record.append([decision()])
    holder = holding(path, "import fcntl\nf = open(path + '.lock')\nfcntl.flock(f, fcntl.LOCK_EX)")
    refused_in_time(record)
    assert outages(caplog) == [
        "The decision record (decisions.db) cannot be written now: the decision record did not answer within 1.9 s"
    ]
    refused_in_time(record)
    record.search(Search(), 1)
    assert len(outages(caplog)) == 1
    holder.communicate("\n")
    works_again(record)
    record.append([decision()])
    assert outages(caplog)[1:] == ["The decision record (decisions.db) can be written again"]
    record.close()


def test_a_silent_postgres_is_one_line_for_writing_and_one_for_reading(postgres, caplog):
    record = open_record(postgres.new_schema())
    record.append([decision()])
    record.find(make_id())
    postgres.send(signal.SIGSTOP)
    try:
        for _ in range(2):
            entry = refused_in_time(record)
            with pytest.raises(RecordUnavailable):
                record.find(entry.id)
    finally:
        postgres.send(signal.SIGCONT)
    assert [re.search(r"cannot be (\w+) now: .* did not answer", line)[1] for line in outages(caplog)] == [
        "written",
        "read",
    ]
    works_again(record)
    record.close()


def test_callers_who_fail_together_are_one_line(path, caplog):
    path.parent.joinpath("decisions.db.lock").touch()  # the file is gone
    record = open_record(str(path))
    threads = [threading.Thread(target=refused_in_time, args=(record, "was removed")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outages(caplog)) == 1
    record.close()
