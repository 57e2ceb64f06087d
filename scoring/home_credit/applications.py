"""Read a folder of tables as they come: CSV or Parquet, compressed or not."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.errors import DataError
from scoring.model.schema import InputSchema, SchemaField

APPLICATIONS = "application_train"
MARKER = "SYNTHETIC.json"
SYNTHETIC_FROM = 500_000  # real client numbers end below
_ENDINGS = (".parquet", ".csv", ".csv.gz", ".csv.zip", ".csv.bz2", ".csv.xz", ".csv.zst")


def is_synthetic(folder: Path) -> bool:
    """Tell whether the generator marked this folder as its own."""
    marker = folder / MARKER
    if not marker.exists():
        return False
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["generator"])
    except (ValueError, KeyError, TypeError):
        raise DataError(
            f"{marker}: is not the generator's marker\nRemove it, or synthesize the folder again."
        ) from None


def require_made_up(numbers: "pd.Series[Any]", folder: Path) -> None:
    """Raise DataError where a folder is marked synthetic but holds numbers that real clients may have."""
    if numbers.min() < SYNTHETIC_FROM:
        raise DataError(
            f"{folder}: is marked synthetic, but holds client numbers below {SYNTHETIC_FROM}, which are real\n"
            f"Remove {MARKER} there, or synthesize the folder again."
        )


def read_applications(folder: Path, schema: InputSchema, name: str = APPLICATIONS) -> pd.DataFrame:
    """Read the application table and check it against the schema.

    Returns
    -------
    One row an application: identity, target, then the schema's fields; numbers as float64 with NaN,
    categories as text or missing.

    Raises
    ------
    DataError
        With all faults: missing columns, text where numbers are expected, doubled or missing client
        numbers, a target that is not 0 or 1.
    """
    path = find_table(folder, name)
    frame = _read(path)
    faults = _faults(frame, schema)
    if faults:
        raise DataError.listing(str(path), faults, "Expected the table as its publisher ships it.")
    fields = {field.name: _typed(frame[field.name], field) for field in schema.fields}
    identity, target = schema.identity.name, schema.target
    whole = {identity: frame[identity].astype(np.int64), target: frame[target].astype(np.int8), **fields}
    return pd.DataFrame(whole)


def find_table(folder: Path, name: str) -> Path:
    """Find one table's file; raises DataError where there is none or more than one."""
    found = [folder / f"{name}{ending}" for ending in _ENDINGS if (folder / f"{name}{ending}").is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{folder}: holds {' and '.join(path.name for path in found)}\nKeep one of them.")
    raise DataError(f"{folder}: holds no table {name}\nExpected one file of: {name}{f', {name}'.join(_ENDINGS)}.")


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, low_memory=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path}: cannot be read ({error})\nExpected a whole CSV or Parquet file.") from None


def _faults(frame: pd.DataFrame, schema: InputSchema) -> list[str]:
    expected = [schema.identity.name, schema.target, *(field.name for field in schema.fields)]
    missing = [name for name in expected if name not in frame]
    if missing:
        return [f"column {name} is missing" for name in missing]
    faults = [
        f"column {field.name} holds text, expected numbers"
        for field in schema.fields
        if field.type != "category" and not pd.api.types.is_numeric_dtype(frame[field.name])
    ]
    numbers = frame[schema.identity.name]
    if not pd.api.types.is_integer_dtype(numbers):
        faults.append(f"column {numbers.name} holds {numbers.dtype} values, expected whole numbers")
    elif numbers.duplicated().any():
        faults.append(f"column {numbers.name} holds {numbers.duplicated().sum()} numbers more than once")
    values = sorted(map(str, frame[schema.target].unique()))
    if set(values) - {"0", "1", "0.0", "1.0"} or len(values) != 2:
        faults.append(f"column {schema.target} holds {', '.join(values[:5])}; expected both 0 and 1, nothing else")
    return faults


def _typed(column: "pd.Series[Any]", field: SchemaField) -> "pd.Series[Any]":
    if field.type == "category":
        return column.astype(object).where(column.notna(), None)
    return column.astype(float)
