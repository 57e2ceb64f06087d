"""Plots of a model: data in, a figure out. Each can be read without colour.

No figure is kept by the library and no display is needed; ``save`` writes a PNG.
"""

from scoring.training.plots.feature_plots import TermBins, beeswarm, importances, terms
from scoring.training.plots.interval_plots import candidates, groups
from scoring.training.plots.model_plots import champion
from scoring.training.plots.prediction_plots import (
    approval,
    cost_curve,
    distribution,
    gains,
    precision_recall,
    reliability,
    roc,
)
from scoring.training.plots.style import save

__all__ = [
    "TermBins",
    "approval",
    "beeswarm",
    "candidates",
    "champion",
    "cost_curve",
    "distribution",
    "gains",
    "groups",
    "importances",
    "precision_recall",
    "reliability",
    "roc",
    "save",
    "terms",
]
