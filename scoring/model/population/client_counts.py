"""Counts of clients by value: of numbers in bins, of texts by category. No value of few clients is kept.

Training counts its clients so that drift can be measured without them; drift counts a table or recorded decisions.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeInt, model_validator

from scoring.model.calibration import Floats
from scoring.model.schema import Frozen

FEWEST = 5  # clients: a bin or category of fewer is joined with others
_TENTHS = np.arange(1, 10) / 10
_TAIL = 0.001  # share of clients beyond each end of the usual range
_DISTINCT = 12  # a number with at most this many different values has one bin for each value


class NumberCounts(Frozen):
    """Clients by bins of a number: bin i holds ``edges[i - 1] <= x < edges[i]``.

    Attributes
    ----------
    edges : ascending; one less than counts.
    missing : clients without a known value.
    usual : the 0.1 % and 99.9 % quantiles; an end is moved inwards if fewer than five clients would lie beyond it.
    outside : clients beyond the usual range.
    """

    kind: Literal["number"] = "number"
    edges: tuple[float, ...]
    counts: tuple[NonNegativeInt, ...]
    missing: NonNegativeInt
    usual: tuple[float, float] | None
    outside: NonNegativeInt

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.counts) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges)} edges and {len(self.counts)} counts, expected one more")
        if not all(left < right for left, right in pairwise(self.edges)):
            raise ValueError(f"edges {list(self.edges)} are not ascending")
        return self

    def known(self) -> int:
        """Count the clients with a known value."""
        return sum(self.counts)

    def count(self, values: Floats) -> "NumberCounts":
        """Count other clients' values, shape (n,), NaN for missing, in the same bins and the same usual range.

        >>> bins = NumberCounts(edges=(1.0,), counts=(5, 5), missing=0, usual=(0.0, 9.0), outside=0)
        >>> bins.count(np.array([0.5, 1.0, 10.0, np.nan])).model_dump(exclude={"kind", "edges", "usual"})
        {'counts': (1, 2), 'missing': 1, 'outside': 1}
        """
        known = values[~np.isnan(values)]
        counts = np.bincount(np.searchsorted(self.edges, known, side="right"), minlength=len(self.counts))
        low, high = self.usual or (-np.inf, np.inf)
        return self.model_copy(
            update={
                "counts": tuple(counts.tolist()),
                "missing": len(values) - len(known),
                "outside": int(((known < low) | (known > high)).sum()),
            }
        )


class TextCounts(Frozen):
    """Clients by category, most frequent first.

    Attributes
    ----------
    others : clients with a known category that is not listed, because fewer than five clients had it.
    missing : clients without a known category.
    """

    kind: Literal["text"] = "text"
    counts: Mapping[str, NonNegativeInt]
    others: NonNegativeInt
    missing: NonNegativeInt

    def known(self) -> int:
        """Count the clients with a known category."""
        return sum(self.counts.values()) + self.others

    def count(self, texts: NDArray[Any]) -> "TextCounts":
        """Count other clients' texts, shape (n,), None for missing, in the same categories.

        >>> TextCounts(counts={"a": 9}, others=0, missing=0).count(np.array(["a", "b", None], dtype=object)).others
        1
        """
        known = [str(text) for text in texts.tolist() if text is not None and text == text]
        found = Counter(known)
        counts = {name: found[name] for name in self.counts}
        others = len(known) - sum(counts.values())
        return TextCounts(counts=counts, others=others, missing=len(texts) - len(known))


Counts = Annotated[NumberCounts | TextCounts, Field(discriminator="kind")]


class Population(Frozen):
    """The training clients as a reference for later ones.

    Attributes
    ----------
    clients : how many.
    fields : by name, of each field of an application and each history feature that the model reads.
    columns : of each model-ready column.
    score : of the calibrated probabilities, out of fold; ``calibrated_probability`` is their mean.
    refused : clients whom the model would refuse, out of fold.
    """

    clients: NonNegativeInt
    fields: Mapping[str, Counts]
    columns: Mapping[str, NumberCounts]
    score: NumberCounts
    calibrated_probability: float = Field(ge=0, le=1)
    refused: NonNegativeInt


def count_numbers(values: Floats) -> NumberCounts:
    """Find bins for a number, with about a tenth of the clients each, and count the clients in them.

    Parameters
    ----------
    values : shape (n,), NaN where missing. A number with few different values has a bin for each.

    >>> counted = count_numbers(np.repeat([0.0, 1.0, 2.0, np.nan], [20, 10, 1, 3]))
    >>> counted.edges, counted.counts, counted.missing
    ((0.5,), (20, 11), 3)
    """
    known = values[~np.isnan(values)]
    if not len(known):
        return NumberCounts(edges=(), counts=(0,), missing=len(values), usual=None, outside=0)
    distinct = np.unique(known)
    edges = (distinct[:-1] + distinct[1:]) / 2 if len(distinct) <= _DISTINCT else np.quantile(known, _TENTHS)
    tail = min(max(_TAIL, (FEWEST + 1) / len(known)), 0.5)
    low, high = np.quantile(known, (tail, 1 - tail)).tolist()
    bins = _with_edges(_join_thin(np.unique(edges), known), (low, high))
    return bins.count(values)


def _with_edges(edges: tuple[float, ...], usual: tuple[float, float]) -> NumberCounts:
    return NumberCounts(edges=edges, counts=(0,) * (len(edges) + 1), missing=0, usual=usual, outside=0)


def _join_thin(edges: Floats, known: Floats) -> tuple[float, ...]:
    """Leave out edges so that each bin has at least five clients."""
    below = np.searchsorted(np.sort(known), edges, side="left")
    kept, last = [], 0
    for edge, under in zip(edges.tolist(), below.tolist(), strict=True):
        if under - last >= FEWEST and len(known) - under >= FEWEST:
            kept.append(edge)
            last = under
    return tuple(kept)


def count_texts(texts: NDArray[Any]) -> TextCounts:
    """Count the clients of each category that at least five have.

    Parameters
    ----------
    texts : shape (n,), None where missing.

    >>> count_texts(np.array(["a"] * 6 + ["b"] * 8 + ["c"] + [None], dtype=object)).counts
    {'b': 8, 'a': 6}
    """
    found = Counter(str(text) for text in texts.tolist() if text is not None and text == text)
    ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return TextCounts(counts={name: 0 for name, count in ranked if count >= FEWEST}, others=0, missing=0).count(texts)


def count_columns(columns: Mapping[str, NDArray[Any]]) -> dict[str, NumberCounts | TextCounts]:
    """Count each column: numbers as float64 with NaN, texts as objects with None."""
    return {name: count_numbers(one) if one.dtype.kind == "f" else count_texts(one) for name, one in columns.items()}


def hide_few(counts: NumberCounts | TextCounts) -> NumberCounts | TextCounts:
    """Set each count of one to four clients to zero.

    >>> hide_few(TextCounts(counts={"a": 9, "b": 2}, others=4, missing=5)).model_dump(exclude={"kind"})
    {'counts': {'a': 9, 'b': 0}, 'others': 0, 'missing': 5}
    """
    if isinstance(counts, NumberCounts):
        hidden = {name: hide(getattr(counts, name)) for name in ("missing", "outside")}
        return counts.model_copy(update={"counts": tuple(map(hide, counts.counts)), **hidden})
    shown = {name: hide(count) for name, count in counts.counts.items()}
    return TextCounts(counts=shown, others=hide(counts.others), missing=hide(counts.missing))


def hide(count: int) -> int:
    """Return a count of clients, or 0 for one to four."""
    return count if count >= FEWEST else 0
