import contextlib
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scoring.errors import SettingError
from scoring.record.checkpoints.checkpoint import last
from scoring.record.checkpoints.checkpoint_file import read_file
from scoring.record.kept_record import open_record, open_store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.conftest import eventually
from tests.record.conftest import decision, make_key

PROJECT = Path(__file__).parents[2]


def checkpoint(record):
    return record.read(last)


def problems(url, report=None):
    store = open_store(str(url))
    return [str(one) for one in verify(store, report or Report(), None, store.checkpoints, lambda _count: None)]


def test_a_checkpoint_is_made_after_so_many_entries(url):
    record = open_record(url, every=5)
    for _ in range(4):
        record.append([decision()])
    assert checkpoint(record) is None
    record.append([decision()])
    assert eventually(lambda: checkpoint(record) is not None)
    assert checkpoint(record).heads == 1
    record.close()


def test_a_checkpoint_is_made_after_so_many_seconds_and_none_of_nothing(url):
    record = open_record(url, seconds=0.2)
    record.append([decision()])
    assert eventually(lambda: checkpoint(record) is not None)
    time.sleep(0.6)
    assert checkpoint(record).number == 1
    record.append([decision()])
    assert eventually(lambda: checkpoint(record).number == 2)
    record.close()


def test_the_callers_of_a_commit_are_awaited_for_the_next_one_and_one_alone_is_not(url, monkeypatch):
    monkeypatch.setattr("scoring.record.writer._GATHERING", 60.0)
    record = open_record(url)
    for _ in range(3):
        record.append([decision()])  # would fail after two seconds
    writing, free = threading.Event(), threading.Event()
    first = threading.Thread(target=record.write, args=(lambda _: (writing.set(), free.wait(5)),))
    first.start()
    writing.wait(5)
    entries = [decision() for _ in range(4)]
    written = [record.begin_append([one]) for one in entries[:3]]
    free.set()
    first.join()
    written.append(record.begin_append([entries[3]]))  # of the first caller, who is awaited
    for one in written:
        one.wait()
    assert len({record.find(one.id).time for one in entries}) == 1
    record.close()


def test_an_end_makes_a_checkpoint_that_closes_the_chain(record, url):
    record.append([decision()])
    record.close()
    report = Report()
    assert problems(url, report) == []
    assert (report.entries, report.checkpoints, report.uncovered) == (1, 1, 0)
    heads = record.read(lambda session: session.rows("SELECT position, closed FROM record_heads"))
    assert heads == [(1, 1)]
    record.close()


def test_a_killed_writers_entries_are_covered_by_the_next_checkpoint_of_another(url):
    code = f"""
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
record = open_record({url!r})
record.append([decision()])
print("written", flush=True)
input()
"""
    killed = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout.readline() == "written\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    report = Report()
    assert problems(url, report) == []
    assert report.uncovered == 1
    record = open_record(url)
    record.append([decision()])
    assert checkpoint(record) is None
    record.close()
    report = Report()
    assert problems(url, report) == []
    assert (report.chains, report.uncovered) == (2, 0)


def test_a_checkpoint_is_appended_to_the_file_and_told_in_the_log(path, caplog):
    caplog.set_level(logging.INFO, "scoring")
    for _ in range(2):
        record = open_record(str(path))
        record.append([decision()])
        record.close()
    lines = path.with_name("decisions.db.checkpoints").read_text().splitlines()
    assert [json.loads(line)["checkpoint"]["number"] for line in lines] == [1, 2]
    told = [message for message in caplog.messages if message.startswith("Checkpoint of the decision record: ")]
    assert [message.split(": ", 1)[1] for message in told] == lines


def test_what_the_file_missed_is_appended_with_the_next_checkpoint(path, tmp_path, caplog):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for number in range(3):
        record = open_record(str(path), checkpoints=folder / "checkpoints")
        if number == 0:
            folder.rmdir()
        record.append([decision()])
        if number == 1:
            assert "No checkpoint could be made or written to a file" not in caplog.text
        record.close()
        assert ("No checkpoint could be made or written to a file" in caplog.text) == (number == 0)
        caplog.clear()
        folder.mkdir(exist_ok=True)
        if number == 1:
            with (folder / "checkpoints").open("ab") as file:
                file.write(b'{"checkpoint": {"num')  # a crash
    lines = list(read_file(folder / "checkpoints"))
    assert [line.checkpoint and line.checkpoint.number for line in lines] == [1, 2, None, 3]


