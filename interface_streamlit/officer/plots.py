"""Plots. None means anything by colour alone: side, row, shape, or a written label says the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import altair as alt
import pandas as pd

from officer.model import Scale
from officer.texts import Language, text
from officer.words import percent, points

# Far enough apart in lightness for greyscale, and at least 3:1 against both the light and the dark background.
ACCEPTED, REFUSED, REVIEW = "#2E86C1", "#C2571A", "#8E7CA8"
_NEUTRAL = "#7B8794"
Plot = Any  # what Altair's own methods are declared to give
_CROSS = "M-1,-1L1,1M1,-1L-1,1"  # an x, drawn as an SVG path
_Align = Literal["left", "center", "right"]
_LABELS = {"ACCEPTED": ACCEPTED, "REFUSED": REFUSED}


def ink(dark: bool) -> str:
    """Colour of what is written and drawn on the background."""
    return "#F1F4F7" if dark else "#1B2631"


def gauge(scale: Scale, risks: Mapping[str, float], language: Language, dark: bool) -> Plot:
    """Show risks on a line, with the zone of acceptance, the review band and the threshold.

    Parameters
    ----------
    risks : by name, 0-1; the first is the one that counts.
    """
    end = gauge_end(scale, risks.values())
    title = text("risk" if scale.calibrated else "risk.own", language)
    x = alt.X(
        "from:Q",
        title=title,
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(labelExpr=_percents(language), tickCount=8, grid=False),
    )
    zones = _zones(scale, end, language)
    bars = (
        alt.Chart(zones[zones["to"] > zones["from"]])
        .mark_bar(stroke=ink(dark), strokeWidth=1)
        .encode(
            x=x,
            x2="to:Q",
            y=_level("low:Q"),
            y2="high:Q",
            color=alt.Color("zone:N", legend=None).scale(domain=zones["zone"].tolist(), range=list(_ZONES)),
        )
    )
    named = alt.Chart(zones[(zones["to"] - zones["from"]) / end > 0.12]).mark_text(color=ink(False), fontSize=13)
    limit = pd.DataFrame([{"at": scale.threshold, "low": -2.0, "high": 40.0}])
    rule = alt.Chart(limit).mark_rule(strokeWidth=3, color=ink(dark)).encode(x="at:Q", y=_level("low:Q"), y2="high:Q")
    limits = [_under_threshold(scale, end, language, dark)]
    pointers = [
        mark for place, told in enumerate(risks.items()) for mark in _pointer(*told, place, end, language, dark)
    ]
    return _drawn(
        alt.layer(bars, named.encode(x="middle:Q", y=_level("centre:Q"), text="zone:N"), rule, *limits, *pointers),
        dark,
        165,
    )


_ZONES = ("#BFDDF0", "#D9D2E3", "#F3CDB6")  # dark words are written on them


def _zones(scale: Scale, end: float, language: Language) -> pd.DataFrame:
    low, high = scale.review or (scale.threshold, scale.threshold)
    ends = {"accepted": (0.0, low), "review": (low, high), "refused": (high, end)}
    rows = [
        {"zone": text(f"zone.{name}", language), "from": start, "to": stop, "middle": (start + stop) / 2}
        for name, (start, stop) in ends.items()
    ]
    return pd.DataFrame(rows).assign(low=5.0, high=33.0, centre=19.0)


def _under_threshold(scale: Scale, end: float, language: Language, dark: bool) -> Plot:
    """Write the threshold below its mark, and what lies around it."""
    said = text("zone.threshold", language, at=percent(scale.threshold, language))
    if scale.review:
        low, high = (percent(one, language) for one in scale.review)
        said += text("zone.band", language, low=low, high=high)
    place = scale.threshold / end
    align: _Align = "left" if place < 0.25 else "right" if place > 0.75 else "center"
    told = pd.DataFrame([{"at": scale.threshold, "level": -12.0, "text": said}])
    words = alt.Chart(told).mark_text(color=ink(dark), fontSize=13, align=align)
    return words.encode(x="at:Q", y=_level("level:Q"), text="text:N")


def _level(column: str) -> alt.Y:
    """Place something by height, from -24 to 90; a gauge has no vertical axis."""
    return alt.Y(column, axis=None, scale=alt.Scale(domain=[-24, 90], nice=False))


def _drawn(chart: Any, dark: bool, height: int) -> Plot:
    """Set the height, axes included, and write axes in full ink."""
    return (
        chart.properties(height=height)
        .configure_axis(labelColor=ink(dark), titleColor=ink(dark), labelFontSize=13, titleFontSize=13)
        .configure_legend(labelColor=ink(dark), labelFontSize=13)
    )


def gauge_end(scale: Scale, risks: Iterable[float]) -> float:
    """Right end of a gauge: what is shown fits, and the threshold is never squeezed to the edge."""
    return min(1.0, max(3 * scale.threshold, *(1.15 * risk for risk in risks)))


def _pointer(name: str, risk: float, place: int, end: float, language: Language, dark: bool) -> list[Plot]:
    """Point at a risk: the first filled and bold, others hollow and higher up."""
    told = pd.DataFrame(
        [{"risk": risk, "text": f"{name} {percent(risk, language)}", "tip": 42.0, "level": 58.0 + 20 * place}]
    )
    align: _Align = "left" if risk < 0.12 * end else "right" if risk > 0.88 * end else "center"
    weight: Literal["normal", "bold"] = "normal" if place else "bold"
    tip = alt.Chart(told).mark_point(
        shape="triangle-down", size=150, filled=not place, color=ink(dark), opacity=1, strokeWidth=2
    )
    words = alt.Chart(told).mark_text(color=ink(dark), fontSize=14, fontWeight=weight, align=align)
    return [
        tip.encode(x="risk:Q", y=_level("tip:Q")),
        words.encode(x="risk:Q", y=_level("level:Q"), text="text:N"),
    ]


def _percents(language: Language) -> str:
    """Vega expression that writes a share as a percentage."""
    written = "format(datum.value * 100, '.3~g')"
    return f"replace({written}, '.', ',') + '\u202f%'" if language == "fr" else f"{written} + '%'"


def waterfall(steps: pd.DataFrame, unit: str, dark: bool) -> Plot:
    """Show how the parts lead from the base value to the risk, each named above its bar.

    Parameters
    ----------
    steps : one row a bar, in order: ``term``, ``kind`` (total, up, down), ``low``, ``high``, ``written``.
    """
    low, high = min(0.0, steps["low"].min()), max(0.0, steps["high"].max())
    x = alt.X(
        "low:Q",
        title=unit,
        scale=alt.Scale(domain=[low, high + 0.15 * (high - low)], nice=False),
        axis=alt.Axis(format="~g", tickCount=6),
    )
    colour = alt.Color("kind:N", legend=None).scale(domain=["total", "up", "down"], range=[_NEUTRAL, REFUSED, ACCEPTED])
    bars = alt.Chart(steps).mark_bar(height=15, yOffset=9).encode(x=x, x2="high:Q", y=_row(), color=colour)
    labels = alt.Chart(steps).mark_text(align="left", dx=5, dy=9, fontSize=13, color=ink(dark))
    shown = labels.encode(x="high:Q", y=_row(), text="written:N")
    return _drawn(alt.layer(bars, shown, _names_above(steps, dark)), dark, _ROW * len(steps) + 60)


_ROW = 42  # pixels of a bar and its name


def _row() -> alt.Y:
    return alt.Y("term:N", sort=None, axis=None)


def _names_above(rows: pd.DataFrame, dark: bool) -> Plot:
    """Write terms above their bars: however long they are, the bars keep the whole width."""
    names = alt.Chart(rows).mark_text(align="left", dy=-9, fontSize=13, color=ink(dark), limit=alt.expr("width"))
    return names.encode(x=alt.value(2), y=_row(), text="term:N")


def importance_bars(importances: pd.DataFrame, language: Language, dark: bool) -> Plot:
    """Show the model's own importances: ``term`` and ``importance``."""
    axis = alt.Axis(format="~g", tickCount=4)
    bars = (
        alt.Chart(importances)
        .mark_bar(color=_NEUTRAL, height=15, yOffset=9)
        .encode(x=alt.X("importance:Q", title=text("importance.axis", language), axis=axis), y=_row())
    )
    return _drawn(alt.layer(bars, _names_above(importances, dark)), dark, _ROW * len(importances) + 60)


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
        drawn = base.encode(x=x, x2="high:Q", y=count, y2=alt.datum(0), color=_by_decision(language))
        kind = "Q"
    else:
        axis = alt.Axis(labelAngle=-35, labelLimit=150)
        category = alt.X("category:N", sort=None, title=title, axis=axis)
        drawn = base.encode(x=category, y=count, color=_by_decision(language))
        kind = "N"
    if here is None:
        return _drawn(drawn, dark, 190)
    return _drawn(alt.layer(drawn, _line(here, kind, dark)), dark, 190 if kind == "Q" else 270)


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
            y=alt.Y("decision:N", title=None, sort=_names(language)),
            color=_by_decision(language),
        )
    )
    return _drawn(box if here is None else alt.layer(box, _line(here, "Q", dark)), dark, 190)


