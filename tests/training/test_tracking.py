"""Runs and registered models in a real SQLite store, each test in one of its own."""

import json
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from fonction_api_prediction import create_app
from scoring.errors import ArtefactError, SettingError
from scoring.model.report import Metric
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.storage.pickles import sha256
from scoring.training.tracking import Record, default_uri, open_tracking, pull, register
from scoring.training.tracking.store import connect, without_its_warnings

CHAMPION = "models:/credit-scoring@champion"
TABLES = {"df_sample.csv", "applications_sample.csv"}
FITTED = {"modele_retenu.pkl", "scaler.pkl", "preprocessor.pkl"}


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """Make a store once: creating its tables takes MLflow seconds."""
    folder = tmp_path_factory.mktemp("store")
    connect(default_uri(folder), create=True)
    return folder / "mlflow.db"


@pytest.fixture
def store(empty_store, tmp_path):
    """Make the folder of a store of one's own."""
    shutil.copy(empty_store, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def filled(empty_store, tmp_path_factory, project):
    """Make a store with the bundled model as its champion, to be asked, not to be changed."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(empty_store, folder)
    fill(folder, project)
    return folder


@pytest.fixture
def champion_files(filled, tmp_path):
    """Find the champion's files in the store, to be spoiled; they are restored afterwards."""
    data = files_in_store(filled)
    shutil.copytree(data, tmp_path / "whole")
    yield data
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(tmp_path / "whole", data)


def client_of(store):
    return connect(default_uri(store), create=False)


def runs_of(store, experiment="lending"):
    client = client_of(store)
    return client.search_runs([client.get_experiment_by_name(experiment).experiment_id])


def run_named(store, name):
    return next(run for run in runs_of(store) if run.info.run_name == name)


def fill(store, folder):
    """Register the artefacts in a folder as the champion; returns the version's number."""
    with open_tracking("lending", folder=store) as run:
        return register(run, folder)


def made_real(folder):
    """Say of the artefacts in a folder that their clients are people."""
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["training"]["synthetic"] = False
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def files_in_store(store):
    (data,) = (store / "mlartifacts" / "models").glob("*/artifacts/data/artefacts")
    return data


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_a_candidate_is_a_nested_run_with_parameters_metrics_with_intervals_tags_and_durations(store):
    with open_tracking("lending", folder=store, name="monday") as run:
        run.nested(
            "LightGBM, class weights",
            Record(
                parameters={"num_leaves": 8, "max_depth": None},
                metrics={"auc": Metric(value=0.75, low=0.74, high=0.76), "gap": 0.01, "ks": None},
                tags={"family": "LightGBM", "synthetic": True},
                seconds={"folds": 30.0, "refits": 12.5},
                note="**better**",
            ),
        )
    candidate, parent = run_named(store, "LightGBM, class weights"), run_named(store, "monday")
    assert candidate.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert candidate.data.params == {"num_leaves": "8", "max_depth": "None"}
    assert candidate.data.metrics == {
        "auc": 0.75,
        "auc_low": 0.74,
        "auc_high": 0.76,
        "gap": 0.01,
        "seconds/folds": 30.0,
        "seconds/refits": 12.5,
    }
    assert candidate.data.tags["family"] == "LightGBM"
    assert candidate.data.tags["synthetic"] == "true"
    assert candidate.data.tags["mlflow.note.content"] == "**better**"
    assert candidate.info.end_time - candidate.info.start_time == pytest.approx(42_500, abs=100)
    assert {candidate.info.status, parent.info.status} == {"FINISHED"}


def test_a_trial_is_nested_in_its_candidate_and_one_given_up_is_shown_as_killed(store):
    with open_tracking("lending", folder=store) as run:
        candidate = run.nested("LightGBM, tuned", Record())
        candidate.nested("trial 0", Record(metrics={"log_loss": 0.26}))
        candidate.nested("trial 1", Record(metrics={"log_loss": 0.31}), given_up=True)
    assert run_named(store, "trial 0").data.tags["mlflow.parentRunId"] == candidate.id
    assert [run_named(store, f"trial {n}").info.status for n in (0, 1)] == ["FINISHED", "KILLED"]


def test_more_than_mlflow_takes_in_one_call_is_written_too(store):
    many = Record(
        parameters={f"p{n}": "x" * 7000 for n in range(130)},
        metrics={f"m{n}": float(n) for n in range(1200)},
        tags={f"t{n}": n for n in range(130)},
    )
    with open_tracking("lending", folder=store) as run:
        run.nested("wide", many)
    wide = run_named(store, "wide")
    assert (len(wide.data.params), len(wide.data.metrics)) == (130, 1200)
    assert wide.data.params["p0"] == "x" * 5999 + "…"
    assert wide.data.tags["t129"] == "129"


def test_figures_and_tables_are_files_of_the_run(store):
    figure = Figure(figsize=(2, 2))
    figure.subplots().plot([0, 1])
    with open_tracking("lending", folder=store) as run:
        run.figure("roc", figure)
        run.table("gains", "| tenth |\n|---|\n| 1 |\n")
        run.table("choice", {"champion": "scorecard"})
    kept = store / "mlartifacts" / run.id / "artifacts"
    assert (kept / "plots" / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert (kept / "tables" / "gains.md").read_text(encoding="utf-8").startswith("| tenth |")
    assert json.loads((kept / "tables" / "choice.json").read_text(encoding="utf-8")) == {"champion": "scorecard"}


def test_the_data_is_told_by_its_fingerprint_and_aggregates(store):
    with open_tracking("lending", folder=store) as run:
        run.dataset("applications", "ab" * 32, {"rows": 45_053, "default_rate": 0.08})
    told = run_named(store, "training")
    (dataset,) = told.inputs.dataset_inputs
    assert (dataset.dataset.name, dataset.dataset.digest) == ("applications", "abababababababab")
    assert json.loads(dataset.dataset.source) == {"sha256": "ab" * 32}
    assert json.loads(dataset.dataset.profile) == {"rows": 45_053, "default_rate": 0.08}
    assert told.data.tags["data_sha256"] == "ab" * 32


def test_a_name_is_written_once(store):
    with open_tracking("lending", folder=store) as run:
        first = run.nested("scorecard", Record(metrics={"auc": 0.75}))
        assert run.nested("scorecard", Record(metrics={"auc": 0.1})).id == first.id
    assert [r.data.metrics for r in runs_of(store) if r.info.run_name == "scorecard"] == [{"auc": 0.75}]


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("client 500123"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_an_error_ends_the_run_and_its_text_is_not_told(store, error, status):
    with pytest.raises(type(error)), open_tracking("lending", folder=store):
        raise error
    (run,) = runs_of(store)
    assert run.info.status == status
    assert run.data.tags["scoring.error"] == type(error).__name__
    assert "500123" not in str(run.to_dictionary())


KILLED = """
import os, signal, sys
from pathlib import Path
from scoring.training.tracking import Record, open_tracking
assert "mlflow" not in sys.modules, "importing did something"
run = open_tracking("lending", folder=Path(sys.argv[1]), resume="same data, same seed")
from mlflow.telemetry.client import get_telemetry_client
assert get_telemetry_client() is None, "MLflow would report that it was used"
search = run.nested("search", Record())
search.nested("trial 0", Record(parameters={"C": 1}, metrics={"log_loss": 0.3}))
search.nested("trial 1", Record(metrics={"log_loss": 0.9}), given_up=True)
run.store.client.set_terminated = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
search.nested("trial 2", Record(parameters={"C": 3}, metrics={"log_loss": 0.2}))
"""


def test_a_killed_training_is_marked_and_gone_on_with_in_the_same_run(store, project):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(store)], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    killed = {run.info.run_name: run for run in runs_of(store)}
    assert {name: run.info.status for name, run in killed.items()} == {
        "training": "RUNNING",
        "search": "FINISHED",
        "trial 0": "FINISHED",
        "trial 1": "KILLED",
        "trial 2": "RUNNING",
    }
    with open_tracking("lending", folder=store, resume="other data"):
        assert {run.info.status for run in runs_of(store) if run.info.run_name == "trial 2"} == {"KILLED"}
    assert run_named(store, "trial 2").data.tags["scoring.error"] == "the process died"
    with open_tracking("lending", folder=store, resume="same data, same seed") as run:
        assert run.id == killed["training"].info.run_id
        search = run.nested("search", Record())
        for number in range(4):
            search.nested(f"trial {number}", Record(parameters={"C": number + 1}, metrics={"log_loss": 0.2}))
    after = {name: run_named(store, name) for name in ("trial 0", "trial 1", "trial 2", "trial 3")}
    assert after["trial 0"].data.metrics == {"log_loss": 0.3}
    assert after["trial 1"].info.status == "KILLED"
    assert after["trial 2"].info.run_id == killed["trial 2"].info.run_id
    assert after["trial 2"].info.status == after["trial 3"].info.status == "FINISHED"
    assert "scoring.error" not in after["trial 2"].data.tags
    assert client_of(store).get_run(run.id).info.status == "FINISHED"
    with open_tracking("lending", folder=store, resume="same data, same seed") as again:
        assert again.id != run.id, "a training that came to its end is not written over"


def test_a_nested_run_costs_well_under_a_second(store):
    record = Record({f"p{n}": n for n in range(30)}, {f"m{n}": Metric(value=1, low=0, high=2) for n in range(20)})
    seconds = []
    with open_tracking("lending", folder=store) as run:
        for number in range(7):
            started = time.perf_counter()
            run.nested(f"trial {number}", record)
            seconds.append(time.perf_counter() - started)
    assert statistics.median(seconds) < 0.7


def test_the_champion_is_loaded_by_its_alias_and_gives_the_published_probabilities(filled, project):
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(default_uri(filled))
    try:
        with without_its_warnings():
            model = mlflow.pyfunc.load_model(CHAMPION)
    finally:
        mlflow.set_tracking_uri(before)
    bundle = load_bundle(project)
    table = pd.read_csv(project / "df_sample.csv").head(50)
    rows = table[list(bundle.scorer.features)].astype(float)
    own = bundle.scorer.score(rows.to_numpy()).probability
    np.testing.assert_allclose(model.predict(rows)["probability"], own, rtol=0, atol=1e-12)
    signature = model.metadata.signature
    assert signature.inputs.input_names() == list(bundle.scorer.features)
    assert signature.outputs.input_names() == ["probability"]
    example = json.loads((files_in_store(filled).parents[1] / "input_example.json").read_text(encoding="utf-8"))
    assert example["data"] == [list(bundle.manifest.golden[0].row)], "a made-up row, nobody's own"


def test_a_pulled_model_is_served_with_the_same_answers(filled, project, app, numbers, tmp_path):
    written = pull(CHAMPION, tmp_path / "pulled", default_uri(filled))
    assert {path.name for path in written} == FITTED | TABLES | {"modele_retenu.json"}
    assert contents(tmp_path / "pulled") == {path.name: (project / path.name).read_bytes() for path in written}
    pulled = create_app(Settings(artefacts=tmp_path / "pulled")).test_client()
    for number in numbers[:20]:
        ours, theirs = (client.get(f"/predict/{number}").json for client in (pulled, app.test_client()))
        assert ours["probability"] == theirs["probability"]
        assert ours["model_version"] == theirs["model_version"]


def test_people_are_not_registered_and_the_pulled_model_is_served_with_a_table_beside(store, folder, numbers):
    fill(store, made_real(folder))
    kept = [path for path in (store / "mlartifacts").rglob("*") if path.is_file()]
    assert {path.name for path in kept if path.parent == files_in_store(store)} == FITTED | {"modele_retenu.json"}
    people = [
        line.split(b",", 1)[1][:40] for table in TABLES for line in (folder / table).read_bytes().splitlines()[1:]
    ]
    for path in [*kept, store / "mlflow.db"]:
        written = path.read_bytes()
        assert not any(row in written for row in people), path
    pull(CHAMPION, store / "pulled", default_uri(store))
    with pytest.raises(SettingError, match="SCORING_OPEN is not 1"):
        create_app(Settings(artefacts=store / "pulled", clients=folder / "df_sample.csv"))
    pulled = create_app(Settings(artefacts=store / "pulled", clients=folder / "df_sample.csv", open=True))
    served, here = pulled.test_client(), create_app(Settings(artefacts=folder, open=True)).test_client()
    for number in numbers[:20]:
        ours, theirs = (client.get(f"/predict/{number}").json for client in (served, here))
        assert ours["probability"] == theirs["probability"]
        assert ours["model_version"] == theirs["model_version"]
    assert served.get(f"/clients/{numbers[0]}").status_code == 404  # raw facts stayed where they were


def test_the_alias_moves_to_another_model_the_former_can_still_be_pulled_and_the_same_is_no_new_version(
    store, project, folder
):
    assert fill(store, project) == "1"
    assert fill(store, project) == "1"
    assert fill(store, made_real(folder)) == "2"
    pull("models:/credit-scoring/1", store / "former", default_uri(store))
    pull(CHAMPION, store / "present", default_uri(store))
    assert read_manifest(store / "former" / "modele_retenu.json").training.synthetic
    assert not read_manifest(store / "present" / "modele_retenu.json").training.synthetic


def test_pulling_again_replaces_the_former_model_but_not_one_with_files_that_would_be_left(store, project, folder):
    fill(store, project)
    out = store / "pulled"
    pull(CHAMPION, out, default_uri(store))
    (out / "scaler.pkl").write_bytes(b"damaged")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    pull(CHAMPION, out, default_uri(store))
    load_bundle(out)
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    fill(store, made_real(folder))
    before = contents(out)
    with pytest.raises(SettingError, match=r"files of another model .*: df_sample\.csv, applications_sample\.csv"):
        pull(CHAMPION, out, default_uri(store))
    assert contents(out) == before


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("models:/credit-scoring@challenger", "has no alias 'challenger'\nIt has versions 1; aliases champion"),
        ("models:/credit-scoring/7", "has no version 7\nIt has versions 1"),
        ("models:/house-prices@champion", "no model 'house-prices' is registered\nRegistered are: credit-scoring"),
        ("credit-scoring", "not a registered model\nExpected models:/NAME@ALIAS or models:/NAME/VERSION"),
        ("models:/credit-scoring/../x", "not a registered model"),
    ],
)
def test_what_is_not_registered_is_refused_and_says_what_is(filled, tmp_path, uri, message):
    with pytest.raises(SettingError, match=message):
        pull(uri, tmp_path / "pulled", default_uri(filled))
    assert not (tmp_path / "pulled").exists()


