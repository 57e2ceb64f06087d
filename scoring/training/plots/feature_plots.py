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
from scoring.readable.term_bins import is_binned, list_bins, place_in_bins
from scoring.readable.terms import Term
from scoring.training.plots import style

_SWARM = 1500  # clients in a row of the beeswarm; more only make it black
_SWARMS = 15  # rows of the beeswarm, the most important features first
_COLUMNS = 4
_BINS = 24  # of a term, those with the most clients; a code in disguise has hundreds


@dataclass(frozen=True)
class Outcomes:
    """What became of n clients, beside what was predicted of them.

    Attributes
    ----------
    target, predicted : shape (n,), 0 or 1, and calibrated probabilities by fits that did not see the client.
    slope : of the calibration, from the model's own log-odds to calibrated ones.
    counts : shape (n,), how often each client counts; once by default.
    """

    target: NDArray[Any]
    predicted: Floats
    slope: float = 1.0
    counts: Floats | None = None

    def bound(self, place: NDArray[np.intp], weights: Floats) -> list[tuple[float, float]]:
        """Bound the weights of bins, shape (k,), by the outcomes of the clients in them; ``place``, shape (n,).

        It is one step of Newton's method from each weight, with all other terms as they are.

        >>> outcomes = Outcomes(np.array([0, 0, 0, 1, 1]), np.full(5, 0.5))
        >>> [tuple(round(bound, 2) for bound in bounds) for bounds in outcomes.bound(np.zeros(5, int), np.array([0.1]))]
        [(-2.05, 1.45)]
        """
        counts, spread = 1.0 if self.counts is None else self.counts, self.predicted * (1 - self.predicted)
        left, information, variance = (
            np.bincount(place, one, len(weights))
            for one in (counts * (self.target - self.predicted), counts * spread, counts**2 * spread)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = weights + left / information / self.slope
            width = 1.96 * np.sqrt(variance) / information / self.slope
        return [*zip((middle - width).tolist(), (middle + width).tolist(), strict=True)]


@dataclass(frozen=True)
class TermBins:
    """Bins of one scorecard term.

    Attributes
    ----------
    name : the term.
    labels : of k bins, missing and unseen last.
    weights : shape (k,), what each bin adds to the log-odds of default.
    shares : shape (k,), share of the clients in each bin, 0-1.
    clients : shape (k,), how many these are; empty to leave them out.
    bounds : shape (k, 2), 95 % interval of what the outcomes say of each weight, beside all other terms; NaN where they
        say nothing; empty to leave it out.
    """

    name: str
    labels: Sequence[str]
    weights: Sequence[float]
    shares: Sequence[float]
    clients: Sequence[int] = ()
    bounds: Sequence[tuple[float, float]] = ()


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
    widest = _measure_widest(pages)
    for axes, page in zip(grid, pages, strict=False):
        _term(axes, page, widest)
    for axes in grid[len(pages) :]:
        axes.set_axis_off()
    figure.suptitle(
        "Bins and their weights (log-odds of default; bars to the right are riskier), their clients, and what outcomes "
        "say of each weight (95 % intervals)"
    )
    return figure


def _measure_widest(pages: Sequence[TermBins]) -> float:
    """Find where the axes end: all weights are shown, and intervals up to twice as far."""
    weight = max((abs(weight) for page in pages for weight in page.weights), default=1.0)
    ends = [abs(end) for page in pages for pair in page.bounds for end in pair if np.isfinite(end)]
    return 1.1 * min(max([weight, *ends]), 2 * weight) or 1.0


def collect_bins(
    plan: Plan,
    weights: Sequence[float] | Floats,
    raw: Mapping[str, NDArray[Any]],
    terms: Sequence[Term],
    outcomes: Outcomes | None = None,
) -> list[TermBins]:
    """Collect the bins of each term, those that move the log-odds most first; other columns are left out.

    Parameters
    ----------
    weights : shape (columns of the plan,), contribution of one unit of each column to the log-odds.
    raw : columns of n applications, to count the clients of each bin.
    terms : of the plan, as ``group_into_terms`` makes them.
    outcomes : of the same applications, for the intervals.
    """
    columns = complete(plan, raw)
    pages = [
        _collect_page(term, column, float(weights[place]), columns[column.source], outcomes)
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
    axes.barh(at, weights, color=np.where(weights > 0, "0.65", "0.9").tolist(), edgecolor="black", linewidth=0.6)
    for position, (low, high) in enumerate(page.bounds):
        axes.plot([low, high], [position, position], color="black", linewidth=0.8)
    for position, (weight, share) in enumerate(zip(weights, page.shares, strict=True)):
        text = f"{100 * share:.0f} %" if share >= 0.005 else "< 1 %"
        if page.clients:
            text = f"{page.clients[position]:,}, {text}"
        # beside the bar, at the edge of the plot that the bar does not reach
        edge, side = (-widest, "left") if weight > 0 else (widest, "right")
        axes.text(0.98 * edge, position, text, ha=side, va="center", fontsize=6)
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


def _collect_page(
    term: Term, column: PlanColumn, weight: float, values: NDArray[Any], outcomes: Outcomes | None
) -> TermBins:
    bins, place = list_bins(term, column), place_in_bins(column, values)
    counts = np.bincount(place, minlength=len(bins))
    kept = [i for i, one in enumerate(bins) if counts[i] or one.regular]
    name, of = term.label.en, len(kept)
    if of > _BINS:
        kept = sorted(sorted(kept, key=lambda i: -counts[i])[:_BINS])
        name = f"{name} ({_BINS} of {of} bins)"
    shares = counts / max(int(counts.sum()), 1)
    weights = weight * np.array([one.weight for one in bins])
    bounds = outcomes.bound(place, weights) if outcomes else []
    return TermBins(
        name,
        [bins[i].text.en for i in kept],
        weights[kept].tolist(),
        shares[kept].tolist(),
        counts[kept].tolist(),
        [bounds[i] for i in kept] if outcomes else (),
    )
