import json
import pickle
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from scoring.errors import ArtefactError, ClientTableError, SettingError
from scoring.model.preprocessor import Planned
from scoring.storage import artefacts
from scoring.storage.artefacts import load_bundle, read_manifest
from scoring.storage.checksums import sha256, verified_files


def relist(folder, *names):
    """Make the manifest agree with changed files, as someone who publishes by hand would."""
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in names:
        manifest["files"][name] = sha256((folder / name).read_bytes())
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_the_bundled_files_load_without_a_warning(project):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bundle = load_bundle(project)
    assert bundle.synthetic_clients
    assert len(bundle.clients.table.client_ids) == 1000
    assert bundle.golden_difference() <= 1e-12


def test_every_bundled_client_scores_as_scikit_learn_says(project):
    bundle = load_bundle(project)
    table = pd.read_csv(project / "df_sample.csv")
    scaler = pickle.loads((project / "scaler.pkl").read_bytes())
    model = pickle.loads((project / "modele_retenu.pkl").read_bytes())
    own = model.predict_proba(scaler.transform(table[list(bundle.scorer.features)]))[:, 1]
    vectorised = bundle.scorer.score(bundle.clients.table.rows).probability
    one_by_one = np.array([bundle.scorer.score(row.reshape(1, -1)).probability[0] for row in bundle.clients.table.rows])
    np.testing.assert_allclose(vectorised, own, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one_by_one, own, rtol=0, atol=1e-12)


def test_the_manifests_plan_turns_the_raw_sample_into_the_published_rows(project):
    plan = read_manifest(project / "modele_retenu.json").plan
    raw = pd.read_csv(project / "applications_sample.csv")
    ready = pd.read_csv(project / "df_sample.csv")
    made = Planned(plan).transform(raw)
    known = {*raw, *(step.name for step in plan.derived)}  # history is kept model-ready only
    checked = [column.name for column in plan.columns if column.source in known]
    assert len(checked) > 10
    np.testing.assert_allclose(made[checked].to_numpy(), ready[checked].to_numpy(), rtol=1e-14)
    assert raw["SK_ID_CURR"].tolist() == ready["SK_ID_CURR"].tolist()


@pytest.mark.parametrize("name", ["modele_retenu.pkl", "scaler.pkl", "df_sample.csv"])
def test_an_altered_file_is_named_with_both_hashes_before_anything_is_unpickled(folder, name):
    altered = (folder / name).read_bytes() + b"\n"
    (folder / name).write_bytes(altered)
    listed = json.loads((folder / "modele_retenu.json").read_text(encoding="utf-8"))["files"][name]
    with pytest.raises(ArtefactError) as caught:
        load_bundle(folder)
    assert f"{name} has sha256 {sha256(altered)}, the manifest has {listed}" in str(caught.value)
    assert "restore them, or publish the model again" in str(caught.value)


def test_a_pickle_that_runs_code_is_refused_before_it_runs(folder, tmp_path):
    witness = tmp_path / "witness"

    class Trap:
        def __reduce__(self):
            return open, (str(witness), "w")

    (folder / "scaler.pkl").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ArtefactError, match=r"scaler\.pkl has sha256"):
        load_bundle(folder)
    assert not witness.exists()


@pytest.mark.parametrize("name", ["modele_retenu.pkl", "scaler.pkl", "df_sample.csv", "applications_sample.csv"])
def test_a_missing_file_is_named_with_its_folder(folder, name):
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=f"{name}: not found in "):
        load_bundle(folder)


def test_an_invalid_manifest_is_refused_with_all_its_errors(folder):
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["threshold"]["value"] = 1.5
    del manifest["calibration"]
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ArtefactError) as caught:
        load_bundle(folder)
    assert "threshold.value: Input should be less than or equal to 1" in str(caught.value)
    assert "calibration: Field required" in str(caught.value)


def test_half_a_manifest_is_refused(folder):
    path = folder / "modele_retenu.json"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ArtefactError, match=r"modele_retenu\.json: file: Invalid JSON"):
        load_bundle(folder)


def test_a_threshold_with_a_manifest_is_refused(folder):
    with pytest.raises(SettingError, match=r"SCORING_THRESHOLD=0\.3: modele_retenu\.json has the threshold already"):
        load_bundle(folder, threshold=0.3)


def test_a_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(SettingError, match="not a folder"):
        load_bundle(tmp_path / "nowhere")


def test_another_client_table_needs_the_manifests_columns(folder, tmp_path):
    table = pd.read_csv(folder / "df_sample.csv")
    other = tmp_path / "clients.csv"
    table.rename(columns={"EXT_SOURCE_2": "SURPLUS"}).to_csv(other, index=False)
    with pytest.raises(ClientTableError, match=r"(?s)expects are missing: EXT_SOURCE_2.*does not know: SURPLUS"):
        load_bundle(folder, clients=other)


def test_another_client_table_is_served_but_does_not_pass_for_the_synthetic_sample(folder, tmp_path):
    other = tmp_path / "clients.csv"
    pd.read_csv(folder / "df_sample.csv").head(3).drop(columns="TARGET").to_csv(other, index=False)
    bundle = load_bundle(folder, clients=other)
    assert len(bundle.clients.table.client_ids) == 3
    assert not bundle.synthetic_clients


def test_a_model_fitted_on_other_columns_is_refused(folder):
    (folder / "scaler.pkl").write_bytes(pickle.dumps(StandardScaler().fit(np.eye(3))))
    relist(folder, "scaler.pkl")
    with pytest.raises(ArtefactError, match=r"scaler\.pkl: fitted on 3 columns, the manifest lists"):
        load_bundle(folder)


