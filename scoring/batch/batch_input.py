"""Which kind of input a path is: a folder of tables, or model-ready rows."""

from pathlib import Path

from scoring.batch.arrow_rows import ArrowRowReader
from scoring.batch.csv_rows import CsvRows
from scoring.batch.parquet_source import ParquetRows
from scoring.batch.run import Source
from scoring.storage.bundle import Bundle
from scoring.tables.files import table_files


def open_source(data: Path, bundle: Bundle, part_rows: int) -> Source:
    """Open an input; raises DataError where it cannot be read.

    Parameters
    ----------
    part_rows : most rows of a part.
    """
    reader = ArrowRowReader(bundle.scorer.features, bundle.identity, bundle.nullable)
    table = table_files(data)
    return ParquetRows(table, reader, part_rows) if table.parquet else CsvRows(table, reader, part_rows)
