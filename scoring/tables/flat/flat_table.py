"""Any lender's flat table: one row per client, with an identity column, a target and columns to learn from."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from scoring.errors import DataError, list_some
from scoring.model.preprocessor import Inputs
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.tables.columns import as_numbers, not_numbers
from scoring.tables.files import table_files
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_fields import find_changed, find_unused_markers, read_fields
from scoring.tables.flat.time_column import read_times
from scoring.tables.key_columns import (
    find_identity_errors,
    find_outcome_errors,
    find_outcomes,
    find_weight_errors,
    in_rows,
    number_rows,
    read_identity,
    read_target,
)
from scoring.tables.kinds import TableKinds, describe_table
from scoring.tables.redundant import Redundant, find_redundant
from scoring.tables.table_reader import UNNAMED, is_unnamed, name_first_unnamed, read_table
from scoring.tables.text.table_errors import describe_left_out

_IDENTITIES = ("id", "client_id", "client_number", "row")  # names for an identity column without one


class FlatTable(NamedTuple):
    """A table that was read.

    Attributes
    ----------
    frame : one row per client: identity, target, then the schema's fields; numbers as float64 with NaN, categories as
        text or None. Weights and times of the clients come last, if there are any.
    kinds : what each column of the file was read as.
    warnings : what is unusual.
    """

    schema: InputSchema
    frame: pd.DataFrame
    kinds: TableKinds
    warnings: tuple[str, ...]


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
    letters.update(options.drop, (name for name in (options.identity, options.time) if name is not None))
    file = read_table(table_files(path), letters, options.decimal, wanted=options.names)
    given = options
    frame, names, options = _name_columns(file.frame, given)
    if errors := options.find_errors([str(name) for name in frame]):
        raise DataError.listing(str(path), errors, f"Its columns are: {list_some([*map(repr, frame)], 30)}.{file.hint}")
    identity, ids, errors = _read_ids(frame, options)
    outcomes, target, wrong = _read_outcomes(frame[options.target], options.positive)
    more, malformed = _read_further(frame, options)
    read = read_fields(frame, options, file)
    if changed := find_changed(frame, options, read):
        return read_flat(path, replace(given, kinds={**given.kinds, **dict.fromkeys(changed, "category")}))
    errors += [*wrong, *malformed, *read.errors]
    if errors:
        raise DataError.listing(str(path), errors, f"Nothing was trained.{file.describe_rows()}")
    left_out = {name: describe_left_out(why) for name, why in read.left_out.items()}
    schema = InputSchema(
        identity=identity,
        target=options.target,
        fields=tuple(read.fields),
        outcomes=outcomes,
        left_out=left_out,
        left_out_codes=read.left_out,
    )
    table = pd.DataFrame({identity.name: ids, options.target: target, **read.values, **more})
    unnamed = dict.fromkeys(set(names) - {*frame}, "has no name")
    kinds = describe_table(
        path.name, len(table), names, table.drop(columns=[*more]), schema, read.markers, {**left_out, **unnamed}
    )
    kinds = replace(kinds, form=tuple(file.describe()))
    redundant = find_redundant(table, [field for field in schema.fields if field.tier == "justified"])
    kinds = kinds.with_notes(read.notes).with_notes(_describe(redundant))
    return FlatTable(schema, table, kinds, tuple(find_unused_markers(options, read, file.decimal)))


def _name_columns(frame: pd.DataFrame, options: ColumnOptions) -> tuple[pd.DataFrame, list[str], ColumnOptions]:
    """Name the identity column where it has no name, and leave out other columns without a name.

    Returns
    -------
    The named columns; the names of all columns, in which a column without a name is described by its place; the
    options, with the name of the identity column.
    """
    if options.identity == UNNAMED and UNNAMED in set(frame):
        name = next(name for name in _IDENTITIES if name not in set(frame))
        frame, options = name_first_unnamed(frame, name), replace(options, identity=name)
    names = [str(name) if name != UNNAMED else f"(column {i + 1})" for i, name in enumerate(frame)]
    kept = [i for i, name in enumerate(map(str, frame)) if not is_unnamed(name) or (name and name in options.names)]
    return frame.iloc[:, kept], names, options


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


def _read_further(frame: pd.DataFrame, options: ColumnOptions) -> tuple[dict[str, "pd.Series[Any]"], list[str]]:
    """Read weights and times of the clients, by the names of their columns, and list the errors."""
    found, errors = _read_weights(frame, options.weights)
    if options.time is not None:
        found[options.time], wrong = read_times(frame[options.time])
        errors += wrong
    return found, errors


def _read_weights(frame: pd.DataFrame, name: str | None) -> tuple[dict[str, "pd.Series[Any]"], list[str]]:
    """Read the weights of the clients, by the name of their column, and list the errors."""
    if name is None:
        return {}, []
    numbers = as_numbers(frame[name])
    texts = not_numbers(frame[name], numbers)
    what, remedy = f"column {name} (the weights) is not a number", "correct those cells, or name another column"
    errors = in_rows(what, texts, frame.index, remedy)
    return {name: numbers}, [*errors, *find_weight_errors(numbers.mask(texts, 1.0), frame.index)]


def _describe(redundant: Redundant) -> dict[str, str]:
    """Tell why a field is not a feature."""
    copies = {name: f"not a feature: a copy of {earlier}" for name, earlier in redundant.copies.items()}
    empty = dict.fromkeys(redundant.empty, "not a feature: empty")
    return {**copies, **empty, **dict.fromkeys(redundant.constant, "not a feature: the same for every client")}


def inputs(schema: InputSchema, frame: pd.DataFrame) -> Inputs:
    """Choose what a model may use: every justified field that is not empty, constant or a copy of another."""
    used = [field for field in schema.fields if field.tier == "justified"]
    redundant = find_redundant(frame, used)
    kept = [field for field in used if field.name not in {*redundant.empty, *redundant.constant, *redundant.copies}]
    return Inputs(
        numbers=tuple(field.name for field in kept if field.type != "category"),
        categories=tuple(field.name for field in kept if field.type == "category"),
        missing_values={field.name: markers for field in kept if (markers := _plan_markers(field))},
        riskier={field.name: field.riskier for field in kept if field.riskier is not None},
    )


def _plan_markers(field: SchemaField) -> tuple[float | str, ...]:
    """Markers as they may be among the values that a plan is applied to: texts in a category, numbers elsewhere."""
    return tuple(marker for marker in field.missing if isinstance(marker, str) == (field.type == "category"))
