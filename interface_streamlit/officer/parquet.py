"""Reads a Parquet file in a process of its own, since a small file can unpack to gigabytes, or crash what reads it.

The process has a limit on memory and time. It looks at the file's own description first, and stops once the values
become too many. It writes JSON: the columns, or the key of a text that says why the file is refused.
"""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_COLUMNS = 5000
MOST_UNPACKED = 64 * 2**20  # bytes, as many as of a CSV file
_MEMORY = 2 * 2**30  # bytes of address space, of which the libraries take a part
_SECONDS = 60
_MOST_WHOLE = 2**53  # up to which a float holds every whole number
Json = dict[str, Any]


def read_parquet(content: bytes, most_rows: int) -> Json:
    """Read a file: ``columns`` with their values, or ``reason`` (key of a text) and ``values`` to fill in."""
    command = [sys.executable, "-m", "officer.parquet", str(most_rows)]
    try:
        done = subprocess.run(  # noqa: S603 (this module itself)
            command, input=content, capture_output=True, timeout=_SECONDS, cwd=Path(__file__).parents[1], check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return _refuse("upload.parquet_unreadable")
    result: Json = json.loads(done.stdout)
    return result


class _Refused(Exception):
    """The file is refused, for a reason with its values."""


def _refuse(reason: str, **values: object) -> Json:
    return {"reason": reason, "values": values}


def _read(content: bytes, most_rows: int) -> Json:
    if content.endswith(b"PARE"):
        return _refuse("upload.parquet_encrypted")
    try:
        return {"columns": _read_columns(content, most_rows)}
    except _Refused as refused:
        return _refuse(*refused.args[:1], **refused.args[1])
    except MemoryError:
        return _refuse("upload.parquet_unpacked", most=MOST_UNPACKED // 2**20)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        encrypted = "crypt" in str(error)  # the footer is readable, columns are not
        return _refuse("upload.parquet_encrypted" if encrypted else "upload.parquet_unreadable")


def _read_columns(content: bytes, most_rows: int) -> dict[str, list[Any]]:
    schema = pq.read_schema(pa.BufferReader(content))
    texts = [field.name for field in schema if _is_text(field.type)]
    # Texts stay in their dictionaries: a long one that is repeated is there once.
    file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
    names = _check_description(file.metadata, schema, most_rows)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    rows = unpacked = 0
    for batch in file.iter_batches(batch_size=500, columns=names, use_threads=False):
        rows, unpacked = rows + len(batch), unpacked + sum(map(_count_bytes, batch.columns))
        _check_size(rows, unpacked, most_rows)
        for name, array in zip(names, batch.columns, strict=True):
            columns[name] += _values(array)
    return _list_counted_levels(schema, rows) | columns


def _list_counted_levels(schema: pa.Schema, rows: int) -> dict[str, list[Any]]:
    """Columns that pandas describes instead of writing them: a named index of consecutive numbers."""
    levels = (schema.pandas_metadata or {}).get("index_columns", [])
    counted = [level for level in levels if isinstance(level, dict) and level.get("name") is not None]
    columns = {str(one["name"]): range(one["start"], one["stop"], one["step"]) for one in counted}
    return {name: list(numbers) for name, numbers in columns.items() if len(numbers) == rows}


def _check_description(described: pq.FileMetaData, schema: pa.Schema, most_rows: int) -> list[str]:
    """Check what the file says about itself; return the names of its columns without unnamed index levels."""
    if len(schema) > MOST_COLUMNS:
        raise _Refused("upload.parquet_columns", {"columns": len(schema), "most": MOST_COLUMNS})
    unpacked = sum(described.row_group(i).total_byte_size for i in range(described.num_row_groups))
    _check_size(described.num_rows, unpacked, most_rows)
    names = [name for name in schema.names if not (name.startswith("__index_level_") and name.endswith("__"))]
    if duplicates := sorted({name for name in names if names.count(name) > 1}):
        raise _Refused("upload.duplicates", {"columns": ", ".join(map(repr, duplicates))})
    if odd := [f"{name} ({schema.field(name).type})" for name in names if not _is_plain(schema.field(name).type)]:
        raise _Refused("upload.parquet_nested", {"columns": ", ".join(odd[:10])})
    return names


def _check_size(rows: int, unpacked: int, most_rows: int) -> None:
    if rows > most_rows:
        raise _Refused("upload.size", {"rows": rows, "most": most_rows})
    if unpacked > MOST_UNPACKED:
        raise _Refused("upload.parquet_unpacked", {"most": MOST_UNPACKED // 2**20})


def _is_text(kind: pa.DataType) -> bool:
    return _is_one_of(kind, "string", "large_string", "string_view", "binary", "large_binary")


def _is_time(kind: pa.DataType) -> bool:
    return _is_one_of(kind, "timestamp", "date", "time")


def _is_plain(kind: pa.DataType) -> bool:
    return _is_text(kind) or _is_time(kind) or _is_one_of(kind, "integer", "floating", "decimal", "boolean", "null")


def _is_one_of(kind: pa.DataType, *names: str) -> bool:
    """Whether a type, or the type of a dictionary's values, has one of Arrow's names."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def _count_bytes(array: pa.Array) -> int:
    """Count the bytes of the values, each text as often as it occurs."""
    if pa.types.is_dictionary(array.type) and _is_text(array.type):
        return pc.sum(pc.take(pc.binary_length(array.dictionary), array.indices)).as_py() or 0
    return int(array.nbytes)


def _values(array: pa.Array) -> Iterator[Any]:
    """Values as JSON has them; a date or time becomes a text."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if _is_one_of(array.type, "binary", "large_binary") or _is_time(array.type):
        array = array.cast(pa.string())
    return map(_plain, array.to_pylist())


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < _MOST_WHOLE
        return int(value) if whole else value if math.isfinite(value) else None
    return value


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # this system has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    _limit_memory()
    json.dump(_read(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)
