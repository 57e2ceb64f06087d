"""Columns from which a model can learn nothing: empty, constant, or copies of another."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.schema import SchemaField


@dataclass(frozen=True)
class Redundant:
    """Names of columns, in the table's order.

    Attributes
    ----------
    empty : every value is missing.
    constant : one value throughout, none missing.
    copies : later columns that repeat an earlier one, and which.
    """

    empty: tuple[str, ...]
    constant: tuple[str, ...]
    copies: Mapping[str, str]


def extract_values(column: "pd.Series[Any]", field: SchemaField) -> NDArray[Any]:
    """Take one field's values out of a table.

    Returns
    -------
    Shape (n,): float64 with NaN, or objects (text) with None for a category.
    """
    if field.type != "category":
        return column.to_numpy(dtype=float, na_value=np.nan)
    return column.astype(object).where(column.notna(), None).to_numpy()


def find_redundant(frame: pd.DataFrame, fields: Sequence[SchemaField]) -> Redundant:
    """Find redundant fields of a table, from all rows.

    >>> from scoring.model.schema import Text
    >>> fields = [SchemaField(name=name, type="number", label=Text(en=name, fr=name)) for name in "abcd"]
    >>> nan = float("nan")
    >>> found = find_redundant(pd.DataFrame({"a": [1, 2], "b": [nan, nan], "c": [3, 3], "d": [1, 2]}), fields)
    >>> found.empty, found.constant, dict(found.copies)
    (('b',), ('c',), {'d': 'a'})
    """
    empty, constant, copies = [], [], {}
    first: dict[str, str] = {}
    for field in fields:
        codes, distinct = pd.factorize(extract_values(frame[field.name], field))
        known = codes >= 0
        if not known.any():
            empty.append(field.name)
        elif len(distinct) == 1 and known.all():
            constant.append(field.name)
        else:
            # Codes number distinct values in order of appearance: equal columns have equal codes and equal values.
            content = codes.astype(np.int64).tobytes() + "\0".join(map(repr, distinct.tolist())).encode()
            earlier = first.setdefault(hashlib.sha256(content).hexdigest(), field.name)
            if earlier != field.name:
                copies[field.name] = earlier
    return Redundant(tuple(empty), tuple(constant), copies)
