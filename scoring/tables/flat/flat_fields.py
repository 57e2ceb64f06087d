"""The columns of a flat table become fields: the type, the unit and the markers of each, or why it is left out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from scoring.errors import list_some, quote
from scoring.model.schema import FieldType, LeftOut, SchemaField, Text
from scoring.tables.columns import Typed, Unusable, read_column
from scoring.tables.flat.column_names import readable
from scoring.tables.flat.column_options import ALL, ColumnOptions, parse_marker
from scoring.tables.missing_markers import CODE, find_codes, have_meanings, make_code_field, mark_missing
from scoring.tables.text.number_texts import PERCENT, DecimalMark
from scoring.tables.text.table import Table
from scoring.tables.text.table_errors import describe_left_out

Columns = dict[str, "pd.Series[Any]"]


class Fields(NamedTuple):
    """Columns to learn from: fields, values, markers and notes; the columns left out; the errors of the others."""

    fields: list[SchemaField]
    values: Columns
    markers: dict[str, Mapping[float | str, int]]
    left_out: dict[str, LeftOut]
    errors: list[str]
    notes: dict[str, str]


def read_fields(frame: pd.DataFrame, options: ColumnOptions, file: Table) -> Fields:
    """Read the columns to learn from; what is wrong with them is among the result's errors."""
    read = Fields([], {}, {}, {}, [], {})
    taken = {*frame, *options.drop}
    for name, column in ((str(name), column) for name, column in frame.items()):
        if name in {options.identity, options.target}:
            continue
        if why := options.why_left_out(name):
            read.left_out[name] = why
            continue
        found, counts = _read_marked(column, options, options.kinds.get(name), file.decimal)
        if isinstance(found, Typed):
            field = _make_field(name, found, options, file)
            if field.riskier is not None and field.type == "category":
                read.errors.append(f"--riskier '{name}={field.riskier}': the column holds texts; expected numbers")
            if field.role is not None and field.type == "category":
                read.errors.append(f"--role '{name}={field.role}': the column holds texts; expected amounts of money")
            read.fields.append(field)
            if found.note:
                read.notes[name] = found.note
            read.values[name], read.markers[name] = found.values, {**file.markers.get(name, {}), **counts}
            code = f"{name}{CODE}"
            if code not in taken and have_meanings(found, counts):
                read.fields.append(make_code_field(code, field))
                read.values[code] = find_codes(column, field.missing)
        elif isinstance(found, LeftOut):
            read.left_out[name] = found
        else:
            read.errors.append(f"column {name}: {found.why}; {_remedy(name, found)}")
    if not read.fields and not read.errors:
        left_out = "".join(f"; column {name}: {describe_left_out(why)}" for name, why in read.left_out.items())
        read.errors.append(f"no column is left to learn from{left_out}")
    return read


def find_changed(frame: pd.DataFrame, options: ColumnOptions, read: Fields) -> list[str]:
    """Find categories of which some texts were read as numbers: as a text, 1E1 is not 10."""
    found = [one.name for one in read.fields if one.type == "category" and one.name in frame]
    mixed = [name for name in found if name not in options.kinds and frame[name].dtype == object]
    return [name for name in mixed if frame[name].dropna().map(type).isin({int, float}).any()]


def _read_marked(
    column: "pd.Series[Any]", options: ColumnOptions, wanted: FieldType | None, decimal: DecimalMark
) -> tuple[Typed | Unusable | LeftOut, Mapping[float | str, int]]:
    plain, counts = mark_missing(column, options.markers(str(column.name), wanted, decimal))
    found = read_column(plain, wanted)
    if options.missing and wanted is None and isinstance(found, Typed) and found.type == "category":
        return _read_marked(
            column, options, "category", decimal
        )  # markers of a category must be written exactly like this
    return found, counts


def _make_field(name: str, found: Typed, options: ColumnOptions, file: Table) -> SchemaField:
    # A new application may have the same texts for "missing" as the file.
    markers = dict.fromkeys([*options.markers(name, found.type, file.decimal), *file.markers.get(name, ())])
    role = options.roles.get(name)
    return SchemaField(
        name=name,
        type=found.type,
        unit=found.unit or _name_unit(file.units.get(name)) or (role and "currency"),
        missing=tuple(markers),
        tier=options.tiers.get(name, "justified"),
        role=role,
        changeable=role is not None,
        riskier=options.riskier.get(name),
        justification=Text(en=reason, fr=reason) if (reason := options.justified.get(name)) else None,
        label=Text(en=readable(name), fr=readable(name)),
    )


def _name_unit(sign: str | None) -> str | None:
    return f"currency {sign}" if sign and sign != PERCENT else sign


def _remedy(name: str, found: Unusable) -> str:
    marker = quote(f"{name}={found.marker or 'VALUE'}")
    remedy = "write plain numbers" if found.form else f"correct them, or pass --missing {marker} if it means missing"
    return f"{remedy}{', or pass' if found.form else ','} --kind {quote(f'{name}=category')} or --drop {quote(name)}"


def find_unused_markers(options: ColumnOptions, read: Fields, decimal: DecimalMark) -> list[str]:
    """Name the markers of ``--missing`` that no cell has: they are probably written in another way."""
    unused = [
        f"--missing {quote(f'{name}={text}')}"
        for name, texts in options.missing.items()
        for text in texts
        if not any(
            {text, parse_marker(text, decimal)} & counts.keys()
            for column, counts in read.markers.items()
            if name in {column, ALL}
        )
    ]
    return [f"markers that occur in no row: {list_some(unused)}: check how they are written"] if unused else []
