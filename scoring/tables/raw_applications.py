"""Raw applications to score: every row is checked; rows with errors are reported and left out."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError, LacksColumns, list_some
from scoring.model.calibration import Bools
from scoring.model.plan import CHECKED, Plan, PossibleValues
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.tables.columns import as_numbers, as_texts
from scoring.tables.files import TableFiles
from scoring.tables.key_columns import number_rows, parse_ids
from scoring.tables.kinds import TableKinds, describe_table
from scoring.tables.letter_case import KnownNames, list_missing
from scoring.tables.missing_markers import find_codes
from scoring.tables.row_errors import Markers, read_identities, read_known_outcomes, read_values, show_value
from scoring.tables.table_pieces import read_in_pieces
from scoring.tables.table_reader import name_first_unnamed, read_table
from scoring.tables.text.number_texts import PERCENT, DecimalMark, find_wrong_units
from scoring.tables.text.table import Expected, Table
from scoring.tables.text.table_errors import Note

NO_NUMBER = "without a number"  # stands for the id of a row that has none
_SHOWN = 5  # categories that a note names
_NAMED = 10  # columns that a note names
_MANY = 0.05  # share of the rows; of the training clients, one in five hundred was outside the usual range
_NEEDED = "These columns are needed: correct the table, or take the model that was trained on such a table."


class Unseen(NamedTuple):
    """Values of one field unlike those of training: categories that it did not see, or numbers far from its own.

    Attributes
    ----------
    rows : how many valid rows have one.
    texts : categories as messages show them: the first ones in alphabetical order, one more than are shown.
    usual : of numbers: the usual range.
    """

    rows: int
    texts: Sequence[str]
    usual: tuple[float, float] | None = None


@dataclass(frozen=True)
class RawApplications:
    """Applications that can be scored, and the errors of the others.

    Attributes
    ----------
    ids : shape (n,), identities of the valid rows, in the type of the identity column.
    columns : what the plan reads, or every field, each of shape (n,), as ``plan.model_ready`` takes it; missing-value
        markers have already become NaN or None.
    target : shape (n,), 0 or 1, NaN where the outcome is not known; None without any outcome.
    rows : how many rows were read.
    errors : by row (counted from 1): its identity as text, and all its errors.
    form_notes : what is unusual about the form of the file, such as lines that are left out.
    column_notes : what is unusual about the columns.
    unseen : values unlike those of training, by field.
    describe : says what each column of the file was read as.
    read_fields : returns all fields of the schema that the table has, each of shape (n,), also those that the plan does
        not read.
    read_every_outcome : returns identities and known outcomes of all rows, those with errors too, each of shape (m,).
    """

    ids: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    target: NDArray[np.float64] | None
    rows: int
    errors: Mapping[int, tuple[str, Sequence[str]]]
    form_notes: Sequence[Note]
    column_notes: Sequence[Note]
    unseen: Mapping[str, Unseen]
    describe: Callable[[], TableKinds]
    read_fields: Callable[[], Mapping[str, NDArray[Any]]]
    read_every_outcome: Callable[[], tuple[NDArray[Any], NDArray[np.float64]]]

    @property
    def notes(self) -> list[Note]:
        """What is unusual about the table as a whole."""
        return [*self.column_notes, *note_unseen([self.unseen], len(self.ids))]

    @property
    def warnings(self) -> list[str]:
        """The notes in English."""
        return [*map(str, self.notes)]


def read_raw(
    table: TableFiles,
    schema: InputSchema,
    plan: Plan,
    features: pd.DataFrame | None = None,
    decimal: DecimalMark | None = None,
    *,
    every_field: bool = False,
) -> RawApplications:
    """Read and check a table of raw applications.

    Parameters
    ----------
    schema : the fields, their types, ranges and which are required.
    plan : the model's preprocessing; the numbers that it reads and that are not fields are history features.
    features : history features by identity (its index), to join.
    decimal : the decimal mark of a CSV file; found from its numbers by default.
    every_field : keep the fields that the plan does not read, too, where the table has them.

    Raises
    ------
    DataError
        When the file cannot be read, or columns are missing that the model reads.
    """
    expected, percents, known = _expect(schema, plan, decimal)
    file = read_table(
        table,
        expected.texts,
        decimal,
        numbers=expected.numbers,
        percent=percents,
        is_possible=expected.is_possible,
        ids=expected.ids,
        rename=known.rename,
    )
    _refuse_model_ready(file.frame, table.path, schema, plan)
    return _check(file, table.path, schema, plan, known, features, every_field=every_field)


def read_raw_in_pieces(
    file: Path, schema: InputSchema, plan: Plan, decimal: DecimalMark | None = None, model: Plan | None = None
) -> Iterator[RawApplications]:
    """Read and check one file of any size, some ten thousand rows at a time, as ``read_raw`` reads it.

    A client who occurs in an earlier row is no error here, since that row may be in another piece.

    Parameters
    ----------
    plan : says which fields to keep.
    model : the model's preprocessing; rows that it has made already are refused.

    Raises
    ------
    DataError
        As ``read_raw``; some pieces may have been returned before.
    """
    expected, percents, known = _expect(schema, plan, decimal)
    before = 0
    for read in read_in_pieces(file, expected, percents, known.rename, _find_checked(schema, plan)):
        if model:
            _refuse_model_ready(read.frame, file, schema, model)
        yield _check(read, file, schema, plan, known, before=before, once=False)
        before += len(read.frame)


def _find_checked(schema: InputSchema, plan: Plan) -> list[SchemaField]:
    """Find the fields whose values nobody needs: they are only checked."""
    read = {*plan.raw_numbers(), *plan.raw_categories(), *(field.codes_of for field in schema.fields)}
    return [field for field in schema.fields if field.name not in read and field.unit != PERCENT]


def _expect(schema: InputSchema, plan: Plan, decimal: DecimalMark | None) -> tuple[Expected, list[str], KnownNames]:
    """Return what is known about a table of applications, its columns of per cent, and the names of its columns."""
    texts, numbers = schema.columns_by_kind()
    fields = {field.name: field for field in schema.fields}
    known = KnownNames([schema.identity.name, *fields, schema.target, *schema.left_out, *plan.raw_numbers()])
    expected = Expected(
        texts,
        numbers,
        decimal,
        is_possible=lambda name, number: name not in fields or fields[name].accepts(number),
        ids={schema.identity.name},
    )
    return expected, [field.name for field in schema.fields if field.unit == PERCENT], known


def _check(
    file: Table,
    path: Path,
    schema: InputSchema,
    plan: Plan,
    known: KnownNames,
    features: pd.DataFrame | None = None,
    before: int = 0,
    once: bool = True,
    every_field: bool = False,
) -> RawApplications:
    """Check applications as read.

    Parameters
    ----------
    before : number of the file's rows before them.
    once : as of ``read_identities``.
    every_field : as of ``read_raw``.
    """
    frame = _with_codes(_with_ids(file.frame, schema.identity, before), schema)
    read = [*plan.raw_numbers(), *plan.raw_categories()]
    history = [name for name in read if name not in {field.name for field in schema.fields}]
    lacking, wrong = _find_wrong_columns(frame, schema, {*read} - {*history}, file.units)
    if lacking:
        remedy = f"{_NEEDED}{file.hint}"
        raise LacksColumns(str(DataError.listing(str(path), wrong, remedy)), lacking)
    if wrong:
        raise DataError.listing(str(path), wrong, "Correct the table.")
    ids, errors = read_identities(frame[schema.identity.name], schema.identity, once=once or features is not None)
    if features is not None:
        frame = _with_features(frame, ids, features, history)
    columns: dict[str, NDArray[Any]] = {}
    markers: dict[str, Markers] = {}
    for field in (field for field in schema.fields if field.name in frame):
        columns[field.name], counts = read_values(frame[field.name], field, errors)
        markers[field.name] = {**file.markers.get(field.name, {}), **counts}
    for name in history:
        columns[name] = as_numbers(frame[name]).to_numpy() if name in frame else np.full(len(frame), np.nan)
    target = read_known_outcomes(frame[schema.target], schema, errors) if schema.target in frame else None
    valid = np.ones(len(frame), dtype=bool)
    valid[[*errors]] = False
    named = file.frame if schema.identity.numbered else _with_ids(file.frame, schema.identity, before)
    names = [str(name) or f"(column {i})" for i, name in enumerate(named, 1)]

    def describe() -> TableKinds:
        kinds = describe_table(path.name, len(frame), names, columns, schema, markers, schema.left_out)
        return replace(kinds, form=tuple(file.describe()))

    return RawApplications(
        ids=parse_ids(ids[valid], schema.identity),
        columns={name: columns[name][valid] for name in (columns if every_field else read)},
        target=None if target is None or np.isnan(target).all() else target[valid],
        rows=len(frame),
        errors={i + 1: (_show_id(ids[i]), tuple(errors[i])) for i in sorted(errors)},
        form_notes=[note for note in file.notes if "column" not in note.values],
        column_notes=[
            *_note_case(known),
            *_note_columns(frame, schema, read),
            *_note_percent(columns, schema, file.units),
        ],
        unseen=_find_unseen(columns, schema, valid, read),
        describe=describe,
        read_fields=lambda: {
            field.name: columns[field.name][valid] for field in schema.fields if field.name in columns
        },
        read_every_outcome=lambda: _keep_known(ids, target),
    )


def _keep_known(ids: NDArray[Any], target: NDArray[np.float64] | None) -> tuple[NDArray[Any], NDArray[np.float64]]:
    outcomes = np.full(len(ids), np.nan) if target is None else target
    known = ~np.isnan(outcomes)
    return ids[known], outcomes[known]


def _show_id(read: Any) -> str:
    return NO_NUMBER if read is None or read == "" else str(read)


def _refuse_model_ready(frame: pd.DataFrame, path: Path, schema: InputSchema, plan: Plan) -> None:
    """Raise DataError where the columns that have names of fields hold what the model makes of the fields."""
    possible, fields = PossibleValues.of(plan), {field.name for field in schema.fields}
    made: list[str] = []
    for column in plan.columns:
        if column.name in fields and column.name in frame and possible.is_limited(column.name):
            values = as_numbers(frame[column.name].head(CHECKED)).to_numpy()
            is_made = [value == value and possible.expected(column.name, value) is None for value in values.tolist()]
            if 2 * sum(is_made) <= len(values):
                return
            if np.any(values[is_made]):  # many raw columns are 0 nearly everywhere, and the neutral weight is 0, too
                made.append(column.name)
    if made:
        raise DataError(
            f"{path}: has model-ready rows, and no applications: {list_some(made)} have values that the model makes\n"
            "Take the table of applications; or, for model-ready rows, leave out --applications (batch, load-clients) "
            "or add --model-ready (drift)."
        )


def _find_wrong_columns(
    frame: pd.DataFrame, schema: InputSchema, read: Collection[str], units: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Find columns that the model reads and the table lacks; describe them, and numbers with another unit."""
    sources = {field.name: field.codes_of for field in schema.fields if field.codes_of}
    fields = [field.name for field in schema.fields if field.name in read]
    needed = [schema.identity.name, *fields]
    lacking = [*dict.fromkeys(sources.get(name, name) for name in needed if name not in frame)]
    known = [schema.target, *(field.name for field in schema.fields), *schema.left_out]
    wrong = find_wrong_units(units, {field.name: field.unit for field in schema.fields})
    return lacking, [*list_missing(lacking, frame, known), *map(str, wrong)]


