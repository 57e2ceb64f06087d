"""Training runs and registered models in a real SQLite store."""

import json
import pickle
import shutil
import socket
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.errors import ArtefactError, SettingError
from scoring.model.classifiers import Blend
from scoring.settings import Settings
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.storage.checksums import sha256
from scoring.training.options import Options
from scoring.training.plots import model_plots
from scoring.training.tracking.mlflow_store import default_uri, mlflow_store, set_experiment
from scoring.training.tracking.model_registry import pull, register
from scoring.training.tracking.training_runs import EXPERIMENT, log_trained, training_run
from tests.training.conftest import run

CHAMPION = "models:/credit-scoring@champion"
TABLES = {"df_sample.csv", "applications_sample.csv"}
FITTED = {"modele_retenu.pkl", "scaler.pkl"}


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    """Make a store once: creating its tables takes MLflow seconds."""
    folder = tmp_path_factory.mktemp("store")
    with mlflow_store(default_uri(folder)) as mlflow:
        mlflow.search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def store(empty_store, tmp_path):
    """Make the folder of a store of one's own."""
    shutil.copy(empty_store, tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def filled(empty_store, tmp_path_factory, project):
    """Make a store with the bundled model as its champion; tests read it and do not change it."""
    folder = tmp_path_factory.mktemp("filled")
    shutil.copy(empty_store, folder)
    fill(folder, project)
    return folder


@pytest.fixture
def champion_files(filled, tmp_path):
    """Find the champion's files in the store, to be damaged; they are restored afterwards."""
    data = files_in_store(filled)
    shutil.copytree(data, tmp_path / "whole")
    yield data
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(tmp_path / "whole", data)


@pytest.fixture(scope="module")
def recorded(empty_store, applications, tmp_path_factory):
    """Record a training with a search of two trials, the second one as if it had been given up."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copy(empty_store, folder)
    uri, options = default_uri(folder), {"trials": 2, "search_top": 1}
    draw = model_plots.plot_model

    def draw_some(*given):  # drawing all takes as long as training, and is tested with the plots
        return [(name, figure) for name, figure in draw(*given) if name in {"roc", "reliability"}]

    asked = Options(refits=2, candidates=("logistic regression",), folds=3, **options)
    with pytest.MonkeyPatch.context() as patch, training_run(uri, asked):
        patch.setattr(model_plots, "plot_model", draw_some)
        made = run(applications, folder / "out", **options)
        (family, (first, (place, parameters, _))) = next(iter(made.trials.items()))
        made = replace(made, trials={family: (first, (place, parameters, None))})
        log_trained(uri, made, folder / "out")
    return folder, made.manifest


def runs_of(folder, experiment=EXPERIMENT):
    with mlflow_store(default_uri(folder)) as mlflow:
        found = mlflow.search_runs(experiment_names=[experiment], output_format="list")
    return {one.info.run_name: one for one in found}


def fill(store, folder):
    """Register the artefacts in a folder as the champion; returns the version's number."""
    with mlflow_store(default_uri(store)) as mlflow:
        set_experiment(mlflow, default_uri(store), "lending")
        with mlflow.start_run():
            return register(mlflow, folder)[0]


def mark_as_real(folder):
    """Change the manifest in a folder as if the clients were people."""
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


def test_the_list_of_candidates_has_columns_that_every_candidate_has(recorded):
    folder, manifest = recorded
    with mlflow_store(default_uri(folder)) as mlflow:
        tags = mlflow.get_experiment_by_name(EXPERIMENT).tags
    view = json.loads(tags["mlflow.sharedViewState.candidates"])
    runs = runs_of(folder)
    shown = [name.removeprefix("metrics.").strip("`") for name in view["selectedColumns"] if name.startswith("metrics")]
    assert shown[:2] == ["auc", "log_loss"]
    for one in manifest.choice.candidates:
        assert set(shown) <= set(runs[one.name].data.metrics)
    assert view["orderByKey"] in view["selectedColumns"]


@pytest.mark.drill
def test_a_shaped_scorecard_is_a_run_of_its_family_with_plots_of_its_shapes(store, applications, monkeypatch):
    draw = model_plots.plot_model
    monkeypatch.setattr(
        model_plots,
        "plot_model",
        lambda *given: [(name, figure) for name, figure in draw(*given) if name.startswith("bins")],
    )
    uri, options = default_uri(store), {"candidates": ("shaped scorecard",), "folds": 2}
    with training_run(uri, Options(refits=2, **options)):
        log_trained(uri, run(applications.head(1500), store / "out", **options), store / "out")
    runs = runs_of(store)
    assert runs["shaped scorecard"].data.params["family"] == "shaped scorecard"
    with mlflow_store(uri) as mlflow:
        plots = mlflow.artifacts.list_artifacts(run_id=runs["training"].info.run_id, artifact_path="plots")
    assert [plot.path for plot in plots][:1] == ["plots/bins_1.png"]


def test_a_training_is_a_run_with_nested_runs_for_candidates_and_trials(recorded):
    folder, manifest = recorded
    runs = runs_of(folder)
    assert set(runs) == {"training", "trial 0", "trial 1", *(one.name for one in manifest.choice.candidates)}
    training = runs["training"]
    for one in manifest.choice.candidates:
        nested = runs[one.name]
        assert nested.data.tags["mlflow.parentRunId"] == training.info.run_id
        assert nested.data.metrics["auc"] == one.auc
        assert nested.data.metrics["log_loss_minus_champion_low"] == one.log_loss_difference.low
        assert nested.data.params["family"] == "logistic regression"
        assert nested.data.metrics["seconds"] > 0
    tuned = next(one for name, one in runs.items() if name.endswith("tuned"))
    assert [runs[f"trial {n}"].data.tags["mlflow.parentRunId"] for n in (0, 1)] == [tuned.info.run_id] * 2
    assert "log_loss" in runs["trial 0"].data.metrics
    assert {name: one.info.status for name, one in runs.items() if one.info.status != "FINISHED"} == {
        "trial 1": "KILLED"
    }


def test_the_run_of_a_training_has_options_metrics_with_intervals_plots_the_card_and_the_manifest(recorded):
    folder, manifest = recorded
    training = runs_of(folder)["training"]
    auc = manifest.metrics["test"]["auc"]
    assert [training.data.metrics[f"test/auc{end}"] for end in ("", "_low", "_high")] == [auc.value, auc.low, auc.high]
    assert training.data.params["trials"] == "2"
    assert training.data.params["false_negative"] == "10.0"
    assert training.data.params["data_sha256"] == manifest.training.data_sha256
    assert training.data.params["rows"] == str(manifest.training.rows)
    assert training.data.tags["choice"] == manifest.choice.reason
    files = folder / "mlartifacts" / training.info.run_id / "artifacts"
    assert (files / "plots" / "roc.png").read_bytes().startswith(b"\x89PNG")
    assert (files / "model_card.md").read_text(encoding="utf-8").startswith("# Model card")
    assert read_manifest(files / "modele_retenu.json") == manifest


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("client 500123"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_an_error_ends_the_run_and_its_text_is_not_recorded(store, error, status):
    with pytest.raises(type(error)), training_run(default_uri(store), Options()):
        raise error
    (training,) = runs_of(store).values()
    assert training.info.status == status
    assert "500123" not in str(training.to_dictionary())


def test_nothing_is_sent_about_a_run(store):
    with training_run(default_uri(store), Options()):
        from mlflow.telemetry.client import get_telemetry_client

        assert get_telemetry_client() is None


def test_the_champion_is_loaded_by_its_alias_and_gives_the_published_probabilities(filled, project):
    with mlflow_store(default_uri(filled)) as mlflow:
        model = mlflow.pyfunc.load_model(CHAMPION)
    bundle = load_bundle(project)
    table = pd.read_csv(project / "df_sample.csv").head(50)
    rows = table[list(bundle.scorer.features)].astype(float)
    own = bundle.scorer.score(rows.to_numpy()).probability
    np.testing.assert_allclose(model.predict(rows)["probability"], own, rtol=0, atol=1e-12)
    signature = model.metadata.signature
    assert signature.inputs.input_names() == list(bundle.scorer.features)
    assert signature.outputs.input_names() == ["probability"]
    example = json.loads((files_in_store(filled).parents[1] / "input_example.json").read_text(encoding="utf-8"))
    assert example["data"] == [list(bundle.manifest.golden[0].row)], "a synthetic row"


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
    fill(store, mark_as_real(folder))
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


def test_the_alias_moves_to_the_newest_version_and_the_former_one_can_still_be_pulled(store, project, folder):
    assert fill(store, project) == "1"
    assert fill(store, mark_as_real(folder)) == "2"
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
    fill(store, mark_as_real(folder))
    before = contents(out)
    with pytest.raises(SettingError, match=r"does not replace: df_sample\.csv, applications_sample\.csv"):
        pull(CHAMPION, out, default_uri(store))
    assert contents(out) == before


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("models:/credit-scoring@challenger", "challenger not found.\nRegistered are: models:/credit-scoring@champion"),
        ("models:/credit-scoring/7", r"version=7\) not found\nRegistered are: models:/credit-scoring@champion"),
        ("models:/house-prices@champion", "house-prices not found\nRegistered are: models:/credit-scoring@champion"),
        ("credit-scoring", "not a registered model\nExpected models:/NAME@ALIAS or models:/NAME/VERSION"),
        ("models:/credit-scoring/../x", "not a registered model"),
    ],
)
def test_a_model_that_is_not_registered_is_refused_and_the_message_lists_those_that_are(filled, tmp_path, uri, message):
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


