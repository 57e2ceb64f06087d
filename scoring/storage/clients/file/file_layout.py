"""Layout of a client file: its beginning, its header, and where each block is.

The file begins with ``PREAMBLE`` bytes: a name by which it is recognised, then where the header is, its sha256 and the
file's size. They are written last, so that a file that was not finished is not recognised. Blocks follow, then the
header. Numbers are little-endian. A file is never changed: a new one replaces it under its name.
"""

import hashlib
import os
import struct
from typing import Literal, NamedTuple

from pydantic import ValidationError

from scoring.errors import ClientTableError
from scoring.model.schema import Frozen, Identity
from scoring.storage.clients.client_store import CLIENT_FILE_BEGINNING

PREAMBLE = 4096
EVERY = 256  # one id in so many is kept in memory
_VERSION = 1
_POINTER = struct.Struct("<16sIQQQ32s")  # name, version, size of the file, offset and size of the header, its sha256


class Block(Frozen):
    """Some bytes of the file, with their CRC-32."""

    offset: int
    size: int
    crc: int


class StoredColumn(Frozen):
    """One column of a table.

    A number is stored as float64 (``width`` 8), or as its position (1 byte) in the column's distinct values. A text is
    stored as its position (1, 2 or 4 bytes) in the column's distinct texts; the largest position means missing.

    Attributes
    ----------
    place : of its first byte in a record.
    count : of distinct values.
    values : the distinct values: float64; or for texts, their ends (uint64), then all in UTF-8. None for ``width`` 8.
    """

    name: str
    kind: Literal["number", "text"]
    width: Literal[1, 2, 4, 8]
    place: int
    count: int
    values: Block | None


class StoredTable(Frozen):
    """Clients in ascending order of their ids, each with one record of ``width`` bytes.

    Attributes
    ----------
    id_width : bytes of a text id, filled up with zeros; 8 for client numbers (int64).
    every : every ``EVERY``-th id, from the first.
    columns : wide numbers first, then numbers of one byte, then texts.
    """

    count: int
    id_width: int
    ids: Block
    every: Block
    width: int
    records: Block
    columns: tuple[StoredColumn, ...]


class StoredSample(Frozen):
    """Records of clients that were drawn at random: the model-ready ones, and those of their applications.

    Attributes
    ----------
    present : one byte a client: 1 if there is an application; its record is all zeros otherwise.
    """

    count: int
    rows: Block
    facts: Block | None
    present: Block | None


class Header(Frozen):
    """What a client file has, and for which model.

    Attributes
    ----------
    fingerprint : of ``StoredSchema``.
    target : name of the column with outcomes; None if the rows have none.
    others : columns of the rows that the model does not read.
    facts : raw applications; of these clients only.
    """

    identity: Identity
    fingerprint: str
    features: tuple[str, ...]
    target: str | None
    others: tuple[str, ...]
    rows: StoredTable
    facts: StoredTable | None
    sample: StoredSample

    def blocks(self) -> dict[str, Block]:
        """Every block by what it holds."""
        found: dict[str, Block] = {}
        for what, table in (("rows", self.rows), ("applications", self.facts)):
            if table is not None:
                found |= {f"ids of the {what}": table.ids, f"index of the {what}": table.every, what: table.records}
                found |= {f"values of {one.name} ({what})": one.values for one in table.columns if one.values}
        sample = {"sample": self.sample.rows, "applications of the sample": self.sample.facts}
        sample["clients of the sample"] = self.sample.present
        return found | {what: block for what, block in sample.items() if block}


class Pointer(NamedTuple):
    """What the preamble says: the file's size, and where the header is."""

    size: int
    offset: int
    length: int
    digest: bytes


def write_preamble(size: int, offset: int, header: bytes) -> bytes:
    """Write the first bytes of a finished file."""
    digest = hashlib.sha256(header).digest()
    return _POINTER.pack(CLIENT_FILE_BEGINNING, _VERSION, size, offset, len(header), digest)


def read_header(file: int, name: str) -> Header:
    """Read and check the header of an open file.

    Raises
    ------
    ClientTableError
        It is no client file, is cut short or damaged, or another release wrote it.
    """
    beginning = os.pread(file, _POINTER.size, 0)
    if not beginning.startswith(CLIENT_FILE_BEGINNING) or len(beginning) < _POINTER.size:
        raise ClientTableError(
            f"{name}: is not a client file, or was not written to its end\nName a client file, or make one under "
            "another name: python -m scoring load-clients FEATURES --to NEW_FILE"
        )
    _, version, *place = _POINTER.unpack(beginning)
    if version != _VERSION:
        raise ClientTableError(
            f"{name}: is a client file of version {version}, expected {_VERSION}\n{_make_again(name)}"
        )
    pointer, size = Pointer(*place), os.fstat(file).st_size
    if size != pointer.size:
        raise ClientTableError(
            f"{name}: has {size} bytes, expected {pointer.size}: it was cut short or changed\n{_make_again(name)}"
        )
    inside = pointer.offset + pointer.length <= size
    content = os.pread(file, pointer.length, pointer.offset) if inside else b""
    if hashlib.sha256(content).digest() != pointer.digest:
        raise ClientTableError(f"{name}: its header is damaged\n{_make_again(name)}")
    try:
        return Header.model_validate_json(content)
    except ValidationError as error:
        raise ClientTableError(f"{name}: its header has {error.error_count()} errors\n{_make_again(name)}") from None


def _make_again(name: str) -> str:
    return f"Make it again: python -m scoring load-clients FEATURES --to {name}"
