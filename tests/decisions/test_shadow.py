"""A shadow model scores what the service scores: it is recorded, it never answers, and it never fails a request."""

import json
import logging

import numpy as np
import pytest

from fonction_api_prediction import create_app
from scoring.errors import ArtefactError, SettingError
from scoring.record.entries import Search
from scoring.settings import Settings
from scoring.storage.bundle import MANIFEST, MODEL
from scoring.storage.kept_files import load_model
from tests.conftest import OLDER_UNVERIFIED, REQUIRED
from tests.decisions.test_recorder import FORM
from tests.other_models import publish_variant, with_other_bins, with_threshold
from tests.web.pages.conftest import BROWSER

LOW = 0.4  # a threshold below the bundled model's
KEYS = {"model_version", "probability", "calibrated_probability", "decision", "review", "error"}


def shadowed(url, shadow, **more):
    """Make a service with a shadow model, as a start does."""
    from scoring.decisions.served_model import begin_serving

    app = create_app(Settings(decisions=url, shadow=shadow, **more))
    model = app.extensions["shadow"].model
    begin_serving(app.extensions["decisions"], app.extensions["scoring"], "start", url, shadow=model)
    return app


def entries_of(app):
    return app.extensions["decisions"].search(Search(), 10_000)


@pytest.fixture
def stricter(tmp_path):
    return publish_variant(tmp_path / "stricter", with_threshold(LOW))


@pytest.fixture
def shadowing(url, stricter):
    made = shadowed(url, stricter)
    yield made
    made.extensions["decisions"].close()


def test_every_kind_of_request_is_scored_by_both_models_and_answered_by_one(shadowing, numbers, client):
    app = shadowing
    asked = app.test_client()
    row = app.extensions["scoring"].clients.table.rows[0].tolist()
    requests = [
        lambda of: of.get(f"/predict/{numbers[0]}"),
        lambda of: of.get(f"/predict/{numbers[0]}"),  # from the cache
        lambda of: of.get(f"/predict/{numbers[1]}", headers=BROWSER),
        lambda of: of.post("/predict", json=REQUIRED),
        lambda of: of.post("/predict_proba", json=REQUIRED),
        lambda of: of.post("/predict?history=known", json={**REQUIRED, "SK_ID_CURR": numbers[1]}),
        lambda of: of.post("/predict", json={"applications": [REQUIRED, {**REQUIRED, "AMT_CREDIT": 2_000_000}]}),
        lambda of: of.post("/predict", json={"data": [row]}),
        lambda of: of.post("/application", data=FORM, headers=BROWSER),
    ]
    for request in requests:
        ours, theirs = request(asked), request(client)
        assert ours.status_code == theirs.status_code == 200
        assert not ours.is_json or "shadow" not in ours.text
        if ours.is_json and isinstance(ours.json, dict) and "decision_id" in ours.json:
            assert {**ours.json, "decision_id": None} == theirs.json
    found = entries_of(app)
    assert len(found) == len(requests) + 1
    for entry in found:
        content, second = entry.content, entry.content["shadow"]
        assert second.keys() == KEYS
        assert second["error"] is None
        assert second["model_version"] == app.extensions["shadow"].model.version != content["model_version"]
        assert second["probability"] == content["probability"]
        assert second["calibrated_probability"] == content["calibrated_probability"]
        assert second["decision"] == ("REFUSED" if content["probability"] >= LOW else "ACCEPTED")
    assert app.extensions["shadow"].failures == 0


def test_without_a_shadow_model_the_entry_says_null(recorded, entries, numbers):
    recorded.get(f"/predict/{numbers[0]}")
    assert entries()[0].content["shadow"] is None


def test_its_scores_can_be_computed_again_from_the_record_alone(shadowing, numbers, stricter):
    app = shadowing
    for number in numbers[:20]:
        app.test_client().get(f"/predict/{number}")
    version = app.extensions["shadow"].model.version
    files = app.extensions["decisions"].model_files(version)
    assert files[MANIFEST] == (stricter / MANIFEST).read_bytes()
    found = entries_of(app)
    scores = load_model(version, files).scorer.score(np.array([one.body.content["row"] for one in found]))
    assert scores.probability.tolist() == [one.content["shadow"]["probability"] for one in found]
    rows = app.extensions["decisions"].read(
        lambda session: session.rows("SELECT content FROM record_entries WHERE kind = 'model' ORDER BY id")
    )
    assert json.loads(rows[-1][0])["shadow_version"] == version


def test_other_bins_of_a_field_are_computed_from_the_application_where_it_is_known(path, tmp_path, numbers, caplog):
    shadow = publish_variant(tmp_path / "other", with_other_bins("EXT_SOURCE_2"))
    with caplog.at_level(logging.WARNING, "scoring"):
        app = shadowed(str(path), shadow)
    assert "cannot score model-ready rows: its columns differ" in caplog.text
    asked, column = app.test_client(), app.extensions["scoring"].scorer.features.index("EXT_SOURCE_2")
    for number in numbers[:50]:
        asked.get(f"/predict/{number}")
    row = app.extensions["scoring"].clients.table.rows[0].tolist()
    asked.post("/predict", json={"data": [row, row]})
    asked.post("/predict?history=known", json={"applications": [REQUIRED, {**REQUIRED, "SK_ID_CURR": numbers[1]}]})
    *lookups, first, second, new, stored = entries_of(app)
    assert first.content["shadow"]["error"] == second.content["shadow"]["error"] == "application_unknown"
    plan = app.extensions["shadow"].model.manifest.plan.columns[column]
    theirs = app.extensions["scoring"].manifest.plan.columns[column]
    moved = 0
    for entry in (*lookups, new, stored):
        value = entry.body.content["application"].get("EXT_SOURCE_2")
        place, before = (
            np.searchsorted(one.edges, np.nan if value is None else value, "right") for one in (plan, theirs)
        )
        moved += place != before
        assert entry.content["shadow"]["error"] is None
        same = entry.content["shadow"]["probability"] == pytest.approx(entry.content["probability"], abs=1e-12)
        assert same == (place == before)
    assert 0 < moved < len(lookups)


