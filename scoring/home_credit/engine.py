"""Connect to DuckDB or Spark: the only module that depends on the engine."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis

from scoring.errors import DataError, shorten
from scoring.home_credit.engine_errors import explain
from scoring.home_credit.spark_session import explain_failure, failures, find_session, name_to_read, name_to_write
from scoring.tables.text.cells import MISSING

if TYPE_CHECKING:
    from ibis.expr.datatypes import DataType
    from ibis.expr.types import Table

ENGINES = ("duckdb", "spark")
MEMORY = 5 * 2**30  # beyond it DuckDB writes to disk; the process itself needs some more
PARQUET = "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 256, ROW_GROUP_SIZE 8192"


@contextmanager
def open_engine(name: str, scratch: Path, spark_remote: str | None = None) -> "Iterator[Engine]":
    """Connect to an engine, and disconnect at the end.

    Parameters
    ----------
    name : ``duckdb`` (embedded) or ``spark``.
    scratch : an empty folder for rows that do not fit in memory; a cluster has to see it too.
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
    engine = DuckDBEngine(scratch) if name == "duckdb" else SparkEngine(scratch, spark_remote)
    try:
        yield engine
    finally:
        engine.close()


class DuckDBEngine:
    """DuckDB in this process, with bounded memory."""

    def __init__(self, scratch: Path) -> None:
        import duckdb

        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        self._connection = duckdb.connect(
            config={
                "threads": os.cpu_count() or 1,
                "memory_limit": f"{min(MEMORY, physical * 6 // 10) >> 20}MiB",
                "temp_directory": str(scratch),
                "preserve_insertion_order": False,
                # statistics_propagation (DuckDB 2.0.0) trusts a Parquet file's smallest and largest value, without NaN.
                # build_side_probe_side hashes the wider side of a join: joining the features takes twice as long.
                "disabled_optimizers": "statistics_propagation,build_side_probe_side",
            }
        )
        # Compressing takes 80 MB less for 10 % of the clients, and 4 % more work.
        self._connection.execute("ATTACH ':memory:' AS stored (COMPRESS)")
        self._connection.execute("USE stored")
        self._names = (f"read_{number}" for number in count())
        self.failures: tuple[type[Exception], ...] = (duckdb.Error,)

    def interrupt(self) -> None:
        """End the query that is running, if there is one; called by another thread."""
        with suppress(*self.failures):  # disconnected already
            self._connection.interrupt()

    def explain(self, error: Exception) -> str:
        """Say what happened, and what to do."""
        said = str(error).strip()
        return explain(said) or f"DuckDB stopped: {shorten(said, 1000)}"

    def close(self) -> None:
        """Disconnect."""
        self._connection.close()

    def read_parquet(self, files: Sequence[Path]) -> "Table":
        """Open Parquet files as one table."""
        return self._view(f"read_parquet([{', '.join(map(_quote, files))}])")

    def read_csv(self, files: Sequence[Path], types: Mapping[str, str]) -> "Table":
        """Open CSV files with one header, which `types` follows column by column, as one table."""
        columns = ", ".join(f"{_quote(column)}: {_quote(kind)}" for column, kind in types.items())
        nulls = ", ".join(map(_quote, MISSING))
        dialect = f"header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, nullstr = [{nulls}]"
        return self._view(f"read_csv([{', '.join(map(_quote, files))}], columns = {{{columns}}}, {dialect})")

    def store(self, table: "Table", name: str) -> "Table":
        """Compute a table into a compressed one in memory; DuckDB writes it to disk where memory is short."""
        self._connection.execute(f'CREATE TABLE "{name}" AS {_write_sql(table)}')
        return self._table(name)

    def store_for_now(self, table: "Table", name: str) -> "Table":
        """Compute a table into a temporary one, uncompressed, since it is read only twice."""
        self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {_write_sql(table)}')
        return self._table(name)

    def drop(self, name: str) -> None:
        """Drop a temporary table, if there is one of that name."""
        self._connection.execute(f'DROP TABLE IF EXISTS "{name}"')

    def write(self, table: "Table", out: Path, *, in_parts: bool = False) -> None:  # noqa: ARG002
        """Write a table as one Parquet file, unsorted: sorting 500 columns took a third of the whole run.

        The row groups are small, since each thread holds a whole one.
        """
        self._connection.execute(f"COPY ({_write_sql(table)}) TO {_quote(out)} ({PARQUET})")

    def fetch_row(self, table: "Table") -> dict[str, int]:
        """Compute a table of one row."""
        found = self._connection.execute(_write_sql(table))
        return dict(zip((column[0] for column in found.description or ()), found.fetchone() or (), strict=True))

    def _view(self, source: str) -> "Table":
        name = next(self._names)
        self._connection.execute(f"CREATE TEMP VIEW {name} AS FROM {source}")
        return self._table(name)

    def _table(self, name: str) -> "Table":
        described = self._connection.execute(f'DESCRIBE "{name}"').fetchall()
        table: Table = ibis.table({column: _parse_type(kind) for column, kind, *_ in described}, name)
        return table