def list_a_path(data):
    manifest = json.loads((data / "modele_retenu.json").read_text(encoding="utf-8"))
    manifest["files"]["../../evil.pkl"] = sha256(b"")
    (data / "modele_retenu.json").write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_a_file, r"scaler\.pkl: not found"),
        (drop_everything, "its files cannot be fetched"),
        (alter_a_file, r"modele_retenu\.pkl has sha256 [0-9a-f]{64}, the manifest has [0-9a-f]{64}"),
        (alter_file_and_manifest, r"modele_retenu\.json has sha256 [0-9a-f]{64}, registered was [0-9a-f]{64}"),
        (drop_the_manifest, r"modele_retenu\.json: not found"),
        (list_a_path, r"modele_retenu\.json has sha256"),
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
    assert "Train again: python -m scoring train" in str(caught.value)
    assert contents(tmp_path / "pulled") == before


@pytest.mark.parametrize("change", [{"new_key": 1}, {"format_version": 2}])
def test_a_model_of_a_release_that_this_one_cannot_read_is_refused_as_such(store, project, change):
    fill(store, project)
    path = files_in_store(store) / "modele_retenu.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with mlflow_store(default_uri(store)) as mlflow:
        tag = ("credit-scoring", "1", "manifest_sha256", sha256(path.read_bytes()))
        mlflow.MlflowClient().set_model_version_tag(*tag)
    with pytest.raises(ArtefactError, match="/1 was registered by another release, and this one cannot") as caught:
        pull(CHAMPION, store / "pulled", default_uri(store))
    assert next(iter(change)) in str(caught.value)
    assert "Train again: python -m scoring train" in str(caught.value)


