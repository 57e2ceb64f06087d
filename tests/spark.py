"""A real Spark on this machine, for the tests of a file."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pyspark
import pytest

from scoring.home_credit.spark_session import local_session
from tests.conftest import eventually, free_port

needs_java = pytest.mark.skipif(
    shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="java is not on this machine: Spark needs it"
)
# PySpark leaves the socket that brings a result to the garbage collector.
leaves_sockets = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
# For a few rows, compiling takes longer than the work: Java compiles little, and Spark interprets its expressions.
FEW_ROWS = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
}
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@contextmanager
def running_spark(request):
    """Run Spark; what works on it takes the session there is and leaves it running.

    The drill runs it with the settings of everybody.
    """
    drill = any(item.get_closest_marker("drill") for item in request.session.items)
    with pytest.MonkeyPatch.context() as patch:
        if not drill:
            patch.setenv("JAVA_TOOL_OPTIONS", QUICK_JAVA)
        session = local_session()
    for name, value in FEW_ROWS.items() if not drill else ():
        session.conf.set(name, value)
    yield session
    session.stop()


@contextmanager
def connect_server(folder):
    """Run a Spark Connect server in a process of its own, from the files that pyspark brings; gives its address."""
    home = Path(pyspark.__file__).parent
    (jar,) = (home / "jars").glob("spark-connect_*.jar")
    port = free_port()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
    }
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    server = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]"]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_HOME": str(home)}
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [home / "bin" / "spark-submit", *server, *options, jar],
            cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        assert eventually(lambda: process.poll() is not None or accepts(port), 180)
        assert process.poll() is None, (folder / "server.log").read_text()[-3000:]
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)


def accepts(port):
    """Tell whether something accepts connections at a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
