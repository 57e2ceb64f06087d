"""The table of clients, as model-ready rows, and the raw facts that go with it."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import ClientTableError, DataError, list_some
from scoring.model.plan import PossibleValues
from scoring.model.schema import ClientId, Identity, InputSchema
from scoring.tables.columns import as_numbers, as_texts
from scoring.tables.files import table_files
from scoring.tables.key_columns import parse_ids
from scoring.tables.letter_case import list_missing
from scoring.tables.missing_markers import without_markers
from scoring.tables.table_reader import is_unnamed, read_table
from scoring.tables.text.table_errors import TableError
from scoring.tables.text.text_reader import read_text

_log = logging.getLogger("scoring")
OTHER_VALUES = "These are no rows of this model, but raw applications, or rows that were made for another model."
MADE_FOR_MODEL = (
    "Take the table of model-ready rows that was made for this model. If it has raw applications, load them into a "
    "store: python -m scoring load-clients TABLE --applications --artefacts FOLDER --to clients.bin. If it is another "
    "model's table, name this model's folder: --artefacts, or SCORING_ARTEFACTS."
)
_SHOWN = 5  # errors of one kind that a message lists


@dataclass(frozen=True)
class ClientTable:
    """Model-ready rows of n clients.

    Attributes
    ----------
    client_ids : shape (n,), client numbers (int64) or text ids (object), unique.
    rows : shape (n, features), finite, or NaN for a missing value of a feature that may be missing.
    features : names of the columns of ``rows``.
    outcomes : shape (n,), 1 if the client defaulted, 0 if not, NaN if it is not known; None for a table without them.
    others : texts of columns that the model does not read, by name; n each, None where a value is missing.
    """

    client_ids: NDArray[Any]
    rows: NDArray[np.float64]
    features: tuple[str, ...]
    outcomes: NDArray[np.float64] | None = None
    others: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


def read_client_file(
    path: Path,
    identity: Identity | None = None,
    texts: Collection[str] = (),
    content: bytes | None = None,
    *,
    made_elsewhere: bool = False,
) -> pd.DataFrame:
    """Read a file of clients; text ids, and the columns in ``texts``, are kept exactly as they are written.

    Parameters
    ----------
    content : of a published CSV file, if it has been read already; the file is then not opened again.
    made_elsewhere : another program wrote the file: it may have texts for missing values, and titles.

    Raises
    ------
    ClientTableError
    """
    letters = {*texts, *((identity.name,) if identity and identity.kind == "text" else ())}
    ids = {identity.name} if identity else set()
    try:
        if content is None:
            return read_table(table_files(path), letters, published=not made_elsewhere, ids=ids).frame
        frame = read_text(content, letters, ".", published=True, ids=ids).frame
    except DataError as error:
        raise ClientTableError(str(error)) from None
    except TableError as error:
        raise ClientTableError(f"{path}: {error}") from None
    if frame.empty:
        raise ClientTableError(f"{path}: {TableError('no_rows')}")
    return frame


def how_to_load_again(place: str) -> str:
    """Say how a store is loaded for the model that is served."""
    return (
        f"Load it again for this model: python -m scoring load-clients TABLE --artefacts FOLDER --to {place}. The "
        "TABLE has model-ready rows of this model, or, with --applications, raw applications."
    )


def leave_out_index(frame: pd.DataFrame, file: str, known: Collection[str]) -> pd.DataFrame:
    """Leave out columns without a name, which pandas writes for row numbers, unless they are ``known``; log a warning.

    >>> leave_out_index(pd.DataFrame({"": [0], "Unnamed: 0": [0], "a": [1.0]}), "clients.csv", {"a"}).columns.tolist()
    ['a']
    """
    index = [name for name in map(str, frame) if is_unnamed(name) and name not in known]
    if index:
        listed = list_some([repr(name) for name in index])
        _log.warning("%s: columns without a name are left out, as row numbers: %s", file, listed)
    return frame.loc[:, [str(name) not in index for name in frame]]


def model_ready_clients(
    frame: pd.DataFrame,
    file: str,
    identity: Identity,
    features: Sequence[str],
    nullable: Collection[str] = (),
    target: str = "",
    others: Collection[str] = (),
    possible: PossibleValues | None = None,
    remedy: str = "",
) -> ClientTable:
    """Take model-ready rows out of a client file, after checking every cell.

    Parameters
    ----------
    file : what the error calls the file.
    nullable : features whose cells may be empty.
    target : the column with the outcomes; without it, or with other values than 0 and 1, no outcome is known.
    others : columns to keep besides.
    possible : the values that the features can have; by default any.
    remedy : what errors say at the end, where the table is not that of the service.

    Raises
    ------
    ClientTableError
        Listing all errors: cells that are empty, not numbers or infinite, client numbers (or text ids) that
        are duplicates or do not have the identity's form; or the first rows have values that are not possible.
    """
    errors: list[str] = []
    client_ids = _client_ids(frame[identity.name], identity, errors)
    columns = [_numbers(frame[name], errors, nullable=name in nullable) for name in features]
    if errors:
        raise ClientTableError.listing(file, errors, remedy or "Correct the table; nothing is served until then.")
    if possible and (impossible := possible.find_others(dict(zip(features, columns, strict=True)), 1, "line")):
        raise ClientTableError.listing(file, impossible, f"{OTHER_VALUES}\n{remedy or MADE_FOR_MODEL}")
    kept = {name: as_texts(frame[name]).tolist() for name in others}
    return ClientTable(client_ids, np.column_stack(columns), tuple(features), _outcomes(frame, target), kept)


def _outcomes(frame: pd.DataFrame, target: str) -> NDArray[np.float64] | None:
    if target not in frame:
        return None
    outcomes = pd.to_numeric(frame[target], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    known = outcomes[~np.isnan(outcomes)]
    return outcomes if len(known) and np.isin(known, (0.0, 1.0)).all() else None


def column_errors(expected: Sequence[str], received: Sequence[str], whose: str) -> list[str]:
    """Compare ``received`` columns with the ``expected`` ones; empty where they are the same, or none are expected.

    >>> column_errors(["a", "b", "c"], ["b", "a", "d"], "the scaler")
    ['columns the scaler expects are missing: c', 'columns the scaler does not know: d']
    >>> column_errors(["a", "b"], ["b", "a"], "the scaler")
    ["columns are out of the scaler's order, from position 1: received b, expected a"]
    """
    if not expected:
        return []
    missing = [name for name in expected if name not in set(received)]
    surplus = [name for name in received if name not in set(expected)]
    errors = []
    if missing:
        errors.append(f"columns {whose} expects are missing: {list_some(missing)}")
    if surplus:
        errors.append(f"columns {whose} does not know: {list_some(surplus)}")
    if not errors and list(expected) != list(received):
        first = next(i for i, name in enumerate(received) if name != expected[i])
        errors.append(
            f"columns are out of {whose}'s order, from position {first + 1}: "
            f"received {received[first]}, expected {expected[first]}"
        )
    return errors


class ClientFacts:
    """Raw application fields of known clients, None where a value is missing.

    Parameters
    ----------
    path : what errors call the file.
    schema : says which fields there are.
    content : of the file.
    """

    def __init__(self, path: Path, schema: InputSchema, content: bytes) -> None:
        identity = schema.identity
        categories = {field.name for field in schema.fields if field.type == "category"}
        frame = read_client_file(path, identity, categories, content)
        names = [identity.name, *(field.name for field in schema.fields)]
        errors = list_missing(names, frame)
        errors += _duplicates(frame[identity.name], identity) if identity.name in frame else []
        if errors:
            raise ClientTableError.listing(path.name, errors, "Take the file that was published with the model.")
        self.fields = schema.fields
        self._position = {client_id: i for i, client_id in enumerate(frame[identity.name].tolist())}
        self._columns = {field.name: _plain(without_markers(frame[field.name], field)) for field in schema.fields}

    def column(self, name: str, client_ids: NDArray[Any]) -> list[Any]:
        """Values of one field for these clients, in their order; None for a client without facts. Raises KeyError."""
        column, places = self._columns[name], map(self._position.get, client_ids.tolist())
        return [None if place is None else column[place] for place in places]

    def record(self, client_id: ClientId) -> dict[str, Any] | None:
        """Every field's value of one client; None for a client without facts."""
        place = self._position.get(client_id)
        return None if place is None else {name: column[place] for name, column in self._columns.items()}


