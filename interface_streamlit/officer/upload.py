"""Reads a file of applications and scores it in requests within the API's limits; invalid rows do not stop the rest.

The API reads CSV files and Excel workbooks, in the same way as the tables that models are trained on.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from officer.api import InvalidApplication, TooLarge, UnreadableTable, UnusableAnswer
from officer.contract import DecimalMark, Decision, Fault, FieldError, Inspection, Label, Upload, UploadedColumn
from officer.model import Model
from officer.parquet import read_parquet
from officer.texts import text

MOST_ROWS = 10_000
MOST_RECORDS = 1000  # of one request to the API
MOST_MEGABYTES = 8  # of a file that the API reads
MOST_BYTES = MOST_MEGABYTES * 2**20 - 1024  # of one request, with room for the JSON around the records
_NAMED = 10  # columns of a refusal
MOST_ERRORS = 1000  # in one answer of the API
_IMPUTED = "history_imputed"  # code of a warning


class Encoded(NamedTuple):
    """A row of a file: its line, the client ID, and the application as JSON."""

    line: int
    client_id: Any
    application: bytes


@dataclass(frozen=True, slots=True)
class Table:
    """A file as read.

    Attributes
    ----------
    notes : how the file is written, and what was unusual, besides the columns.
    columns : those that are read, in the order of the file.
    unknown : columns that are not a field of an application; ``""`` for a column without a name.
    similar : the field that an unknown column may be, misspelled, by column.
    """

    notes: Sequence[Label]
    columns: Sequence[UploadedColumn]
    unknown: Sequence[str]
    rows: Sequence[Encoded]
    similar: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file cannot be read.

    Attributes
    ----------
    cell : a number that can mean two, with its ``readings`` by decimal mark; else empty.
    """

    text: Label
    cell: str = ""
    readings: Mapping[DecimalMark, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, by its line, with its decision or its errors."""

    line: int
    client_id: Any
    decision: Decision | None = None
    errors: tuple[FieldError, ...] = field(default=())

    @property
    def history_imputed(self) -> bool:
        """Whether the decision was made without the client's stored history, for a model that reads history."""
        return self.decision is not None and any(one.code == _IMPUTED for one in self.decision.warning_details)


@dataclass(frozen=True, slots=True)
class Scoring:
    """What posts bodies of several applications to the API; both raise ApiError."""

    predict: Callable[[bytes], Sequence[Decision]]
    inspect: Callable[[bytes], Sequence[Inspection]]


def read_file(content: bytes, name: str, model: Model, read_table: Callable[[bytes], Upload]) -> Table | Refusal:
    """Read Parquet, or let the API read any other file; raises ApiError where it gives no answer to show."""
    is_parquet = content[:4] == content[-4:] and content[:4] in {b"PAR1", b"PARE"}
    if is_parquet or name.lower().endswith((".parquet", ".pq")):
        return _read_parquet(content, model)
    try:
        read = read_table(content)
    except UnreadableTable as error:
        if error.text is None:
            raise
        return Refusal(error.text, str(error.errors[0].received) if error.errors else "", error.readings or {})
    except TooLarge:
        return _refuse("upload.too_large", most=MOST_MEGABYTES)
    rows = [_encode(row.line, row.application, model) for row in read.rows]
    notes = [note for note in read.notes if not _is_mapping(note, read.columns)]
    similar = {one.column: one.field for one in read.similar}
    return Table((read.form, *notes), read.columns, read.unknown_columns, rows, similar)


def _is_mapping(note: Label, columns: Sequence[UploadedColumn]) -> bool:
    """Whether a note lists how columns were read, which a table shows."""
    return any(f"{one.column} → {one.field}" in note["en"] for one in columns if one.column != one.field)


def _refuse(reason: str, **values: object) -> Refusal:
    return Refusal({"fr": text(reason, "fr", **values), "en": text(reason, "en", **values)})


def _read_parquet(content: bytes, model: Model) -> Table | Refusal:
    read = read_parquet(content, MOST_ROWS)
    if "reason" in read:
        return _refuse(read["reason"], **read["values"])
    columns: dict[str, list[Any]] = read["columns"]
    count = max(map(len, columns.values()), default=0)
    if not count:
        return _refuse("upload.size", rows=0, most=MOST_ROWS)
    if not any(name in model.fields for name in columns):
        return _refuse("upload.no_field", columns=", ".join(list(columns)[:_NAMED]))
    if texts := [name for name, values in columns.items() if _are_texts_for_numbers(name, values, model)]:
        return _refuse("upload.parquet_texts", columns=", ".join(texts[:_NAMED]))
    flags = {name for name, field in model.fields.items() if field.unit == "flag"}
    known = [name for name in columns if name in model.fields or name == model.identity]
    for name in flags.intersection(known):
        columns[name] = [int(value) if isinstance(value, bool) else value for value in columns[name]]
    rows = [{name: columns[name][i] for name in known if columns[name][i] not in {None, ""}} for i in range(count)]
    encoded = [_encode(number, row, model) for number, row in enumerate(rows, 1)]
    read_as = [UploadedColumn(name, name) for name in known]
    return Table((), read_as, [name for name in columns if name not in known], encoded)


def _are_texts_for_numbers(name: str, values: Sequence[Any], model: Model) -> bool:
    """Whether the column of a field of numbers has texts: in which notation, only a CSV file shows as a whole."""
    is_number = name in model.fields and model.fields[name].type != "category"
    return is_number and any(isinstance(value, str) and value for value in values)


def _encode(line: int, application: Mapping[str, Any], model: Model) -> Encoded:
    client_id = application.get(model.identity) if model.identity else None
    return Encoded(line, client_id, json.dumps(application, allow_nan=False).encode())


def score_all(rows: Sequence[Encoded], scoring: Scoring) -> Iterator[list[Row]]:
    """Score applications in several requests; yields the rows of each. Raises ApiError."""
    for chunk in split_requests(rows):
        yield sorted(_scored(chunk, scoring), key=lambda row: row.line)


def split_requests(rows: Sequence[Encoded]) -> Iterator[list[Encoded]]:
    """Split rows into requests within the API's limits.

    >>> [len(chunk) for chunk in split_requests([Encoded(i, None, b"{}") for i in range(2500)])]
    [1000, 1000, 500]
    """
    chunk: list[Encoded] = []
    size = 0
    for row in rows:
        if chunk and (len(chunk) == MOST_RECORDS or size + len(row.application) + 1 > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += len(row.application) + 1
    if chunk:
        yield chunk


def _scored(chunk: list[Encoded], scoring: Scoring) -> Iterator[Row]:
    """Score a chunk: rows with errors are taken out, and the others are sent again."""
    while chunk:
        body = b'{"applications":[' + b",".join(row.application for row in chunk) + b"]}"
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
                yield Row(*chunk[place][:2], errors=tuple(found))
            chunk = [row for place, row in enumerate(chunk) if place not in errors]
        except TooLarge as error:
            if len(chunk) == 1:
                yield Row(*chunk[0][:2], errors=(FieldError("(record)", expected=str(error)),))
                return
            half = len(chunk) // 2
            yield from _scored(chunk[:half], scoring)
            chunk = chunk[half:]
        else:
            if len(decisions) != len(chunk):
                raise UnusableAnswer("POST /predict", Fault("predictions", len(decisions), "count", len(chunk)))
            for row, decision in zip(chunk, decisions, strict=True):
                yield Row(*row[:2], decision)
            return


def _group_by_record(errors: Sequence[FieldError]) -> dict[int, Sequence[FieldError]]:
    places = {error.record for error in errors if error.record is not None}
    return {place: [error for error in errors if error.record == place] for place in places}
