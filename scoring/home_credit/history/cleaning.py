"""Check a table when it is opened, and convert its rows: one type for each kind of column, and no markers."""

from collections.abc import Collection, Mapping

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from scoring.home_credit.history.source_schema import NO_TEXT, SourceColumn, SourceTable
from scoring.tables.files import TableFiles
from scoring.tables.letter_case import list_missing
from scoring.tables.text.cells import MISSING
from scoring.tables.text.text_reader import read_head

KINDS: Mapping[str, str] = {"id": "int64", "number": "float64", "text": "string"}
EXPECTED: Mapping[str, str] = {"id": "whole numbers", "number": "numbers", "text": "text"}


def find_csv_errors(found: TableFiles, source: SourceTable) -> list[str]:
    """Compare the header of CSV files and their first rows with what is expected."""
    heads = [read_head(file) for file in found.files]
    names, rows = heads[0]
    errors = _find_missing_columns(found.name, names, source)
    for file, (others, _) in zip(found.files, heads, strict=True):
        if others != names:
            errors.append(f"{found.name}: the columns of {file.name} are not those of {found.files[0].name}")
    if errors:
        return errors
    return [error for column in source.columns for error in _find_wrong_value(found.name, column, names, rows)]


def find_type_errors(name: str, table: Table, source: SourceTable) -> list[str]:
    """Compare the columns of a table and their types with what is expected."""
    types = dict(table.schema().items())
    errors = _find_missing_columns(name, types, source)
    for column in (column for column in source.columns if column.name in types):
        found = types[column.name]
        fits = {"id": found.is_integer(), "number": found.is_numeric(), "text": found.is_string()}[column.kind]
        if not fits or found.is_boolean():
            errors.append(f"{name}: column {column.name} holds {found} values, expected {EXPECTED[column.kind]}")
    return errors


def clean_values(table: Table, source: SourceTable) -> Table:
    """Select the columns that features use, in one type for each kind; a missing-value marker becomes null here."""
    return table.select(**{column.name: _clean_value(table[column.name], column) for column in source.columns})


def drop_undated_and_future(table: Table, source: SourceTable) -> Table:
    """Leave out rows without a date, and rows dated after the application."""
    before: BooleanValue = table[source.dated] <= 0
    for fact in source.facts:
        before = before & (table[fact] <= 0).fill_null(True)
    return table.filter(before)


def _clean_value(raw: Value, column: SourceColumn) -> Value:
    value = raw.cast(KINDS[column.kind])
    if column.kind == "id":
        return value
    if column.kind == "text":
        return value.isin(NO_TEXT).ifelse(ibis.null("string"), value) if column.has_markers else value
    # on both engines NaN is above every number, so it is outside, too
    return value.between(column.low, column.high).ifelse(value, ibis.null("float64"))


def _find_missing_columns(name: str, present: Collection[str], source: SourceTable) -> list[str]:
    return [f"{name}: {missing}" for missing in list_missing([column.name for column in source.columns], present)]


def _find_wrong_value(name: str, column: SourceColumn, names: list[str], rows: list[list[str]]) -> list[str]:
    place = names.index(column.name)
    values = [row[place] for row in rows if len(row) > place and row[place] not in MISSING]
    wrong = next((value for value in values if column.kind != "text" and not _is_number(value, column.kind)), None)
    if wrong is None:
        return []
    return [f"{name}: column {column.name} holds {wrong[:40]!r}, expected {EXPECTED[column.kind]}"]


def _is_number(value: str, kind: str) -> bool:
    try:
        int(value) if kind == "id" else float(value)
    except ValueError:
        return False
    return True
