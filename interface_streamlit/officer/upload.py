"""Reads a file of applications and scores it in requests within the API's limits; invalid rows do not stop the rest."""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from officer.api import InvalidApplication, Json, TooLarge, UnusableAnswer
from officer.contract import Decision, Fault, FieldError, Inspection
from officer.model import Model
from officer.number_form import AmbiguousNumber, Cell, DecimalMark, find_decimal_mark, parse_number
from officer.parquet import read_parquet

MOST_ROWS = 10_000
MOST_RECORDS = 1000  # of one request to the API
MOST_BYTES = 8 * 2**20 - 1024  # of one request, with room for the JSON around the records
MOST_ERRORS = 1000  # in one answer of the API
# Texts that mark a missing value, as in the tables that models are trained on; in a column of numbers "None", too.
MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>"})


class UnreadableFile(Exception):
    """The file cannot be read as a table.

    Parameters
    ----------
    reason : key of the text that gives the reason.
    values : to fill in.
    """

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(f"{reason} {values}")
        self.reason, self.values = reason, values


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read: cells of a CSV file as texts.

    Attributes
    ----------
    row_numbers : of the rows in the file, as a spreadsheet shows them.
    separator : of the columns; empty for Parquet.
    """

    frame: pd.DataFrame
    row_numbers: list[int]
    separator: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, by its number there, with its decision or its errors."""

    number: int
    client_id: Any
    decision: Decision | None = None
    errors: tuple[FieldError, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Scoring:
    """What posts bodies of several applications to the API; both raise ApiError."""

    predict: Callable[[bytes], Sequence[Decision]]
    inspect: Callable[[bytes], Sequence[Inspection]]


def read_file(content: bytes, name: str) -> Table:
    """Read CSV (commas, semicolons or tabs) or Parquet; texts stay as they are. Raises UnreadableFile."""
    if content.startswith(b"PAR") or name.lower().endswith((".parquet", ".pq")):
        return _read_parquet(content)
    text = _decode(content)
    separator = max(",;\t", key=(text.splitlines() or [""])[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(number, cells) for number, cells in enumerate(reader, 1) if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise UnreadableFile("upload.unreadable", detail=str(error)) from error
    if not lines:
        raise UnreadableFile("upload.empty")
    header = lines[0][1]
    width = len(header)
    if duplicates := sorted({one for one in header if header.count(one) > 1}):
        raise UnreadableFile("upload.duplicates", columns=", ".join(map(repr, duplicates)))
    for number, cells in lines[1:]:
        if any(cell.strip() for cell in cells[width:]):  # values may belong to other columns than the names above them
            raise UnreadableFile("upload.surplus", row=number, columns=width)
    rows = [[*cells[:width], *[""] * (width - len(cells))] for _, cells in lines[1:]]
    return Table(pd.DataFrame(rows, columns=header, dtype=object), [number for number, _ in lines[1:]], separator)


def _read_parquet(content: bytes) -> Table:
    read = read_parquet(content, MOST_ROWS)
    if "reason" in read:
        raise UnreadableFile(read["reason"], **read["values"])
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in read["columns"].items()})
    return Table(frame, list(range(1, len(frame) + 1)))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("upload.not_utf8") from None


def find_unknown_columns(frame: pd.DataFrame, model: Model) -> list[str]:
    """List the columns that are neither a field of an application nor the client number."""
    return [str(name) for name in frame.columns if name not in model.fields and name != model.identity]


def build_records(table: Table, model: Model) -> list[Json]:
    """Applications as the API takes them: numbers as numbers, without the missing values.

    Raises
    ------
    UnreadableFile
        Where a number of the file can mean two things.
    """
    frame = table.frame
    known = [name for name in frame.columns if name in model.fields or name == model.identity]
    numbers = [name for name in known if not _is_text(str(name), model)]
    mark = _find_decimal_mark(table, numbers)
    columns = {str(name): _values(frame[name], mark if name in numbers else None) for name in known}
    return [
        {name: value for name, value in zip(columns, row, strict=True) if value is not None}
        for row in (zip(*columns.values(), strict=True) if columns else ([()] * len(frame)))
    ]


def _is_text(name: str, model: Model) -> bool:
    return model.fields[name].type == "category" if name in model.fields else model.text_ids


def _find_decimal_mark(table: Table, numbers: Sequence[str]) -> DecimalMark:
    cells = (
        Cell(row, str(name), value)
        for name in numbers
        for row, value in zip(table.row_numbers, table.frame[name].tolist(), strict=True)
        if isinstance(value, str)
    )
    try:
        return find_decimal_mark(cells, table.separator)
    except AmbiguousNumber as error:
        (row, column, value), (first, second) = error.cell, error.readings
        raise UnreadableFile(
            "upload.ambiguous", row=row, column=column, value=value, first=first, second=second
        ) from None


def _values(column: "pd.Series[Any]", mark: DecimalMark | None) -> list[Any]:
    """Values of a column of numbers with this decimal mark, or of texts; an invalid number stays a text.

    The API lists invalid numbers as errors.
    """
    words = MISSING if mark is None else MISSING | {"None"}
    given = [None if _is_empty(value, words) else value for value in column.tolist()]
    return [value if value is None else _text(value) if mark is None else _number(value, mark) for value in given]


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else _plain(value)


def _is_empty(value: Any, words: Collection[str]) -> bool:
    if isinstance(value, str):
        return value.strip() in words
    return value is None or value is pd.NA or bool(value != value)


def _number(value: Any, mark: DecimalMark) -> Any:
    number = parse_number(value, mark) if isinstance(value, str) else value
    return value if number is None else _plain(number)


def _plain(value: Any) -> Any:
    """Turn a value of Parquet into one of JSON."""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and value - value == 0:
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return str(value)


# A formula's first sign, also as wide as an ideogram, at the beginning of a text, or behind a sign that a spreadsheet
# with other settings takes for the end of a cell.
_FORMULA = re.compile("(^|[;\t\r\n|])(?=[ \t\u00a0]*[=+@\uff1d\uff0b\uff0d\uff20-]|[\t\r])")


def defuse_formula(cell: Any) -> Any:
    """Keep a spreadsheet from running a text as a formula: an apostrophe makes it a text.

    >>> defuse_formula("=HYPERLINK(1)"), defuse_formula("a;=A1"), defuse_formula("Cash loans; -"), defuse_formula(-1.5)
    ("'=HYPERLINK(1)", "a;'=A1", "Cash loans;' -", -1.5)
    """
    return _FORMULA.sub(r"\1'", cell) if isinstance(cell, str) else cell


def write_csv(table: pd.DataFrame) -> bytes:
    """Write a table for spreadsheets, without formulas."""
    defused = table.map(defuse_formula).rename(columns=defuse_formula)
    return defused.to_csv(index=False).encode("utf-8-sig")  # spreadsheets need the mark


def score_all(
    records: Sequence[Json], row_numbers: Sequence[int], identity: str | None, scoring: Scoring
) -> Iterator[list[Row]]:
    """Score applications in several requests; yields the rows of each. Raises ApiError.

    Parameters
    ----------
    row_numbers : of the records in their file.
    """
    rows = [
        (number, record.get(identity) if identity else None, json.dumps(record, allow_nan=False).encode())
        for number, record in zip(row_numbers, records, strict=True)
    ]
    for chunk in split_requests(rows):
        yield sorted(_scored(chunk, scoring), key=lambda row: row.number)


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


def _scored(chunk: list[Encoded], scoring: Scoring) -> Iterator[Row]:
    """Score a chunk: rows with errors are taken out, and the others are sent again."""
    while chunk:
        body = b'{"applications":[' + b",".join(row[2] for row in chunk) + b"]}"
        try:
            decisions = scoring.predict(body)
        except InvalidApplication as error:
            errors = _group_by_record(error.errors)
            if len(error.errors) >= MOST_ERRORS:  # there may be more; the report on each record has all
                errors = {place: report.errors for place, report in enumerate(scoring.inspect(body)) if report.errors}
            errors = {place: found for place, found in errors.items() if 0 <= place < len(chunk)}
            if not errors:
                raise
            for place, found in errors.items():
                yield Row(chunk[place][0], chunk[place][1], errors=tuple(found))
            chunk = [row for place, row in enumerate(chunk) if place not in errors]
        except TooLarge as error:
            if len(chunk) == 1:
                yield Row(chunk[0][0], chunk[0][1], errors=(FieldError(expected=str(error)),))
                return
            half = len(chunk) // 2
            yield from _scored(chunk[:half], scoring)
            chunk = chunk[half:]
        else:
            if len(decisions) != len(chunk):
                raise UnusableAnswer("POST /predict", Fault("predictions", len(decisions), "count", len(chunk)))
            for row, decision in zip(chunk, decisions, strict=True):
                yield Row(row[0], row[1], decision)
            return


def _group_by_record(errors: Sequence[FieldError]) -> dict[int, Sequence[FieldError]]:
    places = {error.record for error in errors if error.record is not None}
    return {place: [error for error in errors if error.record == place] for place in places}
