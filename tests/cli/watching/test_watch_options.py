"""What the commands that watch a model share: a period is checked, and so is every file before the work begins."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.errors import DataError
from scoring.monitoring.overview.report_files import read_reports
from scoring.storage.whole_files import write_whole
from tests.conftest import PROJECT

BACKWARDS = ("--from", "2026-12-01", "--to", "2026-11-01")
COMMANDS = {
    "decisions report": (),
    "drift": ("--reference", ".", "--current", "nothing.db"),
    "estimate": ("--model", ".", "--current", "nothing.db"),
    "outcomes report": (),
    "replay": ("--threshold", "0.4"),
}
REPORTING = [name for name in COMMANDS if name != "decisions report"]


def run(name, *arguments):
    return CliRunner().invoke(commands, [*name.split(), *COMMANDS[name], *map(str, arguments)])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_period_that_ends_before_it_begins_is_told(name):
    done = run(name, *BACKWARDS)
    assert done.exit_code == 2
    assert "--from 2026-12-01 is not before --to 2026-11-01" in done.output


@pytest.mark.parametrize("option", ["--json", "--report"])
@pytest.mark.parametrize("name", REPORTING)
def test_a_place_that_cannot_be_written_is_told_before_the_record_is_read(name, option, tmp_path):
    done = run(name, option, tmp_path / "no folder" / "a.html")  # the record does not exist either
    assert str(done.exception).startswith(f"{option} {tmp_path}/no folder/a.html: cannot be written (No such file")


@pytest.mark.parametrize("option", ["--json", "--report"])
@pytest.mark.parametrize("name", REPORTING)
def test_a_file_of_another_kind_is_never_replaced(name, option, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("dear diary")
    assert "is not an earlier" in str(run(name, option, mine).exception)
    assert mine.read_text() == "dear diary"


def test_an_estimate_of_an_earlier_release_is_replaced(tmp_path):
    earlier = tmp_path / "estimate.json"
    earlier.write_text('{"model_version":"d868a21bfa3d2650","synthetic":true}')
    said = str(run("estimate", "--json", earlier).exception)
    assert "nothing.db" in said  # the record is what is missing


def test_both_files_of_a_report_have_names_of_their_own(tmp_path):
    one = tmp_path / "one"
    done = run("replay", "--json", one, "--report", one)
    assert (done.exit_code, "expected two files" in done.output) == (2, True)
    link = tmp_path / "link"
    link.symlink_to(one)
    assert "expected two files" in run("replay", "--json", one, "--report", link).output
    for option in ("--json", "--report"):
        assert "expected another file" in run("replay", option, one, "--out", tmp_path / "." / "link").output


@pytest.mark.parametrize("name", ["export", "erase"])
def test_an_empty_client_number_is_refused(name, tmp_path):
    given = ["decisions", name, "--client", " ", "--record", f"{tmp_path}/none.db"]
    done = CliRunner().invoke(commands, given)
    assert (done.exit_code, "is empty; expected a client number" in done.output) == (2, True)


def test_a_role_of_outcomes_has_one_column(tmp_path):
    url = f"{tmp_path}/d.db"
    assert CliRunner().invoke(commands, ["decisions", "create", url]).exit_code == 0
    given = ["outcomes", "load", str(tmp_path), "--column", "outcome=a", "--column", "outcome=b", "--record", url]
    assert "expected one column for each role" in CliRunner().invoke(commands, given).output
    given[4] = "date=b"
    given[6] = "outcome=b"
    assert "each another one" in CliRunner().invoke(commands, given).output


@pytest.mark.parametrize("command", ["drift", "estimate"])
def test_options_about_tables_are_refused_where_none_is_read(command, monkeypatch):
    monkeypatch.chdir(PROJECT)
    done = run(command, "--decimal", "comma", "--features", __file__)
    assert (done.exit_code, "--features, --decimal: for tables, and no table is read" in done.output) == (2, True)


def test_the_list_of_a_replay_replaces_no_other_file(tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("a,b\n1,2\n")
    assert "is not an earlier list" in str(run("replay", "--out", mine).exception)


def test_a_name_that_is_too_long_is_told(tmp_path):
    done = run("outcomes report", "--json", tmp_path / ("n" * 300))
    assert "cannot be written (File name too long)" in str(done.exception)


def test_a_pipe_is_written_into_and_never_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"a report")
    assert os.read(reader, 100) == b"a report"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)


def test_a_full_device_is_told_with_the_option():
    with pytest.raises(DataError, match=r"--report /dev/full: cannot be written \(No space left on device\)"):
        write_whole(Path("/dev/full"), b"x", "--report")


def test_a_report_on_outcomes_says_when_it_was_made_and_the_page_of_reports_tells_it(tmp_path):
    url, began = f"{tmp_path}/d.db", datetime.now(UTC).replace(microsecond=0)
    assert CliRunner().invoke(commands, ["decisions", "create", url]).exit_code == 0
    done = CliRunner().invoke(commands, ["outcomes", "report", "--record", url, "--json", f"{tmp_path}/outcomes.json"])
    assert done.exit_code == 0, done.output
    assert began <= read_reports(tmp_path)[2].head.made_at <= datetime.now(UTC)