def drop_a_file(data):
    (data / "scaler.pkl").unlink()


def drop_everything(data):
    shutil.rmtree(data)


def alter_a_file(data):
    (data / "modele_retenu.pkl").write_bytes(b"another model")


def alter_file_and_manifest(data):
    alter_a_file(data)
    text = (data / "modele_retenu.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    manifest["files"]["modele_retenu.pkl"] = sha256(b"another model")
    (data / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")


def drop_the_manifest(data):
    (data / "modele_retenu.json").unlink()


def add_a_file(data):
    (data / "more.pkl").write_bytes(b"?")


def list_a_path(data):
    manifest = json.loads((data / "modele_retenu.json").read_text(encoding="utf-8"))
    manifest["files"]["../../evil.pkl"] = sha256(b"")
    (data / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_a_file, r"scaler\.pkl is missing"),
        (drop_everything, "its files cannot be fetched"),
        (alter_a_file, r"modele_retenu\.pkl has sha256 [0-9a-f]{64}, the manifest says [0-9a-f]{64}"),
        (alter_file_and_manifest, r"modele_retenu\.json has sha256 [0-9a-f]{64}, registered was [0-9a-f]{64}"),
        (drop_the_manifest, r"modele_retenu\.json is missing"),
        (add_a_file, r"holds what its manifest does not list: more\.pkl"),
        (list_a_path, r"'\.\./\.\./evil\.pkl' is not the name of a file beside it"),
    ],
)
def test_a_model_that_was_changed_in_the_store_is_refused_and_what_was_pulled_before_stays(
    filled, champion_files, tmp_path, spoil, message
):
    pull(CHAMPION, tmp_path / "pulled", default_uri(filled))
    before = contents(tmp_path / "pulled")
    spoil(champion_files)
    with pytest.raises(ArtefactError, match=message) as caught:
        pull(CHAMPION, tmp_path / "pulled", default_uri(filled))
    assert "register" in str(caught.value)
    assert contents(tmp_path / "pulled") == before


