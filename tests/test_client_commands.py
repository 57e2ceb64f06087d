"""``python -m scoring load-clients`` as an operator uses it."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from scoring.cli.written_files import refuse_tracked
from scoring.errors import DataError
from scoring.service import Service
from scoring.storage.artefacts import load_bundle
from tests.conftest import PROJECT, clean_environment, eventually
from tests.test_cli import run

FACTS = ("--facts", str(PROJECT / "applications_sample.csv"))


@pytest.fixture
def load(tmp_path):
    """Load the bundled clients, or a table; gives what is printed, and asserts the exit code."""

    def running(*options, table=PROJECT / "df_sample.csv", code=0):
        place = () if "--to" in options else ("--to", "clients.bin")
        ended, printed, said = run("load-clients", str(table), *place, *options, cwd=tmp_path)
        assert ended == code, said
        return printed if code == 0 else said

    return running


def test_clients_are_loaded_verified_and_served_as_from_memory(tmp_path, load, serve, sample_service):
    said = load(*FACTS)
    assert said.startswith("1000 clients, 1000 of them with an application, 0.7 MB, loaded")
    assert said.endswith("SCORING_CLIENTS=clients.bin\n")
    code, verified, _ = run("load-clients", "--verify", "clients.bin", cwd=tmp_path)
    assert (code, verified) == (0, "clients.bin: 1000 clients, every checksum is right\n")
    stored = serve(SCORING_CLIENTS=str(tmp_path / "clients.bin"), SCORING_OPEN="1")
    for path in (
        "/predict/500024",
        "/explain/500105",
        "/clients/500119",
        "/clients?limit=5",
        "/population?features=AMT_CREDIT",
    ):
        assert stored.get(path) == sample_service.get(path), path
    assert stored.get("/predict/999999")[0] == 404


def test_clients_are_loaded_from_raw_applications_which_are_stored_too(tmp_path, load):
    said = load("--applications", table=PROJECT / "applications_sample.csv")
    assert said.startswith("1000 clients, 1000 of them with an application")
    loaded = Service(load_bundle(PROJECT, clients=tmp_path / "clients.bin"))
    known = Service(load_bundle(PROJECT))
    client, facts = known.client_facts("500024")
    assert loaded.client_facts("500024") == (client, facts)
    given = {one.name: one.value for one in facts if one.value is not None}
    alone = known.decide_application(known.read_application(given))
    assert loaded.decide_client("500024")["probability"] == alone["probability"]


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--applications", *FACTS), "--facts is for model-ready rows"), (("--decimal", "comma"), "are for applications")],
)
def test_options_that_do_not_go_together_are_refused(load, options, said):
    assert said in load(*options, code=2)


def test_columns_that_applications_lack_are_told_with_the_option_that_may_be_wrong(tmp_path, load):
    (tmp_path / "own.csv").write_text("id,income\nA,1\n")
    said = load("--applications", table=tmp_path / "own.csv", code=1)
    assert "take the model that was trained on such a table.\nThe bundled model was used. If this is another" in said
    said = load("--applications", "--artefacts", str(PROJECT), table=tmp_path / "own.csv", code=1)
    assert f"\nThe model of {PROJECT} was used. If this is another model's table, pass --artefacts, or set" in said
    said = load("--applications", "--portfolio", "name_contract_typ", table=PROJECT / "applications_sample.csv", code=1)
    assert "name_contract_typ is missing" in said
    assert said.endswith("\n--portfolio COLUMN takes the name of a column as the table has it.\n")


def test_a_running_service_serves_a_new_file_within_two_seconds_and_503_without_one(tmp_path, load, serve):
    table = pd.read_csv(PROJECT / "df_sample.csv")
    table.head(10).to_csv(tmp_path / "few.csv", index=False)
    load(table=tmp_path / "few.csv")
    service = serve(SCORING_CLIENTS=str(tmp_path / "clients.bin"), SCORING_OPEN="1")
    assert service.get("/predict/559994")[0] == 404
    load()
    assert eventually(lambda: service.get("/predict/559994")[0] == 200)
    (tmp_path / "clients.bin").rename(tmp_path / "away.bin")
    assert eventually(lambda: service.get("/predict/559994")[0] == 503)
    (tmp_path / "away.bin").rename(tmp_path / "clients.bin")
    assert eventually(lambda: service.get("/predict/559994")[0] == 200)


def test_columns_of_portfolios_are_kept(tmp_path, load):
    pd.read_csv(PROJECT / "df_sample.csv").assign(BRANCH="0075").to_csv(tmp_path / "branches.csv", index=False)
    load("--portfolio", "BRANCH", "--portfolio", "FLAG_EMAIL", table=tmp_path / "branches.csv")
    said = load("--portfolio", "BRUNCH", table=tmp_path / "branches.csv", code=1)
    assert "columns the manifest does not know: BRANCH" in said
    said = load("--portfolio", "BRANCH", "--portfolio", "REGION", table=tmp_path / "branches.csv", code=1)
    assert "--portfolio REGION: neither the clients nor their applications have this column" in said
    keys = ("keys", "add", "--file", "keys.json", "--name", "a", "--scope", "read", "--portfolio", "BRANCH=0075")
    assert run(*keys, cwd=tmp_path)[0] == 0
    load("--api-keys", str(tmp_path / "keys.json"), table=tmp_path / "branches.csv")


def test_a_command_that_cannot_be_done_says_why(tmp_path, load):
    assert "FEATURES and --to are needed" in run("load-clients", cwd=tmp_path)[2]
    said = load("--digits", "7", code=1)
    assert "column SK_ID_CURR has values that are not exactly 7 digits (0-9)" in said
    early = ("--applications", "--to", "missing/clients.bin")  # before the table is read, which has other columns
    assert "missing/clients.bin: its folder does not exist" in load(*early, code=1)
    for other in ("mysql://me:secret@db/clients", "s3://bucket/clients.bin", "postgres:/clients"):
        said = load("--to", other, code=1)
        assert "is no address that is known\nExpected a file, or postgresql://USER@HOST/DATABASE." in said
        assert "secret" not in said
    (tmp_path / "clients.bin").write_text("mine")
    assert "exists, and is not a client file" in load(code=1)
    assert "is not a client file" in run("load-clients", "--verify", "clients.bin", cwd=tmp_path)[2]


def test_a_file_that_git_would_track_is_not_written(tmp_path, load):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert "--to" in (said := load(code=1))
    assert "is in a git repository that would track it" in said
    (tmp_path / ".gitignore").write_text("*.bin\n")
    load()


def test_the_hint_can_be_pasted_into_a_shell(load):
    assert load("--to", "clients of $today.bin").endswith("SCORING_CLIENTS='clients of $today.bin'\n")


def test_a_table_is_no_client_file_and_the_remedy_works(tmp_path, load):
    table = tmp_path / "clients.csv"
    table.write_bytes((PROJECT / "df_sample.csv").read_bytes())
    said = run("load-clients", "--verify", table, cwd=tmp_path)[2]
    assert "make one under another name: python -m scoring load-clients FEATURES --to NEW_FILE" in said
    load("--to", "NEW_FILE", table=table)
    assert run("load-clients", "--verify", "NEW_FILE", cwd=tmp_path)[0] == 0
    os.mkfifo(tmp_path / "pipe")
    code, _, said = run("load-clients", "--verify", "pipe", cwd=tmp_path)
    assert (code, "pipe: cannot be read (it is a folder, a pipe or a device)" in said) == (1, True)
    assert "exists, and is not a client file" in load("--to", "pipe", code=1)


def test_the_folder_that_git_would_track_is_found_through_links_and_dots(tmp_path):
    repository, outside = tmp_path / "repository", tmp_path / "outside"
    for folder in (repository / "sub", outside):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (outside / "into").symlink_to(repository / "sub")
    (outside / "file.bin").symlink_to(repository / "file.bin")
    (repository / "out").symlink_to(outside)
    for inside in ("outside/into", "outside/into/new", "outside/../repository", "repository/out/into/x"):
        with pytest.raises(DataError, match="is in a git repository that would track it"):
            refuse_tracked(tmp_path / inside)
    with pytest.raises(DataError, match="would track it"):
        refuse_tracked(outside, "--to", "file.bin")
    for allowed in ("outside", "repository/out", "repository/sub/../../outside/new", "repository/out/new"):
        refuse_tracked(tmp_path / allowed)


def test_commands_follow_links_and_dots_before_they_write_rows(tmp_path, load):
    repository = tmp_path / "repository"
    repository.mkdir()
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (tmp_path / "link").symlink_to(repository)
    said = load("--to", "link/clients.bin", code=1)
    assert "--to link/clients.bin: is in a git repository that would track it" in said
    table = str(PROJECT / "applications_sample.csv")
    (tmp_path / "tables").mkdir()
    for command in (
        ("batch", "--input", table, "--artefacts", PROJECT, "--out", "link/night"),
        ("evaluate", "--data", table, "--artefacts", PROJECT, "--out", "link/scores.csv"),
        ("train", "--table", table, "--target", "x", "--id", "SK_ID_CURR", "--out", "link/model"),
        ("train", "--table", table, "--target", "x", "--id", "SK_ID_CURR", "--out", "model", "--work", "link/work"),
        ("train", "--data", "tables", "--out", "model", "--work", "link/work"),
        ("features", "--data", "tables", "--out", "link/features.parquet"),
        ("features", "--data", "tables", "--out", "link/../repository/new/features.parquet"),
    ):
        code, _, said = run(*command, cwd=tmp_path)
        assert (code, "is in a git repository that would track it" in said) == (1, True), said
    assert [path.name for path in repository.iterdir()] == [".git"]
    load("--to", str(repository / ".." / "clients.bin"))


def test_features_makes_the_folder_of_its_file_and_says_where_it_cannot(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "file").touch()
    _, _, said = run("features", "--data", "tables", "--out", "new/one/features.parquet", cwd=tmp_path)
    assert "tables" in said, said  # only what is wrong with the tables
    assert (tmp_path / "new" / "one").is_dir()
    code, _, said = run("features", "--data", "tables", "--out", "file/features.parquet", cwd=tmp_path)
    assert (code, "its folder cannot be made" in said) == (1, True), said


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.drill)])
def test_a_command_that_is_stopped_leaves_the_former_file(tmp_path, load, number):
    load()
    before = (tmp_path / "clients.bin").read_bytes()
    table = pd.read_csv(PROJECT / "df_sample.csv")
    many = table.loc[np.resize(np.arange(len(table)), 300_000)].assign(SK_ID_CURR=np.arange(100_000, 400_000))
    many.to_parquet(tmp_path / "many.parquet", index=False)
    command = [sys.executable, "-m", "scoring", "load-clients", "many.parquet", "--to", "clients.bin"]
    environment = clean_environment(PYTHONPATH=str(PROJECT))
    for _ in range(10):
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        while process.poll() is None and not (tmp_path / ".clients.bin.loading" / "clients.bin").exists():
            time.sleep(0.001)
        if process.poll() is None:
            break
        load()  # the command was faster than this test
    os.kill(process.pid, number)
    assert process.wait() != 0
    assert (tmp_path / "clients.bin").read_bytes() == before
    load()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_table_whose_name_is_not_utf8_is_loaded_from_text_and_refused_as_parquet(tmp_path, load):
    text = tmp_path / os.fsdecode(b"donn\xe9es.csv")
    text.symlink_to(PROJECT / "df_sample.csv")
    assert load(table=text).startswith("1000 clients")
    parquet = tmp_path / os.fsdecode(b"donn\xe9es.parquet")
    pd.read_csv(text).to_parquet(tmp_path / "clients.parquet")
    (tmp_path / "clients.parquet").rename(parquet)
    assert r"donn\xe9es.parquet: the name of a Parquet file is not UTF-8" in load(table=parquet, code=1)