def _with_ids(frame: pd.DataFrame, identity: Identity, before: int) -> pd.DataFrame:
    """Find the identity column as training does: by its name, without a name, or by the number of the row."""
    if identity.name in frame:
        return frame
    if identity.numbered:
        return frame.assign(**{identity.name: number_rows(frame, identity.name)[1] + before})
    return name_first_unnamed(frame, identity.name)


def _with_codes(frame: pd.DataFrame, schema: InputSchema) -> pd.DataFrame:
    """Add the categories of codes that a table does not have, from the columns with the codes."""
    missing = {field.name: field.missing for field in schema.fields}
    codes = [(field.name, field.codes_of) for field in schema.fields if field.codes_of in frame]
    added = {name: find_codes(frame[of], missing[of]) for name, of in codes if of and name not in frame}
    return frame.assign(**added) if added else frame


def _note_columns(frame: pd.DataFrame, schema: InputSchema, read: Sequence[str]) -> Iterator[Note]:
    fields = {field.name for field in schema.fields}
    expected = {schema.identity.name, schema.target, *fields, *read, *schema.left_out}
    unknown = [str(name) for name in frame if name not in expected]
    history = [name for name in read if name not in fields and name not in frame]
    if unknown:
        yield _note_names("note_unknown_columns", unknown)
    if history:
        yield _note_names("note_no_history", history)


