"""Plots of many clients, with one marked among them."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from officer.plots.style import Plot, by_decision, decision_names, drawn, ink
from officer.texts import Language, text

_CROSS = "M-1,-1L1,1M1,-1L-1,1"  # an x, drawn as an SVG path


def histogram(bars: pd.DataFrame, most: int, here: Any, title: str, language: Language, dark: bool) -> Plot:
    """Count the clients of one decision by value.

    Parameters
    ----------
    bars : ``decision`` (the same in all rows), ``count``, and either ``low`` and ``high`` or ``category``.
    most : clients that the axis reaches to, so that two plots compare.
    here : the client's value, or category; None where it is not known.
    """
    count = alt.Y(
        "count:Q", title=bars["decision"].iloc[0], scale=alt.Scale(domain=[0, most]), axis=alt.Axis(tickCount=4)
    )
    base = alt.Chart(bars).mark_bar(stroke=ink(dark), strokeWidth=0.5)
    if "low" in bars:
        ends = alt.Scale(domain=[float(bars["low"].min()), float(bars["high"].max())], nice=False)
        x = alt.X("low:Q", title=title, scale=ends)
        marks = base.encode(x=x, x2="high:Q", y=count, y2=alt.datum(0), color=by_decision(language))
        kind = "Q"
    else:
        axis = alt.Axis(labelAngle=-35, labelLimit=150)
        category = alt.X("category:N", sort=None, title=title, axis=axis)
        marks = base.encode(x=category, y=count, color=by_decision(language))
        kind = "N"
    if here is None:
        return drawn(marks, dark, 190)
    return drawn(alt.layer(marks, _line(here, kind, dark)), dark, 190 if kind == "Q" else 270)


def _line(here: Any, kind: str, dark: bool) -> Plot:
    """Mark where the client stands."""
    place = alt.Chart(pd.DataFrame([{"here": here}]))
    return place.mark_rule(strokeWidth=2.5, strokeDash=[6, 3], color=ink(dark)).encode(x=f"here:{kind}")


def boxes(values: pd.DataFrame, here: float | None, title: str, language: Language, dark: bool) -> Plot:
    """Compare a number's distribution among accepted and refused clients: ``decision``, ``value``."""
    box = (
        alt.Chart(values)
        .mark_boxplot(
            extent=1.5, size=30, median={"color": "#FFFFFF", "strokeWidth": 3}, outliers={"size": 12, "opacity": 0.5}
        )
        .encode(
            x=alt.X("value:Q", title=title, scale=alt.Scale(zero=False)),
            y=alt.Y("decision:N", title=None, sort=decision_names(language)),
            color=by_decision(language),
        )
    )
    return drawn(box if here is None else alt.layer(box, _line(here, "Q", dark)), dark, 190)


def scatter(
    values: pd.DataFrame, here: tuple[float, float] | None, titles: Sequence[str], language: Language, dark: bool
) -> Plot:
    """Show two numbers of each client: ``x``, ``y``, ``decision``; accepted are circles, refused crosses."""
    shapes = alt.Scale(domain=decision_names(language), range=["circle", _CROSS])
    legend = alt.Legend(orient="top", symbolSize=110)
    cloud = (
        alt.Chart(values)
        .mark_point(size=46, opacity=0.85, strokeWidth=1.8)
        .encode(
            x=alt.X("x:Q", title=titles[0], scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title=titles[1], scale=alt.Scale(zero=False)),
            color=by_decision(language).legend(legend),
            shape=alt.Shape("decision:N", title=None, scale=shapes, legend=legend),
        )
    )
    if here is None:
        return drawn(alt.layer(cloud), dark, 460)
    place = alt.Chart(pd.DataFrame([{"x": here[0], "y": here[1], "text": text("this_client", language)}]))
    paper = "#12181F" if dark else "#FFFFFF"
    star = place.mark_point(
        shape="diamond", size=340, filled=True, color=ink(dark), opacity=1, stroke=paper, strokeWidth=2
    )
    halo = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=paper, stroke=paper, strokeWidth=4)
    name = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=ink(dark))
    marks = [mark.encode(x="x:Q", y="y:Q") for mark in (star,)]
    marks += [mark.encode(x="x:Q", y="y:Q", text="text:N") for mark in (halo, name)]
    return drawn(alt.layer(cloud, *marks), dark, 460)
