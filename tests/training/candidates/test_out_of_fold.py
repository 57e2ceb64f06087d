import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from scoring.model.costs import Costs
from scoring.model.preprocessor import Inputs, Planned
from scoring.training.candidates.families import FAMILIES, list_candidates, make_recipe, make_tuned_blend
from scoring.training.candidates.out_of_fold import Folds, predict_default, score_without
from scoring.training.evaluation.variants import compare_missing_fields
from scoring.training.fit import fit_model


def test_a_client_is_predicted_by_a_fit_without_the_clients_fold(folds, small_inputs):
    chosen = make_recipe(small_inputs, "logistic regression", {})
    result = folds.predict(chosen)
    held_out = folds.fold == 1
    rows = folds.prepare_rows(chosen.preprocessor, 1)
    by_hand = fit_model(chosen, rows.inside, folds.target[~held_out], 0)
    standard = rows.scaler.transform(rows.preprocessor.transform(folds.applications[held_out]))
    np.testing.assert_allclose(result.probability[held_out], predict_default(by_hand, standard), rtol=1e-12)
    assert isinstance(rows.preprocessor, Planned)


def test_the_gap_is_auc_inside_less_auc_outside(folds, small_inputs):
    result = folds.predict(make_recipe(small_inputs, "lightgbm", {"min_child_samples": 5}))
    outside = roc_auc_score(folds.target, result.calibrated)
    assert result.overfitting_gap(folds.target) == pytest.approx(np.mean(result.inside_auc) - outside)
    assert result.overfitting_gap(folds.target) > 0.05  # so few clients are learned by heart


def test_what_was_computed_is_not_computed_again(folds, small_inputs, monkeypatch):
    chosen = make_recipe(small_inputs, "logistic regression", {})
    first = folds.predict(chosen)
    monkeypatch.setattr("scoring.training.candidates.out_of_fold.fit_model", None)
    again = folds.predict(make_recipe(small_inputs, "logistic regression", {}, name="other"))
    np.testing.assert_array_equal(again.probability, first.probability)
    assert again.recipe.name == "other"


def test_what_was_kept_of_other_clients_is_not_taken(folds, small_inputs, small):
    frame, target = small
    chosen = make_recipe(small_inputs, "logistic regression", {})
    folds.predict(chosen)
    others = Folds(frame, target[::-1].copy(), folds.fold, "others", folds.work)
    assert not np.array_equal(others.predict(chosen).probability, folds.predict(chosen).probability)


def test_resampling_changes_only_the_clients_of_a_fit(folds, small_inputs):
    chosen = make_recipe(small_inputs, "logistic regression", {}, "under")
    rows = folds.prepare_rows(chosen.preprocessor, 0, "under")
    assert rows.inside_target.mean() == 0.5
    assert rows.outside_target.mean() == pytest.approx(folds.target[folds.fold == 0].mean())
    assert len(rows.outside) == (folds.fold == 0).sum()


def test_a_dummy_shows_everybody_the_default_rate_of_the_other_folds(folds, small_inputs):
    calibrated = folds.predict(make_recipe(small_inputs, "dummy", {})).calibrated
    for k in range(3):
        expected = folds.target[folds.fold != k].mean()
        np.testing.assert_allclose(calibrated[folds.fold == k], expected)


def test_a_model_that_does_not_rank_gives_other_clients_and_missing_fields_the_default_rate(folds, small_inputs):
    dummy = folds.predict(make_recipe(small_inputs, "dummy", {}))
    others = folds.applications.iloc[:5]
    assert score_without(folds, dummy, 0, others) == pytest.approx(np.full(5, folds.target[folds.fold != 0].mean()))
    (row,) = compare_missing_fields(folds, dummy, {"without debt": ["debt"]}, Costs())
    assert row.log_loss_difference.value == 0


def test_every_family_has_a_candidate_and_names_are_unique(small_inputs):
    usual = list_candidates(small_inputs, list(FAMILIES))
    every = list_candidates(small_inputs, list(FAMILIES), every_balancing=True)
    assert list(dict.fromkeys(one.family for one in usual)) == list(FAMILIES)
    assert len({one.name for one in every}) == len(every) > len(usual)


def test_what_is_not_balanced_by_weights_has_no_class_weight(small_inputs):
    for one in list_candidates(small_inputs, list(FAMILIES), every_balancing=True):
        weight = one.model.get_params().get("class_weight", "none of its own")
        assert weight in (
            ("balanced", "none of its own", None) if one.balancing == "weights" else (None, "none of its own")
        )


def test_a_tuned_blend_takes_what_was_found_and_the_usual_for_the_rest(small_inputs):
    found = make_recipe(small_inputs, "lightgbm", {"num_leaves": 5}, name="lightgbm, tuned")
    blend = make_tuned_blend(small_inputs, [found, make_recipe(small_inputs, "mlp", {})])
    kinds = [type(member).__name__ for member in blend.model.members]
    assert kinds == ["SplineLogistic", "LGBMClassifier", "XGBClassifier", "CatBoostClassifier"]
    assert blend.model.members[1].num_leaves == 5


def test_a_tree_sees_more_of_the_columns_where_there_are_few(small_inputs):
    many = Inputs(numbers=tuple(f"x{i}" for i in range(200)))
    shares = [make_recipe(inputs, "lightgbm", {}).model.colsample_bytree for inputs in (small_inputs, many)]
    assert shares == [0.58, 0.1]  # 1 / sqrt(3); at least 10 %
    members = make_recipe(small_inputs, "blend", {}).model.members
    assert [member.get_params().get("colsample_bytree") for member in members[1:3]] == [0.58, 0.58]
    assert make_recipe(small_inputs, "lightgbm", {"colsample_bytree": 0.2}).model.colsample_bytree == 0.2