def _note_case(known: KnownNames) -> list[Note]:
    pairs = [f"{column} → {name}" for column, name in known.read.items()]
    return [_note_names("note_case", pairs)] if pairs else []


def _note_names(key: str, names: Sequence[str]) -> Note:
    """Note something about columns, of which the first ones are named."""
    columns: Any = [name or Note("no_name") for name in names[:_NAMED]]
    if len(names) > _NAMED:
        columns = Note("and_more", {"names": columns, "count": len(names) - _NAMED}, whole=True)
    return Note(key, {"columns": columns}, whole=True)


def _find_unseen(
    columns: Mapping[str, NDArray[Any]], schema: InputSchema, valid: Bools, read: Collection[str]
) -> dict[str, Unseen]:
    found = {}
    for field in schema.fields:
        if field.name in read and field.usual and (bounds := field.far_from_usual):
            values = columns[field.name][valid]
            if far := int(np.count_nonzero((values < bounds[0]) | (values > bounds[1]))):
                found[field.name] = Unseen(far, (), field.usual)
        if field.type != "category" or not field.categories or field.name not in read:
            continue
        seen = {*field.categories, *field.proxy_categories, None}
        unseen = [text for text in columns[field.name][valid] if text not in seen]
        if unseen:
            found[field.name] = Unseen(len(unseen), sorted({show_value(text) for text in unseen})[: _SHOWN + 1])
    return found


