import importlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from scoring.cli import commands, main
from scoring.cli.training_source import choose_families
from scoring.errors import DataError, RecordUnavailable
from scoring.home_credit.applications import MARKER
from scoring.training.candidates.families import FAMILIES
from tests.commands import run_command as run
from tests.conftest import PROJECT
from tests.few_resamples import few_resamples

QUICK = ("--candidates", "logistic regression", "--folds", 3, "--no-tracking")


@pytest.fixture(scope="module", autouse=True)
def quick():
    with few_resamples():
        yield


def run_alone(*arguments, cwd):
    """Run a command in a process of its own, with its progress bars."""
    ended = subprocess.run(
        [sys.executable, "-m", "scoring", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture(scope="module")
def synthetic(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("synthetic")
    code, _, said = run_alone("synthesize", "--clients", 1500, "--seed", 4, "--out", folder, cwd=project)
    assert code == 0, said
    return folder


def test_a_python_without_the_packages_names_the_one_to_use():
    bare = [sys.executable, "-S", "-m", "scoring", "keys", "list"]  # -S: without the environment's packages
    ended = subprocess.run(bare, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"Error: the package click is not installed for {sys.executable}\n"
        "Run make serve or make train once in the folder of the checkout, and there .venv/bin/python -m scoring\n"
    )


def test_synthesize_then_train_then_serve(synthetic, project, tmp_path):
    code, printed, said = run("train", "--data", synthetic, "--out", tmp_path, "--sample", 20, *QUICK, cwd=project)
    assert code == 0, said
    assert "champion: logistic regression" in printed
    assert "cost_per_client" in printed
    assert re.search(r"candidates: logistic regression: .*\d\d:\d\d<", said)  # the progress bar, with the time left
    assert printed.endswith(f"to serve it:\nSCORING_ARTEFACTS={tmp_path} make serve\n")
    from fonction_api_prediction import create_app
    from scoring.settings import Settings

    client = create_app(Settings(artefacts=tmp_path)).test_client()
    number = pd.read_csv(tmp_path / "df_sample.csv")["SK_ID_CURR"].iloc[0]
    assert client.get(f"/predict/{number}").status_code == 200


@pytest.fixture
def unmarked(synthetic, tmp_path):
    """Make a folder that could hold real people: the generator's mark is missing."""
    folder = tmp_path / "unmarked"
    folder.mkdir()
    (folder / "application_train.parquet").write_bytes((synthetic / "application_train.parquet").read_bytes())
    return folder


@pytest.mark.parametrize("out", [".", "docs", "new/folder"])
def test_train_refuses_to_write_unmarked_data_into_a_repository(unmarked, project, tmp_path, out):
    repository = tmp_path / "repository"
    (repository / "docs").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    code, _, said = run("train", "--data", unmarked, "--out", repository / out, cwd=project)
    assert code == 1
    assert "is in a git repository that would track it, and the data is not marked synthetic" in said
    assert "Traceback" not in said
    assert list((repository / "docs").iterdir()) == []


def test_train_writes_unmarked_data_into_a_folder_that_git_ignores(unmarked, project, tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    subprocess.run(["git", "init", "--quiet", repository], check=True)
    (repository / ".gitignore").write_text("/out/\n", encoding="utf-8")
    out = repository / "out"
    assert run("train", "--data", unmarked, "--out", out, "--sample", 5, *QUICK, cwd=project)[0] == 0
    assert (out / "modele_retenu.json").exists()


def test_a_marker_next_to_real_client_numbers_is_an_error(unmarked, project, tmp_path):
    path = unmarked / "application_train.parquet"
    table = pd.read_parquet(path)
    table["SK_ID_CURR"] -= 400_000
    table.to_parquet(path)
    (unmarked / MARKER).write_text('{"generator": "x"}', encoding="utf-8")
    code, _, said = run("train", "--data", unmarked, "--out", tmp_path / "out", cwd=project)
    assert code == 1
    assert "marked synthetic, but holds client numbers below 500000" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"SK_ID_CURR": [1]}, "121 columns are missing: "),
        (None, "holds no table application_train"),
    ],
)
def test_a_folder_without_the_table_or_its_columns_is_refused_in_one_message(project, tmp_path, content, message):
    data = tmp_path / "data"
    data.mkdir()
    if content:
        pd.DataFrame(content).to_csv(data / "application_train.csv.gz", index=False)
    code, _, said = run("train", "--data", data, "--out", tmp_path / "out", cwd=project)
    assert code == 1
    assert message in said
    assert "Traceback" not in said


