import json
import re
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from scoring.cli.validation_commands import NOT_PUBLISHED
from scoring.monitoring.estimation.read_clients import read_reference
from scoring.storage import bundle
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.training.data.set_aside import find_set_aside
from scoring.validation.figures import Table
from tests.commands import run_command
from tests.few_resamples import few_resamples

SHARE = 0.5
WIDE = ("--max-cost", 0.3, "--max-auc-loss", 0.1)  # for the few clients of a test


def draw(count, seed, first=1):
    """Draw clients whose debt says something about their default, and whose noise does not."""
    draws = np.random.default_rng(seed)
    risk = draws.normal(size=count)
    return pd.DataFrame(
        {
            "client": np.arange(first, first + count),
            "default": (draws.random(count) < 1 / (1 + np.exp(1.5 - 2 * risk))).astype(int),
            "debt": risk.round(4),
            "noise": draws.normal(size=count).round(4),
        }
    )


@pytest.fixture(scope="module")
def clients():
    return draw(1600, seed=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("champion")


@pytest.fixture(scope="module")
def data(clients, folder):
    clients.to_csv(folder / "clients.csv", index=False)
    return folder / "clients.csv"


@pytest.fixture(scope="module")
def train(folder):
    def train_on(clients, name, *options, share=SHARE):
        table = folder / f"{name}.csv"
        clients.to_csv(table, index=False)
        given = ["--target", "default", "--id", "client", "--out", folder / name, "--no-tracking", "--folds", 2]
        given += ["--candidates", "logistic regression", "--sample", 20, "--refits", 2, "--set-aside", share]
        with few_resamples():
            ended = run_command("train", "--table", table, *given, *options, cwd=folder)
        assert ended.returncode == 0, ended.stderr
        return folder / name

    return train_on


@pytest.fixture(scope="module")
def good(train, clients):
    return train(clients, "good")


@pytest.fixture(scope="module")
def poor(train, clients):
    """A model that was trained on outcomes of which most were mixed up, so that they follow the noise."""
    wrong = np.random.default_rng(1).random(len(clients)) < 0.8
    return train(clients.assign(default=clients["default"].where(~wrong, (clients["noise"] > 1).astype(int))), "poor")


@pytest.fixture
def place(tmp_path):
    """Copy a model to a folder of its own, as the champion that serves."""
    return lambda model: shutil.copytree(model, tmp_path / "champion")


def promote(champion, candidate, data, *options):
    return run_command(
        "promote", "--champion", champion, "--candidate", candidate, "--data", data, *options, cwd=champion.parent
    )


def test_set_aside_clients_are_in_no_part_of_a_training(good, clients):
    training = read_manifest(good / bundle.MANIFEST).training
    aside = find_set_aside(clients["client"].to_numpy(), SHARE)
    assert training.set_aside == SHARE
    assert training.rows + training.test_rows == len(clients) - aside.sum()
    published = pd.read_csv(good / bundle.CLIENTS)["client"]
    assert not set(published) & set(clients["client"][aside])


def test_an_estimate_takes_the_clients_set_aside_and_the_test_set_of_the_table_of_the_training(good, data, clients):
    read = load_bundle(good)
    kept = read_reference(read.manifest, read.scorer, Table(data))
    aside = int(find_set_aside(clients["client"].to_numpy(), SHARE).sum())
    assert len(kept) == aside + read.manifest.training.test_rows
    assert f"only its {len(kept)} held-out clients are used" in kept.warnings[-1].describe("en")


def test_a_candidate_that_is_worse_is_not_published(good, poor, data, place):
    champion = place(good)
    before = {path.name: path.read_bytes() for path in champion.iterdir()}
    report = champion.parent / "report.md"
    ended = promote(champion, poor, data, *WIDE, "--report", report)
    assert ended.returncode == NOT_PUBLISHED
    higher = r"not published: the cost per client is higher \(by up to [\d.]+, accepted is [\d.]+\); the AUC is lower"
    assert re.search(higher, ended.stderr)
    assert {path.name: path.read_bytes() for path in champion.iterdir()} == before
    assert "**The candidate is not published:** the cost per client is higher" in report.read_text(encoding="utf-8")


def test_a_candidate_that_is_better_takes_the_champions_place_and_can_be_served(good, poor, data, place):
    champion = place(poor)
    report = champion.parent / "report.md"
    ended = promote(champion, good, data, "--report", report)
    assert ended.returncode == 0, ended.stderr
    written = report.read_text(encoding="utf-8")
    assert written in ended.stdout
    assert "**The candidate is not worse.**" in written
    assert "set aside by both trainings (50% of all clients, by their number)" in written
    served = load_bundle(champion)
    assert served.version == read_manifest(good / bundle.MANIFEST).version()
    assert f"candidate (logistic regression {served.version})" in written
    assert {path.name for path in champion.iterdir()} == {path.name for path in good.iterdir()}


def test_an_equal_candidate_is_published_but_not_the_champion_itself(good, train, data, place, clients):
    champion = place(good)
    ended = promote(champion, good, data)
    assert ended.returncode == NOT_PUBLISHED
    assert "not published: the candidate is the champion itself" in ended.stderr
    ended = promote(champion, train(clients, "equal", "--seed", 1), data)  # the same model with another review band
    assert ended.returncode == 0, ended.stderr
    assert "| cost per client |" in ended.stdout
    assert "| +0.0000 | +0.0000 to +0.0000 |" in ended.stdout


def test_a_candidate_about_which_too_few_clients_say_anything_is_not_published(good, train, data, place, clients):
    other = train(clients.sample(frac=0.6, random_state=8), "other")
    ended = promote(place(good), other, data, "--max-cost", 0, "--max-auc-loss", 0)
    assert ended.returncode == NOT_PUBLISHED
    assert "may be" in ended.stderr
    assert "too few clients say that it is not" in ended.stderr


def test_the_figures_are_those_of_the_clients_set_aside_at_each_models_own_threshold(good, poor, data, place, clients):
    ended = promote(place(good), poor, data, *WIDE)
    aside = clients[find_set_aside(clients["client"].to_numpy(), SHARE)]
    costs = []
    for model in (good, poor):
        read = load_bundle(model)
        rows = aside[list(read.manifest.features)].to_numpy(dtype=float)
        refused = read.scorer.score(rows).refused
        missed, wrongly = aside["default"].eq(1) & ~refused, aside["default"].eq(0) & refused
        costs.append((10 * missed.sum() + wrongly.sum()) / len(aside))
    assert f"Measured on {len(aside):,} clients" in ended.stdout
    gap = costs[1] - costs[0]
    assert f"| cost per client | {costs[0]:.4f} | {costs[1]:.4f} | {gap:+.4f} |" in ended.stdout


def test_models_that_may_have_seen_the_clients_are_refused_by_name(good, train, data, place, clients):
    older = train(clients, "older", share=0)
    ended = promote(place(older), good, data)
    assert ended.returncode == 1
    assert "no clients are known to be new to both models" in ended.stderr
    assert re.search(
        r"champion \w{16}: its training set no clients aside, so it may have seen any of them", ended.stderr
    )
    assert "candidate" not in ended.stderr.partition("Train with")[0]
    assert "Train with --set-aside 0.1, each time. Or pass --unseen" in ended.stderr


def test_with_different_shares_only_the_clients_that_both_set_aside_are_compared(good, train, data, place, clients):
    fewer = train(clients, "fewer", share=0.25)
    ended = promote(place(good), fewer, data, *WIDE)
    expected = int(find_set_aside(clients["client"].to_numpy(), 0.25).sum())
    assert f"Measured on {expected:,} clients, set aside by both trainings (25% of all" in ended.stdout


def test_other_clients_can_be_stated_to_be_unseen_but_not_the_table_of_a_training(
    good, poor, data, clients, place, tmp_path
):
    champion = place(poor)
    later = tmp_path / "later.csv"
    draw(700, seed=9, first=5000).to_csv(later, index=False)
    ended = promote(champion, good, data, "--unseen")
    assert ended.returncode == 1
    assert "has as many clients as the table on which the champion was trained" in ended.stderr
    told = clients.copy()
    told.loc[told.index[0], "client"] = told["client"].iloc[1]  # a row that cannot be scored
    told.to_csv(tmp_path / "same.csv", index=False)
    ended = promote(champion, good, tmp_path / "same.csv", "--unseen")
    assert "has as many clients as the table on which the champion was trained" in ended.stderr
    ended = promote(champion, good, later, "--unseen")
    assert ended.returncode == 0, ended.stderr
    assert "Measured on 700 clients, a person stated that neither training has seen them (`--unseen`)" in ended.stdout


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.assign(default=0), "0 have the rarer outcome (column default), expected at least 10"),
        (lambda table: table.assign(default=""), "0 of 0 clients were set aside; 0 have the rarer outcome"),
        (lambda table: table[:0], "the file has a header, but no row"),
    ],
)
def test_a_table_on_which_nothing_can_be_measured_is_refused(good, poor, clients, place, tmp_path, change, said):
    table = tmp_path / "table.csv"
    change(clients).to_csv(table, index=False)
    ended = promote(place(good), poor, table)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_models_of_different_costs_are_not_compared(good, train, data, place, clients):
    other = train(clients, "dearer", "--false-negative", 5)
    ended = promote(place(good), other, data)
    assert ended.returncode == 1
    assert "missed defaults and wrong refusals cost 10 and 1 (champion), 5 and 1 (candidate)" in ended.stderr


