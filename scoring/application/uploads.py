"""A file of applications becomes the applications that ``POST /predict`` takes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from scoring.application.readable_names import ColumnNames, readable_categories, simplify
from scoring.errors import InvalidParameter, UnreadableTable, input_error, shorten
from scoring.model.schema import Frozen, InputSchema, SchemaField, Text
from scoring.tables.columns import text_of
from scoring.tables.text.cells import Note
from scoring.tables.text.number_texts import DECIMAL_NAMES, PERCENT, DecimalMark, find_wrong_units
from scoring.tables.text.table import Table
from scoring.tables.text.table_errors import TableError, begin_sentence, fill_in
from scoring.tables.workbook.package import is_workbook
from scoring.tables.workbook.workbook_reader import read_text_or_workbook

MOST_ROWS = 10_000
MOST_COLUMNS = 2_000
MOST_UNPACKED = 64 * 2**20  # bytes of a workbook
_DECIMALS: dict[str, DecimalMark] = {name: mark for mark, name in DECIMAL_NAMES.items()}


class UploadedRow(Frozen):
    """One row of a file.

    Attributes
    ----------
    line : line of the file that the row begins in, from 1.
    application : its values by field, without the missing ones. In a field of numbers, a cell that is not a number is
        given as a text.
    """

    line: int
    application: dict[str, int | float | bool | str]


class Upload(Frozen):
    """A file of applications, as read. Nothing is scored.

    Attributes
    ----------
    form : how the file is written, in words.
    notes : what was unusual, in words.
    unknown_columns : columns that are not a field of an application; they are left out.
    rows : at most 10,000.
    """

    form: Text
    notes: list[Text]
    unknown_columns: list[str]
    rows: list[UploadedRow]


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
    texts, numbers = schema.columns_by_kind()
    try:
        lines = max(content.count(b"\n"), content.count(b"\r"))
        # A cell may contain line ends, so that rows are fewer than lines.
        if lines > 2 * MOST_ROWS and not is_workbook(content):
            raise TableError("too_many_rows", rows=lines, most=MOST_ROWS)
        mark = _DECIMALS.get(decimal or "")
        wanted = {*fields, schema.identity.name}
        table = read_text_or_workbook(
            content,
            texts,
            mark,
            numbers=numbers,
            only=wanted,
            percent=[field.name for field in schema.fields if field.unit == PERCENT],
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
    except TableError as error:
        raise _unreadable(error) from None
    columns: dict[str, list[Any]] = {}
    readable: list[Note] = [Note("note_labels", {"columns": _pair(names.read)})] if names.read else []
    for name in [str(name) for name in table.frame if name in wanted]:
        columns[name], read = _plain_values(table.frame[name], fields.get(name))
        if read:
            readable.append(Note("note_categories", {"column": name, "texts": _pair(read)}))
    table = replace(table, notes=[*table.notes, *readable])
    form, *notes = _in_both_languages(lambda language: [*table.describe(language), *_name_markers(table, language)])
    rows = [
        UploadedRow(line=line, application={name: values[i] for name, values in columns.items() if values[i] != ""})
        for i, line in enumerate(table.lines())
    ]
    return Upload(
        form=form,
        notes=notes,
        unknown_columns=[str(name) for name in table.frame if name not in columns],
        rows=rows,
    )


def _in_both_languages(describe: Callable[[str], Sequence[str]]) -> list[Text]:
    return [Text(en=begin_sentence(en), fr=fr) for en, fr in zip(describe("en"), describe("fr"), strict=True)]


def _name_markers(table: Table, language: str) -> list[str]:
    return [
        fill_in("note_missing", language, {"column": name, "markers": list(counts)})
        for name, counts in table.markers.items()
    ]


def _pair(names: Mapping[str, str]) -> list[str]:
    return [f"{given} → {meant}" for given, meant in names.items()]


def _plain_values(column: "pd.Series[Any]", field: SchemaField | None) -> tuple[list[Any], dict[str, str]]:
    """Turn a column into values of JSON; a missing one becomes an empty text.

    Returns
    -------
    The values, and the readable texts that were read as categories.
    """
    is_flag = field is not None and field.unit == "flag"
    # NaN is the one value that differs from itself.
    values = ["" if value is None or value != value else _plain_value(value, is_flag) for value in column.tolist()]
    if field is None or field.type != "category" or not field.texts:
        return values, {}
    categories = readable_categories(field)
    others = {value for value in values if isinstance(value, str)}.difference(
        field.categories or (), field.missing, [""]
    )
    read = {value: categories[key] for value in others if (key := simplify(value)) in categories}
    return [read.get(value, value) for value in values], dict(sorted(read.items()))


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
