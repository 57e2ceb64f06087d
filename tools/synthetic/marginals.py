"""Distributions of factors, measured so that they reveal no single client."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tools.synthetic.columns import where
from tools.synthetic.copula import Floats, Values
from tools.synthetic.parameters import Continuous, Levels, significant

# Privacy: a value of fewer clients is left out. If it is part of the schema, its share is STRUCTURAL_SHARE instead.
LEVEL_CLIENTS = 5
ATOM_CLIENTS = 10
ATOM_SHARE = 0.002
NEIGHBOURS = 11
# Texts and 0/1 values that are part of the schema but too rare to be counted: about 6 among 307,511 clients.
STRUCTURAL_SHARE = 2e-5
STRUCTURAL = {"NAME_INCOME_TYPE": ("Businessman", "Maternity leave", "Student"), "retirement": ("Unemployed",)}

LEVELS_AT_MOST = 120
GRID_STEPS = 200
OUTERMOST = 0.001


def marginal_of(name: str, values: Values, target: Floats) -> Continuous | Levels:
    """Measure the distribution of one factor over the clients who have it."""
    if values.dtype == object:
        return _text_levels(name, values, target)
    numbers = np.asarray(values, dtype=float)
    # Some values occur in two forms in the files, which differ in the last bit.
    numbers = np.round(numbers[~np.isnan(numbers)], 9)
    distinct, counts = np.unique(numbers, return_counts=True)
    if len(distinct) <= LEVELS_AT_MOST:
        shares = {
            float(value): count / len(numbers)
            for value, count in zip(distinct, counts, strict=True)
            if count >= LEVEL_CLIENTS
        }
        if name.startswith("FLAG_"):
            shares = {value: shares.get(value, 0.0) for value in (0.0, 1.0)}
        return _levels(shares)
    return _continuous(numbers, distinct, counts)


def _text_levels(name: str, values: Values, target: Floats) -> Levels:
    known = pd.notna(values)
    frame = pd.DataFrame({"level": values[known], "target": target[known]})
    groups = frame.groupby("level")["target"].agg(["size", "sum"])
    held = groups[groups["size"] >= LEVEL_CLIENTS]
    # A hundred clients at the average rate are added, so that rates of small groups stay near the average.
    rate = (held["sum"] + 100 * target.mean()) / (held["size"] + 100)
    shares = {str(level): float(held["size"][level] / known.sum()) for level in rate.sort_values().index}
    rare = {str(level) for level in groups.index[groups["size"] < LEVEL_CLIENTS]}
    rare |= set(STRUCTURAL.get(name, ()))
    return _levels(shares | dict.fromkeys(sorted(rare - set(shares)), 0.0))


def _levels(shares: Mapping[float, float] | Mapping[str, float]) -> Levels:
    """Give values without a share the fixed one, and scale the others so that the sum is 1."""
    scale = (1.0 - STRUCTURAL_SHARE * sum(share == 0 for share in shares.values())) / sum(shares.values())
    values = cast("tuple[float, ...] | tuple[str, ...]", tuple(shares))
    figures = (share * scale if share else STRUCTURAL_SHARE for share in shares.values())
    return Levels(values=values, shares=tuple(significant(share) for share in figures))


def _continuous(numbers: Floats, distinct: Floats, counts: npt.NDArray[np.int64]) -> Continuous:
    massive = counts >= max(ATOM_CLIENTS, ATOM_SHARE * len(numbers))
    spread = np.sort(numbers[~np.isin(numbers, distinct[massive])])
    smoothed = np.convolve(spread, np.ones(NEIGHBOURS) / NEIGHBOURS, mode="valid")
    steps = np.linspace(0.0, 1.0, GRID_STEPS + 1)
    steps[0], steps[-1] = OUTERMOST, 1.0 - OUTERMOST
    middle = (NEIGHBOURS - 1) / 2
    ranks = np.clip(steps * (len(spread) - 1) - middle, 0, len(smoothed) - 1)
    grid = np.interp(ranks, np.arange(len(smoothed)), smoothed)
    grid = np.clip(grid, *np.quantile(numbers, [OUTERMOST, 1.0 - OUTERMOST]))
    atoms = zip(distinct[massive], counts[massive] / len(numbers), strict=True)
    return Continuous(
        grid=tuple(significant(value) for value in grid),
        atoms=tuple((float(round(value, 6)), significant(share, 4)) for value, share in atoms),
    )


def common(values: Values, marginal: Continuous | Levels) -> Values:
    """Leave out values of too few clients, so that no correlation depends on them."""
    if isinstance(marginal, Continuous):
        return values
    levels = np.array(marginal.values, dtype=values.dtype)
    return where(np.isin(values, levels[np.array(marginal.shares) > STRUCTURAL_SHARE]), values)
