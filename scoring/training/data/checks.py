"""Check a table before training: errors that prevent it, and warnings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError, list_some, quote
from scoring.model.schema import InputSchema, SchemaField, Text
from scoring.tables.columns import text_of
from scoring.tables.key_columns import find_identity_errors, find_outcome_errors, find_weight_errors, in_rows
from scoring.tables.redundant import extract_values, find_redundant
from scoring.training.data.far_off import find_far_off
from scoring.training.data.leakage import find_leak
from scoring.training.data.protected import REMEDY, list_undeclared

TEST_PARTS = 5  # one client in five is in the test set
_MEAN_WEIGHT = 1.5  # with a mean weight above it, or below its inverse, the number of clients is misstated
MOST_TEXTS = 100  # with more distinct texts in a category, most of them are rare


def check_table(
    frame: pd.DataFrame, schema: InputSchema, folds: int, weights: str | None = None, time: str | None = None
) -> list[str]:
    """Check a table before anything is fitted.

    Parameters
    ----------
    frame : one row per client: identity, target, the schema's fields, and further numbers (history features).
    folds : parts of the training data for out-of-fold predictions.
    weights : column that says how often each client counts. It may give the outcome away, as it is never a feature.
    time : column that says when each client applied; no feature either.

    Returns
    -------
    Warnings, each with the columns and the remedy; they do not prevent training.

    Raises
    ------
    DataError
        With all errors in one message: of the identity and the target, values that are not finite, too few clients of
        one outcome, columns that give the outcome away, columns that are or may be protected and were not declared.
        Messages list columns and rows, and values that at least five clients have, never a single client's.
    """
    fields = [
        *schema.fields,
        *_other_numbers(frame.drop(columns=[name for name in (weights, time) if name is not None]), schema),
    ]
    values = {field.name: extract_values(frame[field.name], field) for field in fields}
    errors = [*find_identity_errors(frame[schema.identity.name], schema.identity), *_not_finite(values, frame.index)]
    errors += find_weight_errors(frame[weights], frame.index) if weights is not None else []
    unusable = find_target_errors(frame[schema.target], folds)
    errors += unusable
    if not unusable:
        target = frame[schema.target].to_numpy(dtype=float)
        errors += _find_leaks([field for field in fields if field.tier != "protected"], values, target)
    undeclared = list(list_undeclared(schema.fields, values))
    if errors or undeclared:
        remedy = [REMEDY] if undeclared else []
        raise DataError.listing(
            "the table", [*errors, *undeclared], "\n".join([*remedy, "Correct this, then train again."])
        )
    unusual = _warn_of_scale(frame[weights]) if weights is not None else []
    return [*_list_warnings(frame, schema.fields, values), *unusual]


def drop_weightless(frame: pd.DataFrame, weights: str) -> pd.DataFrame:
    """Leave out clients of weight 0, so that no count includes them; a column of zeros only stays, for the check."""
    counted = frame[weights] != 0
    return frame[counted] if counted.any() else frame


def _warn_of_scale(weights: "pd.Series[Any]") -> list[str]:
    """Warn where weights count clients many times, so that chance looks like a pattern."""
    mean = float(weights.mean())
    if 1 / _MEAN_WEIGHT <= mean <= _MEAN_WEIGHT:
        return []
    what = f"column {weights.name} (the weights) has the mean {mean:.4g}: a weight of 2 counts as two clients"
    return [f"{what}; unless that is meant, divide all weights by their mean, so that they sum to the number of rows"]


def find_target_errors(column: "pd.Series[Any]", folds: int) -> list[str]:
    """List the errors of a column as the target of a training; empty if there are none."""
    errors = find_outcome_errors(column)
    counts = column.value_counts()
    if len(counts) != 2 or not counts.index.isin([0, 1]).all():
        return errors
    rarest, needed = int(counts.min()), TEST_PARTS * folds * 2
    few = f"{rarest} clients have the rarer outcome; expected at least {needed} for {folds} folds and a test set"
    return errors if rarest >= needed else [*errors, f"{few}: use more data, or fewer folds"]


def _not_finite(values: Mapping[str, NDArray[Any]], index: "pd.Index[Any]") -> list[str]:
    remedy = "leave those cells empty, or the column out"
    numbers = {name: np.isinf(column) for name, column in values.items() if column.dtype.kind == "f"}
    return [
        one for name, wrong in numbers.items() for one in in_rows(f"column {name} is infinite", wrong, index, remedy)
    ]


def _find_leaks(
    fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]], target: NDArray[np.float64]
) -> Iterator[str]:
    remedy = "it was probably recorded after the outcome; leave it out, or name the right target"
    for field in fields:
        if found := find_leak(values[field.name], target):
            yield f"column {field.name} {found}: {remedy}"


def _list_warnings(frame: pd.DataFrame, fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]]) -> list[str]:
    found = find_redundant(frame, fields)
    copies = [f"{later} (of {earlier})" for later, earlier in found.copies.items()]
    counts = {field.name: pd.Series(values[field.name]).nunique() for field in fields if field.type == "category"}
    crowded = [f"{name} ({count})" for name, count in counts.items() if count > MOST_TEXTS]
    rare = "nothing can be learnt from rare ones; group them, or leave the columns out"
    warnings = [
        ("that are empty", found.empty, "they carry no information; leave them out, or fill them"),
        ("that are the same for every client", found.constant, "they carry no information; leave them out"),
        ("that are copies of others", copies, "leave them out"),
        (f"with more than {MOST_TEXTS} distinct texts", crowded, rare),
    ]
    listed = [f"columns {what}: {list_some(names, most=20)}: {remedy}" for what, names, remedy in warnings if names]
    return [*listed, *_list_codes(fields, values)]


def _list_codes(fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]]) -> list[str]:
    """Warn about values that are probably codes, and would be taken for quantities."""
    warnings = []
    for field in (one for one in fields if one.type != "category"):
        numbers = values[field.name]
        found = {text_of(code): count for code, count in find_far_off(numbers).items()}
        if found:
            shares = [f"{code} in {count} rows ({count / len(numbers):.2%})" for code, count in found.items()]
            options = " ".join(f"--missing {quote(f'{field.name}={code}')}" for code in found)
            far = f"column {field.name} has {', '.join(shares).replace('%', ' %')}, far from all other values"
            warnings.append(f"{far}: if a code for a missing value, pass {options}")
    return warnings


def _other_numbers(frame: pd.DataFrame, schema: InputSchema) -> list[SchemaField]:
    """Describe the numbers that are not in the schema as fields."""
    known = {schema.identity.name, schema.target, *(field.name for field in schema.fields)}
    names = [str(name) for name in frame if name not in known and pd.api.types.is_numeric_dtype(frame[name])]
    return [SchemaField(name=name, type="number", label=Text(en=name, fr=name)) for name in names]
