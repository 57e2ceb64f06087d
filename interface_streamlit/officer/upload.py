"""Reads a file of applications and scores it in requests within the API's limits; invalid rows do not stop the rest."""

import io
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from officer.api import InvalidApplication, Json, TooLarge
from officer.model import Model

MOST_ROWS = 10_000
MOST_RECORDS = 1000  # of one request to the API
MOST_BYTES = 8 * 2**20 - 1024  # of one request, with room for the JSON around the records
MOST_ERRORS = 1000  # in one answer of the API
# Texts that mark a missing value, as in the tables that models are trained on; in a column of numbers "None", too.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})
Send = Callable[[str, bytes], Json]


class UnreadableFile(Exception):
    """The file cannot be read as a table; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, by its number there, with its decision or its errors."""

    number: int
    client_id: Any
    decision: Json | None = None
    errors: tuple[Json, ...] = field(default=())


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
    """Give the number of the first row as a spreadsheet shows it, below the column names."""
    return 1 if name.lower().endswith(".parquet") else 2


def find_unknown_columns(frame: pd.DataFrame, model: Model) -> list[str]:
    """List the columns that are neither a field of an application nor the client number."""
    return [str(name) for name in frame.columns if name not in model.fields and name != model.identity]


def build_records(frame: pd.DataFrame, model: Model) -> list[Json]:
    """Applications as the API takes them: numbers as numbers, without the missing values."""
    known = [name for name in frame.columns if name in model.fields or name == model.identity]
    columns = {str(name): _values(frame[name], _is_text(str(name), model)) for name in known}
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        for row in (zip(*columns.values(), strict=True) if columns else ([()] * len(frame)))
    ]


def _is_text(name: str, model: Model) -> bool:
    return model.fields[name].type == "category" if name in model.fields else model.text_ids


def _values(column: "pd.Series[Any]", is_text: bool) -> list[Any]:
    """Values of a column; an invalid number stays a text, so that the API lists it as an error."""
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
    # Python reads "nan", "inf" and "1_000" as numbers; in a file they are errors
    if number - number != 0 or "_" in value:
        return value
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _plain(value: Any) -> Any:
    """Turn a value of Parquet into one of JSON."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and value - value == 0:
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return str(value)


def score_all(records: Sequence[Json], first: int, identity: str | None, send: Send) -> Iterator[list[Row]]:
    """Score applications in several requests; yields the rows of each. Raises ApiError.

    Parameters
    ----------
    first : number of the first row.
    send : posts a body to a path of the API; raises InvalidApplication or TooLarge.
    """
    rows = [
        (number, record.get(identity) if identity else None, json.dumps(record, allow_nan=False).encode())
        for number, record in enumerate(records, first)
    ]
    for chunk in split_requests(rows):
        yield sorted(_scored(chunk, send), key=lambda row: row.number)


Encoded = tuple[int, Any, bytes]


def split_requests(rows: Sequence[Encoded]) -> Iterator[list[Encoded]]:
    """Split rows into requests within the API's limits.

    >>> [len(chunk) for chunk in split_requests([(i, None, b"{}") for i in range(2500)])]
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
    """Score a chunk: rows with errors are taken out, and the others are sent again."""
    while chunk:
        body = b'{"applications":[' + b",".join(row[2] for row in chunk) + b"]}"
        try:
            answer = send("/predict", body)
        except InvalidApplication as error:
            errors = _group_by_record(error.errors)
            if len(error.errors) >= MOST_ERRORS:  # there may be more; the report on each record has all
                reports = send("/data", body)["records"]
                errors = {place: report["errors"] for place, report in enumerate(reports) if report["errors"]}
            if not errors:
                raise
            for place, found in errors.items():
                yield Row(chunk[place][0], chunk[place][1], errors=tuple(found))
            chunk = [row for place, row in enumerate(chunk) if place not in errors]
        except TooLarge as error:
            if len(chunk) == 1:
                yield Row(chunk[0][0], chunk[0][1], errors=({"field": "", "received": None, "expected": str(error)},))
                return
            half = len(chunk) // 2
            yield from _scored(chunk[:half], send)
            chunk = chunk[half:]
        else:
            for row, decision in zip(chunk, answer["predictions"], strict=True):
                yield Row(row[0], row[1], decision)
            return


def _group_by_record(errors: Sequence[Json]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = {}
    for error in errors:
        if isinstance(error.get("record"), int):
            found.setdefault(error["record"], []).append(error)
    return found