def test_a_store_that_is_not_there_is_not_made_by_asking_for_a_model(tmp_path):
    with pytest.raises(SettingError, match="no such file"):
        pull(CHAMPION, tmp_path / "out", default_uri(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "mlflow.db").write_text("client,probability\n", encoding="utf-8")
    with pytest.raises(SettingError, match=r"mlflow\.db: is not a SQLite file"):
        open_tracking("lending", folder=tmp_path)


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        uri = f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingError, match=r"MLFLOW_TRACKING_URI=http://\*\*\*@127\.0\.0\.1") as caught:
            pull(CHAMPION, tmp_path / "out", uri)
    assert "secret" not in str(caught.value)


def test_a_deleted_experiment_is_not_brought_back_unasked(store):
    with open_tracking("lending", folder=store):
        pass
    client = client_of(store)
    client.delete_experiment(client.get_experiment_by_name("lending").experiment_id)
    with pytest.raises(SettingError, match=r"experiment 'lending' in sqlite:.* was deleted\nRestore it"):
        open_tracking("lending", folder=store)


def test_artefacts_that_are_not_as_published_are_not_registered(store, project, folder):
    fill(store, project)
    (folder / "scaler.pkl").write_bytes(b"damaged")
    with pytest.raises(ArtefactError, match=r"scaler\.pkl has sha256"):
        fill(store, folder)
    assert client_of(store).get_model_version_by_alias("credit-scoring", "champion").version in (1, "1")


def test_a_folder_that_cannot_be_written_to_is_refused(filled, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingError, match=r"--out .*: cannot be written"):
        pull(CHAMPION, tmp_path / "file" / "out", default_uri(filled))


def test_only_the_tracking_package_imports_mlflow(project):
    importing = [
        path.parent.name
        for path in (project / "scoring").rglob("*.py")
        if any(
            line.strip().startswith(("import mlflow", "from mlflow")) for line in path.read_text("utf-8").splitlines()
        )
    ]
    assert set(importing) == {"tracking"}
