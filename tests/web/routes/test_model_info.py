import json

import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings


@pytest.fixture(scope="module")
def manifest(project):
    return json.loads((project / "modele_retenu.json").read_text(encoding="utf-8"))


def test_features_are_the_columns_of_the_table_in_order(client, project):
    header = list(pd.read_csv(project / "df_sample.csv", nrows=0))
    assert client.get("/features").json == {"columns": header[2:]}


def test_best_threshold_is_the_manifests(client, manifest):
    assert client.get("/best_threshold").json == {"best_threshold": manifest["threshold"]["value"]}


def test_model_shows_the_public_part_of_the_manifest(client, manifest):
    model = client.get("/model").json
    for name in ("review_band", "importances", "metrics", "calibration", "costs", "input_schema", "training"):
        assert model[name] == manifest[name], name
    assert model["verified"] is True
    assert model["training"]["synthetic"] is True
    assert not {"files", "golden"} & set(model)


def test_model_has_the_points_of_every_bin_and_what_they_mean(client, numbers):
    points = client.get("/model").json["points"]
    assert points["scaling"] == {"base_score": 600.0, "base_odds": 50.0, "double_odds": 20.0}
    assert [term["column"] for term in points["terms"]] == client.get("/features").json["columns"]
    for term in points["terms"]:
        for one in term["bins"]:
            assert abs(one["points"] - one["exact"]) <= 0.5
    explained = client.get(f"/explain/{numbers[0]}").json
    assert explained["points"] == sum(part["points"] for part in explained["contributions"])


def test_a_model_without_a_manifest_says_that_it_was_not_verified(unverified):
    client = create_app(Settings(artefacts=unverified, threshold=0.5, open=True)).test_client()
    model = client.get("/model").json
    assert model["verified"] is False
    assert model["threshold"] == 0.5
    assert model["points"] is None
    decision = client.get("/predict/500000").json
    assert decision["calibrated_probability"] is None
    assert decision["review"] is None
    assert decision["model_version"] == model["model_version"]


def test_the_index_lists_every_route_and_names_a_client_to_try(client, app):
    index = client.get("/").json
    served = set()
    for rule in app.url_map.iter_rules():
        path = str(rule).replace("/ready", "")
        served.add(f"POST {path}" if "POST" in rule.methods else path)
    assert served - {"/", "/docs/static/<path:filename>"} == set(index["routes"])
    assert client.get(index["try"]).status_code == 200
    assert index["synthetic_clients"] is True
