"""Prepare the bins of a scorecard's terms for ``plot_terms``, and values for ``plot_beeswarm``."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, GroupedColumn, Plan, complete
from scoring.training.plots.feature_plots import TermBins


def collect_bins(
    plan: Plan,
    weights: Sequence[float] | Floats,
    raw: Mapping[str, NDArray[Any]],
    labels: Mapping[str, str],
    scales: Mapping[str, float] | None = None,
) -> list[TermBins]:
    """Collect the bins of each term, those that move the log-odds most first; other columns are left out.

    Parameters
    ----------
    weights : shape (columns of the plan,), contribution of one unit of each column to the log-odds.
    raw : columns of n applications, to count the clients of each bin.
    labels : readable names of columns.
    scales : factors for showing the values of a source, such as -1 for days before the application.
    """
    columns = complete(plan, raw)
    pages = []
    for column, weight in zip(plan.columns, weights, strict=True):
        name = labels.get(column.name, column.name)
        if isinstance(column, BinnedColumn):
            scale = (scales or {}).get(column.source, 1.0)
            pages.append(_bin_number(name, column, float(weight), columns[column.source], scale))
        elif isinstance(column, GroupedColumn):
            pages.append(_bin_category(name, column, float(weight), columns[column.source]))
    return sorted(pages, key=lambda page: -float(np.dot(np.abs(page.weights), page.shares)))


def collect_values(plan: Plan, raw: Mapping[str, NDArray[Any]], scales: Mapping[str, float] | None = None) -> Floats:
    """Collect the values of each column's source as shown, shape (n, columns); NaN for texts."""
    columns = complete(plan, raw)
    sources = [(columns[column.source], (scales or {}).get(column.source, 1.0)) for column in plan.columns]
    return np.column_stack(
        [source * scale if source.dtype.kind == "f" else np.full(len(source), np.nan) for source, scale in sources]
    )


def _bin_number(name: str, column: BinnedColumn, weight: float, values: NDArray[Any], scale: float) -> TermBins:
    place = np.where(np.isnan(values), len(column.values), np.searchsorted(column.edges, values, side="right"))
    counts = np.bincount(place, minlength=len(column.values) + 1)
    edges = [_short(scale * edge) for edge in column.edges]
    first, last = ("<", "≥") if scale > 0 else (">", "≤")
    between = [f"{one} to {next_one}" if scale > 0 else f"{next_one} to {one}" for one, next_one in pairwise(edges)]
    bins = [f"{first} {edges[0]}", *between, f"{last} {edges[-1]}"] if edges else ["any"]
    return _make_bins(name, [*bins, "missing"], [*column.values, column.missing], weight, counts)


def _bin_category(name: str, column: GroupedColumn, weight: float, texts: NDArray[Any]) -> TermBins:
    """Join categories of the same weight in one bin."""
    groups: dict[float, list[str]] = {}
    for text, value in column.values.items():
        groups.setdefault(value, []).append(text)
    place = {text: position for position, members in enumerate(groups.values()) for text in members}
    places = [len(groups) if text is None else place.get(text, len(groups) + 1) for text in texts]
    counts = np.bincount(places, minlength=len(groups) + 2)
    bins = [", ".join(members) for members in groups.values()]
    return _make_bins(name, [*bins, "missing", "unseen"], [*groups, column.missing, column.unseen], weight, counts)


def _make_bins(
    name: str, bins: Sequence[str], values: Sequence[float], weight: float, counts: NDArray[np.intp]
) -> TermBins:
    shares = counts / max(int(counts.sum()), 1)
    order = np.argsort(values, kind="stable").tolist() if "unseen" in bins else list(range(len(bins)))
    order = [i for i in order if counts[i] or bins[i] not in {"missing", "unseen"}]
    return TermBins(
        name=name,
        labels=[bins[i] for i in order],
        weights=[weight * values[i] for i in order],
        shares=[float(shares[i]) for i in order],
    )


def _short(edge: float) -> str:
    return f"{edge:.4g}" if abs(edge) < 1e4 else f"{edge:,.0f}"
