"""Numbers that are codes in disguise: few values hold many clients, and the risk jumps from one value to the next.

An example is the ratio of instalment to credit. A lender has a list of durations and rates, each with its own ratio.
Their risk is not a smooth function of the ratio. Such a number stays a binned column: each frequent value has a narrow
bin with a weight of its own, and the values between them have wider bins. ``find_codes`` finds such numbers in any
table by their values and outcomes, whatever their names.

The weight of a narrow bin is pulled towards that of the wider bin around it, so that a bin with few clients hardly
differs from it. The rows to which a model is fitted have the same weights as all others: with weights learned on other
clients (cross-fitting) models rank no better (docs/scorecard.md).

Source: Micci-Barreca (2001), A preprocessing scheme for high-cardinality categorical attributes in classification and
prediction problems, SIGKDD Explorations 3(1), for weights that are pulled towards those of a hierarchy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats, log_odds
from scoring.model.compile import raw_sources
from scoring.model.plan import BinnedColumn, Plan
from scoring.readable.terms import FOLDED
from scoring.training.candidates.bins import BinnedField

# Half-widths of the windows around frequent values, as shares of the value. The same conditions give slightly different
# ratios, because instalments are rounded.
_WIDTHS = (0.05, 0.01, 0.003)
_SMOOTH = 1  # this many of the widths follow a smooth risk
_CELLS = 4  # cells of the histogram in half a window; frequent values are its fullest cells
_LEAST = 30  # clients in a window with a weight of its own
_PRIOR = 50.0  # clients with the risk of the wider window that are added to each window
_HELD = 0.5  # least share of the known values that are frequent ones
_PARTS = 5  # to measure weights on clients from whom they were not learned
CERTAINTY = 4.0
_DIGITS = 5  # significant digits of an edge


@dataclass(frozen=True)
class _Level:
    """Windows around frequent values, shape (cells,) each; cell i lies between ``edges[i - 1]`` and ``edges[i]``."""

    edges: Floats  # ascending, one less than cells
    inside: NDArray[np.bool_]  # whether the cell is a window; the others lie between windows
    least: int  # clients in a window with a weight of its own
    prior: float  # clients that are added to each window

    def place(self, x: Floats) -> NDArray[np.intp]:
        """Return the cell of each value."""
        return np.searchsorted(self.edges, x, side="right")

    def count(self, x: Floats, counted: Floats) -> Floats:
        """Sum ``counted`` in each cell."""
        sums: Floats = np.bincount(self.place(x), weights=counted, minlength=len(self.inside)).astype(float)
        return sums

    def frequent(self, x: Floats, counted: Floats) -> NDArray[np.bool_]:
        """Whether each cell is a window with enough clients."""
        return self.inside & (self.count(x, counted) >= self.least)


def code_numbers(
    terms: Sequence[BinnedField],
    columns: Mapping[str, NDArray[Any]],
    target: NDArray[Any],
    plan: Plan,
    codes: Sequence[str] | None = None,
    weights: Floats | None = None,
) -> list[BinnedField]:
    """Replace the binned numbers that are codes in disguise, and leave the others as they are.

    The same conditions of a credit show in every ratio of its amounts. Of numbers that are computed from a common raw
    field, only the one with the highest information value becomes a code.

    Parameters
    ----------
    columns : values of each term's source, shape (n,).
    target : shape (n,), 0 or 1, both present.
    plan : with the derived numbers. A logarithm or a square is no code apart from the number it is computed from.
    codes : the numbers that are codes, without a test; None to find them.
    weights : shape (n,), how often each client counts; once by default.
    """
    folded = {step.name for step in plan.derived if step.operation in FOLDED}
    coded: dict[int, BinnedField] = {}
    for i, term in enumerate(terms):
        name = term.column.source
        if name in codes if codes is not None else name not in folded:
            field = find_codes(term, columns[name], target, CERTAINTY if codes is None else -np.inf, weights)
            coded |= {i: field} if field else {}
    taken: set[str] = set()
    replaced = list(terms)
    for i in sorted(coded, key=lambda i: -coded[i].information):
        fields = raw_sources(plan, coded[i].column.source)
        if taken.isdisjoint(fields):
            replaced[i] = coded[i]
            taken |= fields
    return replaced


def find_codes(
    field: BinnedField,
    values: Floats,
    target: NDArray[Any],
    certainty: float = CERTAINTY,
    weights: Floats | None = None,
) -> BinnedField | None:
    """Give the frequent values of a number weights of their own if it is a code in disguise; None if it is not.

    It is a code if at least half of its values are frequent, and if the weights predict clients from whom they were not
    learned better than a risk that changes smoothly. Only numbers above 0 are considered. Whole numbers that follow one
    another, such as years or a number of children, are no codes.

    Parameters
    ----------
    field : the number in ordinary bins.
    values : shape (n,), NaN is missing.
    target : shape (n,), 0 or 1, both present.
    certainty : by how many standard errors the log loss has to be better. The default is high, because all numbers of
        a table are tested.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    The same number. Its information value is measured with weights that were learned on other clients.
    """
    column = field.column
    if not isinstance(column, BinnedColumn) or not (values > 0).any() or (values <= 0).any():
        return None
    known, counts = ~np.isnan(values), np.ones(len(values)) if weights is None else weights
    x, y, counted = values[known], target[known], counts[known]
    levels = [_find_windows(x, counted, width) for width in _WIDTHS]
    if levels[-1].count(x, counted)[levels[-1].frequent(x, counted)].sum() < _HELD * counted.sum() or _is_count(x):
        return None
    levels.insert(0, _Level(np.array(column.edges), np.ones(len(column.values), dtype=bool), 1, 1.0))
    smooth, coded = _cross_fit(levels, x, y, counted)
    gain = np.where(y == 1, np.log(coded / smooth), np.log((1 - coded) / (1 - smooth)))
    mean = np.average(gain, weights=counted)
    if mean <= certainty * np.sqrt(np.sum(counted * (gain - mean) ** 2)) / counted.sum():
        return None
    average = np.array(np.average(target, weights=counts))
    evidence = np.full(len(values), column.missing)
    evidence[known] = log_odds(coded) - log_odds(average)
    risky, safe = (np.average(evidence[target == one], weights=counts[target == one]) for one in (1, 0))
    return BinnedField(_bin_codes(column, levels, x, y, counted, average), float(risky - safe))


def _is_count(x: Floats) -> bool:
    """Whether most frequent values are whole numbers that follow one another."""
    numbers, clients = np.unique(x, return_counts=True)
    frequent = numbers[clients >= _LEAST]
    return bool(np.all(x == np.round(x)) and 2 * np.count_nonzero(np.diff(frequent) == 1) >= len(frequent) - 1)


def _find_windows(x: Floats, counted: Floats, width: float) -> _Level:
    """Find frequent values, the most frequent first, and make windows around them that do not overlap.

    Parameters
    ----------
    x : shape (n,), all above 0.
    """
    size = width / _CELLS
    cells, place = np.unique(np.round(np.log(x) / size).astype(np.int64), return_inverse=True)
    counts = np.bincount(place, weights=counted)
    start = cells[0] - _CELLS
    taken = np.zeros(cells[-1] - start + _CELLS + 1, dtype=bool)
    centres: list[float] = []
    for i in np.argsort(-counts, kind="stable"):
        if counts[i] * (2 * _CELLS + 1) < _LEAST:
            break  # a window around this value or a rarer one has too few clients
        at = cells[i] - start
        if not taken[at]:
            centres.append(cells[i] * size)
            taken[at - _CELLS : at + _CELLS + 1] = True
    middles = np.sort(centres)
    low, high, between = middles - width, middles + width, (middles[1:] + middles[:-1]) / 2
    low[1:], high[:-1] = np.maximum(low[1:], between), np.minimum(high[:-1], between)
    edges = np.unique([float(f"{edge:.{_DIGITS}g}") for edge in np.exp([*low, *high])])
    inside = np.zeros(len(edges) + 1, dtype=bool)
    inside[np.searchsorted(edges, np.exp(middles), side="right")] = True
    return _Level(edges, inside, _LEAST, _PRIOR)


def _learn(levels: Sequence[_Level], x: Floats, y: NDArray[Any], counted: Floats) -> list[Floats]:
    """Learn the default rate of each cell of each level; NaN where it has none of its own."""
    learned, rate = [], np.full(len(x), np.average(y, weights=counted))
    for level in levels:
        clients, defaults, expected = (level.count(x, counted * one) for one in (np.ones(len(x)), y, rate))
        own = np.full(len(clients), np.nan)
        has = level.inside & (clients >= level.least)
        around = expected[has] / clients[has]
        own[has] = (defaults[has] + level.prior * around) / (clients[has] + level.prior)
        learned.append(own)
        rate = _read([level], [own], x, rate)
    return learned


def _read(levels: Sequence[_Level], learned: Sequence[Floats], x: Floats, otherwise: Floats) -> Floats:
    """Read the default rate of each value from the last level in which it has one, shape (n,)."""
    rate = otherwise
    for level, own in zip(levels, learned, strict=True):
        found = own[level.place(x)]
        rate = np.where(np.isnan(found), rate, found)
    return rate


def _cross_fit(levels: Sequence[_Level], x: Floats, y: NDArray[Any], counted: Floats) -> tuple[Floats, Floats]:
    """Read each client's default rate as learned from other clients: with a smooth risk, and with codes."""
    part = np.random.default_rng(0).permutation(len(x)) % _PARTS
    smooth, coded = np.empty(len(x)), np.empty(len(x))
    for own in (part == number for number in range(_PARTS)):
        learned = _learn(levels, x[~own], y[~own], counted[~own])
        otherwise = np.full(np.count_nonzero(own), np.average(y[~own], weights=counted[~own]))
        smooth[own] = _read(levels[: 1 + _SMOOTH], learned[: 1 + _SMOOTH], x[own], otherwise)
        coded[own] = _read(levels, learned, x[own], otherwise)
    return smooth, coded


def _bin_codes(
    column: BinnedColumn, levels: Sequence[_Level], x: Floats, y: NDArray[Any], counted: Floats, average: Floats
) -> BinnedColumn:
    """Write all levels as the bins of one column; neighbouring bins of the same weight are one bin."""
    edges, last = np.unique(np.concatenate([level.edges for level in levels])), levels[-1]
    inner = np.concatenate([[edges[0] - 1], (edges[1:] + edges[:-1]) / 2, [edges[-1] + 1]])  # a value in each bin
    otherwise = np.full(len(inner), np.average(y, weights=counted))
    weights = log_odds(_read(levels, _learn(levels, x, y, counted), inner, otherwise)) - log_odds(average)
    differs, centres = np.diff(weights) != 0, (last.edges[1:] + last.edges[:-1]) / 2
    return replace(
        column,
        edges=tuple(edges[differs].tolist()),
        values=tuple(weights[np.append(True, differs)].tolist()),
        codes=tuple(centres[last.frequent(x, counted)[1:-1]].tolist()),
    )
