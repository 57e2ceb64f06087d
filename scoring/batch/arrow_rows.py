"""Model-ready rows from Arrow: checked column by column; each faulty row is set aside with all its errors."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scoring.model.calibration import Bools, Floats
from scoring.model.plan import PossibleValues
from scoring.model.schema import LARGEST, Identity
from scoring.storage.clients.loading.client_cells import decode, describe_type, read_numbers
from scoring.tables.letter_case import list_missing
from scoring.tables.row_errors import show_value

_EXPECTED = f"a number from {-float(LARGEST):g} to {float(LARGEST):g}"


class FaultyRow(NamedTuple):
    """A row that cannot be scored.

    Attributes
    ----------
    file : name of the file that it stands in.
    row : its place there, counted from 1.
    client : its id as it was received; empty where there is none.
    errors : all of them.
    """

    file: str
    row: int
    client: str
    errors: tuple[str, ...]


class ReadRows(NamedTuple):
    """Rows of one batch.

    Attributes
    ----------
    client_ids : of the valid rows, in the type of the identity column; n of them.
    rows : the valid rows, shape (n, features), column-major.
    valid : of all rows, whether they can be scored.
    errors : by place in the batch, of the others.
    facts : of the valid rows, the fields that the policy reads; None where only model-ready rows are known.
    """

    client_ids: pa.Array
    rows: Floats
    valid: Bools
    errors: dict[int, list[str]]
    facts: pa.Table | None = None


class BatchReader(Protocol):
    """Makes rows of batches of Arrow; it can be sent to other processes."""

    @property
    def identity(self) -> Identity: ...  # noqa: D102

    def read(self, batch: pa.RecordBatch, known_errors: Iterable[tuple[int, str]] = ()) -> ReadRows:
        """Make rows ready; ``known_errors`` are of rows that were found faulty before."""


class EngineInput(NamedTuple):
    """Rows as Parquet files, for an engine that reads them itself.

    Attributes
    ----------
    files, columns : what is read.
    reader : of batches with these columns and those of ``joined``.
    repeats : the error of each row whose client stands in an earlier row, by name of the file and place (from 0).
    names : what each file is called in messages, by its name.
    joined : file with more columns of each client, and the column there with the client.
    faulty : all rows that are set aside, in the order of the input; None if only the reader finds them.
    """

    files: Sequence[Path]
    columns: Sequence[str]
    reader: BatchReader
    repeats: Mapping[str, Mapping[int, str]]
    names: Mapping[str, str]
    joined: tuple[Path, str] | None = None
    faulty: Sequence[FaultyRow] | None = None


class ArrowRowReader:
    """Reads model-ready rows.

    Parameters
    ----------
    features : names of the model-ready columns, in order.
    nullable : features that may be missing.
    possible : the values that the model's columns can have.
    """

    def __init__(
        self,
        features: Sequence[str],
        identity: Identity,
        nullable: Collection[str] = (),
        possible: PossibleValues | None = None,
    ) -> None:
        self.identity, self._features, self._nullable = identity, tuple(features), frozenset(nullable)
        self._possible = possible or PossibleValues(())
        self.columns = [identity.name, *self._features]

    def find_schema_errors(self, schema: pa.Schema) -> list[str]:
        """List the columns that are missing, duplicate, or of a type that cannot be read."""
        errors = list_missing(self.columns, schema.names)
        errors += [f"column {name} is there twice" for name in self.columns if schema.names.count(name) > 1]
        for name in self.columns:
            if schema.names.count(name) == 1:
                errors += describe_type(schema.field(name), None if name != self.identity.name else self.identity)
        return errors

    def find_other_values(self, batch: pa.RecordBatch) -> list[str]:
        """List the columns whose first values no row of the model can have; cells that are no numbers are left."""
        columns = (batch.column(batch.schema.get_field_index(name)) for name in self._features)
        return self._possible.find_others(
            {name: read_numbers(decode(column)) for name, column in zip(self._features, columns, strict=True)}
        )

    def read(self, batch: pa.RecordBatch, known_errors: Iterable[tuple[int, str]] = ()) -> ReadRows:
        """Check a batch that has all columns.

        Parameters
        ----------
        known_errors : place and error of rows that were found faulty before.
        """
        errors: dict[int, list[str]] = {}
        for place, error in known_errors:
            errors.setdefault(place, []).append(error)
        client_ids = read_ids(batch.column(batch.schema.get_field_index(self.identity.name)), self.identity, errors)
        rows = np.empty((batch.num_rows, len(self._features)), order="F")
        for j, name in enumerate(self._features):
            column = decode(batch.column(batch.schema.get_field_index(name)))
            rows[:, j] = read_numbers(column)
            self._check(name, column, rows[:, j], errors)
        valid = np.ones(batch.num_rows, dtype=bool)
        if not errors:
            return ReadRows(client_ids, rows, valid, errors)
        valid[[*errors]] = False
        return ReadRows(client_ids.filter(pa.array(valid)), np.asfortranarray(rows[valid]), valid, errors)

    def _check(self, name: str, column: pa.Array, values: Floats, errors: dict[int, list[str]]) -> None:
        if not len(values) or (values.min() >= -LARGEST and values.max() <= LARGEST):  # False where one is NaN
            return
        wrong = ~(np.abs(values) <= LARGEST)
        expected = f"{_EXPECTED} (required)"
        if name in self._nullable:
            wrong &= ~np.isnan(values) | _not_missing(column)
            expected = f"{_EXPECTED}, or nothing"
        for i in np.flatnonzero(wrong).tolist():
            value = column[i].as_py()
            received = "missing" if value is None or value != value else f"received {show_value(value)}"
            errors.setdefault(i, []).append(f"{name}: {received}, expected {expected}")


def _holds_texts(found: pa.DataType) -> bool:
    return bool(pa.types.is_string(found) or pa.types.is_large_string(found))


def _not_missing(column: pa.Array) -> Bools:
    """Whether a cell has a text, which is no number; shape (n,)."""
    given: Bools = column.is_valid().to_numpy(zero_copy_only=False) & _holds_texts(column.type)
    return given


def read_ids(column: pa.Array, identity: Identity, errors: dict[int, list[str]]) -> pa.Array:
    """Read ids in the type of the identity column; notes the errors of missing and malformed ones.

    >>> errors = {}
    >>> read_ids(pa.array([500001, 42, None, 2**63], pa.uint64()), Identity(name="id", digits=6), errors)[0].as_py()
    500001
    >>> [errors[i][0].partition(", expected")[0] for i in sorted(errors)]
    ['id: received 42', 'id: missing', 'id: received 9223372036854775808']
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    found = column.type
    if identity.kind == "text" or _holds_texts(found) or pa.types.is_decimal(found):
        return _read_text_ids(column, identity, errors)
    are_floats = pa.types.is_floating(found)
    if found != pa.uint64():
        column = column.cast(pa.float64() if are_floats else pa.int64())
    # pyarrow makes no floating-point number of a whole one that it does not hold exactly.
    bounds = (pa.scalar(float(bound) if are_floats else bound, column.type) for bound in identity.bounds())
    inside = pc.and_(pc.greater_equal(column, next(bounds)), pc.less_equal(column, next(bounds)))
    if are_floats:
        whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(column, pa.scalar(2.0**53)))
        inside = pc.and_(inside, whole)
    return _keep(column, inside, identity, errors).cast(pa.int64())