def scatter(
    values: pd.DataFrame, here: tuple[float, float] | None, titles: Sequence[str], language: Language, dark: bool
) -> Plot:
    """Show two numbers of each client: ``x``, ``y``, ``decision``; accepted are circles, refused crosses."""
    shapes = alt.Scale(domain=_names(language), range=["circle", _CROSS])
    legend = alt.Legend(orient="top", symbolSize=110)
    cloud = (
        alt.Chart(values)
        .mark_point(size=46, opacity=0.85, strokeWidth=1.8)
        .encode(
            x=alt.X("x:Q", title=titles[0], scale=alt.Scale(zero=False)),
            y=alt.Y("y:Q", title=titles[1], scale=alt.Scale(zero=False)),
            color=_by_decision(language).legend(legend),
            shape=alt.Shape("decision:N", title=None, scale=shapes, legend=legend),
        )
    )
    if here is None:
        return _drawn(alt.layer(cloud), dark, 460)
    place = alt.Chart(pd.DataFrame([{"x": here[0], "y": here[1], "text": text("this_client", language)}]))
    paper = "#12181F" if dark else "#FFFFFF"
    star = place.mark_point(
        shape="diamond", size=340, filled=True, color=ink(dark), opacity=1, stroke=paper, strokeWidth=2
    )
    halo = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=paper, stroke=paper, strokeWidth=4)
    name = place.mark_text(dy=-20, fontSize=14, fontWeight="bold", color=ink(dark))
    marks = [mark.encode(x="x:Q", y="y:Q") for mark in (star,)]
    marks += [mark.encode(x="x:Q", y="y:Q", text="text:N") for mark in (halo, name)]
    return _drawn(alt.layer(cloud, *marks), dark, 460)


def decision_name(decision: str, language: Language) -> str:
    """Say whom a row or a marker is about: accepted or refused clients."""
    return text(f"group.{decision}", language)


def _names(language: Language) -> list[str]:
    return [decision_name(decision, language) for decision in _LABELS]


def _by_decision(language: Language) -> alt.Color:
    return alt.Color("decision:N", title=None, legend=None).scale(domain=_names(language), range=list(_LABELS.values()))


def step_text(value: float, language: Language) -> str:
    """Write a step of a waterfall with its direction.

    >>> step_text(1.2, "en"), step_text(-0.25, "fr")
    ('▲ +1.20', '▼ −0,25')
    """
    return f"{'▲' if value >= 0 else '▼'} {points(value, language)}"
