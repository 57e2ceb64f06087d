"""Plots of a model card; their figures also stand in a table."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from scoring.model.manifest import Manifest
from scoring.model.report import GroupFigures, ReliabilityBin, SegmentFigures
from scoring.model_card.card_texts import CardTexts
from scoring.model_card.drawing import Axis, Mark, Place, Plot
from scoring.readable.points import PointsRow

FOUR_FIFTHS = 0.8  # a group accepted less often than this share of the largest group is a sign of disparate impact
_TERMS = 6  # whose shapes are drawn
_MIDDLE = 50.0  # where a mark with its name lies between the top and the bottom of its own drawing


def draw_calibration(bins: Sequence[ReliabilityBin], texts: CardTexts) -> Plot:
    """Draw what was observed against what was predicted; on the diagonal both are equal."""
    axis = Axis.around([number for one in bins for number in (one.predicted, one.high)], whole=True)
    ticks = [(axis.place(tick), texts.percent(tick, decimals=0)) for tick in axis.ticks]

    def place(x: float, y: float) -> Place:
        return axis.place(x), 100 - axis.place(y)

    return Plot(
        title=texts.say("plot_calibration"),
        description=texts.say("plot_calibration_is"),
        x_name=texts.say("column_predicted"),
        y_name=texts.say("column_observed"),
        x_ticks=tuple(ticks),
        y_ticks=tuple((100 - at, text) for at, text in ticks),
        marks=tuple(
            Mark(place(one.predicted, one.observed), (place(one.predicted, one.low), place(one.predicted, one.high)))
            for one in bins
        ),
        lines=((place(axis.low, axis.low), place(axis.high, axis.high), texts.say("plot_equal")),),
    )


def draw_costs(manifest: Manifest, texts: CardTexts) -> Plot | None:
    """Draw the cost per client at each threshold; None where the manifest does not have the curve."""
    curve, served = manifest.threshold.cost_curve, manifest.threshold.calibrated
    if len(curve) < 2:
        return None
    x = Axis.around((served, *(at for at, _ in curve)), whole=True)
    y = Axis.around(cost for _, cost in curve)
    limit, optimum = x.place(served), manifest.report.optimum if manifest.report else None
    area = (x.place(optimum.flat_low), x.place(optimum.flat_high), texts.say("plot_flat")) if optimum else None
    every = max(1, len(curve) // 20)
    return Plot(
        title=texts.say("plot_costs"),
        description=texts.say("plot_costs_is"),
        x_name=texts.say("column_threshold"),
        y_name=texts.say("column_cost_per_client"),
        x_ticks=tuple((x.place(tick), texts.percent(tick, decimals=0)) for tick in x.ticks),
        y_ticks=tuple((100 - y.place(tick), texts.number(tick)) for tick in y.ticks),
        line=tuple((x.place(at), 100 - y.place(cost)) for at, cost in curve),
        lines=(((limit, 100), (limit, 0), texts.say("plot_served", threshold=texts.percent(served))),),
        area=area,
        header=(texts.say("column_threshold"), texts.say("column_cost_per_client")),
        rows=tuple((texts.percent(at), texts.fixed(cost, decimals=3)) for at, cost in curve[::every]),
    )


def draw_ratios(groups: Sequence[GroupFigures], names: Sequence[str], texts: CardTexts) -> Plot | None:
    """Draw each group's rate of acceptance as a ratio to the largest group's; None without one."""
    ratios = [one.acceptance_ratio for one in groups if one.acceptance_ratio]
    if len(ratios) < len(groups):
        return None
    axis = Axis.around([0.7, 1.0, *(end for one in ratios for end in (one.low, one.high))])
    marks = []
    for ratio, name in zip(ratios, names, strict=True):
        low, place, high = ((axis.place(one), _MIDDLE) for one in (ratio.low, ratio.value, ratio.high))
        marks.append(Mark(place, (low, high), name, texts.metric(ratio, 2)))
    limit = axis.place(FOUR_FIFTHS)
    return Plot(
        title=texts.say("plot_ratios"),
        description=texts.say("plot_ratios_is"),
        x_name=texts.say("column_acceptance_ratio"),
        x_ticks=tuple((axis.place(tick), texts.number(tick)) for tick in axis.ticks),
        marks=tuple(marks),
        lines=(
            ((limit, 0), (limit, 100), texts.say("plot_four_fifths")),
            ((axis.place(1), 0), (axis.place(1), 100), ""),
        ),
    )


_Group = TypeVar("_Group", GroupFigures, SegmentFigures)


def in_order(groups: Sequence[_Group]) -> list[_Group]:
    """Order ranges of numbers, such as ages, by their beginning; other groups keep their order, the largest first."""
    is_age = all(re.search(r"\d", one.group) for one in groups)
    return sorted(groups, key=lambda one: age_order(one.group)) if is_age else list(groups)


def age_order(group: str) -> tuple[float, bool]:
    """Order ranges, such as those of ages, by their beginning.

    >>> sorted(["35 to 44", "65 and over", "25 to 34", "under 25"], key=age_order)
    ['under 25', '25 to 34', '35 to 44', '65 and over']
    >>> sorted(["> 3, ≤ 7.5", "> 7.5", "≤ 3"], key=age_order)
    ['≤ 3', '> 3, ≤ 7.5', '> 7.5']
    """
    found = re.search(r"-?\d+(\.\d+)?", group)
    return (float(found[0]) if found else 0.0, not group.startswith(("under", "≤")))


def draw_shapes(rows: Sequence[PointsRow], texts: CardTexts) -> tuple[Plot, ...]:
    """Draw the points of every bin of the terms that differ most between bins."""
    terms = [(term, list(bins)) for term, bins in groupby(rows, key=lambda row: texts.label(row.term))]

    def spread(bins: Sequence[PointsRow]) -> int:
        return max(one.points for one in bins) - min(one.points for one in bins)

    chosen = sorted(terms, key=lambda pair: -spread(pair[1]))[:_TERMS]
    if not chosen:
        return ()
    axis = Axis.around([one.points for _, bins in chosen for one in bins], whole=True)
    return tuple(_draw_shape(term, bins, axis, texts) for term, bins in chosen)


def _draw_shape(term: str, bins: Sequence[PointsRow], axis: Axis, texts: CardTexts) -> Plot:
    marks = []
    for one in bins:
        end = (axis.place(one.points), _MIDDLE)
        marks.append(Mark(end, ((0, _MIDDLE), end), texts.label(one.bin), texts.fixed(one.points, decimals=0)))
    return Plot(
        title=term,
        description=texts.say("plot_shape_is", term=term),
        x_name=texts.say("column_points"),
        marks=tuple(marks),
        bars=True,
    )