def publish_as_an_earlier_release(folder):
    """Replace the model by an equal one whose class has the module name of an earlier release; add its preprocessor."""
    blend = Blend()
    blend.members_ = [pickle.loads((folder / "modele_retenu.pkl").read_bytes())]
    blend.classes_, blend.n_features_in_ = np.array([0, 1]), blend.members_[0].n_features_in_
    pickled = pickle.dumps(blend, protocol=0).replace(b"scoring.model.classifiers", b"scoring.core.models")
    (folder / "modele_retenu.pkl").write_bytes(pickled)
    (folder / "preprocessor.pkl").write_bytes(b"never unpickled")
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in ("modele_retenu.pkl", "preprocessor.pkl"):
        manifest["files"][name] = sha256((folder / name).read_bytes())
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_model_that_an_earlier_release_registered_is_pulled_served_and_loaded(store, folder, app, numbers):
    publish_as_an_earlier_release(folder)
    fill(store, folder)
    pull(CHAMPION, store / "pulled", default_uri(store))
    clients = create_app(Settings(artefacts=store / "pulled")).test_client(), app.test_client()
    ours, theirs = ([client.get(f"/predict/{number}").json for number in numbers[:5]] for client in clients)
    assert [one["decision"] for one in ours] == [one["decision"] for one in theirs]
    with mlflow_store(default_uri(store)) as mlflow:
        model = mlflow.pyfunc.load_model(CHAMPION)
    rows = pd.read_csv(folder / "df_sample.csv").set_index("SK_ID_CURR").loc[[int(number) for number in numbers[:5]]]
    loaded = model.predict(rows.drop(columns="TARGET").astype(float))["probability"]
    np.testing.assert_allclose(loaded, [one["probability"] for one in ours], rtol=0, atol=1e-12)
    np.testing.assert_allclose(loaded, [one["probability"] for one in theirs], rtol=0, atol=1e-9)


