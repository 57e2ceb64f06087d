"""Bins of a scorecard's terms: their values in words and as numbers, and the bin of each client."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.model.plan import BinnedColumn, GroupedColumn, PlanColumn
from scoring.model.schema import Text
from scoring.readable.terms import Term, bin_value
from scoring.readable.wording import describe_value

_OTHER = Text(en="any other", fr="autre")


class Bin(NamedTuple):
    """A bin of a column.

    Attributes
    ----------
    text : its values in words.
    weight : weight of evidence, the value of the model-ready column; higher is riskier.
    regular : it is neither for missing values nor for texts that training did not see.
    low, high : of numbers, ``low <= value < high`` in the source's own unit; None is no bound.
    """

    text: Text
    weight: float
    regular: bool = True
    low: float | None = None
    high: float | None = None


def is_binned(column: PlanColumn) -> bool:
    """Whether a column has bins, so that its values can be given points."""
    return isinstance(column, BinnedColumn | GroupedColumn)


def list_bins(term: Term, column: PlanColumn) -> list[Bin]:
    """List the bins of a column; missing and unseen values come last, categories of the same weight are one bin.

    A column without bins has none.
    """
    if isinstance(column, BinnedColumn):
        ends = (None, *column.edges, None)
        texts = [describe_value(term, bin_value(term, column, i, i)) for i in range(len(column.values))]
        bins = [
            Bin(text, weight, low=ends[i], high=ends[i + 1])
            for i, (text, weight) in enumerate(zip(texts, column.values, strict=True))
        ]
        return [*bins, Bin(describe_value(term, None), column.missing, regular=False)]
    if isinstance(column, GroupedColumn):
        groups: dict[float, list[Text]] = {}
        for category, weight in column.values.items():
            groups.setdefault(weight, []).append(describe_value(term, category))
        bins = [Bin(_join(texts), weight) for weight, texts in sorted(groups.items())]
        missing = Bin(describe_value(term, None), column.missing, regular=False)
        return [*bins, missing, Bin(_OTHER, column.unseen, regular=False)]
    return []


def place_in_bins(column: PlanColumn, values: NDArray[Any]) -> NDArray[np.intp]:
    """Find each client's bin.

    Parameters
    ----------
    values : of the column's source, shape (n,); numbers as float64 with NaN, categories as objects with None.

    Returns
    -------
    Shape (n,), places in ``list_bins``.
    """
    if isinstance(column, BinnedColumn):
        missing = len(column.values)
        return np.where(np.isnan(values), missing, np.searchsorted(column.edges, values, side="right"))
    if isinstance(column, GroupedColumn):
        groups = sorted(set(column.values.values()))
        places: Mapping[Any, int] = {text: groups.index(weight) for text, weight in column.values.items()}
        missing = len(groups)
        # NaN is the one value that differs from itself
        found = [places.get(text, missing + 1) if text is not None and text == text else missing for text in values]
        return np.array(found, dtype=np.intp)
    raise TypeError(f"{column.name}: a column of the kind {column.kind} has no bins")


def count_bins(column: PlanColumn, values: NDArray[Any]) -> NDArray[np.intp]:
    """Count the clients of each bin, in the order of ``list_bins``; ``values`` as ``place_in_bins`` takes them."""
    if isinstance(column, BinnedColumn):
        bins = len(column.values) + 1
    else:
        bins = len(set(column.values.values())) + 2 if isinstance(column, GroupedColumn) else 0
    return np.bincount(place_in_bins(column, values), minlength=bins)


def _join(texts: list[Text]) -> Text:
    return Text(en=", ".join(text.en for text in texts), fr=", ".join(text.fr for text in texts))
