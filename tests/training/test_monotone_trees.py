"""Boosted trees that follow stated directions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.model.preprocessor import Inputs
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.fit import fit

FEW = {"lightgbm": {"n_estimators": 30}, "xgboost": {"n_estimators": 30}, "catboost": {"iterations": 30}}


@pytest.fixture(scope="module")
def clients():
    """Risk first rises with debt, then falls; income is missing for some."""
    draws = np.random.default_rng(9)
    frame = pd.DataFrame({"debt": draws.normal(size=1500), "income": draws.normal(size=1500)})
    log_odds = -0.5 - frame["debt"] ** 2 + 0.5 * frame["debt"] - frame["income"]
    frame.loc[::11, "income"] = np.nan
    return frame, (draws.random(1500) < 1 / (1 + np.exp(-log_odds.to_numpy()))).astype(np.int8)


INPUTS = Inputs(numbers=("debt", "income"), riskier={"debt": "higher", "income": "lower"})


def steps(fitted):
    """Changes of the probability along each number, the other at a few values."""
    line, found = np.linspace(-3, 3, 61), {}
    for name, other in (("debt", "income"), ("income", "debt")):
        rows = [np.diff(fitted.predict(pd.DataFrame({name: line, other: value}))) for value in (-1.0, 0.0, 1.0)]
        found[name] = np.concatenate(rows)
    return found


@pytest.mark.parametrize("family", sorted(FEW))
def test_a_tree_model_only_rises_or_falls_where_a_direction_is_stated(clients, family):
    frame, target = clients
    free = steps(fit(make_recipe(INPUTS, family, FEW[family]), frame, target))
    forced = steps(fit(make_recipe(replace(INPUTS, monotone_trees=True), family, FEW[family]), frame, target))
    assert free["debt"].min() < -0.01
    assert forced["debt"].min() >= -1e-9
    assert forced["income"].max() <= 1e-9
    assert forced["debt"].max() > 0.001


def test_members_of_a_blend_and_the_fits_of_the_folds_follow_too(clients, tmp_path):
    frame, target = clients
    members = tuple(make_recipe(INPUTS, family, FEW[family]).model for family in ("lightgbm", "catboost"))
    recipe = make_recipe(replace(INPUTS, monotone_trees=True), "blend", {"members": members})
    assert steps(fit(recipe, frame, target))["debt"].min() >= -1e-9
    folds = Folds(frame, target, np.arange(len(frame)) % 2, "monotone", tmp_path)
    tree = make_recipe(replace(INPUTS, monotone_trees=True), "lightgbm", FEW["lightgbm"])
    rows, model = folds.fit_without(tree, 0)
    assert model.get_params()["monotone_constraints"] == [1, -1, 0]
    assert rows.preprocessor.plan.feature_names() == ["debt", "income", "income_missing"]
    assert "monotone_constraints" not in tree.model.get_params()


def test_a_regression_stays_as_it_is(clients):
    frame, target = clients
    recipes = [make_recipe(one, "logistic regression", {}) for one in (INPUTS, replace(INPUTS, monotone_trees=True))]
    first, second = (fit(recipe, frame, target).model.coef_ for recipe in recipes)
    np.testing.assert_array_equal(first, second)
