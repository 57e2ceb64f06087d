"""A table of raw applications, a few ten thousand rows at a time; each is read by the reader of whole tables."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from scoring.errors import DataError
from scoring.tables.files import UNREADABLE, TableFiles, is_parquet, open_unpacked

CHUNK = 65_536  # rows that are read together
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Chunk(NamedTuple):
    """Some rows of a file.

    Attributes
    ----------
    file : that they come from.
    before : number of the file's rows before them.
    table : where they stand now, alone.
    """

    file: Path
    before: int
    table: TableFiles


def divide(files: tuple[Path, ...], scratch: Path, *, whole: bool = False) -> Iterator[Chunk]:
    """Divide files into chunks; each is valid until the next one.

    Parameters
    ----------
    whole : leave each file as it is.

    Raises
    ------
    DataError
        A file cannot be read.
    """
    for file in files:
        try:
            yield from (
                [_whole(file)] if whole else _parquet(file, scratch) if is_parquet(file) else _text(file, scratch)
            )
        except (*UNREADABLE, pa.ArrowException) as error:
            reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            raise DataError(f"{file}: cannot be read ({reason})\nExpected a whole file; write it again.") from None


def _whole(file: Path) -> Chunk:
    return Chunk(file, 0, TableFiles(file, file.name, (file,), is_parquet(file)))


def _parquet(file: Path, scratch: Path) -> Iterator[Chunk]:
    with pq.ParquetFile(file) as opened:
        if opened.metadata.num_rows <= CHUNK:
            yield _whole(file)
            return
        before, alone = 0, scratch / f"chunk-{file.name}"
        for batch in opened.iter_batches(CHUNK):
            pq.write_table(pa.Table.from_batches([batch]), alone, compression="none")
            yield Chunk(file, before, TableFiles(file, file.name, (alone,), parquet=True))
            before += batch.num_rows
    alone.unlink(missing_ok=True)


def _text(file: Path, scratch: Path) -> Iterator[Chunk]:
    with open_unpacked(file) as opened:
        lines = io.BufferedReader(opened, 1 << 20) if isinstance(opened, io.RawIOBase) else opened
        header = lines.readline()
        if header[:2] in _UTF_16:  # a line does not end where this byte is
            yield _whole(file)
            return
        before, alone, content = 0, scratch / f"chunk-{file.name}.csv", _take(lines)
        while content:
            following = _take(lines)
            if not before and not following:
                yield _whole(file)
                return
            alone.write_bytes(header + b"".join(content))
            yield Chunk(file, before, TableFiles(file, file.name, (alone,), parquet=False))
            before, content = before + len(content), following
    alone.unlink(missing_ok=True)


def _take(lines: "io.BufferedReader | Iterator[bytes]") -> list[bytes]:
    """Take the next rows, each with the line breaks in its quoted cells."""
    rows: list[bytes] = []
    beginning = b""
    for line in lines:
        row = beginning + line
        beginning = row if row.count(b'"') % 2 else b""
        if not beginning:
            rows.append(row)
            if len(rows) == CHUNK:
                break
    return [*rows, beginning] if beginning else rows