def test_a_candidate_whose_files_were_changed_is_not_published(good, data, place, tmp_path):
    changed = shutil.copytree(good, tmp_path / "changed")
    (changed / bundle.CLIENTS).write_text("client\n1\n", encoding="utf-8")
    ended = promote(place(good), changed, data)
    assert ended.returncode == 1
    assert f"{bundle.CLIENTS} has sha256" in ended.stderr


def test_no_rows_of_real_clients_are_published_into_a_repository(good, poor, data, place):
    champion = place(poor)
    subprocess.run(["git", "init", "--quiet", champion], check=True)
    tables = {name: (champion / name).read_bytes() for name in (bundle.CLIENTS, bundle.APPLICATIONS)}
    ended = promote(champion, good, data)
    assert ended.returncode == 0, ended.stderr
    assert "so the tables of clients were left out: real people's rows must not get into it" in ended.stderr
    assert {name: (champion / name).read_bytes() for name in tables} == tables
    assert set(json.loads((champion / bundle.MANIFEST).read_bytes())["files"]) == {bundle.MODEL, bundle.SCALER}
    served = load_bundle(champion, clients=good / bundle.CLIENTS)  # as SCORING_CLIENTS names them
    assert served.version == read_manifest(good / bundle.MANIFEST).version()


def test_a_candidate_that_cannot_read_clients_is_not_published_however_good_it_is_on_the_others(
    poor, train, clients, place, tmp_path
):
    coded = clients.assign(code=np.arange(len(clients)) % 7)
    better = train(coded, "coded")
    table = tmp_path / "later.csv"
    coded.assign(code=coded["code"].astype(str).where(coded["client"] % 4 != 0, "A1")).to_csv(table, index=False)
    ended = promote(place(poor), better, table)
    lost = int((find_set_aside(clients["client"].to_numpy(), SHARE) & (clients["client"] % 4 == 0)).sum())
    assert ended.returncode == NOT_PUBLISHED, ended.stderr
    assert f"not published: the candidate cannot read {lost} clients that the champion can read\n" in ended.stderr


def test_models_that_read_client_numbers_differently_are_not_compared(good, train, data, place, clients):
    texts = train(clients.assign(client=clients["client"].map("{:06d}".format)), "texts")
    ended = promote(place(good), texts, data)
    assert ended.returncode == 1
    assert "the values of this column are read as number (champion), text (candidate)" in ended.stderr


def test_the_champion_is_a_folder_of_this_machine(good, data, tmp_path):
    address = f"http://127.0.0.1:9/champion#sha256={'0' * 64}"
    ended = run_command("promote", "--champion", address, "--candidate", good, "--data", data, cwd=tmp_path)
    assert ended.returncode == 2
    assert "Invalid value for '--champion'" in ended.stderr
