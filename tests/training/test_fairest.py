"""Equally good models, and the fairest of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import expit

from scoring.cli import commands
from scoring.model.costs import Costs
from scoring.model.report import DisparityRow, Metric
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.storage.artefacts import read_manifest
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.fairest import compare_disparity, find_groups, list_similar_models, prefer_fair, search_fair
from scoring.training.options import show_no_progress
from tests.few_resamples import few_resamples
from tests.training.test_choose import result

COUNT = 3000
COUNT_SMALL = 2000  # clients of the fixture ``folds``


@pytest.fixture(scope="module")
def clients():
    """Draw clients whose risk does not depend on their sex."""
    draws = np.random.default_rng(3)
    risk, sex = draws.normal(-2.5, 1, COUNT), draws.choice(["f", "m"], COUNT)
    target = (draws.random(COUNT) < expit(risk)).astype(np.int8)
    return Folds(pd.DataFrame({"sex": sex}), target, np.arange(COUNT) % 3, "", None), risk


@pytest.fixture(scope="module")
def groups(clients):
    field = SchemaField(name="sex", type="category", label=Text(en="Sex", fr="Sexe"), tier="protected")
    schema = InputSchema(identity=Identity(name="id", digits=4), target="bad", fields=(field,))
    return find_groups(clients[0].applications, schema)


def candidates(clients):
    """Make a model that errs by sex, one that errs as much by chance, and one that errs much more, but fairly."""
    folds, risk = clients
    by_sex = np.where(folds.applications["sex"] == "f", 0.3, -0.3)
    by_chance = np.random.default_rng(8).permutation(by_sex)
    unfair = result("scorecard", risk + by_sex, folds.target)
    fair = result("shaped scorecard", risk + by_chance, folds.target)
    poor = result("splines", np.full(COUNT, -2.4) + 1e-3 * by_chance, folds.target)
    return unfair, fair, poor


@few_resamples()
def test_of_equally_good_models_the_fairest_is_chosen(clients, groups):
    unfair, fair, poor = candidates(clients)
    compared = compare_disparity(clients[0], unfair, [unfair, fair, poor], groups, Costs(), 0.02)
    rows = {row.name: row for _, row in compared}
    accepted = {one: 1 - (unfair.calibrated >= 1 / 11)[clients[0].applications["sex"] == one].mean() for one in "fm"}
    assert rows["scorecard"].ratios["Sex"].value == pytest.approx(accepted["f"] / accepted["m"])
    assert rows["scorecard"].gain.value == 0
    assert rows["splines"].lowest.value > 0.98
    assert [name for name, row in rows.items() if row.equal] == ["shaped scorecard", "scorecard"]
    chosen, reason = prefer_fair(compared, unfair)
    assert chosen is fair
    assert reason.startswith("of 2 equally good models the fairest that is fairer beyond doubt: the lowest acceptance")
    assert prefer_fair(compared, fair) == (fair, "--prefer-fair: no other model that is as good is fairer beyond doubt")


@few_resamples()
def test_a_resample_without_a_client_of_a_small_group_does_not_count_as_one_that_accepts_nobody(clients):
    unfair, fair, _ = candidates(clients)
    accepted = fair.calibrated < 1 / 11
    place = np.where(np.arange(COUNT) == np.flatnonzero(accepted)[0], 1, 0)
    compared = compare_disparity(clients[0], unfair, [fair], {"Sex": place}, Costs(), 0.02)
    (lowest,) = [row.lowest for one, row in compared if one is fair]
    assert lowest.low > 0.9 * lowest.value > 0


@few_resamples()
def test_a_model_that_overfits_more_than_is_allowed_is_not_chosen(clients, groups):
    unfair, fair, _ = candidates(clients)
    steep = result("shaped scorecard", np.log(fair.calibrated / (1 - fair.calibrated)), clients[0].target, gap=0.1)
    compared = compare_disparity(clients[0], unfair, [unfair, steep], groups, Costs(), 0.02)
    assert prefer_fair(compared, unfair)[0] is unfair


@few_resamples()
def test_a_model_that_refuses_everybody_is_not_the_fairest(clients, groups):
    unfair, _, _ = candidates(clients)
    strict = result("shaped scorecard", np.log(unfair.calibrated / (1 - unfair.calibrated)), clients[0].target)
    strict = replace(strict, calibrated=np.maximum(strict.calibrated, 1 / 11))
    compared = compare_disparity(clients[0], unfair, [unfair, strict], groups, Costs(), 0.02)
    assert prefer_fair(compared, unfair)[0] is unfair
    assert [row.lowest.value for one, row in compared if one is strict] == [0]


def test_alternatives_in_which_no_field_is_left_that_can_be_used_are_skipped(folds, small_inputs):
    nearly_constant = folds.applications.assign(noise=(np.arange(COUNT_SMALL) < 4).astype(float))
    few = replace(folds, applications=nearly_constant, data="few")
    inputs = replace(small_inputs, categories=())
    groups = {"sex": (folds.applications["debt"].fillna(0) > 0).to_numpy(int)}
    champion = few.predict(make_recipe(inputs, "logistic regression", {}))
    named = {one.name for one in list_similar_models(few, champion, groups, Costs())}
    tried = {one.recipe.name for one in search_fair(few, champion, groups, Costs(), show_no_progress)}
    assert named - tried == {"logistic regression without debt"}


def test_the_luckiest_of_many_models_is_not_taken_for_a_fairer_one(clients):
    usual, other, _ = candidates(clients)
    none, lucky = Metric(value=0, low=0, high=0), Metric(value=0.1, low=0.02, high=0.18)

    def row(name, gain):
        figures = {"auc": 0.7, "log_loss": 0.3, "log_loss_difference": none, "ratios": {}, "lowest": gain}
        return DisparityRow(name=name, gain=gain, equal=True, **figures)

    found = [(other, row("other", lucky)), (usual, row("usual", none))]
    assert prefer_fair(found, usual)[0] is other
    more = [(result("splines", np.zeros(COUNT), clients[0].target), row(f"more {i}", none)) for i in range(9)]
    assert prefer_fair([*found, *more], usual)[0] is usual


def test_other_penalties_keep_the_rest_of_the_recipe(folds, small_inputs):
    groups = {"sex": np.arange(len(folds.target)) % 2}
    champion = folds.predict(make_recipe(small_inputs, "logistic regression", {}))
    for family, parameters in (("logistic regression", {"C": 0.3}), ("splines", {"C": 0.3, "knots": 4})):
        recipe = make_recipe(small_inputs, family, parameters, "none", name="mine")
        made = list_similar_models(folds, replace(champion, recipe=recipe), groups, Costs())
        found = {one.name: one for one in made if one.preprocessor.inputs == small_inputs}
        assert list(found) == ["mine, C 0.1", "mine, C 0.9"]
        for one in found.values():
            assert (one.balancing, one.model.class_weight) == ("none", None)
            assert {**one.model.get_params(), "C": 0.3} == recipe.model.get_params()


def test_fields_of_groups_are_ranked_with_the_weights_of_clients(folds, small_inputs):
    result = folds.predict(make_recipe(small_inputs, "logistic regression", {}))
    first = folds.applications["trade"].to_numpy() == "smith"
    # of the first group 60 % are accepted, but they count for little; of the second one half are
    accepted = np.where(first, np.arange(COUNT_SMALL) % 5 < 3, np.arange(COUNT_SMALL) % 2 == 0)
    weights = np.where(first & accepted, 0.2, 1.0)
    champion, groups = replace(result, calibrated=np.where(accepted, 0.01, 0.5)), {"sex": first.astype(int)}
    named = [
        {one.name for one in list_similar_models(replace(folds, weights=counts, data=data), champion, groups, Costs())}
        for data, counts in (("once", None), ("weighted", weights))
    ]
    assert ["logistic regression without trade" in one for one in named] == [False, True]


@few_resamples()
def test_training_shows_quality_against_disparity_and_publishes_the_fairest(tmp_path):
    draws = np.random.default_rng(6)
    sex, risk = draws.choice([0, 1], 1500), draws.normal(-2, 1, 1500)
    told = {"debt": risk + draws.normal(0, 0.6, 1500), "hours": 1.5 * sex + 0.5 * risk + draws.normal(0, 0.6, 1500)}
    bad = (draws.random(1500) < expit(risk)).astype(int)
    table = pd.DataFrame({"id": np.arange(1500) + 1000, **told, "sex": np.where(sex, "f", "m"), "bad": bad})
    table.to_csv(tmp_path / "clients.csv", index=False)
    given = ["train", "--table", tmp_path / "clients.csv", "--target", "bad", "--id", "id", "--no-tracking"]
    quick = ["--candidates", "logistic regression", "--folds", "2", "--refits", "2", "--sample", "20", "--prefer-fair"]

    def ask(*more):
        return CliRunner().invoke(commands, [*map(str, [*given, *quick, "--out", tmp_path / "out", *more])])

    answer = ask("--protected", "sex")
    assert answer.exit_code == 0, answer.output
    manifest = read_manifest(tmp_path / "out" / "modele_retenu.json")
    names = [row.name for row in manifest.report.disparity]
    assert {"logistic regression", "logistic regression without hours", "logistic regression, C 0.03"} <= set(names)
    assert manifest.choice.fairest
    assert manifest.choice.champion == "logistic regression without hours"
    assert manifest.features == ("debt",)
    CliRunner().invoke(commands, ["card", str(tmp_path / "out"), "--out", str(tmp_path / "card.md")])
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "Chosen: logistic regression without Hours, the fairest of the equally good models that are fairer" in card
    assert "### Quality against disparity" in card
    assert "--prefer-fair: no protected column has two groups" in str(ask("--drop", "sex").exception)
    assert "--force says what is published" in ask("--protected", "sex", "--force", "lightgbm").output
