"""Whether a SQLite file lost its end: a copy that broke off, or a full disk, may have cut it.

SQLite itself notices this where there is no write-ahead log. With a log, it would write on, and spread the damage. So
the log is read before SQLite opens anything. The database's own file is never opened here: a process that closes it
gives up all locks on it, also those of its connections.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER, _FRAME_HEADER = 32, 24  # bytes (https://www.sqlite.org/fileformat2.html, section 4.1)


def count_missing(path: Path) -> tuple[int, int]:
    """Count the pages that neither the file nor its write-ahead log has, and all pages; zeros without a log."""
    try:
        with path.with_name(f"{path.name}-wal").open("rb") as log:
            header = log.read(_HEADER)
            size = int.from_bytes(header[8:12], "big")
            frames = [*_read_frames(log, header[16:24], size)] if size else []
    except FileNotFoundError:
        return 0, 0
    pages = next((count for _, count in reversed(frames) if count), 0)
    # The file's size is read last: a page leaves the log only once it is in the file.
    there = path.stat().st_size // size if size else 0
    return len({*range(there + 1, pages + 1)} - {page for page, _ in frames}), pages


def _read_frames(log: BinaryIO, salts: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Read the number of each page, and the size of the database in pages where a frame ends a commit.

    The frames end where one has other salts than the header: it is of a former round, as all that follow. Another
    process may write meanwhile, so that frames of this round are read after a frame that was not yet written.
    """
    while len(frame := log.read(_FRAME_HEADER)) == _FRAME_HEADER and frame[8:16] == salts:
        yield int.from_bytes(frame[:4], "big"), int.from_bytes(frame[4:8], "big")
        log.seek(size, os.SEEK_CUR)