@pytest.mark.parametrize("clients", [0, -5])
def test_a_number_of_clients_below_one_is_refused(project, tmp_path, clients):
    code, _, said = run("synthesize", "--clients", clients, "--out", tmp_path, cwd=project)
    assert code == 1
    assert str(clients) in said
    assert "Traceback" not in said


def test_train_on_a_flat_table_then_record_pull_evaluate_and_write_the_card(project, tmp_path):
    draws = np.random.default_rng(0)
    debt = draws.normal(size=3000)
    bad = (debt + draws.logistic(size=3000) > 2.5).astype(int)
    table = pd.DataFrame({"number": np.arange(3000), "debt": debt + 10, "noise": draws.normal(size=3000), "bad": bad})
    table.to_csv(tmp_path / "credit.csv", index=False)
    store = f"sqlite:///{tmp_path / 'runs.db'}"
    options = ("--table", "credit.csv", "--target", "bad", "--id", "number", "--loss", "debt", "--margin", 0.1)
    options = (*options, "--base-score", 500)
    code, printed, said = run("train", *options, "--out", "model", *QUICK[:-1], "--tracking", store, cwd=tmp_path)
    assert code == 0, said
    manifest = json.loads((tmp_path / "model" / "modele_retenu.json").read_text(encoding="utf-8"))
    assert manifest["scaling"] == {"base_score": 500.0, "base_odds": 50.0, "double_odds": 20.0}
    assert "version 1 of the registered model" in printed
    assert "money_per_client" in printed
    assert "SCORING_ARTEFACTS=model SCORING_OPEN=1 make serve" in printed
    model = "models:/credit-scoring@champion"
    code, printed, said = run("pull", model, "--out", "pulled", "--tracking", store, cwd=tmp_path)
    assert code == 0, said
    assert (tmp_path / "pulled" / "modele_retenu.pkl").read_bytes() == (
        tmp_path / "model/modele_retenu.pkl"
    ).read_bytes()
    scored = ("--artefacts", "model", "--data", "credit.csv", "--json", "--out", "scores.csv")
    code, printed, said = run("evaluate", *scored, cwd=tmp_path)
    assert code == 0, said
    assert json.loads(printed)["metrics"]["auc"]["value"] > 0.7
    assert len(pd.read_csv(tmp_path / "scores.csv")) == 3000
    assert run("card", "model", "--out", "card.md", cwd=tmp_path)[0] == 0
    assert run("tables", "model", "--data", "credit.csv", "--out", "tables.xlsx", cwd=tmp_path)[0] == 0
    assert "payment" in (tmp_path / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--out", "m"), "Give --data FOLDER, or --table FILE with --target COLUMN and --id COLUMN"),
        (
            ("--table", "t.csv", "--out", "m"),
            "Give --data FOLDER, or --table FILE with --target COLUMN and --id COLUMN",
        ),
        (("--data", ".", "--out", "m", "--margin", 0.1), "--loss COLUMN and --margin SHARE go together"),
        (("--data", ".", "--out", "m", "--base-score", "inf"), "'--base-score': inf; expected a finite number"),
        (("--data", ".", "--out", "m", "--bins", __file__, "--full-report"), "--bins says which terms there are"),
        (
            ("--table", __file__, "--out", "m", "--rejects", __file__, "--infer-rejects", 2, "--full-report"),
            "--full-report: measures fields that --rejects does not have",
        ),
        (
            ("--table", __file__, "--out", "m", "--rejects", __file__, "--infer-rejects", 2, "--every-balancing"),
            "--every-balancing: resampled clients cannot be weighted, as --infer-rejects needs",
        ),
        (("--data", ".", "--out", "m", "--max-pvalue", "nan"), "'--max-pvalue': nan; expected a finite number"),
        (("--data", ".", "--out", "m", "--max-pvalue", "0"), "'--max-pvalue': 0.0 is not in the range 0<x<=1"),
        (("--data", ".", "--out", "m", "--max-gap", "nan"), "'--max-gap': nan; expected a finite number"),
        (
            ("--data", ".", "--out", "m", "--false-negative", "0"),
            "'--false-negative': 0.0 is not in the range 1e-09<=x",
        ),
        (("--data", ".", "--out", "m", "--false-positive", "inf"), "'--false-positive': inf; expected a finite number"),
        (("--data", ".", "--out", "m", "--margin", "nan"), "'--margin': nan; expected a finite number"),
        (("--data", ".", "--out", "m", "--base-odds", 0), "0.0 is not in the range 1e-09<=x"),
        (("--data", ".", "--out", "m", "--kind", "trade"), "trade: expected COLUMN=KIND"),
        (("--table", "t.csv", "--out", "m", "--missing", "trade"), "trade: expected COLUMN=VALUE"),
        (("--table", "t.csv", "--out", "m", "--missing", "trade="), "trade=: expected COLUMN=VALUE"),
        (("--table", "t.csv", "--out", "m", "--justified", "sex=why"), "sex=why: expected COLUMN=REASON"),
        (("--data", ".", "--out", "m", "--justified", "age=it matters"), "--justified: not an option of --data"),
        (
            ("--table", "t.csv", "--target", "a", "--id", "b", "--number-rows", "--out", "m"),
            "If no column names the clients, give --number-rows instead of --id",
        ),
        (
            ("--data", ".", "--out", "m", "--positive", "BAD", "--missing", "a=9", "--number-rows", "--id", ""),
            "--positive, --id, --number-rows, --missing: not an option of --data",
        ),
        (
            ("--table", "t.csv", "--target", "a", "--id", "b", "--out", "m", "--coverage", "t.csv"),
            "--coverage: not an option of --table",
        ),
    ],
)
def test_train_says_which_options_go_together(project, tmp_path, synthetic, arguments, expected):
    (tmp_path / "t.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "application_train.parquet").write_bytes((synthetic / "application_train.parquet").read_bytes())
    code, _, said = run("train", *arguments, cwd=tmp_path)
    assert code == 2
    assert expected in said


def test_train_and_evaluate_report_what_the_columns_were_read_as(tmp_path):
    draws = np.random.default_rng(0)
    debt = draws.normal(size=900).round(3)
    bad = np.where(debt + draws.logistic(size=900) > 1.5, "2", "1")
    table = pd.DataFrame(
        {"debt": debt, "score": draws.choice([9999, 500, 600], 900), "opened": "Mar-2015", "risk": bad}
    )
    table.to_csv(tmp_path / "credit.csv", index=False)
    options = ("--table", "credit.csv", "--target", "risk", "--positive", 2, "--number-rows", "--missing", "score=9999")
    code, _, said = run("train", *options, "--missing", "*=n.c.", "--out", "model", *QUICK, cwd=tmp_path)
    assert code == 0, said
    assert "Warning: markers that occur in no row: --missing '*=n.c.'" in said
    for command, text in (("train", said), ("evaluate", evaluated(tmp_path))):
        assert "credit.csv: 900 rows, 4 columns" in text, command
        assert "  row     identity               the rows, numbered from 1" in text
        assert "read as missing: 9999 (" in text
        assert "  opened  left out               holds dates; make numbers of them first" in text
        assert "  risk    target                 2 is a default, 1 is not" in text


def evaluated(folder):
    code, printed, said = run("evaluate", "--artefacts", "model", "--data", "credit.csv", cwd=folder)
    assert code == 0, said
    assert "900 clients with a known outcome" in printed
    return said


def test_train_names_the_families_when_one_is_unknown(synthetic, project, tmp_path):
    code, _, said = run("train", "--data", synthetic, "--out", tmp_path, "--candidates", "oracle", cwd=project)
    assert code == 1
    assert "family oracle: is unknown\nExpected all, or some of scorecard, shaped scorecard, logistic" in said


def test_train_compares_a_quick_few_unless_others_are_named():
    assert choose_families((), None) == ("scorecard", "shaped scorecard", "logistic regression", "lightgbm")
    assert choose_families((), "mlp")[-1] == "mlp"
    assert choose_families(("all",), None) == tuple(FAMILIES)
    assert choose_families(("splines",), "splines") == ("splines",)
    assert choose_families((), None, edited=True) == ("scorecard",)


def test_a_family_to_publish_that_is_not_compared_is_told_before_anything_is_fitted():
    with pytest.raises(DataError, match=r"--force dummy: is not among --candidates\nAdd it"):
        choose_families(("splines",), "dummy")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--kind", "a=number", "--kind", "a=category"], "'--kind': a: has several values; expected one"),
        (["--role", "a=credit", "--role", "a=price"], "'--role': a: has several values; expected one"),
        (["--justified", "a=one reason", "--justified", "a=two reasons"], "'--justified': a: has several values"),
        (["--protected", "a", "--proxy", "a"], "a: is named by --protected and by --proxy. Leave one of them out."),
    ],
)
def test_two_answers_about_one_column_are_refused(tmp_path, given, told):
    (tmp_path / "t.csv").write_text("id,a,bad\n1,2,0\n")
    usual = ["--table", tmp_path / "t.csv", "--target", "bad", "--id", "id", "--out", tmp_path / "out", "--no-tracking"]
    answer = CliRunner().invoke(commands, ["train", *map(str, usual), *given])
    assert (answer.exit_code, told in answer.output) == (2, True)


