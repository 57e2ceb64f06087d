"""The preprocessor as a scikit-learn transformer: ``fit`` makes a plan, ``transform`` applies it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from scoring.model.operations import Floats
from scoring.model.plan import (
    CategoryColumn,
    Derived,
    MissingColumn,
    NumberColumn,
    Plan,
    PlanColumn,
    complete,
    model_ready,
    read_off,
)
from scoring.model.schema import Riskier
from scoring.model.selection import steadiest, strongest

Direction = Literal["increasing", "decreasing", "any"]
Thin = Literal["own", "neutral", "riskier"]
HISTORY = 100
LIMIT = 125


@dataclass(frozen=True, kw_only=True)
class TermBins:
    """What a person says about the bins of one term of a scorecard; training finds the rest.

    Attributes
    ----------
    edges : of a number, ascending; None to find them.
    groups : of a category, texts with one weight; None to find them.
    direction : whether the risk rises with the number (``increasing``), falls with it, or may do either.
    codes : the number is a code in disguise; its frequent values have weights of their own.
    missing : missing values have a weight of their own, or the neutral weight 0.
    """

    edges: tuple[float, ...] | None = None
    groups: tuple[tuple[str, ...], ...] | None = None
    direction: Direction = "any"
    codes: bool = False
    missing: Literal["own", "neutral"] = "own"


@dataclass(frozen=True, kw_only=True)
class Binning:
    """How the bins of a scorecard are found.

    Attributes
    ----------
    max_pvalue : neighbouring bins are joined unless their default rates differ at this level; at 1 none is joined.
    thin : the weight of missing values if they have fewer clients or defaults than a bin of a number must have.
        ``own``: their own weight, moved towards 0. ``neutral``: 0. ``riskier``: their own weight if it is above 0,
        otherwise 0.
    """

    max_pvalue: float = 0.05
    thin: Thin = "own"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The fields, derived numbers and history features that a model may use, chosen before any data is seen."""

    numbers: tuple[str, ...]  # numeric fields to use as they are
    categories: tuple[str, ...] = ()  # text fields
    derived: tuple[Derived, ...] = ()  # in the order of computation; all of them may become features
    # for each field, the values to treat as missing
    missing_values: Mapping[str, tuple[float | str, ...]] = field(default_factory=dict)
    # history features, many of them similar; ``fit`` chooses the strongest. If a frame lacks the column of a feature,
    # the feature is missing for all clients
    history: tuple[str, ...] = ()
    monotone_trees: bool = False  # boosted trees follow ``riskier``
    bins: Mapping[str, TermBins] | None = None  # the terms of a scorecard, as a person edited them; None to choose them
    # for some numbers, which values are generally known to be riskier; a shape follows it unless outcomes contradict it
    riskier: Mapping[str, Riskier] = field(default_factory=dict)
    binning: Binning = Binning()

    def without(self, names: Collection[str]) -> "Inputs":
        """Return the inputs without some fields and derived numbers, and without all numbers derived from them.

        >>> income = Derived(name="income, log", operation="log", inputs=("income",))
        >>> Inputs(numbers=("income", "debt"), derived=(income,)).without(["income"]).numbers
        ('debt',)
        """
        gone, kept = set(names), []
        for step in self.derived:
            if step.name in gone or gone.intersection(step.inputs):
                gone.add(step.name)
            else:
                kept.append(step)
        left = [
            tuple(name for name in part if name not in gone) for part in (self.numbers, self.categories, self.history)
        ]
        return replace(self, derived=tuple(kept), numbers=left[0], categories=left[1], history=left[2])

    def draft(self) -> Plan:
        """Return a plan without columns. It only marks values as missing and computes derived numbers."""
        return Plan(missing_values=dict(self.missing_values), derived=tuple(self.derived), columns=())

    def raw(self, frame: pd.DataFrame, history: Sequence[str] = ()) -> dict[str, NDArray[Any]]:
        """Select the fields of raw applications, and the named history features, as ``plan.complete`` takes them."""
        made = {step.name for step in self.derived}
        needed = dict.fromkeys(name for step in self.derived for name in step.inputs if name not in made)
        return raw_columns(frame, [*dict.fromkeys([*self.numbers, *needed]), *history], self.categories)