def _plain(column: "pd.Series[Any]") -> list[Any]:
    """Values as JSON takes them, whole numbers as integers.

    >>> _plain(pd.Series([1.0, 0.5, None])), _plain(pd.Series(["a", None], dtype=object))
    ([1, 0.5, None], ['a', None])
    """
    return [
        None
        if value is None or value != value  # NaN is the one value that differs from itself
        else int(value)
        if isinstance(value, float) and value.is_integer()
        else value
        for value in column.tolist()
    ]


def _client_ids(column: "pd.Series[Any]", identity: Identity, errors: list[str]) -> NDArray[Any]:
    texts = as_texts(column)
    if identity.kind != "text" and not pd.api.types.is_numeric_dtype(column):  # no number is made of 1.23457E+11
        texts = texts.str.strip().str.replace(r"^\+?0*(?=[0-9])|\.0+$", "", regex=True)
    form = identity.pattern()
    wrong = [i for i, text in enumerate(texts) if text is None or not form.fullmatch(text)]
    if wrong:
        hint = "; set SCORING_CLIENT_ID_DIGITS where numbers have another length" if identity.digits else ""
        errors.append(f"{identity.name} has values that are not {identity.expected()}: {_cells(column, wrong)}{hint}")
        return texts.to_numpy()
    ids = parse_ids(texts, identity)
    errors += _duplicates(pd.Series(ids), identity)
    return ids


def _duplicates(column: "pd.Series[Any]", identity: Identity) -> list[str]:
    duplicates = column[column.duplicated()].unique().tolist()
    return [f"{identity.name} has duplicate {identity.noun()}s: {list_some(duplicates, _SHOWN)}"] if duplicates else []


def _numbers(column: "pd.Series[Any]", errors: list[str], *, nullable: bool) -> NDArray[np.float64]:
    values: NDArray[np.float64] = as_numbers(column).to_numpy()
    wrong = np.flatnonzero(~np.isfinite(values) & ~(column.isna().to_numpy() & nullable))
    if len(wrong):
        errors.append(f"column {column.name} has cells that are not finite numbers: {_cells(column, wrong)}")
    return values


def _cells(column: "pd.Series[Any]", places: "Sequence[int] | NDArray[np.intp]") -> str:
    cells = [f"{'empty' if pd.isna(column.iloc[i]) else column.iloc[i]} (line {i + 2})" for i in places[:_SHOWN]]
    return ", ".join(cells) + (f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else "")
