"""Plots of a table of applications before training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scoring.errors import shorten
from scoring.training.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 3
_DARK = 0.6  # a number on a darker cell is written in white


def plot_missing(table: pd.DataFrame, top: int = 25) -> "Figure":
    """Draw bars of the shares of missing values; ``table`` comes from ``tables.count_missing``."""
    shown = table.head(top)
    figure = style.figure(8.6, 1.1 + 0.25 * len(shown))
    axes = figure.subplots()
    at = np.arange(len(shown))
    axes.barh(at, shown["empty"], color="0.75", edgecolor="black", height=0.7, label="empty cell")
    axes.barh(
        at,
        shown["marker"],
        left=shown["empty"],
        color="white",
        edgecolor="black",
        hatch="///",
        height=0.7,
        label="missing-value marker",
    )
    style.label_rows(axes, list(shown["readable name"]), longest=48)
    of = f"the {len(shown)} largest of {len(table)} fields" if len(table) > len(shown) else "all fields with any"
    axes.set(title=f"Missing values ({of})", xlabel="share of clients", xlim=(0, 1))
    style.finish(axes, "x", "lower right")
    return figure


def plot_default_rates(pages: Mapping[str, pd.DataFrame], overall: float) -> "Figure":
    """Draw a page of small plots, one per field: the default rate and the share of clients of each group.

    Parameters
    ----------
    pages : tables of ``tables.tabulate_default_rates`` by readable name.
    overall : default rate of all clients, 0-1.
    """
    across = min(_COLUMNS, len(pages))
    sizes = [len(table) for table in pages.values()]
    tallest = [max(sizes[first : first + across]) for first in range(0, len(sizes), across)]
    heights = [0.75 + 0.21 * size for size in tallest]
    figure = style.figure(4.4 * across, 0.5 + sum(heights))
    grid = np.atleast_1d(figure.subplots(len(tallest), across, sharex=True, height_ratios=heights)).ravel()
    highest = 1.05 * max(float(table["high"].max()) for table in pages.values())
    for place, (axes, (name, table)) in enumerate(zip(grid, pages.items(), strict=False)):
        _rates(axes, name, table, overall)
        axes.set(xlim=(0, highest), ylim=(tallest[place // across] - 0.4, -0.6))
        axes.tick_params(labelbottom=True)
    for axes in grid[len(pages) :]:
        axes.set_axis_off()
    figure.suptitle("Default rate by group, 95 % bounds (dashed: all clients; in brackets: % of clients)")
    return figure


def plot_correlations(matrix: pd.DataFrame) -> "Figure":
    """Draw the lower half of a correlation matrix: numbers, shaded by their size."""
    names = [shorten(str(name), 36) for name in matrix]
    values = np.where(np.tri(len(names), k=-1, dtype=bool), matrix.to_numpy(), np.nan)[1:, :-1]
    figure = style.figure(2.2 + 0.56 * len(names), 1.8 + 0.4 * len(names))
    axes = figure.subplots()
    drawn = axes.imshow(np.abs(values), cmap="Greys", vmin=0, vmax=1, aspect="auto")
    for row, column in zip(*np.nonzero(~np.isnan(values)), strict=True):
        value = float(values[row, column])
        colour = "white" if abs(value) > _DARK else "black"
        axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=7, color=colour)
    axes.set_xticks(range(len(names) - 1), names[:-1], fontsize=8, rotation=50, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names) - 1), names[1:], fontsize=8)
    axes.set_title("Rank correlations (Spearman)")
    axes.spines[:].set_visible(False)
    figure.colorbar(drawn, ax=axes, aspect=40, pad=0.01, label="absolute correlation")
    return figure


def plot_records(table: pd.DataFrame) -> "Figure":
    """Draw boxes of the number of records per client; ``table`` comes from ``tables.summarize_records``."""
    figure = style.figure(8.6, 1.4 + 0.45 * len(table))
    axes = figure.subplots()
    at = np.arange(len(table))
    box = table["three_quarters"] - table["quarter"]
    axes.hlines(at, table["three_quarters"], table["most"], color="black", linewidth=1.1)
    axes.plot(table["most"], at, "|", color="black", markersize=9, label="95 % have at most")
    axes.barh(at, box, left=table["quarter"], color="0.85", edgecolor="black", height=0.5, label="middle half")
    axes.plot(table["median"], at, "D", color="black", markersize=5, label="median")
    names = [
        f"{records} ({style.in_percent(round(none, 2))} have none)"
        for records, none in zip(table["records"], table["none"], strict=True)
    ]
    style.label_rows(axes, names, longest=60)
    axes.set_xscale("log")
    axes.set_xlim(left=0.8)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set(title="Records of each client", xlabel="records of clients who have any (log scale)")
    style.finish(axes, legend="lower right")
    return figure


def _rates(axes: "Axes", name: str, table: pd.DataFrame, overall: float) -> None:
    at = np.arange(len(table))
    axes.hlines(at, table["low"], table["high"], color="black", linewidth=1.1)
    axes.plot(table["default_rate"], at, "o", color="black", markersize=4)
    axes.axvline(overall, **style.REFERENCE)
    shares = [style.in_percent(round(share, 2)) if share >= 0.005 else "< 1 %" for share in table["share"]]
    labels = [f"{shorten(str(group), 26)} ({share})" for group, share in zip(table.index, shares, strict=True)]
    axes.set_yticks(at, labels, fontsize=7)
    axes.set_title(shorten(name, 40), fontsize=9)
    axes.tick_params(axis="x", labelsize=7)
    style.finish(axes, "x")
