"""Clients from tables, checked against a model batch by batch: what every store is loaded from."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ClientTableError, list_some
from scoring.model.calibration import Floats
from scoring.model.compile import RawRecord
from scoring.model.schema import ClientId, SchemaField
from scoring.storage.clients.client_table import MADE_FOR_MODEL, OTHER_VALUES, column_errors
from scoring.storage.clients.loading.client_cells import (
    IdOrder,
    Texts,
    WrongCells,
    are_empty,
    are_finite,
    read_ids,
    read_numbers,
    read_texts,
)
from scoring.storage.clients.loading.stored_schema import StoredSchema
from scoring.storage.clients.loading.table_batches import Batch, TableStream, open_table
from scoring.tables.letter_case import list_missing
from scoring.tables.text.number_texts import find_wrong_units

_log = logging.getLogger("scoring")
_REMEDY = "Correct the table; nothing was loaded."
_RAW = "If the table has raw applications, add --applications. "


class RowBatch(NamedTuple):
    """Model-ready rows of n clients.

    Attributes
    ----------
    client_ids : shape (n,), int64, or bytes for text ids.
    columns : of the features, in the model's order, each of shape (n,); NaN where a value may be missing and is.
    outcomes : shape (n,), 1 for a default, 0 for none, NaN if it is not known; None for a table without outcomes.
    others : columns that the model does not read, such as those of portfolios, by name.
    """

    client_ids: NDArray[Any]
    columns: Sequence[Floats]
    outcomes: Floats | None
    others: Mapping[str, Texts]

    def ids(self) -> list[ClientId]:
        """Return the ids as numbers or texts."""
        return id_list(self.client_ids)

    def rows(self) -> Floats:
        """Return the rows, shape (n, features)."""
        return np.column_stack(self.columns)


class FactBatch(NamedTuple):
    """Raw applications of n clients.

    Attributes
    ----------
    client_ids : as in ``RowBatch``.
    numbers : fields of numbers by name, each of shape (n,), NaN where a value is missing.
    texts : categories by name.
    """

    client_ids: NDArray[Any]
    numbers: Mapping[str, Floats]
    texts: Mapping[str, Texts]

    def ids(self) -> list[ClientId]:
        """Return the ids as numbers or texts."""
        return id_list(self.client_ids)

    def take(self, chosen: NDArray[np.bool_]) -> "FactBatch":
        """Return the chosen clients, shape (n,)."""
        if chosen.all():
            return self
        numbers = {name: values[chosen] for name, values in self.numbers.items()}
        texts = {name: values.take(chosen) for name, values in self.texts.items()}
        return FactBatch(self.client_ids[chosen], numbers, texts)

    def records(self, fields: Sequence[SchemaField]) -> Iterator[RawRecord]:
        """Every client's fields as JSON takes them: whole numbers as integers, None where a value is missing."""
        columns = [
            self.texts[field.name].values()
            if field.name in self.texts
            else [plain_number(value) for value in self.numbers[field.name].tolist()]
            for field in fields
        ]
        names = [field.name for field in fields]
        for values in zip(*columns, strict=True):
            yield dict(zip(names, values, strict=True))


def id_list(client_ids: NDArray[Any]) -> list[ClientId]:
    """Ids as numbers or texts.

    >>> id_list(np.array([7])), id_list(np.array([b"A-1"]))
    ([7], ['A-1'])
    """
    ids: list[ClientId] = client_ids.tolist()
    return [one.decode("ascii") for one in client_ids.tolist()] if client_ids.dtype.kind == "S" else ids


def plain_number(value: float) -> float | int | None:
    """Write a number as JSON takes it.

    >>> plain_number(2.0), plain_number(0.5), plain_number(float("nan"))
    (2, 0.5, None)
    """
    if value != value:  # NaN is the one value that differs from itself
        return None
    return int(value) if value.is_integer() else value


class Order(NamedTuple):
    """The ids of a table, ascending, and the rows in that order; ``rows`` is None where the table is sorted already."""

    client_ids: NDArray[Any]
    rows: NDArray[np.intp] | None


