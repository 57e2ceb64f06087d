"""The scripts of the retraining: with stand-ins for the commands by day, with the real commands in a drill."""

import io
import json
import os
import shutil
import stat
import sys
import tarfile

import numpy as np
import pandas as pd
import pytest

from scoring.training.data.set_aside import find_set_aside
from tests.deployment.workflow_steps import read_workflow
from tests.http_servers import QuietHandler, serving

VERSION = "0123456789abcdef"
COMPARISON = (
    f"## Champion and candidate\n\n| | champion (scorecard {'f' * 16}) | candidate (scorecard {VERSION}) | x |\n"
)
# Notes how it was called. "promote" writes a comparison and ends with the code in CODE; nothing has a history.
PYTHON = f"""#!/bin/bash
[ -z "$RETRAIN_DATA_URL" ] || echo 'a secret is in the environment' >>calls
echo "$*" >>calls
case "$3 $1" in
  *-c) exit 1 ;;
  promote*)
    while [ "$1" != --report ]; do shift; done
    printf '{COMPARISON}' >"$2"
    echo data >scaler.pkl; mkdir -p docs; echo card >docs/model_card.md
    mkdir -p out/retrain/candidate; echo rows >out/retrain/candidate/df_sample.csv
    echo 'written: scaler.pkl'
    exit $CODE ;;
esac
"""
GH = """#!/bin/bash
[ "$2" != list ] || { cat gh-opened 2>/dev/null; exit ${GH_CODE:-0}; }
printf '%s\\n' "$@" >gh-calls
while [ "$1" != --body-file ]; do shift; done; cat "$2" >gh-body
exit ${GH_CODE:-0}
"""


def write_script(path, content):
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def pack(path, files):
    with tarfile.open(path, "w") as packed:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            packed.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def stand_ins(tmp_path):
    return {
        "python": write_script(tmp_path / "bin" / "python", PYTHON),
        "gh": write_script(tmp_path / "bin" / "gh", GH),
    }


@pytest.fixture
def retrain(run, checkout, stand_ins):
    def run_script(code=0, **settings):
        outcome = run("retrain.sh", cwd=checkout, PYTHON=str(stand_ins["python"]), CODE=str(code), **settings)
        called = (checkout / "calls").read_text(encoding="utf-8").splitlines() if (checkout / "calls").exists() else []
        return outcome, [one.removeprefix("-m scoring ") for one in called if not one.startswith("-c")]

    return run_script


@pytest.fixture
def propose(run, environment, checkout, remote, stand_ins, git):
    git(checkout, "branch", "--move", "main")
    (checkout / ".git" / "info" / "exclude").write_text("out\ngh-*\n", encoding="utf-8")
    git(checkout, "push", "--quiet", remote, "main")
    work = checkout / "out" / "retrain"
    work.mkdir(parents=True)
    (work / "comparison.md").write_text(COMPARISON, encoding="utf-8")
    pack(work / "model.tar", {"scaler.pkl": "better"})
    (checkout / "other.txt").write_text("not of the model", encoding="utf-8")
    path = f"{stand_ins['gh'].parent}{os.pathsep}{environment['PATH']}"

    def run_script(**settings):
        known = {"PATH": path, "GH_TOKEN": "made-up-token", "PROPOSE_REMOTE": str(remote), **settings}
        return run("propose.sh", cwd=checkout, **known)

    return run_script


def find_left(checkout):
    return {path.name for path in (checkout / "out" / "retrain").rglob("*") if path.is_file()}


def test_a_table_is_trained_on_with_clients_set_aside_and_compared_on_the_same_table(retrain, checkout):
    (checkout / "credit.csv").touch()
    outcome, called = retrain(
        RETRAIN_DATA="credit.csv", RETRAIN_OPTIONS="--target y --id n", RETRAIN_TOLERANCE="--seed 1"
    )
    assert outcome.returncode == 0, outcome.stderr
    work = "out/retrain"
    assert called == [
        f"train --table credit.csv --set-aside 0.1 --target y --id n --no-tracking --out {work}/candidate",
        f"promote --champion . --candidate {work}/candidate --data credit.csv --seed 1 --report {work}/comparison.md",
        "card . --out docs/model_card.md",
    ]
    assert find_left(checkout) == {"comparison.md", "model.tar", "said"}  # no row of the candidate's clients
    with tarfile.open(checkout / work / "model.tar") as packed:
        assert packed.getnames() == ["scaler.pkl", "docs/model_card.md"]


