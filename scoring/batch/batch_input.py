"""Which kind of input a path is: a folder of tables, raw applications, or model-ready rows; and rows made of it."""

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scoring.batch.arrow_rows import ArrowRowReader, FaultyRow
from scoring.batch.csv_rows import CsvRows
from scoring.batch.parquet_source import ParquetRows
from scoring.batch.run import Source
from scoring.batch.tables_source import Applications, ComputeHistory
from scoring.errors import DataError
from scoring.home_credit.applications import APPLICATIONS, UNLABELLED
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.listed_clients import ListedClients
from scoring.home_credit.history.source_schema import HISTORY_TABLES
from scoring.model.plan import PossibleValues
from scoring.storage.bundle import Bundle
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.tables.files import TableFiles, find_table, refuse_other_than_utf8, table_files
from scoring.tables.text.number_texts import DecimalMark

_SHOWN = 20  # rows with errors that a message lists


def find_applications(data: Path) -> list[TableFiles]:
    """Find the applications in a folder of Home Credit's tables; none if it is no such folder."""
    names = (APPLICATIONS, UNLABELLED) if data.is_dir() else ()
    return [found for name in names if (found := find_table(data, name))]


def open_source(
    data: Path,
    bundle: Bundle,
    part_rows: int,
    *,
    raw: bool = False,
    coverage: Path | None = None,
    decimal: DecimalMark | None = None,
    engine: str = "duckdb",
    tell: Callable[[str], None] = lambda _line: None,
    facts: Collection[str] = (),
) -> Source:
    """Open an input; raises DataError where it cannot be read.

    Parameters
    ----------
    part_rows : most rows of a part.
    raw : a table that is no folder of Home Credit's tables has raw applications, and no model-ready rows.
    coverage : table of the clients whose history tables are complete.
    decimal : the decimal mark of text files.
    engine : computes the history: ``duckdb``, or ``spark`` on the session that is active.
    tell : called with what is done, and with what is unusual.
    facts : names of what is kept beside the rows of applications, as of ``Applications``.
    """
    tables = find_applications(data)
    history = [found for name in HISTORY_TABLES if tables and (found := find_table(data, name))]
    if coverage and not history:
        raise DataError(f"--coverage {coverage}: is about history tables, and {data} has none\nLeave it out.")
    if tables:
        refuse_other_than_utf8([data], "the name of the folder of tables")
        others = [file for table in history for file in table.files] + ([coverage] if coverage else [])
        refuse_other_than_utf8(others, "the name of a history table")
        computing = _compute_history(data, coverage, engine, tell) if history else None
        early = engine == "duckdb"  # a session of Spark belongs to the thread that found it
        return Applications(tables, others, bundle, part_rows, computing, tell, decimal, early=early, facts=facts)
    table = table_files(data)
    if raw:
        return Applications([table], [], bundle, part_rows, None, tell, decimal, facts=facts)
    possible = PossibleValues.of(bundle.manifest.plan if bundle.manifest else None)
    reader = ArrowRowReader(bundle.scorer.features, bundle.identity, bundle.nullable, possible)
    return ParquetRows(table, reader, part_rows) if table.parquet else CsvRows(table, reader, part_rows, decimal)


def write_model_ready(source: Source, folder: Path, schema: StoredSchema) -> tuple[Path, Path]:
    """Make the model-ready rows of all applications.

    Parameters
    ----------
    source : raw applications, with facts.
    folder : for the two tables, and for all that is written on the way.
    schema : of the rows, and the fields of the applications.

    Returns
    -------
    Parquet files of the rows, with all that is kept beside them and is no field, and of the applications.

    Raises
    ------
    DataError
        If an application has errors, or a table cannot be read.
    """
    source.prepare(folder)
    rows, applications = folder / "rows.parquet", folder / "applications.parquet"
    faulty: list[FaultyRow] = []
    with ExitStack() as opened:
        writers: dict[Path, pq.ParquetWriter] = {}

        def write(file: Path, table: pa.Table) -> None:
            if file not in writers:
                writers[file] = opened.enter_context(pq.ParquetWriter(file, table.schema))
            writers[file].write_table(table)

        for part in source.parts:
            for read, set_aside in source.read(part):
                faulty += set_aside[: _SHOWN + 1 - len(faulty)]
                ids = {schema.identity.name: read.client_ids}
                named = dict(zip(schema.features, read.rows.T, strict=True))
                beside = pa.table({}) if read.facts is None else read.facts
                facts = dict(zip(beside.column_names, beside.columns, strict=True))
                own = {field.name: facts.pop(field.name) for field in schema.fields}
                write(rows, pa.table({**ids, **named, **facts}))
                write(applications, pa.table({**ids, **own}))
    if faulty:
        errors = [f"{one.file}: row {one.row}: {'; '.join(one.errors)}" for one in faulty[:_SHOWN]]
        more = "" if len(faulty) <= _SHOWN else " Further rows have errors, too."
        raise DataError.listing(
            "the applications", errors, f"Correct these rows, or remove them; nothing was loaded.{more}"
        )
    return rows, applications


def _compute_history(data: Path, coverage: Path | None, engine: str, tell: Callable[[str], None]) -> ComputeHistory:
    def compute_for(clients: ListedClients, out: Path, names: Sequence[str]) -> None:
        tell(str(compute(data, out, engine, coverage, names=names, listed=clients, in_parts=engine == "spark")))

    return compute_for