class ClientSource:
    """Clients from tables: model-ready rows and, if given, their raw applications.

    The columns are checked at once; cells are checked while the batches are read. All errors of a table are in one
    message, which is raised after its last batch. Nothing of a table with errors may therefore be kept.

    Parameters
    ----------
    schema : what a store has for the model.
    features : CSV or Parquet file, or a folder of part files, with one model-ready row per client.
    applications : the same, with one raw application per client. Applications of others are left out by the stores.
    others : columns of ``features`` to keep besides.

    Attributes
    ----------
    applications : as given.
    others : those of them that the table has and the model does not read.

    Raises
    ------
    ClientTableError
        A table cannot be read, or lacks columns, or has others.
    """

    def __init__(
        self, schema: StoredSchema, features: Path, applications: Path | None = None, others: Sequence[str] = ()
    ) -> None:
        self.schema, self.applications = schema, applications
        self._rows = open_table(features)
        self._facts = open_table(applications) if applications else None
        own = {schema.identity.name, schema.target, *schema.features}
        self.others = tuple(dict.fromkeys(name for name in others if name in self._rows.names and name not in own))
        self._check_columns()
        self._order = Order(np.empty(0), None)

    @cached_property
    def has_outcomes(self) -> bool:
        """Whether the table has a column of outcomes."""
        return self.schema.target in self._rows.names

    @property
    def has_facts(self) -> bool:
        """Whether there are raw applications."""
        return self._facts is not None

    @property
    def total(self) -> int | None:
        """Number of rows of all tables; None if it is known only after reading."""
        totals = [table.total for table in (self._rows, self._facts) if table is not None]
        return None if None in totals else sum(total or 0 for total in totals)

    def _check_columns(self) -> None:
        schema, identity = self.schema, self.schema.identity.name
        for table in (self._rows, self._facts):
            if table is not None and table.left_out:
                listed = list_some([repr(name) for name in table.left_out])
                _log.warning("%s: columns without a name are left out, as row numbers: %s", table.path, listed)
        received = [name for name in self._rows.names if name not in {identity, schema.target, *self.others}]
        errors = list_missing([identity], self._rows.names, schema.features)
        errors += column_errors(schema.features, received, "the manifest")
        errors += self._rows.wrong_types({*schema.features, schema.target}, schema.identity)
        if errors:
            raise ClientTableError.listing(str(self._rows.path), errors, MADE_FOR_MODEL)
        if self._facts is None:
            return
        names = [identity, *(field.name for field in schema.fields)]
        errors = list_missing(names, self._facts.names)
        numbers = {field.name for field in schema.fields if field.type != "category"}
        if errors := errors + self._facts.wrong_types(numbers, schema.identity):
            raise ClientTableError.listing(str(self._facts.path), errors, "Take the table of applications.")

    def rows(self) -> Iterator[RowBatch]:
        """Read the model-ready rows.

        Raises
        ------
        ClientTableError
            After the last batch, listing all cells that cannot be used, and duplicate ids; after the first rows, if
            they have values that no row of the model has.
        """
        schema, wrong, order = self.schema, WrongCells(), IdOrder(self.schema.identity)
        outcomes = [schema.target] if self.has_outcomes else []
        columns = [schema.identity.name, *schema.features, *outcomes, *self.others]
        for batch in self._rows.batches(columns, {*self.others, *self._text_ids()}, columns[:1]):
            read = RowBatch(
                _read_ids(batch, schema, wrong, order),
                [_read_finite(batch, name, wrong) for name in schema.features],
                _read_outcomes(batch, schema.target, wrong) if outcomes else None,
                {name: read_texts(batch.columns[name]) for name in self.others},
            )
            columns_by_name = dict(zip(schema.features, read.columns, strict=True))
            if others := schema.possible.find_others(columns_by_name, batch.first - 1, batch.word):
                raise ClientTableError.listing(str(self._rows.path), others, f"{OTHER_VALUES}\n{MADE_FOR_MODEL}")
            if not wrong:
                yield read
        self._order = _finish(self._rows, wrong, order, f"{_RAW}{_REMEDY}" if wrong else _REMEDY)

    def facts(self) -> Iterator[FactBatch]:
        """Read the raw applications; raises as ``rows``."""
        if self._facts is None:
            return
        schema, wrong, order = self.schema, WrongCells(), IdOrder(self.schema.identity)
        numbers = [field for field in schema.fields if field.type != "category"]
        categories = [field for field in schema.fields if field.type == "category"]
        columns = [schema.identity.name, *(field.name for field in schema.fields)]
        texts = {*(field.name for field in categories), *self._text_ids()}
        units = {field.name: field.unit for field in numbers}
        for batch in self._facts.batches(columns, texts, columns[:1]):
            if errors := [*map(str, find_wrong_units(batch.units, units))]:
                raise ClientTableError.listing(str(self._facts.path), errors, _REMEDY)
            read = FactBatch(
                _read_ids(batch, schema, wrong, order),
                {field.name: _read_field(batch, field, wrong) for field in numbers},
                {field.name: _read_category(batch, field) for field in categories},
            )
            if not wrong:
                yield read
        _finish(self._facts, wrong, order)

    def order_of_rows(self) -> Order:
        """Return the order of the model-ready rows, after the last batch was read."""
        return self._order

    def _text_ids(self) -> list[str]:
        return [self.schema.identity.name] if self.schema.identity.kind == "text" else []


