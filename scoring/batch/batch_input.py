"""Which kind of input a path is: a folder of tables, raw applications, or model-ready rows."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from scoring.batch.arrow_rows import ArrowRowReader
from scoring.batch.csv_rows import CsvRows
from scoring.batch.parquet_source import ParquetRows
from scoring.batch.run import Source
from scoring.batch.tables_source import Applications, ComputeHistory
from scoring.home_credit.applications import APPLICATIONS, UNLABELLED
from scoring.home_credit.history.compute import compute
from scoring.home_credit.history.listed_clients import ListedClients
from scoring.home_credit.history.source_schema import HISTORY_TABLES
from scoring.model.plan import PossibleValues
from scoring.storage.bundle import Bundle
from scoring.tables.files import find_table, refuse_other_than_utf8, table_files
from scoring.tables.text.number_texts import DecimalMark


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
    facts : names of the fields that the policy reads.
    """
    if data.is_dir() and (
        tables := [found for name in (APPLICATIONS, UNLABELLED) if (found := find_table(data, name))]
    ):
        history = [found for name in HISTORY_TABLES if (found := find_table(data, name))]
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


def _compute_history(data: Path, coverage: Path | None, engine: str, tell: Callable[[str], None]) -> ComputeHistory:
    def compute_for(clients: ListedClients, out: Path, names: Sequence[str]) -> None:
        tell(str(compute(data, out, engine, coverage, names=names, listed=clients, in_parts=engine == "spark")))

    return compute_for
