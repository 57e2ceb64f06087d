"""Plots of the report on outcomes, readable without colour."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring.model.report import ReliabilityBin
from scoring.monitoring.outcomes.outcome_figures import Vintage
from scoring.monitoring.outcomes.outcome_sentences import Sentences
from scoring.training.plots import style

_MOST_NAMES = 16  # under the axis


def draw_vintages(vintages: Sequence[Vintage], words: Sentences) -> Figure:
    """Draw measured rates with their intervals, what open outcomes can change, and the expected rates."""
    figure, axes = style.plot(7.4, 3.2)
    for place, one in enumerate(vintages):
        if one.bounds is not None and one.measured is not None and one.open:
            sides, bounds = [place - 0.3, place + 0.3], one.bounds
            axes.fill_between(sides, bounds.lowest, bounds.highest, color="0.85", linewidth=0, zorder=1)
    seen = [(place, one.measured) for place, one in enumerate(vintages) if one.measured is not None]
    low = [rate.rate - rate.low for _, rate in seen]
    high = [rate.high - rate.rate for _, rate in seen]
    measured: dict[str, Any] = {"fmt": "o", "color": "black", "markersize": 4.5, "capsize": 3, "linewidth": 1.1}
    places, rates = [place for place, _ in seen], [rate.rate for _, rate in seen]
    axes.errorbar(places, rates, [low, high], label=words.say("legend_measured"), **measured)
    expected = [(place + 0.18, one.expected) for place, one in enumerate(vintages) if one.expected is not None]
    hollow: dict[str, Any] = {
        "linestyle": "none",
        "color": "0.35",
        "markerfacecolor": "white",
        "markersize": 6,
        "zorder": 3,
    }
    if expected:
        axes.plot(*zip(*expected, strict=True), "s", label=words.say("legend_expected"), **hollow)
    if any(one.open and one.measured for one in vintages):
        axes.fill_between([], [], color="0.85", label=words.say("legend_bounds"))
    step = -(-len(vintages) // _MOST_NAMES)
    axes.set_xticks(range(0, len(vintages), step), [one.name for one in vintages[::step]], rotation=45, fontsize=8)
    axes.set_xlim(-0.6, len(vintages) - 0.4)
    _finish(axes, words)
    return figure


def draw_calibration(bins: Sequence[ReliabilityBin], words: Sentences) -> Figure:
    """Draw the measured rate of each group of clients against their stated risk."""
    figure, axes = style.plot(5.2, 3.4)
    highest = 1.05 * max(max(one.high, one.predicted) for one in bins)
    axes.plot([0, highest], [0, highest], **style.REFERENCE)
    risks, rates = [one.predicted for one in bins], [one.observed for one in bins]
    low, high = [one.observed - one.low for one in bins], [one.high - one.observed for one in bins]
    shown: dict[str, Any] = {"fmt": "o", "color": "black", "markersize": 4.5, "capsize": 3, "linewidth": 1.1}
    axes.errorbar(risks, rates, [low, high], label=words.say("legend_measured"), **shown)
    axes.set_xlabel(words.say("axis_risk"), fontsize=9)
    style.percent_axis(axes, "x", words.language)
    axes.set_xlim(left=0)
    _finish(axes, words)
    return figure


def _finish(axes: Axes, words: Sentences) -> None:
    axes.set_ylabel(words.say("axis_rate"), fontsize=9)
    axes.set_ylim(bottom=0)
    style.finish(axes, legend="best")
    style.percent_axis(axes, "y", words.language)