def test_a_store_that_is_not_there_is_not_made_by_asking_for_a_model(tmp_path):
    with pytest.raises(SettingError, match="No such file"):
        pull(CHAMPION, tmp_path / "out", default_uri(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_a_store_is_refused_before_any_training(tmp_path):
    (tmp_path / "mlflow.db").write_text("client,probability\n", encoding="utf-8")
    with (
        pytest.raises(SettingError, match=r"mlflow\.db: is not a SQLite file"),
        training_run(default_uri(tmp_path), Options()),
    ):
        pytest.fail("the training began")


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        uri = f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}"
        for use in (lambda: pull(CHAMPION, tmp_path / "out", uri), training_run(uri, Options()).__enter__):
            with pytest.raises(SettingError, match=r"MLFLOW_TRACKING_URI=http://\*\*\*@127\.0\.0\.1") as caught:
                use()
            assert "secret" not in str(caught.value)


def test_a_deleted_experiment_is_not_restored(store):
    with training_run(default_uri(store), Options()):
        pass
    with mlflow_store(default_uri(store)) as mlflow:
        mlflow.delete_experiment(mlflow.get_experiment_by_name(EXPERIMENT).experiment_id)
    with (
        pytest.raises(SettingError, match=r"deleted experiment 'credit scoring'.*restore"),
        training_run(default_uri(store), Options()),
    ):
        pytest.fail("the training began")


def test_artefacts_that_are_not_as_published_are_not_registered(store, project, folder):
    fill(store, project)
    (folder / "scaler.pkl").write_bytes(b"damaged")
    with pytest.raises(ArtefactError, match=r"scaler\.pkl has sha256"):
        fill(store, folder)
    with mlflow_store(default_uri(store)) as mlflow:
        assert mlflow.MlflowClient().get_model_version_by_alias("credit-scoring", "champion").version in (1, "1")


def test_a_folder_that_cannot_be_written_to_is_refused(filled, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingError, match=r"--out .*: cannot be written"):
        pull(CHAMPION, tmp_path / "file" / "out", default_uri(filled))


def test_only_the_tracking_package_imports_mlflow_and_not_before_it_is_needed(project):
    importing = [
        (path.parent.name, line)
        for path in (project / "scoring").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.strip().startswith(("import mlflow", "from mlflow"))
    ]
    assert {room for room, _ in importing} == {"tracking"}
    assert [line for _, line in importing if not line.startswith(" ")] == []
