"""Bad input: what keeps a table from being trained on, and what had better be known beforehand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import DataError, list_some
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.tables.redundant import find_redundant, values_of
from scoring.training.data.leakage import leak_of

TEST_PARTS = 5  # one client in five is kept for the test
MOST_TEXTS = 100  # a category with more different texts is mostly rare ones
_SHOWN = 5  # rows, values or columns that a message names
_PERSONAL = re.compile(
    r"(?<![a-z])(gender|sexe?|genre|marital|married|family[ _-]?status|civil[ _-]?status|situation[ _-]?familiale"
    r"|race|ethnic|ethnicity|religion|nationality|nationalit[ée]|disability|handicap)(?![a-z])"
)


def check(frame: pd.DataFrame, schema: InputSchema, folds: int) -> list[str]:
    """Check a table before anything is fitted.

    Parameters
    ----------
    frame : one row a client: identity, target, the schema's fields, and numbers that are in no schema (history).
    folds : parts of the training part for out-of-fold predictions.

    Returns
    -------
    Warnings, each with the columns and the remedy: training may go on.

    Raises
    ------
    DataError
        With all faults at once: of the identity and the target, values that are not finite, too few clients of
        one outcome, columns that tell the outcome by themselves. Messages name columns and rows, never a
        client's values.
    """
    fields = [*schema.fields, *_beside(frame, schema)]
    values = {field.name: values_of(frame, field) for field in fields}
    faults = [*_identity_faults(frame[schema.identity.name], schema.identity), *_not_finite(values, frame.index)]
    unusable = target_faults(frame[schema.target], folds)
    faults += unusable
    if not unusable:
        target = frame[schema.target].to_numpy(dtype=float)
        faults += _leaks([field for field in fields if field.tier != "protected"], values, target)
    if faults:
        raise DataError.listing("the table", faults, "Correct this, then train again.")
    return [*_redundant(frame, schema.fields), *_crowded(schema.fields, values), *_personal(schema.fields)]


def target_faults(column: "pd.Series[Any]", folds: int) -> list[str]:
    """Say what keeps a column from being the target of a training; empty where nothing does."""
    what = f"column {column.name} (the target)"
    faults = []
    missing = np.flatnonzero(column.isna())
    if len(missing):
        faults.append(
            f"{what} is missing in {_rows(missing, column.index)}: leave out clients whose outcome is not known"
        )
    known = column.dropna()
    if not known.isin([0, 1]).all():
        remedy = "expected 0 and 1, or false and true, where 1 is a default: recode it, or name another column"
        faults.append(f"{what} holds {_outcomes(known)}; {remedy}")
    elif known.nunique() < 2:
        remedy = "expected both 0 and 1: add clients of the other outcome, or name another column"
        faults.append(f"{what} holds {_outcomes(known)}; {remedy}")
    else:
        faults += _too_few(known.to_numpy(dtype=float), folds)
    return faults


def _outcomes(known: "pd.Series[Any]") -> str:
    """Tell the values; where they are many, it is some other column, whose values are nobody's business."""
    distinct = sorted(map(str, known.unique()))
    if len(distinct) > _SHOWN:
        return f"{len(distinct)} different values"
    return f"only {distinct[0]}" if len(distinct) == 1 else ", ".join(distinct) or "nothing"


def _too_few(target: NDArray[np.float64], folds: int) -> list[str]:
    rarest = int(min(np.count_nonzero(target == 0), np.count_nonzero(target == 1)))
    needed = TEST_PARTS * folds * 2
    fault = f"{rarest} clients have the rarer outcome; expected at least {needed} for {folds} folds and a test part"
    return [] if rarest >= needed else [f"{fault}: use more data, or fewer folds"]


