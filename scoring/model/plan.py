"""The preprocessing plan: the steps from a raw application to a model-ready row, as plain data.

Training fits the plan once (``scoring/model/preprocessor.py``) and saves it in the manifest. It gives the same row
wherever it is applied. Its steps: first, values that the plan treats as missing are set to missing. Then derived
numbers are computed. Then each model-ready column is computed from its source (a raw field, or a derived number).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from scoring.model.operations import Floats, Operation, derive_column

CHECKED = 100  # values of a column that are compared: a table that is not the model's has others everywhere
_TOLERANCE = 1e-5  # absolute: values may have been written in single precision, or with six decimals

# Dataclasses, not Pydantic models: a pickled Pydantic model contains a set, whose order differs from one process to the
# next, so the bytes of the pickle would differ too.
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Derived:
    """A derived number.

    ``ratio`` is the first input divided by the second. ``product`` is the product of all inputs. ``log`` is ln(1 + |x|)
    and ``square`` is x * x, where x is the first input. If an input that these four operations use is missing, or if
    the result is not finite, the result is missing. ``mean``, ``minimum`` and ``maximum`` ignore missing inputs;
    ``missing_count`` counts them.
    """

    name: str
    operation: Operation
    inputs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class NumberColumn:
    """A number, or ``fill`` where it is missing."""

    kind: Literal["number"] = "number"
    name: str
    source: str
    fill: float


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class MissingColumn:
    """1 where the source is missing, else 0."""

    kind: Literal["missing"] = "missing"
    name: str
    source: str


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class CategoryColumn:
    """1 where the source is ``value`` (None: missing), else 0. An unseen category is 0 in every column."""

    kind: Literal["category"] = "category"
    name: str
    source: str
    value: str | None


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class BinnedColumn:
    """The weight of the source's bin: bin i holds ``edges[i - 1] <= x < edges[i]``.

    ``codes`` are frequent values, ascending, whose narrow bins have weights of their own; empty for a quantity.
    """

    kind: Literal["binned"] = "binned"
    name: str
    source: str
    edges: tuple[float, ...]  # ascending; the first bin lies below ``edges[0]``, the last one from ``edges[-1]`` on
    values: tuple[float, ...]  # one for each bin, so one more than edges
    missing: float  # the value where the source is missing
    codes: tuple[float, ...] = Field(default=(), exclude_if=lambda codes: not codes)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.values) != len(self.edges) + 1:
            raise ValueError(f"{self.name}: {len(self.edges)} edges and {len(self.values)} values, expected one more")
        if not all(left < right for left, right in pairwise(self.edges)):
            raise ValueError(f"{self.name}: edges {list(self.edges)} are not ascending")
        return self


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class GroupedColumn:
    """The weight of the source's category; ``missing`` where it is missing, ``unseen`` for any not in ``values``."""

    kind: Literal["grouped"] = "grouped"
    name: str
    source: str
    values: Mapping[str, float]
    missing: float
    unseen: float


PlanColumn = Annotated[
    NumberColumn | MissingColumn | CategoryColumn | BinnedColumn | GroupedColumn, Field(discriminator="kind")
]


@dataclass(frozen=True, kw_only=True, config=_STRICT)
class Plan:
    """Everything between a raw application and a model-ready row.

    Attributes
    ----------
    missing_values : for each field, the values that this model treats as missing: proxy categories that were excluded,
        and the lender's missing-value markers. The readers of tables and of request bodies have already replaced the
        markers; the plan lists them too, so that it gives the same row for values that were not read by these readers.
    derived : in the order of computation.
    columns : in the order of the model-ready row.
    """

    missing_values: Mapping[str, tuple[float | str, ...]]
    derived: tuple[Derived, ...]
    columns: tuple[PlanColumn, ...]

    def feature_names(self) -> list[str]:
        """Names of the model-ready columns, in order."""
        return [column.name for column in self.columns]

    def raw_numbers(self) -> list[str]:
        """Names of the numeric raw fields that the plan reads."""
        derived = {step.name for step in self.derived}
        sources = [column.source for column in self.columns if not isinstance(column, _OF_TEXT)]
        read = [*sources, *(name for step in self.derived for name in step.inputs)]
        return [name for name in dict.fromkeys(read) if name not in derived]

    def raw_categories(self) -> list[str]:
        """Names of the text fields that the plan reads."""
        return list(dict.fromkeys(column.source for column in self.columns if isinstance(column, _OF_TEXT)))

    def pruned(self) -> "Plan":
        """Return the plan without the steps that no column needs."""
        needed = {column.source for column in self.columns}
        kept: list[Derived] = []
        for step in reversed(self.derived):
            if step.name in needed:
                kept.insert(0, step)
                needed.update(step.inputs)
        missing = {name: values for name, values in self.missing_values.items() if name in needed}
        return Plan(missing_values=missing, derived=tuple(kept), columns=self.columns)


# Columns whose source is a text.
_OF_TEXT = (CategoryColumn, GroupedColumn)


