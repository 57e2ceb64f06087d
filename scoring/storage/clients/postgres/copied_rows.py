"""Rows in the binary format of PostgreSQL's COPY, made from whole columns at once.

Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.storage.clients.loading.client_cells import Texts
from scoring.storage.clients.postgres.row_codes import Bytes

BEGINNING = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"


class Ragged(NamedTuple):
    """A column of n values of different lengths.

    Attributes
    ----------
    lengths : bytes of each value, shape (n,); -1 for null.
    content : all values one after the other.
    """

    lengths: NDArray[np.int64]
    content: Bytes


Field = Bytes | Ragged


def numbers_field(numbers: NDArray[np.int64]) -> Bytes:
    """Write whole numbers as a column of type BIGINT, shape (n, 8)."""
    return numbers.astype(">i8").view(np.uint8).reshape(-1, 8)


def outcomes_field(outcomes: Floats | None, count: int) -> Bytes:
    """Write outcomes as a column of type SMALLINT, shape (n, 2); -1 where one is not known."""
    known = np.full(count, -1.0) if outcomes is None else np.where(np.isnan(outcomes), -1.0, outcomes)
    return known.astype(">i2").view(np.uint8).reshape(-1, 2)


def ids_field(client_ids: NDArray[Any]) -> Field:
    """Write client ids, int64 or bytes, as a column of type BIGINT or TEXT."""
    if client_ids.dtype.kind != "S":
        return numbers_field(client_ids.astype(np.int64))
    return _ragged(client_ids, np.char.str_len(client_ids).astype(np.int64))


def texts_field(column: Texts) -> Ragged:
    """Write texts as a column of type TEXT."""
    known = [text.encode() for text in column.texts]
    lengths = np.array([*map(len, known), -1], np.int64)  # the last place is that of a missing value
    return _ragged(np.array([*known, b""], np.bytes_)[column.codes], lengths[column.codes])


def _ragged(padded: NDArray[Any], lengths: NDArray[np.int64]) -> Ragged:
    width = padded.dtype.itemsize
    matrix = np.ascontiguousarray(padded).view(np.uint8).reshape(-1, width)
    return Ragged(lengths, matrix[np.arange(width) < lengths[:, None]])


def copied_rows(fields: Sequence[Field]) -> bytes:
    r"""Write n rows of these columns.

    >>> copied_rows([numbers_field(np.array([7])), texts_field(Texts(np.array([0]), ["ab"]))])[:14]
    b'\x00\x02\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x07'
    >>> copied_rows([numbers_field(np.array([7])), texts_field(Texts(np.array([0]), ["ab"]))])[14:]
    b'\x00\x00\x00\x02ab'
    """
    count = len(fields[0].lengths if isinstance(fields[0], Ragged) else fields[0])
    parts: list[Field] = [_repeated(np.array([len(fields)], ">i2"), count)]
    for field in fields:
        if isinstance(field, Ragged):
            parts.append(field.lengths.astype(">i4").view(np.uint8).reshape(-1, 4))
        else:
            parts.append(_repeated(np.array([field.shape[1]], ">i4"), count))
        parts.append(field)
    fixed = [part for part in parts if not isinstance(part, Ragged)]
    return _side_by_side(fixed) if len(fixed) == len(parts) else _interleaved(parts, count).tobytes()


def _repeated(number: NDArray[Any], count: int) -> Bytes:
    return np.broadcast_to(number.view(np.uint8), (count, number.itemsize))


def _side_by_side(parts: Sequence[Bytes]) -> bytes:
    """Put the parts of each row beside one another, each of which has the same number of bytes in all rows."""
    rows = np.empty(len(parts[0]), [(f"part_{i}", f"V{part.shape[1]}") for i, part in enumerate(parts)])
    for i, part in enumerate(parts):
        is_repeated = part.strides[0] == 0
        whole = np.ascontiguousarray(part[:1] if is_repeated else part)
        rows[f"part_{i}"] = whole.view(f"V{part.shape[1]}")[:, 0]
    return rows.tobytes()


def _interleaved(parts: Sequence[Field], count: int) -> Bytes:
    """Put the parts of each row beside one another."""
    lengths = np.empty((count, len(parts)), np.int64)
    for i, part in enumerate(parts):
        lengths[:, i] = np.maximum(part.lengths, 0) if isinstance(part, Ragged) else part.shape[1]
    part_of_byte = np.repeat(np.tile(np.arange(len(parts), dtype=np.uint8), count), lengths.ravel())
    rows = np.empty(len(part_of_byte), np.uint8)
    for i, part in enumerate(parts):
        rows[part_of_byte == i] = part.content if isinstance(part, Ragged) else part.ravel()
    return rows
