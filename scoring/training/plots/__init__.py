"""Plots of a model: functions that take data and return a figure, readable without colour.

No figure stays in memory and no display is needed; ``save`` writes a PNG.
"""

from scoring.training.plots.feature_plots import TermBins, plot_beeswarm, plot_importances, plot_terms
from scoring.training.plots.interval_plots import plot_candidates, plot_groups
from scoring.training.plots.model_plots import plot_model
from scoring.training.plots.prediction_plots import (
    plot_approval,
    plot_cost_curve,
    plot_distribution,
    plot_gains,
    plot_precision_recall,
    plot_reliability,
    plot_roc,
)
from scoring.training.plots.style import save

__all__ = [
    "TermBins",
    "plot_approval",
    "plot_beeswarm",
    "plot_candidates",
    "plot_cost_curve",
    "plot_distribution",
    "plot_gains",
    "plot_groups",
    "plot_importances",
    "plot_model",
    "plot_precision_recall",
    "plot_reliability",
    "plot_roc",
    "plot_terms",
    "save",
]
