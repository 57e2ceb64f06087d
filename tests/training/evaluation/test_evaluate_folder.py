import json
import pickle

import numpy as np
import pandas as pd
import pytest

from scoring.errors import ArtefactError, DataError
from scoring.tables.files import require_table
from scoring.training.evaluation.evaluate_folder import evaluate_folder


@pytest.fixture(scope="module")
def artefacts(trained):
    return trained[1]


@pytest.fixture(scope="module")
def table(synthetic_folder):
    return pd.read_parquet(require_table(synthetic_folder, "application_train").path)


def test_clients_are_measured_as_when_the_model_was_trained(trained, artefacts, synthetic_folder):
    manifest = trained[0]
    found = evaluate_folder(artefacts, synthetic_folder)
    assert (found.rows, found.scored, found.measured, found.invalid_rows) == (3000, 3000, 3000, ())
    assert set(found.metrics) == set(manifest.metrics["test"])
    assert found.metrics_at_training == manifest.metrics["test"]
    assert 0.6 < found.metrics["auc"].value < 0.9
    assert found.synthetic
    assert "synthetic clients" in found.as_text()


def test_scores_are_the_published_ones(trained, artefacts, table, tmp_path):
    sample = pd.read_csv(artefacts / "df_sample.csv")
    chosen = table[table["SK_ID_CURR"].isin(sample["SK_ID_CURR"])].drop(columns="TARGET")
    chosen.to_csv(tmp_path / "some.csv", index=False)
    found = evaluate_folder(artefacts, tmp_path / "some.csv", out=tmp_path / "scores.csv")
    assert found.metrics is None
    scores = pd.read_csv(tmp_path / "scores.csv").set_index("SK_ID_CURR")
    assert list(scores) == ["probability", "calibrated_probability", "decision", "review"]
    rows = sample.set_index("SK_ID_CURR").loc[scores.index, list(trained[0].features)]
    scaler, model = (pickle.loads((artefacts / name).read_bytes()) for name in ("scaler.pkl", "modele_retenu.pkl"))
    own = model.predict_proba(scaler.transform(rows))[:, 1]
    assert np.abs(scores["probability"] - own).max() < 1e-9
    refused = scores["probability"] >= trained[0].threshold.value
    assert (scores["decision"] == np.where(refused, "REFUSED", "ACCEPTED")).all()


def test_an_invalid_row_is_listed_in_text_and_json_and_the_others_are_scored(artefacts, table, tmp_path):
    some = table.head(400).astype({"AMT_CREDIT": float})
    some.loc[some.index[3], "AMT_CREDIT"] = -1.0
    some.to_parquet(tmp_path / "some.parquet")
    found = evaluate_folder(artefacts, tmp_path / "some.parquet", out=tmp_path / "scores.parquet")
    number = some["SK_ID_CURR"].iloc[3]
    assert f"row 4 ({number}): AMT_CREDIT: received -1, expected above 0" in found.as_text()
    plain = json.loads(json.dumps(found.model_dump(mode="json", by_alias=True)))
    assert plain["faulty_rows"] == [
        {"row": 4, "client": str(number), "faults": ["AMT_CREDIT: received -1, expected above 0"]}
    ]
    assert (plain["rows"], plain["scored"]) == (400, 399)
    assert len(pd.read_parquet(tmp_path / "scores.parquet")) == 399


def test_too_few_outcomes_are_not_measured_with_a_warning(artefacts, table, tmp_path):
    some = table.head(60).copy()
    some["TARGET"] = 0
    some.to_parquet(tmp_path / "some.parquet")
    found = evaluate_folder(artefacts, tmp_path / "some.parquet")
    assert found.metrics is None
    assert "0 clients have the rarer outcome, expected at least 10: nothing is measured" in found.warnings


def test_without_outcome_a_file_for_the_scores_is_needed(artefacts, table, tmp_path):
    table.head(5).drop(columns="TARGET").to_parquet(tmp_path / "some.parquet")
    with pytest.raises(DataError, match=r"no outcomes \(column TARGET\).*\nPass --out FILE"):
        evaluate_folder(artefacts, tmp_path / "some.parquet")


def test_a_table_of_invalid_rows_only_is_refused(artefacts, table, tmp_path):
    table.head(30).assign(AMT_CREDIT=-1).to_parquet(tmp_path / "some.parquet")
    message = r"(?s)30 errors\n.*AMT_CREDIT: received -1, expected above 0.*and 10 more invalid rows"
    with pytest.raises(DataError, match=message):
        evaluate_folder(artefacts, tmp_path / "some.parquet")


def test_a_folder_without_manifest_is_refused(tmp_path, synthetic_folder):
    with pytest.raises(ArtefactError, match=r"no modele_retenu.json found\nRaw applications need"):
        evaluate_folder(tmp_path, synthetic_folder)


@pytest.mark.parametrize(
    ("name", "remedy"), [("scores.txt", "ends in .csv or .parquet"), ("no/scores.csv", "folder that exists")]
)
def test_scores_that_cannot_be_written_are_one_message(artefacts, synthetic_folder, tmp_path, name, remedy):
    with pytest.raises(DataError, match=f"--out .*: cannot be written.*\nExpected a file .*{remedy}"):
        evaluate_folder(artefacts, synthetic_folder, out=tmp_path / name)