def note_unseen(pieces: Sequence[Mapping[str, Unseen]], rows: int) -> Iterator[Note]:
    """Note values unlike those of training, once for each field; a few numbers far from its own are no note.

    Parameters
    ----------
    pieces : of one table, by field.
    rows : number of valid rows of all pieces.
    """
    for name in dict.fromkeys(name for piece in pieces for name in piece):
        found = [piece[name] for piece in pieces if name in piece]
        if usual := found[0].usual:
            if (count := sum(one.rows for one in found)) > _MANY * rows:
                low, high = (f"{bound:.10g}" for bound in usual)
                values = {"field": name, "count": count, "rows": rows, "low": low, "high": high}
                yield Note("note_far", values, whole=True)
            continue
        texts = sorted({text for one in found for text in one.texts})
        shown = texts if len(texts) <= _SHOWN else Note("and_others", {"names": texts[:_SHOWN]}, whole=True)
        values = {"field": name, "count": sum(one.rows for one in found), "rows": rows, "categories": shown}
        yield Note("note_unseen", values, whole=True)


def _note_percent(columns: Mapping[str, NDArray[Any]], schema: InputSchema, units: Mapping[str, str]) -> list[Note]:
    return [
        Note("note_no_percent", {"field": field.name}, whole=True)
        for field in schema.fields
        if field.unit == PERCENT and units.get(field.name) != PERCENT
        if field.name in columns and not np.isnan(columns[field.name]).all()
    ]


def _with_features(
    frame: pd.DataFrame, ids: NDArray[Any], features: pd.DataFrame, history: Collection[str]
) -> pd.DataFrame:
    """Join history features to the applications; a client without any gets missing values."""
    columns = [name for name in features if name in history and name not in frame]
    keyed = features[columns].set_axis(as_texts(features.index.to_series()), axis=0)
    keyed = keyed[~keyed.index.duplicated()]
    return pd.concat([frame, keyed.reindex(ids).set_axis(frame.index, axis=0)], axis=1)
