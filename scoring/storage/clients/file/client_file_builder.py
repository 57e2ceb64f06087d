"""Write a client file: all of it beside the file that it replaces, then put it in place in one step."""

import errno
import fcntl
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientTableError, DataError
from scoring.storage.clients.client_store import draw_sample
from scoring.storage.clients.file.column_codes import ColumnCodes, NumberCodes, TextCodes
from scoring.storage.clients.file.file_layout import (
    EVERY,
    PREAMBLE,
    Block,
    Header,
    StoredColumn,
    StoredSample,
    StoredTable,
    write_preamble,
)
from scoring.storage.clients.file.record_writer import RecordWriter, as_bytes
from scoring.storage.clients.loading.client_cells import IdOrder
from scoring.storage.clients.loading.client_source import ClientSource
from scoring.storage.clients.open_clients import is_client_file

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK = "lock"


class Written(NamedTuple):
    """What was written: clients, those of them with an application, and bytes."""

    clients: int
    applications: int
    size: int


def write_client_file(target: Path, source: ClientSource, on_clients: Callable[[int], None]) -> Written:
    """Write all clients of a source into a client file, or nothing.

    A file that is there already is served until the new one is complete, and then replaced in one step.

    Parameters
    ----------
    on_clients : called with the number of clients that were read since the last call.

    Raises
    ------
    ClientTableError
        The clients cannot be used.
    DataError
        The file cannot be written; the message says why.
    """
    refuse_other_files(target)
    try:
        with _scratch_folder(target) as scratch:
            made = scratch / target.name
            with made.open("w+b") as file:
                written = _Writer(file, scratch).write(source, on_clients)
                file.flush()
                os.fsync(file.fileno())
            made.replace(target)
            _sync_folder(target.parent)
    except OSError as error:
        what = "the disk is full" if error.errno in _FULL else f"cannot be written ({error.strerror})"
        raise DataError(
            f"{target}: {what}\nNothing was changed. A new file is written beside the former one, and up to its "
            "size more while it is sorted: free as much, or choose another place."
        ) from None
    return written


def refuse_other_files(target: Path) -> None:
    """Raise DataError where no client file can be written: there is no folder, or another file."""
    if not target.parent.is_dir():
        raise DataError(f"{target}: its folder does not exist\nMake the folder, or choose another one.")
    if target.exists() and not is_client_file(target):
        raise DataError(f"{target}: exists, and is not a client file\nChoose another name, or remove it first.")


