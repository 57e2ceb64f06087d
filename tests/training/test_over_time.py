"""Training on the past and testing on what came after."""

import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands
from scoring.errors import DataError
from scoring.storage.artefacts import read_manifest
from scoring.training.data.time_split import name_periods, split_by_time
from scoring.training.evaluation.over_time import list_drifts, measure_over_time, stability_index
from tests.commands import short_training

MONTHS = [f"{year}{month:02}" for year in (2022, 2023) for month in range(1, 13)]


def loans(drift):
    """Two years of clients; from the last five months on, debts are higher and risk is twice what it was."""
    draws = np.random.default_rng(5)
    rows = 2400
    month = np.repeat(np.arange(24), rows // 24)
    late = drift & (month >= 19)
    debt, income = draws.normal(size=rows) + 1.2 * late, draws.normal(size=rows)
    chance = 1 / (1 + np.exp(2.2 - 0.9 * debt - 0.6 * income - 0.9 * late))
    return pd.DataFrame(
        {
            "client": draws.permutation(rows),
            "month": np.array(MONTHS)[month],
            "debt": debt,
            "income": income,
            "bad": (draws.random(rows) < chance).astype(int),
        }
    )


def ask(table, folder, *more):
    table.to_csv(folder / "loans.csv", index=False)
    given = ["--table", str(folder / "loans.csv"), "--target", "bad", "--id", "client", "--time", "month"]
    return CliRunner().invoke(commands, ["train", *given, *short_training("--out", folder / "out", *more)])


@pytest.fixture(scope="module", params=[True, False], ids=["drift", "steady"])
def trained(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("over_time")
    answer = ask(loans(request.param), folder)
    assert answer.exit_code == 0, answer.output
    return request.param, folder, answer.output, read_manifest(folder / "out" / "modele_retenu.json")


def test_the_latest_clients_are_the_test_set_and_the_time_is_no_feature(trained):
    _, folder, said, manifest = trained
    assert re.search(r"month +left out +the time \(--time\)", said)
    assert (manifest.training.rows, manifest.training.test_rows) == (1900, 500)
    found = manifest.report.over_time
    assert (found.column, found.first) == ("month", "2023-08")
    assert [row.period for row in found.periods if row.part == "test"] == [f"2023-{month:02}" for month in range(8, 13)]
    assert sum(row.clients for row in found.periods if row.part == "training") == 1900
    published = pd.read_csv(folder / "out" / "df_sample.csv")["client"]
    months = pd.read_csv(folder / "loans.csv").set_index("client")["month"]
    assert months.loc[published].min() >= 202308
    assert manifest.input_schema.left_out["month"] == "the time (--time)"
    assert {column.source for column in manifest.plan.columns} == {"debt", "income"}


def test_a_drift_is_found_and_told_with_what_to_do_and_only_where_there_is_one(trained):
    drift, folder, said, manifest = trained
    found = manifest.report.over_time
    assert (found.score_drifted, found.rate_drifted) == (drift, drift)
    assert ("debt" in found.shifted) == drift
    assert "income" not in found.shifted
    told = r"clients from 2023-08 on have other scores than those before \(PSI .*shifted most: debt .*train on recent"
    assert bool(re.search(told, said)) == drift
    assert ("default at another rate" in said) == drift
    CliRunner().invoke(commands, ["card", str(folder / "out"), "--out", str(folder / "card.md")])
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "### Over time" in card
    assert ("The scores of the test set have shifted" in card) == drift
    assert ("No drift was found that is both beyond chance and large enough to matter." in card) != drift
    assert "the latest applications, from 2023-08 on (column month)" in card
    assert len(re.findall(r"^\| 2023-\d\d \| test set \|", card, re.MULTILINE)) == 5


def test_a_worse_ranking_is_told():
    draws = np.random.default_rng(2)
    chance = draws.beta(1, 6, 4000)
    target = (draws.random(4000) < chance).astype(int)
    times = np.repeat(["2024-01", "2024-02"], 2000).astype(object)
    mixed = np.r_[chance[:2000], draws.permutation(chance[2000:])]
    rows = pd.DataFrame({"x": chance[:2000]}), pd.DataFrame({"x": chance[2000:]})
    parts = [(times[own], target[own], mixed[own]) for own in (slice(2000), slice(2000, None))]
    found = measure_over_time("when", *parts, rows, mixed[2000:], 0)
    assert found.ranking_drifted
    assert not found.score_drifted
    assert "are ranked worse: AUC 0." in list_drifts(found)[0]
    assert "look for fields whose meaning has changed" in list_drifts(found)[0]


def test_few_clients_with_large_weights_do_not_make_a_drift_of_the_rate():
    draws = np.random.default_rng(4)
    target, predicted = (draws.random(2000) < 0.1).astype(int), np.full(2000, 0.1)
    weights = np.where(np.arange(2000) < 20, 200.0, 1.0)
    target[:20] = np.repeat([0, 1], [15, 5])  # a quarter of 20 clients, who count as two thirds of all
    rows, times = pd.DataFrame({"x": np.arange(2000.0)}), np.repeat(["2024-01"], 2000).astype(object)
    parts = (times, target, predicted), (times, target, predicted)
    found = measure_over_time("when", *parts, (rows, rows), predicted, 0, (weights, weights))
    assert found.observed > 1.25 * found.predicted
    assert not found.rate_drifted


def test_the_index_of_clients_without_drift_is_below_its_bound():
    draws = np.random.default_rng(3)
    for size in (100, 1000, 20_000):
        index, bound = stability_index(draws.normal(size=5000), draws.normal(size=size))
        assert 0 <= index < bound
    index, bound = stability_index(draws.normal(size=5000), draws.normal(0.7, 1, 1000))
    assert index > 0.25 > bound


@pytest.mark.parametrize(
    ("times", "periods"),
    [
        (["2024-01-05"] * 150 + ["2024-01-06"] * 150, ["2024-01-05", "2024-01-06"]),
        ([f"2024-0{1 + i // 280}-{1 + i // 10 % 28:02}" for i in range(840)], ["2024-01", "2024-02", "2024-03"]),
        (
            [f"{2000 + i // 12}-{1 + i % 12:02}" for i in range(240) for _ in range(10)],
            [str(2000 + i) for i in range(20)],
        ),
        (["2024-01"] * 150 + ["2024-02"] * 40 + ["2024-03"] * 40, ["2024-01 to 2024-03"]),
        ([1.0] * 120 + [2.0] * 120, ["1", "2"]),
        ([4567891.0] * 120 + [4567892.0] * 120, ["4567891", "4567892"]),
        (list(np.arange(1000.0)), [f"{i}00 to {i}99" if i else "0 to 99" for i in range(10)]),
    ],
)
def test_periods_are_the_finest_that_have_enough_clients(times, periods):
    kind = float if isinstance(times[0], float) else object
    assert list(dict.fromkeys(name_periods(np.array(times, dtype=kind)))) == periods


@pytest.mark.parametrize(
    ("times", "told"),
    [
        (["2024"] * 200, "every client has the time 2024\nExpected at least two different times"),
        (["2023"] * 195 + ["2024"] * 5, "clients from 2024 on have the rarer outcome; expected at least 10: leave out"),
    ],
)
def test_times_without_a_test_set_are_refused(times, told):
    with pytest.raises(DataError, match=re.escape(told) if "\n" in told else told):
        split_by_time(pd.Series(times, name="year"), np.tile([0, 1], 100), 5, 3)


def test_a_test_set_of_an_unusual_size_is_told():
    times = pd.Series(["2023"] * 100 + ["2024"] * 100, name="year")
    latest, warnings = split_by_time(times, np.tile([0, 1], 100), 5, 3)
    assert latest.sum() == 100
    assert "the test set, from 2024 on, has 50 % of the clients" in warnings[0]


def test_cells_that_are_no_times_stop_the_training_with_their_rows(tmp_path):
    answer = ask(loans(False).assign(month=["soon", *["202301"] * 2399]), tmp_path)
    assert answer.exit_code == 1
    assert "column month (the time) is no date in 1 row (1, counted from 1)" in str(answer.exception)
