"""The report of a reading: what each column of a table was read as, as data and as text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from scoring.errors import list_some, shorten
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.tables.columns import text_of

LEFT_OUT = "left out"
_MARKERS = 5  # markers of a column that the text lists
_WIDEST = 40  # characters of a column's name


@dataclass(frozen=True)
class ColumnKind:
    """What one column was read as.

    Attributes
    ----------
    kind : ``number``, ``whole number``, ``flag``, ``category``, ``identity``, ``target`` or ``left out``.
    missing : share of cells without a value, 0-1; None where it does not matter.
    notes : further facts: form of the ids, number of texts, markers that were read as missing, why it is left out.
    """

    name: str
    kind: str
    missing: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableKinds:
    """What a table was read as.

    Attributes
    ----------
    source : the file.
    columns : in the order of the file; also the row numbers and the categories of codes, which are not columns of the
        file.
    width : number of columns of the file.
    form : how the file is written.
    """

    source: str
    rows: int
    columns: tuple[ColumnKind, ...]
    width: int
    form: tuple[str, ...] = ()

    def with_notes(self, notes: Mapping[str, str]) -> "TableKinds":
        """Add a note to some columns."""
        noted = [
            replace(one, notes=(*one.notes, notes[one.name])) if one.name in notes else one for one in self.columns
        ]
        return replace(self, columns=tuple(noted))

    def as_text(self) -> str:
        """Return a table with one line for each column.

        >>> columns = (ColumnKind("age", "number", 0.125), ColumnKind("id", "identity"))
        >>> print(TableKinds("t.csv", 8, columns, 2).as_text())
        t.csv: 8 rows, 2 columns
          column  read as   missing  notes
          age     number     12.5 %
          id      identity
        """
        lines = [("column", "read as", "missing", "notes")]
        for one in self.columns:
            share = "" if one.missing is None else f"{one.missing:.1%}".replace("%", " %")
            lines.append((shorten(one.name, _WIDEST), one.kind, share, "; ".join(one.notes)))
        wide = [max(len(line[i]) for line in lines) for i in range(3)]
        shown = [
            f"  {name:<{wide[0]}}  {kind:<{wide[1]}}  {share:>{wide[2]}}  {note}" for name, kind, share, note in lines
        ]
        heading = f"{self.source}: {self.rows} rows, {self.width} columns"
        return "\n".join(line.rstrip() for line in [heading, *(f"  {line}" for line in self.form), *shown])


def describe_table(
    source: str,
    rows: int,
    names: Sequence[str],
    values: Mapping[str, Any] | pd.DataFrame,
    schema: InputSchema,
    markers: Mapping[str, Mapping[float | str, int]],
    left_out: Mapping[str, str],
) -> TableKinds:
    """Describe the columns of a table after they were read.

    Parameters
    ----------
    names : all columns, in the order of the file.
    values : by field, shape (n,): float64 with NaN, or texts with None.
    markers : by field, the markers that were read as missing, and in how many cells.
    left_out : columns that are not used, and why.
    """
    fields = {field.name: field for field in schema.fields}
    codes = {field.codes_of: field.name for field in schema.fields if field.codes_of}
    made = [schema.identity.name] if schema.identity.numbered and schema.identity.name not in names else []
    described = []
    for name in [*made, *names]:
        if name == schema.identity.name:
            described.append(ColumnKind(name, "identity", notes=(describe_ids(schema.identity),)))
        elif name == schema.target:
            described.append(ColumnKind(name, "target", notes=_describe_outcomes(schema)))
        elif name in fields:
            described.append(_describe_field(fields[name], pd.Series(values[name]), markers.get(name, {})))
        elif name in values:  # a history feature
            described.append(ColumnKind(name, "number", float(pd.isna(values[name]).mean())))
        else:
            described.append(ColumnKind(name, LEFT_OUT, notes=(left_out.get(name, "not a field of the model"),)))
        code = codes.get(name)
        if code is not None and code not in names:
            described.append(_describe_field(fields[code], pd.Series(values[code]), {}))
    return TableKinds(source, rows, tuple(described), len(names))


def describe_ids(identity: Identity) -> str:
    """Describe the form of the ids of a table."""
    if identity.numbered:
        return "the rows, numbered from 1"
    if identity.kind == "text":
        return "texts"
    return f"whole numbers of {identity.digits} digits" if identity.digits else "whole numbers"


def _describe_outcomes(schema: InputSchema) -> tuple[str, ...]:
    return () if schema.outcomes is None else (f"{schema.outcomes[1]} is a default, {schema.outcomes[0]} is not",)


def _describe_field(field: SchemaField, values: "pd.Series[Any]", markers: Mapping[float | str, int]) -> ColumnKind:
    kind = "flag" if field.unit == "flag" else {"integer": "whole number"}.get(field.type, field.type)
    notes = [f"{values.nunique()} texts"] if field.type == "category" else []
    notes += [f"the codes of {field.codes_of}"] if field.codes_of else []
    notes += [field.tier] if field.tier != "justified" else []
    notes += [f"justified: {field.justification.en}"] if field.justification else []
    if markers:
        shown = [f"{shorten(text_of(marker))} ({count})" for marker, count in markers.items()]
        notes.append(f"read as missing: {list_some(shown, _MARKERS)}")
    return ColumnKind(field.name, kind, float(values.isna().mean()), tuple(notes))