def complete(plan: Plan, raw: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Set the values that the plan treats as missing to NaN or None, and add the derived numbers.

    Parameters
    ----------
    raw : columns of n applications, each of shape (n,); numbers as float64 with NaN, categories as objects with None.

    Returns
    -------
    The columns of ``raw`` and of the derived numbers, by name, each of shape (n,).
    """
    columns = {name: _without(plan.missing_values.get(name, ()), values) for name, values in raw.items()}
    for step in plan.derived:
        columns[step.name] = derive_column(step.operation, [columns[name] for name in step.inputs])
    return columns


def model_ready(plan: Plan, raw: Mapping[str, NDArray[Any]]) -> Floats:
    """Compute the model-ready rows of n raw applications.

    Parameters
    ----------
    raw : columns of n applications, each of shape (n,); numbers as float64 with NaN, categories as objects with None.

    Returns
    -------
    Shape (n, number of the plan's columns), all finite.
    """
    columns = complete(plan, raw)
    return np.column_stack([read_off(column, columns[column.source]) for column in plan.columns])


def _without(markers: tuple[float | str, ...], values: NDArray[Any]) -> NDArray[Any]:
    if not markers:
        return values
    absent: Any = np.nan if values.dtype.kind == "f" else None
    return np.where(np.any([values == marker for marker in markers], axis=0), absent, values)


class _Weights(dict[str | float | None, float]):
    """The weight of each text; also of texts that training did not see, and of a missing value."""

    def __init__(self, column: GroupedColumn) -> None:
        super().__init__({None: column.missing})
        self.update(column.values)
        self._column = column

    def __missing__(self, text: str | float) -> float:
        # NaN is the one value that differs from itself
        return self._column.unseen if text == text else self._column.missing


def read_off(column: PlanColumn, values: NDArray[Any]) -> Floats:
    """Compute one model-ready column, shape (n,), from its source's values, shape (n,)."""
    read: NDArray[Any]
    if isinstance(column, BinnedColumn):
        place = np.searchsorted(column.edges, values, side="right")
        place[np.isnan(values)] = len(column.values)
        return np.array((*column.values, column.missing)).take(place)
    if isinstance(column, GroupedColumn):
        known = _Weights(column)
        return np.fromiter(map(known.__getitem__, values.tolist()), np.float64, len(values))
    if isinstance(column, NumberColumn):
        read = np.where(np.isnan(values), column.fill, values)
    elif isinstance(column, MissingColumn):
        read = np.isnan(values)
    else:
        read = np.asarray(values == column.value) if column.value is not None else np.equal(values, np.array(None))
    return read.astype(np.float64)


class PossibleValues:
    """The values that a plan gives to its columns.

    A term of a scorecard has one weight for each bin. Any other number in such a column is a raw value, or the weight
    of another model. A column of a quantity can have every number.

    >>> share = BinnedColumn(name="share", source="share", edges=(0.5,), values=(-1.0, 1.0), missing=0.25)
    >>> possible = PossibleValues((share,))
    >>> possible.expected("share", 0.25), possible.expected("share", 0.3)
    (None, "one of the model's 3 values, from -1 to 1")
    """

    def __init__(self, columns: Iterable[PlanColumn]) -> None:
        self._starts: dict[str, list[float]] = {}
        self._ends: dict[str, list[float]] = {}
        for column in columns:
            if values := _values_of(column):
                self._starts[column.name] = [value - _TOLERANCE for value in values]
                self._ends[column.name] = [value + _TOLERANCE for value in values]

    @classmethod
    def of(cls, plan: Plan | None) -> "PossibleValues":
        """Return the possible values of a plan's columns; without a plan, every value is possible."""
        return cls(plan.columns if plan else ())

    def is_limited(self, name: str) -> bool:
        """Whether the plan gives only certain numbers to a column."""
        return name in self._starts

    def expected(self, name: str, value: float) -> str | None:
        """Describe what a column can have; None if it can have the value, or if the value is missing."""
        starts = self._starts.get(name)
        if starts is None or value != value:  # NaN is the one value that differs from itself
            return None
        ends = self._ends[name]
        if bisect_right(starts, value) > bisect_left(ends, value):
            return None
        least, most = starts[0] + _TOLERANCE, ends[-1] - _TOLERANCE
        return f"one of the model's {len(starts)} values, from {least:.6g} to {most:.6g}"

    def nearest(self, name: str, value: float) -> float:
        """Return the value that a column can have and that is nearest to a number.

        >>> share = BinnedColumn(name="share", source="share", edges=(0.5,), values=(-1.0, 1.0), missing=0.25)
        >>> PossibleValues((share,)).nearest("share", 0.4)
        0.25
        """
        starts = self._starts.get(name)
        return value if starts is None else min((one + _TOLERANCE for one in starts), key=lambda one: abs(one - value))

    def find_others(self, columns: Mapping[str, Floats], first: int = 0, word: str = "row") -> list[str]:
        """List the columns in which most values are impossible, each with its first impossible value.

        A few impossible values do not show that the table was made for something else.

        Parameters
        ----------
        columns : by name, each of shape (n,); the first ``CHECKED`` values are compared.
        first : position of the first value in the table, from 0; a message counts positions from 1.
        word : what a message calls a position, such as ``row`` or ``line``.
        """
        return [error for name, values in columns.items() if (error := self._find_other(name, values, first, word))]

    def _find_other(self, name: str, values: Floats, first: int, word: str) -> str | None:
        checked = values[:CHECKED].tolist() if name in self._starts else []
        others = [place for place, value in enumerate(checked) if self.expected(name, value)]
        if 2 * len(others) <= len(checked):
            return None
        value = checked[others[0]]
        expected = self.expected(name, value)
        return f"column {name}: received {value:.6g} ({word} {first + others[0] + 1}), expected {expected}"


def _values_of(column: PlanColumn) -> Sequence[float]:
    """Return the values of a column, ascending; none if it can have every number."""
    if isinstance(column, BinnedColumn):
        return sorted({*column.values, column.missing})
    if isinstance(column, GroupedColumn):
        return sorted({*column.values.values(), column.missing, column.unseen})
    return (0.0, 1.0) if isinstance(column, MissingColumn | CategoryColumn) else ()
