"""Turn correlated normals into values, by the quantile functions and shares of a cell."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from tools.synthetic.copula import Booleans, Floats, quantile_knots
from tools.synthetic.history.parameters import POOLED, Choice, Shares, Spreads

Ints = npt.NDArray[np.int64]
Indices = npt.NDArray[np.integer[Any]]
MONTH = 30.4375  # days


class Coded(NamedTuple):
    """A column of few values: position in ``values`` of each record."""

    codes: Ints
    values: tuple[Any, ...]

    def numbers(self) -> Floats:
        """Return the values as numbers; missing ones as NaN."""
        return np.array([np.nan if value is None else value for value in self.values], dtype=float)[self.codes]

    def is_in(self, *wanted: str) -> Booleans:
        """Return for each record whether its value is one of those."""
        return np.array([value in wanted for value in self.values], dtype=bool)[self.codes]

    def take(self, where: Indices | Booleans) -> "Coded":
        """Return the column of some records."""
        return Coded(self.codes[where], self.values)


Columns = dict[str, npt.NDArray[Any] | Coded]


def constant(value: str, size: int) -> Coded:
    """Return a column of one text."""
    return Coded(np.zeros(size, dtype=np.int64), (value,))


def cross(*keys: Coded) -> Coded:
    """Join columns into one whose values read ``a|b``: the names of cells.

    >>> cross(Coded(np.array([1]), ("a", "b")), Coded(np.array([0]), ("c", "d")))
    Coded(codes=array([2]), values=('a|c', 'a|d', 'b|c', 'b|d'))
    """
    joined = keys[0]
    for key in keys[1:]:
        values = tuple(f"{one}|{other}" for one in joined.values for other in key.values)
        joined = Coded(joined.codes * len(key.values) + key.codes, values)
    return joined


def mixed(generator: np.random.Generator, shared: Floats, share: float) -> Floats:
    """Return standard normals; the records of an owner have a share of their variance in common."""
    noise = generator.standard_normal(len(shared))
    return np.asarray(np.sqrt(share) * shared + np.sqrt(1.0 - share) * noise, dtype=float)


def quantiles(spreads: Spreads, keys: Coded, normal: Floats) -> Floats:
    """Turn standard normals into values of each record's cell."""
    uniform = ndtr(normal)
    values = np.empty(len(uniform))
    for where, cell in _cells(keys, spreads):
        values[where] = np.interp(uniform[where], *quantile_knots(cell))
    return values


def pick(choice: Choice, keys: Coded, normal: Floats) -> dict[str, Coded]:
    """Turn standard normals into combinations of values of each record's cell, one column for each value."""
    rows = list(dict.fromkeys(row for cell in choice.cells.values() for row in cell.rows))
    place = {row: number for number, row in enumerate(rows)}
    uniform = ndtr(normal)
    chosen = np.empty(len(uniform), dtype=np.int64)
    for where, cell in _cells(keys, choice.cells):
        places = np.array([place[row] for row in cell.rows])
        chosen[where] = places[position(cell, uniform[where])]
    columns = {}
    for number, name in enumerate(choice.columns):
        values = tuple(dict.fromkeys(row[number] for row in rows))
        code = np.array([values.index(row[number]) for row in rows])
        columns[name] = Coded(code[chosen], values)
    return columns


def position(cell: Shares, uniform: Floats) -> Ints:
    """Return the row of the cell that each uniform number selects."""
    return np.searchsorted(np.cumsum(cell.shares)[:-1], uniform, side="right").astype(np.int64)


def rates(table: Mapping[str, float], keys: Coded) -> Floats:
    """Return the rate of each record's cell."""
    return np.array([table.get(str(value), table.get(POOLED, 0.0)) for value in keys.values], dtype=float)[keys.codes]


def below(normal: Floats, rate: Floats | float) -> Booleans:
    """Return where an event of this probability happens, which is where the normal is high.

    >>> below(np.array([-2.0, 2.0]), 0.1).tolist()
    [False, True]
    """
    return np.asarray(normal > -ndtri(rate), dtype=bool)


def repeated(counts: Ints) -> tuple[Ints, Ints]:
    """Return the owner of each of ``sum(counts)`` records, and its number among the owner's records, from 0.

    >>> [part.tolist() for part in repeated(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - first[owner]


def binned(values: Floats | Ints, edges: Sequence[float]) -> Coded:
    """Name the bin that each value falls into by the bin's upper edge; past the last edge ``more``.

    >>> binned(np.array([3.0, 10.0, 11.0]), (5, 10))
    Coded(codes=array([0, 1, 2]), values=('5', '10', 'more'))
    """
    return Coded(np.searchsorted(edges, values), (*map(str, edges), "more"))


def records(columns: Columns, where: Indices | Booleans) -> Columns:
    """Return some records of a table."""
    return {name: v.take(where) if isinstance(v, Coded) else v[where] for name, v in columns.items()}


def money(amounts: Floats, step: float = 0.045) -> Floats:
    """Round to the steps that the lender's amounts come in."""
    return np.round(np.round(amounts / step) * step, 3)


def _cells(keys: Coded, cells: Mapping[str, Any]) -> Sequence[tuple[Ints, Any]]:
    """Return each cell with its records; records without a cell of their own form one cell."""
    own = np.array([str(value) in cells for value in keys.values], dtype=bool)
    target = np.where(own, np.arange(len(keys.values)), len(keys.values))[keys.codes]
    order = np.argsort(target, kind="stable")
    edges = np.searchsorted(target[order], np.arange(len(keys.values) + 2))
    found = []
    for number, (start, end) in enumerate(pairwise(edges)):
        if end > start:
            name = str(keys.values[number]) if number < len(keys.values) else POOLED
            found.append((order[start:end], cells[name]))
    return found
