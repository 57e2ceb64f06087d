"""Plots of a validator's document, as pictures within the page; matplotlib is in the extra for training."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import binomtest

from scoring.errors import shorten
from scoring.model_card.drawing import Plot
from scoring.readable.numbers import format_percent
from scoring.training.plots import style
from scoring.validation.document_texts import DocumentTexts
from scoring.validation.term_rows import BinRow, ColumnRow

# The same figure gives the same text: no date, no random names, and letters as letters.
_SAME: dict[Any, Any] = {
    "svg.hashsalt": "document",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans", "Verdana", "sans-serif"],
}


def embed(figure: Figure) -> str:
    """Return a figure as the address of a picture that the page itself holds."""
    written = io.StringIO()
    with mpl.rc_context(_SAME):
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(written.getvalue().encode()).decode()}"


def draw_plot(plot: Plot) -> Figure:
    """Draw a plot of the model card: its places are percentages from the left and from the top."""
    rows = bool(plot.marks) and bool(plot.marks[0].name)
    bottom, top = (len(plot.marks) - 0.4, -0.6) if rows else (102.0, -4.0)
    figure, axes = style.plot(7.0, 1.0 + 0.22 * len(plot.marks) if rows else 2.8)
    if plot.area:
        axes.axvspan(plot.area[0], plot.area[1], color="0.88", zorder=0)
    for one, other, text in plot.lines:
        axes.plot([one[0], other[0]], [bottom, top] if rows else [one[1], other[1]], **style.REFERENCE)
        axes.text(other[0], top, text, ha="right" if other[0] > 60 else "left", va="bottom", fontsize=7)
    axes.plot([x for x, _ in plot.line], [y for _, y in plot.line], color="black", linewidth=1.3)
    for position, mark in enumerate(plot.marks):
        heights = [position] * 2 if rows else [y for _, y in mark.ends]
        axes.plot([x for x, _ in mark.ends], heights, color="black", linewidth=1.1)
        axes.plot(mark.place[0], position if rows else mark.place[1], "o", color="black", markersize=4)
    if rows:
        style.label_rows(axes, [f"{mark.name}  {mark.value}" for mark in plot.marks], longest=60)
    else:
        axes.set_yticks([place for place, _ in plot.y_ticks], [text for _, text in plot.y_ticks], fontsize=8)
    axes.set_ylim(bottom, top)
    axes.set_xlim(-1, 101)
    axes.set_xticks([place for place, _ in plot.x_ticks], [text for _, text in plot.x_ticks], fontsize=8)
    axes.set_xlabel(plot.x_name, fontsize=8)
    axes.set_ylabel(plot.y_name, fontsize=8)
    style.finish(axes)
    return figure


def draw_term(one: ColumnRow, texts: DocumentTexts) -> Figure:
    """Draw a term bin by bin: what the model makes of it, what was observed with its interval, and the clients."""
    shown = [row for row in one.bins if row.bin.regular or row.clients is None or row.clients]
    names = [texts.label(row.bin.text) for row in shown]
    counted = any(row.clients for row in shown)
    height = 0.62 + 0.185 * len(shown)
    figure = Figure(figsize=(7.4, height))  # places are given: to find them for each term would take most of the time
    places = {"left": 0.27, "right": 0.99, "bottom": 0.5 / height, "top": 1 - 0.06 / height, "wspace": 0.1}
    panels: Any = figure.subplots(1, 3 if counted else 1, sharey=True, squeeze=False, gridspec_kw=places)[0]
    _draw_points(panels[0], shown, one.coefficient, texts)
    if counted:
        _draw_rates(panels[1], shown, texts)
        _draw_shares(panels[2], shown, texts)
    style.label_rows(panels[0], names, longest=34, size=7)
    return figure


def _draw_points(axes: Axes, rows: Sequence[BinRow], coefficient: float, texts: DocumentTexts) -> None:
    in_points = all(row.exact is not None for row in rows)
    lengths = [row.exact or 0.0 if in_points else coefficient * row.bin.weight for row in rows]
    axes.barh(range(len(rows)), lengths, color="0.75", edgecolor="black", linewidth=0.6, height=0.66)
    axes.axvline(0, color="black", linewidth=0.8)
    _name(axes, texts.say("column_points" if in_points else "axis_log_odds"))


def _draw_rates(axes: Axes, rows: Sequence[BinRow], texts: DocumentTexts) -> None:
    for position, row in enumerate(rows):
        if row.clients and row.defaults is not None and row.default_rate is not None:
            bounds = binomtest(row.defaults, row.clients).proportion_ci(method="wilson")
            axes.plot([bounds.low, bounds.high], [position, position], color="black", linewidth=1.1)
            axes.plot(row.default_rate, position, "o", color="black", markersize=4)
    axes.set_xlim(left=0)
    _name(axes, texts.say("axis_default_rate"), texts)


def _draw_shares(axes: Axes, rows: Sequence[BinRow], texts: DocumentTexts) -> None:
    axes.barh(range(len(rows)), [row.share or 0.0 for row in rows], color="0.9", edgecolor="black", linewidth=0.6)
    _name(axes, texts.say("axis_share"), texts)


def _name(axes: Axes, name: str, texts: DocumentTexts | None = None) -> None:
    axes.set_xlabel(shorten(name, 40), fontsize=8)
    axes.tick_params(axis="x", labelsize=7)
    axes.locator_params(axis="x", nbins=5)
    style.finish(axes)
    if texts is not None:
        language = texts.language
        axes.xaxis.set_major_formatter(
            lambda share, _: format_percent(share, language, 0 if axes.get_xlim()[1] > 0.1 else 1)
        )