@contextmanager
def _scratch_folder(target: Path) -> Iterator[Path]:
    """Make a folder beside the target, and remove it in the end; what a killed run has left is removed first."""
    folder = target.with_name(f".{target.name}.loading")
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{target}: another command is loading it\nWait for its end, or stop it.") from None
        try:
            for left in folder.iterdir():
                if left.name != _LOCK:
                    left.unlink()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Make a renaming durable."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class _Writer:
    """Writes one file, block by block."""

    def __init__(self, file: IO[bytes], scratch: Path) -> None:
        self._file, self._scratch = file, scratch
        self._end = PREAMBLE

    def write(self, source: ClientSource, on_clients: Callable[[int], None]) -> Written:
        schema = source.schema
        numbers = [*schema.features, *([schema.target] if source.has_outcomes else [])]
        columns: list[ColumnCodes] = [*map(NumberCodes, numbers), *map(TextCodes, source.others)]
        with RecordWriter(self._file, self._end, columns, self._scratch) as records:
            for batch in source.rows():
                outcomes = [] if batch.outcomes is None else [batch.outcomes]
                records.append([*batch.columns, *outcomes, *batch.others.values()])
                on_clients(len(batch.client_ids))
            ids, order = source.order_of_rows()
            drawn = draw_sample(len(ids))
            rows, sampled = self._table(records, ids, order, drawn)
        sample = StoredSample(count=len(drawn), rows=self._block(as_bytes(sampled)), facts=None, present=None)
        facts = None
        if source.has_facts:
            facts, sample = self._facts(source, ids, sample, drawn, on_clients)
        header = Header(
            identity=schema.identity,
            fingerprint=schema.fingerprint,
            features=schema.features,
            target=schema.target if source.has_outcomes else None,
            others=source.others,
            rows=rows,
            facts=facts,
            sample=sample,
        )
        self._finish(header)
        return Written(len(ids), facts.count if facts else 0, self._end)

    def _facts(
        self,
        source: ClientSource,
        clients: NDArray[Any],
        sample: StoredSample,
        drawn: NDArray[np.intp],
        on_clients: Callable[[int], None],
    ) -> tuple[StoredTable, StoredSample]:
        fields = source.schema.fields
        is_text = {field.name: field.type == "category" for field in fields}
        columns: list[ColumnCodes] = [TextCodes(name) if text else NumberCodes(name) for name, text in is_text.items()]
        with RecordWriter(self._file, self._end, columns, self._scratch) as records:
            kept = IdOrder(source.schema.identity)
            for batch in source.facts():
                chosen = batch.take(_find(batch.client_ids, clients) >= 0)
                kept.add(chosen.client_ids)
                records.append([(chosen.texts if text else chosen.numbers)[name] for name, text in is_text.items()])
                on_clients(len(batch.client_ids))
            if not len(kept):
                raise ClientTableError(
                    f"{source.applications}: none of its applications is of one of these clients\n"
                    "Take the table of the same clients' applications."
                )
            ids, order, _ = kept.sort()
            places = _find(clients[drawn], ids)
            present = places >= 0
            table, found = self._table(records, ids, order, places[present])
        sampled = np.zeros(len(drawn), found.dtype)
        sampled[present] = found
        blocks = {"facts": self._block(as_bytes(sampled)), "present": self._block(as_bytes(present))}
        return table, sample.model_copy(update=blocks)

    def _table(
        self, records: RecordWriter, ids: NDArray[Any], order: NDArray[np.intp] | None, wanted: NDArray[np.intp]
    ) -> tuple[StoredTable, NDArray[Any]]:
        """Finish a table, whose records were written at the end of the file; give those at the places ``wanted``."""
        records.sort(order)
        block = records.block()
        self._end += block.size
        kind, stored = records.record_type, ids if ids.dtype.kind == "S" else ids.astype("<i8", copy=False)
        found = np.array(records.stored()[wanted])
        self._file.seek(self._end)
        table = StoredTable(
            count=len(ids),
            id_width=stored.dtype.itemsize,
            ids=self._block(as_bytes(stored)),
            every=self._block(as_bytes(stored[::EVERY])),
            width=kind.itemsize,
            records=block,
            columns=tuple(self._column(records.columns[int(name)], kind, name) for name in kind.names or ()),
        )
        return table, found

    def _column(self, codes: ColumnCodes, kind: np.dtype[Any], name: str) -> StoredColumn:
        place = 0 if kind.fields is None else kind.fields[name][1]
        return StoredColumn.model_validate(
            {
                "name": codes.name,
                "kind": "number" if isinstance(codes, NumberCodes) else "text",
                "width": codes.width,
                "place": place,
                "count": codes.count if codes.width != 8 else 0,
                "values": self._block(codes.dictionary()) if codes.width != 8 else None,
            }
        )

    def _block(self, content: bytes | memoryview) -> Block:
        """Write bytes at the end of the file."""
        block = Block(offset=self._end, size=len(content), crc=zlib.crc32(content))
        self._file.write(content)
        self._end += block.size
        return block

    def _finish(self, header: Header) -> None:
        content = header.model_dump_json().encode()
        offset = self._block(content).offset
        self._file.flush()
        os.fsync(self._file.fileno())  # the first bytes must not reach the disk before the rest
        self._file.seek(0)
        self._file.write(write_preamble(self._end, offset, content))


def _find(wanted: NDArray[Any], among: NDArray[Any]) -> NDArray[np.intp]:
    """Find places in an ascending array; -1 where a value is not in it.

    >>> _find(np.array([5, 2, 9]), np.array([2, 5])).tolist()
    [1, 0, -1]
    """
    places = np.searchsorted(among, wanted)
    inside = np.minimum(places, len(among) - 1)
    return np.where(among[inside] == wanted, inside, -1)
