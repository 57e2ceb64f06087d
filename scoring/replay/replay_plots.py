"""Plots of the report on decisions made again."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring.replay.replay_figures import Part, Rate
from scoring.training.plots import style

_OPEN: dict[str, Any] = {
    "marker": "o",
    "markerfacecolor": "white",
    "color": "black",
    "markersize": 6,
    "linestyle": "none",
}
_FULL: dict[str, Any] = {"marker": "s", "color": "black", "markersize": 5, "linestyle": "none"}


def draw_groups(parts: Sequence[Part], names: Sequence[str], before: str, after: str, acceptance: str) -> Figure:
    """Draw the acceptance rates of groups, one row each: as recorded (a ring), and with the change (a square)."""
    figure, axes = style.plot(7.0, 1.1 + 0.34 * len(parts))
    for place, part in enumerate(parts):
        for rate, shift in ((part.accepted_before, -0.13), (part.accepted, 0.13)):
            axes.plot(_bounds(rate), [place + shift] * 2, color="black", linewidth=1.1)
    shares = [(part.accepted_before.share or 0.0, part.accepted.share or 0.0) for part in parts]
    axes.plot([one for one, _ in shares], [place - 0.13 for place in range(len(parts))], label=before, **_OPEN)
    axes.plot([other for _, other in shares], [place + 0.13 for place in range(len(parts))], label=after, **_FULL)
    style.label_rows(axes, names, longest=50)
    axes.set_xlabel(acceptance, fontsize=8)
    style.finish(axes, percent="x")
    _add_legend(axes)
    return figure


def draw_months(parts: Sequence[Part], before: str, after: str, acceptance: str) -> Figure:
    """Draw the acceptance rates by month, with their intervals."""
    figure, axes = style.plot(7.0, 2.9)
    for name, shift, rates, marks in (
        (before, -0.08, [part.accepted_before for part in parts], _OPEN),
        (after, 0.08, [part.accepted for part in parts], _FULL),
    ):
        for place, rate in enumerate(rates):
            axes.plot([place + shift] * 2, _bounds(rate), color="black", linewidth=1.1)
        axes.plot(
            [place + shift for place in range(len(rates))], [one.share or 0.0 for one in rates], label=name, **marks
        )
    axes.set_xticks(range(len(parts)), [part.name for part in parts], fontsize=8, rotation=45 if len(parts) > 8 else 0)
    axes.set_xlim(-0.6, len(parts) - 0.4)
    axes.set_ylabel(acceptance, fontsize=8)
    style.finish(axes, percent="y")
    _add_legend(axes)
    return figure


def _add_legend(axes: Axes) -> None:
    """Add the legend above the axes, where it hides no rate."""
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=8, frameon=False)


def _bounds(rate: Rate) -> list[float]:
    return [rate.low or 0.0, rate.high or 0.0]
