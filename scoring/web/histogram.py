"""Histograms of a field by decision or by outcome, to compare one client with others."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.operations import Floats

BINS = 20
_WIDEST = 40  # if whole numbers lie in a range of at most this width, each number has its own bin
_MOST_CATEGORIES = 60
_ENDS = (0.005, 0.995)  # quantiles; values beyond them are counted in the first and the last bin


def count_numbers(values: Floats, refused: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Count a number's values in bins, by decision.

    Parameters
    ----------
    values : shape (n,), NaN where missing. The bins are computed from all clients, so that they do not depend on
        ``chosen``.
    refused : shape (n,), true where the client is refused, or has defaulted.
    chosen : shape (n,), true for the clients to count.

    Returns
    -------
    ``kind``, ``edges``, ``categories``, ``accepted``, ``refused`` and ``missing`` of a ``FeatureHistogram``.

    >>> numbers = np.array([1.0, 2.0, 2.0, np.nan])
    >>> refused = np.array([True, False, True, False])
    >>> counted = count_numbers(numbers, refused, np.array([True, True, True, True]))
    >>> counted["edges"], counted["accepted"], counted["refused"], counted["missing"]
    ([0.5, 1.5, 2.5], [0, 1], [1, 1], {'accepted': 1, 'refused': 0})
    """
    absent = np.isnan(values)
    known = values[~absent]
    edges = _edges(known) if len(known) else np.array([0.0, 1.0])
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    groups, bins = _groups(refused, chosen), len(edges) - 1
    counts = {name: np.bincount(place[group & ~absent], minlength=bins).tolist() for name, group in groups}
    missing = {name: int((group & absent).sum()) for name, group in groups}
    return {"kind": "number", "edges": edges.tolist(), "categories": None, **counts, "missing": missing}


def _edges(known: Floats) -> Floats:
    low, high = float(known.min()), float(known.max())
    if high - low <= _WIDEST and not (known % 1).any():
        return np.arange(low - 0.5, high + 1.0)
    low, high = np.quantile(known, _ENDS).tolist()
    return np.linspace(low, high if high > low else low + 1.0, BINS + 1)


def count_categories(values: Sequence[Any], refused: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Count the clients of each category by decision, the most frequent category first, 60 at most; None is missing.

    Parameters
    ----------
    values : one for each of n clients; ``refused`` and ``chosen`` have shape (n,), as in ``count_numbers``.

    >>> counted = count_categories(["a", "b", "b", None], np.array([True, False, False, True]), np.array([True] * 4))
    >>> counted["categories"], counted["accepted"], counted["refused"], counted["missing"]
    (['b', 'a'], [2, 0], [0, 1], {'accepted': 0, 'refused': 1})
    """
    groups = _groups(refused, chosen)
    counts = {name: Counter(values[i] for i in np.flatnonzero(group).tolist()) for name, group in groups}
    every = Counter(value for value in values if value is not None)
    ranked = sorted(every, key=lambda value: (-every[value], value))[:_MOST_CATEGORIES]
    missing = {name: counted[None] for name, counted in counts.items()}
    listed = {name: [counted[value] for value in ranked] for name, counted in counts.items()}
    return {"kind": "category", "edges": None, "categories": ranked, **listed, "missing": missing}


def _groups(refused: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
    return [("accepted", chosen & ~refused), ("refused", chosen & refused)]
