"""Plots of a model: data in, a figure out. Each can be read without colour.

No figure is kept by the library and no display is needed; ``save`` writes a PNG.
"""

from scoring.training.plots.champion import champion
from scoring.training.plots.features import TermBins, beeswarm, importances, terms
from scoring.training.plots.predictions import (
    approval,
    cost_curve,
    distribution,
    gains,
    precision_recall,
    reliability,
    roc,
)
from scoring.training.plots.style import save
from scoring.training.plots.tables import candidates, groups

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
