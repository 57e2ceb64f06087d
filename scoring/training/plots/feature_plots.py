"""Plots of a model's features: importance, contributions, bins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import rankdata

from scoring.errors import shorten
from scoring.model.calibration import Floats
from scoring.model.plan import Plan, PlanColumn, complete
from scoring.readable.term_bins import count_bins, is_binned, list_bins
from scoring.readable.terms import Term
from scoring.training.plots import style

_SWARM = 1500  # clients in a row of the beeswarm; more only make it black
_SWARMS = 15  # rows of the beeswarm, the most important features first
_COLUMNS = 4


@dataclass(frozen=True)
class TermBins:
    """Bins of one scorecard term.

    Attributes
    ----------
    name : the term.
    labels : of k bins, missing and unseen last.
    weights : shape (k,), what each bin adds to the log-odds of default.
    shares : shape (k,), share of the clients in each bin, 0-1.
    """

    name: str
    labels: Sequence[str]
    weights: Sequence[float]
    shares: Sequence[float]


def plot_importances(values: Mapping[str, float], labels: Mapping[str, str] | None = None, top: int = 20) -> Figure:
    """Draw bars of the largest importances; ``labels`` are readable names."""
    ranked = sorted(values.items(), key=lambda item: -item[1])[:top]
    figure, axes = style.plot(8.2, 1.1 + 0.27 * len(ranked))
    axes.barh(range(len(ranked)), [value for _, value in ranked], color="0.75", edgecolor="black", height=0.7)
    style.label_rows(axes, [(labels or {}).get(name, name) for name, _ in ranked], longest=38)
    of = f"the {len(ranked)} largest of {len(values)}" if len(values) > len(ranked) else f"all {len(values)}"
    axes.set(title=f"Importance of features ({of})", xlabel="mean absolute contribution (log-odds)")
    style.finish(axes)
    return figure


def plot_beeswarm(
    contributions: Floats, values: Floats, names: Sequence[str], labels: Mapping[str, str] | None = None
) -> Figure:
    """Draw a dot for each client and feature: its contribution to the log-odds, shaded by the value.

    Parameters
    ----------
    contributions : shape (n, features), of the log-odds.
    values : shape (n, features), whose rank is the shade; NaN (missing, or a text) is drawn white.
    names : of the features.
    """
    rows = np.linspace(0, len(values) - 1, min(_SWARM, len(values))).astype(int)
    order = np.argsort(-np.abs(contributions).mean(axis=0), kind="stable")[:_SWARMS]
    figure, axes = style.plot(9.2, 1.3 + 0.42 * len(order))
    greys = ListedColormap(np.repeat(np.linspace(0.82, 0.0, 128)[:, None], 3, axis=1)).with_extremes(bad="white")
    for position, feature in enumerate(order):
        added = contributions[rows, feature]
        rank = _ranks(values[rows, feature])
        look: dict[str, Any] = {"cmap": greys, "vmin": 0, "vmax": 1, "s": 7, "linewidths": 0.25, "edgecolors": "0.35"}
        drawn = axes.scatter(added, position + _spread(added), c=rank, plotnonfinite=True, **look)
    axes.axvline(0, color="black", linewidth=0.8)
    style.label_rows(axes, [(labels or {}).get(names[i], names[i]) for i in order], longest=38)
    axes.set(title="Contributions by client, the most important features first")
    axes.set(xlabel="contribution to the log-odds of default (right: riskier)")
    bar = figure.colorbar(drawn, ax=axes, ticks=[0.03, 0.97], aspect=40, pad=0.01)
    bar.ax.set_yticklabels(["low", "high"])
    bar.set_label("value of the feature, by rank (white: missing, or a text)", labelpad=-14)
    style.finish(axes)
    return figure


def plot_terms(pages: Sequence[TermBins]) -> Figure:
    """Draw a page of small plots, one per term: the weight of each bin, and its share of clients."""
    lines = -(-len(pages) // _COLUMNS)
    figure = style.figure(3.7 * min(_COLUMNS, len(pages)), 0.5 + 2.9 * lines)
    grid: NDArray[Any] = np.atleast_1d(figure.subplots(lines, min(_COLUMNS, len(pages)))).ravel()
    widest = 1.1 * max((abs(weight) for page in pages for weight in page.weights), default=1.0) or 1.0
    for axes, page in zip(grid, pages, strict=False):
        _term(axes, page, widest)
    for axes in grid[len(pages) :]:
        axes.set_axis_off()
    figure.suptitle(
        "Scorecard: bins and their weights (log-odds of default; bars to the right are riskier; % of clients)"
    )
    return figure


def collect_bins(
    plan: Plan, weights: Sequence[float] | Floats, raw: Mapping[str, NDArray[Any]], terms: Sequence[Term]
) -> list[TermBins]:
    """Collect the bins of each term, those that move the log-odds most first; other columns are left out.

    Parameters
    ----------
    weights : shape (columns of the plan,), contribution of one unit of each column to the log-odds.
    raw : columns of n applications, to count the clients of each bin.
    terms : of the plan, as ``group_into_terms`` makes them.
    """
    columns = complete(plan, raw)
    pages = [
        _collect_page(term, column, float(weights[place]), columns[column.source])
        for term in terms
        for place, column in ((place, plan.columns[place]) for place in term.columns)
        if is_binned(column)
    ]
    return sorted(pages, key=lambda page: -float(np.dot(np.abs(page.weights), page.shares)))


def collect_values(plan: Plan, raw: Mapping[str, NDArray[Any]], scales: Mapping[str, float] | None = None) -> Floats:
    """Collect the values of each column's source as shown, shape (n, columns); NaN for texts."""
    columns = complete(plan, raw)
    sources = [(columns[column.source], (scales or {}).get(column.source, 1.0)) for column in plan.columns]
    return np.column_stack(
        [source * scale if source.dtype.kind == "f" else np.full(len(source), np.nan) for source, scale in sources]
    )


