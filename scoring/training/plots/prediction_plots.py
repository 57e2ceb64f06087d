"""Plots of predictions against outcomes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from scoring.model.calibration import Floats
from scoring.model.costs import Costs
from scoring.model.costs import cost_curve as costs_at
from scoring.model.report import ApprovalRow, GainsRow, Optimum, ReliabilityBin
from scoring.model.scorer import ReviewBand
from scoring.training.evaluation.ranking import auc
from scoring.training.plots import style

_BAND: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.45", "hatch": "///", "linewidth": 0.0}


def plot_roc(target: NDArray[Any], predictions: Mapping[str, Floats], weights: Floats | None = None) -> Figure:
    """Draw the ROC curves of models by name, each with probabilities of shape (n,).

    In this and the other plots ``weights``, shape (n,), say how often each client counts; once by default.
    """
    figure, axes = style.plot(5.8, 5.6)
    for position, (name, probability) in enumerate(predictions.items()):
        refused_good, refused_bad, _ = roc_curve(target, probability, sample_weight=weights)
        label = f"{name} (AUC {auc(target, probability, weights):.3f})"
        axes.plot(refused_good, refused_bad, **style.line(position), label=label)
    axes.plot([0, 1], [0, 1], **style.REFERENCE, label="no skill (AUC 0.500)")
    axes.set(title="ROC: defaults refused against good clients refused", aspect="equal", xlim=(0, 1), ylim=(0, 1))
    axes.set(xlabel="good clients refused (false positive rate)", ylabel="defaults refused (true positive rate)")
    style.finish(axes, "xy", "lower right")
    return figure


def plot_precision_recall(
    target: NDArray[Any], predictions: Mapping[str, Floats], weights: Floats | None = None
) -> Figure:
    """Draw the precision-recall curves of models by name, each with probabilities of shape (n,)."""
    figure, axes = style.plot(5.8, 5.2)
    highest = 0.0
    for position, (name, probability) in enumerate(predictions.items()):
        precision, recall, _ = precision_recall_curve(target, probability, sample_weight=weights)
        area = average_precision_score(target, probability, sample_weight=weights)
        axes.plot(recall, precision, **style.line(position), label=f"{name} (PR-AUC {area:.3f})")
        # The precision of the first few refusals varies between 0 and 100 %; it must not set the scale.
        highest = max(highest, float(precision[recall > 0.01].max()))
    rate = float(np.average(target, weights=weights))
    axes.axhline(rate, **style.REFERENCE, label=f"no skill ({100 * rate:.1f} %)")
    axes.set(title="Precision against recall", xlabel="recall (share of defaults refused)")
    axes.set(ylabel="precision (defaults among the refused)", xlim=(0, 1), ylim=(0, min(1.0, 1.1 * highest)))
    style.finish(axes, "xy", "upper right")
    return figure


def plot_reliability(bins: Sequence[ReliabilityBin], fine: Sequence[ReliabilityBin], threshold: float) -> Figure:
    """Draw predicted against observed: deciles of all clients, and narrow bins near the threshold."""
    figure = style.figure(10.6, 5.2)
    titles = ("Reliability, deciles of the clients", "Reliability near the threshold")
    for axes, rows, title in zip(figure.subplots(1, 2), (bins, fine), titles, strict=True):
        _with_bounds(axes, rows)
        highest = 1.08 * max([row.high for row in rows], default=1.0)
        lowest = 0.0 if rows is bins else 0.92 * min([row.low for row in rows], default=0.0)
        axes.plot([lowest, highest], [lowest, highest], **style.REFERENCE, label="predicted = observed")
        axes.axvline(threshold, color="black", linestyle=":", linewidth=1.2, label=f"threshold {_short(threshold)}")
        axes.set(title=title, xlabel="mean calibrated probability", ylabel="default rate", aspect="equal")
        axes.set(xlim=(lowest, highest), ylim=(lowest, highest))
        style.finish(axes, "xy", "upper left")
    return figure


def plot_cost_curve(
    target: NDArray[Any],
    calibrated: Floats,
    costs: Costs,
    served: float,
    optimum: Optimum,
    review: ReviewBand,
    weights: Floats | None = None,
) -> Figure:
    """Draw the cost per client by threshold, with the threshold served, the lowest point and both regions."""
    figure, axes = style.plot(8.2, 5.2)
    first, last = min(0.01, served / 2), max(0.6, min((1 + served) / 2, 0.9999))
    thresholds = 1 / (1 + np.exp(-np.linspace(np.log(first / 2), np.log(4 / 3 * last / (1 - last)), 600)))
    curve = costs_at(target, calibrated, thresholds, costs, weights)
    axes.plot(thresholds, curve, color="black", linewidth=1.6, label="cost per client")
    low, high = optimum.flat_low, optimum.flat_high
    label = f"cost within {100 * optimum.tolerance:g} % of the lowest ({_span(low, high)})"
    axes.axvspan(low, high, color="0.88", label=label)
    axes.axvspan(review.low, review.high, **_BAND, label=f"review band ({_span(review.low, review.high)})")
    axes.axvline(served, color="black", linestyle=":", linewidth=1.5, label=f"threshold served {_short(served)}")
    _lowest_point(axes, optimum, float(np.ptp(curve)))
    everybody = float(costs.false_negative * np.average(target, weights=weights))
    axes.axhline(everybody, **style.REFERENCE, label=f"accept all ({everybody:.3f})")
    style.risk_scale(axes, first, last)
    axes.set(title="Cost of decisions by threshold", xlabel="threshold, calibrated probability (log-odds scale)")
    missed, wrong = f"{costs.false_negative:.15g}", f"{costs.false_positive:.15g}"
    axes.set(ylabel=f"cost per client (default: {missed}, wrong refusal: {wrong})")
    axes.set_ylim(top=float(curve.min() + 1.45 * (max(curve[0], everybody) - curve.min())))
    style.finish(axes, "", "upper right")
    return figure


def plot_gains(rows: Sequence[GainsRow]) -> Figure:
    """Draw the cumulative share of defaults by decile, and the default rate and prediction of each decile."""
    figure = style.figure(10.6, 4.8)
    left, right = figure.subplots(1, 2)
    clients = np.cumsum([row.clients for row in rows]) / sum(row.clients for row in rows)
    # The lift is the captured share divided by that of the clients, who may have weights.
    share = np.r_[0.0, [row.captured / row.lift if row.lift else one for row, one in zip(rows, clients, strict=True)]]
    left.plot(share, [0.0, *(row.captured for row in rows)], "o-", color="black", label="model")
    left.plot([0, 1], [0, 1], **style.REFERENCE, label="no skill")
    for row, at in list(zip(rows, share[1:], strict=True))[:5]:
        left.annotate(f"lift {row.lift:.1f}", (at, row.captured), (7, -12), textcoords="offset points", fontsize=8)
    left.set(title="Gains: riskiest clients first", xlabel="share of clients", ylabel="share of all defaults")
    left.set(xlim=(0, 1), ylim=(0, 1.02))
    style.finish(left, "xy", "lower right")
    numbers = [row.tenth for row in rows]
    right.bar(numbers, [row.default_rate for row in rows], color="0.8", edgecolor="black", label="default rate")
    right.plot(numbers, [row.predicted for row in rows], "D", color="black", markersize=5, label="mean prediction")
    right.set(title="Default rate by decile", xlabel="decile of the clients (1 = riskiest)", xticks=numbers)
    right.set(ylabel="default rate")
    style.finish(right, "y", "upper right")
    return figure


def plot_approval(rows: Sequence[ApprovalRow]) -> Figure:
    """Draw the default rate of accepted clients by approval rate."""
    figure, axes = style.plot(6.6, 4.8)
    ordered = sorted(rows, key=lambda row: row.approval_rate)
    approved, bad = [row.approval_rate for row in ordered], [row.bad_rate for row in ordered]
    bounds = [row.low for row in ordered], [row.high for row in ordered]
    axes.fill_between(approved, *bounds, color="0.85", label="95 % bounds")
    axes.plot(approved, bad, "o-", color="black", label="default rate of accepted clients")
    look: dict[str, Any] = {"color": "black", "markerfacecolor": "white", "markersize": 9}
    for row in (row for row in ordered if row.served):
        label = f"threshold served: {_short(row.approval_rate)} accepted, {_short(row.bad_rate)} default"
        axes.plot(row.approval_rate, row.bad_rate, "D", **look, label=label)
    axes.set(title="Approval rate against bad rate", xlabel="share of clients accepted", ylabel="default rate", ylim=0)
    style.finish(axes, "xy", "upper left")
    return figure


def plot_distribution(
    target: NDArray[Any], calibrated: Floats, threshold: float, review: ReviewBand, weights: Floats | None = None
) -> Figure:
    """Draw the distribution of calibrated probabilities for each outcome."""
    figure, axes = style.plot(8.2, 4.8)
    edges = 1 / (1 + np.exp(-np.linspace(np.log(0.002), np.log(4.0), 71)))
    inside = np.clip(calibrated, edges[0], edges[-1])
    outcomes = ((0, "repaid", {"color": "0.82", "histtype": "stepfilled", "edgecolor": "0.5"}),
                (1, "defaulted", {"color": "black", "histtype": "step", "linewidth": 1.6}))  # fmt: skip
    for outcome, name, look in outcomes:
        own = np.asarray(target) == outcome
        members, counts = inside[own], np.ones(own.sum()) if weights is None else weights[own]
        axes.hist(
            members,
            bins=edges.tolist(),
            weights=counts / max(counts.sum(), 1e-9),
            label=f"{name} ({len(members):,} clients)",
            **look,
        )
    axes.axvspan(review.low, review.high, **_BAND, label=f"review band ({_span(review.low, review.high)})")
    axes.axvline(threshold, color="black", linestyle=":", linewidth=1.5, label=f"threshold {_short(threshold)}")
    style.risk_scale(axes, float(edges[0]), float(edges[-1]))
    axes.set(title="Calibrated probability by outcome", xlabel="calibrated probability (log-odds scale)")
    axes.set(ylabel="share of clients with this outcome")
    style.finish(axes, "y", "upper right")
    return figure


def _lowest_point(axes: Axes, optimum: Optimum, height: float) -> None:
    """Mark the lowest point, and draw its interval a little below the curve."""
    best = optimum.threshold
    distances = [[max(best.value - best.low, 0.0)], [max(best.high - best.value, 0.0)]]
    name = f"lowest point {_short(best.value)} (95 %: {_span(best.low, best.high)})"
    look: dict[str, Any] = {"fmt": "D", "color": "black", "markerfacecolor": "white", "capsize": 4}
    axes.errorbar([best.value], [optimum.cost - 0.05 * height], xerr=distances, label=name, **look)


def _with_bounds(axes: Axes, rows: Sequence[ReliabilityBin]) -> None:
    observed = np.array([row.observed for row in rows])
    bounds = [observed - [row.low for row in rows], np.array([row.high for row in rows]) - observed]
    look: dict[str, Any] = {"fmt": "o", "color": "black", "markersize": 5, "capsize": 3}
    axes.errorbar([row.predicted for row in rows], observed, yerr=bounds, **look, label="observed, 95 % bounds")


def _short(share: float) -> str:
    return f"{100 * share:.1f} %"


def _span(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f} %"
