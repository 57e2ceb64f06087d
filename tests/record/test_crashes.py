"""Whatever is killed, no entry is missing that somebody was told is durable."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scoring.record.kept_record import open_record
from scoring.record.verification.deviations import Report
from tests.conftest import eventually
from tests.record.conftest import decision
from tests.record.test_writer import problems

PROJECT = Path(__file__).parents[2]


class Load:
    """Processes under load; what they were told goes to files, so that nothing is lost when they are killed."""

    def __init__(self, url, folder, processes=2, threads=4):
        self.url, self.folder, self.threads = url, folder, threads
        self.running, self.files = [], []
        for _ in range(processes):
            self.start()

    def start(self):
        self.files.append(self.folder / f"told-{len(self.files)}")
        with self.files[-1].open("wb") as told, (self.folder / "errors").open("ab") as errors:
            command = [sys.executable, "-m", "tests.record.load", self.url, str(self.threads)]
            self.running.append(subprocess.Popen(command, cwd=PROJECT, stdout=told, stderr=errors))

    def told(self, file=None):
        listed = [file] if file else self.files
        return [line for one in listed for line in one.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def wait_for_more(self, count=20):
        """Wait until the newest process was told so many times."""
        before = len(self.told(self.files[-1]))
        assert eventually(lambda: len(self.told(self.files[-1])) >= before + count, 120), self.errors()

    def errors(self):
        return (self.folder / "errors").read_text()

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def kill_all(self):
        for process in list(self.running):
            self.kill(process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_all()

    def missing(self):
        """Read the record; returns what was told and is not there."""
        record = open_record(self.url)
        there = {row[0] for row in record.read(lambda session: session.rows("SELECT id FROM record_entries"), 60)}
        record.append([decision()])
        record.close()  # covers the ends of the chains whose writers were killed
        return {line.strip() for line in self.told()} - there


def kill_a_process_under_load(url, folder, times):
    with Load(url, folder) as load:
        for _ in range(times):
            load.wait_for_more()
            load.kill(load.running[0])
            load.start()
        load.wait_for_more()
    assert load.missing() == set()
    report = Report()
    assert problems(url, report) == []
    assert report.uncovered == 0
    assert load.errors() == ""


def test_a_killed_process_loses_nothing(url, tmp_path):
    kill_a_process_under_load(url, tmp_path, 2)


@pytest.mark.drill
def test_a_process_killed_twenty_times_loses_nothing(url, tmp_path):
    kill_a_process_under_load(url, tmp_path, 20)


def kill_postgres_under_load(postgres, folder, times):
    url = postgres.new_schema()
    with Load(url, folder) as load:
        for _ in range(times):
            load.wait_for_more()
            postgres.kill()
            postgres.start()
        load.wait_for_more()
    assert load.missing() == set()
    assert problems(url) == []


def test_a_killed_postgres_loses_nothing_and_recording_goes_on(postgres, tmp_path):
    kill_postgres_under_load(postgres, tmp_path, 1)


@pytest.mark.drill
def test_a_postgres_killed_twenty_times_loses_nothing(postgres, tmp_path):
    kill_postgres_under_load(postgres, tmp_path, 20)
