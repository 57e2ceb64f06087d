"""Recorded decisions and tables become clients of an estimate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from scoring.errors import DataError
from scoring.monitoring.estimation.read_clients import read_current, read_recorded, read_reference
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import erase_client
from scoring.record.review_steps import Period
from scoring.storage.artefacts import load_bundle
from scoring.validation.figures import Table


@pytest.fixture(scope="module")
def bundle(project):
    return load_bundle(project)


def entry(client, row, version, decision="ACCEPTED"):
    content = {"decision": decision, "review": False, "probability": 0.3, "model_version": version}
    return NewEntry(make_id(), "decision", content, Body(client, {"row": row.tolist()}))


def test_each_client_counts_once_with_the_last_decision_and_what_is_left_out_is_told(bundle, url):
    version, rows = bundle.manifest.version(), np.array([one.row for one in bundle.manifest.golden])
    record = open_record(url)
    record.append([entry("1", rows[0], version)])
    record.append([entry("1", rows[1], version, "REFUSED")])
    record.append([entry(None, rows[0], version), entry(None, rows[0], version)])
    record.append([entry("2", rows[0], "another")])
    record.append([entry("3", rows[0], version)])
    erase_client(record, "3")
    record.close()
    session = open_store(url).open_session()
    try:
        found = read_recorded(bundle.manifest, bundle.scorer, session, "the record", Period())
        with pytest.raises(DataError, match="0 decisions in the period"):
            read_recorded(bundle.manifest, bundle.scorer, session, "the record", Period("2001", "2002"))
    finally:
        session.close()
    assert len(found) == 3
    assert found.rows[0].tolist() == rows[1].tolist()
    assert found.refused.tolist() == [True, False, False]
    assert found.probability[1] == pytest.approx(bundle.manifest.golden[0].probability)
    assert found.target is None
    assert tuple(map(str, found.warnings)) == (
        "1 of 6 decisions of other model versions are left out",
        "1 of 6 decisions whose bodies were erased are left out",
        "1 of 6 decisions about a client about whom a later one was made are left out",
    )


def test_of_the_table_of_the_training_only_the_test_set_is_kept(trained, synthetic_folder):
    manifest, folder = trained
    scorer = load_bundle(folder).scorer
    found = read_reference(manifest, scorer, Table(synthetic_folder))
    assert len(found) == manifest.training.test_rows
    assert f"only its {manifest.training.test_rows} held-out clients are used" in str(found.warnings[-1])
    assert len(found.fields["DAYS_BIRTH"]) == len(found)
    whole = read_current(manifest, scorer, Table(synthetic_folder))
    assert (len(whole), whole.target) == (3000, None)
    other = manifest.model_copy(update={"training": manifest.training.model_copy(update={"seed": 9, "refitted": True})})
    kept = read_reference(other, scorer, Table(synthetic_folder))
    assert len(kept) == 3000
    assert "the model was fitted on these clients" in str(kept.warnings[-1])


def test_the_table_of_the_training_is_known_again_where_a_row_that_training_kept_cannot_be_scored(
    trained, synthetic_folder, tmp_path
):
    manifest, folder = trained
    frame = pd.read_parquet(synthetic_folder / "application_train.parquet")
    frame.loc[frame.index[:3], "AMT_INCOME_TOTAL"] = -1.0
    frame.to_parquet(tmp_path / "same.parquet")
    found = read_reference(manifest, load_bundle(folder).scorer, Table(tmp_path / "same.parquet"))
    assert manifest.training.test_rows - 3 <= len(found) <= manifest.training.test_rows
    assert f"only its {len(found)} held-out clients are used" in str(found.warnings[-1])


def test_a_reference_without_outcomes_is_refused_with_what_was_expected(trained, synthetic_folder, tmp_path):
    manifest, folder = trained
    frame = pd.read_parquet(synthetic_folder / "application_train.parquet").head(200)
    frame.drop(columns="TARGET").to_parquet(tmp_path / "later.parquet")
    with pytest.raises(DataError, match="0 valid rows have the rarer outcome"):
        read_reference(manifest, load_bundle(folder).scorer, Table(tmp_path / "later.parquet"))


def test_selected_clients_keep_their_fields_and_outcomes(trained, synthetic_folder):
    manifest, folder = trained
    found = read_reference(manifest, load_bundle(folder).scorer, Table(synthetic_folder))
    part = found.select(found.refused)
    assert len(part) == found.refused.sum() == len(part.target) == len(part.fields["AMT_CREDIT"])
    assert replace(part, warnings=()).warnings == ()
