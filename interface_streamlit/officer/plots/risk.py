"""Plots of one client's risk: waterfall, and the model's importances."""

import altair as alt
import pandas as pd

from officer.plots.style import ACCEPTED, NEUTRAL, REFUSED, Plot, finish_plot, ink
from officer.texts import Language, text


def plot_waterfall(steps: pd.DataFrame, unit: str, language: Language, dark: bool) -> Plot:
    """Show how the contributions lead from the base value to the risk, each named above its bar.

    Parameters
    ----------
    steps : one row per bar, in order: ``term``, ``kind`` (total, up, down), ``low``, ``high``, ``written``.
    """
    low, high = min(0.0, steps["low"].min()), max(0.0, steps["high"].max())
    x = alt.X(
        "low:Q",
        title=unit,
        scale=alt.Scale(domain=[low, high + 0.15 * (high - low)], nice=False),
        axis=alt.Axis(format="~g", tickCount=6),
    )
    colour = alt.Color("kind:N", legend=None).scale(domain=["total", "up", "down"], range=[NEUTRAL, REFUSED, ACCEPTED])
    bars = alt.Chart(steps).mark_bar(height=15, yOffset=9).encode(x=x, x2="high:Q", y=_row(), color=colour)
    labels = alt.Chart(steps).mark_text(align="left", dx=5, dy=9, fontSize=13, color=ink(dark))
    shown = labels.encode(x="high:Q", y=_row(), text="written:N")
    return finish_plot(alt.layer(bars, shown, _names_above(steps, dark)), dark, _ROW * len(steps) + 60, language)


_ROW = 42  # pixels of a bar and its name


def _row() -> alt.Y:
    return alt.Y("term:N", sort=None, axis=None)


def _names_above(rows: pd.DataFrame, dark: bool) -> Plot:
    """Write terms above their bars, so that long names leave the bars their whole width."""
    names = alt.Chart(rows).mark_text(align="left", dy=-9, fontSize=13, color=ink(dark), limit=alt.expr("width"))
    return names.encode(x=alt.value(2), y=_row(), text="term:N")


def plot_importances(importances: pd.DataFrame, language: Language, dark: bool) -> Plot:
    """Show the model's own importances: ``term`` and ``importance``."""
    axis = alt.Axis(format="~g", tickCount=4)
    bars = (
        alt.Chart(importances)
        .mark_bar(color=NEUTRAL, height=15, yOffset=9)
        .encode(x=alt.X("importance:Q", title=text("importance.axis", language), axis=axis), y=_row())
    )
    return finish_plot(alt.layer(bars, _names_above(importances, dark)), dark, _ROW * len(importances) + 60, language)
