"""The table of clients, as model-ready rows, and the raw facts that go with it."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import ClientTableError, list_some
from scoring.model.schema import MOST_DIGITS, ClientId, Identity, InputSchema, SchemaField

_SHOWN = 5  # faults of one kind that a message spells out


@dataclass(frozen=True)
class ClientTable:
    """Model-ready rows of n clients.

    Attributes
    ----------
    numbers : shape (n,), client numbers (int64) or text ids (object), unique.
    rows : shape (n, features), all finite.
    features : names of the columns of ``rows``.
    """

    numbers: NDArray[Any]
    rows: NDArray[np.float64]
    features: tuple[str, ...]


def read_header(path: Path) -> list[str]:
    """Column names of a CSV file, as they stand there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except FileNotFoundError:
        raise ClientTableError(f"{path.name}: not found in {path.parent}\nPut the table of clients there.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ClientTableError(f"{path.name}: cannot be read ({error})\nExpected a CSV file in UTF-8.") from None
    if not header:
        raise ClientTableError(f"{path.name}: is empty\nExpected a header and at least one client.")
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise ClientTableError(
            f"{path.name}: columns stand there twice: {list_some(doubled)}\nKeep one column of each name."
        )
    return header


def read_clients(path: Path, identity: Identity, features: Sequence[str]) -> ClientTable:
    """Read model-ready rows and check every cell.

    Raises
    ------
    ClientTableError
        Naming all faults: cells that are empty, not numbers or infinite, client numbers (or text ids) that
        are doubled or not of the identity's form, or a table without clients.
    """
    frame = _read_csv(path, texts=_texts(identity))
    faults: list[str] = []
    if frame.empty:
        faults.append("holds no client")
    column = frame[identity.name]
    read = _text_ids if identity.kind == "text" else _client_numbers
    numbers = read(column, identity, faults)
    columns = [_finite(frame[name], faults) for name in features]
    if faults:
        raise ClientTableError.listing(path.name, faults, "Correct the table; nothing is served until then.")
    return ClientTable(numbers, np.column_stack(columns), tuple(features))


def read_ids(path: Path, identity: Identity) -> "pd.Series[Any]":
    """Read the column that names clients, unchecked; raises ClientTableError where the file is no table."""
    ids: pd.Series[Any] = _read_csv(path, texts=_texts(identity), only=[identity.name])[identity.name]
    return ids


def column_faults(expected: Sequence[str], received: Sequence[str], whose: str) -> list[str]:
    """Say what keeps ``received`` columns from being the ``expected`` ones; empty when they are.

    >>> column_faults(["a", "b", "c"], ["b", "a", "d"], "the scaler")
    ['columns the scaler expects are missing: c', 'columns the scaler does not know: d']
    >>> column_faults(["a", "b"], ["b", "a"], "the scaler")
    ["columns are out of the scaler's order, from position 1: b stands where a is expected"]
    """
    missing = [name for name in expected if name not in set(received)]
    extra = [name for name in received if name not in set(expected)]
    faults = []
    if missing:
        faults.append(f"columns {whose} expects are missing: {list_some(missing)}")
    if extra:
        faults.append(f"columns {whose} does not know: {list_some(extra)}")
    if not faults and list(expected) != list(received):
        first = next(i for i, name in enumerate(received) if name != expected[i])
        faults.append(
            f"columns are out of {whose}'s order, from position {first + 1}: "
            f"{received[first]} stands where {expected[first]} is expected"
        )
    return faults


class ClientFacts:
    """Raw application fields of known clients, to be shown beside a decision."""

    def __init__(self, path: Path, schema: InputSchema) -> None:
        self._schema = schema
        categories = [field.name for field in schema.fields if field.type == "category"]
        self._frame = _read_csv(path, texts=[*_texts(schema.identity), *categories]).set_index(schema.identity.name)
        faults = [f"column {field.name} is missing" for field in schema.fields if field.name not in self._frame]
        _once(self._frame.index.to_series(), schema.identity, faults)
        if faults:
            raise ClientTableError.listing(path.name, faults, "Take the file that was published with the model.")

    def column(self, name: str, numbers: NDArray[Any]) -> list[Any]:
        """Values of one field for these clients, in their order; None where it is missing. Raises KeyError."""
        stand_ins = self._schema.field(name).missing
        return [_value(value, stand_ins) for value in self._frame[name].reindex(numbers).tolist()]

    def record(self, number: ClientId) -> dict[str, Any] | None:
        """Every field's value of one client, None where it is missing; None for a client without facts."""
        if number not in self._frame.index:
            return None
        place = cast(int, self._frame.index.get_loc(number))  # numbers are unique
        return {field.name: _value(values.item(place), field.missing) for field, values in self._columns}

    def of(self, number: ClientId) -> list[dict[str, Any]] | None:
        """Every field of one client with its readable name and unit; None for a client without facts."""
        record = self.record(number)
        if record is None:
            return None
        return [
            {
                "name": field.name,
                "label": field.label.model_dump(),
                "value": record[field.name],
                "unit": field.unit,
            }
            for field in self._schema.fields
        ]

    @cached_property
    def _columns(self) -> list[tuple[SchemaField, NDArray[Any]]]:
        """Fields with their columns as arrays: a row of a frame takes ten times as long to read."""
        return [(field, self._frame[field.name].to_numpy()) for field in self._schema.fields]


def _value(value: Any, stand_ins: tuple[float | str, ...]) -> Any:
    if isinstance(value, str):
        return None if value == "" or value in stand_ins else value
    if value is None or value != value or value in stand_ins:  # NaN is the one value that differs from itself
        return None
    return int(value) if float(value).is_integer() else float(value)


def _texts(identity: Identity) -> list[str]:
    return [identity.name] if identity.kind == "text" else []


def _read_csv(path: Path, texts: Collection[str] = (), only: list[str] | None = None) -> pd.DataFrame:
    """Read a table, all columns or some; those in ``texts`` to the letter: ``007``, ``true``, ``NA`` stay texts."""
    header = read_header(path)
    letters = [name for name in header if name in texts]
    try:
        frame = pd.read_csv(path, low_memory=False, encoding="utf-8-sig", usecols=only)
        if letters:  # in a reading of their own, since pandas takes NA and the like for missing in all columns or none
            read = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", usecols=letters)
            frame[letters] = read[letters]
    except (pd.errors.ParserError, UnicodeDecodeError, ValueError) as error:
        raise ClientTableError(
            f"{path.name}: cannot be read as a table ({error})\nExpected CSV in UTF-8 with {len(header)} columns."
        ) from None
    if not frame.index.equals(pd.RangeIndex(len(frame))):  # pandas took surplus cells for an index
        raise ClientTableError(
            f"{path.name}: rows have more cells than the header's {len(header)}\nExpected as many in every row."
        )
    return frame


def _client_numbers(column: "pd.Series[Any]", identity: Identity, faults: list[str]) -> NDArray[np.int64]:
    low, high = (10 ** (identity.digits - 1), 10**identity.digits) if identity.digits else (0, 10**MOST_DIGITS)
    # Integers are compared as such: as floats, the longest ones would round up to the bound.
    as_number = pd.to_numeric(column, errors="coerce").to_numpy()
    wrong = ~((as_number >= low) & (as_number < high) & (as_number == np.floor(as_number)))
    if wrong.any():
        cells = [f"{column.iloc[i]} (line {i + 2})" for i in np.flatnonzero(wrong)]
        digits = identity.digits or f"1 to {MOST_DIGITS}"
        hint = "; set SCORING_CLIENT_ID_DIGITS where numbers have another length" if identity.digits else ""
        faults.append(
            f"{identity.name} has values that are not numbers of {digits} digits: {list_some(cells, _SHOWN)}{hint}"
        )
        return np.zeros(0, dtype=np.int64)
    numbers = pd.to_numeric(column).to_numpy(dtype=np.int64)
    _once(pd.Series(numbers), identity, faults)
    return numbers


def _text_ids(column: "pd.Series[Any]", identity: Identity, faults: list[str]) -> NDArray[Any]:
    form = identity.pattern()
    wrong = [i for i, text in enumerate(column) if not form.fullmatch(text)]
    if wrong:
        cells = [f"{column.iloc[i] or 'empty'} (line {i + 2})" for i in wrong]
        faults.append(f"{identity.name} has values that are not {identity.expected()}: {list_some(cells, _SHOWN)}")
    else:
        _once(column, identity, faults)
    return column.to_numpy(dtype=object)


def _once(column: "pd.Series[Any]", identity: Identity, faults: list[str]) -> None:
    doubled = column[column.duplicated()].unique()
    if len(doubled):
        faults.append(
            f"{identity.name} has {identity.noun()}s that stand there twice: {list_some(list(doubled), _SHOWN)}"
        )


def _finite(column: "pd.Series[Any]", faults: list[str]) -> NDArray[np.float64]:
    values: NDArray[np.float64] = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        cells = [f"{'empty' if pd.isna(column.iloc[i]) else column.iloc[i]} (line {i + 2})" for i in bad]
        faults.append(f"column {column.name} has cells that are not finite numbers: {list_some(cells, _SHOWN)}")
    return values
