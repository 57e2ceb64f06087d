"""Model-ready rows from Parquet: one file, or part files of equal columns, read in bounded memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from scoring.batch.arrow_rows import ArrowRowReader, EngineInput, FaultyRow, ReadRows, show_id
from scoring.batch.duplicate_ids import find_repeats
from scoring.errors import DataError
from scoring.model.plan import CHECKED
from scoring.storage.clients.client_table import OTHER_VALUES
from scoring.tables.files import UNREADABLE, TableFiles, show_path
from scoring.tables.text.table_errors import describe_unreadable

BLOCK = 65_536  # rows that are read together
_REMEDY = f"{OTHER_VALUES}\nMake the rows again, or add --applications for raw applications."


class InputPart(NamedTuple):
    """What becomes one part of the result: whole row groups of one file.

    Attributes
    ----------
    file : place among the files.
    groups : row groups, one after the other.
    first : the place of their first row in the file, from 0.
    rows : number of rows.
    """

    file: int
    groups: range
    first: int
    rows: int


class ParquetRows:
    """Rows of Parquet files.

    Parameters
    ----------
    part_rows : a part has at most so many rows, or one row group.
    name : what a file is called in messages, by default its name.

    Raises
    ------
    DataError
        With all errors of all files: not whole, other columns than the first file, columns that are missing or have
        another type; or the first rows have values that no row of the model has.
    """

    kind = "rows"

    def __init__(
        self,
        table: TableFiles,
        reader: ArrowRowReader,
        part_rows: int,
        name: Callable[[Path], str] = lambda file: show_path(Path(file.name)),
    ) -> None:
        self.files, self._input = table.files, table.path
        self._reader, self._name = reader, name
        self._repeats: dict[int, dict[int, tuple[int, int]]] = {}
        opened = [_open(file) for file in self.files]
        _refuse_columns(table, [one.schema_arrow for one in opened], reader)
        for file, one in zip(self.files, opened, strict=True):
            _refuse_other_values(file, table, one, reader, name(file))
        self.parts = [part for place, one in enumerate(opened) for part in _divide(place, one.metadata, part_rows)]
        self.rows = sum(one.metadata.num_rows for one in opened)
        if not self.rows:
            raise DataError(f"{table.path}: has no row\nExpected one row for each client.")

    def prepare(self, scratch: Path) -> None:
        """Find the clients that stand in several rows; raises DataError where there are too many."""
        with _named(self._input):
            repeats = find_repeats(self.files, self._reader.identity, scratch, str(self._input))
        for (file, row), first in repeats.items():
            self._repeats.setdefault(file, {})[row] = first

    def read(self, part: InputPart) -> Iterator[tuple[ReadRows, list[FaultyRow]]]:
        """Yield the rows of a part, block by block, and those that are set aside."""
        file, place = self.files[part.file], part.first
        with _named(file), pq.ParquetFile(file, memory_map=False, pre_buffer=True) as opened:
            columns = self._reader.columns
            for batch in opened.iter_batches(BLOCK, [*part.groups], columns=columns):
                yield self._read(batch, part.file, place)
                place += batch.num_rows
        if place != part.first + part.rows:
            raise DataError(f"{file}: has other rows than when it was opened\nLeave the input alone until the end.")

    def for_engine(self) -> EngineInput:
        """Return the files, for an engine that reads them itself."""
        repeats = {
            self.files[file].name: {row: self._describe_repeat(first) for row, first in rows.items()}
            for file, rows in self._repeats.items()
        }
        names = {file.name: self._name(file) for file in self.files}
        return EngineInput(self.files, self._reader.columns, self._reader, repeats, names)

    def _read(self, batch: pa.RecordBatch, file: int, place: int) -> tuple[ReadRows, list[FaultyRow]]:
        name, repeats = self._reader.identity.name, self._repeats.get(file, {})
        ids = batch.column(batch.schema.get_field_index(name))
        known = [
            (row - place, self._describe_repeat(first))
            for row, first in repeats.items()
            if place <= row < place + batch.num_rows
        ]
        found = self._reader.read(batch, known)
        faulty = [
            FaultyRow(self._name(self.files[file]), place + i + 1, show_id(ids, i), tuple(found.errors[i]))
            for i in sorted(found.errors)
        ]
        return found, faulty

    def _describe_repeat(self, first: tuple[int, int]) -> str:
        name = self._name(self.files[first[0]])
        return f"{self._reader.identity.name}: a duplicate of row {first[1] + 1} of {name}, expected each once"


def _open(file: Path) -> pq.ParquetFile:
    with _named(file):
        return pq.ParquetFile(file, buffer_size=1 << 16)  # of large row groups only the first rows are read


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Name the file that is damaged."""
    try:
        yield
    except UNREADABLE as error:
        raise DataError(f"{file}: {describe_unreadable(error)}") from None


def _divide(place: int, metadata: pq.FileMetaData, most: int) -> Iterator[InputPart]:
    """Divide a file's row groups into parts."""
    begin = first = rows = 0
    for group in range(metadata.num_row_groups):
        more = metadata.row_group(group).num_rows
        if rows and rows + more > most:
            yield InputPart(place, range(begin, group), first, rows)
            begin, first, rows = group, first + rows, 0
        rows += more
    if rows:
        yield InputPart(place, range(begin, metadata.num_row_groups), first, rows)


def _refuse_columns(table: TableFiles, schemas: list[pa.Schema], reader: ArrowRowReader) -> None:
    errors = [f"{table.files[0].name}: {error}" for error in reader.find_schema_errors(schemas[0])]
    for file, schema in zip(table.files[1:], schemas[1:], strict=True):
        errors += [f"{file.name}: {error}" for error in _compare(schema, schemas[0], table.files[0].name, reader)]
    if errors:
        remedy = (
            "Expected the model's columns (GET /features lists them) and the client, of the same types in all files; "
            "for raw applications add --applications."
        )
        raise DataError.listing(str(table.path), errors[:20], remedy)


def _refuse_other_values(
    file: Path, table: TableFiles, opened: pq.ParquetFile, reader: ArrowRowReader, name: str
) -> None:
    with _named(file):
        first = next(opened.iter_batches(CHECKED, columns=reader.columns), None)
    if first and (errors := reader.find_other_values(first)):
        raise DataError.listing(f"{table.path}", [f"{name}: {error}" for error in errors[:20]], _REMEDY)


def _compare(schema: pa.Schema, first: pa.Schema, name: str, reader: ArrowRowReader) -> Iterator[str]:
    for column in (column for column in reader.columns if first.names.count(column) == 1):
        if schema.names.count(column) != 1:
            yield f"column {column} is {'there twice' if column in schema.names else 'missing'}, unlike in {name}"
        elif schema.field(column).type != first.field(column).type:
            yield f"column {column} holds {schema.field(column).type}, but {first.field(column).type} in {name}"