def test_a_model_that_scores_otherwise_than_when_it_was_published_is_refused(folder):
    model = pickle.loads((folder / "modele_retenu.pkl").read_bytes())
    model.intercept_ = model.intercept_ + 0.001
    (folder / "modele_retenu.pkl").write_bytes(pickle.dumps(model))
    relist(folder, "modele_retenu.pkl")
    with pytest.raises(ArtefactError, match="gives other probabilities than when it was published"):
        load_bundle(folder)


def test_a_registered_model_without_a_table_of_clients_says_which_setting_names_one(folder):
    path = folder / "modele_retenu.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in ("df_sample.csv", "applications_sample.csv"):
        del manifest["files"][name]
        (folder / name).unlink()
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ClientTableError, match="not found, and SCORING_CLIENTS names no other table of clients"):
        load_bundle(folder)
    scorer = load_bundle(folder, known=False)
    assert scorer.golden_difference() < 1e-9
    assert scorer.clients.table.rows.shape == (0, len(scorer.scorer.features))


def test_a_folder_of_an_earlier_release_with_its_preprocessor_is_loaded(folder):
    (folder / "preprocessor.pkl").write_bytes(b"pickled by an earlier release, never unpickled")
    before = load_bundle(folder).version
    relist(folder, "preprocessor.pkl")
    assert load_bundle(folder).version != before  # as it was published: every .pkl file counts
    (folder / "preprocessor.pkl").unlink()
    with pytest.raises(ArtefactError, match=r"preprocessor\.pkl: not found in "):
        load_bundle(folder)


def test_facts_of_an_earlier_release_have_markers_that_are_missing_values(folder):
    path = folder / "applications_sample.csv"
    table = pd.read_csv(path)
    table.loc[0, ["DAYS_EMPLOYED", "ORGANIZATION_TYPE"]] = [365243, "XNA"]
    table.to_csv(path, index=False)
    relist(folder, path.name)
    record = load_bundle(folder).clients.facts.record(int(table.loc[0, "SK_ID_CURR"]))
    assert record["DAYS_EMPLOYED"] is record["ORGANIZATION_TYPE"] is None
    assert record["AMT_CREDIT"] == table.loc[0, "AMT_CREDIT"]


@pytest.mark.parametrize("ending", [".csv.gz", ".CSV", ".csv.zst", ".parquet", ".zip"])
def test_the_client_table_may_be_any_kind_of_table(folder, tmp_path, ending):
    table = pd.read_csv(folder / "df_sample.csv")
    other = tmp_path / f"clients{ending}"
    if ending == ".parquet":
        table.to_parquet(other)
    elif ending == ".csv.zst":
        with pa.CompressedOutputStream(str(other), "zstd") as out:
            out.write((folder / "df_sample.csv").read_bytes())
    else:
        table.to_csv(other, index=False, compression=None if ending == ".CSV" else "infer")
    expected, served = load_bundle(folder).clients, load_bundle(folder, clients=other).clients
    assert served.table.client_ids.tolist() == expected.table.client_ids.tolist()
    np.testing.assert_array_equal(served.table.rows, expected.table.rows)


def test_what_was_verified_is_what_is_read(folder, monkeypatch):
    expected = load_bundle(folder)
    number = int(expected.clients.table.client_ids[0])

    def swap_after_verifying(where, manifest):
        content = verified_files(where, manifest)
        for name in ("df_sample.csv", "applications_sample.csv", "modele_retenu.pkl", "scaler.pkl"):
            (folder / name).write_bytes((folder / name).read_bytes().replace(b"1", b"2"))
        return content

    monkeypatch.setattr(artefacts, "verified_files", swap_after_verifying)
    served = load_bundle(folder)
    np.testing.assert_array_equal(served.clients.table.rows, expected.clients.table.rows)
    assert served.clients.facts.record(number) == expected.clients.facts.record(number)
    assert served.golden_difference() <= 1e-12
    assert served.synthetic_clients


def test_a_copy_of_the_published_table_passes_for_it(folder, tmp_path):
    copy = tmp_path / "clients.csv"
    copy.write_bytes((folder / "df_sample.csv").read_bytes())
    assert load_bundle(folder, clients=copy).synthetic_clients
    copy.write_bytes(copy.read_bytes().rstrip() + b"0\n")
    assert not load_bundle(folder, clients=copy).synthetic_clients


def test_something_else_than_a_classifier_is_refused(folder):
    (folder / "modele_retenu.pkl").write_bytes(pickle.dumps({"model": LogisticRegression()}))
    relist(folder, "modele_retenu.pkl")
    with pytest.raises(ArtefactError, match=r"modele_retenu\.pkl holds a dict, expected a classifier"):
        load_bundle(folder)


def test_a_client_table_with_values_that_the_model_does_not_give_is_refused(folder, tmp_path):
    table = pd.read_csv(folder / "df_sample.csv")
    table["DAYS_EMPLOYED"] = -2000 - table.index
    table.to_csv(tmp_path / "clients.csv", index=False)
    with pytest.raises(ClientTableError) as raised:
        load_bundle(folder, clients=tmp_path / "clients.csv")
    assert "clients.csv" in str(raised.value)
    assert "column DAYS_EMPLOYED: received -2000 (line 2), expected one of the model's" in str(raised.value)
