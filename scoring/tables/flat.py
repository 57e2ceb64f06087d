"""Any lender's flat table: one row per client, with an identity column, a target and columns to learn from."""

import difflib
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pandas as pd

from scoring.errors import DataError
from scoring.model.preprocessor import Inputs
from scoring.model.schema import FieldType, InputSchema, SchemaField, Text, Tier
from scoring.tables.columns import Typed, read_column, read_identity, read_target
from scoring.tables.files import table_files
from scoring.tables.redundant import find_redundant
from scoring.tables.table_reader import UNNAMED, name_first_unnamed, read_table

_IDENTITIES = ("id", "client_id", "client_number", "row")  # names for an identity column without one
_SEAMS = re.compile(
    r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])"  # fooBar, 59Days
    r"|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-ÿ])"  # EMIAmount
    r"|(?<=[a-zà-ÿ])(?=[0-9])"  # Time30
)
Columns = dict[str, "pd.Series[Any]"]
_log = logging.getLogger("scoring")


def read_flat(
    path: Path,
    target: str,
    identity: str,
    kinds: Mapping[str, FieldType] | None = None,
    drop: Collection[str] = (),
    tiers: Mapping[str, Tier] | None = None,
) -> tuple[InputSchema, pd.DataFrame]:
    """Read a table and find the type of each column. Rows are checked by ``training.data.checks``.

    Columns of dates, free text or lists and columns without a name are left out; the log lists them.

    Parameters
    ----------
    target : name of the column with the outcome: 0 and 1, or false and true; 1 is a default.
    identity : name of the column that names the client; ``""`` for the column without a name.
    kinds : types of columns (``number``, ``integer`` or ``category``) that differ from what the columns look like.
    drop : columns to leave out.
    tiers : columns that are protected or proxies; all others are justified.

    Returns
    -------
    The schema, and one row per client: identity, target, then the schema's fields; numbers as float64 with NaN,
    categories as text or None.

    Raises
    ------
    DataError
        With all errors of the columns: unknown names, texts where numbers are expected.
    """
    kinds, tiers = kinds or {}, tiers or {}
    frame = read_table(table_files(path), {identity, *(name for name, kind in kinds.items() if kind == "category")})
    frame, identity = _with_names(frame, identity)
    options: dict[str, Collection[str]] = {"--kind": kinds, "--drop": drop, "--protected or --proxy": tiers}
    errors = [*_wrong_names(frame, target, identity, options), *_unknown_kinds(kinds)]
    if errors:
        raise DataError.listing(str(path), errors, f"Its columns are: {', '.join(map(repr, frame))}.")
    named, ids = read_identity(frame[identity], identity)
    columns = {identity: ids, target: read_target(frame[target])}
    used = [name for name in frame if name not in {identity, target, *drop}]
    fields, values = _read_fields(path, frame[used], kinds, tiers)
    return InputSchema(identity=named, target=target, fields=fields), pd.DataFrame({**columns, **values})


def _read_fields(
    path: Path, frame: pd.DataFrame, kinds: Mapping[str, FieldType], tiers: Mapping[str, Tier]
) -> tuple[tuple[SchemaField, ...], Columns]:
    fields, values, errors = [], {}, []
    for name, column in ((str(name), column) for name, column in frame.items()):
        read = read_column(column, kinds.get(name))
        if isinstance(read, Typed):
            label = Text(en=readable(name), fr=readable(name))
            tier = tiers.get(name, "justified")
            fields.append(SchemaField(name=name, type=read.type, unit=read.unit, tier=tier, label=label))
            values[name] = read.values
        elif read.is_error:
            errors.append(
                f"column {name}: {read.why}; correct them, or pass --kind '{name}=category' or --drop '{name}'"
            )
        else:
            _log.warning("column %s is left out: it %s", name, read.why)
    if not fields and not errors:
        errors.append("no column is left to learn from")
    if errors:
        raise DataError.listing(str(path), errors, "Nothing was trained.")
    return tuple(fields), values


def _with_names(frame: pd.DataFrame, identity: str) -> tuple[pd.DataFrame, str]:
    """Give the identity column a name where it has none; leave out other columns without a name."""
    unnamed = [i for i, name in enumerate(frame) if name == UNNAMED]
    if identity == UNNAMED and unnamed:
        identity = next(name for name in _IDENTITIES if name not in set(frame))
        frame = name_first_unnamed(frame, identity)
        unnamed.pop(0)
    if unnamed:
        _log.warning("columns without a name are left out: %s", ", ".join(f"number {i + 1}" for i in unnamed))
    return frame.iloc[:, [i for i in range(frame.shape[1]) if i not in unnamed]], identity


def _wrong_names(frame: pd.DataFrame, target: str, identity: str, options: Mapping[str, Collection[str]]) -> list[str]:
    names = [str(name) for name in frame]
    errors = [
        f"{option} {name!r}: no such column{_hint(name, names)}"
        for option, given in {"--target": [target], "--id": [identity], **options}.items()
        for name in given
        if name not in names
    ]
    if target == identity:
        errors.append(f"column {target} cannot be both target and identity")
    return errors + [
        f"{option} {name!r}: is the {'target' if name == target else 'identity'}, never a feature"
        for option, given in options.items()
        for name in given
        if name in {target, identity}
    ]


def _unknown_kinds(kinds: Mapping[str, str]) -> list[str]:
    expected = get_args(FieldType)
    return [
        f"--kind '{name}={kind}': expected one of: {', '.join(expected)}"
        for name, kind in kinds.items()
        if kind not in expected
    ]


def _hint(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def inputs(schema: InputSchema, frame: pd.DataFrame) -> Inputs:
    """Choose what a model may use: every justified field that is not empty, constant or a copy of another."""
    used = [field for field in schema.fields if field.tier == "justified"]
    redundant = find_redundant(frame, used)
    kept = [field for field in used if field.name not in {*redundant.empty, *redundant.constant, *redundant.copies}]
    return Inputs(
        numbers=tuple(field.name for field in kept if field.type != "category"),
        categories=tuple(field.name for field in kept if field.type == "category"),
    )


def readable(name: str) -> str:
    """Write a column's name as words.

    >>> readable("NumberOfTime30-59DaysPastDueNotWorse")
    'Number of time 30-59 days past due not worse'
    >>> readable("AMT_CREDIT"), readable("EMIAmount"), readable("durée du crédit")
    ('Amt credit', 'EMI amount', 'Durée du crédit')
    """
    spaced = re.sub(r"[_\s]+", " ", name).strip()
    if not spaced.isupper():
        spaced = _SEAMS.sub(" ", spaced)
    upper = name.isupper()
    words = [word if word.isupper() and len(word) > 1 and not upper else word.lower() for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:] or name
