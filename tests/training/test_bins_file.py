"""Bins of a scorecard: written, edited by a person, trained from, and served."""

import json
import re
import tomllib
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from fonction_api_prediction import create_app
from scoring.cli import commands
from scoring.errors import DataError
from scoring.model.preprocessor import Inputs, TermBins
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.training.candidates.bins import bin_number, weigh_bins, weigh_groups
from scoring.training.candidates.bins_file import read_bins, write_bins
from scoring.training.candidates.edited_bins import list_edits
from scoring.training.candidates.scorecard import Scorecard
from tests.commands import short_training

NUMBERS = Inputs(numbers=("debt", "income"), categories=("trade",))


def loans(rows=2400):
    draws = np.random.default_rng(8)
    risk, trade = draws.normal(size=(3, rows)), draws.integers(0, 4, rows)
    frame = pd.DataFrame(
        {
            "client": np.arange(1000, 1000 + rows),
            "debt": np.round(risk[0] * 10 + 50, 1),
            "income": np.round(2000 * np.exp(-risk[1] / 2)),
            "job": np.round(5 - risk[2], 2),
            "trade": np.array(["baker", 'mason "old"', "miller", "smith"])[trade],
        }
    )
    frame.loc[draws.random(rows) < 0.15, "debt"] = np.nan
    chance = 1 / (1 + np.exp(1.6 - 0.8 * risk[0] - 0.6 * risk[1] - 0.5 * risk[2] - 0.3 * (trade - 1.5)))
    return frame.assign(bad=(draws.random(rows) < chance).astype(int))


def ask(folder, *more):
    given = ["--table", str(folder / "loans.csv"), "--target", "bad", "--id", "client"]
    return CliRunner().invoke(commands, ["train", *given, *short_training(*more)])


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bins")
    loans().to_csv(folder / "loans.csv", index=False)
    answer = ask(folder, "--out", folder / "first", "--write-bins", folder / "bins.toml")
    assert answer.exit_code == 0, answer.output
    return folder


def columns_of(folder):
    return {column.name: column for column in read_manifest(folder / "modele_retenu.json").plan.columns}


def edit(text, term, **keys):
    """Replace keys of a section."""
    start = text.index(f'[terms."{term}"]')
    end = text.find("[terms.", start + 1)
    section = text[start : end if end > 0 else len(text)]
    for key, value in keys.items():
        section, count = re.subn(rf"^{key} = .*$", f"{key} = {value}", section, flags=re.MULTILINE)
        if not count:
            section = section.replace("]\n", f"]\n{key} = {value}\n", 1)
    return text[:start] + section + (text[end:] if end > 0 else "")


@pytest.fixture(scope="module")
def second(first):
    """Train from an edited file: bins of debt merged and missing neutral, job dropped, income with a direction."""
    text, columns = (first / "bins.toml").read_text(encoding="utf-8"), columns_of(first / "first")
    kept = list(columns["debt"].edges[::2])
    split = sorted({*columns["income"].edges, 1900, 1950, 2000, 2050})
    text = edit(text, "debt", edges=kept, missing='"neutral"')
    text = edit(text, "job", drop="true")
    text = edit(text, "income", edges=split)
    (first / "edited.toml").write_text(text, encoding="utf-8")
    out = ("--out", first / "second", "--write-bins", first / "again.toml")
    answer = ask(first, "--bins", first / "edited.toml", *out)
    assert answer.exit_code == 0, answer.output
    return first, kept, split


def test_the_file_has_every_term_with_edges_counts_rates_weights_and_direction(first):
    text, columns = (first / "bins.toml").read_text(encoding="utf-8"), columns_of(first / "first")
    assert set(columns) == {"debt", "income", "job", "trade"}
    report = read_manifest(first / "first" / "modele_retenu.json").report
    for name, column in columns.items():
        section = text.split(f'[terms."{name}"]')[1].split("[terms.")[0]
        rows = [line for line in section.splitlines() if re.search(r"[+-]\d+\.\d{4}$", line)]
        counted = [int(re.findall(r"  +(\d+)  +(\d+)  ", row)[0][0]) for row in rows]
        assert counted == list(report.bins[name].clients)
        assert f"{column.missing:+.4f}" in section
    assert 'direction = "increasing"' in text.split('[terms."debt"]')[1].split("[terms.")[0]
    assert 'direction = "decreasing"' in text.split('[terms."income"]')[1].split("[terms.")[0]
    assert r'["mason \"old\""]' in text


