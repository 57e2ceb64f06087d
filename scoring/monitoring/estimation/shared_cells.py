"""Cells of a column: the same cells for the reference and for the current clients, so that both can be counted."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from scoring.model.calibration import Bools, Floats

_LEVELS = 20  # a number with at most this many distinct values is counted value by value
_QUANTILES = 5
FEWEST_REFERENCE = 20  # clients of a cell; what happens to fewer is not known
_SCARCER = 5.0  # times as frequent among current clients as in the reference
_BY_CHANCE = 1e-4  # probability of so many current clients in a cell, if the cell were as frequent as in the reference


@dataclass(frozen=True)
class Cells:
    """Cells of one column; codes from 0 to ``number - 1``.

    Attributes
    ----------
    reference, current : codes, shapes (n,) and (m,).
    position : where each client is within the cells of a number, shapes (n,) and (m,): standardised, limited to the
        range of the reference, and 0 where it is missing. None where each value has a cell.
    """

    column: str
    reference: NDArray[np.intp]
    current: NDArray[np.intp]
    number: int
    position: tuple[Floats, Floats] | None = None

    def counts(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Count reference and current clients, each of shape (number,)."""
        return np.bincount(self.reference, minlength=self.number), np.bincount(self.current, minlength=self.number)

    def difference(self) -> float:
        """Say how far the two populations differ: Pearson's chi-squared, standardised; above 3 is rare by chance.

        >>> same = np.array([0, 1] * 50)
        >>> Cells("x", same, same, 2).difference() < 0
        True
        """
        here, there = (counts.astype(float) for counts in self.counts())
        both = here + there
        kept = both > 0
        freedom = int(kept.sum()) - 1
        if not freedom:
            return 0.0
        expected = both[kept] * here.sum() / both.sum(), both[kept] * there.sum() / both.sum()
        statistic = sum(
            float(((counts[kept] - one) ** 2 / one).sum()) for counts, one in zip((here, there), expected, strict=True)
        )
        return (statistic - freedom) / float((2 * freedom) ** 0.5)

    def unseen(self) -> Bools:
        """Find the current clients in cells with (nearly) no reference clients, shape (m,)."""
        here, there = self.counts()
        return are_unseen(here, there)[self.current]


def are_unseen(here: NDArray[Any], there: NDArray[Any]) -> Bools:
    """Find cells of which the reference has nearly no clients, though many current clients are in them.

    Parameters
    ----------
    here, there : shape (cells,), counts of reference and current clients.

    >>> are_unseen(np.array([900, 100, 0]), np.array([50, 48, 2])).tolist(), are_unseen(
    ...     np.array([900, 0]), np.array([50, 50])
    ... ).tolist()
    ([False, False, False], [False, True])
    """
    share = there.sum() / max(here.sum() + there.sum(), 1)
    few = here < FEWEST_REFERENCE
    scarce = there * here.sum() > _SCARCER * here * there.sum()
    found: Bools = few & scarce & (binom.sf(there - 1, here + there, share) < _BY_CHANCE)
    return found


def make_cells(column: str, reference: NDArray[Any], current: NDArray[Any]) -> Cells:
    """Cut a column into cells.

    Texts and numbers with few values have a cell for each value. Other numbers have a cell for each fifth of both
    populations together, one below and one above all values of the reference. Missing values have a cell of their own.

    Parameters
    ----------
    reference, current : shapes (n,) and (m,), float64 with NaN, or objects (text) with None.
    """
    if reference.dtype.kind != "f":
        return _by_value(column, reference, current)
    known = reference[~np.isnan(reference)]
    if len(np.unique(known)) <= _LEVELS:
        return _by_value(column, reference, current)
    pooled = _pooled_quantiles(known, current[~np.isnan(current)], _QUANTILES)
    inner = pooled[(pooled > known.min()) & (pooled < known.max())]
    edges = np.unique(np.r_[known.min(), inner, np.nextafter(known.max(), np.inf)])

    def code(values: NDArray[Any]) -> NDArray[np.intp]:
        codes = np.searchsorted(edges, values, side="right")
        codes[np.isnan(values)] = len(edges) + 1
        return codes

    low, high = np.quantile(known, (0.01, 0.99))
    middle, spread = float(known.mean()), float(np.clip(known, low, high).std()) or 1.0

    def place(values: NDArray[Any]) -> Floats:
        placed: Floats = np.nan_to_num((np.clip(values, low, high) - middle) / spread)
        return placed

    position = place(reference), place(current)
    return Cells(column, code(reference), code(current), len(edges) + 2, position)


def cut_score(reference: Floats, current: Floats, threshold: float) -> Cells:
    """Cut log-odds at tenths of both populations together, and at the threshold."""
    edges = np.unique(np.r_[_pooled_quantiles(reference, current, 10), threshold])
    codes = [np.searchsorted(edges, values, side="right") for values in (reference, current)]
    middle, spread = float(reference.mean()), float(reference.std()) or 1.0
    position = (reference - middle) / spread, (current - middle) / spread
    return Cells("score", codes[0], codes[1], len(edges) + 1, position)


def _pooled_quantiles(reference: Floats, current: Floats, parts: int) -> Floats:
    """Quantiles of both populations together, each of the same weight."""
    if not len(current):
        current = reference
    values = np.r_[reference, current]
    weights = np.r_[np.full(len(reference), 1 / len(reference)), np.full(len(current), 1 / len(current))]
    shares = np.arange(1, parts) / parts
    quantiles: Floats = np.quantile(values, shares, weights=weights, method="inverted_cdf")
    return quantiles


def _by_value(column: str, reference: NDArray[Any], current: NDArray[Any]) -> Cells:
    codes, values = pd.factorize(np.concatenate([reference, current]), use_na_sentinel=True)
    codes = np.where(codes < 0, len(values), codes)
    return Cells(column, codes[: len(reference)], codes[len(reference) :], len(values) + 1)
