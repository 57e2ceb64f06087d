"""A real Spark on this machine, for the tests of a file."""

import os
import shutil
from contextlib import contextmanager

import pytest

from scoring.home_credit.spark_session import local_session

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
