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
    """Windows around frequent values, and what lies between them; part i is from ``edges[i - 1]`` to ``edges[i]``."""

    edges: Floats  # ascending, shape (parts - 1,)
    inside: NDArray[np.bool_]  # shape (parts,), whether the part is a window
    least: float = _LEAST  # clients in a window with a weight of its own
    prior: float = _PRIOR  # clients that are added to each window

    @property
    def middles(self) -> Floats:
        """The middle of each part but the first and the last."""
        middles: Floats = (self.edges[1:] + self.edges[:-1]) / 2
        return middles

    def place(self, x: Floats) -> NDArray[np.intp]:
        """Return the part of each value."""
        return np.searchsorted(self.edges, x, side="right")

    def frequent(self, x: Floats, counted: Floats) -> NDArray[np.bool_]:
        """Whether each part is a window with enough clients."""
        return self.inside & (np.bincount(self.place(x), counted, len(self.inside)) >= self.least)


class _Cells:
    """The cells that the edges of all levels make together; each lies in one part of every level.

    Attributes
    ----------
    inner : a value in each cell, ascending.
    """

    def __init__(self, bins: Sequence[float], levels: Sequence[_Level]) -> None:
        self.levels = [_Level(np.array(bins), np.ones(len(bins) + 1, dtype=bool), least=1.0, prior=1.0), *levels]
        self.edges = np.unique(np.concatenate([level.edges for level in self.levels]))
        self.inner = np.concatenate([[self.edges[0] - 1], (self.edges[1:] + self.edges[:-1]) / 2, [self.edges[-1] + 1]])
        self._parts = [level.place(self.inner) for level in self.levels]

    def place(self, x: Floats) -> NDArray[np.intp]:
        """Return the cell of each value."""
        return np.searchsorted(self.edges, x, side="right")

    def learn(self, clients: Floats, defaults: Floats) -> list[Floats]:
        """Learn the default rate of each cell, shape (cells,), up to each of the levels."""
        learned, rate = [], np.full(len(clients), defaults.sum() / clients.sum())
        for level, part in zip(self.levels, self._parts, strict=True):
            size, bad, expected = (
                np.bincount(part, one, len(level.inside)) for one in (clients, defaults, clients * rate)
            )
            has = level.inside & (size >= level.least)
            around = np.divide(expected, size, out=np.zeros(len(size)), where=has)
            own = (bad + level.prior * around) / (size + level.prior)
            rate = np.where(has[part], own[part], rate)
            learned.append(rate)
        return learned

    def merge(self, weights: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Merge neighbouring cells of the same weight; return the edges and the weights."""
        differs = np.diff(weights) != 0
        return tuple(self.edges[differs].tolist()), tuple(weights[np.append(True, differs)].tolist())


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
    if counted @ levels[-1].frequent(x, counted)[levels[-1].place(x)] < _HELD * counted.sum() or _is_count(x):
        return None
    cells = _Cells(column.edges, levels)
    place = cells.place(x)
    smooth, coded = _cross_fit(cells, place, y, counted)
    gain = np.where(y == 1, np.log(coded / smooth), np.log((1 - coded) / (1 - smooth)))
    mean = np.average(gain, weights=counted)
    if mean <= certainty * np.sqrt(np.sum(counted * (gain - mean) ** 2)) / counted.sum():
        return None
    average = np.array(np.average(target, weights=counts))
    evidence = np.full(len(values), column.missing)
    evidence[known] = log_odds(coded) - log_odds(average)
    risky, safe = (np.average(evidence[target == one], weights=counts[target == one]) for one in (1, 0))
    learned = cells.learn(*_count(place, y, counted, len(cells.inner)))[-1]
    edges, evenly = cells.merge(log_odds(learned) - log_odds(average))
    codes = levels[-1].middles[levels[-1].frequent(x, counted)[1:-1]]
    coded_column = replace(column, edges=edges, values=evenly, codes=tuple(codes.tolist()))
    return BinnedField(coded_column, float(risky - safe))


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
    return _Level(edges, inside)


def _count(place: NDArray[np.intp], y: NDArray[Any], counted: Floats, cells: int) -> tuple[Floats, Floats]:
    """Count the clients and the defaults of each cell."""
    clients, defaults = (np.bincount(place, one, cells).astype(float) for one in (counted, counted * y))
    return clients, defaults


def _cross_fit(cells: _Cells, place: NDArray[np.intp], y: NDArray[Any], counted: Floats) -> tuple[Floats, Floats]:
    """Read each client's default rate as learned from other clients: with a smooth risk, and with codes."""
    part = np.random.default_rng(0).permutation(len(y)) % _PARTS
    clients, defaults = _count(place, y, counted, len(cells.inner))
    smooth, coded = np.empty(len(y)), np.empty(len(y))
    for own in (part == number for number in range(_PARTS)):
        held_out = _count(place[own], y[own], counted[own], len(cells.inner))
        rates = cells.learn(clients - held_out[0], defaults - held_out[1])
        smooth[own], coded[own] = rates[_SMOOTH][place[own]], rates[-1][place[own]]
    return smooth, coded