def raw_columns(frame: pd.DataFrame, numbers: Sequence[str], categories: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Select columns of a frame, each of shape (n,): numbers as float64 with NaN, texts as objects with None.

    If the frame lacks a column, all its values are missing. The readers of tables check that required columns exist.
    """
    raw: dict[str, NDArray[Any]] = {}
    for name in numbers:
        raw[name] = frame[name].to_numpy(dtype=float, na_value=np.nan) if name in frame else np.full(len(frame), np.nan)
    for name in categories:
        texts = frame[name].astype(object) if name in frame else pd.Series([None] * len(frame), dtype=object)
        raw[name] = texts.where(texts.notna(), None).to_numpy()
    return raw


class Planned(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A plan as a scikit-learn transformer: raw applications in, model-ready rows out.

    Parameters
    ----------
    plan : fitted by a ``Preprocessor`` or a scorecard; ``fit`` learns nothing more.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def fit(self, X: pd.DataFrame, y: NDArray[Any] | None = None) -> Self:  # noqa: ARG002, N803
        """Return itself."""
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Turn raw applications, shape (n, fields), into model-ready rows, shape (n, features)."""
        raw = raw_columns(X, self.plan.raw_numbers(), self.plan.raw_categories())
        return pd.DataFrame(model_ready(self.plan, raw), columns=self.plan.feature_names(), index=X.index)


class Preprocessor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Impute missing numbers by the median, and make 0/1 columns for missing numbers and for categories.

    Parameters
    ----------
    inputs : what may be used.
    history : how many of the history features to consider.
    limit : keep at most this many columns; ``selection.steadiest`` chooses which. None keeps all.
    min_count : lower limit of the number of clients for a column. A 0/1 column needs this many clients with the
        category, or with a missing value. A number is used only if at least this many clients have a value other than
        its most frequent one. By default 100; with fewer than 5,000 clients 2 % of them, but at least 20.
    """

    plan_: Plan

    def __init__(
        self, inputs: Inputs, history: int = HISTORY, limit: int | None = LIMIT, min_count: int | None = None
    ) -> None:
        self.inputs = inputs
        self.history = history
        self.limit = limit
        self.min_count = min_count

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn medians, categories and which columns to keep from raw applications, shape (n, fields).

        ``y``, shape (n,), is 0 or 1; ``sample_weight``, shape (n,), is how often each client counts.
        """
        inputs = self.inputs
        chosen = choose_history(X, y, inputs.history, self.history)
        columns = complete(inputs.draft(), inputs.raw(X, chosen))
        names = [*inputs.numbers, *(step.name for step in inputs.derived), *chosen]
        counts = np.ones(len(X)) if sample_weight is None else sample_weight
        fitted = [column for name in names for column in self._number_columns(name, columns[name], counts)]
        for name in inputs.categories:
            fitted += self._category_columns(name, columns[name], counts)
        fitted = make_names_unique(_without_copies(fitted, columns))
        if self.limit is not None and len(fitted) > self.limit:
            rows = np.column_stack([read_off(column, columns[column.source]) for column in fitted])
            fitted = [fitted[i] for i in sorted(steadiest(rows, y, self.limit, sample_weight))]
        self.plan_ = replace(inputs.draft(), columns=tuple(fitted)).pruned()
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        """Turn raw applications, shape (n, fields), into model-ready rows, shape (n, features)."""
        return Planned(self.plan_).transform(X)

    def _fewest(self, clients: float) -> float:
        return self.min_count if self.min_count is not None else min(100, max(20, clients // 50))

    def _number_columns(self, name: str, values: Floats, counts: Floats) -> list[PlanColumn]:
        absent, fewest = np.isnan(values), self._fewest(float(counts.sum()))
        known = counts[~absent]
        usual = np.bincount(np.unique(values[~absent], return_inverse=True)[1], known).max(initial=0)
        if known.sum() - usual < fewest:
            return []
        columns: list[PlanColumn] = [NumberColumn(name=name, source=name, fill=find_median(values[~absent], known))]
        if fewest <= counts[absent].sum():
            columns.append(MissingColumn(name=f"{name}_missing", source=name))
        return columns

    def _category_columns(self, name: str, values: NDArray[Any], counts: Floats) -> list[PlanColumn]:
        sums = pd.Series(counts).groupby(pd.Series(values), dropna=False).sum()
        frequent = [value for value, count in sums.items() if count >= self._fewest(float(counts.sum()))]
        texts = [None if value is None or value != value else str(value) for value in frequent]
        return [
            CategoryColumn(name=f"{name}_{'missing' if text is None else text}", source=name, value=text)
            for text in sorted(texts, key=lambda text: (text is None, text or ""))
        ]


def find_median(values: Floats, counts: Floats) -> float:
    """Find the weighted median of values; ``counts``, shape (n,), says how often each value counts.

    >>> find_median(np.array([1.0, 2, 4, 8]), np.ones(4)), find_median(np.array([1.0, 2, 4]), np.array([1.0, 1, 2]))
    (3.0, 3.0)
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(counts[order])
    middle = [np.searchsorted(below, below[-1] / 2, side) for side in ("left", "right")]
    return float(np.mean(values[order][np.minimum(middle, len(values) - 1)]))


def _without_copies(fitted: list[PlanColumn], columns: Mapping[str, NDArray[Any]]) -> list[PlanColumn]:
    """Drop "missing" columns that are equal to an earlier one (fields that are missing together)."""
    kept: dict[str | bytes, PlanColumn] = {}
    for i, column in enumerate(fitted):
        is_flag = isinstance(column, MissingColumn)
        kept.setdefault(np.isnan(columns[column.source]).tobytes() if is_flag else str(i), column)
    return list(kept.values())


def make_names_unique(columns: list[PlanColumn]) -> list[PlanColumn]:
    """Append a number to a name that occurs again, for example because a category is called ``missing``."""
    taken: set[str] = set()
    named: list[PlanColumn] = []
    for column in columns:
        name, again = column.name, 2
        while name in taken:
            name, again = f"{column.name} ({again})", again + 1
        taken.add(name)
        named.append(replace(column, name=name))
    return named


def choose_history(frame: pd.DataFrame, target: NDArray[Any], history: Sequence[str], keep: int) -> list[str]:
    """Choose history features by ``selection.strongest``, ``keep`` at most; returns their names in alphabetical order.

    ``target``, shape (n,), is 0 or 1.
    """
    if not history or not keep:
        return []
    values = frame[list(history)].to_numpy(dtype=float, na_value=np.nan)
    return sorted(history[i] for i in strongest(values, target, keep))
