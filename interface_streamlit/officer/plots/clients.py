"""Plots of many clients, with one of them marked."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from officer.plots.style import Plot, by_group, finish_plot, ink, name_groups
from officer.texts import Language, text
from officer.tokens import DARK, TOKENS

_CROSS = "M-1,-1L1,1M1,-1L-1,1"  # an x as an SVG path


def plot_histogram(
    bars: pd.DataFrame, most: int, here: float | None, title: str, language: Language, dark: bool, *, whole: bool
) -> Plot:
    """Count the clients of one decision by a number.

    Parameters
    ----------
    bars : ``decision`` (the same in all rows), ``count``, ``low`` and ``high``.
    most : clients at the end of the axis, so that two plots can be compared.
    here : the client's value; None where it is missing.
    whole : the number is a whole one, as in all plots.
    """
    ends = alt.Scale(domain=[float(bars["low"].min()), float(bars["high"].max())], nice=False)
    upto = alt.Scale(domain=[0, most])
    counted = (
        alt.Chart(bars)
        .mark_bar(stroke=ink(dark), strokeWidth=0.5)
        .encode(
            x=alt.X("low:Q", title=title, scale=ends, axis=_axis(whole=whole)),
            x2="high:Q",
            y=alt.Y("count:Q", title=bars["decision"].iloc[0], scale=upto, axis=alt.Axis(tickCount=4, tickMinStep=1)),
            y2=alt.datum(0),
            color=by_group(language),
        )
    )
    return finish_plot(counted if here is None else alt.layer(counted, _line(here, dark)), dark, 190, language)


def plot_categories(bars: pd.DataFrame, most: int, here: str | None, language: Language, dark: bool) -> Plot:
    """Count the clients of one decision by category.

    Parameters
    ----------
    bars : as for ``plot_histogram``, with ``category`` instead of the ends; in the order to be shown.
    """
    order = bars["category"].tolist()
    y = alt.Y("category:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, labelOverlap=False))
    upto = alt.Scale(domain=[0, 1.25 * most], nice=False)
    x = alt.X("count:Q", title=bars["decision"].iloc[0], scale=upto, axis=alt.Axis(tickCount=4, tickMinStep=1))
    counted = alt.Chart(bars).mark_bar(height={"band": 0.75}).encode(x=x, y=y, color=by_group(language))
    mine = bars[bars["category"] == here].assign(text=f"◀ {text('this_client', language)}")
    mark = alt.Chart(mine).mark_text(align="left", dx=5, fontSize=13, fontWeight="bold", color=ink(dark))
    layers = [counted, mark.encode(x="count:Q", y=y, text="text:N")] if len(mine) else [counted]
    return finish_plot(alt.layer(*layers), dark, 24 * len(bars) + 60, language)


def _line(here: float, dark: bool) -> Plot:
    """Mark the client's value."""
    place = alt.Chart(pd.DataFrame([{"here": here}]))
    return place.mark_rule(strokeWidth=2.5, strokeDash=[6, 3], color=ink(dark)).encode(x="here:Q")


def _axis(*, whole: bool) -> alt.Axis:
    """Make the axis of a number; that of a whole number, such as a count, has no ticks between whole numbers."""
    return alt.Axis(tickMinStep=1) if whole else alt.Axis()


def plot_boxes(
    values: pd.DataFrame, here: float | None, title: str, language: Language, dark: bool, *, whole: bool
) -> Plot:
    """Compare a number's distribution among accepted and refused clients: ``decision``, ``value``."""
    box = (
        alt.Chart(values)
        .mark_boxplot(
            extent=1.5,
            size=30,
            median={"color": "#FFFFFF", "strokeWidth": 3},
            outliers={"size": 12, "opacity": 0.5},
            rule={"color": ink(dark)},
        )
        .encode(
            x=alt.X("value:Q", title=title, scale=alt.Scale(zero=False), axis=_axis(whole=whole)),
            y=alt.Y("decision:N", title=None, sort=name_groups(language)),
            color=by_group(language),
        )
    )
    return finish_plot(box if here is None else alt.layer(box, _line(here, dark)), dark, 190, language)


def plot_scatter(
    values: pd.DataFrame,
    here: tuple[float, float] | None,
    titles: Sequence[str],
    language: Language,
    dark: bool,
    *,
    whole: Sequence[bool],
) -> Plot:
    """Show two numbers of each client: ``x``, ``y``, ``decision``; the better group are circles, the other crosses."""
    shapes = alt.Scale(domain=name_groups(language), range=["circle", _CROSS, "circle", _CROSS])
    legend = alt.Legend(
        orient="top", symbolSize=110, values=sorted(set(values["decision"]), key=name_groups(language).index)
    )
    cloud = (
        alt.Chart(values)
        .mark_point(size=46, opacity=0.85, strokeWidth=1.8)
        .encode(
            x=alt.X("x:Q", title=titles[0], scale=alt.Scale(zero=False), axis=_axis(whole=whole[0])),
            y=alt.Y("y:Q", title=titles[1], scale=alt.Scale(zero=False), axis=_axis(whole=whole[1])),
            color=by_group(language).legend(legend),
            shape=alt.Shape("decision:N", title=None, scale=shapes, legend=legend),
        )
    )
    if here is None:
        return finish_plot(alt.layer(cloud), dark, 460, language)
    place = alt.Chart(pd.DataFrame([{"x": here[0], "y": here[1], "text": text("this_client", language)}]))
    paper = (DARK if dark else TOKENS)["card"]
    star = place.mark_point(
        shape="diamond", size=340, filled=True, color=ink(dark), opacity=1, stroke=paper, strokeWidth=2
    )
    halo = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=paper, stroke=paper, strokeWidth=4)
    name = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=ink(dark))
    texts = [mark.encode(x="x:Q", y="y:Q", text="text:N") for mark in (halo, name)]
    return finish_plot(alt.layer(cloud, star.encode(x="x:Q", y="y:Q"), *texts), dark, 460, language)
