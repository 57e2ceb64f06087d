"""Weights of clients: a weight of 2 is the same as two equal rows."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.model.calibration import fit_affine
from scoring.model.costs import Costs
from scoring.model.scorer import Policy, ReviewBand
from scoring.storage.artefacts import read_manifest
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.data.folds import assign_folds
from scoring.training.describe import summarize_features
from scoring.training.evaluation import decision_tables
from scoring.training.evaluation.groups import measure_fairness
from scoring.training.evaluation.metrics import evaluate
from scoring.training.evaluation.rejects import measure_reject_sensitivity
from scoring.training.fit import fit
from scoring.training.threshold import choose_threshold, find_optimum, find_review_band, refit, validate_tuning
from tests.commands import short_training

ALIKE = {"rtol": 1e-8, "atol": 1e-8}


@pytest.fixture(scope="module")
def both(small, tmp_path_factory):
    """The same clients twice: every third with a weight of 2, and every third in two rows of the same fold."""
    frame, target = small
    weights = np.where(np.arange(len(frame)) % 3 == 0, 2.0, 1.0)
    fold = assign_folds(frame["client"].to_numpy(), target, 3, "folds")
    rows = np.repeat(np.arange(len(frame)), weights.astype(int))
    weighted = Folds(frame, target, fold, "weighted", tmp_path_factory.mktemp("weighted"), weights=weights)
    again = frame.iloc[rows].reset_index(drop=True)
    return weighted, Folds(again, target[rows], fold[rows], "doubled", tmp_path_factory.mktemp("doubled")), rows


@pytest.fixture(scope="module", params=["scorecard", "logistic regression"])
def results(request, both, small_inputs):
    weighted, doubled, rows = both
    recipe = make_recipe(small_inputs, request.param, {})
    return weighted, doubled, rows, weighted.predict(recipe), doubled.predict(recipe)


def test_coefficients_scaler_and_bins_are_those_of_doubled_rows(results):
    weighted, doubled, _, one, _ = results
    first = fit(one.recipe, weighted.applications, weighted.target, weights=weighted.weights)
    second = fit(one.recipe, doubled.applications, doubled.target)
    assert first.preprocessor.plan.feature_names() == second.preprocessor.plan.feature_names()
    for column, other in zip(first.preprocessor.plan.columns, second.preprocessor.plan.columns, strict=True):
        assert getattr(column, "edges", None) == getattr(other, "edges", None)
    ready = weighted.applications
    np.testing.assert_allclose(first.prepare(ready), second.prepare(ready), **ALIKE)
    np.testing.assert_allclose(first.scaler.mean_, second.scaler.mean_, **ALIKE)
    np.testing.assert_allclose(first.scaler.scale_, second.scaler.scale_, **ALIKE)
    np.testing.assert_allclose(first.model.coef_, second.model.coef_, **ALIKE)
    np.testing.assert_allclose(first.model.intercept_, second.model.intercept_, **ALIKE)
    means = [summarize_features(first, ready, weighted.weights), summarize_features(second, doubled.applications)]
    for name in means[0]:
        assert means[0][name].mean == pytest.approx(means[1][name].mean, abs=1e-8)
    unweighted = fit(one.recipe, weighted.applications, weighted.target)
    assert np.abs(unweighted.model.intercept_ - first.model.intercept_).max() > 1e-6


def test_predictions_out_of_fold_calibration_and_gap_are_those_of_doubled_rows(results):
    weighted, doubled, rows, one, two = results
    np.testing.assert_allclose(one.probability[rows], two.probability, **ALIKE)
    np.testing.assert_allclose(one.calibrated[rows], two.calibrated, **ALIKE)
    first = fit_affine(weighted.target, one.probability, weighted.weights)
    second = fit_affine(doubled.target, two.probability)
    assert (first.intercept, first.slope) == pytest.approx((second.intercept, second.slope), abs=1e-8)
    losses = one.log_loss(weighted.target, weighted.weights), two.log_loss(doubled.target)
    assert losses[0] == pytest.approx(losses[1], abs=1e-8)
    gaps = one.overfitting_gap(weighted.target, weighted.weights), two.overfitting_gap(doubled.target)
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-5)  # equal clients differ in the last digit, so that ties break


@pytest.mark.parametrize("tuned", [False, True])
def test_the_threshold_and_its_cost_curve_are_those_of_doubled_rows(results, tuned):
    weighted, doubled, rows, one, _ = results
    costs, found = Costs(), []
    for folds, own in ((weighted, slice(None)), (doubled, rows)):
        target, calibrated, counts = folds.target, one.calibrated[own], folds.weights
        nested = validate_tuning(target, calibrated, folds.fold, costs, 0, 2, counts)
        optimum = find_optimum(target, calibrated, costs, costs.threshold(), 0, 2, counts)
        chosen = choose_threshold(
            costs, fit_affine(target, one.probability[own], counts), target, calibrated, tuned, counts
        )
        curve = np.array(chosen.cost_curve)[:, 1]
        found.append([chosen.value, chosen.calibrated, chosen.empirical_calibrated, *curve, *nested.tuned])
        found[-1] += [nested.tuned_cost, nested.theoretical_cost, nested.hindsight_cost, nested.difference.value]
        found[-1] += [optimum.threshold.value, optimum.cost, optimum.served_cost, optimum.flat_low, optimum.flat_high]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-8, atol=1.5e-6)  # the curve has six digits
    np.testing.assert_allclose(found[0][:3], found[1][:3], **ALIKE)


def test_metrics_and_tables_are_those_of_doubled_rows(results):
    weighted, doubled, rows, one, _ = results
    policy, found = Policy(Costs().threshold()), []
    for folds, own in ((weighted, slice(None)), (doubled, rows)):
        target, calibrated, counts = folds.target, one.calibrated[own], folds.weights
        refused = policy.refuses(calibrated)
        metrics = evaluate(target, calibrated, refused, Costs(), 0, resamples=2, weights=counts)
        rejects = measure_reject_sensitivity(target, calibrated, policy.threshold, Costs(), counts)
        bands = decision_tables.tabulate_bands(target, calibrated, counts)
        trade = folds.applications["trade"]
        groups = measure_fairness("trade", trade, target, calibrated, refused, 0, number=2, weights=counts).groups
        figures = {name: metric.value for name, metric in metrics.items()}
        figures |= {f"{row.letter} {name}": getattr(row, name) for row in bands for name in ("share", "default_rate")}
        figures |= {f"{row.factor} cost": row.cost_per_client for row in rejects}
        figures |= {f"{row.factor} optimum": row.optimum_cost for row in rejects}
        figures |= {f"{row.group} accepted": row.acceptance_rate for row in groups}
        figures |= {f"{row.group} calibration": row.calibration_mean.value for row in groups}
        found.append({name: value for name, value in figures.items() if value is not None})
    assert found[0] == pytest.approx(found[1], abs=1e-8)


def test_deciles_hold_equal_weights(results):
    weighted, _, _, one, _ = results
    rows = decision_tables.tabulate_gains(weighted.target, one.calibrated, weights=weighted.weights)
    assert sum(row.clients for row in rows) == len(weighted.target)
    assert rows[-1].captured == pytest.approx(1)
    assert rows[0].default_rate > rows[-1].default_rate


def test_the_review_band_follows_weights(results):
    weighted, _, _, one, _ = results
    fitted = fit(one.recipe, weighted.applications, weighted.target, weights=weighted.weights)
    calibration = fit_affine(weighted.target, one.probability, weighted.weights)
    refitted = refit(fitted, one.recipe, weighted, range(2))
    band = find_review_band(fitted, refitted, weighted, calibration, 1 / 11)
    assert isinstance(band, ReviewBand)
    assert band.low < 1 / 11 < band.high


@pytest.fixture(scope="module")
def table(small):
    frame, target = small
    return frame.assign(bad=target, w=np.where(target == 1, 0.4, 1.2))


def ask(table, tmp_path, *more):
    table.to_csv(tmp_path / "credit.csv", index=False)
    source = ["--table", str(tmp_path / "credit.csv"), "--target", "bad", "--id", "client", "--weights", "w"]
    return CliRunner().invoke(commands, ["train", *source, *short_training("--out", tmp_path / "out", *more)])


def test_training_with_weights_counts_clients_by_them_and_takes_the_column_for_no_feature(table, tmp_path):
    zero = table.assign(w=table["w"].where(table["client"] % 50 != 0, 0.0))
    answer = ask(zero, tmp_path)
    assert answer.exit_code == 0, answer.output
    manifest = read_manifest(tmp_path / "out" / "modele_retenu.json")
    kept = zero[zero["w"] > 0]
    assert manifest.training.rows + manifest.training.test_rows == len(kept)
    assert manifest.training.default_rate == pytest.approx(np.average(kept["bad"], weights=kept["w"]), abs=0.002)
    predicted = manifest.metrics["out_of_fold"]["calibration_mean"].value
    assert predicted == pytest.approx(1, abs=0.02)
    assert manifest.input_schema.left_out["w"] == "the weights of the clients (--weights)"
    assert {column.source for column in manifest.plan.columns} <= {"debt", "noise", "trade"}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([-1.0, 1.0], r"column w \(the weights\) is negative in 1 row \(1, counted from 1\): expected 0 or more"),
        ([None, 1.0], r"column w \(the weights\) is missing in 1 row \(1, counted from 1\): give every client one"),
        (["inf", 1.0], r"column w \(the weights\) is infinite in 1 row \(1, counted from 1\): expected finite numbers"),
        (["many", 1.0], r"column w \(the weights\) is not a number in 1 row \(1, counted from 1\): correct those"),
        ([0.0], r"column w \(the weights\) is 0 for every client; expected some above 0"),
    ],
)
def test_weights_that_count_nobody_rightly_are_refused_with_a_remedy(table, tmp_path, values, told):
    rest = [values[-1]] * (len(table) - len(values))
    answer = ask(table.assign(w=pd.Series([*values, *rest], dtype=object)), tmp_path)
    assert answer.exit_code == 1
    assert re.search(told, str(answer.exception) + answer.output), answer.output
    assert not (tmp_path / "out").exists()


def test_weights_and_resampling_are_not_combined_and_a_scale_that_invents_clients_is_told(table, tmp_path):
    assert (
        "--every-balancing: resampling takes no account of --weights"
        in ask(table, tmp_path, "--every-balancing").output
    )
    answer = ask(table.assign(w=40.0), tmp_path)
    assert "column w (the weights) has the mean 40: a weight of 2 counts as two clients" in answer.output
    assert "divide all weights by their mean" in answer.output


def test_a_column_of_weights_has_no_other_role(table, tmp_path):
    answer = ask(table, tmp_path, "--protected", "w")
    assert "--protected or --proxy 'w': is the weights, never a feature" in str(answer.exception) + answer.output
