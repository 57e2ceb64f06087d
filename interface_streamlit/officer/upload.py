"""A file of applications: read, sent in requests within the API's limits, faulty rows told from the others."""

import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from officer.api import Faulty, Json, TooMuch
from officer.model import Model

MOST_ROWS = 10_000
MOST_RECORDS = 1000  # of one request to the API
MOST_BYTES = 8 * 2**20 - 1024  # the same, with room for what stands around the records
MOST_FAULTS = 1000  # that one answer of the API lists
# Words that stand for a missing value, as in the tables that models are trained on; of a number, "None" too.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
Send = Callable[[str, bytes], Json]


class UnreadableFile(Exception):
    """The file is no table; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, by its number there, with the answer or the faults."""

    number: int
    client_id: Any
    decision: Json | None = None
    faults: tuple[Json, ...] = field(default=())


def read_file(content: bytes, name: str) -> pd.DataFrame:
    """Read CSV (commas, semicolons or tabs) or Parquet; texts stay as they are. Raises UnreadableFile."""
    try:
        if name.lower().endswith(".parquet"):
            return pd.read_parquet(io.BytesIO(content))
        head = content[:100_000].decode("utf-8-sig", errors="strict" if len(content) <= 100_000 else "ignore")
        line = head.splitlines()[0] if head else ""
        separator = max(",;\t", key=line.count)
        return pd.read_csv(
            io.BytesIO(content), sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig", decimal="."
        )
    except (ValueError, OSError) as error:  # pandas' and pyarrow's own errors are among these
        raise UnreadableFile(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def first_row(name: str) -> int:
    """Return the first row's number as a spreadsheet shows it: below the names of the columns."""
    return 1 if name.lower().endswith(".parquet") else 2


def unknown_columns(frame: pd.DataFrame, model: Model) -> list[str]:
    """Columns that are no field of an application, nor the client's number."""
    return [str(name) for name in frame.columns if name not in model.fields and name != model.identity]


def records_of(frame: pd.DataFrame, model: Model) -> list[Json]:
    """Applications as the API takes them: numbers as numbers, what is empty left out."""
    known = [name for name in frame.columns if name in model.fields or name == model.identity]
    columns = {str(name): _values(frame[name], _is_text(str(name), model)) for name in known}
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        for row in (zip(*columns.values(), strict=True) if columns else ([()] * len(frame)))
    ]


def _is_text(name: str, model: Model) -> bool:
    return model.fields[name].type == "category" if name in model.fields else model.text_ids


def _values(column: "pd.Series[Any]", is_text: bool) -> list[Any]:
    """Values of a column; a cell that is no number stays the text that it is, for the API to name."""
    words = MISSING if is_text else MISSING | {"None"}
    given = [None if _is_empty(value, words) else value for value in column.tolist()]
    typed = _text if is_text else _number
    return [None if value is None else typed(value) for value in given]


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else _plain(value)


def _is_empty(value: Any, words: Collection[str]) -> bool:
    if isinstance(value, str):
        return value.strip() in words
    return value is None or value is pd.NA or bool(value != value)


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return _plain(value)
    try:
        number = float(value)
    except ValueError:
        return value
    # "nan", "inf" and "1_000" are no numbers of a file's
    if number - number != 0 or "_" in value:
        return value
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _plain(value: Any) -> Any:
    """Turn what Parquet holds into what JSON can hold."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and value - value == 0:
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return str(value)


def score_all(records: Sequence[Json], first: int, identity: str | None, send: Send) -> Iterator[list[Row]]:
    """Score applications in as many requests as it takes; yields the rows of each. Raises ApiError.

    Parameters
    ----------
    first : number of the first row.
    send : posts a body to a path of the API; raises Faulty or TooMuch.
    """
    rows = [
        (number, record.get(identity) if identity else None, json.dumps(record, allow_nan=False).encode())
        for number, record in enumerate(records, first)
    ]
    for chunk in chunks(rows):
        yield sorted(_scored(chunk, send), key=lambda row: row.number)


Encoded = tuple[int, Any, bytes]


def chunks(rows: Sequence[Encoded]) -> Iterator[list[Encoded]]:
    """Cut rows into requests that the API takes.

    >>> [len(chunk) for chunk in chunks([(i, None, b"{}") for i in range(2500)])]
    [1000, 1000, 500]
    """
    chunk: list[Encoded] = []
    size = 0
    for row in rows:
        if chunk and (len(chunk) == MOST_RECORDS or size + len(row[2]) + 1 > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += len(row[2]) + 1
    if chunk:
        yield chunk


def _scored(chunk: list[Encoded], send: Send) -> Iterator[Row]:
    """Score a chunk: the rows that the API names as faulty are taken out, and the others sent again."""
    while chunk:
        body = b'{"applications":[' + b",".join(row[2] for row in chunk) + b"]}"
        try:
            answer = send("/predict", body)
        except Faulty as error:
            faults = _by_record(error.errors)
            if len(error.errors) >= MOST_FAULTS:  # there may be more; how each record is read tells all
                reports = send("/data", body)["records"]
                faults = {place: report["faults"] for place, report in enumerate(reports) if report["faults"]}
            if not faults:
                raise
            for place, found in faults.items():
                yield Row(chunk[place][0], chunk[place][1], faults=tuple(found))
            chunk = [row for place, row in enumerate(chunk) if place not in faults]
        except TooMuch as error:
            if len(chunk) == 1:
                yield Row(chunk[0][0], chunk[0][1], faults=({"field": "", "received": None, "expected": str(error)},))
                return
            half = len(chunk) // 2
            yield from _scored(chunk[:half], send)
            chunk = chunk[half:]
        else:
            for row, decision in zip(chunk, answer["predictions"], strict=True):
                yield Row(row[0], row[1], decision)
            return


def _by_record(errors: Sequence[Json]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = {}
    for fault in errors:
        if isinstance(fault.get("record"), int):
            found.setdefault(fault["record"], []).append(fault)
    return found
