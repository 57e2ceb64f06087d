"""Model-ready rows from a text file or a workbook: read by the project's one reader, and written as Parquet once."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scoring.batch.arrow_rows import ArrowRowReader, EngineInput, FaultyRow, ReadRows
from scoring.batch.parquet_source import InputPart, ParquetRows
from scoring.errors import DataError
from scoring.tables.files import TableFiles, show_path
from scoring.tables.letter_case import list_missing
from scoring.tables.table_reader import read_table
from scoring.tables.text.number_texts import DecimalMark

ROWS = "rows.parquet"
_REMEDY = "Expected the model's columns (GET /features); for raw applications add --applications."
_GROUP_ROWS = 65_536


class CsvRows:
    """Rows of a table that fits in memory.

    Parameters
    ----------
    part_rows : most rows of a part.
    decimal : the decimal mark; found from the numbers by default.
    """

    kind = "rows"

    def __init__(
        self, table: TableFiles, reader: ArrowRowReader, part_rows: int, decimal: DecimalMark | None = None
    ) -> None:
        self.files = table.files
        self._table, self._reader, self._part_rows = table, reader, part_rows
        self._decimal = decimal
        self._rows: ParquetRows | None = None

    @property
    def rows(self) -> int:
        """Number of rows; 0 before ``prepare``."""
        return self._rows.rows if self._rows else 0

    @property
    def parts(self) -> list[InputPart]:
        """What becomes one part of the result each; none before ``prepare``."""
        return self._rows.parts if self._rows else []

    def prepare(self, scratch: Path) -> None:
        """Read the table; raises DataError where it cannot be read, or lacks columns."""
        file = scratch / ROWS
        if not file.exists():
            self._convert(file)
        copy = TableFiles(self._table.path, self._table.name, (file,), parquet=True)
        shown = show_path(Path(self._table.path.name))
        self._rows = ParquetRows(copy, self._reader, self._part_rows, lambda _file: shown)
        self._rows.prepare(scratch)

    def read(self, part: InputPart) -> Iterator[tuple[ReadRows, list[FaultyRow]]]:
        """Yield the rows of a part, block by block, and those that are set aside."""
        return self._rows.read(part) if self._rows else iter(())

    def for_engine(self) -> EngineInput:
        """Return the copy that ``prepare`` wrote, for an engine that reads it itself."""
        if self._rows is None:
            raise DataError(f"{self._table.path}: has not been read yet")
        return self._rows.for_engine()

    def _convert(self, file: Path) -> None:
        identity = self._reader.identity
        letters = {identity.name} if identity.kind == "text" else ()
        frame = read_table(self._table, letters, self._decimal, ids={identity.name}).frame
        errors = list_missing(self._reader.columns, frame)
        if errors:
            raise DataError.listing(str(self._table.path), errors[:20], _REMEDY)
        own = frame[self._reader.columns]
        # A cell that is no number is an error of its row: the whole column is then kept as it was written.
        texts = {str(name): column.astype("string") for name, column in own.items() if column.dtype == object}
        beside = file.with_name(f".{file.name}")
        pq.write_table(
            pa.Table.from_pandas(own.assign(**texts), preserve_index=False), beside, row_group_size=_GROUP_ROWS
        )
        beside.replace(file)
