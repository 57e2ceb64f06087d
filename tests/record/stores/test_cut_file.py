"""A SQLite file that lost its end is refused before anything is written to it, with and without a write-ahead log."""

import os
import re
import shutil

import pytest

from scoring.errors import RecordUnavailable
from scoring.record.kept_record import open_record
from scoring.record.stores.sqlite_file import count_missing
from tests.record.conftest import decision
from tests.record.test_record_commands import run

# Where SQLite has no log, or the first page is gone, it notices by itself.
CUT = r"decisions.db: was cut, \d+ of its \d+ pages are gone|decisions.db.*: database disk image is malformed"
SALTS, FORMER = b"12345678", b"former.."  # of a round of the log


def write(path, times):
    record = open_record(str(path))
    for _ in range(times):
        record.append([decision() for _ in range(20)])
    return record


@pytest.fixture(params=["with its log", "without a log"])
def filled(request, tmp_path, path):
    """Copy a file as a crash leaves it, with a log of what was written last, or as a stop leaves it."""
    write(path, 20).close()
    record = write(path, 2)
    copy = tmp_path / "copy"
    copy.mkdir()
    if request.param == "without a log":
        record.close()
    for file in path.parent.glob("decisions.db*"):
        if file.suffix != ".db-shm":
            shutil.copy(file, copy)
    record.close()
    return copy / "decisions.db"


def test_a_whole_file_is_opened(filled):
    record = open_record(str(filled))
    assert record.append([decision()]) is None
    record.close()
    assert run("verify", filled).returncode == 0


@pytest.mark.parametrize("part", [0.9, 0.5, 0.1, 0.0])
def test_a_file_that_was_cut_is_refused_by_the_service_and_by_the_commands(filled, part):
    os.truncate(filled, max(50, int(filled.stat().st_size * part)))
    cut = filled.read_bytes()
    record = open_record(str(filled))
    for _ in range(2):
        with pytest.raises(RecordUnavailable, match=CUT):
            record.append([decision()])
        with pytest.raises(RecordUnavailable, match=CUT):
            record.find("x")
    record.close()
    assert filled.read_bytes() == cut
    done = run("verify", filled)
    assert done.returncode == 1
    assert re.search(CUT, done.stderr)
    assert "Traceback" not in done.stderr


def test_pages_that_a_crash_left_in_the_log_are_not_missing(tmp_path, path):
    write(path, 1).close()
    before = path.read_bytes()
    record = write(path, 4)
    log = path.with_name("decisions.db-wal").read_bytes()
    record.close()  # writes the log back
    after = path.read_bytes()
    crashed = tmp_path / "crashed.db"
    crashed.write_bytes(after[:4096] + before[4096:])  # only the first page was written back
    crashed.with_name("crashed.db-wal").write_bytes(log)
    record = open_record(str(crashed))
    assert len(record.read(lambda session: session.rows("SELECT id FROM record_entries"))) == 100
    record.close()


def write_log(path, *frames):
    """Write a log with frames: page, pages after a commit (else 0), salts."""
    written = b"".join(
        page.to_bytes(4, "big") + count.to_bytes(4, "big") + salts + bytes(8 + 4096) for page, count, salts in frames
    )
    header = bytes(8) + (4096).to_bytes(4, "big") + bytes(4) + SALTS + bytes(8)
    path.with_name("a.db-wal").write_bytes(header + written)


def test_frames_that_another_process_wrote_while_the_log_was_read_do_not_count(tmp_path):
    """The writer was behind the reader at the second frame, and before it at the third."""
    path = tmp_path / "a.db"
    path.write_bytes(bytes(4096 * 2))
    write_log(path, (3, 3, SALTS), (4, 0, FORMER), (5, 5, SALTS))
    assert count_missing(path) == (0, 3)


def test_pages_of_a_former_round_of_the_log_do_not_count(tmp_path):
    path = tmp_path / "a.db"
    path.write_bytes(bytes(4096 * 2))
    write_log(path, (3, 0, SALTS), (5, 6, SALTS), (4, 4, FORMER))
    assert count_missing(path) == (2, 6)  # 4 and 6
    path.write_bytes(bytes(4096 * 6))
    assert count_missing(path) == (0, 6)
    path.with_name("a.db-wal").write_bytes(b"")
    assert count_missing(path) == (0, 0)
