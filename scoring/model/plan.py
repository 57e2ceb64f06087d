"""The preprocessing plan: the steps from a raw application to a model-ready row, as plain data.

Training fits the plan once (``scoring/model/preprocessor.py``) and saves it in the manifest. It gives the same row
wherever it is applied. Its steps: first, values that the plan treats as missing are set to missing. Then derived
numbers are computed. Then each model-ready column is computed from its source (a raw field, or a derived number).
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from scoring.model.operations import Floats, Operation, derive_column

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