def test_train_does_without_a_package_that_is_not_installed_or_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr("scoring.cli.training_source.find_spec", lambda _name: None)
    install = "-m pip install --require-hashes -r requirements.txt -r requirements/train.txt"
    assert "shaped scorecard" not in choose_families((), None)
    assert "shaped scorecard is not compared: a package that fitting it needs" in capsys.readouterr().err
    assert "shaped scorecard" not in choose_families(("all",), None)
    for named, force in ((("shaped scorecard",), None), ((), "shaped scorecard")):
        with pytest.raises(DataError, match="a package that fitting it needs is not installed") as refused:
            choose_families(named, force)
        assert install in str(refused.value)


@pytest.mark.parametrize("options", [[], ["--drop", "same", "--protected", "other"]])
def test_a_table_without_a_column_to_learn_from_is_refused(tmp_path, options):
    rows = "".join(f"{i},{i % 2},7,{i % 3 if options else 5}\n" for i in range(100, 160))
    (tmp_path / "t.csv").write_text(f"id,bad,same,other\n{rows}")
    usual = ["--table", tmp_path / "t.csv", "--target", "bad", "--id", "id", "--out", tmp_path / "out", "--no-tracking"]
    answer = CliRunner().invoke(commands, ["train", *map(str, usual), "--folds", "2", *options])
    assert "no column is left to learn from: all are empty, the same" in str(answer.exception)