def _read_text_ids(column: pa.Array, identity: Identity, errors: dict[int, list[str]]) -> pa.Array:
    texts = column.cast(pa.string())
    matches = pc.match_substring_regex(texts, f"^(?:{identity.pattern().pattern})$")
    # In a regular expression $ also matches before a line break at the end.
    matches = pc.and_(matches, pc.invert(pc.match_substring(texts, "\n")))
    kept = _keep(texts, matches, identity, errors)
    return kept if identity.kind == "text" else kept.cast(pa.int64())


def _keep(column: pa.Array, fits: pa.Array, identity: Identity, errors: dict[int, list[str]]) -> pa.Array:
    """Return the column; with null for ids that do not fit, whose errors are noted."""
    fits = fits.fill_null(False)
    if fits.true_count == len(column):
        return column
    for i in np.flatnonzero(~fits.to_numpy(zero_copy_only=False)).tolist():
        value = column[i].as_py()
        received = "missing" if value is None else f"received {show_value(value)}"
        errors.setdefault(i, []).append(f"{identity.name}: {received}, expected {identity.expected()}")
    return pc.if_else(fits, column, pa.scalar(None, column.type))


def show_id(column: pa.Array, place: int) -> str:
    """Write an id as it stands in the input, whole; empty where there is none."""
    value = column[place].as_py()
    if isinstance(value, float) and value.is_integer():  # whole numbers, in a column where some are missing
        value = int(value)
    return "" if value is None else str(value)
