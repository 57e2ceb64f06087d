"""The report's plots: real and synthetic, readable without colour."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from tools.synthetic.compare import Comparison

RESOLUTION = 110
REAL_STYLE = {"color": "black", "marker": "o", "linestyle": "-"}
SYNTHETIC_STYLE = {"color": "dimgrey", "marker": "s", "linestyle": "--", "markerfacecolor": "white"}
MARKERS = {"continuous": "o", "discrete": "^", "category": "s"}


def write_plots(comparison: "Comparison", real: pd.DataFrame, synthetic: pd.DataFrame, folder: Path) -> None:
    """Write the three plots as PNG files into an existing folder."""
    _save(_columns_plot(comparison), folder / "synthetic_columns.png")
    _save(_default_plot(real, synthetic), folder / "synthetic_default.png")
    _save(_pairs_plot(comparison), folder / "synthetic_pairs.png")


def inputs_to_plot(applications: pd.DataFrame) -> pd.DataFrame:
    """Return the five inputs whose effect on default is drawn, by readable name."""
    return pd.DataFrame(
        {
            "EXT_SOURCE_1": applications["EXT_SOURCE_1"],
            "EXT_SOURCE_2": applications["EXT_SOURCE_2"],
            "EXT_SOURCE_3": applications["EXT_SOURCE_3"],
            "age (years)": -applications["DAYS_BIRTH"] / 365.25,
            "credit / goods price": applications["AMT_CREDIT"] / applications["AMT_GOODS_PRICE"],
        }
    )


def default_by_decile(values: "pd.Series[float]", target: "pd.Series[int]", edges: list[float]) -> pd.DataFrame:
    """Return the mean value and the default rate between edges, columns ``value`` and ``rate``."""
    inside = values.clip(edges[0], edges[-1])
    decile = pd.cut(inside, edges, include_lowest=True, labels=False)
    grouped = pd.DataFrame({"value": values, "rate": target}).groupby(decile)
    return grouped.mean()


def _columns_plot(comparison: "Comparison") -> Any:
    figure = _figure(10.0, 4.8)
    columns = comparison.columns.drop(index="TARGET")
    titles = {"missing": "Missing rate", "target": "Correlation with TARGET"}
    for axes, (key, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        for kind, marker in MARKERS.items():
            rows = columns[columns["kind"] == kind]
            one, other = rows[f"{key}_real"], rows[f"{key}_synthetic"]
            axes.scatter(one, other, marker=marker, s=26, facecolors="none", edgecolors="black", label=kind)
        _diagonal(axes, title)
        axes.legend(title="Column")
    return figure


def _default_plot(real: pd.DataFrame, synthetic: pd.DataFrame) -> Any:
    figure = _figure(13.0, 7.0)
    panels = figure.subplots(2, 3, sharey=True).ravel()
    one, other = inputs_to_plot(real), inputs_to_plot(synthetic)
    for axes, name in zip(panels, one.columns, strict=False):
        edges = np.unique(one[name].quantile(np.linspace(0.0, 1.0, 11))).tolist()
        for label, values, table, style in (
            ("real", one, real, REAL_STYLE),
            ("synthetic", other, synthetic, SYNTHETIC_STYLE),
        ):
            points = default_by_decile(values[name], table["TARGET"], edges)
            axes.plot(points["value"], 100 * points["rate"], label=label, **style)
        axes.set(xlabel=name, ylabel="default rate (%)")
        axes.grid(visible=True, linewidth=0.3)
        axes.legend()
    panels[0].set_ylim(bottom=0.0)
    panels[-1].set_axis_off()
    figure.suptitle("Default rate by decile of the real clients")
    return figure


def _pairs_plot(comparison: "Comparison") -> Any:
    figure = _figure(6.0, 5.6)
    axes = figure.subplots()
    axes.scatter(comparison.pairs["real"], comparison.pairs["synthetic"], s=6, color="black", alpha=0.35)
    _diagonal(axes, f"Rank correlation of two columns ({len(comparison.pairs):,} pairs)")
    return figure


def _diagonal(axes: Any, title: str) -> None:
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color="grey", linewidth=0.8, zorder=0)
    axes.set(title=title, xlabel="real", ylabel="synthetic", aspect="equal")
    axes.grid(visible=True, linewidth=0.3)


def _figure(width: float, height: float) -> Any:
    # The class itself: pyplot would keep figures and choose a display.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=RESOLUTION, metadata={"Software": None})