def _identity_faults(column: "pd.Series[Any]", identity: Identity) -> list[str]:
    what = f"column {identity.name} (the identity)"
    faults = []
    missing = np.flatnonzero(column.isna())
    if len(missing):
        faults.append(f"{what} is missing in {_rows(missing, column.index)}: give every client one")
    whatever = Identity(name=identity.name, kind=identity.kind)  # of any length
    form = whatever.pattern()
    malformed = [i for i, value in enumerate(column) if not pd.isna(value) and not form.fullmatch(str(value))]
    if malformed:
        remedy = f"expected {whatever.expected()}; rename those clients, or name another column"
        faults.append(f"{what} is malformed in {_rows(malformed, column.index)}: {remedy}")
    doubled = np.flatnonzero(column.notna() & column.duplicated())
    if len(doubled):
        remedy = "keep one row a client, or name another column"
        faults.append(f"{what} repeats an earlier client in {_rows(doubled, column.index)}: {remedy}")
    return faults


def _not_finite(values: Mapping[str, NDArray[Any]], index: "pd.Index[Any]") -> list[str]:
    faults = []
    for name, column in values.items():
        infinite = np.flatnonzero(np.isinf(column)) if column.dtype.kind == "f" else ()
        if len(infinite):
            faults.append(
                f"column {name} is infinite in {_rows(infinite, index)}: leave those cells empty, or the column out"
            )
    return faults


def _leaks(
    fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]], target: NDArray[np.float64]
) -> Iterator[str]:
    for field in fields:
        found = leak_of(values[field.name], target)
        if found:
            yield (
                f"column {field.name} {found}: it was probably written down after the outcome; leave it out, or name "
                "the right target"
            )


def _redundant(frame: pd.DataFrame, fields: Sequence[SchemaField]) -> list[str]:
    found = find_redundant(frame, fields)
    copies = [f"{later} (as {earlier})" for later, earlier in found.copies.items()]
    told = [
        ("empty", found.empty, "they tell nothing; leave them out, or fill them"),
        ("the same for every client", found.constant, "they tell nothing; leave them out"),
        ("copies of others", copies, "leave them out"),
    ]
    return [f"columns that are {what}: {list_some(names, most=20)}: {remedy}" for what, names, remedy in told if names]


def _crowded(fields: Sequence[SchemaField], values: Mapping[str, NDArray[Any]]) -> list[str]:
    counts = {field.name: pd.Series(values[field.name]).nunique() for field in fields if field.type == "category"}
    crowded = [f"{name} ({count})" for name, count in counts.items() if count > MOST_TEXTS]
    remedy = "rare ones can't be learnt from; group them, or leave the columns out"
    return (
        [f"columns with more than {MOST_TEXTS} different texts: {list_some(crowded, most=20)}: {remedy}"]
        if crowded
        else []
    )


def _personal(fields: Sequence[SchemaField]) -> list[str]:
    named = [field.name for field in fields if field.tier == "justified" and _names_a_protected(field)]
    remedy = "declare them protected (they are then measured, and never a feature), or leave them out"
    return [f"columns that may hold a protected attribute: {list_some(named, most=20)}: {remedy}"] if named else []


def _names_a_protected(field: SchemaField) -> bool:
    return bool(_PERSONAL.search(field.label.en.lower()) or _PERSONAL.search(field.name.lower()))


def _beside(frame: pd.DataFrame, schema: InputSchema) -> list[SchemaField]:
    """Numbers that stand beside the schema's fields, as if they were fields."""
    known = {schema.identity.name, schema.target, *(field.name for field in schema.fields)}
    names = [str(name) for name in frame if name not in known and pd.api.types.is_numeric_dtype(frame[name])]
    return [SchemaField(name=name, type="number", label=Text(en=name, fr=name)) for name in names]


def _rows(positions: Any, index: "pd.Index[Any]") -> str:
    """Tell rows as the file has them: sorting a table leaves its index labels as they were read."""
    numbers = sorted(index[positions]) if pd.api.types.is_integer_dtype(index) else positions
    shown = ", ".join(str(i + 1) for i in numbers[:_SHOWN])
    more = ", ..." if len(positions) > _SHOWN else ""
    return f"{len(positions)} row{'s' if len(positions) > 1 else ''} ({shown}{more}, counted from 1)"
