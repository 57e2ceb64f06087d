"""``python -m scoring keys`` as an operator uses it."""

import pytest

from scoring.access.api_key import ApiKey
from tests.test_cli import run


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


def test_a_command_that_cannot_be_done_says_why(keys):
    assert "cannot be read" in keys("list", code=1)
    given = ("--name", "a", "--scope", "read")
    assert "--expires 2020-01-01T00:00:00: is over" in keys("add", *given, "--expires", "2020-01-01", code=1)
    assert "expected COLUMN=VALUE" in keys("add", *given, "--portfolio", "REGION", code=1)
    assert "name: String should have at least 1 character" in keys("add", "--name", "", "--scope", "read", code=1)
    assert "Invalid value for '--scope'" in keys("add", "--name", "a", "--scope", "all", code=2)


def test_the_file_is_that_of_the_setting_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("SCORING_API_KEYS", str(tmp_path / "set.json"))
    code, printed, said = run("keys", "add", "--name", "a", "--scope", "score", cwd=tmp_path)
    assert (code, ApiKey(printed.strip()).key_id in said) == (0, True)
    assert "is not shown again" in said
    assert printed.strip() not in said
    assert (tmp_path / "set.json").exists()
