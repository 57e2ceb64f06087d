"""The command: options, messages, exit codes, and a process that is killed."""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.commands import run_command
from tests.conftest import clean_environment


def start(project, *arguments, **given):
    command = [sys.executable, "-m", "scoring", "batch", "--artefacts", str(project), *map(str, arguments)]
    environment = clean_environment(**{"SCORING_DECISIONS": "off", **given.pop("environment", {})})
    return subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **given
    )


def run_alone(project, *arguments, **given):
    """Run the command in a process of its own; returns the exit code, what is printed and what is said."""
    process = start(project, *arguments, **given)
    said, errors = process.communicate(timeout=300)
    return process.returncode, said, errors


def run(project, *arguments, **environment):
    """Run it in this process, which takes less time."""
    environment = clean_environment(**environment)
    return run_command("batch", "--artefacts", project, *arguments, cwd=project, environment=environment)


@pytest.fixture(scope="module")
def many(rows, tmp_path_factory):
    """60,000 rows in 60 row groups."""
    file = tmp_path_factory.mktemp("many") / "rows.parquet"
    whole = pa.concat_tables([rows] * 60)
    ids = pa.array(np.random.default_rng(0).permutation(len(whole)) + 1_000_000)
    pq.write_table(whole.set_column(0, "SK_ID_CURR", ids), file, row_group_size=1000)
    return file


def test_a_finished_run_says_what_it_did(project, bundle, rows_file, tmp_path):
    code, said, _ = run_alone(project, "--input", rows_file, "--out", tmp_path / "out", "--reasons")
    assert code == 0
    assert said.startswith("1000 clients scored in ")
    scores = bundle.scorer.score(bundle.clients.table.rows)
    assert f"{scores.refused.mean():.1%} refused, {scores.review.mean():.1%} to review" in said
    assert pq.read_table(tmp_path / "out" / "scores").num_rows == 1000


