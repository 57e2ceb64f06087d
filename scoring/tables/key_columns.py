"""The columns of a table that are never features (ids, outcomes, weights): how they are read, and their errors."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.errors import quote, shorten
from scoring.model.schema import MOST_DIGITS, Identity, InputSchema
from scoring.tables.columns import as_texts

_SHOWN = 5  # rows or values that a message lists
_WHOLE = re.compile(rf"(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})(\.0+)?", re.ASCII)
_USUAL = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1}
Outcomes = tuple[str, str]  # texts of the outcomes 0 and 1


def read_identity(column: "pd.Series[Any]", name: str) -> tuple[Identity, "pd.Series[Any]"]:
    """Find the form of the ids: whole numbers of one length, of several lengths, or texts. Nothing is checked.

    >>> read_identity(pd.Series(["100042", "100043"]), "id")[0].digits
    6
    >>> read_identity(pd.Series(["007", "008"]), "id")[0].kind  # a leading zero is part of the id
    'text'
    """
    texts = as_texts(column)
    matches = [_WHOLE.fullmatch(text) for text in texts if text is not None]
    whole = [match[1] for match in matches if match]
    if not matches or len(whole) < len(matches):
        return Identity(name=name, kind="text"), texts
    lengths = {len(digits) for digits in whole}
    numbers = pd.Series([None if text is None else int(text.split(".")[0]) for text in texts], index=column.index)
    values = numbers.astype("Int64" if len(whole) < len(texts) else "int64")
    return Identity(name=name, digits=lengths.pop() if len(lengths) == 1 else None), values


def number_rows(frame: pd.DataFrame, name: str) -> tuple[Identity, "pd.Series[Any]"]:
    """Give the rows of a table without an identity column numbers, from 1 as in the file.

    >>> identity, numbers = number_rows(pd.DataFrame({"age": [34, 55]}), "row")
    >>> identity.numbered, numbers.tolist()
    (True, [1, 2])
    """
    return Identity(name=name, numbered=True), pd.Series(np.arange(1, len(frame) + 1), index=frame.index, name=name)


def parse_ids(texts: Iterable[str], identity: Identity) -> NDArray[Any]:
    """Turn well-formed ids into the type of the identity column: int64, or objects for texts."""
    if isinstance(texts, np.ndarray) and texts.dtype == np.int64:
        return texts
    return np.array([identity.parse_id(text) for text in texts], dtype=object if identity.kind == "text" else np.int64)


def find_identity_errors(column: "pd.Series[Any]", identity: Identity) -> list[str]:
    """List the errors of an identity column: missing, malformed and duplicate ids, with their rows."""
    what = f"column {identity.name} (the identity)"
    any_length = Identity(name=identity.name, kind=identity.kind)
    form = any_length.pattern()
    malformed = [not pd.isna(value) and not form.fullmatch(str(value)) for value in column]
    renamed = f"expected {any_length.expected()}; rename those clients, or name another column"
    copies = column.notna() & column.duplicated()
    other = "keep one row per client, name another column, or pass --number-rows if every row is another client"
    return [
        *in_rows(f"{what} is missing", column.isna(), column.index, "give every client one"),
        *in_rows(f"{what} is malformed", malformed, column.index, renamed),
        *in_rows(f"{what} has duplicates", copies, column.index, other),
    ]


def find_weight_errors(column: "pd.Series[Any]", index: "pd.Index[Any]") -> list[str]:
    """List the errors of a column of numbers that say how often each client counts.

    >>> find_weight_errors(pd.Series([1.0, 0.0, 2.5], name="w"), pd.RangeIndex(3))
    []
    """
    what, numbers = f"column {column.name} (the weights)", column.to_numpy(dtype=float, na_value=np.nan)
    errors = [
        *in_rows(f"{what} is missing", np.isnan(numbers), index, "give every client one; 0 leaves a client out"),
        *in_rows(f"{what} is negative", numbers < 0, index, "expected 0 or more; 0 leaves a client out"),
        *in_rows(f"{what} is infinite", np.isinf(numbers), index, "expected finite numbers; correct those cells"),
    ]
    if len(numbers) and not numbers.any():
        errors.append(f"{what} is 0 for every client; expected some above 0: name another column")
    return errors


def find_outcomes(column: "pd.Series[Any]", positive: str) -> Outcomes | None:
    """Return both texts of a column of two values, the positive one last; None where it has others.

    >>> find_outcomes(pd.Series([1.0, 2.0, None]), "2"), find_outcomes(pd.Series(["GOOD", "BAD"]), "bad")
    (('1', '2'), ('GOOD', 'BAD'))
    >>> find_outcomes(pd.Series(["GOOD", "BAD", "OPEN"]), "BAD") is None
    True
    """
    texts = sorted(as_texts(column).dropna().unique())
    found = [text for text in texts if text == positive] or [
        text for text in texts if text.strip().casefold() == positive.strip().casefold()
    ]
    if len(texts) != 2 or len(found) != 1:
        return None
    return texts[1 - texts.index(found[0])], found[0]


def read_outcomes(column: "pd.Series[Any]", schema: InputSchema) -> tuple["pd.Series[Any]", str]:
    """Turn outcomes into 0 and 1, NaN where they are missing or invalid; and say what is valid."""
    repaid, default = schema.outcomes or ("0", "1")
    return _map(column, schema.outcomes), f"{repaid}, {default} or nothing"


def read_target(column: "pd.Series[Any]", outcomes: Outcomes | None = None) -> "pd.Series[Any]":
    """Turn outcomes into int8 (float64 where some are missing); leave a column with other values as it is.

    >>> read_target(pd.Series(["TRUE", "false"])).tolist()
    [1, 0]
    >>> read_target(pd.Series(["good", "bad"])).tolist()
    ['good', 'bad']
    >>> read_target(pd.Series(["good", "bad"]), ("good", "bad")).tolist()
    [0, 1]
    """
    read = _map(column, outcomes)
    if (read.isna() & column.notna()).any():
        return column
    return read.astype(float if read.isna().any() else np.int8)


def _map(column: "pd.Series[Any]", outcomes: Outcomes | None) -> "pd.Series[Any]":
    texts = as_texts(column)
    codes: Mapping[str, int] = _USUAL if outcomes is None else dict(zip(outcomes, (0, 1), strict=True))
    return (texts.str.lower() if outcomes is None else texts).map(codes).astype(float)


def find_outcome_errors(column: "pd.Series[Any]", positive: str | None = None) -> list[str]:
    """List the errors of a target as ``read_target`` makes it: missing outcomes, other values than 0 and 1, only one.

    Parameters
    ----------
    positive : the value of ``--positive``, if the column does not have exactly two values of which it is one.
    """
    what = f"column {column.name} (the target)"
    errors = in_rows(f"{what} is missing", column.isna(), column.index, "leave out clients whose outcome is unknown")
    texts = as_texts(column).dropna()
    values = sorted(texts.unique())
    if positive is None and {*values} <= {"0", "1"}:
        one_sided = f"{what} has {_list_values(values)}; expected both 0 and 1: add clients of the other outcome"
        return errors if len(values) == 2 else [*errors, f"{one_sided}, or name another column"]
    return [*errors, f"{what} has {_list_values(values)}; {_remedy(values, positive)}, or name another column"]


def _remedy(values: list[str], positive: str | None) -> str:
    if len(values) < 2:
        return "expected two outcomes: add clients of the other one"
    if len(values) > 2:
        return "expected 0 and 1, or two values and --positive: leave out clients with other outcomes"
    if positive is not None:
        return f"--positive {positive!r} is none of them: name the one that is a default"
    either = " or ".join(f"--positive {quote(value)}" for value in values)
    return f"expected 0 and 1, or false and true, where 1 is a default: pass {either}, whichever is a default"


def _list_values(values: list[str]) -> str:
    """List the values; a column with many values is not a target, and its values could be personal data."""
    if len(values) > _SHOWN:
        return f"{len(values)} distinct values"
    shown = [*map(shorten, values)]
    return f"only {shown[0]}" if len(shown) == 1 else ", ".join(shown) or "no values"


def in_rows(what: str, wrong: Any, index: "pd.Index[Any]", remedy: str) -> list[str]:
    """List one error with its rows, by their places in the file, which the index of a sorted table still has.

    Parameters
    ----------
    wrong : shape (n,), true where the error is.

    >>> in_rows("column id is missing", [False, True, True], pd.RangeIndex(3), "give every client one")
    ['column id is missing in 2 rows (2, 3, counted from 1): give every client one']
    """
    positions = np.flatnonzero(wrong)
    if not len(positions):
        return []
    numbers = sorted(index[positions]) if pd.api.types.is_integer_dtype(index) else positions
    shown = ", ".join(str(i + 1) for i in numbers[:_SHOWN])
    more = ", ..." if len(positions) > _SHOWN else ""
    rows = f"{len(positions)} row{'s' if len(positions) > 1 else ''} ({shown}{more}, counted from 1)"
    return [f"{what} in {rows}: {remedy}"]
