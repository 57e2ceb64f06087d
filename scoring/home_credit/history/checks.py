"""Find what is wrong with a table before it is used."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scoring.home_credit.history.source_schema import Column, Source
from scoring.tables.files import TableFiles
from scoring.tables.reader import MISSING, read_head

if TYPE_CHECKING:
    from ibis.expr.types import Table


def faults_of_csv(found: TableFiles, source: Source) -> list[str]:
    """Compare the header of CSV files and their first rows with what is expected."""
    heads = [read_head(file) for file in found.files]
    names = heads[0][0]
    faults = _missing(found.name, names, source)
    for file, (others, _) in zip(found.files, heads, strict=True):
        if others != names:
            faults.append(f"{found.name}: the columns of {file.name} are not those of {found.files[0].name}")
    if faults:
        return faults
    return [fault for column in source.columns for fault in _strange(found.name, column, names, heads[0][1])]


def _strange(name: str, column: Column, names: list[str], rows: list[list[str]]) -> list[str]:
    place = names.index(column.name)
    values = [row[place] for row in rows if len(row) > place and row[place] not in MISSING]
    strange = next((value for value in values if column.kind != "text" and not _number(value, column.kind)), None)
    expected = "whole numbers" if column.kind == "id" else "numbers"
    return [] if strange is None else [f"{name}: column {column.name} holds {strange[:40]!r}, expected {expected}"]


def _number(value: str, kind: str) -> bool:
    try:
        int(value) if kind == "id" else float(value)
    except ValueError:
        return False
    return True


def _missing(name: str, present: "Mapping[str, object] | list[str]", source: Source) -> list[str]:
    return [f"{name}: column {column.name} is missing" for column in source.columns if column.name not in present]


def faults_of_types(name: str, table: "Table", source: Source) -> list[str]:
    """Compare the columns of a table and their types with what is expected."""
    types = dict(table.schema().items())
    faults = _missing(name, types, source)
    for column in (column for column in source.columns if column.name in types):
        kind = types[column.name]
        fits = {"id": kind.is_integer(), "number": kind.is_numeric(), "text": kind.is_string()}[column.kind]
        expected = {"id": "whole numbers", "number": "numbers", "text": "text"}[column.kind]
        if not fits or kind.is_boolean():
            faults.append(f"{name}: column {column.name} holds {kind} values, expected {expected}")
    return faults
