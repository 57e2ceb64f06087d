"""The preprocessor of the shaped scorecard: terms whose shapes an explainable boosting machine learns together.

Its main effects are step functions of one field each. They are pruned, smoothed and stored in a plan, so that serving
does not need interpret-core.

Source: Lou, Caruana and Gehrke (2012), Intelligible Models for Classification and Regression.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from scoring.errors import DataError
from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, GroupedColumn, complete, read_off
from scoring.model.preprocessor import HISTORY, Inputs, Planned, choose_history
from scoring.training.candidates.bins import shortest_between, weigh_bins
from scoring.training.candidates.codes import code_numbers
from scoring.training.candidates.scorecard import drop_until_positive
from scoring.training.candidates.shapes import average, force_direction, merge_bins

SHAPE_PENALTY = 0.001  # ``C`` of the regression on the terms: strong, as for the scorecard
_CHOICE_PENALTY = 0.01  # the same of the regression that chooses the terms
_NARROW = 64  # bins of a number that shapes are learned on
_WIDE = 8  # bins of a number in which codes in disguise are looked for
_MOST = 12  # bins of a term
_SMALLEST = 0.01  # least share of all clients in a bin of a number
_FEWEST = 10.0  # and least information: clients times the variance of their outcomes
_LOSS = 0.5  # information times squared difference of weights, below which bins are merged
_PRIOR = 50.0  # clients of average risk that pull missing values and categories towards the neutral weight 0
_MISSING, _UNSEEN = -1.0, -2.0
_BAGS = (2, 4)  # fits that are averaged: to choose the terms, and to learn their shapes
# Monotone functions of another input: a step function of either is one of both.
_SAME_ORDER = frozenset({"log", "square"})


@dataclass(frozen=True)
class _Narrow:
    """A field in narrow bins.

    Attributes
    ----------
    column : its values are the places of the bins, from 0; missing and unseen values have negative ones. Those of a
        code in disguise are its weights.
    place : shape (n,), of each client.
    """

    column: BinnedColumn | GroupedColumn
    place: Floats

    @property
    def is_coded(self) -> bool:
        """Whether the field is a code in disguise."""
        return isinstance(self.column, BinnedColumn) and bool(self.column.codes)

    @property
    def bins(self) -> int:
        """Number of narrow bins."""
        return len(self.column.values)


@dataclass(frozen=True)
class _Clients:
    """Outcomes, 0 or 1, and how often each client counts, each of shape (n,)."""

    target: NDArray[Any]
    counted: Floats

    @property
    def variance(self) -> float:
        """Variance of one client's outcome."""
        share = float(self.counted @ self.target / self.counted.sum())
        return share * (1 - share)


