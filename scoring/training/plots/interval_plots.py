"""Dots with intervals: candidates, and groups compared with the largest one."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scoring.model.report import Fairness, Metric
from scoring.training.plots import style


def plot_candidates(
    rows: Sequence[tuple[str, Metric]], title: str, unit: str, *, chosen: str | None = None, zero: bool = False
) -> Figure:
    """Draw a dot with its interval for each candidate, in the given order.

    Parameters
    ----------
    rows : name and figure of each candidate.
    unit : what the x axis shows.
    chosen : name of the champion, which is marked.
    zero : draw a line at 0, for differences.
    """
    figure, axes = style.plot(8.6, 1.3 + 0.3 * len(rows))
    for position, (name, metric) in enumerate(rows):
        _dot(axes, metric, position, filled=name == chosen)
    if zero:
        axes.axvline(0, **style.REFERENCE)
    style.label_rows(axes, [name for name, _ in rows], longest=48)
    for text, (name, _) in zip(axes.get_yticklabels(), rows, strict=True):
        text.set_fontweight("bold" if name == chosen else "normal")
    axes.set(title=title, xlabel=f"{unit}, 95 % interval" + (" (filled: champion)" if chosen else ""))
    style.finish(axes)
    return figure


def plot_groups(fairness: Sequence[Fairness]) -> Figure:
    """Draw the ratios of each group's acceptance, true and false positive rate to the largest group's."""
    shown = [(part, group) for part in fairness for group in part.groups]
    names = [f"{part.attribute}: {group.group}{' (small)' if group.small else ''}" for part, group in shown]
    figure = style.figure(11.0, 1.4 + 0.3 * len(names))
    panels = figure.subplots(1, 3, sharey=True)
    kinds = ("acceptance_ratio", "true_positive_ratio", "false_positive_ratio")
    titles = ("Acceptance rate", "Defaults refused (TPR)", "Good clients refused (FPR)")
    for axes, kind, title in zip(panels, kinds, titles, strict=True):
        for position, (part, group) in enumerate(shown):
            metric = getattr(group, kind)
            if group is part.groups[0]:
                axes.plot(1.0, position, "|", color="black", markersize=9)
            elif metric is not None:
                _dot(axes, metric, position, filled=not group.small)
        axes.axvline(1.0, **style.REFERENCE)
        axes.set(title=title, xlabel="ratio to the largest group")
        style.finish(axes)
    style.label_rows(panels[0], names, longest=44)
    figure.suptitle("Groups compared with the largest of each attribute, 95 % intervals (open: small group)")
    return figure


def _dot(axes: Axes, metric: Metric, position: int, *, filled: bool) -> None:
    axes.plot([metric.low, metric.high], [position, position], color="black", linewidth=1.1)
    axes.plot([metric.low, metric.high], [position, position], "|", color="black", markersize=6)
    axes.plot(metric.value, position, "o", color="black", markerfacecolor="black" if filled else "white", markersize=6)