@pytest.mark.parametrize(("package", "extra"), [("ibis", "train"), ("pyspark", "spark"), ("psycopg", "postgres")])
def test_a_command_whose_packages_are_not_installed_says_how_to_install_them(monkeypatch, package, extra):
    monkeypatch.setitem(sys.modules, package, None)  # importing it then raises ModuleNotFoundError
    monkeypatch.setitem(main.__globals__, "commands", lambda: importlib.import_module(package))
    with pytest.raises(SystemExit) as stopped:
        main()
    message = str(stopped.value)
    assert f"the package {package} is not installed" in message
    lock = f"requirements/{extra}.txt"
    assert f"-m pip install --require-hashes -r requirements.txt -r {lock}" in message
    assert (PROJECT / lock).is_file()


@pytest.mark.parametrize("command", ["synthesize", "compare", "measure"])
def test_without_the_source_checkout_commands_say_where_the_generator_is(monkeypatch, command):
    monkeypatch.setitem(sys.modules, "tools.synthetic.commands", None)
    monkeypatch.delitem(sys.modules, "scoring.cli")
    alone = importlib.import_module("scoring.cli").commands
    with pytest.raises(DataError, match="not installed: it comes with the source checkout"):
        CliRunner().invoke(alone, [command, "--out", "new"], catch_exceptions=False)
    assert CliRunner().invoke(alone, ["card", "--help"]).exit_code == 0


def test_a_record_that_cannot_be_used_ends_any_command_with_one_message(monkeypatch):
    def fail():
        raise RecordUnavailable("the decision record (a.db) cannot be used: unable to open database file")

    monkeypatch.setitem(main.__globals__, "commands", fail)  # another test imports the module anew
    with pytest.raises(
        SystemExit, match=r"^Error: the decision record .*\nExpected a decision record that can be read"
    ) as stopped:
        main()
    assert "If another program has locked it, or the database does not answer, try again later." in str(stopped.value)
