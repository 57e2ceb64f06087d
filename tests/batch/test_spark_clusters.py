"""The command on Spark Connect and by spark-submit, in processes of their own: the same results as on one machine."""

import os
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from tests.batch.conftest import read_scores, read_summary
from tests.conftest import clean_environment
from tests.spark import connect_server, needs_java

pytestmark = [needs_java, pytest.mark.drill]
SUBMIT = Path(pyspark.__file__).parent / "bin" / "spark-submit"


def by_client(scores):
    return sorted(scores, key=lambda one: one["client_id"])


@pytest.fixture
def given(project, rows_file, tmp_path):
    """The arguments of the command, without those of Spark."""
    return ["batch", "--input", rows_file, "--artefacts", project, "--out", tmp_path / "other", "--engine", "spark"]


@pytest.fixture
def expected(run, rows_file, tmp_path):
    run(rows_file, tmp_path / "one")
    return by_client(read_scores(tmp_path / "one"))


def finish(command, **more):
    done = subprocess.run(command, env=clean_environment(**more), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_spark_connect_gives_what_one_machine_gives(given, expected, project, tmp_path):
    with connect_server(tmp_path) as address:
        said = finish([sys.executable, "-m", "scoring", *given], SPARK_REMOTE=address, PYTHONPATH=project)
    assert "1000 clients scored" in said
    assert by_client(read_scores(tmp_path / "other")) == expected
    assert read_summary(tmp_path / "other")["engine"] == "spark"


def test_spark_connect_scores_the_seven_tables_as_one_machine_does(run, tables, project, tmp_path):
    run(tables, tmp_path / "one")
    command = [sys.executable, "-m", "scoring", "batch", "--input", tables, "--artefacts", project, "--engine", "spark"]
    with connect_server(tmp_path) as address:
        finish([*command, "--out", tmp_path / "other", "--spark-remote", address], PYTHONPATH=project)
    assert by_client(read_scores(tmp_path / "other")) == by_client(read_scores(tmp_path / "one"))


def test_spark_submit_gives_what_one_machine_gives(given, expected, project, package_archive, tmp_path):
    """Executors are processes of their own, and get this project as an archive, the model by the broadcast."""
    master = ["--master", "local-cluster[1,1,1024]", "--conf", "spark.ui.enabled=false"]
    master += ["--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1"]
    command = [SUBMIT, *master, "--py-files", package_archive, project / "scoring" / "__main__.py", *given]
    said = finish(
        command,
        PYSPARK_PYTHON=sys.executable,
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        SPARK_WORKER_DIR=tmp_path / "workers",
    )
    assert "1000 clients scored" in said
    assert by_client(read_scores(tmp_path / "other")) == expected