def test_a_database_that_was_replaced_is_told_in_the_log(path, caplog):
    record = open_record(str(path))
    record.append([decision()])
    record.close()
    path.unlink()
    path.with_name("decisions.db.lock").unlink()
    record = open_record(str(path))
    record.append([decision()])
    record.close()
    assert "Checkpoint 1 of the decision record is not the one in decisions.db.checkpoints" in caplog.text
    assert any("was rewritten: line 1" in problem for problem in problems(path))


def test_a_given_key_signs_every_checkpoint(url, tmp_path):
    record = open_record(url, make_key(tmp_path / "key.pem"))
    record.append([decision()])
    record.close()
    report = Report()
    assert problems(url, report) == []
    assert (report.signed, report.checkpoints) == (1, 1)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(None, "cannot be read"), (b"no key", "cannot be used"), (b"rsa", "cannot be used, expected a private Ed25519")],
)
def test_a_file_without_a_key_is_refused_at_once(path, tmp_path, content, expected):
    key = tmp_path / "key.pem"
    if content == b"rsa":
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    elif content is not None:
        key.write_bytes(content)
    with pytest.raises(SettingError, match=expected):
        open_record(str(path), key)
    assert not path.exists()


def test_a_key_made_with_openssl_signs_and_one_that_others_can_read_is_warned_about(path, tmp_path, caplog):
    key = tmp_path / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    key.chmod(0o600)
    open_record(str(path), key)
    assert caplog.text == ""
    key.chmod(0o644)
    open_record(str(path), key)
    assert "other users of this machine can read this key" in caplog.text


def test_several_processes_share_a_record_each_with_a_chain_and_seldom_make_checkpoints_of_the_same(url):
    code = f"""
from scoring.record.kept_record import open_record
from tests.record.conftest import decision
record = open_record({url!r}, every=20)
for _ in range(100):
    record.append([decision()])
"""
    running = [subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, env={**os.environ}) for _ in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    report = Report()
    assert problems(url, report) == []
    assert (report.entries, report.chains, report.uncovered) == (300, 3, 0)
    assert report.checkpoints <= 18


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (".", "is a folder"),
        ("missing/decisions.checkpoints", "its folder does not exist"),
        ("decisions.db", "is a file of the database itself"),
        ("decisions.db-wal", "is a file of the database itself"),
        ("decisions.db.lock", "is a file of the database itself"),
        ("link.db", "is a file of the database itself"),
        ("loop", "is a link to itself"),
        ("other.db", "has something other than checkpoints"),
        ("key.pem", "has something other than checkpoints"),
    ],
)
def test_a_file_to_which_checkpoints_cannot_be_appended_is_refused_at_once(path, tmp_path, name, fault):
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as database:
        database.execute("PRAGMA user_version = 3")
    make_key(tmp_path / "key.pem")
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for url in (str(path), "postgresql:///decisions")[: 1 if "itself" in fault else 2]:
        with pytest.raises(SettingError) as told:
            open_record(url, checkpoints=tmp_path / name)
        assert str(told.value).startswith(f"SCORING_DECISIONS_CHECKPOINTS={tmp_path / name}: {fault}\nExpected a file")
    assert not path.exists()


def test_a_file_of_checkpoints_that_is_empty_or_was_cut_off_is_used(path, tmp_path):
    file = tmp_path / "outside"
    for begun in ("", '{"check', '{"checkpoint":{"heads":1'):
        file.write_text(begun)
        record = open_record(str(path), checkpoints=file)
        record.append([decision()])
        record.close()
        assert [line.checkpoint is not None for line in read_file(file)][-1]


def test_a_record_that_is_no_longer_signed_is_told_in_the_log_once(path, tmp_path, caplog):
    for key in (make_key(tmp_path / "key.pem"), None, None):
        record = open_record(str(path), key)
        record.append([decision()])
        record.close()
    assert [message for message in caplog.messages if "no longer signed" in message] == [
        "The decision record's checkpoints are no longer signed: SCORING_DECISIONS_KEY is not set"
    ]


def test_a_file_of_checkpoints_that_never_ends_is_not_read_on():
    with pytest.raises(OSError, match="line 1 has more than 1 MiB: '/dev/zero'"):
        next(read_file(Path("/dev/zero")))
