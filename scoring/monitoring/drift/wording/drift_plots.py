"""Plots of drift: shares by bin in the reference and now, and the refusal rate of each month; readable in grey."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from scoring.errors import shorten
from scoring.monitoring.drift.drift_report import BinShares, Month
from scoring.monitoring.drift.wording.drift_texts import drift_texts
from scoring.readable.numbers import Language
from scoring.training.plots import style


def draw_bins(bins: Sequence[BinShares], language: Language) -> Figure:
    """Draw the shares of clients by bin: the reference above, the current clients below, in each row."""
    figure, axes = style.plot(7.4, 0.9 + 0.36 * len(bins))
    rows = range(len(bins))
    names = [getattr(drift_texts()[f"page_{name}"], language) for name in ("reference", "current")]
    axes.barh(
        [row - 0.19 for row in rows],
        [one.reference for one in bins],
        height=0.36,
        color="0.85",
        edgecolor="black",
        hatch="//",
        linewidth=0.6,
        label=names[0],
    )
    axes.barh(
        [row + 0.19 for row in rows],
        [one.current for one in bins],
        height=0.36,
        color="0.35",
        edgecolor="black",
        linewidth=0.6,
        label=names[1],
    )
    style.label_rows(axes, [getattr(one.label, language) for one in bins], longest=34)
    style.percent_axis(axes, "x", language)
    axes.tick_params(axis="both", labelsize=8)
    style.finish(axes)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, frameon=False)
    return figure


def draw_months(months: Sequence[Month], reference: float, language: Language) -> Figure:
    """Draw each month's refusal rate with its 95 % interval; a line is the reference's, a square a month with drift."""
    figure, axes = style.plot(7.4, 2.9)
    axes.axhline(reference, **style.REFERENCE)
    for place, month in enumerate(months):
        axes.plot([place, place], [month.low, month.high], color="black", linewidth=1.2)
        axes.plot(place, month.refusal_rate, "s" if month.alarm else "o", color="black", markersize=6)
    axes.set_xticks(range(len(months)), [shorten(month.month, 10) for month in months], fontsize=8)
    axes.set_xlim(-0.6, len(months) - 0.4)
    axes.set_ylim(bottom=0)
    style.percent_axis(axes, "y", language)
    axes.tick_params(axis="both", labelsize=8)
    style.finish(axes)
    return figure
