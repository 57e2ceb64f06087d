"""Equally good models, and the fairest of them."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.special import expit

from scoring.cli import commands
from scoring.model.costs import Costs
from scoring.model.schema import Identity, InputSchema, SchemaField, Text
from scoring.storage.artefacts import read_manifest
from scoring.training.candidates.out_of_fold import Folds
from scoring.training.fairest import compare_disparity, find_groups, prefer_fair
from tests.few_resamples import few_resamples
from tests.training.test_choose import result

COUNT = 3000


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
    assert reason.startswith("the fairest of 2 equally good models: the lowest acceptance rate of a group is 0.9")
    assert prefer_fair(compared, fair) == (fair, "")


@few_resamples()
def test_a_model_that_overfits_more_than_is_allowed_is_not_chosen(clients, groups):
    unfair, fair, _ = candidates(clients)
    steep = result("shaped scorecard", np.log(fair.calibrated / (1 - fair.calibrated)), clients[0].target, gap=0.1)
    compared = compare_disparity(clients[0], unfair, [unfair, steep], groups, Costs(), 0.02)
    assert prefer_fair(compared, unfair) == (unfair, "")


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
    assert "Chosen: logistic regression without Hours, the fairest of equally good models" in card
    assert "### Quality against disparity" in card
    assert "--prefer-fair: no protected column has two groups" in str(ask("--drop", "sex").exception)
    assert "--force says what is published" in ask("--protected", "sex", "--force", "lightgbm").output
