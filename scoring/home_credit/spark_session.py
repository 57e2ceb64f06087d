"""Find or start the Spark session that a command runs on, and turn Spark's errors into messages."""

import os
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scoring.errors import DataError, hide_password, how_to_install, shorten

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SHUFFLE_PARTITIONS = "8"  # Spark's default of 200 is meant for clusters; spark-submit may set its own
CONNECT_PORT = 15002
_PATIENCE = 10.0  # seconds for a Spark Connect server to accept a connection; pyspark itself tries for ten minutes
_PATTERN = re.compile(r"[\[\]{}*?\\]")
_LENGTH = 500  # of what a message repeats of Spark's
_TRACEBACK = "Traceback (most recent call last):\n"  # of Python
_FRAMES = re.compile(r"\A(?:  .*\n)+")  # they are indented, what was raised is not
_JAVA_TRACE = re.compile(r"\s*\n\tat |\s*\n(?:Driver|JVM) stacktrace:")
_OWN_ERROR = re.compile(r"scoring\.errors\.\w+: ")
_CAUSE = re.compile(r"most recent failure: .*?\): (?:[\w.$]+(?:Exception|Error): )?", re.DOTALL)


def find_session(remote: str | None = None) -> "tuple[SparkSession, bool]":
    """Find or start a session; the second value is whether to stop it at the end.

    A session that is active in this process is used as it is. Otherwise the first of these decides: `remote`, the
    environment's SPARK_REMOTE, the settings of spark-submit or of PYSPARK_SUBMIT_ARGS; without any of them Spark starts
    on this machine.

    Parameters
    ----------
    remote : address of a Spark Connect server, ``sc://host:15002``.

    Raises
    ------
    DataError
        Spark or Java is not installed, Spark does not start, or no server answers at the address.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError(f"engine spark: pyspark is not installed\nUse duckdb, or: {how_to_install('spark')}") from None
    running = SparkSession.getActiveSession()
    if running is not None:
        return running, False
    try:
        return _start_session(remote or os.environ.get("SPARK_REMOTE")), True
    except failures() as error:
        raise DataError(
            f"engine spark: no session can be started ({explain_failure(error)})\n"
            "On this machine Spark needs a whole Java 17 or 21 (Debian: openjdk-17-jre-headless); a cluster needs "
            "the version of Spark that is here."
        ) from None


def _start_session(address: str | None) -> "SparkSession":
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    if address:
        _require_server(address)
        return builder.remote(address).getOrCreate()
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # set by spark-submit; its settings are used
        return builder.getOrCreate()
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise DataError("engine spark: java is not on this machine\nInstall a Java 17 runtime, or use duckdb.")
    return builder.getOrCreate() if "PYSPARK_SUBMIT_ARGS" in os.environ else local_session()


def local_session() -> "SparkSession":
    """Start Spark on this machine: no UI, few log lines, 4 GB, and this Python in its workers."""
    from pyspark.sql import SparkSession

    settings: dict[str, bool | float | int | str | None] = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": SHUFFLE_PARTITIONS,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "4g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    session: SparkSession = SparkSession.builder.master("local[*]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")  # what fails is raised too, without pages of traces
    # Spark takes the first python3 on the path otherwise.
    session.sparkContext.pythonExec = os.environ.get("PYSPARK_PYTHON", sys.executable)
    return session


def name_to_read(path: Path) -> str:
    r"""Name a file of this machine, or of storage that the cluster sees under the same path, for Spark to read.

    Spark takes some characters of a name that it reads as a pattern, and decodes nothing.

    >>> name_to_read(Path("/data/a [1].csv"))
    'file:///data/a \\[1\\].csv'
    """
    return _PATTERN.sub(r"\\\g<0>", name_to_write(path))


def name_to_write(path: Path) -> str:
    """Name a folder for Spark to write; as ``name_to_read``, without patterns."""
    return f"file://{path.absolute()}"


def failures() -> tuple[type[Exception], ...]:
    """List the exceptions that mean "Spark stopped"."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


def explain_failure(error: Exception) -> str:
    r"""Reduce what Spark raised, often pages of Java and Python traces, to what happened.

    >>> trace = f"Job aborted\n{_TRACEBACK}  File\nscoring.errors.DataError: a: wrong\nMend it.\n\tat java"
    >>> explain_failure(ValueError(trace))
    'a: wrong\nMend it.'
    """
    last = str(error).rpartition(_TRACEBACK)[2]
    raised = _FRAMES.sub("", _JAVA_TRACE.split(last, maxsplit=1)[0].strip("\n"))
    if own := _OWN_ERROR.match(raised):
        return raised[own.end() :]
    cause = _CAUSE.search(raised)
    return shorten(" ".join(raised[cause.end() if cause else 0 :].split()), _LENGTH)


def _require_server(address: str) -> None:
    """Raise DataError unless a server accepts connections at the address; ``local`` starts one."""
    if address == "local" or address.startswith("local["):
        return
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or CONNECT_PORT
    except ValueError:
        parts, host, port = urlsplit(""), None, 0
    if parts.scheme != "sc" or not host:
        shown = shorten(hide_password(address.partition(";")[0]))  # a token may follow
        raise DataError(
            f"spark remote {shown!r}: is not the address of a Spark Connect server\nExpected sc://HOST:{CONNECT_PORT}."
        )
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        raise DataError(
            f"spark remote sc://{host}:{port}: nothing answers there ({error.strerror or error})\n"
            "Start the Spark Connect server, or correct the address."
        ) from None