class Shaped(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Shapes of fields and derived numbers, for a class-balanced logistic regression.

    The shapes of all inputs are learned together; the terms of which the coefficient is least certain are dropped until
    at most ``limit`` stay, and the shapes of these are learned again. Then neighbouring bins that hardly differ, or
    have few clients, are merged. A shape follows the direction that the inputs state, unless outcomes contradict it.

    Parameters
    ----------
    inputs : the fields and derived numbers that may be used.
    history : how many of the history features to consider.
    limit : how many terms to keep at most; None for all.
    certainty : how many standard errors every coefficient must lie above 0.
    terms : the fields and derived numbers to use, without a choice; None to choose them.
    codes : the numbers that are codes in disguise, without a test; None to find them.

    Attributes
    ----------
    plan_ : the terms, those that move the log-odds most first.
    """

    def __init__(
        self,
        inputs: Inputs,
        *,
        history: int = HISTORY,
        limit: int | None = 30,
        certainty: float = 0.5,
        terms: Sequence[str] | None = None,
        codes: Sequence[str] | None = None,
    ) -> None:
        self.inputs = inputs
        self.history = history
        self.limit = limit
        self.certainty = certainty
        self.terms = terms
        self.codes = codes

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn shapes from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1.

        ``sample_weight``, shape (n,), is how often each client counts; once by default.

        Raises
        ------
        DataError
            When no term separates defaults from others.
        """
        clients = _Clients(np.asarray(y), np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight))
        fields = self._bin_narrowly(X, clients)
        if self.terms is None:
            fields = self._choose(fields, clients)
        shapes = self._learn(fields, clients, _BAGS[1])
        moved = [float(clients.counted @ np.abs(_read(*pair))) for pair in zip(fields, shapes, strict=True)]
        order = [i for i in np.argsort(moved)[::-1].tolist() if moved[i] > 0]
        if not order:
            raise DataError(
                "no field separates defaults from others: the shapes of all of them are flat\n"
                "Check that the target is the right column, or use more clients."
            )
        self.plan_ = replace(self.inputs.draft(), columns=tuple(shapes[i] for i in order)).pruned()
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Turn raw applications, shape (n, fields), into weights, shape (n, terms)."""
        return Planned(self.plan_).transform(X)

    def _bin_narrowly(self, frame: pd.DataFrame, clients: _Clients) -> list[_Narrow]:
        """Bin all inputs, or the fixed terms."""
        inputs = self.inputs
        if self.terms is None:
            history: Sequence[str] = choose_history(frame, clients.target, inputs.history, self.history)
        else:
            history = [name for name in inputs.history if name in self.terms]
        columns = complete(inputs.draft(), inputs.raw(frame, history))
        names = [*inputs.numbers, *history]
        for step in inputs.derived:
            if step.operation not in _SAME_ORDER or not set(step.inputs) & set(names):
                names.append(step.name)
        wanted = set([*names, *inputs.categories] if self.terms is None else self.terms)
        names = [name for name in names if name in wanted]
        codes = _find_coded(names, columns, clients.target, clients.counted, inputs, self.codes)
        fields = [
            _Narrow(codes[name], read_off(codes[name], columns[name]))
            if name in codes
            else _bin_number(name, columns[name], clients)
            for name in names
        ]
        fields += [_bin_category(name, columns[name], clients) for name in inputs.categories if name in wanted]
        return [field for field in fields if field.place.min() < field.place.max()]

    def _choose(self, fields: Sequence[_Narrow], clients: _Clients) -> list[_Narrow]:
        """Choose the terms by the regression on the shapes of all."""
        if not fields:
            return []
        shapes = self._learn(fields, clients, _BAGS[0])
        rows = np.column_stack([_read(*pair) for pair in zip(fields, shapes, strict=True)])
        varying = np.flatnonzero(rows.min(axis=0) < rows.max(axis=0)).tolist()
        weights = None if (clients.counted == 1).all() else clients.counted
        kept = drop_until_positive(rows, clients.target, varying, self.limit, self.certainty, _CHOICE_PENALTY, weights)
        return [fields[i] for i in sorted(kept)]

    def _learn(self, fields: Sequence[_Narrow], clients: _Clients, bags: int) -> list[BinnedColumn | GroupedColumn]:
        """Learn the shapes of some fields together, and smooth them; codes have their weights already."""
        shaped = [field for field in fields if not field.is_coded]
        if not shaped:
            return [field.column for field in fields]
        from interpret.glassbox import ExplainableBoostingClassifier

        rows = np.column_stack([np.where(field.place == _MISSING, np.nan, field.place) for field in shaped])
        kinds = ["continuous" if isinstance(field.column, BinnedColumn) else "nominal" for field in shaped]
        machine = ExplainableBoostingClassifier(
            interactions=0, max_bins=4 * _NARROW, outer_bags=bags, n_jobs=1, random_state=0, feature_types=kinds
        )
        with warnings.catch_warnings():  # its own plots would not show missing values; ours do
            warnings.filterwarnings("ignore", message="Missing values detected")
            machine.fit(rows, clients.target, sample_weight=clients.counted)
        chance = machine.predict_proba(rows)[:, 1]
        learned = iter(_read_weights(machine, shaped))
        residual, variance = clients.target - chance, chance * (1 - chance)
        return [
            field.column if field.is_coded else self._smooth(field, next(learned), clients, residual, variance)
            for field in fields
        ]

    def _smooth(
        self, field: _Narrow, weights: Floats, clients: _Clients, residual: Floats, variance: Floats
    ) -> BinnedColumn | GroupedColumn:
        """Smooth a shape; ``weights``, shape (bins + 1,), are those of the narrow bins, and of missing values."""
        *_, missing = weights.tolist()
        weights, known = weights[:-1], field.place >= 0
        place, counted = field.place[known].astype(np.intp), clients.counted[known]
        sizes: Floats = np.bincount(place, counted, len(weights)).astype(float)
        absent = float(clients.counted[field.place == _MISSING].sum())
        missing *= absent / (absent + _PRIOR)
        smallest = max(_SMALLEST * float(clients.counted.sum()), _FEWEST / clients.variance)
        if absent < smallest and self.inputs.binning.thin != "own":
            missing = max(missing, 0.0) if self.inputs.binning.thin == "riskier" else 0.0
        if isinstance(field.column, GroupedColumn):
            return _group(field.column, weights * sizes / (sizes + _PRIOR), sizes, missing, clients)
        side = self.inputs.riskier.get(field.column.name)
        if side is not None:
            rises = side == "higher"
            weights = force_direction(weights, place, residual[known], variance[known], counted, rises=rises)
        first = merge_bins(weights, sizes, smallest=smallest, most=_MOST, loss=_LOSS / clients.variance)
        edges = tuple(field.column.edges[i - 1] for i in first[1:])
        values = tuple(average(weights, sizes, first).tolist())
        return replace(field.column, edges=edges, values=values, missing=missing)


def _find_coded(
    names: Sequence[str],
    columns: Mapping[str, NDArray[Any]],
    target: NDArray[Any],
    counted: Floats,
    inputs: Inputs,
    codes: Sequence[str] | None = None,
) -> dict[str, BinnedColumn]:
    """Find the numbers that are codes in disguise; each has the weights of its frequent values, by its name.

    Parameters
    ----------
    names : of the numbers to look at; ``columns`` has their values, shape (n,), NaN is missing.
    target, counted : shape (n,), outcomes, 0 or 1, and how often each client counts.
    codes : the numbers that are codes, without a test; None to find them.
    """
    edges, thin = {name: _find_edges(columns[name], counted, _WIDE) for name in names}, inputs.binning.thin
    wide = [weigh_bins(name, columns[name], target, counted, edges[name], thin=thin) for name in names]
    coded = code_numbers(wide, columns, target, inputs.draft(), codes, counted)
    found = (one.column for one in coded)
    return {column.name: column for column in found if isinstance(column, BinnedColumn) and column.codes}


def _bin_number(name: str, values: Floats, clients: _Clients) -> _Narrow:
    edges = _find_edges(values, clients.counted, _NARROW)
    places = tuple(map(float, range(len(edges) + 1)))
    column = BinnedColumn(name=name, source=name, edges=edges, values=places, missing=_MISSING)
    return _Narrow(column, read_off(column, values))


def _find_edges(values: Floats, counted: Floats, bins: int) -> tuple[float, ...]:
    """Find the edges of bins of about the same number of clients."""
    known = ~np.isnan(values)
    levels, rank = np.unique(values[known], return_inverse=True)
    filled = np.cumsum(np.bincount(rank, counted[known], len(levels))) * bins / float(counted.sum())
    ends = np.flatnonzero(np.diff(np.floor(filled - 1e-9)))
    return tuple(shortest_between(float(levels[i]), float(levels[i + 1])) for i in ends.tolist())


def _bin_category(name: str, texts: NDArray[Any], clients: _Clients) -> _Narrow:
    """Give each text that enough clients have a bin of its own; the others count as unseen."""
    fewest = min(100.0, max(20.0, float(clients.counted.sum()) / 50))
    sizes = pd.Series(clients.counted).groupby(pd.Series(texts)).sum()
    frequent = sorted(str(text) for text, size in sizes.items() if size >= fewest)
    places = {text: float(place) for place, text in enumerate(frequent)}
    column = GroupedColumn(name=name, source=name, values=places, missing=_MISSING, unseen=_UNSEEN)
    return _Narrow(column, read_off(column, texts))


def _read_weights(machine: Any, fields: Sequence[_Narrow]) -> list[Floats]:
    """Read the weights of the narrow bins of each field, and of its missing values, off the learned main effects."""
    most = max(field.bins for field in fields)
    grid = np.full((most + 1, len(fields)), np.nan)
    for i, field in enumerate(fields):
        grid[:most, i] = np.minimum(np.arange(most), field.bins - 1)
    read = machine.eval_terms(grid)
    effects = {features[0]: read[:, term] for term, features in enumerate(machine.term_features_)}
    none = np.zeros(most + 1)
    return [np.r_[effects.get(i, none)[: field.bins], effects.get(i, none)[-1]] for i, field in enumerate(fields)]


def _group(column: GroupedColumn, weights: Floats, sizes: Floats, missing: float, clients: _Clients) -> GroupedColumn:
    """Group texts of similar weights."""
    if not len(weights):
        return replace(column, missing=missing, unseen=0.0)
    order = np.argsort(weights, kind="stable")
    first = merge_bins(weights[order], sizes[order], smallest=0, most=_MOST, loss=_LOSS / clients.variance)
    averages = average(weights[order], sizes[order], first)
    texts = list(column.values)
    group = np.searchsorted(first, np.arange(len(order)), side="right") - 1
    values = {texts[i]: float(averages[g]) for i, g in sorted(zip(order.tolist(), group.tolist(), strict=True))}
    return replace(column, values=values, missing=missing, unseen=0.0)


def _read(field: _Narrow, column: BinnedColumn | GroupedColumn) -> Floats:
    """Read the weight of each client, shape (n,), with the places of narrow bins instead of values."""
    if field.is_coded:
        return field.place
    if isinstance(column, BinnedColumn):
        edges: Sequence[float] = field.column.edges if isinstance(field.column, BinnedColumn) else ()
        weights = [column.values[i] for i in np.searchsorted(column.edges, [-np.inf, *edges], side="right")]
        return np.array([*weights, column.missing])[field.place.astype(np.intp)]
    return np.array([*column.values.values(), column.unseen, column.missing])[field.place.astype(np.intp)]
