"""All plots of a trained model."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.manifest import ChoiceFacts, Manifest
from scoring.model.preprocessor import raw_columns
from scoring.model.scorer import fuse
from scoring.readable.terms import Term, group_into_terms
from scoring.training.fit import Fitted
from scoring.training.plots import feature_plots, interval_plots, prediction_plots

_MOST_TERMS = 24  # on one page
_MOST_CANDIDATES = 25
_WITHOUT_SKILL = "dummy"
Drawn = Iterator[tuple[str, Figure]]


def plot_model(
    manifest: Manifest,
    fitted: Fitted,
    applications: pd.DataFrame,
    target: NDArray[Any],
    calibrated: Floats,
    weights: Floats | None = None,
) -> Drawn:
    """Draw every plot that the manifest has data for: file names without ending, and figures.

    Parameters
    ----------
    manifest : without a report, its plots are left out.
    applications : raw, shape (n, fields), for contributions and bins.
    target, calibrated : shape (n,), outcomes and out-of-fold calibrated probabilities of those applications.
    weights : shape (n,), how often each client counts where predictions meet outcomes; once by default.
    """
    yield from _plot_predictions(manifest, target, calibrated, weights)
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    labels = {one.name: f"{one.label.en} (days)" if one.unit == "days" else one.label.en for one in terms}
    yield "importances", feature_plots.plot_importances(manifest.importances, labels)
    outcomes = feature_plots.Outcomes(target, calibrated, manifest.calibration.slope, weights)
    yield from _plot_features(fitted, applications, labels, terms, outcomes)
    if manifest.choice is not None:
        yield from _plot_candidates(manifest.choice)


def _plot_predictions(manifest: Manifest, target: NDArray[Any], calibrated: Floats, weights: Floats | None) -> Drawn:
    served, band, report = manifest.threshold.calibrated, manifest.review_band, manifest.report
    predicted = {manifest.choice.champion if manifest.choice else manifest.model.family: calibrated}
    yield "roc", prediction_plots.plot_roc(target, predicted, weights)
    yield "precision_recall", prediction_plots.plot_precision_recall(target, predicted, weights)
    yield "distribution", prediction_plots.plot_distribution(target, calibrated, served, band, weights)
    if report is None:
        return
    if report.reliability and report.around_threshold:
        yield "reliability", prediction_plots.plot_reliability(report.reliability, report.around_threshold, served)
    if report.optimum is not None:
        drawn = target, calibrated, manifest.costs, served, report.optimum, band, weights
        yield "cost_curve", prediction_plots.plot_cost_curve(*drawn)
    if report.gains:
        yield "gains", prediction_plots.plot_gains(report.gains)
    if report.approval:
        yield "approval", prediction_plots.plot_approval(report.approval)
    compared = [part for part in report.fairness if len(part.groups) > 1]
    if compared:
        yield "groups", interval_plots.plot_groups(compared)


def _plot_features(
    fitted: Fitted,
    applications: pd.DataFrame,
    labels: dict[str, str],
    terms: Sequence[Term],
    outcomes: feature_plots.Outcomes,
) -> Drawn:
    fused = fuse(fitted.scaler, fitted.model)
    if fused is None:
        return
    plan = fitted.preprocessor.plan
    raw = raw_columns(applications, plan.raw_numbers(), plan.raw_categories())
    contributions = (fitted.prepare(applications).to_numpy() - fitted.scaler.mean_) * fused.weights
    values = feature_plots.collect_values(plan, raw, {term.name: term.scale for term in terms})
    yield "beeswarm", feature_plots.plot_beeswarm(contributions, values, plan.feature_names(), labels)
    pages = feature_plots.collect_bins(plan, fused.weights, raw, terms, outcomes)
    for number, first in enumerate(range(0, len(pages), _MOST_TERMS), start=1):
        yield f"bins_{number}", feature_plots.plot_terms(pages[first : first + _MOST_TERMS])


def _plot_candidates(choice: ChoiceFacts) -> Drawn:
    # The candidate that predicts at random is so far off that all others would look the same.
    rows = [(one.name, one.log_loss_difference) for one in choice.candidates if one.family != _WITHOUT_SKILL]
    title, unit = "Candidates compared with the champion, out of fold", "log loss minus the champion's"
    if len(rows) > 1:
        shown, champion = rows[:_MOST_CANDIDATES], choice.champion
        yield "candidates", interval_plots.plot_candidates(shown, title, unit, chosen=champion, zero=True)