def test_settings_of_bins_are_kept_in_the_manifest(first):
    training = read_manifest(first / "first" / "modele_retenu.json").training
    assert (training.max_pvalue, training.thin_missing) == (0.05, "riskier")  # of tables, unless one asks otherwise
    given = ("--max-pvalue", 0.01, "--thin-missing", "own", "--refit-all", "--write-bins", first / "all.toml")
    answer = ask(first, "--out", first / "fewer", *given)
    assert answer.exit_code == 0, answer.output
    training = read_manifest(first / "fewer" / "modele_retenu.json").training
    assert (training.max_pvalue, training.thin_missing, training.refitted) == (0.01, None, True)
    edges = {name: one.edges for name, one in columns_of(first / "fewer").items() if one.kind == "binned"}
    written = tomllib.loads((first / "all.toml").read_text(encoding="utf-8"))["terms"]
    assert {name: tuple(written[name]["edges"]) for name in edges} == edges  # of the model that is served
    report = read_manifest(first / "fewer" / "modele_retenu.json").report
    assert {name: len(report.bins[name].clients) for name in edges} == {n: len(e) + 2 for n, e in edges.items()}
    usual, fewer = (
        sum(len(one.edges) for one in columns_of(first / name).values() if one.kind == "binned")
        for name in ("first", "fewer")
    )
    assert fewer < usual


def test_an_unedited_file_gives_the_same_model(first):
    answer = ask(first, "--bins", first / "bins.toml", "--out", first / "same")
    assert answer.exit_code == 0, answer.output
    old, new = (load_bundle(first / name) for name in ("first", "same"))
    own, other = old.scorer.probability_of_default, new.scorer.probability_of_default
    np.testing.assert_allclose(other.weights, own.weights, atol=1e-9)
    assert new.manifest.training.bin_edits == ()
    assert old.manifest.training.bin_edits is None
    assert old.manifest.threshold.value == pytest.approx(new.manifest.threshold.value, abs=0.01)


def test_edits_are_in_the_plan_the_manifest_and_the_card(second):
    folder, kept, split = second
    columns, first_columns = columns_of(folder / "second"), columns_of(folder / "first")
    assert set(columns) == {"debt", "income", "trade"}
    assert list(columns["debt"].edges) == kept
    assert columns["debt"].missing == 0
    assert list(columns["income"].edges) == split
    assert (np.diff(columns["income"].values) <= 0).all()
    made = {
        (one.term, one.change): one
        for one in read_manifest(folder / "second" / "modele_retenu.json").training.bin_edits
    }
    assert set(made) == {("debt", "merged"), ("debt", "missing"), ("job", "dropped"), ("income", "split")}
    assert made["debt", "merged"].before.split(", ") == [f"{edge:g}" for edge in first_columns["debt"].edges]
    assert (made["debt", "missing"].before, made["debt", "missing"].after) == ("own", "neutral")
    answer = CliRunner().invoke(commands, ["card", str(folder / "second"), "--out", str(folder / "card.md")])
    assert answer.exit_code == 0, answer.output
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "### Bins edited by a person" in card
    assert "| job | term dropped |  |  |" in card.lower()
    assert "| Debt | missing values | a weight of their own | the neutral weight |" in card


def test_the_written_file_of_an_edited_model_keeps_the_edits(second):
    folder, *_ = second
    inputs = Inputs(numbers=("debt", "income", "job"), categories=("trade",))
    edited, again = read_bins(folder / "edited.toml", inputs), read_bins(folder / "again.toml", inputs)
    assert again == {name: edited[name] for name in again}
    assert again.keys() == edited.keys()


