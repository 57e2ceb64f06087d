"""Any lender's flat table: one row per client, with an identity column, a target and columns to learn from."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from scoring.errors import DataError, list_some
from scoring.model.preprocessor import Inputs
from scoring.model.schema import FieldType, Identity, InputSchema, SchemaField, Text
from scoring.tables.column_options import ALL, ColumnOptions, parse_marker
from scoring.tables.columns import Typed, Unusable, read_column
from scoring.tables.files import table_files
from scoring.tables.key_columns import (
    find_identity_errors,
    find_outcome_errors,
    find_outcomes,
    number_rows,
    read_identity,
    read_target,
)
from scoring.tables.kinds import TableKinds, describe_table
from scoring.tables.missing_markers import CODE, find_codes, have_meanings, make_code_field, mark_missing
from scoring.tables.redundant import Redundant, find_redundant
from scoring.tables.table_reader import UNNAMED, name_first_unnamed, read_table
from scoring.tables.text.number_texts import DecimalMark
from scoring.tables.text.table import Table

_IDENTITIES = ("id", "client_id", "client_number", "row")  # names for an identity column without one
_SEAMS = re.compile(
    r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])"  # fooBar, 59Days
    r"|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])"  # EMIAmount
    r"|(?<=[a-zà-ÿ])(?=[0-9])"  # Time30
)
Columns = dict[str, "pd.Series[Any]"]


class FlatTable(NamedTuple):
    """A table that was read.

    Attributes
    ----------
    frame : one row per client: identity, target, then the schema's fields; numbers as float64 with NaN, categories as
        text or None.
    kinds : what each column of the file was read as.
    warnings : what is unusual.
    """

    schema: InputSchema
    frame: pd.DataFrame
    kinds: TableKinds
    warnings: tuple[str, ...]


class _Fields(NamedTuple):
    """Columns to learn from: fields, values, markers and notes; the columns left out; the errors of the others."""

    fields: list[SchemaField]
    values: Columns
    markers: dict[str, Mapping[float | str, int]]
    left_out: dict[str, str]
    errors: list[str]
    notes: dict[str, str]


def read_flat(path: Path, options: ColumnOptions) -> FlatTable:
    """Read a table and find the type of each column.

    Columns of dates, free text, lists or long numbers and columns without a name are left out.

    Raises
    ------
    DataError
        With all errors of the options; where there are none, with all errors of the columns: ids and outcomes that are
        missing, malformed or duplicate, texts where numbers are expected.
    """
    letters = {name for name, kind in options.kinds.items() if kind == "category"}
    letters.update(options.drop, () if options.identity is None else (options.identity,))
    file = read_table(table_files(path), letters, options.decimal)
    frame, names, options = _name_columns(file.frame, options)
    if errors := options.find_errors([str(name) for name in frame]):
        raise DataError.listing(str(path), errors, f"Its columns are: {', '.join(map(repr, frame))}.{file.hint}")
    identity, ids, errors = _read_ids(frame, options)
    outcomes, target, wrong = _read_outcomes(frame[options.target], options.positive)
    read = _read_fields(frame, options, file)
    if changed := _find_changed(frame, options, read):
        return read_flat(path, replace(options, kinds={**options.kinds, **dict.fromkeys(changed, "category")}))
    errors += [*wrong, *read.errors]
    if errors:
        raise DataError.listing(str(path), errors, "Nothing was trained.")
    left_out = {name: read.left_out[name] for name in frame if name in read.left_out}
    schema = InputSchema(
        identity=identity, target=options.target, fields=tuple(read.fields), outcomes=outcomes, left_out=left_out
    )
    table = pd.DataFrame({identity.name: ids, options.target: target, **read.values})
    unnamed = dict.fromkeys(set(names) - {*frame}, "has no name")
    kinds = describe_table(path.name, len(table), names, table, schema, read.markers, {**read.left_out, **unnamed})
    kinds = replace(kinds, form=tuple(file.describe()))
    redundant = find_redundant(table, [field for field in schema.fields if field.tier == "justified"])
    kinds = kinds.with_notes(read.notes).with_notes(_describe(redundant))
    return FlatTable(schema, table, kinds, tuple(_unused_markers(options, read, file.decimal)))


def _name_columns(frame: pd.DataFrame, options: ColumnOptions) -> tuple[pd.DataFrame, list[str], ColumnOptions]:
    """Name the identity column where it has no name, and leave out other columns without a name.

    Returns
    -------
    The named columns; the names of all, a column without a name described by its place; the options, with the name of
    the identity column.
    """
    if options.identity == UNNAMED and UNNAMED in set(frame):
        name = next(name for name in _IDENTITIES if name not in set(frame))
        frame, options = name_first_unnamed(frame, name), replace(options, identity=name)
    names = [str(name) if name != UNNAMED else f"(column {i + 1})" for i, name in enumerate(frame)]
    return frame.iloc[:, [i for i, name in enumerate(frame) if name != UNNAMED]], names, options


def _read_ids(frame: pd.DataFrame, options: ColumnOptions) -> tuple[Identity, "pd.Series[Any]", list[str]]:
    if options.identity is None:
        name = next(name for name in reversed(_IDENTITIES) if name not in set(frame))
        return *number_rows(frame, name), []
    identity, ids = read_identity(frame[options.identity], options.identity)
    return identity, ids, find_identity_errors(ids, identity)


def _read_outcomes(
    column: "pd.Series[Any]", positive: str | None
) -> tuple[tuple[str, str] | None, "pd.Series[Any]", list[str]]:
    outcomes = None if positive is None else find_outcomes(column, positive)
    if positive is not None and outcomes is None:
        return None, column, find_outcome_errors(column, positive)
    target = read_target(column, outcomes)
    return outcomes, target, find_outcome_errors(target)


def _read_fields(frame: pd.DataFrame, options: ColumnOptions, file: Table) -> _Fields:
    read = _Fields([], {}, {}, {}, [], {})
    taken = {*frame, *options.drop}
    for name, column in ((str(name), column) for name, column in frame.items()):
        if name in {options.identity, options.target}:
            continue
        if name in options.drop:
            read.left_out[name] = "by --drop"
            continue
        found, counts = _read_marked(column, options, options.kinds.get(name), file.decimal)
        if isinstance(found, Typed):
            field = _make_field(name, found, options, file)
            read.fields.append(field)
            if found.note:
                read.notes[name] = found.note
            read.values[name], read.markers[name] = found.values, {**file.markers.get(name, {}), **counts}
            code = f"{name}{CODE}"
            if code not in taken and have_meanings(found, counts):
                read.fields.append(make_code_field(code, field))
                read.values[code] = find_codes(column, field.missing)
        elif found.is_error:
            read.errors.append(f"column {name}: {found.why}; {_remedy(name, found)}")
        else:
            read.left_out[name] = found.why
    if not read.fields and not read.errors:
        left_out = "".join(f"; column {name}: {why}" for name, why in read.left_out.items())
        read.errors.append(f"no column is left to learn from{left_out}")
    return read


def _find_changed(frame: pd.DataFrame, options: ColumnOptions, read: _Fields) -> list[str]:
    """Find categories of which some texts were read as numbers: to the letter, 1E1 is not 10."""
    found = [one.name for one in read.fields if one.type == "category" and one.name in frame]
    mixed = [name for name in found if name not in options.kinds and frame[name].dtype == object]
    return [name for name in mixed if frame[name].dropna().map(type).isin({int, float}).any()]


def _read_marked(
    column: "pd.Series[Any]", options: ColumnOptions, wanted: FieldType | None, decimal: DecimalMark
) -> tuple[Typed | Unusable, Mapping[float | str, int]]:
    plain, counts = mark_missing(column, options.markers(str(column.name), wanted, decimal))
    found = read_column(plain, wanted)
    if options.missing and wanted is None and isinstance(found, Typed) and found.type == "category":
        return _read_marked(column, options, "category", decimal)  # markers of a category are compared to the letter
    return found, counts


def _make_field(name: str, found: Typed, options: ColumnOptions, file: Table) -> SchemaField:
    # A new application may have the same texts for "missing" as the file.
    markers = dict.fromkeys([*options.markers(name, found.type, file.decimal), *file.markers.get(name, ())])
    return SchemaField(
        name=name,
        type=found.type,
        unit=found.unit or file.units.get(name),
        missing=tuple(markers),
        tier=options.tiers.get(name, "justified"),
        label=Text(en=readable(name), fr=readable(name)),
    )


def _remedy(name: str, found: Unusable) -> str:
    marker = f"'{name}={found.marker or 'VALUE'}'"
    remedy = "write plain numbers" if found.form else f"correct them, or pass --missing {marker} if it means missing"
    return f"{remedy}{', or pass' if found.form else ','} --kind '{name}=category' or --drop '{name}'"


def _describe(redundant: Redundant) -> dict[str, str]:
    """Tell why a field is not a feature."""
    copies = {name: f"not a feature: a copy of {earlier}" for name, earlier in redundant.copies.items()}
    empty = dict.fromkeys(redundant.empty, "not a feature: empty")
    return {**copies, **empty, **dict.fromkeys(redundant.constant, "not a feature: the same for every client")}


def _unused_markers(options: ColumnOptions, read: _Fields, decimal: DecimalMark) -> list[str]:
    unused = [
        f"--missing '{name}={text}'"
        for name, texts in options.missing.items()
        for text in texts
        if not any(
            {text, parse_marker(text, decimal)} & counts.keys()
            for column, counts in read.markers.items()
            if name in {column, ALL}
        )
    ]
    return [f"markers that occur in no row: {list_some(unused)}: check how they are written"] if unused else []


def inputs(schema: InputSchema, frame: pd.DataFrame) -> Inputs:
    """Choose what a model may use: every justified field that is not empty, constant or a copy of another."""
    used = [field for field in schema.fields if field.tier == "justified"]
    redundant = find_redundant(frame, used)
    kept = [field for field in used if field.name not in {*redundant.empty, *redundant.constant, *redundant.copies}]
    return Inputs(
        numbers=tuple(field.name for field in kept if field.type != "category"),
        categories=tuple(field.name for field in kept if field.type == "category"),
        missing_values={field.name: markers for field in kept if (markers := _plan_markers(field))},
    )


def _plan_markers(field: SchemaField) -> tuple[float | str, ...]:
    """Markers as they may be among the values that a plan is applied to: texts in a category, numbers elsewhere."""
    return tuple(marker for marker in field.missing if isinstance(marker, str) == (field.type == "category"))


def readable(name: str) -> str:
    """Write a column's name as words.

    >>> readable("NumberOfTime30-59DaysPastDueNotWorse")
    'Number of time 30-59 days past due not worse'
    >>> readable("AMT_CREDIT"), readable("EMIAmount"), readable("durée du crédit")
    ('Amt credit', 'EMI amount', 'Durée du crédit')
    """
    spaced = re.sub(r"[_\s]+", " ", name).strip()
    if not spaced.isupper():
        spaced = _SEAMS.sub(" ", spaced)
    upper = name.isupper()
    words = [word if word.isupper() and len(word) > 1 and not upper else word.lower() for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:] or name
