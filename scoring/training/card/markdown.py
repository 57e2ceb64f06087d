"""Figures and tables as Markdown."""

from collections.abc import Iterable, Sequence

from scoring.model.report import Metric

Lines = list[str]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Lines:
    """Make a table; none where there is no row. Numbers stand to the right, the first column to the left.

    >>> table(["a", "b"], [["x", "1"]])
    ['| a | b |', '|---|---:|', '| x | 1 |', '']
    """
    body = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    if not body:
        return []
    return [f"| {' | '.join(header)} |", f"|---|{'---:|' * (len(header) - 1)}", *body, ""]


def section(title: str, *blocks: Lines, level: int = 2) -> Lines:
    """Put a heading over what stands under it; nothing where there is nothing."""
    lines = [line for block in blocks for line in block]
    return [f"{'#' * level} {title}", "", *lines] if lines else []


def text(*sentences: str) -> Lines:
    """Make one paragraph; nothing without a sentence."""
    said = " ".join(sentence for sentence in sentences if sentence)
    return [said, ""] if said else []


def points(items: Iterable[str]) -> Lines:
    """Make one line an item."""
    lines = [f"- {item}" for item in items]
    return [*lines, ""] if lines else []


def percent(share: float | None, places: int = 1) -> str:
    """Show a share (0-1) in per cent.

    >>> percent(0.0909), percent(None)
    ('9.1 %', '–')
    """
    return "–" if share is None else f"{100 * share:.{places}f} %"


def with_interval(metric: Metric | None, places: int = 3) -> str:
    """Show a figure with its interval.

    >>> with_interval(Metric(value=0.75, low=0.74, high=0.76))
    '0.750 (0.740 to 0.760)'
    """
    if metric is None:
        return "–"
    return f"{metric.value:.{places}f} ({metric.low:.{places}f} to {metric.high:.{places}f})"


def signed(metric: Metric, places: int = 4) -> str:
    """Show a difference with its interval; the true minus sign keeps columns readable.

    >>> signed(Metric(value=-0.002, low=-0.003, high=0.001))
    '−0.0020 (−0.0030 to +0.0010)'
    """
    value, low, high = (f"{number:+.{places}f}".replace("-", "−") for number in (metric.value, metric.low, metric.high))
    return f"{value} ({low} to {high})"