def _term(axes: Axes, page: TermBins, widest: float) -> None:
    at = np.arange(len(page.labels))
    weights = np.asarray(page.weights, dtype=float)
    axes.barh(at, weights, color=np.where(weights > 0, "0.45", "0.85").tolist(), edgecolor="black", linewidth=0.6)
    for position, (weight, share) in enumerate(zip(weights, page.shares, strict=True)):
        beyond, side = (-0.03 * widest, "right") if weight > 0 else (0.03 * widest, "left")
        text = f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"
        axes.text(beyond, position, text, ha=side, va="center", fontsize=7)
    axes.axvline(0, color="black", linewidth=0.8)
    style.label_rows(axes, page.labels, longest=22, size=7)
    axes.set_xlim(-widest, widest)
    axes.set_title(shorten(page.name, 34), fontsize=9)
    axes.tick_params(axis="x", labelsize=7)
    style.finish(axes)


def _ranks(values: Floats) -> Floats:
    """Ranks of the known values, spread over 0-1, shape (n,)."""
    ranks: Floats = (rankdata(values, nan_policy="omit") - 0.5) / max(np.count_nonzero(~np.isnan(values)), 1)
    return ranks


def _spread(added: Floats, height: float = 0.38) -> Floats:
    """Move dots of similar contributions apart, alternately up and down, shape (n,)."""
    width = np.ptp(added) / 60 or 1.0
    column = np.floor((added - added.min()) / width).astype(int)
    order = np.lexsort((added, column))
    first = np.searchsorted(column[order], column[order])
    turn = np.empty(len(added))
    turn[order] = np.arange(len(added)) - first
    most = max(float(turn.max()), 12.0)
    side = np.where(turn % 2 == 0, 1.0, -1.0)
    moved: Floats = side * np.ceil(turn / 2) / (most / 2) * height
    return moved


def _collect_page(term: Term, column: PlanColumn, weight: float, values: NDArray[Any]) -> TermBins:
    bins, counts = list_bins(term, column), count_bins(column, values)
    kept = [i for i, one in enumerate(bins) if counts[i] or one.regular]
    shares = counts / max(int(counts.sum()), 1)
    return TermBins(
        term.label.en, [bins[i].text.en for i in kept], [weight * bins[i].weight for i in kept], shares[kept].tolist()
    )
