"""A file of applications becomes the applications that ``POST /predict`` takes."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from scoring.application.readable_names import ColumnNames, readable_categories, simplify
from scoring.application.times import ReadColumn, may_be_typed, read_times
from scoring.application.uploaded import (
    SimilarColumn,
    Upload,
    UploadedColumn,
    UploadedRow,
    UploadedText,
    in_both_languages,
    name_markers,
    note_columns,
    note_texts,
)
from scoring.errors import InvalidParameter, UnreadableTable, find_similar, input_error, shorten
from scoring.model.schema import InputSchema, SchemaField
from scoring.readable.field_values import counts_back
from scoring.tables.columns import text_of
from scoring.tables.text.number_texts import DECIMAL_NAMES, PERCENT, DecimalMark, find_wrong_units
from scoring.tables.text.table import Table
from scoring.tables.text.table_errors import Note, TableError
from scoring.tables.workbook.package import is_workbook
from scoring.tables.workbook.workbook_reader import read_text_or_workbook

MOST_ROWS = 10_000
MOST_COLUMNS = 2_000
_HINTS = 20  # unknown columns for which a similar name is searched
MOST_UNPACKED = 64 * 2**20  # bytes of a workbook
_DECIMALS: dict[str, DecimalMark] = {name: mark for mark, name in DECIMAL_NAMES.items()}


def read_upload(content: bytes, schema: InputSchema, decimal: str | None = None) -> Upload:
    """Read a CSV file or an Excel workbook of applications, as the commands read it.

    Parameters
    ----------
    decimal : ``point`` or ``comma``; found from the numbers of the file by default.

    Raises
    ------
    UnreadableTable
        The content is not a table, can be read in two ways, or has more than 10,000 rows or 2,000 columns.
    InvalidParameter
        Another decimal mark.
    """
    if decimal not in {None, *_DECIMALS}:
        error = input_error("decimal", decimal, "point or comma")
        raise InvalidParameter(f"decimal={shorten(str(decimal))!r}: expected point or comma.", error)
    fields = {field.name: field for field in schema.fields}
    names = ColumnNames(schema)
    try:
        table = _read_file(content, schema, names, _DECIMALS.get(decimal or ""))
        lines = table.lines()
        columns = {
            name: _plain_values(table.frame[name], fields.get(name))
            for name in map(str, table.frame)
            if name in fields or name == schema.identity.name
        }
        read = [_read_column(one, columns, fields, table, lines) for one in _list_read(names, columns)]
    except TableError as error:
        raise _unreadable(error) from None
    texts = [one for name in columns for one in _read_categories(columns, fields.get(name))]
    notes = [*table.notes, *note_columns([one for one, _ in read]), *(note for _, note in read if note)]
    table = replace(table, notes=[*notes, *note_texts(texts)])
    form, *described = in_both_languages(lambda language: [*table.describe(language), *name_markers(table, language)])
    unknown = [str(name) for name in table.frame if name not in columns]
    rows = [
        UploadedRow(line=line, application={name: values[i] for name, values in columns.items() if values[i] != ""})
        for i, line in enumerate(lines)
    ]
    return Upload(
        form=form,
        notes=described,
        columns=[one for one, _ in read],
        texts=texts,
        unknown_columns=unknown,
        similar=_find_similar(unknown, columns, schema),
        rows=rows,
    )


def _read_file(content: bytes, schema: InputSchema, names: ColumnNames, decimal: DecimalMark | None) -> Table:
    """Read the table; raises TableError if it is no table of applications, or is larger than allowed."""
    fields = {field.name: field for field in schema.fields}
    texts, numbers = schema.columns_by_kind()
    lines = max(content.count(b"\n"), content.count(b"\r"))
    # A cell may contain line ends, so that rows are fewer than lines.
    if lines > 2 * MOST_ROWS and not is_workbook(content):
        ends = content[-2:].strip(b"\0").endswith((b"\n", b"\r"))  # the header is no row
        raise TableError("too_many_rows", rows=lines - ends, most=MOST_ROWS)
    table = read_text_or_workbook(
        content,
        texts,
        decimal,
        numbers=numbers,
        only={*fields, schema.identity.name},
        percent=[field.name for field in schema.fields if field.unit == PERCENT],
        is_possible=lambda name, number: name not in fields or may_be_typed(fields[name], number),
        ids={schema.identity.name},
        rename=names.rename,
        most_unpacked=MOST_UNPACKED,
        most_rows=MOST_ROWS,
        most_columns=MOST_COLUMNS,
    )
    if wrong := find_wrong_units(table.units, {field.name: field.unit for field in schema.fields}):
        raise wrong[0]
    if not any(name in fields for name in table.frame):
        raise TableError("no_field", columns=[str(name) for name in table.frame])
    if table.frame.empty:
        raise TableError("no_rows")
    if len(table.frame) > MOST_ROWS:
        raise TableError("too_many_rows", rows=len(table.frame), most=MOST_ROWS)
    return table


def _find_similar(unknown: Sequence[str], read: Collection[str], schema: InputSchema) -> list[SimilarColumn]:
    """Find fields that no column was read as, and whose name or label is like that of an unknown column."""
    lacking = [field for field in schema.fields if field.name not in read and not field.codes_of]
    names = {name: field.name for field in lacking for name in (field.label.en, field.label.fr, field.name)}
    columns = [name for name in unknown if name and name != schema.target and name not in schema.left_out]
    found = [(column, find_similar(column, names)) for column in columns[:_HINTS]]
    return [SimilarColumn(column=column, field=names[close]) for column, close in found if close]


def _list_read(names: ColumnNames, columns: Mapping[str, Any]) -> list[ReadColumn]:
    """List the columns that are read, in the order of the file."""
    renamed = {one.field: one for one in names.read}
    return [renamed.get(name, ReadColumn(name, name, "name")) for name in columns]


def _read_column(
    read: ReadColumn,
    columns: dict[str, list[Any]],
    fields: Mapping[str, SchemaField],
    table: Table,
    lines: Sequence[int],
) -> tuple[UploadedColumn, Note | None]:
    """Turn lengths of time into days before the application, in place; tell how the column was read."""
    field, unit, note = fields.get(read.field), read.unit, None
    if field is not None and counts_back(field):
        times = read_times(read, columns[read.field], field, table.decimal, lines)
        columns[read.field], unit = times.values, times.unit
        if times.unit and times.example:
            first, second = times.example
            note = Note(f"note_{times.unit}", {"column": read.column, "first": first, "second": second})
    return UploadedColumn(column=read.column, field=read.field, by=read.by, unit=unit), note


def _plain_values(column: "pd.Series[Any]", field: SchemaField | None) -> list[Any]:
    """Turn a column into values of JSON; a missing one becomes an empty text."""
    is_flag = field is not None and field.unit == "flag"
    # NaN is the one value that differs from itself.
    return ["" if value is None or value != value else _plain_value(value, is_flag) for value in column.tolist()]


def _read_categories(columns: dict[str, list[Any]], field: SchemaField | None) -> list[UploadedText]:
    """Turn the readable texts of a column into categories, in place; tell which."""
    if field is None or field.type != "category" or not field.texts:
        return []
    categories = readable_categories(field)
    known = {*(field.categories or ()), *field.missing, ""}
    others = sorted({value for value in columns[field.name] if isinstance(value, str)} - known)
    read = {value: categories[key] for value in others if (key := simplify(value)) in categories}
    columns[field.name] = [read.get(value, value) for value in columns[field.name]]
    return [UploadedText(field=field.name, text=text, category=category) for text, category in read.items()]


def _plain_value(value: Any, is_flag: bool) -> Any:
    if isinstance(value, bool) and is_flag:
        return int(value)
    if isinstance(value, float):
        return text_of(value) if not math.isfinite(value) else int(value) if value.is_integer() else value
    return value


def _unreadable(error: TableError) -> UnreadableTable:
    column, cell = error.values.get("column"), error.values.get("cell")
    place = str(column) if column else "(body)"
    invalid = input_error(place, cell, "a table that can be read in one way only")
    readings = None
    if error.code == "ambiguous_number":
        readings = {"point": float(error.values["first"]), "comma": float(error.values["second"])}
    french = error.describe("fr")
    return UnreadableTable(error.describe("en"), invalid, code=error.code, french=french, readings=readings)