class SparkEngine:
    """Spark: a session of this machine, of spark-submit, or of a Spark Connect server."""

    def __init__(self, scratch: Path, remote: str | None) -> None:
        self._session, self._is_ours = find_session(remote)
        self._connection = ibis.pyspark.connect(self._session)
        self._scratch = scratch
        self.failures = failures()

    def interrupt(self) -> None:
        """Do nothing: a query of Spark goes on to its end."""

    def explain(self, error: Exception) -> str:
        """Say what happened, and what to do."""
        said = explain_failure(error)
        return explain(said) or f"Spark stopped: {said}"

    def close(self) -> None:
        """Stop the session, unless it ran before."""
        if self._is_ours:
            self._session.stop()

    def read_parquet(self, files: Sequence[Path]) -> "Table":
        """Open Parquet files as one table."""
        return self._view(self._session.read.parquet(*map(name_to_read, files)))

    def read_csv(self, files: Sequence[Path], types: Mapping[str, str]) -> "Table":
        """Open CSV files with one header, which `types` follows column by column, as one table."""
        from pyspark.sql import functions

        def cast(column: str, kind: str) -> Any:
            """Null for each text that means "missing"; Spark's own reader takes one such text only."""
            text = functions.col(f"`{column}`")
            error = functions.raise_error(functions.concat(functions.lit(f"column {column} holds "), text))
            value = functions.coalesce(text.try_cast("string" if kind == "varchar" else kind), error)
            return functions.when(~text.isin(*MISSING), value).alias(column)

        schema = ", ".join(f"`{column}` string" for column in types)
        texts = self._session.read.csv(
            [*map(name_to_read, files)], schema=schema, header=True, quote='"', escape='"', mode="FAILFAST"
        )
        return self._view(texts.select(*(cast(column, kind) for column, kind in types.items())))

    def store(self, table: "Table", name: str) -> "Table":
        """Compute a table into files of the scratch folder, and read them."""
        folder = self._scratch / name
        self._frame(table).write.parquet(name_to_write(folder))
        return self._view(self._session.read.parquet(name_to_read(folder)))

    store_for_now = store

    def drop(self, name: str) -> None:
        """Delete the files of a stored table, if there are any."""
        shutil.rmtree(self._scratch / name, ignore_errors=True)

    def write(self, table: "Table", out: Path, *, in_parts: bool = False) -> None:
        """Write a table as one Parquet file, or as a folder of part files."""
        if in_parts:
            self._frame(table).write.parquet(name_to_write(out))
            return
        folder = self._scratch / "result"
        self._frame(table).repartition(1).write.parquet(name_to_write(folder))
        parts = sorted(folder.glob("part-*.parquet"))
        if len(parts) != 1:
            raise DataError(
                f"{folder}: Spark wrote the result, but {len(parts)} files of it are seen here, expected 1\n"
                "Choose a folder for the result that this machine and the cluster share."
            )
        shutil.move(parts[0], out)

    def fetch_row(self, table: "Table") -> dict[str, int]:
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


Engine = DuckDBEngine | SparkEngine


def _write_sql(table: "Table") -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))


@cache
def _parse_type(kind: str) -> "DataType":
    """Read DuckDB's name of a type."""
    from ibis.backends.sql.datatypes import DuckDBType

    found: DataType = DuckDBType.from_string(kind)
    return found


def _quote(value: object) -> str:
    return "'{}'".format(str(value).replace("'", "''"))
