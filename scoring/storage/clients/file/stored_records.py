"""Reads one table of a client file: finds a client, and decodes records.

The file is read at positions rather than mapped into memory: a file that was cut short gives a short read instead of
ending the process, and a worker's memory does not grow with the clients that are looked up.
"""

import errno
import os
import stat
import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientsUnavailable
from scoring.model.calibration import Floats
from scoring.model.schema import ClientId
from scoring.storage.clients.file.column_codes import MISSING
from scoring.storage.clients.file.file_layout import EVERY, Block, StoredColumn, StoredTable
from scoring.storage.clients.loading.client_source import id_list, plain_number

SCANNED = 1 << 16  # records that are read at once where all are read


class OpenedFile:
    """A file that stays open until nothing refers to it, also when its name is given to another file.

    Raises OSError for what cannot be opened, and for a folder, a pipe or a device; opening a pipe does not wait.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = str(path)
        self.number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(self.number).st_mode):
            raise OSError(errno.EINVAL, "it is a folder, a pipe or a device", self.name)

    def __del__(self) -> None:
        if hasattr(self, "number"):
            os.close(self.number)

    def read(self, offset: int, size: int) -> bytes:
        """Read some bytes; raises ClientsUnavailable where they are not there, or cannot be read now."""
        try:
            content = os.pread(self.number, size, offset)
            while 0 < len(content) < size and (
                more := os.pread(self.number, size - len(content), offset + len(content))
            ):
                content += more
        except OSError as error:
            raise self.unavailable(f"cannot be read ({error.strerror})") from None
        if len(content) < size:
            raise self.unavailable("was cut short")
        return content

    def read_block(self, block: Block) -> bytes:
        """Read a whole block."""
        return self.read(block.offset, block.size)

    def unavailable(self, what: str) -> ClientsUnavailable:
        """Make the error for a file that cannot be read now. Callers are not told its path."""
        return ClientsUnavailable(f"The file of clients {what}. Try again later.")


class _PlainNumbers:
    """Numbers as JSON takes them, by value: a column that is stored as float64."""

    def __getitem__(self, value: float) -> float | int | None:
        return plain_number(value)


class _TextValues:
    """Texts by code; None for the code of a missing text."""

    def __init__(self, column: StoredColumn, content: bytes) -> None:
        ends = np.frombuffer(content, "<u8", column.count)
        self._ends = np.concatenate([np.zeros(1, np.int64), ends.astype(np.int64)]).data
        self._texts = content[8 * column.count :]
        self._count, self._missing = column.count, MISSING[column.width]

    def __getitem__(self, code: int) -> str | None:
        if code == self._missing:
            return None
        if code >= self._count:
            raise ClientsUnavailable("The file of clients is damaged. Load the clients again.")
        try:
            return self._texts[self._ends[code] : self._ends[code + 1]].decode()
        except UnicodeDecodeError:
            raise ClientsUnavailable("The file of clients is damaged. Load the clients again.") from None

    def find(self, text: str) -> list[int]:
        """Find the codes of a text: one or none."""
        return [code for code in range(self._count) if self[code] == text]


class ColumnReader:
    """One column: its place in a record, and what its stored values mean."""

    def __init__(self, column: StoredColumn, content: bytes) -> None:
        self.column = column
        self.is_text = column.kind == "text"
        known = np.frombuffer(content, "<f8") if column.width == 1 and not self.is_text else np.empty(0)
        self.numbers = np.concatenate([known, np.full(256 - len(known), np.nan)])  # by code
        self.plain: Any  # values by what is stored, as JSON takes them
        if self.is_text:
            self.plain = _TextValues(column, content)
        elif column.width == 8:
            self.plain = _PlainNumbers()
        else:
            self.plain = [plain_number(value) for value in self.numbers.tolist()]

    @property
    def dtype(self) -> str:
        """Type of what is stored."""
        return "<f8" if self.column.width == 8 else f"<u{self.column.width}"

    def decode(self, stored: NDArray[Any]) -> Floats:
        """Return numbers for what is stored, NaN where one is missing."""
        return stored if self.column.width == 8 else self.numbers.take(stored)

    def values(self, stored: NDArray[Any]) -> list[Any]:
        """Return values as JSON takes them, None where one is missing."""
        return list(map(self.plain.__getitem__, stored.tolist()))


class StoredRecords:
    """One table of a client file.

    Parameters
    ----------
    names : of the columns of numbers that ``rows`` gives, in order.

    Attributes
    ----------
    columns : by name.
    """

    def __init__(self, file: OpenedFile, table: StoredTable, kind: str, names: Sequence[str] = ()) -> None:
        self._file, self._table = file, table
        self.count = table.count
        self._id_type = "<i8" if kind == "number" else f"S{table.id_width}"
        self._is_text = kind == "text"
        every = np.frombuffer(file.read_block(table.every), self._id_type)
        self._every: Any = every.tolist() if self._is_text else every.data
        contents = [file.read_block(one.values) if one.values else b"" for one in table.columns]
        readers = [ColumnReader(one, content) for one, content in zip(table.columns, contents, strict=True)]
        self.columns = {one.column.name: one for one in readers}
        self.record_type = np.dtype([(one.column.name, one.dtype) for one in readers])
        self._unpack = struct.Struct(
            "<" + "".join({8: "d", 1: "B", 2: "H", 4: "I"}[one.width] for one in table.columns)
        )
        self._names = names

    # Clients

    def place(self, client_id: ClientId) -> int | None:
        """Find the place of a client; None if no client has this id."""
        if isinstance(client_id, str) != self._is_text:
            return None
        wanted: Any = client_id.encode() if isinstance(client_id, str) else client_id
        start = EVERY * max(bisect_right(self._every, wanted) - 1, 0)
        ids = self._read_ids(start, min(start + EVERY, self.count))
        found = bisect_left(ids, wanted)
        return start + found if found < len(ids) and ids[found] == wanted else None

    def _read_ids(self, start: int, stop: int) -> Any:
        width = self._table.id_width
        content = self._file.read(self._table.ids.offset + start * width, (stop - start) * width)
        return np.frombuffer(content, self._id_type).tolist() if self._is_text else memoryview(content).cast("q")

    def first_after(self, client_id: ClientId | None) -> int:
        """Find the place of the first client above an id; 0 for None."""
        if client_id is None or isinstance(client_id, str) != self._is_text:
            return 0
        wanted: Any = client_id.encode() if isinstance(client_id, str) else client_id
        start = EVERY * max(bisect_right(self._every, wanted) - 1, 0)
        return start + bisect_right(self._read_ids(start, min(start + EVERY, self.count)), wanted)

    def ids(self, start: int, stop: int) -> list[ClientId]:
        """Return the ids of the clients from one place to before another."""
        width, stop = self._table.id_width, min(stop, self.count)
        content = self._file.read(self._table.ids.offset + start * width, max(stop - start, 0) * width)
        return id_list(np.frombuffer(content, self._id_type))

    # Records

    def record(self, place: int) -> bytes:
        """Return one client's record."""
        return self._file.read(self._table.records.offset + place * self._table.width, self._table.width)

    def records(self, start: int, stop: int) -> NDArray[Any]:
        """Return the records from one place to before another, shape (n,), of ``record_type``."""
        width = self._table.width
        content = self._file.read(self._table.records.offset + start * width, (stop - start) * width)
        return np.frombuffer(content, self.record_type)

    def gather(self, places: Sequence[int]) -> NDArray[Any]:
        """Return the records at some places, shape (n,), of ``record_type``."""
        return np.frombuffer(b"".join(map(self.record, places)), self.record_type)

    def scan(self, start: int = 0) -> Iterator[tuple[int, NDArray[Any]]]:
        """Read all records from one place on, in batches, each with the place of its first."""
        for place in range(start, self.count, SCANNED):
            yield place, self.records(place, min(place + SCANNED, self.count))

    # Values

    @cached_property
    def _of_rows(self) -> tuple[int, int, Floats, NDArray[np.intp], NDArray[np.intp]]:
        """Say how a row is made of a record: wide numbers, narrow ones, their values, where those begin, the order."""
        numbers = [one for one in self.columns.values() if not one.is_text]
        wide = [one for one in numbers if one.column.width == 8]
        narrow = numbers[len(wide) :]
        values = np.concatenate([np.empty(0), *(one.numbers for one in narrow)])
        position = {one.column.name: i for i, one in enumerate(numbers)}
        order = np.array([position[name] for name in self._names], dtype=np.intp)
        return len(wide), len(narrow), values, 256 * np.arange(len(narrow)), order

    def row(self, record: bytes) -> Floats:
        """Decode the named numbers of one record, shape (names,)."""
        wide, narrow, values, begins, order = self._of_rows
        read = values.take(np.frombuffer(record, np.uint8, narrow, 8 * wide) + begins)
        if wide:
            read = np.concatenate([np.frombuffer(record, "<f8", wide), read])
        return read.take(order)

    def rows(self, records: NDArray[Any]) -> Floats:
        """Decode the named numbers of n records, shape (n, names)."""
        columns = [self.columns[name].decode(records[name]) for name in self._names]
        return np.column_stack(columns) if len(records) else np.empty((0, len(self._names)))

    def values(self, record: bytes) -> dict[str, Any]:
        """Decode all values of one record as JSON takes them, None where one is missing; in the order of ``names``."""
        stored = zip(self.columns.items(), self._unpack.unpack(record), strict=True)
        read = {name: column.plain[value] for (name, column), value in stored}
        return {name: read[name] for name in self._names} if self._names else read

    def column(self, name: str, records: NDArray[Any]) -> list[Any]:
        """Decode one column as JSON takes it, None where a value is missing; raises KeyError."""
        return self.columns[name].values(records[name])
