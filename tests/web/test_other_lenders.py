"""New applications to another lender, whose fields are called what this API calls its own keys."""

import html
import json
import os
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from fonction_api_prediction import create_app
from scoring.settings import Settings
from scoring.tables.flat.column_options import ColumnOptions
from scoring.tables.flat.flat_table import inputs, read_flat
from scoring.training.options import Options
from scoring.training.train import train
from tests.few_resamples import few_resamples
from tests.web.test_generated_clients import generate_client, generate_models

JOB = 'Type d\'emploi, "actuel" (é)'
QUICK = Options(sample=60, folds=3, seed=0, refits=2, candidates=("logistic regression",))


@few_resamples()
def published(path, out, target, identity, **more):
    schema, frame, *_ = read_flat(path, ColumnOptions(target, identity, **more))
    train(frame, schema, inputs(schema, frame), out, synthetic=True, options=QUICK)
    return create_app(Settings(artefacts=out, open=True)).test_client()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lender")
    draws = np.random.default_rng(3)
    risk = draws.normal(size=900)
    frame = pd.DataFrame(
        {
            "Dossier n°": [f"B-{i}" for i in range(900)],
            "data": (risk + draws.normal(size=900)).round(3),
            "history": draws.poisson(np.exp(risk / 2)),
            "applications": np.where(risk + draws.normal(size=900) > 0, "a", "b"),
            JOB: np.where(risk + draws.normal(size=900) > 0.5, "ouvrier d'été", "cadre"),
            "défaut": (risk + draws.logistic(size=900) > 1.5).astype(int),
        }
    )
    frame.to_csv(folder / "credit.csv", index=False)
    return published(folder / "credit.csv", folder / "artefacts", "défaut", "Dossier n°")


GIVEN = {"data": 0.5, "history": 2, "applications": "a", JOB: "cadre"}


def test_an_application_is_scored_by_that_lenders_fields(client):
    answer = client.post("/predict", json={"Dossier n°": "X-1", **GIVEN})
    assert answer.status_code == 200
    assert answer.json["client_id"] == "X-1"
    assert answer.json["warnings"] == []  # this model reads no history, so none is imputed
    several = client.post("/predict", json={"applications": [GIVEN, {"data": 0.1}]})
    assert len(several.json["predictions"]) == 2


def test_each_of_its_fields_moves_the_score(client):
    before = client.post("/predict", json=GIVEN).json["probability"]
    for change in ({"data": -3}, {"history": 0}, {"applications": "b"}, {JOB: "ouvrier d'été"}):
        assert client.post("/predict", json={**GIVEN, **change}).json["probability"] != before, change


def test_its_known_clients_are_scored_alike_by_number_and_by_application(client):
    number = client.get("/clients?limit=1").json["clients"][0]
    facts = {fact["name"]: fact["value"] for fact in client.get(f"/clients/{number}").json["facts"]}
    known = client.get(f"/predict/{number}").json["probability"]
    assert client.post("/predict", json=facts).json["probability"] == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("body", [{}, {"Dossier n°": "B-1"}, {"data": None}, {"Dossier n°": "B-1", "défaut": 1}])
def test_where_no_field_is_required_an_empty_application_is_a_422(client, body):
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "(all)"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**GIVEN, "AMT_CREDIT": 1}, "AMT_CREDIT"), ({**GIVEN, "data": "1"}, "data"), ({**GIVEN, JOB: True}, JOB),
        ({**GIVEN, "history": 1.5}, "history"), ({**GIVEN, "Dossier n°": 7}, "Dossier n°"),
        ({**GIVEN, "applications": []}, "data"),
    ],
)  # fmt: skip
def test_its_errors_are_listed_by_its_names(client, body, field):
    answer = client.post("/predict", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json["errors"]]


def test_an_unseen_text_is_named(client):
    assert client.post("/predict", json={**GIVEN, JOB: 3}).json["warnings"] == [
        f"{JOB}: '3' is not among the categories of training; treated as unknown"
    ]


def test_the_examples_of_its_answers_fit_their_schemas(client):
    document = client.get("/openapi.json").json
    for path, methods in document["paths"].items():
        for operation in methods.values():
            content = operation["responses"]["200"]["content"].get("application/json")
            if content and path != "/openapi.json":
                assert content["examples"], path
                for example in content["examples"].values():
                    jsonschema.validate(example["value"], {**content["schema"], "components": document["components"]})