def test_points_reasons_and_sql_follow_the_edits(second):
    folder, kept, split = second
    client = create_app(Settings(artefacts=folder / "second", open=True)).test_client()
    bundle = load_bundle(folder / "second")
    page = client.get("/model", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert f"{kept[0]:g}" in page
    application = {"debt": 75, "income": 900, "job": 1, "trade": "smith"}
    answer = client.post("/explain", json=application).json
    assert "job" not in json.dumps([answer["reasons"], answer["contributions"]]).lower()
    moved = client.post("/explain", json={**application, "job": 9}).json
    assert moved["reasons"] == answer["reasons"]
    assert client.post("/predict", json={**application, "debt": None}).json["decision"] in {"ACCEPTED", "REFUSED"}
    low, high = kept[0] + 0.1, kept[1] - 0.1  # one bin now, of which the first model made two
    probabilities = [
        client.post("/predict", json={**application, "debt": debt}).json["probability"] for debt in (low, high)
    ]
    assert probabilities[0] == probabilities[1]
    counted = bundle.manifest.report.bins["income"]
    rates = [bad / clients for bad, clients in zip(counted.defaults, counted.clients, strict=True) if clients]
    assert max(np.diff(rates)) > 0  # only the direction keeps the points of the new bins in order
    points = []
    for income in split:
        answer = client.post("/explain", json={**application, "income": int(income) + 1}).json
        points.append({one["name"]: one["points"] for one in answer["contributions"]})
    assert [one["income"] for one in points] == sorted(one["income"] for one in points)  # never fewer with more income
    assert all(one.keys() == {"debt", "income", "trade"} for one in points)
    assert len({(one["debt"], one["trade"]) for one in points}) == 1
    exported = ["export", "--to", "sql", "--dialect", "duckdb", "--artefacts", str(folder / "second")]
    out = CliRunner().invoke(commands, [*exported, "--table", "loans", "--out", str(folder / "score.sql")])
    assert out.exit_code == 0, out.output
    table = loans()
    with duckdb.connect() as connection:
        connection.register("loans", table)
        query = (folder / "score.sql").read_text(encoding="utf-8")
        found = connection.execute(query).df().set_index("client")
    sample = pd.read_csv(folder / "second" / "df_sample.csv")["client"].tolist()
    own = bundle.scorer.score(bundle.clients.table.rows).probability
    assert found.loc[sample, "probability"].to_numpy() == pytest.approx(own, abs=1e-12)
    refused = [number for number in sample if found.loc[number, "decision"] == "REFUSED"]
    named = found.loc[refused, [f"reason_{rank}" for rank in range(1, 5)]]
    for number, row in zip(refused, named.itertuples(index=False), strict=True):
        told = [reason["name"] for reason in client.get(f"/explain/{number}").json["reasons"]]
        assert [name for name in row if pd.notna(name)] == told
    assert {name for name in named.to_numpy().ravel() if pd.notna(name)} == {"debt", "income", "trade"}


def test_weights_of_the_edited_bins_are_computed_without_the_held_out_fold():
    frame = loans()
    given = {"debt": TermBins(edges=(40.0, 60.0), direction="increasing")}
    halves = [frame.iloc[::2], frame.iloc[1::2]]
    inputs = Inputs(numbers=("debt",), bins=given)
    plans = [Scorecard(inputs).fit(half, half["bad"].to_numpy()).plan_.columns[0] for half in halves]
    assert plans[0].edges == plans[1].edges == (40.0, 60.0)
    assert plans[0].values != plans[1].values


def test_a_forced_direction_pools_the_bins_that_contradict_it():
    values = np.repeat([1.0, 2.0, 3.0], 200)
    target = np.r_[np.repeat([1, 0], [20, 180]), np.repeat([1, 0], [60, 140]), np.repeat([1, 0], [40, 160])]
    free = weigh_bins("x", values, target, np.ones(600), (1.5, 2.5)).column
    rising = weigh_bins("x", values, target, np.ones(600), (1.5, 2.5), "increasing").column
    falling = weigh_bins("x", values, target, np.ones(600), (1.5, 2.5), "decreasing").column
    assert free.values[1] > free.values[2] > free.values[0]
    assert rising.values[0] == pytest.approx(free.values[0])
    assert rising.values[1] == rising.values[2] == pytest.approx(np.log((100 / 120) / (300 / 480)))
    np.testing.assert_allclose(falling.values, 0, atol=1e-12)  # all three have the rate of the whole


def test_a_bin_with_few_clients_of_one_outcome_is_pulled_towards_neutral_and_an_empty_one_is_neutral():
    values, target = np.r_[np.arange(200.0), 500.0], np.r_[np.tile([0, 0, 0, 1], 50), 1]
    column = weigh_bins("x", values, target, np.ones(201), (100.0, 400.0, 900.0)).column
    assert 0 < column.values[2] < 0.5
    assert column.values[3] == pytest.approx(0)
    groups = weigh_groups(
        "y", np.array(["a", "b", None, "c"] * 50), target[:200], np.ones(200), (("a", "x"), ("b",)), 0.0
    )
    assert groups.column.missing == groups.column.unseen == 0
    assert groups.column.values["x"] == groups.column.values["a"]


def test_a_direction_and_neutral_missing_values_need_no_edges_or_groups():
    frame = loans().assign(spare=lambda table: table["trade"].where(table.index % 5 > 0, None))
    target = frame["bad"].to_numpy()
    given = {
        "debt": TermBins(direction="decreasing"),
        "income": TermBins(direction="decreasing", missing="neutral"),
        "spare": TermBins(missing="neutral"),
    }
    inputs = Inputs(numbers=("debt", "income"), categories=("spare",))
    found = Scorecard(replace(inputs, bins=dict.fromkeys(given, TermBins()))).fit(frame, target).plan_
    own = {one.name: one for one in found.columns}
    made = Scorecard(replace(inputs, bins=given)).fit(frame, target).plan_
    columns = {one.name: one for one in made.columns}
    assert own["debt"].edges == columns["debt"].edges
    assert own["debt"].values[0] < own["debt"].values[-1]
    assert (np.diff(columns["debt"].values) <= 0).all()
    assert columns["income"].values == own["income"].values
    assert own["spare"].missing != 0 == columns["spare"].missing
    assert columns["spare"].values == own["spare"].values
    changes = {(one.term, one.change, one.after) for one in list_edits(given, found)}
    assert ("debt", "direction", "decreasing") in changes
    assert not [one for one in changes if one[0] == "income" and one[1] == "direction"]


def test_codes_where_there_are_none_stop_the_training(first, tmp_path):
    (tmp_path / "bins.toml").write_text("[terms.debt]\n[terms.income]\ncodes = true\n", encoding="utf-8")
    answer = ask(first, "--out", tmp_path / "out", "--bins", tmp_path / "bins.toml")
    assert answer.exit_code == 1
    assert "--bins: terms with codes = true that are no codes in disguise: income\nExpected numbers" in str(
        answer.exception
    )
    assert not (tmp_path / "out").exists()


def test_the_file_that_is_read_is_not_replaced_and_one_that_cannot_be_written_is_told(first, tmp_path):
    kept = (first / "bins.toml").read_text(encoding="utf-8")
    given = ("--bins", first / "bins.toml", "--write-bins", first / "bins.toml")
    answer = ask(first, "--out", tmp_path / "out", *given)
    assert "is the file of --bins\nName another file" in str(answer.exception)
    assert (first / "bins.toml").read_text(encoding="utf-8") == kept
    answer = ask(first, "--out", tmp_path / "out", "--write-bins", "/proc/bins.toml")
    assert "--write-bins /proc/bins.toml: cannot be written" in str(answer.exception)
    assert not (tmp_path / "out").exists()  # told before the training


def test_learned_bins_that_are_given_back_have_the_same_weights():
    frame = loans()
    values, target = frame["debt"].to_numpy(), frame["bad"].to_numpy()
    learned = bin_number("debt", values, target)
    given = weigh_bins("debt", values, target, np.ones(len(target)), learned.column.edges, "increasing")
    assert given == learned


WRONG = """
extra = 1
[terms."debt"]
edges = [0.5, 0.2]
direction = "up"
missing = "none"
[terms."incom"]
edges = [1]
[terms."trade"]
edges = [1, 2]
groups = [["a", "b"], ["b"], []]
[terms."income"]
edges = [1, "2"]
groups = [["a"]]
drop = "yes"
edgs = [1]
"""


def test_every_error_of_the_file_is_told_with_its_line_and_the_remedy(tmp_path):
    (tmp_path / "bins.toml").write_text(WRONG, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_bins(tmp_path / "bins.toml", NUMBERS)
    said = str(caught.value)
    for part in (
        "'extra': unknown; expected sections [terms.NAME] only",
        "line 4, term debt: edges = [0.5, 0.2]; expected ascending edges; put them in order",
        'line 5, term debt: direction = "up"; expected one of "increasing", "decreasing", "any", in quotes',
        'line 6, term debt: missing = "none"; expected "own" or "neutral", in quotes',
        "line 7, term incom: no field that may be a feature has this name; did you mean 'income'?",
        "line 10, term trade: has edges, but holds texts; expected groups: remove the key",
        'line 11, term trade: groups = [["a", "b"], ["b"], []]; expected texts in groups',
        'line 13, term income: edges = [1, "2"]; expected finite numbers in square brackets',
        "line 14, term income: has groups, but holds numbers; expected edges: remove the key",
        'line 15, term income: drop = "yes"; expected true or false, without quotes',
        "line 16, term income: unknown key 'edgs'; expected drop, direction, edges, groups, codes, missing: did you",
        "Nothing was trained. Correct the file, then train again.",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[terms.debt\n", "is not TOML in UTF-8: .*line 1"),
        ("", "has no term; expected sections"),
        ("[terms.debt]\ndrop = true\n", "drops every term; expected at least one"),
        ("terms = 3\n", "has no term"),
        ("[terms]\ndebt = 3\n", r"term debt: 3; expected a section \[terms.\"debt\"\]"),
        ('[terms.trade]\ngroups = [["a"], ["a"]]\n', "line 2, term trade: .*each text in one group; remove a second a"),
        ("[terms.debt]\nedges = [1, 1]\n", "line 2, term debt: .*each edge once; remove a second 1"),
        (
            '[terms.debt]\ncodes = true\ndirection = "increasing"\n',
            "line 3, term debt: has a direction and codes = true",
        ),
        ("[terms.debt]\nedges = [nan]\n", "line 2, term debt: .*finite numbers"),
    ],
)
def test_a_file_without_usable_terms_is_refused(tmp_path, text, told):
    (tmp_path / "bins.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=told):
        read_bins(tmp_path / "bins.toml", NUMBERS)


def test_odd_names_and_texts_survive_the_way_through_the_file(tmp_path):
    odd = 'Revenu "mensuel" (€)\\ \x7f'
    frame = pd.DataFrame({odd: ["a\tb", "é", None, "]"] * 300, "n": np.arange(1200.0)})
    target = np.tile([1, 0, 0, 0, 1, 0], 200)
    bins = {odd: TermBins(groups=(("a\tb", "]"), ("é",))), "n": TermBins(edges=(1e-7, 2.5, 1e300))}
    inputs = Inputs(numbers=("n",), categories=(odd,), bins=bins)
    plan = Scorecard(inputs).fit(frame, target).plan_
    write_bins(tmp_path / "bins.toml", plan, frame, target, given=bins)
    assert read_bins(tmp_path / "bins.toml", inputs) == bins


def test_a_text_is_the_same_however_its_accents_are_written(tmp_path):
    (tmp_path / "bins.toml").write_text('[terms."e\u0301tat"]\ngroups = [["marie\u0301"]]\n', encoding="utf-8")
    read = read_bins(tmp_path / "bins.toml", Inputs(numbers=(), categories=("état",)))
    assert read == {"état": TermBins(groups=(("marié",),))}


def test_a_file_of_another_kind_is_not_replaced_and_a_scorecard_is_needed(first, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    answer = ask(first, "--out", tmp_path / "out", "--write-bins", tmp_path / "notes.txt")
    assert f"--write-bins {tmp_path / 'notes.txt'}: exists, and is not an earlier file of bins" in str(answer.exception)
    answer = ask(first, "--out", tmp_path / "out", "--bins", first / "bins.toml", "--candidates", "dummy")
    assert "--bins: no scorecard is among the candidates" in answer.output
    answer = ask(first, "--out", tmp_path / "out", "--bins", first / "bins.toml", "--candidates", "shaped scorecard")
    assert "The shaped scorecard finds its own bins, and has none in such a file." in answer.output


def test_settings_of_bins_that_a_family_does_not_follow_are_refused_or_told(tmp_path):
    given = ("--max-pvalue", 0.05, "--thin-missing", "own", "--out", tmp_path / "out", "--candidates")
    answer = CliRunner().invoke(commands, ["train", *map(str, (*given, "shaped scorecard,dummy"))])
    assert answer.exit_code == 2
    assert "--max-pvalue: no scorecard is among the candidates. The shaped scorecard merges its bins" in answer.output
    answer = CliRunner().invoke(commands, ["train", *map(str, (*given[2:], "dummy"))])
    assert answer.exit_code == 2
    assert "--thin-missing: neither scorecard nor shaped scorecard is among" in answer.output
    answer = CliRunner().invoke(commands, ["train", *map(str, (*given, "scorecard,shaped scorecard"))])
    assert "--max-pvalue: the shaped scorecard merges its bins in another way; this changes" in answer.output
    assert "--thin-missing" not in answer.output
    answer = CliRunner().invoke(commands, ["train", *map(str, (*given, "splines"))])
    assert "--max-pvalue" not in answer.output


def test_contradicted_terms_and_unknown_texts_are_told(first, tmp_path):
    text = edit((first / "bins.toml").read_text(encoding="utf-8"), "debt", direction='"decreasing"')
    text = text.replace('"miller"', '"miller", "millr"')
    (tmp_path / "bins.toml").write_text(text, encoding="utf-8")
    answer = ask(first, "--out", tmp_path / "out", "--bins", tmp_path / "bins.toml", "--candidates", "scorecard,dummy")
    assert answer.exit_code == 0, answer.output
    assert "compare candidates on the test set, not out of fold" in answer.output
    assert "--bins: terms of which a riskier bin does not raise the risk: debt: drop them" in answer.output
    assert "--bins: term trade: no client has millr: check how they are written" in answer.output
