"""Plots of one client's risk: gauge, waterfall, and the model's importances."""

from collections.abc import Iterable, Mapping
from typing import Literal

import altair as alt
import pandas as pd

from officer.model import Scale
from officer.plots.style import ACCEPTED, NEUTRAL, REFUSED, Plot, finish_plot, ink
from officer.texts import Language, text
from officer.words import format_percent, format_risk

_Align = Literal["left", "center", "right"]


def plot_gauge(scale: Scale, risks: Mapping[str, float], language: Language, dark: bool) -> Plot:
    """Show risks on a line, with the zone of acceptance, the review band and the threshold.

    Parameters
    ----------
    risks : by name, 0-1; the first is emphasised.
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
    limit_text = _write_threshold(scale, end, language, dark)
    pointers = [
        mark
        for place, named in enumerate(risks.items())
        for mark in _pointer(*named, place, end, scale, language, dark)
    ]
    return finish_plot(
        alt.layer(bars, named.encode(x="middle:Q", y=_level("centre:Q"), text="zone:N"), rule, limit_text, *pointers),
        dark,
        165,
        language,
    )


_ZONES = ("#BFDDF0", "#D9D2E3", "#F3CDB6")  # dark texts are written on them


def _zones(scale: Scale, end: float, language: Language) -> pd.DataFrame:
    low, high = scale.review or (scale.threshold, scale.threshold)
    ends = {"accepted": (0.0, low), "review": (low, high), "refused": (high, end)}
    rows = [
        {"zone": text(f"zone.{name}", language), "from": start, "to": stop, "middle": (start + stop) / 2}
        for name, (start, stop) in ends.items()
    ]
    return pd.DataFrame(rows).assign(low=5.0, high=33.0, centre=19.0)


def _write_threshold(scale: Scale, end: float, language: Language, dark: bool) -> Plot:
    """Write the threshold and the review band below the threshold's mark."""
    label = text("zone.threshold", language, at=format_percent(scale.threshold, language))
    if scale.review:
        low, high = (format_percent(one, language) for one in scale.review)
        label += text("zone.band", language, low=low, high=high)
    place = scale.threshold / end
    align: _Align = "left" if place < 0.25 else "right" if place > 0.75 else "center"
    row = pd.DataFrame([{"at": scale.threshold, "level": -12.0, "text": label}])
    words = alt.Chart(row).mark_text(color=ink(dark), fontSize=13, align=align)
    return words.encode(x="at:Q", y=_level("level:Q"), text="text:N")


def _level(column: str) -> alt.Y:
    """Vertical place, from -24 to 90; a gauge has no vertical axis."""
    return alt.Y(column, axis=None, scale=alt.Scale(domain=[-24, 90], nice=False))


def gauge_end(scale: Scale, risks: Iterable[float]) -> float:
    """Right end of a gauge: all risks fit, and the threshold is far from the edge."""
    return min(1.0, max(3 * scale.threshold, *(1.15 * risk for risk in risks)))


def _pointer(
    name: str, share: float, place: int, end: float, scale: Scale, language: Language, dark: bool
) -> list[Plot]:
    """Point at a risk: the first pointer is filled and bold, others are hollow and higher."""
    row = pd.DataFrame(
        [
            {
                "risk": share,
                "text": f"{name} {format_risk(share, scale, language)}",
                "tip": 42.0,
                "level": 58.0 + 20 * place,
            }
        ]
    )
    align: _Align = "left" if share < 0.12 * end else "right" if share > 0.88 * end else "center"
    weight: Literal["normal", "bold"] = "normal" if place else "bold"
    tip = alt.Chart(row).mark_point(
        shape="triangle-down", size=150, filled=not place, color=ink(dark), opacity=1, strokeWidth=2
    )
    words = alt.Chart(row).mark_text(color=ink(dark), fontSize=14, fontWeight=weight, align=align)
    return [
        tip.encode(x="risk:Q", y=_level("tip:Q")),
        words.encode(x="risk:Q", y=_level("level:Q"), text="text:N"),
    ]


def _percents(language: Language) -> str:
    """Vega expression that writes a share as a percentage."""
    return f"format(datum.value * 100, '.3~g') + '{chr(0x202F) if language == 'fr' else ''}%'"


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
