"""Check every byte of a client file."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

from scoring.errors import ClientsUnavailable, ClientTableError, list_some
from scoring.storage.clients.file.file_layout import Block, Header, read_header
from scoring.storage.clients.file.stored_records import OpenedFile

_PIECE = 1 << 22


def verify_client_file(path: Path, on_bytes: Callable[[int], None]) -> Header:
    """Compare every block with its checksum.

    Parameters
    ----------
    on_bytes : called with the number of bytes that were read since the last call.

    Raises
    ------
    ClientTableError
        It is no client file, or is damaged; the message names what.
    """
    try:
        file = OpenedFile(path)
        header = read_header(file.number, os.fspath(path))
    except OSError as error:
        raise ClientTableError(f"{path}: cannot be read ({error.strerror})\nCheck its name and permissions.") from None
    try:
        damaged = [what for what, block in header.blocks().items() if _checksum(file, block, on_bytes) != block.crc]
    except ClientsUnavailable as error:
        raise ClientTableError(f"{path}: {error}\nCopy it again, or load the clients again.") from None
    if damaged:
        raise ClientTableError(
            f"{path}: damaged: {list_some(damaged)}\nCopy it again from where it was made, or load the clients again."
        )
    return header


def _checksum(file: OpenedFile, block: Block, on_bytes: Callable[[int], None]) -> int:
    crc = 0
    for start in range(0, block.size, _PIECE):
        piece = file.read(block.offset + start, min(_PIECE, block.size - start))
        crc = zlib.crc32(piece, crc)
        on_bytes(len(piece))
    return crc