def test_the_package_works_from_an_archive(project, rows_file, package_archive, tmp_path):
    """As spark-submit sends it."""
    options = ["--input", rows_file, "--artefacts", project, "--out", tmp_path / "out"]
    command = [sys.executable, "-P", "-c", "import scoring.cli; print(scoring.__file__); scoring.cli.main()", "batch"]
    environment = clean_environment(PYTHONPATH=package_archive)
    done = subprocess.run(
        [*command, *options], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(str(package_archive))
    assert "1000 clients scored" in done.stdout + done.stderr


def test_settings_of_the_service_count(project, rows_file, tmp_path):
    database = tmp_path / "decisions.db"
    environment = {"SCORING_DECISIONS": str(database), "SCORING_CLIENT_ID_DIGITS": "7"}
    code, _, errors = run(project, "--input", rows_file, "--out", tmp_path / "out", **environment)
    assert (code, "no row can be scored" in errors) == (1, True)  # all numbers have six digits
    environment["SCORING_CLIENT_ID_DIGITS"] = "6"
    code, _, _ = run(project, "--input", rows_file, "--out", tmp_path / "other", **environment)
    assert code == 0
    assert database.exists()


def test_an_error_is_one_message_and_exit_code_1(project, rows, tmp_path):
    pq.write_table(rows.drop_columns(["EXT_SOURCE_3"]), tmp_path / "rows.parquet")
    code, said, errors = run(project, "--input", tmp_path / "rows.parquet", "--out", tmp_path / "out")
    assert (code, said) == (1, "")
    assert "column EXT_SOURCE_3 is missing" in errors
    assert "Traceback" not in errors


def wait_for_parts(out, count):
    progress = out / "unfinished" / "progress.json"
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        if progress.exists() and len(json.loads(progress.read_text(encoding="utf-8"))) >= count:
            return
        time.sleep(0.005)
    raise AssertionError("the run wrote no further part")


def files_of(out):
    return {one.name: one.read_bytes() for one in sorted((out / "scores").iterdir())}


def kill_twice(project, many, out, *options):
    arguments = ["--input", many, "--out", out, "--digits", 7, "--part-rows", 1000, *options]
    for parts in (10, 40):
        process = start(project, *arguments)
        wait_for_parts(out, parts)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (out / "summary.json").exists()
        assert not (out / "scores").exists()
    return run_alone(project, *arguments)


@pytest.mark.drill
def test_a_process_killed_twice_and_resumed_gives_the_same_files(project, many, tmp_path):
    arguments = ["--digits", 7, "--part-rows", 1000, "--reasons"]
    code, _, errors = run_alone(project, "--input", many, "--out", tmp_path / "whole", *arguments)
    assert code == 0, errors
    code, _, errors = kill_twice(project, many, tmp_path / "out", "--reasons")
    assert code == 0, errors
    assert len(files_of(tmp_path / "out")) == 60
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")


@pytest.mark.drill
def test_where_no_space_is_left_the_message_says_how_to_go_on(project, many, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    arguments = ["--input", many, "--out", tmp_path / "out", "--digits", 7, "--part-rows", 1000]
    run_alone(project, *arguments, "--reasons", preexec_fn=limit)
    code, _, errors = run_alone(project, *arguments, "--reasons", preexec_fn=limit)
    assert code == 1
    assert "cannot be written (no space is left)" in errors
    assert "run the same command again" in errors
    assert not (tmp_path / "out" / "summary.json").exists()
    assert run_alone(project, *arguments, "--reasons")[0] == 0


def test_a_run_that_is_interrupted_says_how_to_go_on(project, many, tmp_path):
    slow = (
        "--record",
        "decisions",
        "--decisions",
        tmp_path / "decisions.db",
    )  # so that it does not end before it is asked to
    process = start(project, "--input", many, "--out", tmp_path / "out", "--digits", 7, "--part-rows", 1000, *slow)
    wait_for_parts(tmp_path / "out", 1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert "Run the same command again" in errors
    assert "Traceback" not in errors


def test_a_second_run_in_the_same_folder_is_refused(project, many, tmp_path):
    arguments = ["--input", many, "--out", tmp_path / "out", "--digits", 7, "--part-rows", 1000]
    process = start(project, *arguments)
    wait_for_parts(tmp_path / "out", 1)
    process.send_signal(signal.SIGSTOP)
    try:
        code, _, errors = run(project, *arguments)
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.communicate()
    assert code == 1
    assert "another run is writing there" in errors


def test_rows_of_real_people_do_not_get_into_a_repository(project, rows_file, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, env={"PATH": os.environ["PATH"]})
    code, _, errors = run(project, "--input", rows_file, "--out", tmp_path / "out")
    assert code == 1
    assert "is in a git repository" in errors


def fail(project, *arguments):
    """Run the command where it can't be done; returns its message."""
    code, _, errors = run(project, *arguments)
    assert code == 1
    return errors


def test_the_errors_do_not_join_a_folder_of_input(project, rows, tmp_path):
    (tmp_path / "rows").mkdir()
    pq.write_table(rows, tmp_path / "rows" / "part.parquet")
    arguments = ["--input", tmp_path / "rows", "--out", tmp_path / "out", "--errors", tmp_path / "rows" / "e.csv"]
    said = fail(project, *arguments)
    assert "is in the folder of the input" in said
    assert not (tmp_path / "out").exists()


def test_the_errors_of_real_people_do_not_get_into_a_repository(project, rows_file, tmp_path):
    (tmp_path / "repository").mkdir()
    environment = {"PATH": os.environ["PATH"]}
    subprocess.run(["git", "init", "-q", str(tmp_path / "repository")], check=True, env=environment)
    errors = tmp_path / "repository" / "errors.csv"
    arguments = ["--input", rows_file, "--out", tmp_path / "out", "--errors", errors]
    assert "is in a git repository" in fail(project, *arguments)


@pytest.mark.parametrize("what", ["decisions", "summary"])
@pytest.mark.parametrize("record", ["absent/decisions.db", "rows.parquet", "locked.db"])
def test_a_record_that_cannot_be_used_ends_the_run_with_one_message(project, rows_file, tmp_path, what, record):
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    arguments = ["--input", rows_file, "--out", tmp_path / "out", "--record", what, "--decisions", tmp_path / record]
    said = fail(project, *arguments)
    other.close()
    assert "Error: the decision record " in said
    assert "Expected a decision record that can be read and written" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["decisions", "summary"])
def test_to_record_in_a_record_that_is_off_is_refused(project, rows_file, tmp_path, what):
    arguments = ["--input", rows_file, "--out", tmp_path / "out", "--record", what, "--decisions", "off"]
    said = fail(project, *arguments)
    assert "pass --record off" in said
    assert not (tmp_path / "out").exists()


def test_a_folder_whose_name_is_not_utf8_is_refused(project, rows_file, tables, tmp_path):
    other = tmp_path / os.fsdecode(b"sorti\xe9")
    said = fail(project, "--input", rows_file, "--out", other)
    assert r"sorti\xe9: the name of the folder for the results is not UTF-8" in said
    other.symlink_to(tables)
    said = fail(project, "--input", other, "--out", tmp_path / "out")
    assert r"sorti\xe9/application_train.parquet: the name of a Parquet file is not UTF-8" in said
