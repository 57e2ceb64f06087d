"""The plots of the docs, from the bundled model's manifest and the dated benchmarks: ``python -m tools.site.pictures``.

The bundled model was trained on synthetic clients. A picture has a digest of what it shows, so that a test can tell
whether it has to be drawn again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from scoring.model.manifest import Manifest
from scoring.model.scorer import ProbabilityOfDefault
from scoring.readable.points import points_table
from scoring.readable.terms import group_into_terms
from scoring.settings import PROJECT
from scoring.storage.published_model import load_published
from scoring.training.plots import style
from scoring.training.plots.prediction_plots import plot_reliability
from tools.reference.benchmark_ratios import read_ratios

IMAGES = PROJECT / "docs" / "images"
_TERMS = ("EXT_SOURCE_3", "DAYS_EMPLOYED", "OCCUPATION_TYPE")  # a number, one with missing values, texts
_GOOD, _BAD = "#1d8a80", "#c2571a"  # of scoring/web/static/design.css
Picture = tuple[object, Callable[[], Figure]]


def list_pictures() -> Mapping[str, Picture]:
    """Name every picture, with what it shows and the function that draws it."""
    model = load_published(PROJECT, "the bundled model")
    manifest, report = model.manifest, model.manifest.report
    if report is None:
        raise LookupError("the bundled model has no report: make model")
    terms = list(_points(manifest, model.scorer.probability_of_default))
    ratios = sorted(((one.what, one.value, one.goal, one.reached) for one in read_ratios()), key=lambda one: one[-1])
    threshold = manifest.threshold
    curve = [threshold.cost_curve, threshold.calibrated, manifest.review_band.model_dump(), manifest.costs.model_dump()]
    deciles, near, served = report.reliability, report.around_threshold, threshold.calibrated
    shown = [[one.model_dump() for one in bins] for bins in (deciles, near)]
    return {
        "cost_curve": (curve, lambda: draw_cost_curve(manifest)),
        "calibration": ([shown, served], lambda: plot_reliability(deciles, near, served)),
        "points": (terms, lambda: draw_points(terms)),
        "benchmarks": (ratios, lambda: draw_ratios(ratios)),
    }


def digest(shown: object) -> str:
    """Identify what a picture shows."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]


def draw_cost_curve(manifest: Manifest) -> Figure:
    """Draw the cost per client by threshold, with the threshold that is served and the review band."""
    drawn, axes = style.plot(8, 4.2)
    thresholds, costs = zip(*manifest.threshold.cost_curve, strict=True)
    band, served = manifest.review_band, manifest.threshold.calibrated
    axes.plot(thresholds, costs, color="black", label="cost per client, out of fold")
    if band.low is not None and band.high is not None:
        axes.axvspan(band.low, band.high, color="0.87", label=f"review band ({band.low:.1%} to {band.high:.1%})")
    axes.axvline(served, color=_BAD, linestyle=":", linewidth=1.8, label=f"threshold from the costs ({served:.2%})")
    style.risk_scale(axes, min(thresholds), max(thresholds))
    axes.set(xlabel="refuse from this calibrated probability of default on", ylabel="cost per client")
    axes.set_title("Synthetic clients: cost by threshold")
    style.finish(axes, "", "upper center")
    return drawn


def _points(manifest: Manifest, probability: ProbabilityOfDefault) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    for term in terms:
        if term.name in _TERMS:
            rows = points_table(manifest.plan, [term], probability, manifest.calibration, manifest.scaling)
            yield term.label.en, [(row.bin.en, row.exact) for row in rows]


def draw_points(terms: list[tuple[str, list[tuple[str, float]]]]) -> Figure:
    """Draw the points of every bin of some terms of the scorecard."""
    drawn = style.figure(8, 1.2 + 0.24 * sum(len(bins) for _label, bins in terms))
    heights = [len(bins) + 1 for _label, bins in terms]
    panels: Any = drawn.subplots(len(terms), 1, sharex=True, height_ratios=heights, squeeze=False)
    for axes, (label, bins) in zip(panels[:, 0], terms, strict=True):
        axes.barh(range(len(bins)), [points for _text, points in bins], color="0.45", height=0.7)
        style.label_rows(axes, [text for text, _points in bins], 48)
        axes.set_title(label, fontsize=10)
        style.finish(axes)
    panels[-1, 0].set_xlabel("points; more points are less risk")
    return drawn


def draw_ratios(ratios: list[tuple[str, float, float, float]]) -> Figure:
    """Draw how far each goal is reached, the least first."""
    drawn, axes = style.plot(9, 0.9 + 0.34 * len(ratios))
    for place, (_what, value, goal, reached) in enumerate(ratios):
        missed = reached < 1
        axes.barh(place, reached, color=_BAD if missed else _GOOD, hatch="//" if missed else None, edgecolor="white")
        axes.text(reached + 0.02, place, f"{value:g} (goal {goal:g})", va="center", fontsize=8)
    style.label_rows(axes, [what for what, *_others in ratios], 90)
    axes.axvline(1, color="black", linewidth=1.2)
    axes.set_xlim(0, 1.35 * max(reached for *_others, reached in ratios))
    axes.set_xlabel("share of the goal; 1 is reached")
    style.finish(axes)
    return drawn


def main(folder: Path = IMAGES) -> None:
    """Draw all pictures."""
    for name, (shown, draw) in list_pictures().items():
        metadata = {"Software": None, "Description": digest(shown)}
        draw().savefig(folder / f"{name}.png", dpi=100, metadata=metadata)


if __name__ == "__main__":
    main()
