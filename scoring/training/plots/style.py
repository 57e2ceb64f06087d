"""Style of all plots: figures without pyplot, marks that differ without colour, axes in per cent."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from scoring.errors import shorten
from scoring.readable.numbers import Language, format_percent

_SHADES = ("black", "0.35", "0.55", "0.2", "0.45", "0.65")
_LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)))
REFERENCE: dict[str, Any] = {"color": "0.6", "linewidth": 0.9, "linestyle": (0, (4, 3)), "zorder": 1}


def figure(width: float, height: float) -> Figure:
    """Return an empty figure, size in inches."""
    # Not pyplot, which keeps figures in memory and chooses a display.
    return Figure(figsize=(width, height), layout="constrained")


def plot(width: float, height: float) -> tuple[Figure, Axes]:
    """Return an empty figure of one plot, size in inches, and its axes."""
    drawn = figure(width, height)
    return drawn, drawn.subplots()


def line(position: int) -> dict[str, Any]:
    """Colour and line style of the series at a position."""
    place = position % len(_LINES)
    return {"color": _SHADES[place], "linestyle": _LINES[place], "linewidth": 1.5}


def finish(axes: Axes, percent: str = "", legend: Any = None) -> None:
    """Draw a thin grid behind everything; add a legend, and axes in per cent (``x``, ``y`` or ``xy``)."""
    axes.grid(visible=True, linewidth=0.3)
    axes.set_axisbelow(True)
    for letter in percent:
        axis = axes.xaxis if letter == "x" else axes.yaxis
        axis.set_major_formatter(lambda share, _: in_percent(share))
    if legend:
        axes.legend(loc=legend, fontsize=8, framealpha=0.92)


def percent_axis(axes: Axes, letter: str, language: Language) -> None:
    """Label an axis (``x`` or ``y``) of shares in a language, at places that need no rounding."""
    axis = axes.xaxis if letter == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(
        lambda share, _: format_percent(share, language, 0 if axis.get_view_interval()[1] > 0.06 else 1)
    )


def label_rows(axes: Axes, names: Sequence[str], longest: int, size: int = 8) -> None:
    """Name the rows of a plot, the first one on top."""
    axes.set_yticks(range(len(names)), [shorten(name, longest) for name in names], fontsize=size)
    axes.set_ylim(len(names) - 0.4, -0.6)


def risk_scale(axes: Axes, low: float, high: float) -> None:
    """Make x a scale of probabilities, even in log-odds, with labels in per cent."""
    ticks = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
    axes.set_xscale("logit")
    axes.set_xlim(low, high)
    axes.set_xticks([tick for tick in ticks if low <= tick <= high])
    axes.set_xticks([], minor=True)
    axes.xaxis.set_major_formatter(lambda share, _: in_percent(share))


def in_percent(share: float) -> str:
    """Write a share (0-1) as a tick's label.

    >>> in_percent(0.05), in_percent(0.125)
    ('5 %', '12.5 %')
    """
    return f"{round(100 * share, 6):g} %"
