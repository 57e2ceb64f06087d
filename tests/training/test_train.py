import json
import shutil

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from scoring.errors import DataError
from scoring.home_credit import input_schema
from scoring.model_card.card import card_as_markdown
from scoring.storage.artefacts import load_bundle
from scoring.training.data.folds import assign_folds
from scoring.training.fit import Fitted, fit
from scoring.training.options import Options
from scoring.training.publish import publish
from scoring.training.threshold import describe_refits
from scoring.training.train import train
from tests.training.conftest import run


def without_date(folder):
    manifest = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))
    return {name: value for name, value in manifest.items() if name != "created_at"}


@pytest.mark.parametrize(
    ("debts", "message"),
    [
        (["much", "none"], "--loss debt: not a numeric column"),
        ([0.0, -5.0], r"--loss debt: is negative in 1 row \(2, counted from 1\): expected finite amounts of 0 or more"),
        ([np.inf, -1], "(?s)--loss debt: 2 errors.*- is infinite in 1 row.*- is negative in 1 row.*Correct these"),
    ],
)
def test_an_unusable_column_of_losses_is_refused_before_anything_else(debts, message, tmp_path):
    options = Options(loss="debt", margin=0.1)
    with pytest.raises(DataError, match=message):
        train(pd.DataFrame({"debt": debts}), None, None, tmp_path, synthetic=True, options=options)


def test_the_service_takes_what_training_published(trained):
    manifest, out = trained
    bundle = load_bundle(out)
    assert len(bundle.clients.table.client_ids) == 50
    assert bundle.manifest == manifest
    assert bundle.synthetic_clients


def test_training_again_gives_the_same_files_whatever_the_order_of_rows(trained, applications, tmp_path):
    _, out = trained
    shuffled = applications.sample(frac=1, random_state=5)
    run(shuffled, tmp_path)
    assert json.loads((tmp_path / "modele_retenu.json").read_text())["training"] == without_date(out)["training"]
    again, first = load_bundle(tmp_path), load_bundle(out)
    assert again.scorer.features == first.scorer.features
    own, other = first.scorer.probability_of_default, again.scorer.probability_of_default
    np.testing.assert_allclose(other.weights, own.weights, rtol=1e-8)
    assert (tmp_path / "df_sample.csv").read_bytes() == (out / "df_sample.csv").read_bytes()


def test_the_same_seed_and_trials_give_the_same_champion_and_metrics(applications, tmp_path):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        run(applications.head(1500), folder, candidates=("logistic regression", "dummy"), trials=2, search_top=1)
    first, second = map(without_date, folders)
    assert "logistic regression, tuned" in {one["name"] for one in first["choice"]["candidates"]}
    assert first == second


def test_training_again_gives_the_same_manifest_with_its_date(trained, applications, tmp_path):
    _, out = trained
    shutil.copytree(out, tmp_path / "again")
    run(applications, tmp_path / "again")
    assert (tmp_path / "again" / "modele_retenu.json").read_bytes() == (out / "modele_retenu.json").read_bytes()


def test_the_published_clients_were_not_seen_by_the_fit(trained, applications):
    _, out = trained
    numbers, target = applications["SK_ID_CURR"].to_numpy(), applications["TARGET"].to_numpy()
    tested = set(numbers[assign_folds(numbers, target, 5, "test") == 0])
    assert set(pd.read_csv(out / "df_sample.csv")["SK_ID_CURR"]) <= tested


@pytest.fixture(scope="module")
def with_all(applications, tmp_path_factory):
    out = tmp_path_factory.mktemp("all")
    return run(applications, out, refit_all=True), out


def test_the_served_model_may_be_fitted_again_on_all_clients_after_it_was_measured(trained, with_all, applications):
    before, again = trained[0], with_all[0].manifest
    assert (before.training.refitted, again.training.refitted) == (False, True)
    for part in ("metrics", "choice", "threshold", "calibration"):
        assert getattr(again, part) == getattr(before, part), part
    recipe = with_all[0].champion.recipe
    ordered = applications.sort_values("SK_ID_CURR")
    whole = fit(recipe, ordered, ordered["TARGET"].to_numpy(dtype=np.int8))
    bundle = load_bundle(with_all[1])
    assert bundle.scorer.features == tuple(whole.preprocessor.plan.feature_names())
    own = bundle.scorer.score(bundle.clients.table.rows).probability
    sample = ordered[ordered["SK_ID_CURR"].isin(bundle.clients.table.client_ids)]
    np.testing.assert_allclose(own, whole.predict(sample), atol=1e-12)
    assert len(again.refits.weights[0]) == len(again.features)
    assert (with_all[1] / "scaler.pkl").read_bytes() != (trained[1] / "scaler.pkl").read_bytes()


def test_the_card_says_what_the_served_model_was_fitted_on(trained, with_all):
    training = with_all[0].manifest.training
    everybody = f"{training.rows + training.test_rows:,}"
    card = card_as_markdown(with_all[0].manifest)
    assert f"after this measurement the served model was fitted again on all {everybody} clients" in card
    assert "its expected quality is the one measured out of fold" in card
    assert "fitted again on all" not in card_as_markdown(trained[0])


