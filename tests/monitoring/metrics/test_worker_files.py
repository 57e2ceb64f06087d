"""Real processes that count, end and leave their files behind."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.errors import SettingError
from scoring.monitoring.metrics.worker_files import WorkerFiles, make_folder

COUNT = """
import sys
from prometheus_client import Counter, Histogram
seconds = Histogram("seconds", "of answers", ["route"], buckets=[0.1, 0.25, 1])
answers = Counter("answers", "of all routes")
for _ in range(int(sys.argv[1])):
    seconds.labels("/").observe(0.25)
    answers.inc()
print("counted", flush=True)
sys.stdin.read()
"""


def start_counting(folder, times):
    """Start a process that counts and then waits; ends with its input."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT, str(times)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "counted\n"
    return process


def end(process):
    process.communicate()
    assert process.returncode == 0


def answers(files):
    """Number of answers, twice; the sum of their seconds; how many took at most 0.25 s, and at most 0.1 s."""
    samples = {(one.name, one.labels.get("le")): one.value for metric in files.read() for one in metric.samples}
    own = ("answers_total", None), ("seconds_count", None), ("seconds_sum", None)
    return tuple(samples[one] for one in (*own, ("seconds_bucket", "0.25"), ("seconds_bucket", "0.1")))


def expected(count):
    return (count, count, 0.25 * count, count, 0)


def names(files):
    return sorted(file.name for file in files.folder.glob("*.db"))


@pytest.fixture
def files(tmp_path):
    opened = WorkerFiles(tmp_path / "metrics")
    yield opened
    opened.close()


def test_counts_of_processes_that_ended_stay_and_their_files_do_not(files):
    living = start_counting(files.folder, 1)
    for round_ in (1, 2):
        ended = [start_counting(files.folder, times) for times in (10, 100)]
        for process in ended:
            end(process)
        assert len(names(files)) == 6 if round_ == 1 else 8
        counts = answers(files)
        files.merge_ended()
        assert answers(files) == counts == expected(1 + 110 * round_)
        own = [f"{kind}_{living.pid}.db" for kind in ("counter", "histogram")]
        assert names(files) == sorted(["counter_merged.db", "histogram_merged.db", *own])
    end(living)
    files.merge_ended()
    assert names(files) == ["counter_merged.db", "histogram_merged.db"]
    assert answers(files) == expected(221)
    files.merge_ended()
    assert answers(files) == expected(221)


FULL = """
import errno, logging, os
from prometheus_client import Counter
from scoring.monitoring.metrics.reserved_files import reserve_room
logging.basicConfig()
reserve_room()
def fallocate(file, start, size, reserve=os.posix_fallocate):
    if size > {limit} and "memfd" not in os.readlink(f"/proc/self/fd/{{file}}"):
        raise OSError(errno.ENOSPC, "No space left on device")
    reserve(file, start, size)
os.posix_fallocate = fallocate
answers = Counter("answers", "of all routes", ["route"])
for place in range(1000):
    answers.labels("/" * 100 + str(place)).inc()
print(sum(answers.labels("/" * 100 + str(place))._value.get() for place in range(1000)))
"""


@pytest.mark.parametrize("limit", [0, 1 << 16], ids=["at the start", "later"])
def test_a_process_without_room_for_its_counts_goes_on_and_says_so(tmp_path, limit):
    ended = subprocess.run(
        [sys.executable, "-c", FULL.format(limit=limit)],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "1000.0\n"), ended.stderr
    assert ended.stderr.count("Make room there, and reload the service.") == 1
    assert len([*tmp_path.iterdir()]) == (1 if limit else 0)


def test_a_worker_s_room_is_reserved_before_it_is_written_to(tmp_path):
    """A write to a mapped file without room would end the process."""
    from scoring.monitoring.metrics.reserved_files import ReservedDict

    counts = ReservedDict(str(tmp_path / "counter_1.db"))
    for place in range(1000):
        counts.write_value("/" * 100 + str(place), 1.0, 0.0)
    size = (tmp_path / "counter_1.db").stat()
    counts.close()
    assert size.st_blocks * 512 >= size.st_size == 1 << 17


def test_while_the_files_are_read_nothing_is_merged(files):
    import fcntl

    end(start_counting(files.folder, 3))
    before = names(files)
    with (files.folder / "lock").open("ab") as reading:
        fcntl.flock(reading, fcntl.LOCK_SH)
        files.merge_ended()
        assert names(files) == before
    files.merge_ended()
    assert names(files) == ["counter_merged.db", "histogram_merged.db"]
    assert answers(files)[0] == 3


def test_a_folder_can_be_cleared_for_a_new_start_and_removed(files):
    (files.folder / "counter_1.db").write_bytes(bytes(64))
    for others in ("decisions.db", "notes.txt"):
        (files.folder / others).write_text("not ours")
    assert files.read() is not None
    files.clear()
    assert sorted(file.name for file in files.folder.iterdir() if file.suffix != "") == ["decisions.db", "notes.txt"]
    files.remove()
    assert not files.folder.exists()


def test_a_folder_in_which_another_service_counts_is_refused_and_stays_as_it_is(files):
    (files.folder / "counter_1.db").write_bytes(bytes(64))
    second = WorkerFiles(files.folder)
    with pytest.raises(SettingError, match=r"MULTIPROC_DIR=.*/metrics: another service counts .*\n.*for this service"):
        second.clear(seconds=0)
    assert names(files) == ["counter_1.db"]
    second.close()
    files.clear(seconds=0)
    assert names(files) == []


def test_a_folder_that_cannot_be_made_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingError, match=r"PROMETHEUS_MULTIPROC_DIR=.*/file/metrics: .*\n.*may write to, or unset"):
        WorkerFiles(tmp_path / "file" / "metrics")


def test_a_new_folder_is_empty_and_those_of_killed_services_are_removed(monkeypatch, tmp_path):
    monkeypatch.setattr("scoring.monitoring.metrics.worker_files._MEMORY", tmp_path)
    left_behind, used = Path(make_folder()), WorkerFiles(Path(make_folder()))
    (left_behind / "used").touch()
    foreign = tmp_path / "scoring-metrics-without-a-lock"
    foreign.mkdir()
    new = Path(make_folder())
    assert {*tmp_path.iterdir()} == {used.folder, foreign, new}
    assert not any(new.iterdir())
    used.close()


def test_a_folder_that_cannot_be_used_does_not_stop_a_service_that_counts_nothing(monkeypatch, tmp_path, project):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "file" / "metrics"))
    configuration = runpy.run_path(str(project / "gunicorn.conf.py"))
    with pytest.raises(SystemExit, match="no files of metrics can be made there"):
        configuration["_open_metrics"](None)
    for no in ("0", "false", "off"):
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "file" / "metrics"))
        monkeypatch.setenv("SCORING_METRICS", no)
        configuration["_open_metrics"](None)
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
