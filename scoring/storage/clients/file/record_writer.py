"""Writes the records of a table into a client file while they are read, and puts them in order afterwards."""

import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.storage.clients.file.column_codes import ColumnCodes, in_stored_order
from scoring.storage.clients.file.file_layout import Block
from scoring.storage.clients.loading.client_cells import Texts

ROWS = 1 << 16  # records that are handled at once
_THREADS = 2  # that encode columns
_PIECE = 1 << 22  # bytes that are copied at once


class RecordWriter:
    """Records of one table, in a file from one place on.

    A column that gets more values than its codes can tell apart needs more bytes: what was written is then written
    anew. That happens early, if at all.

    Parameters
    ----------
    file : for reading and writing; nothing follows the place ``start``.
    columns : how each column is written.
    scratch : folder for what is written anew.
    """

    def __init__(self, file: IO[bytes], start: int, columns: Sequence[ColumnCodes], scratch: Path) -> None:
        self.columns = columns
        self.count = 0
        self._file, self._start, self._scratch = file, start, scratch
        self._kind = self._record_type()
        self._crc = 0
        self._pool = ThreadPoolExecutor(_THREADS)
        file.seek(start)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    @property
    def record_type(self) -> np.dtype[Any]:
        """Type of a record; its fields are the columns in the order in which they are stored, by their positions."""
        return self._kind

    def _record_type(self) -> np.dtype[Any]:
        return np.dtype([(str(i), self.columns[i].dtype) for i in in_stored_order(self.columns)])

    def append(self, values: Sequence[Floats | Texts]) -> None:
        """Add a batch: n values of every column."""
        pairs = [(codes.encode, one) for codes, one in zip(self.columns, values, strict=True)]
        size = -(-len(pairs) // _THREADS)
        encoded = [one for part in self._pool.map(_encode, (pairs[:size], pairs[size:])) for one in part]
        if (kind := self._record_type()) != self._kind:
            self._widen(kind)
        records = np.empty(len(encoded[0]), kind)
        for i, one in enumerate(encoded):
            records[str(i)] = one
        self._write(as_bytes(records))
        self.count += len(records)

    def _write(self, content: bytes | memoryview) -> None:
        self._file.write(content)
        self._crc = zlib.crc32(content, self._crc)

    def _widen(self, kind: np.dtype[Any]) -> None:
        before, self._kind = self._kind, kind
        if self.count:
            self._replace(self._converted(records) for records in self._batches(before))

    def _converted(self, records: NDArray[Any]) -> NDArray[Any]:
        converted = np.empty(len(records), self._kind)
        for i, codes in enumerate(self.columns):
            converted[str(i)] = codes.convert(records[str(i)])
        return converted

    def stored(self, kind: np.dtype[Any] | None = None) -> NDArray[Any]:
        """Return what was written, shape (n,), of ``record_type``; it is read when it is used."""
        self._file.flush()
        if not self.count:
            return np.empty(0, self._kind)
        return np.memmap(self._file, kind or self._kind, "r", self._start, (self.count,))

    def _batches(self, kind: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        stored = self.stored(kind)
        for start in range(0, self.count, ROWS):
            yield stored[start : start + ROWS]

    def sort(self, order: NDArray[np.intp] | None) -> None:
        """Put the records in an order, shape (n,); None for that in which they are."""
        if order is not None:
            stored = self.stored()
            self._replace(stored[order[start : start + ROWS]] for start in range(0, self.count, ROWS))

    def _replace(self, batches: Iterable[NDArray[Any]]) -> None:
        """Write other records in the place of those that were written, from which they may be made."""
        with tempfile.TemporaryFile(dir=self._scratch) as made:
            for records in batches:
                made.write(as_bytes(records))
            made.seek(0)
            self._file.seek(self._start)
            self._crc = 0
            while piece := made.read(_PIECE):
                self._write(piece)

    def block(self) -> Block:
        """Describe what was written."""
        return Block(offset=self._start, size=self.count * self._kind.itemsize, crc=self._crc)


def as_bytes(values: NDArray[Any]) -> bytes | memoryview:
    """Return the bytes of an array of any type, without copying them where that is possible."""
    return np.ascontiguousarray(values).view(np.uint8).data if values.size else b""


def _encode(columns: Sequence[tuple[Callable[[Any], NDArray[Any]], Any]]) -> list[NDArray[Any]]:
    return [encode(values) for encode, values in columns]