@pytest.mark.drill
def test_generators_take_its_description(client, tmp_path):
    (tmp_path / "openapi.json").write_bytes(client.get("/openapi.json").data)
    generate_client(tmp_path)
    generate_models(tmp_path)
    for module in ("generated_client/models/application.py", "generated_models.py"):
        compile((tmp_path / module).read_text(encoding="utf-8"), module, "exec")


def test_its_api_is_described_by_its_fields(client):
    document = client.get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    assert JOB in document["components"]["schemas"]["Application"]["properties"]
    for schema in document["components"]["schemas"].values():
        assert not {"properties", "anyOf"} <= set(schema)  # generators would lose the properties
    whole = {**document["components"]["schemas"]["Application"], "components": document["components"]}
    jsonschema.validate(GIVEN, whole)
    for body in ({}, {"data": None}, {"Dossier n°": "B-1"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(body, whole)
    for path in ("/predict", "/predict_proba", "/data", "/explain"):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for example in content["examples"].values():
            assert client.post(path, json=example["value"]).status_code == 200
    assert "ouvrier" in client.get("/population", query_string={"features": JOB}).get_data(as_text=True)
    assert client.get("/docs").status_code == 200


def test_its_pages_ask_for_its_fields_and_tell_its_clients(client):
    browser = {"Accept": "text/html", "Accept-Language": "fr"}
    form = html.unescape(client.get("/application", headers=browser).get_data(as_text=True))
    assert "obligatoire" not in form
    assert "Une seule valeur suffit" in form
    assert "Identifiant de client" in form
    assert f'name="{JOB}"' in form
    assert "ouvrier d'été" in form
    typed = {"Dossier n°": "X-1", "data": "0,5", "history": "2", "applications": "a", JOB: "cadre"}
    answer = client.post("/application", data=typed, headers=browser)
    risk = client.post("/predict", json={"Dossier n°": "X-1", **GIVEN}).json["calibrated_probability"]
    assert answer.status_code == 200
    assert f"{100 * risk:.1f}".replace(".", ",") in answer.get_data(as_text=True)
    empty = client.post("/application", data={"data": ""}, headers=browser)
    assert empty.status_code == 422
    assert "Renseignez au moins un champ." in empty.get_data(as_text=True)
    number = client.get("/clients?limit=1").json["clients"][0]
    found = client.get("/", query_string={"client_id": f" {number} "}, headers=browser)
    assert found.headers["Location"] == f"/predict/{number}"
    for path in (f"/predict/{number}", "/model", "/"):
        assert client.get(path, headers=browser).status_code == 200
    assert "1 à 64 lettres" in html.unescape(client.get("/predict/a b", headers=browser).get_data(as_text=True))


@pytest.mark.realdata
def test_give_me_some_credit_is_served_like_any_other(tmp_path):
    default = Path(__file__).resolve().parents[3] / "shared" / "data" / "home_credit"
    path = Path(os.environ.get("HOME_CREDIT_DATA", default)).parent / "give_me_some_credit" / "cs-training.csv"
    if not path.exists():
        pytest.skip("Give Me Some Credit is not on this machine (beside HOME_CREDIT_DATA)")
    frame = pd.read_csv(path, nrows=6000)
    frame = frame.rename(columns={frame.columns[0]: "number"})
    frame.to_csv(tmp_path / "credit.csv", index=False)
    used = dict.fromkeys(("age", "NumberOfDependents"), "the competition's models use it")
    files = (tmp_path / "credit.csv", tmp_path / "artefacts")
    client = published(*files, "SeriousDlqin2yrs", "number", justified=used)
    row = json.loads(frame.drop(columns="SeriousDlqin2yrs").iloc[[0]].to_json(orient="records"))[0]
    answer = client.post("/predict", json=row)
    assert answer.status_code == 200
    assert client.post("/explain", json=row).json["probability"] == pytest.approx(answer.json["probability"], abs=1e-12)
    number = client.get("/clients?limit=1").json["clients"][0]
    assert client.get(f"/predict/{number}").status_code == client.get("/docs").status_code == 200
    assert list(client.post("/data", json={**row, "age": -1, "x": 1}).json["unknown"]) == ["x"]
    browser = {"Accept": "text/html", "Accept-Language": "en"}
    typed = {name: str(value) for name, value in row.items() if value is not None}
    decided = client.post("/application", data=typed, headers=browser)
    assert f"{100 * answer.json['calibrated_probability']:.1f}%" in decided.get_data(as_text=True)
    for path in (f"/predict/{number}", "/model", "/", "/application"):
        assert client.get(path, headers=browser).content_type.startswith("text/html"), path