@pytest.mark.parametrize("given", ["--set-aside 0.3", "--set-aside=0.3"])
def test_another_share_of_clients_set_aside_takes_the_place_of_the_usual_one(retrain, checkout, given):
    (checkout / "credit.csv").touch()
    _, called = retrain(RETRAIN_DATA="credit.csv", RETRAIN_OPTIONS=f"--target y {given}")
    options = f"--target y {given} --no-tracking --out out/retrain/candidate"
    assert called[0] == f"train --table credit.csv {options}"  # "train" refuses an option that is given twice


def test_a_candidate_that_is_not_published_ends_with_exit_code_3_and_leaves_the_comparison(retrain, checkout, tmp_path):
    (checkout / "credit.csv").touch()
    summary = tmp_path / "summary"
    outcome, called = retrain(
        code=3, RETRAIN_DATA="credit.csv", GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true"
    )
    assert outcome.returncode == 3
    assert "::warning::retrain: the candidate is not published" in outcome.stderr
    assert summary.read_text(encoding="utf-8") == COMPARISON
    assert not any(one.startswith("card") for one in called)
    assert find_left(checkout) == {"comparison.md", "said"}


def test_an_archive_is_fetched_from_an_address_that_no_log_shows(retrain, checkout, tmp_path):
    (tmp_path / "application_train.csv").write_text("SK_ID_CURR\n", encoding="utf-8")
    archive = tmp_path / "tables.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "application_train.csv", "application_train.csv")

    class Storage(QuietHandler):
        def do_GET(self):
            good = self.path == "/tables.tar.gz?signature=secret"
            self.answer(200 if good else 403, "application/gzip", archive.read_bytes() if good else b"")

    with serving(Storage) as address:
        outcome, called = retrain(RETRAIN_DATA_URL=f"{address}/tables.tar.gz?signature=secret")
        refused, _ = retrain(RETRAIN_DATA_URL=f"{address}/tables.tar.gz?signature=wrong")
    assert outcome.returncode == 0, outcome.stderr
    assert called[0].startswith("train --data out/retrain/fetched --set-aside 0.1")
    assert (refused.returncode, "could not be fetched from RETRAIN_DATA_URL" in refused.stderr) == (1, True)
    assert "403" in refused.stderr
    assert not any(word in one.stdout + one.stderr for word in ("secret", "wrong") for one in (outcome, refused))
    assert find_left(checkout) == set()  # nobody's rows stay on a runner of one's own, after a failure too


def test_no_data_come_over_http_where_others_could_read_and_change_them(retrain):
    outcome, called = retrain(RETRAIN_DATA_URL="http://data.example/secret.csv")
    assert (outcome.returncode, called) == (1, [])
    assert "expected https://, since others can read and change what is sent over http" in outcome.stderr
    assert "secret" not in outcome.stderr
    redirected = []

    class Storage(QuietHandler):
        def do_GET(self):
            redirected.append(self.path)
            self.answer(302, "text/plain", b"", Location="/elsewhere.csv")

    with serving(Storage) as address:
        outcome, called = retrain(RETRAIN_DATA_URL=f"{address}/table.csv")
    assert (outcome.returncode, called, redirected) == (1, [], ["/table.csv"])


def test_an_address_may_have_brackets(retrain):
    class Storage(QuietHandler):
        def do_GET(self):
            self.answer(200 if self.path == "/t.csv?a={1,2}[3]" else 404, "text/csv", b"client\n")

    with serving(Storage) as address:
        outcome, called = retrain(RETRAIN_DATA_URL=f"{address}/t.csv?a={{1,2}}[3]")
    assert outcome.returncode == 0, outcome.stderr
    assert called[0].startswith("train --table out/retrain/fetched/t.csv")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "neither RETRAIN_DATA nor RETRAIN_DATA_URL is set"),
        ({"RETRAIN_DATA": "absent"}, "RETRAIN_DATA names absent, which is not on this machine"),
        ({"RETRAIN_DATA_URL": 'http://a"b'}, "RETRAIN_DATA_URL is not the address of a file"),
    ],
)
def test_without_data_nothing_is_trained(retrain, settings, said):
    outcome, called = retrain(**settings)
    assert (outcome.returncode, called) == (1, [])
    assert said in outcome.stderr


