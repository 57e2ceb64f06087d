"""A service with a shadow model, under gunicorn: a bad folder stops the start, and a reload keeps the former models."""

import json

import pytest

from scoring.record.entries import Search
from scoring.record.kept_record import open_record
from tests.conftest import eventually, start_gunicorn
from tests.other_models import publish_variant, with_threshold
from tests.service.reloads import REFUSED, reload


@pytest.fixture
def shadow(tmp_path):
    return publish_variant(tmp_path / "shadow", with_threshold(0.4))


def test_a_reload_with_a_bad_shadow_model_keeps_both_and_a_good_one_takes_its_place(tmp_path, shadow, numbers):
    place = tmp_path / "decisions.db"
    running = start_gunicorn(tmp_path, WEB_CONCURRENCY=1, SCORING_SHADOW=shadow, SCORING_DECISIONS=place)

    def shadow_version():
        decision_id = json.loads(running.get(f"/predict/{numbers[0]}")[1])["decision_id"]
        return record.find(decision_id).content["shadow"]["model_version"]

    record = open_record(str(place))
    try:
        first = shadow_version()
        manifest = shadow / "modele_retenu.json"
        good = json.loads(manifest.read_text(encoding="utf-8"))
        manifest.write_text("{", encoding="utf-8")
        said = reload(running, REFUSED)
        assert f"SCORING_SHADOW={shadow}: modele_retenu.json" in said
        assert shadow_version() == first
        good["threshold"]["value"] = 0.3
        manifest.write_text(json.dumps(good), encoding="utf-8")
        reload(running, "Booting worker")
        assert eventually(lambda: shadow_version() != first)
        assert len(record.search(Search(), 100)) >= 3
    finally:
        record.close()
        running.stop()


def test_a_bad_shadow_model_stops_the_start_with_one_message(tmp_path):
    with pytest.raises(AssertionError, match="ended with 1") as caught:
        start_gunicorn(tmp_path, SCORING_SHADOW=tmp_path, SCORING_DECISIONS=tmp_path / "decisions.db")
    said = str(caught.value)
    assert f"The service does not start. SCORING_SHADOW={tmp_path}: has no modele_retenu.json" in said
    assert "Traceback" not in said
