"""Tables of real records -> distributions that no record can be read off."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from tools.synthetic.copula import Floats
from tools.synthetic.history.draws import binned
from tools.synthetic.history.parameters import POOLED, Choice, Shares, Spreads, Value
from tools.synthetic.parameters import Continuous, significant

if TYPE_CHECKING:
    Series = pd.Series[float]

# Privacy: what fewer records hold is left out; a quantile is a mean over so many neighbours.
VALUE_RECORDS = 5
ATOM_RECORDS = 10
NEIGHBOURS = 11
OUTERMOST = 0.001

CELL_RECORDS = 150
ATOM_SHARE = 0.005
GRID_STEPS = 50


def key(*parts: "pd.Series[str]") -> "pd.Series[str]":
    """Join texts into the names of cells: ``a|b``."""
    joined = parts[0].astype(str)
    for part in parts[1:]:
        joined = joined + "|" + part.astype(str)
    return joined


def bins(values: "Series", edges: Sequence[float]) -> "pd.Series[str]":
    """Name the bin of each number, as :func:`draws.binned` does; a missing one counts as the largest."""
    coded = binned(np.asarray(values, dtype=np.float64), edges)
    names: pd.Series[str] = pd.Series(np.array(coded.values, dtype=object)[coded.codes], index=values.index)
    return names


def spreads_of(values: "Series", cells: "pd.Series[str] | None" = None) -> Spreads:
    """Measure the distribution of a number, missing ones aside: of all records, and of each cell with enough."""
    known = np.isfinite(values)
    numbers = values[known]
    measured = {POOLED: spread_of(np.asarray(numbers, dtype=np.float64))}
    if cells is not None:
        for name, group in numbers.groupby(cells[known]):
            if len(group) >= CELL_RECORDS:
                measured[str(name)] = spread_of(np.asarray(group, dtype=np.float64))
    return measured


def spread_of(numbers: Floats) -> Continuous:
    """Measure one distribution: values that many records share, and smoothed quantiles of the others."""
    rounded = np.array([significant(value, 6) for value in numbers])
    distinct, counts = np.unique(rounded, return_counts=True)
    massive = counts >= max(ATOM_RECORDS, ATOM_SHARE * len(rounded))
    rest = np.sort(rounded[~np.isin(rounded, distinct[massive])])
    shares = counts[massive] / len(rounded)
    if len(rest) < 2 * NEIGHBOURS:  # too few to say how they spread
        shares = shares / shares.sum()
        grid = np.repeat(distinct[massive][:1], 2)
    else:
        smooth = np.convolve(rest, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
        steps = np.linspace(0.0, 1.0, GRID_STEPS + 1)
        steps[[0, -1]] = OUTERMOST, 1.0 - OUTERMOST
        places = np.clip(steps * (len(rest) - 1) - (NEIGHBOURS - 1) / 2, 0, len(smooth) - 1)
        grid = np.interp(places, np.arange(len(smooth)), smooth)
    return Continuous(
        grid=tuple(significant(value, 5) for value in grid),
        atoms=tuple((float(v), significant(s, 4)) for v, s in zip(distinct[massive], shares, strict=True)),
    )


def choice_of(
    frame: pd.DataFrame, cells: "pd.Series[str] | None" = None, order: Sequence[str] = (), at_least: int = 30
) -> Choice:
    """Measure the shares of the combinations in a table: of all records, and of each cell with enough.

    Parameters
    ----------
    frame : the columns that belong together.
    cells : name of each record's cell.
    order : values of the first column that come first, in this order; otherwise combinations are sorted.
    at_least : records of a cell.
    """
    measured = {POOLED: _shares(frame, order)}
    if cells is not None:
        for name, group in frame.groupby(cells):
            if len(group) >= at_least:
                measured[str(name)] = _shares(group, order)
    return Choice(columns=tuple(map(str, frame.columns)), cells=measured)


def _shares(frame: pd.DataFrame, order: Sequence[str]) -> Shares:
    counts = frame.groupby(list(frame.columns), dropna=False).size()
    counts = counts[counts >= VALUE_RECORDS]
    rows = [
        tuple(_value(value) for value in (row if isinstance(row, tuple) else (row,))) for row in counts.index.tolist()
    ]
    share = {row: count / counts.sum() for row, count in zip(rows, counts, strict=True)}
    rank = {value: number for number, value in enumerate(order)}
    if isinstance(rows[0][0], str):
        rows.sort(key=lambda row: (rank.get(str(row[0]), len(rank)), *(str(value) for value in row)))
    return Shares(rows=tuple(rows), shares=tuple(significant(share[row]) for row in rows))


def _value(value: object) -> Value:
    if isinstance(value, str):
        return value
    number = float(cast("float", value))
    return None if np.isnan(number) else number


def rates_of(happened: "pd.Series[bool]", cells: "pd.Series[str] | None" = None) -> dict[str, float]:
    """Measure how often something is so: of all records, and of each cell with enough."""
    measured = {POOLED: significant(float(happened.mean()), 4)}
    if cells is not None:
        groups = happened.astype(float).groupby(cells).agg(["mean", "size"])
        enough = groups[groups["size"] >= CELL_RECORDS]["mean"]
        measured |= {str(name): significant(float(share), 4) for name, share in enough.items()}
    return measured


def between(values: "Series", client: "pd.Series[int]") -> float:
    """Measure how alike two records of one client are: the correlation of their normal scores, 0-0.95."""
    known = values.notna()
    score: pd.Series[float] = pd.Series(ndtri((rankdata(values[known]) - 0.5) / known.sum()), index=values.index[known])
    score = (score - score.mean()) / score.std()
    groups = score.groupby(client[known])
    total, count, square = groups.sum(), groups.size(), (score**2).groupby(client[known]).sum()
    several = count > 1
    alike = ((total**2 - square) / (count - 1))[several].sum() / count[several].sum()
    if values[known].nunique() == 2:  # of the normals behind a yes or no
        alike = np.sin(np.pi / 2 * alike)
    return significant(float(np.clip(alike, 0.0, 0.95)), 3)
