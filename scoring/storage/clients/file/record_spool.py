"""Records on their way into a client file: kept column by column until the codes and the order are known."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.storage.clients.file.column_codes import ColumnCodes, in_stored_order
from scoring.storage.clients.loading.client_cells import Texts

_THREADS = 2  # that encode columns
ROWS = 1 << 16  # records that are handled at once


class _Part(NamedTuple):
    rows: int
    types: tuple[np.dtype[Any], ...]


class RecordSpool:
    """The columns of a table, batch by batch, in a file.

    Parameters
    ----------
    file : empty, for reading and writing.
    columns : how each column is written.
    """

    def __init__(self, file: IO[bytes], columns: Sequence[ColumnCodes]) -> None:
        self._file = file
        self.columns = columns
        self._parts: list[_Part] = []
        self._pool = ThreadPoolExecutor(_THREADS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def append(self, values: Sequence[Floats | Texts]) -> None:
        """Add a batch: n values of every column."""
        pairs = [(codes.encode, one) for codes, one in zip(self.columns, values, strict=True)]
        size = -(-len(pairs) // _THREADS)
        encoded = [one for part in self._pool.map(_encode, (pairs[:size], pairs[size:])) for one in part]
        for one in encoded:
            self._file.write(as_bytes(one))
        self._parts.append(_Part(len(encoded[0]), tuple(one.dtype for one in encoded)))

    def record_type(self) -> np.dtype[Any]:
        """Type of a record; its fields are the columns in the order in which they are stored, by their positions."""
        return np.dtype([(str(i), self.columns[i].dtype) for i in in_stored_order(self.columns)])

    def records(self) -> Iterator[NDArray[Any]]:
        """Give all records, batch by batch; shape (n,), of ``record_type``."""
        kind = self.record_type()
        self._file.seek(0)
        for count, types in self._parts:
            records = np.empty(count, kind)
            for i, one in enumerate(types):
                stored = np.frombuffer(self._file.read(count * one.itemsize), one)
                records[str(i)] = self.columns[i].final(stored)
            yield records


def as_bytes(values: NDArray[Any]) -> bytes | memoryview:
    """Return the bytes of an array of any type, without copying them where that is possible."""
    return np.ascontiguousarray(values).view(np.uint8).data if values.size else b""


def _encode(columns: Sequence[tuple[Callable[[Any], NDArray[Any]], Any]]) -> list[NDArray[Any]]:
    return [encode(values) for encode, values in columns]


def sort_records(spool: RecordSpool, order: NDArray[np.intp] | None, scratch: IO[bytes]) -> Iterator[NDArray[Any]]:
    """Give the records in the order of their ids, in batches.

    Parameters
    ----------
    order : positions of the wanted records, shape (n,); None for all records as they are.
    scratch : an empty file for reading and writing.
    """
    if order is None:
        yield from spool.records()
        return
    for records in spool.records():
        scratch.write(as_bytes(records))
    scratch.flush()
    if len(order):
        unsorted = np.memmap(scratch, spool.record_type(), "r")
        for start in range(0, len(order), ROWS):
            yield unsorted[order[start : start + ROWS]]
