"""Rejected applicants as a sensitivity."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.storage.artefacts import read_manifest
from scoring.training.candidates.families import make_recipe
from scoring.training.candidates.inferred import parcel
from scoring.training.evaluation.parcelling import infer_rejects
from tests.commands import short_training


def applicants(rows=2600):
    """Draw applicants; the riskiest of them by debt were rejected, and have no outcome."""
    draws = np.random.default_rng(4)
    debt, income = draws.normal(size=rows), draws.normal(size=rows)
    chance = 1 / (1 + np.exp(2 - 0.8 * debt - 0.5 * income))
    frame = pd.DataFrame({"client": 5000 + np.arange(rows), "debt": debt, "income": income})
    frame = frame.assign(trade=draws.choice(["baker", "smith"], rows), bad=(draws.random(rows) < chance).astype(int))
    rejected = frame["debt"] + draws.normal(size=rows) > 1.4
    return frame[~rejected], frame[rejected].drop(columns="bad")


def ask(folder, booked, rejected, *more):
    booked.to_csv(folder / "booked.csv", index=False)
    rejected.to_csv(folder / "rejected.csv", index=False)
    given = [
        "--table",
        folder / "booked.csv",
        "--target",
        "bad",
        "--id",
        "client",
        "--rejects",
        folder / "rejected.csv",
    ]
    return CliRunner().invoke(commands, ["train", *map(str, given), *short_training("--out", folder / "out", *more)])


def test_training_reports_what_the_model_would_be_with_rejected_applicants(tmp_path):
    booked, rejected = applicants()
    # With few bins, one of them alone may hold a tenth of the applicants.
    answer = ask(tmp_path, booked, rejected, "--max-pvalue", 1)
    assert answer.exit_code == 0, answer.output
    manifest = read_manifest(tmp_path / "out" / "modele_retenu.json")
    rows = manifest.report.parcelling
    assert [row.factor for row in rows] == [1, 2, 3]
    rates = [row.assumed_rate for row in rows]
    assert rates == sorted(rates)
    assert rates[0] > booked["bad"].mean()
    assert len({row.refused_before for row in rows}) == 1
    refused = [row.refused_now for row in rows]
    assert refused == sorted(refused)
    assert rows[0].refused_now == pytest.approx(rows[0].refused_before, abs=0.1)
    assert rows[2].refused_now > rows[2].refused_before
    assert abs(rows[0].auc_difference.value) < 0.01
    assert manifest.training.rows + manifest.training.test_rows == len(booked)  # the model itself does not use them
    CliRunner().invoke(commands, ["card", str(tmp_path / "out"), "--out", str(tmp_path / "card.md")])
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "### With applicants who were rejected before" in card
    assert len(re.findall(r"^\| [123] × \| \d+\.\d% \| 0\.\d{3} \| ", card, re.MULTILINE)) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.drop(columns="debt"), "debt"),
        (lambda table: table.assign(client=range(5000, 5000 + len(table))), r"applicants are clients of --table too"),
        (lambda table: table.assign(debt=["much", *table["debt"].iloc[1:]]), r"row 1: .*debt"),
    ],
)
def test_a_table_of_applicants_that_does_not_fit_is_refused(tmp_path, change, told):
    booked, rejected = applicants(400)
    answer = ask(tmp_path, booked, change(rejected))
    assert answer.exit_code == 1
    assert re.search(told, str(answer.exception)), str(answer.exception)
    assert not (tmp_path / "out").exists()


def test_an_applicant_counts_as_a_share_of_a_default_and_of_a_good_client():
    known, rejected = pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": [3.0]})
    both = parcel(known, np.array([0, 1]), np.ones(2), rejected, np.array([0.3]))
    assert both.applications["x"].tolist() == [1, 2, 3, 3]
    assert both.target.tolist() == [0, 1, 1, 0]
    assert both.weights.tolist() == [1, 1, 0.3, 0.7]


def test_inferred_outcomes_are_in_the_fits_and_in_nothing_that_is_measured(folds, small_inputs, small):
    rejected = small[0].iloc[:300].drop(columns="client")
    champion = folds.predict(make_recipe(small_inputs, "logistic regression", {}))
    both, again = infer_rejects(folds, champion, np.full(300, 0.4), rejected, 2.0)
    rows = both.prepare_rows(champion.recipe.preprocessor, 0)
    assert rows.known == (folds.fold != 0).sum()
    assert len(rows.inside) == rows.known + 2 * 300
    assert rows.inside_weights[rows.known :].sum() == pytest.approx(300)
    assert (rows.outside_target == folds.target[folds.fold == 0]).all()
    assert len(again.probability) == len(again.inside) == len(folds.target)
    assert not np.allclose(again.probability, champion.probability)
    assert abs(again.overfitting_gap(folds.target)) < 0.05
    everybody = both.with_inferred()
    assert len(everybody.target) == len(folds.target) + 600
    assert everybody.weights[-300:] == pytest.approx(np.full(300, 1 - 0.8))


def test_on_request_the_served_model_is_fitted_with_rejected_applicants_and_says_so(tmp_path):
    booked, rejected = applicants(1000)
    answer = ask(tmp_path, booked, rejected, "--infer-rejects", "2", "--refit-all", "--folds", "2")
    assert answer.exit_code == 0, answer.output
    manifest = read_manifest(tmp_path / "out" / "modele_retenu.json")
    inferred = manifest.training.inferred
    assert (inferred.applicants, inferred.factor) == (len(rejected), 2)
    assert inferred.assumed_rate > 2 * booked["bad"].mean()
    assert [row.factor for row in manifest.report.parcelling] == [1, 2, 3]
    assert inferred.assumed_rate == pytest.approx(manifest.report.parcelling[1].assumed_rate)
    training = manifest.training
    assert training.rows + training.test_rows == len(booked)
    assert sum(row.clients for row in manifest.report.folds) == training.rows
    assert training.default_rate == pytest.approx(booked["bad"].mean(), abs=0.01)
    CliRunner().invoke(commands, ["card", str(tmp_path / "out"), "--out", str(tmp_path / "card.md")])
    said = f"also fitted to {len(rejected)} applicants who were rejected before, whose outcomes are assumed"
    assert said in (tmp_path / "card.md").read_text(encoding="utf-8")


def test_outcomes_are_inferred_only_for_a_table_of_applicants(tmp_path):
    answer = CliRunner().invoke(commands, ["train", "--infer-rejects", "2", "--out", str(tmp_path / "out")])
    assert answer.exit_code == 2
    assert "--infer-rejects: needs the rejected applicants. Pass --rejects FILE." in answer.output
