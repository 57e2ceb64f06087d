"""``python -m scoring keys`` as an operator uses it."""

import json

import pandas as pd
import pytest

from scoring.access.api_key import ApiKey
from tests.conftest import PROJECT
from tests.test_cli import run


@pytest.fixture
def clients_with_branch(tmp_path):
    """Write the published sample with a further column."""
    table = pd.read_csv(PROJECT / "df_sample.csv").head(20).assign(BRANCH="0075")
    table.to_csv(tmp_path / "clients.csv", index=False)
    return tmp_path / "clients.csv"


@pytest.fixture
def keys(tmp_path):
    """Run a command about one file of keys; gives its output, and asserts its exit code."""

    def running(command, *options, code=0):
        ended, printed, said = run("keys", command, "--file", "keys.json", *options, cwd=tmp_path)
        assert ended == code, said
        return printed if code == 0 else said

    return running


def test_a_key_is_written_to_the_output_once_and_then_listed_rotated_and_revoked(keys):
    added = keys("add", "--name", "Branch 12", "--scope", "read", "--portfolio", "REGION=North", "--bulk")
    key = ApiKey(added.strip())
    assert keys("list") == f"{key.key_id}  valid  read  REGION=North  -  Branch 12  bulk\n"
    assert ApiKey(keys("rotate", "Branch 12", "--keep-hours", "1").strip()).key_id == key.key_id
    assert "former secret until" in keys("list")
    keys("revoke", key.key_id)
    assert keys("list") == ""


def test_a_key_is_revoked_whatever_is_wrong_with_it_or_with_others_which_stay_as_they_are(keys, tmp_path):
    file = tmp_path / "keys.json"
    kept = ApiKey(keys("add", "--name", "kept", "--scope", "read").strip()).key_id
    keys("add", "--name", "leaked", "--scope", "read")
    stored = json.loads(file.read_text())["keys"]
    bad = {"id": "00000000", "name": "bad", "scopes": ["fly"]}
    file.write_text(json.dumps({"keys": [*stored, bad, {**bad, "name": "worse"}, 5]}))
    keys("revoke", "leaked")
    assert json.loads(file.read_text())["keys"] == [stored[0], bad, {**bad, "name": "worse"}, 5]
    keys("revoke", "00000000")  # both
    assert json.loads(file.read_text())["keys"] == [stored[0], 5]
    assert "no key has the ID or the name 'bad'" in keys("revoke", "bad", code=1)
    assert stored[0]["id"] == kept


def test_a_command_that_cannot_be_done_says_why(keys):
    assert "cannot be read" in keys("list", code=1)
    given = ("--name", "a", "--scope", "read")
    assert "--expires 2020-01-01T00:00:00: is over" in keys("add", *given, "--expires", "2020-01-01", code=1)
    said = keys("add", *given, "--portfolio", "REGION", code=1)
    assert "the key cannot be made: portfolio: 'REGION': expected COLUMN=VALUE" in said
    assert "name: String should have at least 1 character" in keys("add", "--name", "", "--scope", "read", code=1)
    assert "printable characters on one line" in keys("add", "--name", "a\nb", "--scope", "read", code=1)
    assert "Invalid value for '--scope'" in keys("add", "--name", "a", "--scope", "all", code=2)


def test_a_rotation_lists_every_secret_that_is_still_accepted_and_a_leak_ends_all(tmp_path):
    def running(*arguments):
        code, _, said = run("keys", *arguments, "--file", "keys.json", cwd=tmp_path)
        assert code == 0, said
        return said

    running("add", "--name", "a", "--scope", "read")
    assert running("rotate", "a", "--keep-hours", "48").count("until 20") == 1
    assert "the oldest first: until 20" in (said := running("rotate", "a", "--keep-hours", "1"))
    assert said.count("until 20") == 2
    assert run("keys", "list", "--file", "keys.json", cwd=tmp_path)[1].count("former secret until") == 2
    assert "all former secrets ended" in running("rotate", "a", "--keep-hours", "0")
    assert "former secret" not in run("keys", "list", "--file", "keys.json", cwd=tmp_path)[1]


def test_a_portfolio_is_compared_with_the_clients_that_the_settings_name(tmp_path, monkeypatch, clients_with_branch):
    def adding(portfolio):
        given = ("add", "--name", "a", "--scope", "read", "--portfolio", portfolio, "--file", "keys.json")
        code, printed, said = run("keys", *given, cwd=tmp_path)
        return code, bool(printed), said

    code, made, said = adding("NOCOL=1")
    assert (code, made) == (0, True)
    assert "the published sample does not have this column" in said
    assert adding("CODE_GENDER=F")[0] == 0
    monkeypatch.setenv("SCORING_CLIENTS", str(clients_with_branch))
    code, made, said = adding("NOCOL=1")
    assert (code, made) == (1, False)
    assert "--portfolio NOCOL=1: the clients do not have this column" in said
    assert "Warning" not in adding("BRANCH=0075")[2]
    assert "no client has this value now" in adding("BRANCH=75")[2]
    monkeypatch.setenv("SCORING_CLIENTS", "nowhere.csv")
    code, made, said = adding("NOCOL=1")
    assert (code, made) == (0, True)
    assert "was not compared with the clients" in said
    monkeypatch.setenv("SCORING_CLIENTS", "a" * 300)
    code, made, said = adding("NOCOL=1")
    assert (code, made, "SCORING_CLIENTS=aaa" in said) == (1, False, True)
    monkeypatch.delenv("SCORING_CLIENTS")
    code, _, said = run("keys", "add", "--name", "a", "--scope", "read", "--clients", "a" * 300, cwd=tmp_path)
    assert (code, "longer than a path can be" in said) == (2, True)


def test_the_file_is_that_of_the_setting_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("SCORING_API_KEYS", str(tmp_path / "set.json"))
    code, printed, said = run("keys", "add", "--name", "a", "--scope", "score", cwd=tmp_path)
    assert (code, ApiKey(printed.strip()).key_id in said) == (0, True)
    assert "is not shown again" in said
    assert printed.strip() not in said
    assert (tmp_path / "set.json").exists()
