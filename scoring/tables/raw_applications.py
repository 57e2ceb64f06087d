"""Raw applications to score: every row is checked; rows with errors are reported and left out."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError, list_some, shorten
from scoring.model.plan import Plan
from scoring.model.schema import LARGEST, Identity, InputSchema, SchemaField
from scoring.tables.columns import as_numbers, as_texts, not_numbers
from scoring.tables.files import TableFiles
from scoring.tables.key_columns import number_rows, parse_ids, read_outcomes
from scoring.tables.kinds import TableKinds, describe_table
from scoring.tables.missing_markers import find_codes, mark_missing
from scoring.tables.table_reader import name_first_unnamed, read_table
from scoring.tables.text.number_texts import PERCENT, DecimalMark
from scoring.tables.text.table_errors import TableError

_NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")

Bools = NDArray[np.bool_]
Errors = dict[int, list[str]]
Markers = Mapping[float | str, int]


@dataclass(frozen=True)
class RawApplications:
    """Applications that can be scored, and the errors of the others.

    Attributes
    ----------
    ids : shape (n,), identities of the valid rows, in the type of the identity column.
    columns : what the plan reads, each of shape (n,), as ``plan.model_ready`` takes it; nothing but NaN or None is
        missing.
    target : shape (n,), 0 or 1, NaN where the outcome is not known; None without any outcome.
    rows : how many rows were read.
    errors : by row (counted from 1): its identity as text, and all its errors.
    warnings : what is unusual about the table as a whole.
    kinds : what each column of the file was read as.
    """

    ids: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    target: NDArray[np.float64] | None
    rows: int
    errors: Mapping[int, tuple[str, Sequence[str]]]
    warnings: Sequence[str]
    kinds: TableKinds


def read_raw(
    table: TableFiles,
    schema: InputSchema,
    plan: Plan,
    features: pd.DataFrame | None = None,
    decimal: DecimalMark | None = None,
) -> RawApplications:
    """Read and check a table of raw applications.

    Parameters
    ----------
    schema : the fields, their types, ranges and which are required.
    plan : what the model reads of them; numbers it reads that are not fields are history features.
    features : history features by identity (its index), to join.
    decimal : the decimal mark of a CSV file; found from its numbers by default.

    Raises
    ------
    DataError
        When the file cannot be read, or columns are missing that the model reads.
    """
    texts, numbers = schema.columns_by_kind()
    file = read_table(table, texts, decimal, numbers=numbers)
    names = [str(name) for name in file.frame]
    frame = _with_codes(_with_ids(file.frame, schema.identity), schema)
    read = [*plan.raw_numbers(), *plan.raw_categories()]
    history = [name for name in read if name not in {field.name for field in schema.fields}]
    sources = {field.name: field.codes_of for field in schema.fields if field.codes_of}
    needed = dict.fromkeys(sources.get(name, name) for name in (schema.identity.name, *read) if name not in frame)
    lacking = [name for name in needed if name not in history]
    percent = [f.name for f in schema.fields if file.units.get(f.name) == PERCENT and f.unit != PERCENT]
    if lacking or percent:
        errors_of_columns = [f"column {name} is missing" for name in lacking]
        errors_of_columns += [str(TableError("percent", column=name)) for name in percent]
        remedy = f"The model reads these columns: correct the table.{file.hint}"
        raise DataError.listing(str(table.path), errors_of_columns, remedy)
    ids, errors = _identities(frame[schema.identity.name], schema.identity)
    if features is not None:
        frame = _with_features(frame, ids, features, history)
    columns: dict[str, NDArray[Any]] = {}
    markers: dict[str, Markers] = {}
    for field in (field for field in schema.fields if field.name in frame):
        columns[field.name], counts = _column(frame[field.name], field, errors)
        markers[field.name] = {**file.markers.get(field.name, {}), **counts}
    for name in history:
        columns[name] = as_numbers(frame[name]).to_numpy() if name in frame else np.full(len(frame), np.nan)
    target = _target(frame[schema.target], schema, errors) if schema.target in frame else None
    valid = np.array([i not in errors for i in range(len(frame))], dtype=bool)
    return RawApplications(
        ids=parse_ids(ids[valid], schema.identity),
        columns={name: columns[name][valid] for name in read},
        target=None if target is None or np.isnan(target).all() else target[valid],
        rows=len(frame),
        errors={i + 1: (str(ids[i] or "without a number"), tuple(errors[i])) for i in sorted(errors)},
        warnings=[
            *_column_warnings(frame, schema, read),
            *_unseen(columns, schema, valid, read),
            *(
                f"{field.name}: has no per cent signs, but had them in training: 5 is read as 5%, and 0.05 as 0.05%"
                for field in schema.fields
                if field.unit == PERCENT and field.name in frame and file.units.get(field.name) != PERCENT
            ),
        ],
        kinds=replace(
            describe_table(table.path.name, len(frame), names, columns, schema, markers, schema.left_out),
            form=tuple(file.describe()),
        ),
    )


def _with_ids(frame: pd.DataFrame, identity: Identity) -> pd.DataFrame:
    """Find the identity column as training does: by its name, without a name, or by the number of the row."""
    if identity.name in frame:
        return frame
    if identity.numbered:
        return frame.assign(**{identity.name: number_rows(frame, identity.name)[1]})
    return name_first_unnamed(frame, identity.name)


def _with_codes(frame: pd.DataFrame, schema: InputSchema) -> pd.DataFrame:
    """Add the categories of codes that a table does not have, from the columns with the codes."""
    missing = {field.name: field.missing for field in schema.fields}
    codes = [(field.name, field.codes_of) for field in schema.fields if field.codes_of in frame]
    added = {name: find_codes(frame[of], missing[of]) for name, of in codes if of and name not in frame}
    return frame.assign(**added) if added else frame


def _identities(column: "pd.Series[Any]", identity: Identity) -> tuple[NDArray[Any], Errors]:
    ids = as_texts(column).to_numpy()
    form = identity.pattern()
    errors: Errors = {}
    first: dict[str, int] = {}
    for i, text in enumerate(ids):
        if text is None:
            errors[i] = [f"{identity.name}: missing, expected {identity.expected()}"]
        elif not form.fullmatch(text):
            errors[i] = [f"{identity.name}: received {_shown(text)}, expected {identity.expected()}"]
        elif first.setdefault(text, i) != i:
            errors[i] = [f"{identity.name}: received {text}, a duplicate of row {first[text] + 1}, expected each once"]
    return ids, errors


def _column(column: "pd.Series[Any]", field: SchemaField, errors: Errors) -> tuple[NDArray[Any], Markers]:
    """Values of one field as ``plan.model_ready`` takes them, and its markers; notes the errors of each row."""
    received = column.astype(object).to_numpy()
    column, markers = mark_missing(column, field.missing)
    if field.type == "category":
        texts = as_texts(column).to_numpy()
        _note(errors, pd.isna(texts) & field.required, field, received, "a text")
        return texts, markers
    numbers = as_numbers(column)
    values = numbers.to_numpy()
    flags = np.array([isinstance(value, bool | np.bool_) for value in received]) & (field.unit != "flag")
    wrong = not_numbers(column, numbers) | np.isinf(values) | flags
    if field.type == "integer":
        with np.errstate(invalid="ignore"):
            wrong |= ~np.isnan(values) & ~wrong & (values % 1 != 0)
    _note(errors, wrong, field, received, "a whole number" if field.type == "integer" else "a finite number")
    _note(errors, ~wrong & _outside(values, field), field, received, _range(field))
    _note(errors, np.isnan(values) & ~wrong & field.required, field, received, "a number")
    return np.where(wrong, np.nan, values), markers


def _outside(numbers: NDArray[np.float64], field: SchemaField) -> Bools:
    low = -LARGEST if field.minimum is None else field.minimum  # as in the service
    high = LARGEST if field.maximum is None else field.maximum
    outside: Bools = (numbers < low) | (numbers > high) | (field.exclusive & (numbers == low))
    return outside


def _range(field: SchemaField) -> str:
    low, high = field.minimum, field.maximum
    if low is None:
        return f"{-LARGEST:g} to {LARGEST:g}" if high is None else f"at most {high:g}"
    if high is None:
        return f"{'above' if field.exclusive else 'at least'} {low:g}"
    return f"{'above ' if field.exclusive else ''}{low:.15g} to {high:.15g}"


def _note(errors: Errors, bad: Bools, field: SchemaField, received: NDArray[Any], expected: str) -> None:
    for i in np.flatnonzero(bad).tolist():
        value = received[i]
        what = "missing" if pd.isna(value) else f"received {_shown(value)}"
        errors.setdefault(i, []).append(f"{field.name}: {what}, expected {expected}")


def _target(column: "pd.Series[Any]", schema: InputSchema, errors: Errors) -> NDArray[np.float64]:
    read, expected = read_outcomes(column, schema)
    outcome: NDArray[np.float64] = read.to_numpy()
    for i in np.flatnonzero(column.notna().to_numpy() & np.isnan(outcome)).tolist():
        errors.setdefault(i, []).append(f"{column.name}: received {_shown(column.iloc[i])}, expected {expected}")
    return outcome


def _column_warnings(frame: pd.DataFrame, schema: InputSchema, read: Sequence[str]) -> list[str]:
    fields = {field.name for field in schema.fields}
    expected = {schema.identity.name, schema.target, *fields, *read, *schema.left_out}
    unknown = [str(name) for name in frame if name not in expected]
    history = [name for name in read if name not in fields and name not in frame]
    warnings = []
    if unknown:
        warnings.append(f"unknown columns are ignored: {list_some(unknown)}")
    if history:
        warnings.append(f"history features that are not in the table count as missing: {list_some(history)}")
    return warnings


def _unseen(columns: Mapping[str, NDArray[Any]], schema: InputSchema, valid: Bools, read: Collection[str]) -> list[str]:
    warnings = []
    for field in schema.fields:
        if field.type != "category" or not field.categories or field.name not in read:
            continue
        seen = {*field.categories, *field.proxy_categories, None}
        unseen = [text for text in columns[field.name][valid] if text not in seen]
        if unseen:
            shown = list_some(sorted({_shown(text) for text in unseen}), 5)
            warnings.append(
                f"{field.name}: categories that training did not see in {len(unseen)} of {valid.sum()} rows: {shown}"
            )
    return warnings


def _with_features(
    frame: pd.DataFrame, ids: NDArray[Any], features: pd.DataFrame, history: Collection[str]
) -> pd.DataFrame:
    """Join history features to the applications; a client without any gets missing values."""
    columns = [name for name in features if name in history and name not in frame]
    keyed = features[columns].set_axis(as_texts(features.index.to_series()), axis=0)
    keyed = keyed[~keyed.index.duplicated()]
    return pd.concat([frame, keyed.reindex(ids).set_axis(frame.index, axis=0)], axis=1)


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = repr(value) if isinstance(value, str) and not _NUMBER.fullmatch(value) else str(value)
    return shorten(text)
