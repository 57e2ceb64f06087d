"""Addresses of Spark sessions; test_engines.py and the tests of the batch run on real ones."""

import re
import subprocess
import sys

import pytest

from scoring.errors import DataError
from scoring.home_credit.spark_session import find_session
from tests.conftest import PROJECT, clean_environment, free_port


@pytest.mark.parametrize("remote", ["localhost:15002", "sc://", "https://spark/;token=secret", "sc://host:99999999"])
def test_what_is_no_address_of_a_spark_connect_server_is_refused(remote):
    with pytest.raises(
        DataError, match=r"is not the address of a Spark Connect server\nExpected sc://HOST:15002"
    ) as found:
        find_session(remote)
    assert "secret" not in str(found.value)


def test_a_spark_connect_server_that_is_not_there_is_named_at_once(monkeypatch):
    monkeypatch.setenv("SPARK_REMOTE", f"sc://127.0.0.1:{free_port()}/;token=secret")
    with pytest.raises(DataError, match=r"spark remote sc://127.0.0.1:\d+: nothing answers there") as found:
        find_session()
    assert "secret" not in str(found.value)


def test_a_java_that_ends_at_once_gives_one_message(tmp_path):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho Error: module jdk.incubator.vector not found >&2\nexit 1\n")
    java.chmod(0o755)
    # In a process of its own: other tests leave a session, which would be found.
    code = "from scoring.home_credit.spark_session import find_session; find_session()"
    environment = clean_environment(JAVA_HOME=tmp_path, PYTHONPATH=PROJECT)
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    found = r"DataError: .*no session can be started .*Java gateway process exited.*\n.* a whole Java 17 or 21"
    assert re.search(found, ended.stderr), ended.stderr