def _finish(table: TableStream, wrong: WrongCells, order: IdOrder, remedy: str = _REMEDY) -> Order:
    ids, rows, twice = order.sort()
    if errors := [*wrong.messages(), *twice]:
        raise ClientTableError.listing(str(table.path), errors, remedy)
    return Order(ids, rows)


def _read_ids(batch: Batch, schema: StoredSchema, wrong: WrongCells, order: IdOrder) -> NDArray[Any]:
    identity = schema.identity
    column = batch.columns[identity.name]
    ids, invalid = read_ids(column, identity)
    hint = "; set SCORING_CLIENT_ID_DIGITS where numbers have another length" if identity.digits else ""
    _note(batch, identity.name, f"has values that are not {identity.expected()}{hint}", invalid, wrong)
    order.add(ids[~invalid] if invalid.any() else ids)
    return ids


def _read_finite(batch: Batch, name: str, wrong: WrongCells) -> Floats:
    values = read_numbers(batch.columns[name])
    if not are_finite(values):
        _note(batch, name, "has cells that are not finite numbers", ~np.isfinite(values), wrong)
    return values


def _read_outcomes(batch: Batch, name: str, wrong: WrongCells) -> Floats:
    values = read_numbers(batch.columns[name])
    invalid = (values != 0.0) & (values != 1.0)
    if invalid.any():
        invalid &= ~are_empty(batch.columns[name])
        _note(batch, name, "has cells that are not outcomes (0, 1 or empty)", invalid, wrong)
    return values


def _read_field(batch: Batch, field: SchemaField, wrong: WrongCells) -> Floats:
    values = read_numbers(batch.columns[field.name])
    if not are_finite(values):
        invalid = ~np.isfinite(values) & ~are_empty(batch.columns[field.name])
        _note(batch, field.name, "has cells that are neither finite numbers nor empty", invalid, wrong)
    markers = [marker for marker in field.missing if not isinstance(marker, str)]
    return np.where(np.isin(values, markers), np.nan, values) if markers else values


def _read_category(batch: Batch, field: SchemaField) -> Texts:
    read = read_texts(batch.columns[field.name])
    markers = {str(marker) for marker in field.missing}
    absent = [i for i, text in enumerate(read.texts) if text in markers or not text]
    return read._replace(codes=np.where(np.isin(read.codes, absent), -1, read.codes)) if absent else read


def _note(batch: Batch, name: str, what: str, invalid: NDArray[np.bool_], wrong: WrongCells) -> None:
    places = np.flatnonzero(invalid)
    if len(places):
        cells = batch.columns[name].take(places[:5]).to_pylist()
        wrong.add(f"column {name} {what}", cells, places, batch.first, batch.word)