def test_the_model_is_proposed_on_a_branch_of_its_own_with_the_comparison_as_text(propose, git, checkout, remote):
    before = git(remote, "rev-parse", "main")
    outcome = propose()
    assert outcome.returncode == 0, outcome.stderr
    assert git(remote, "rev-parse", "main") == before
    branch = f"retrain/{VERSION}"
    assert git(remote, "diff", "--name-only", "main", branch) == "scaler.pkl"
    assert git(remote, "show", f"{branch}:scaler.pkl") == "better"
    assert git(remote, "rev-parse", f"{branch}~1") == before
    called = (checkout / "gh-calls").read_text(encoding="utf-8").splitlines()
    assert called[:6] == ["pr", "create", "--base", "main", "--head", branch]
    assert (checkout / "gh-body").read_text(encoding="utf-8") == COMPARISON
    assert "made-up-token" not in outcome.stdout + outcome.stderr + str(called)


def test_a_model_that_was_proposed_before_is_not_proposed_again(propose, git, checkout):
    assert propose().returncode == 0
    git(checkout, "switch", "--quiet", "main")
    (checkout / "gh-calls").unlink()
    (checkout / "gh-opened").write_text("7\n", encoding="utf-8")
    outcome = propose()
    assert outcome.returncode == 0
    assert f"model {VERSION} was proposed before, in pull request 7" in outcome.stdout
    assert not (checkout / "gh-calls").exists()


def test_a_pull_request_that_cannot_be_opened_fails_and_says_that_the_branch_is_there(propose):
    outcome = propose(GH_CODE="1")
    assert outcome.returncode == 1
    assert f"the branch retrain/{VERSION} is pushed, but the pull request could not be opened" in outcome.stderr


def test_a_pull_request_that_could_not_be_opened_is_opened_by_the_next_run(propose, git, checkout, remote):
    assert propose(GH_CODE="1").returncode == 1
    git(checkout, "switch", "--quiet", "main")
    (checkout / "gh-calls").unlink()
    assert "gh could not tell whether" in propose(GH_CODE="1").stderr
    outcome = propose()
    assert outcome.returncode == 0, outcome.stderr
    assert "create" in (checkout / "gh-calls").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("file", "said"), [("comparison.md", "run retrain.sh first"), ("model.tar", "run retrain.sh first")]
)
def test_without_a_published_candidate_nothing_is_proposed(propose, git, checkout, remote, file, said):
    (checkout / "out" / "retrain" / file).unlink()
    outcome = propose()
    assert outcome.returncode == 1
    assert said in outcome.stderr
    assert git(remote, "branch", "--list", "retrain/*") == ""


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", "model/scaler.pkl", "xscaler.pkl"])
def test_files_that_are_not_of_the_model_are_not_proposed(propose, git, checkout, remote, name):
    pack(checkout / "out" / "retrain" / "model.tar", {"scaler.pkl": "better", name: "more"})
    outcome = propose()
    assert outcome.returncode == 1
    assert f"model.tar has {name}, which is no file of the model in .; nothing is proposed" in outcome.stderr
    assert git(remote, "branch", "--list", "retrain/*") == ""


def test_a_link_with_the_name_of_a_file_of_the_model_is_not_proposed(propose, git, checkout, remote):
    link = tarfile.TarInfo("scaler.pkl")
    link.type, link.linkname = tarfile.SYMTYPE, "file.txt"
    with tarfile.open(checkout / "out" / "retrain" / "model.tar", "w") as packed:
        packed.addfile(link)
    outcome = propose()
    assert outcome.returncode == 1
    assert "scaler.pkl -> file.txt; nothing is proposed" in outcome.stderr
    assert git(remote, "branch", "--list", "retrain/*") == ""


@pytest.mark.parametrize("champion", ["model", "./model/", "docs/../model"])
def test_the_folder_of_the_champion_may_be_written_in_any_way(retrain, propose, checkout, git, remote, champion):
    (checkout / "credit.csv").touch()
    (checkout / "model").mkdir()
    (checkout / "model" / "model_card.md").write_text("card", encoding="utf-8")
    outcome, called = retrain(RETRAIN_DATA="credit.csv", RETRAIN_CHAMPION=champion)
    assert outcome.returncode == 0, outcome.stderr
    assert called[-1] == "card model --out model/model_card.md"
    work = checkout / "out" / "retrain"
    with tarfile.open(work / "model.tar") as packed:
        assert packed.getnames()[-1] == "model/model_card.md"
    pack(work / "model.tar", {"model/scaler.pkl": "better"})
    assert propose(RETRAIN_CHAMPION=champion).returncode == 0
    assert git(remote, "diff", "--name-only", "main", f"retrain/{VERSION}") == "model/scaler.pkl"