def test_the_manifest_has_aggregates_and_no_row(trained, applications):
    manifest, _ = trained
    assert manifest.training.rows + manifest.training.test_rows == len(applications)
    assert set(manifest.metrics) == {"out_of_fold", "test"}
    assert manifest.metrics["test"]["auc"].value > 0.6
    assert manifest.metrics["out_of_fold"]["cost_per_client"].value < min(
        manifest.metrics["out_of_fold"][name].value for name in ("cost_accept_all", "cost_refuse_all")
    )
    for name, reference in manifest.reference.items():
        assert list(reference.deciles) == sorted(reference.deciles), name


def test_the_manifest_says_which_settings_differ_from_those_of_the_library(trained):
    (candidate,) = trained[0].choice.candidates
    assert candidate.settings == {
        "C": 0.01,
        "class_weight": "balanced",
        "max_iter": 200,
        "solver": "newton-cholesky",
    }


def test_the_report_has_the_figures_of_each_fold(trained):
    manifest, _ = trained
    folds = manifest.report.folds
    assert [one.fold for one in folds] == [1, 2, 3]
    assert sum(one.clients for one in folds) == manifest.training.rows
    mean_cost = sum(one.clients * one.cost_per_client for one in folds) / manifest.training.rows
    assert mean_cost == pytest.approx(manifest.metrics["out_of_fold"]["cost_per_client"].value)


def test_the_review_band_lies_around_the_threshold(trained):
    manifest, _ = trained
    assert 0 < manifest.review_band.low < manifest.threshold.calibrated < manifest.review_band.high < 0.5


def test_the_manifest_has_the_refits_of_a_linear_model_which_change_no_version(trained):
    manifest, out = trained
    assert len(manifest.refits.intercepts) == 2
    bundle = load_bundle(out)
    rows, own = bundle.clients.table.rows, bundle.scorer.probability_of_default
    for weights, intercept in zip(manifest.refits.weights, manifest.refits.intercepts, strict=True):
        differences = rows @ np.array(weights) + intercept - (rows @ own.weights + own.intercept)
        assert 0.01 < np.abs(differences).mean() < 1
    assert manifest.model_copy(update={"refits": None}).version() == manifest.version()


def test_refits_of_another_model_are_not_kept(small):
    frame, target = small
    rows = frame[["noise"]]
    scaler, trees = StandardScaler().fit(rows), DecisionTreeClassifier(max_depth=2).fit(rows, target)
    linear = LogisticRegression().fit(scaler.transform(rows), target)
    assert describe_refits([Fitted(None, scaler, trees)]) is None
    (weights,) = describe_refits([Fitted(None, scaler, linear)]).weights
    assert weights == pytest.approx(linear.coef_[0] / scaler.scale_, rel=1e-5)


def test_the_manifest_counts_the_training_clients_by_field_column_and_score_which_changes_no_version(trained):
    manifest, _ = trained
    population = manifest.population
    assert population.clients == manifest.training.rows
    fields = {field.name for field in manifest.input_schema.fields}
    assert fields == {*population.fields}
    assert list(manifest.features) == list(population.columns)
    for counts in population.columns.values():
        assert sum(counts.counts) + counts.missing == population.clients
    assert sum(population.score.counts) == population.clients
    assert 0 < population.refused < population.clients
    assert manifest.version() == manifest.model_copy(update={"population": None}).version()


def test_the_manifest_has_the_cost_curve_of_the_threshold(trained):
    manifest, _ = trained
    thresholds, costs = np.array(manifest.threshold.cost_curve).T
    assert manifest.threshold.empirical_calibrated == thresholds[np.argmin(costs)]
    assert (np.diff(thresholds) > 0).all()


def test_too_few_clients_are_refused_with_how_many_are_needed(applications, tmp_path):
    few = applications[applications["TARGET"] == 1].head(10)
    many = applications[applications["TARGET"] == 0].head(500)
    with pytest.raises(DataError, match="10 clients have the rarer outcome; expected at least 30 for 3 folds"):
        run(pd.concat([few, many]), tmp_path)


def test_a_publication_that_is_not_possible_leaves_the_former_model_as_it_was(training, applications, tmp_path):
    made, out = training
    shutil.copytree(out, tmp_path / "again")
    (tmp_path / "again" / "applications_sample.csv").unlink()
    (tmp_path / "again" / "applications_sample.csv").mkdir()  # the last table can't be written
    before = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir() if path.is_file()}
    with pytest.raises(DataError, match=r"cannot be written to \(Is a directory\)\nThe model there is as it was"):
        publish(tmp_path / "again", made.fitted, made.manifest, applications.head(50))
    after = {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir() if path.is_file()}
    assert (after, "modele_retenu.json" in after) == (before, True)


def test_categories_seen_by_few_clients_are_not_shown(trained):
    manifest, _ = trained
    kinds = manifest.input_schema.field("NAME_CONTRACT_TYPE").categories
    assert kinds == ("Cash loans", "Revolving loans")
    assert input_schema.load_schema().field("NAME_CONTRACT_TYPE").categories is None
