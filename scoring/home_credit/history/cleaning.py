"""Rows as the features use them: one type a kind of column, no sentinels, nothing after the application."""

from collections.abc import Mapping

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from scoring.home_credit.history.source_schema import NO_TEXT, Column, Source

KINDS: Mapping[str, str] = {"id": "int64", "number": "float64", "text": "string"}


def typed(table: Table, source: Source) -> Table:
    """Keep the columns used, in one type a kind."""
    return table.select(**{column.name: table[column.name].cast(KINDS[column.kind]) for column in source.columns})


def unread(source: Source) -> Table:
    """Stand in for a table of typed columns that is not read yet."""
    return ibis.table({column.name: KINDS[column.kind] for column in source.columns}, source.name)


def usable(table: Table, source: Source) -> Table:
    """Read as missing what is no value, and leave out rows dated after the application, or not at all."""
    cleaned = table.select(**{column.name: _value(table[column.name], column) for column in source.columns})
    known: BooleanValue = cleaned[source.dated] <= 0
    for fact in source.facts:
        known = known & (cleaned[fact] <= 0).fill_null(True)
    return cleaned.filter(known)


def _value(raw: Value, column: Column) -> Value:
    if column.kind == "id":
        return raw
    if column.kind == "text":
        return raw.isin(NO_TEXT).ifelse(ibis.null("string"), raw) if column.blank else raw
    # NaN is above every number on both engines, and so outside
    return raw.between(column.low, column.high).ifelse(raw, ibis.null("float64"))
