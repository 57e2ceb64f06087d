"""Connect to DuckDB or Spark: the only place that knows on which engine the features run."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import ibis

from scoring.errors import DataError
from scoring.tables.reader import MISSING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from ibis.expr.datatypes import DataType
    from ibis.expr.types import Table
    from pyspark.sql import SparkSession

ENGINES = ("duckdb", "spark")
MEMORY = 5 * 2**30  # what DuckDB may hold before it writes to disk; the process needs some more around it
PARQUET = "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 256, ROW_GROUP_SIZE 8192"
SHUFFLE_PARTITIONS = "8"  # Spark's default of 200 is meant for clusters; spark-submit may set its own


class Engine(Protocol):
    """What the features need of an engine."""

    name: str
    failures: tuple[type[Exception], ...]

    def read_parquet(self, files: Sequence[Path]) -> "Table":
        """Open Parquet files as one table."""

    def read_csv(self, files: Sequence[Path], types: Mapping[str, str]) -> "Table":
        """Open CSV files with one header, which `types` follows column by column, as one table."""

    def keep(self, table: "Table", name: str) -> "Table":
        """Compute a table now and use its rows from here on, so that no work is done twice."""

    def write(self, table: "Table", out: Path) -> None:
        """Write a table as one Parquet file."""

    def row(self, table: "Table") -> dict[str, int]:
        """Compute a table of one row."""


@contextmanager
def open_engine(name: str, scratch: Path, spark_remote: str | None = None) -> Iterator[Engine]:
    """Connect to an engine, and let go of it at the end.

    Parameters
    ----------
    name : ``duckdb`` (embedded) or ``spark``.
    scratch : an empty folder for what does not fit in memory; a cluster has to see it too.
    spark_remote : address of a Spark Connect server (``sc://host:15002``); only for ``spark``.

    Raises
    ------
    DataError
        An unknown engine, one that is not installed, or an address for an engine that has none.
    """
    if name not in ENGINES:
        raise DataError(f"engine {name!r}: is unknown\nExpected {' or '.join(ENGINES)}.")
    if name == "duckdb" and spark_remote is not None:
        raise DataError(f"spark remote {spark_remote!r}: DuckDB is embedded\nGive it with the engine spark.")
    if name == "duckdb":
        yield from _duckdb(scratch)
    else:
        yield from _spark(scratch, spark_remote)


def _duckdb(scratch: Path) -> Iterator[Engine]:
    import duckdb

    connection = duckdb.connect(
        config={
            "threads": os.cpu_count() or 1,
            "memory_limit": f"{min(MEMORY, _physical_memory() * 6 // 10) >> 20}MiB",
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            # DuckDB 2.0.0 takes a Parquet file's smallest and largest value for all its values, as if NaN were none.
            # The other one hashes the wider side of a join, and takes twice as long to put the features side by side.
            "disabled_optimizers": "statistics_propagation,build_side_probe_side",
        }
    )
    connection.execute("ATTACH ':memory:' AS kept (COMPRESS)")  # 80 MB less for a tenth of the clients, 4 % more work
    connection.execute("USE kept")
    try:
        yield DuckDBEngine(connection)
    finally:
        connection.close()


def _spark(scratch: Path, remote: str | None) -> Iterator[Engine]:
    session, ours = _session(remote)
    try:
        yield SparkEngine(session, scratch)
    finally:
        if ours:
            session.stop()


class DuckDBEngine:
    """DuckDB in this process, with bounded memory."""

    name = "duckdb"

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        import duckdb

        self._connection = connection
        self._names = (f"read_{number}" for number in count())
        self.failures: tuple[type[Exception], ...] = (duckdb.Error,)

    def read_parquet(self, files: Sequence[Path]) -> "Table":
        """Open Parquet files as one table."""
        return self._view(f"read_parquet([{', '.join(map(_text, files))}])")

    def read_csv(self, files: Sequence[Path], types: Mapping[str, str]) -> "Table":
        """Open CSV files with one header, which `types` follows column by column, as one table."""
        columns = ", ".join(f"{_text(column)}: {_text(kind)}" for column, kind in types.items())
        nulls = ", ".join(map(_text, MISSING))
        dialect = f"header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, nullstr = [{nulls}]"
        return self._view(f"read_csv([{', '.join(map(_text, files))}], columns = {{{columns}}}, {dialect})")

    def keep(self, table: "Table", name: str) -> "Table":
        """Compute a table into one in memory, compressed; DuckDB spills it to disk where memory is short."""
        self.keep_query(duckdb_sql(table), name)
        return self._table(name)

    def write(self, table: "Table", out: Path) -> None:
        """Write a table as one Parquet file, in no order: sorting 500 columns took a third of the whole run."""
        self.write_query(duckdb_sql(table), out)

    def row(self, table: "Table") -> dict[str, int]:
        """Compute a table of one row."""
        return self.query_row(duckdb_sql(table))

    def name_view(self, table: "Table", name: str) -> None:
        """Let queries read a table by a name."""
        self._connection.execute(f'CREATE TEMP VIEW "{name}" AS {duckdb_sql(table)}')

    def keep_query(self, query: str, name: str, soon_dropped: bool = False) -> None:
        """Do as `keep` does, with SQL; what is dropped soon is not worth compressing, and so temporary."""
        self._connection.execute(f'CREATE {"TEMP " * soon_dropped}TABLE "{name}" AS {query}')

    def write_query(self, query: str, out: Path) -> None:
        """Do as `write` does, with SQL; small row groups, since each thread holds one whole row group."""
        self._connection.execute(f"COPY ({query}) TO {_text(out)} ({PARQUET})")

    def query_row(self, query: str) -> dict[str, int]:
        """Do as `row` does, with SQL."""
        found = self._connection.execute(query)
        return dict(zip((column[0] for column in found.description or ()), found.fetchone() or (), strict=True))

    def drop(self, names: Sequence[str]) -> None:
        """Let go of what was kept under these names."""
        for name in names:
            self._connection.execute(f'DROP TABLE "{name}"')

    def _view(self, source: str) -> "Table":
        name = next(self._names)
        self._connection.execute(f"CREATE TEMP VIEW {name} AS FROM {source}")
        return self._table(name)

    def _table(self, name: str) -> "Table":
        described = self._connection.execute(f'DESCRIBE "{name}"').fetchall()
        table: Table = ibis.table({column: _type(kind) for column, kind, *_ in described}, name)
        return table


class SparkEngine:
    """Spark: a session of this machine, of spark-submit, or of a Spark Connect server."""

    name = "spark"

    def __init__(self, session: "SparkSession", scratch: Path) -> None:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        self._session = session
        self._connection = ibis.pyspark.connect(session)
        self._scratch = scratch
        self.failures: tuple[type[Exception], ...] = (PySparkException, Py4JError)

    def read_parquet(self, files: Sequence[Path]) -> "Table":
        """Open Parquet files as one table."""
        return self._view(self._session.read.parquet(*map(_url, files)))

    def read_csv(self, files: Sequence[Path], types: Mapping[str, str]) -> "Table":
        """Open CSV files with one header, which `types` follows column by column, as one table."""
        schema = ", ".join(f"`{column}` {'string' if kind == 'varchar' else kind}" for column, kind in types.items())
        frame = self._session.read.csv(
            [_url(file) for file in files], schema=schema, header=True, quote='"', escape='"', mode="FAILFAST"
        )
        return self._view(frame)

    def keep(self, table: "Table", name: str) -> "Table":
        """Compute a table into files of the scratch folder, and read them."""
        folder = self._scratch / name
        self._frame(table).write.parquet(_url(folder))
        return self._view(self._session.read.parquet(_url(folder)))

    def write(self, table: "Table", out: Path) -> None:
        """Write a table as one Parquet file."""
        folder = self._scratch / "result"
        self._frame(table).repartition(1).write.parquet(_url(folder))
        parts = sorted(folder.glob("part-*.parquet"))
        if len(parts) != 1:
            raise DataError(
                f"{folder}: Spark wrote the result, but {len(parts)} files of it are seen here, expected 1\n"
                "Choose a folder for the result that this machine and the cluster share."
            )
        shutil.move(parts[0], out)

    def row(self, table: "Table") -> dict[str, int]:
        """Compute a table of one row."""
        found: dict[str, int] = self._frame(table).collect()[0].asDict()
        return found

    def _frame(self, table: "Table") -> Any:
        return self._session.sql(self._connection.compile(table))

    def _view(self, frame: Any) -> "Table":
        name = ibis.util.gen_name("history")
        frame.createOrReplaceTempView(name)
        table: Table = self._connection.table(name)
        return table


def _session(remote: str | None) -> "tuple[SparkSession, bool]":
    """Take the session there is, or start one; tell whether it is ours to stop."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise DataError("engine spark: pyspark is not installed\nInstall the extra spark, or use duckdb.") from None
    running = SparkSession.getActiveSession()
    if running is not None:
        return running, False
    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    if remote is not None:
        return builder.remote(remote).getOrCreate(), True
    if "PYSPARK_GATEWAY_PORT" in os.environ:  # set by spark-submit, whose settings stand
        return builder.getOrCreate(), True
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise DataError("engine spark: java is not on this machine\nInstall a Java 17 runtime, or use duckdb.")
    return local_session(), True


def local_session() -> "SparkSession":
    """Start Spark inside this machine, quiet and small."""
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
    session.sparkContext.setLogLevel("ERROR")
    return session


def duckdb_sql(table: "Table") -> str:
    """Write an expression as DuckDB's SQL."""
    return str(ibis.to_sql(table, dialect="duckdb"))


@cache
def _type(kind: str) -> "DataType":
    """Read DuckDB's name of a type."""
    from ibis.backends.sql.datatypes import DuckDBType

    found: DataType = DuckDBType.from_string(kind)
    return found


def _text(value: object) -> str:
    return "'{}'".format(str(value).replace("'", "''"))


def _url(path: Path) -> str:
    return path.absolute().as_uri()


def _physical_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