def test_the_job_that_trains_may_write_nothing_and_the_one_that_writes_runs_no_package(root):
    jobs = read_workflow(root / ".github" / "workflows" / "retrain.yml")["jobs"]
    train, propose = jobs["train"], jobs["propose"]
    assert train["permissions"] == {"contents": "read"}
    assert propose["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert (propose["needs"], propose["if"]) == ("train", "needs.train.outputs.code == '0'")
    assert not [step for step in train["steps"] if "token" in str(step).lower()]
    assert sum("scripts/retrain.sh" in step.get("run", "") for step in train["steps"]) == 1
    last = train["steps"][-1]
    assert (last["if"], last["run"]) == ("always()", "rm -rf out/retrain")
    assert [step["run"] for step in propose["steps"] if "run" in step] == ["bash .github/scripts/propose.sh"]


@pytest.fixture
def tables(tmp_path):
    """A table with right outcomes, and one in which most outcomes of the clients who are trained on are wrong."""
    draws = np.random.default_rng(5)
    risk = draws.normal(size=4000)
    clients = pd.DataFrame({"client": range(1, 4001), "debt": risk.round(4), "noise": draws.normal(size=4000).round(4)})
    right = (draws.random(4000) < 1 / (1 + np.exp(1.5 - 2 * risk))).astype(int)
    wrong = ~find_set_aside(clients["client"].to_numpy(), 0.3) & (draws.random(4000) < 0.8)
    outcomes = {"right": right, "wrong": np.where(wrong, (clients["noise"] > 1).astype(int), right)}
    for name, one in outcomes.items():
        clients.assign(default=one).to_csv(tmp_path / f"{name}.csv", index=False)
    return {name: tmp_path / f"{name}.csv" for name in outcomes}


@pytest.mark.drill
def test_with_the_real_commands_a_worse_candidate_is_blocked_and_a_better_one_is_proposed(
    run, root, checkout, propose, remote, git, tables
):
    options = "--target default --id client --candidates scorecard --folds 3 --refits 2 --set-aside 0.3"
    settings = {"PYTHON": sys.executable, "PYTHONPATH": str(root), "RETRAIN_CHAMPION": "model"}
    settings |= {"RETRAIN_OPTIONS": options, "RETRAIN_TOLERANCE": "--max-cost 0.2 --max-auc-loss 0.05"}
    work, model = checkout / "out" / "retrain", checkout / "model"

    def retrain(table):
        return run("retrain.sh", cwd=checkout, timeout=600, **settings, RETRAIN_DATA=str(tables[table]))

    def take_candidate_as_champion():
        """Copy it as it is in a repository: the script has removed the tables of clients."""
        shutil.copytree(work / "candidate", model, dirs_exist_ok=True)
        manifest = json.loads((model / "modele_retenu.json").read_bytes())
        manifest["files"] = {name: value for name, value in manifest["files"].items() if name.endswith(".pkl")}
        (model / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")

    model.mkdir()
    assert "no modele_retenu.json found" in retrain("right").stderr  # there is no champion yet
    take_candidate_as_champion()
    before = {path.name: path.read_bytes() for path in model.iterdir()}

    worse = retrain("wrong")
    assert worse.returncode == 3, worse.stderr
    assert "not published: the cost per client is higher" in worse.stderr
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before

    take_candidate_as_champion()
    better = retrain("right")
    assert better.returncode == 0, better.stderr
    assert "real people's rows must not get into it" in better.stderr
    opened = propose(RETRAIN_CHAMPION="model")
    assert opened.returncode == 0, opened.stderr
    branch = git(remote, "branch", "--list", "--format=%(refname:short)", "retrain/*")
    proposed = git(remote, "diff", "--name-only", "main", branch).splitlines()
    assert proposed == [
        f"model/{name}" for name in ("model_card.md", "modele_retenu.json", "modele_retenu.pkl", "scaler.pkl")
    ]
    assert (
        (checkout / "gh-body")
        .read_text(encoding="utf-8")
        .startswith("## Champion and candidate\n\n**The candidate is not")
    )
