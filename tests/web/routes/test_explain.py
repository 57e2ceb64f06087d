import json

import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.conftest import DECISION_KEYS

KEYS = [
    *DECISION_KEYS,
    "method",
    "exact",
    "error",
    "base_value",
    "contributions",
    "concepts",
    "points",
    "compared_with",
    "reasons",
    "contract",
    "counterfactual",
    "limits",
    "waiting",
    "notes",
]


@pytest.fixture(scope="module")
def refused(app, numbers):
    client = app.test_client()
    return next(number for number in numbers if client.get(f"/predict/{number}").json["prediction"] == 1)


def facts(client, number):
    return {fact["name"]: fact["value"] for fact in client.get(f"/clients/{number}").json["facts"]}


def test_a_known_clients_explanation_holds_the_decision_and_every_key(client, refused):
    answer = client.get(f"/explain/{refused}")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert list(answer.json) == KEYS
    decision = client.get(f"/predict/{refused}").json
    assert {key: answer.json[key] for key in decision} == decision
    assert answer.json["reasons"]


def test_the_second_answer_is_the_first(client, refused):
    assert client.get(f"/explain/{refused}").data == client.get(f"/explain/{refused}").data


@pytest.mark.parametrize(("client_id", "status"), [("999999", 404), ("12345", 400), ("abcdef", 400), ("1234567", 400)])
def test_invalid_client_numbers_are_answered_as_by_predict(client, client_id, status):
    answer, lookup = client.get(f"/explain/{client_id}"), client.get(f"/predict/{client_id}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json == lookup.json


def test_an_application_is_explained_with_the_decision_that_predict_gives(client, refused):
    application = facts(client, refused)
    explained, decided = client.post("/explain", json=application), client.post("/predict", json=application)
    assert explained.status_code == 200
    assert list(explained.json) == KEYS
    for key, value in decided.json.items():
        # the last of sixteen digits may differ: sums of one row and of many are ordered differently
        assert explained.json[key] == (pytest.approx(value, rel=1e-14) if isinstance(value, float) else value)


def test_several_applications_are_explained_in_their_order(client, numbers):
    applications = [facts(client, number) for number in numbers[:3]]
    answer = client.post("/explain", json={"applications": applications}).json["explanations"]
    alone = [client.post("/explain", json=application).json for application in applications]
    for together, one in zip(answer, alone, strict=True):
        assert together["probability"] == pytest.approx(one["probability"], abs=1e-12)
        assert together["notes"] == one["notes"]
        assert [reason["text"] for reason in together["reasons"]] == [reason["text"] for reason in one["reasons"]]


def test_model_ready_rows_are_explained_without_an_action(client, app):
    row = app.extensions["scoring"].clients.table.rows[0].tolist()
    named = dict(zip(client.get("/features").json["columns"], row, strict=True))
    by_name = client.post("/explain", json={"data": [named]}).json["explanations"]
    by_position = client.post("/explain", json={"data": [row]}).json["explanations"]
    assert by_name == by_position
    assert by_name[0]["counterfactual"] is None


def test_stored_history_can_be_asked_for(client, refused):
    application = {"SK_ID_CURR": refused, **facts(client, refused)}
    stored = client.post("/explain?history=stored", json=application)
    assert stored.status_code == 200
    known = client.get(f"/explain/{refused}").json
    assert stored.json["probability"] == pytest.approx(known["probability"], abs=1e-12)
    assert stored.json["reasons"] == known["reasons"]
    assert stored.json["counterfactual"] == known["counterfactual"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"SK_ID_CURR": 500000}', 422),
        (b'{"applications": []}', 422),
        (json.dumps({"applications": [{}] * 1001}).encode(), 413),
    ],
)
def test_invalid_bodies_are_answered_as_by_predict(client, body, status):
    answer = client.post("/explain", data=body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json == client.post("/predict", data=body, content_type="application/json").json


def test_a_model_without_a_manifest_is_explained_by_column(unverified):
    client = create_app(Settings(artefacts=unverified, threshold=0.5, open=True)).test_client()
    number = client.get("/clients?limit=1").json["clients"][0]
    answer = client.get(f"/explain/{number}").json
    assert {part["name"] for part in answer["contributions"]} == set(client.get("/features").json["columns"])
    assert answer["reasons"] == []
    raw = client.post("/explain", json={"AMT_CREDIT": 1.0})
    assert raw.status_code == 409


def test_the_setting_limits_the_instalment_of_the_actions_that_are_offered(client, numbers):
    answers = (client.get(f"/explain/{number}").json for number in numbers)
    offered = next(one for one in answers if one["counterfactual"])
    assert offered["counterfactual"]["contract"]["instalment"] <= offered["limits"]["most_instalment"]
    strict = create_app(Settings(most_instalment=0.001)).test_client()
    answer = strict.get(f"/explain/{offered['client_id']}").json
    assert answer["counterfactual"] is None
    assert answer["limits"]["most_instalment"] == pytest.approx(offered["limits"]["most_instalment"] / 350)
