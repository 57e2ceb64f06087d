"""Home Credit's table of applications, and the marker of a folder of synthetic clients."""

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.errors import DataError, list_some
from scoring.model.schema import InputSchema
from scoring.tables.columns import Typed, Unusable, read_column
from scoring.tables.files import require_table
from scoring.tables.letter_case import list_missing
from scoring.tables.missing_markers import without_markers
from scoring.tables.table_reader import read_table
from scoring.tables.text.table_errors import describe_left_out

APPLICATIONS = "application_train"
UNLABELLED = "application_test"
MARKER = "SYNTHETIC.json"
SYNTHETIC_FROM = 500_000  # real client numbers are all lower
_log = logging.getLogger("scoring")
_REMEDY = "Expected the table as its publisher ships it."


def is_synthetic(folder: Path) -> bool:
    """Tell whether the generator of synthetic clients marked this folder."""
    marker = folder / MARKER
    if not marker.exists():
        return False
    try:
        return bool(json.loads(marker.read_text(encoding="utf-8"))["generator"])
    except (ValueError, KeyError, TypeError):
        raise DataError(
            f"{marker}: is not the generator's marker\nRemove it, or synthesize the folder again."
        ) from None


def require_synthetic_numbers(numbers: "pd.Series[Any]", folder: Path) -> None:
    """Raise DataError where a folder is marked synthetic but holds client numbers that may be real."""
    if numbers.min() < SYNTHETIC_FROM:
        raise DataError(
            f"{folder}: is marked synthetic, but holds client numbers below {SYNTHETIC_FROM}, which may be real\n"
            f"Remove {MARKER} there, or synthesize the folder again."
        )


def read_applications(folder: Path, schema: InputSchema, *, keep_markers: bool = False) -> pd.DataFrame:
    """Read the application table and check it against the schema.

    Parameters
    ----------
    keep_markers : leave missing-value markers such as 365243 and ``XNA`` as they are, in order to count them.

    Returns
    -------
    One row an application: identity, target, then the schema's fields; numbers as float64 with NaN,
    categories as texts or None.

    Raises
    ------
    DataError
        With all errors: missing columns, texts where numbers are expected, duplicate or missing client
        numbers, a target that is not 0 or 1.
    """
    table = require_table(folder, APPLICATIONS)
    texts, numbers = schema.columns_by_kind()
    frame = read_table(table, texts, numbers=numbers, ids={schema.identity.name}).frame
    identity, target = schema.identity.name, schema.target
    known = [identity, target, *(field.name for field in schema.fields)]
    if missing := list_missing(known, frame):
        raise DataError.listing(str(table.path), missing, _REMEDY)
    if surplus := [str(name) for name in frame if name not in known]:
        _log.warning("%s: columns that are not fields are left out: %s", table.path.name, list_some(surplus))
    errors = [*_identity_errors(frame[identity]), *_target_errors(frame[target])]
    columns = {identity: frame[identity], target: frame[target]}
    for field in schema.fields:
        column = read_column(frame[field.name], "category" if field.type == "category" else "number")
        if not isinstance(column, Typed):
            why = column.why if isinstance(column, Unusable) else describe_left_out(column)
            errors.append(f"column {field.name}: {why}")
        else:
            columns[field.name] = column.values if keep_markers else without_markers(column.values, field)
    if errors:
        raise DataError.listing(str(table.path), errors, _REMEDY)
    return pd.DataFrame(columns).astype({identity: np.int64, target: np.int8})


def _identity_errors(numbers: "pd.Series[Any]") -> list[str]:
    if not pd.api.types.is_integer_dtype(numbers):
        return [f"column {numbers.name} holds {numbers.dtype} values, expected whole numbers"]
    duplicates = numbers.duplicated().sum()
    return [f"column {numbers.name} has {duplicates} duplicate numbers, expected each once"] if duplicates else []


def _target_errors(outcomes: "pd.Series[Any]") -> list[str]:
    values = sorted(map(str, outcomes.unique()))
    if len(values) == 2 and {"0", "1", "0.0", "1.0"}.issuperset(values):
        return []
    return [f"column {outcomes.name} holds {', '.join(values[:5])}; expected both 0 and 1, nothing else"]
