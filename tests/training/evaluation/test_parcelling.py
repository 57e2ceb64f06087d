"""Rejected applicants as a sensitivity."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.storage.artefacts import read_manifest
from scoring.training.evaluation.parcelling import parcel


def applicants(rows=2600):
    """Draw applicants; the riskiest of them by debt were rejected, and have no outcome."""
    draws = np.random.default_rng(4)
    debt, income = draws.normal(size=rows), draws.normal(size=rows)
    chance = 1 / (1 + np.exp(2 - 0.8 * debt - 0.5 * income))
    frame = pd.DataFrame({"client": 5000 + np.arange(rows), "debt": debt, "income": income})
    frame = frame.assign(trade=draws.choice(["baker", "smith"], rows), bad=(draws.random(rows) < chance).astype(int))
    rejected = frame["debt"] + draws.normal(size=rows) > 1.4
    return frame[~rejected], frame[rejected].drop(columns="bad")


def ask(folder, booked, rejected):
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
    quick = ["--candidates", "scorecard", "--folds", "3", "--refits", "2", "--no-tracking", "--sample", "40"]
    return CliRunner().invoke(commands, ["train", *map(str, given), *quick, "--out", str(folder / "out")])


def test_training_reports_what_the_model_would_be_with_rejected_applicants(tmp_path):
    booked, rejected = applicants()
    answer = ask(tmp_path, booked, rejected)
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
