"""A table as a stream of batches: Parquet, or CSV as the service reads it, in bounded memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from scoring.errors import ClientTableError, DataError, list_some
from scoring.model.schema import Identity
from scoring.storage.clients.loading.client_cells import describe_type
from scoring.tables.columns import as_texts
from scoring.tables.files import UNREADABLE, TableFiles, require_ending, require_pyarrow, table_files
from scoring.tables.table_pieces import read_in_pieces
from scoring.tables.table_reader import is_unnamed
from scoring.tables.text.cells import ONLY_EMPTY
from scoring.tables.text.table import Expected, refuse_duplicates
from scoring.tables.text.table_errors import TableError, describe_unreadable
from scoring.tables.text.text_reader import find_lines

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BATCH = 1 << 16  # rows of a batch of Parquet
_PANDAS_INDEX = "__index_level_"  # begins the name of a column of row numbers that pandas has written


class Batch(NamedTuple):
    """Some rows of a table.

    Attributes
    ----------
    columns : Arrow arrays by name.
    first : place of the first row, as ``word`` counts it.
    word : ``row`` (of a Parquet file, from 1) or ``line``.
    units : per cent sign or currency of the columns whose numbers have one.
    """

    columns: Mapping[str, "pa.Array"]
    first: int
    word: str
    file: str
    units: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class TableStream:
    """A table whose columns are known, and whose rows are read in batches.

    Attributes
    ----------
    names : of the columns, without those of row numbers.
    left_out : columns without a name, which hold row numbers.
    total : number of rows; None if it is known only after reading.
    schema : types of the columns of Parquet; None for CSV.
    """

    table: TableFiles
    names: tuple[str, ...]
    left_out: tuple[str, ...]
    total: int | None
    schema: "pa.Schema | None" = None

    @property
    def path(self) -> Path:
        """The file, or the folder of part files."""
        return self.table.path

    def wrong_types(self, numbers: Collection[str], identity: Identity) -> list[str]:
        """Describe the columns of Parquet that have no type of numbers or, for the identity, of ids."""
        kinds = {identity.name: identity, **dict.fromkeys(numbers)}
        fields = [field for field in self.schema or () if field.name in kinds]
        return [error for field in fields for error in describe_type(field, kinds[field.name])]

    def batches(
        self, columns: Sequence[str], texts: Collection[str] = (), ids: Collection[str] = ()
    ) -> Iterator[Batch]:
        """Read some columns; those in ``texts`` exactly as they are written, ``ids`` as `Expected` says.

        Raises ClientTableError.
        """
        read = _parquet_batches if self.table.parquet else _text_batches
        is_empty = True
        try:
            for file in self.table.files:
                for batch in read(file, columns, texts, ids):
                    is_empty = False
                    yield batch
            if is_empty:
                raise TableError("no_rows")
        except TableError as error:
            raise ClientTableError(f"{self.path}: {error}") from None
        except DataError as error:
            raise ClientTableError(str(error)) from None
        except UNREADABLE as error:
            raise ClientTableError(f"{file}: {describe_unreadable(error)}") from None


def open_table(path: Path) -> TableStream:
    """Find a table's files and columns.

    Raises
    ------
    ClientTableError
        It cannot be read, has no row, or its part files have different columns.
    """
    try:
        table = table_files(path)
        for file in table.files:
            require_ending(file)
            if table.parquet:
                require_pyarrow(file)
        schema, total = _parquet_schema(table) if table.parquet else (None, None)
        names: list[str] = _text_columns(table) if schema is None else schema.names
    except DataError as error:
        raise ClientTableError(str(error)) from None
    except TableError as error:
        raise ClientTableError(f"{path}: {error}") from None
    except UNREADABLE as error:
        raise ClientTableError(f"{path}: {describe_unreadable(error)}") from None
    if total == 0:
        raise ClientTableError(f"{path}: {TableError('no_rows')}")
    left_out = tuple(name for name in names if is_unnamed(name) or name.startswith(_PANDAS_INDEX))
    return TableStream(table, tuple(name for name in names if name not in left_out), left_out, total, schema)


# Parquet


def _parquet_schema(table: TableFiles) -> "tuple[pa.Schema, int]":
    import pyarrow.parquet as pq

    first: pa.Schema | None = None
    total = 0
    for file in table.files:
        with pq.ParquetFile(file) as content:
            schema, total = content.schema_arrow, total + content.metadata.num_rows
        first = schema if first is None else first
        if errors := _schema_errors(first, schema):
            heading = f"{file}: its columns are not those of {table.files[0].name}"
            raise ClientTableError.listing(heading, errors, "Write all part files with the same columns.")
    names: list[str] = first.names if first is not None else []
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ClientTableError(f"{table.path}: has the column {list_some(twice)} more than once\nName each once.")
    return first, total


def _schema_errors(first: "pa.Schema", other: "pa.Schema") -> list[str]:
    missing = [name for name in first.names if name not in set(other.names)]
    surplus = [name for name in other.names if name not in set(first.names)]
    both = [name for name in first.names if name in set(other.names)]
    kinds = {name: (_kind(first.field(name).type), _kind(other.field(name).type)) for name in both}
    return [
        *([f"columns are missing: {list_some(missing)}"] if missing else []),
        *([f"columns are new: {list_some(surplus)}"] if surplus else []),
        *(f"column {name} holds {new}, not {old}" for name, (old, new) in kinds.items() if len({old, new, "null"}) > 2),
    ]


def _kind(kind: "pa.DataType") -> str:
    """Name what a column holds; part files may write numbers in several types."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_decimal(kind):
        return "numbers"
    if types.is_string(kind) or types.is_large_string(kind):
        return "texts"
    return str(kind)


def _parquet_batches(
    file: Path, columns: Sequence[str], _texts: Collection[str], _ids: Collection[str]
) -> Iterator[Batch]:
    import pyarrow.parquet as pq

    place = 1
    with pq.ParquetFile(file) as content:
        for batch in _read_ahead(content.iter_batches(BATCH, columns=list(columns))):
            yield Batch({name: batch.column(name) for name in columns}, place, "row", file.name)
            place += batch.num_rows


def _read_ahead(batches: Iterator["pa.RecordBatch"]) -> Iterator["pa.RecordBatch"]:
    """Read a batch while the one before it is used."""
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(next, batches, None)
        while (batch := reading.result()) is not None:
            reading = pool.submit(next, batches, None)
            yield batch


# CSV


def _text_columns(table: TableFiles) -> list[str]:
    headers = []
    for file in table.files:
        headers.append([*find_lines(file, published=True)[0].layout.header])
        refuse_duplicates(headers[-1])
        if headers[-1] != headers[0]:
            raise DataError(f"{file}: its columns are not those of {table.files[0].name}\nExpected the same columns.")
    return headers[0]


def _text_batches(file: Path, columns: Sequence[str], texts: Collection[str], ids: Collection[str]) -> Iterator[Batch]:
    line = 2
    for read in read_in_pieces(file, Expected(texts, decimal=".", markers=ONLY_EMPTY, ids=ids)):
        yield Batch({name: _as_arrow(read.frame[name]) for name in columns}, line, "line", file.name, read.units)
        line += len(read.frame)


def _as_arrow(column: "pd.Series[Any]") -> "pa.Array":
    import pyarrow as pa

    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowTypeError, pa.ArrowInvalid, OverflowError):  # numbers and texts, or very long numbers
        return pa.array(as_texts(column), from_pandas=True)
