"""Raw applications to score: every row is checked, faulty ones are named and set aside."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError
from scoring.home_credit.applications import APPLICATIONS, find_table
from scoring.model.plan import Plan
from scoring.model.schema import Identity, InputSchema, SchemaField
from scoring.tables.columns import as_numbers, as_texts
from scoring.tables.reader import UNNAMED, read_file

_UNLABELLED = "application_test"
_NOTHING = "None"  # among numbers it stands for nothing
_OUTCOMES = {"0": 0.0, "1": 1.0, "false": 0.0, "true": 1.0}
_NUMBER = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
_SHOWN = 40  # characters of a received value

Bools = NDArray[np.bool_]
Faults = dict[int, list[str]]


@dataclass(frozen=True)
class RawApplications:
    """Applications that can be scored, and what was wrong with the others.

    Attributes
    ----------
    ids : shape (n,), identities of the sound rows, in the type of the identity column.
    columns : what the plan reads, each of shape (n,), as ``plan.model_ready`` takes it.
    target : shape (n,), 0 or 1, NaN where the outcome is not known; None without any outcome.
    rows : how many rows were read.
    faults : by row (counted from 1): its identity as text, and all its faults.
    warnings : what is unusual about the table as a whole.
    """

    ids: NDArray[Any]
    columns: Mapping[str, NDArray[Any]]
    target: NDArray[np.float64] | None
    rows: int
    faults: Mapping[int, tuple[str, Sequence[str]]]
    warnings: Sequence[str]


def locate(data: Path, table: str | None = None) -> Path:
    """Find the file to read: ``data`` itself, or a table of the folder (the labelled one where there are both).

    Raises
    ------
    DataError
        When there is no such table.
    """
    if not data.is_dir():
        return data
    if table is None:
        labelled = any(data.glob(f"{APPLICATIONS}.*"))
        table = APPLICATIONS if labelled or not any(data.glob(f"{_UNLABELLED}.*")) else _UNLABELLED
    return find_table(data, table)


def read_raw(path: Path, schema: InputSchema, plan: Plan, features: pd.DataFrame | None = None) -> RawApplications:
    """Read and check a table of raw applications.

    Parameters
    ----------
    path : CSV or Parquet.
    schema : the fields, their types, ranges and which are required.
    plan : what the model reads of them; numbers it reads that are no field are history features.
    features : history features by identity (its index), to put beside.

    Raises
    ------
    DataError
        When the file cannot be read, or columns are missing that the model reads.
    """
    categories = {field.name for field in schema.fields if field.type == "category"}
    letters = categories | ({schema.identity.name} if schema.identity.kind == "text" else set())
    frame = _with_identity(read_file(path, letters), schema.identity.name)
    read = [*plan.raw_numbers(), *plan.raw_categories()]
    known = {field.name for field in schema.fields}
    lacking = [name for name in (schema.identity.name, *read) if name not in frame and name not in set(read) - known]
    if lacking:
        raise DataError.listing(
            str(path), [f"column {name} is missing" for name in lacking], "The model reads them: add these columns."
        )
    ids, faults = _identities(frame[schema.identity.name], schema.identity)
    if features is not None:
        frame = _beside(frame, ids, features, set(read) - known)
    columns = {}
    for field in schema.fields:
        if field.name in frame:
            columns[field.name] = _column(frame[field.name], field, faults)
    for name in (name for name in read if name not in known):
        columns[name] = as_numbers(frame[name]).to_numpy() if name in frame else np.full(len(frame), np.nan)
    target = _target(frame[schema.target], faults) if schema.target in frame else None
    sound = np.array([i not in faults for i in range(len(frame))], dtype=bool)
    warnings = [*_columns_told(frame, schema, read), *_unseen(columns, schema, sound, read)]
    return RawApplications(
        ids=_typed(ids[sound], schema.identity),
        columns={name: columns[name][sound] for name in read},
        target=None if target is None or np.isnan(target).all() else target[sound],
        rows=len(frame),
        faults={i + 1: (str(ids[i] or "without a number"), tuple(faults[i])) for i in sorted(faults)},
        warnings=warnings,
    )


def _with_identity(frame: pd.DataFrame, identity: str) -> pd.DataFrame:
    """Take a column without a name for the identity, where none has its name, as training does."""
    names = list(frame.columns)
    if identity in names or UNNAMED not in names:
        return frame
    first = names.index(UNNAMED)
    return frame.set_axis([identity if i == first else name for i, name in enumerate(names)], axis=1)


def _identities(column: "pd.Series[Any]", identity: Identity) -> tuple[NDArray[Any], Faults]:
    ids = as_texts(column).to_numpy()
    form = identity.pattern()
    faults: Faults = {}
    first: dict[str, int] = {}
    for i, text in enumerate(ids):
        if text is None:
            faults[i] = [f"{identity.name}: missing, expected {identity.expected()}"]
        elif not form.fullmatch(text):
            faults[i] = [f"{identity.name}: received {_shown(text)}, expected {identity.expected()}"]
        elif first.setdefault(text, i) != i:
            faults[i] = [f"{identity.name}: received {text} again, which row {first[text] + 1} has already"]
    return ids, faults


def _column(column: "pd.Series[Any]", field: SchemaField, faults: Faults) -> NDArray[Any]:
    """Values of one field as ``plan.model_ready`` takes them; notes what is wrong with whom."""
    if field.type == "category":
        texts = as_texts(column).to_numpy()
        _note(faults, _absent(texts, field) & field.required, field, texts, "a text")
        return texts
    numbers = as_numbers(column).to_numpy()
    received = column.astype(object).to_numpy()
    given = column.notna().to_numpy() & (received != _NOTHING)
    flags = np.array([isinstance(value, bool | np.bool_) for value in received]) & (field.unit != "flag")
    wrong = (given & np.isnan(numbers)) | np.isinf(numbers) | flags
    if field.type == "integer":
        with np.errstate(invalid="ignore"):
            wrong |= given & ~wrong & (numbers % 1 != 0)
    _note(faults, wrong, field, received, "a whole number" if field.type == "integer" else "a finite number")
    known = ~wrong & ~_absent(numbers, field)
    _note(faults, known & _outside(numbers, field), field, received, _range(field))
    _note(faults, _absent(numbers, field) & ~wrong & field.required, field, received, "a number")
    return np.where(wrong, np.nan, numbers)


def _absent(values: NDArray[Any], field: SchemaField) -> Bools:
    absent: Bools = pd.isna(values)
    for stand_in in field.missing:
        absent |= values == stand_in
    return absent


def _outside(numbers: NDArray[np.float64], field: SchemaField) -> Bools:
    outside = np.zeros(len(numbers), dtype=bool)
    if field.minimum is not None:
        outside |= numbers <= field.minimum if field.exclusive else numbers < field.minimum
    if field.maximum is not None:
        outside |= numbers > field.maximum
    return outside


def _range(field: SchemaField) -> str:
    low, high = field.minimum, field.maximum
    if low is None:
        return "any number" if high is None else f"at most {high:g}"
    if high is None:
        return f"{'above' if field.exclusive else 'at least'} {low:g}"
    return f"{'above ' if field.exclusive else ''}{low:.15g} to {high:.15g}"


def _note(faults: Faults, bad: Bools, field: SchemaField, received: NDArray[Any], expected: str) -> None:
    for i in np.flatnonzero(bad).tolist():
        value = received[i]
        what = "missing" if pd.isna(value) else f"received {_shown(value)}"
        faults.setdefault(i, []).append(f"{field.name}: {what}, expected {expected}")


def _target(column: "pd.Series[Any]", faults: Faults) -> NDArray[np.float64]:
    texts = as_texts(column)
    outcome = np.array([_OUTCOMES.get(str(text).lower(), np.nan) for text in texts])
    for i in np.flatnonzero(texts.notna().to_numpy() & np.isnan(outcome)).tolist():
        faults.setdefault(i, []).append(f"{column.name}: received {_shown(texts.iloc[i])}, expected 0, 1 or nothing")
    return outcome


def _columns_told(frame: pd.DataFrame, schema: InputSchema, read: Sequence[str]) -> list[str]:
    known = {field.name for field in schema.fields}
    expected = {schema.identity.name, schema.target, *known, *read}
    unknown = [str(name) for name in frame if name not in expected]
    history = [name for name in read if name not in known and name not in frame]
    told = []
    if unknown:
        told.append(f"unknown columns are passed over: {_listed(unknown)}")
    if history:
        told.append(f"{len(history)} history features are not in the table and count as missing: {_listed(history)}")
    return told


def _unseen(columns: Mapping[str, NDArray[Any]], schema: InputSchema, sound: Bools, read: Collection[str]) -> list[str]:
    told = []
    for field in schema.fields:
        if field.type != "category" or not field.categories or field.name not in read:
            continue
        known = {*field.categories, *field.missing, *field.proxy_categories, None}
        unseen = [text for text in columns[field.name][sound] if text not in known]
        if unseen:
            shown = _listed(sorted({_shown(text) for text in unseen}), 5)
            told.append(
                f"{field.name}: categories that training did not know in {len(unseen)} of {sound.sum()} rows: {shown}"
            )
    return told


def _beside(frame: pd.DataFrame, ids: NDArray[Any], features: pd.DataFrame, wanted: Collection[str]) -> pd.DataFrame:
    """Put history features beside the applications; who has none gets missing values."""
    columns = [name for name in features if name in wanted and name not in frame]
    keyed = features[columns].set_axis(as_texts(features.index.to_series()), axis=0)
    keyed = keyed[~keyed.index.duplicated()]
    return pd.concat([frame, keyed.reindex(ids).set_axis(frame.index, axis=0)], axis=1)


def _typed(ids: NDArray[Any], identity: Identity) -> NDArray[Any]:
    return np.array([identity.read(text) for text in ids], dtype=object if identity.kind == "text" else np.int64)


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = repr(value) if isinstance(value, str) and not _NUMBER.fullmatch(value) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _listed(names: Sequence[str], most: int = 10) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