def test_other_columns_from_past_records_are_scored_only_where_history_is_imputed(path, tmp_path, numbers, caplog):
    shadow = publish_variant(tmp_path / "other", with_other_bins("bureau_age_mean"))
    with caplog.at_level(logging.WARNING, "scoring"):
        app = shadowed(str(path), shadow)
    assert "known clients, applications with stored history" in caplog.text
    assert "1 of its columns come" in caplog.text
    asked = app.test_client()
    asked.get(f"/predict/{numbers[0]}")
    asked.post("/predict", json=REQUIRED)
    asked.post("/predict?history=known", json=REQUIRED)
    asked.post("/predict?history=stored", json={**REQUIRED, "SK_ID_CURR": numbers[1]})
    errors = [one.content["shadow"]["error"] for one in entries_of(app)]
    assert errors == ["history_unknown", None, None, "history_unknown"]


def test_a_model_that_fails_is_recorded_as_failed_and_logged_once_without_its_text(path, stricter, numbers, caplog):
    app = shadowed(str(path), stricter)
    scorer = app.extensions["shadow"].model.scorer

    def fail(rows):
        if len(rows) == 1 and rows[0][0] < 1e9:
            return np.array([np.nan])
        raise ValueError(f"client {numbers[0]}")

    scorer.probability_of_default = fail
    asked = app.test_client()
    assert asked.get(f"/predict/{numbers[0]}").status_code == 200
    answer = asked.post("/predict", json={"applications": [REQUIRED, REQUIRED]})
    assert answer.status_code == 200
    found = entries_of(app)
    assert [one.content["shadow"]["error"] for one in found] == ["failed"] * 3
    assert all(one.content["shadow"]["probability"] is None for one in found)
    assert app.extensions["shadow"].failures == 3
    assert caplog.text.count("Shadow model") == 1
    assert str(numbers[0]) not in caplog.text


def test_one_row_of_a_list_that_fails_does_not_take_the_others_with_it(path, stricter, caplog):
    app = shadowed(str(path), stricter)
    scorer = app.extensions["shadow"].model.scorer
    usual = scorer.probability_of_default
    place = app.extensions["scoring"].scorer.features.index("NAME_CONTRACT_TYPE")
    app.test_client().post("/predict", json={"applications": [REQUIRED]})
    value = entries_of(app)[0].body.content["row"][place]
    scorer.probability_of_default = lambda rows: np.where(rows[:, place] == value, usual(rows), np.nan)
    other = {**REQUIRED, "NAME_CONTRACT_TYPE": "Revolving loans"}
    app.test_client().post("/predict", json={"applications": [REQUIRED, other, REQUIRED]})
    assert [one.content["shadow"]["error"] for one in entries_of(app)[1:]] == [None, "failed", None]


def test_it_needs_a_record(stricter):
    with pytest.raises(
        SettingError, match=r"SCORING_SHADOW=.*stricter: the scores of a shadow model are only recorded"
    ):
        create_app(Settings(shadow=stricter))


def test_a_folder_that_is_none_or_has_no_manifest_stops_the_start(path, tmp_path):
    for shadow, message in (
        (tmp_path / "missing", "not a folder"),
        (OLDER_UNVERIFIED, "has no modele_retenu.json"),
    ):
        with pytest.raises(SettingError, match=f"SCORING_SHADOW=.*{message}"):
            create_app(Settings(decisions=str(path), shadow=shadow))


def test_changed_files_stop_the_start(path, stricter):
    (stricter / MODEL).write_bytes(b"changed")
    with pytest.raises(
        ArtefactError, match=r"SCORING_SHADOW=.*stricter: modele_retenu.json: modele_retenu.pkl has sha256"
    ):
        create_app(Settings(decisions=str(path), shadow=stricter))


def test_a_model_that_reads_other_applications_stops_the_start(path, tmp_path):
    def rename(manifest):
        for field in manifest["input_schema"]["fields"]:
            if field["name"] == "EXT_SOURCE_3":
                field["name"] = "SCORE"
        for column in manifest["plan"]["columns"]:
            if column["source"] == "EXT_SOURCE_3":
                column["source"] = "SCORE"

    shadow = publish_variant(tmp_path / "other", rename)
    with pytest.raises(
        ArtefactError, match="reads the field SCORE, which applications to the served model do not have"
    ):
        create_app(Settings(decisions=str(path), shadow=shadow))


def test_a_served_model_without_a_manifest_has_no_shadow(path, stricter):
    with pytest.raises(SettingError, match="the served model has no manifest"):
        create_app(Settings(artefacts=OLDER_UNVERIFIED, threshold=0.5, open=True, decisions=str(path), shadow=stricter))
