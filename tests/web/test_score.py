import pytest

REQUIRED = {
    "AMT_CREDIT": 500000,
    "AMT_INCOME_TOTAL": 150000,
    "AMT_ANNUITY": 25000,
    "DAYS_BIRTH": -15000,
    "NAME_CONTRACT_TYPE": "Cash loans",
}


def test_a_new_application_gets_a_decision(client):
    answer = client.post("/predict", json=REQUIRED)
    assert answer.status_code == 200
    assert answer.json["decision"] == ("REFUSED" if answer.json["prediction"] else "ACCEPTED")
    assert answer.json["client_id"] is None
    assert client.post("/predict", json={"applications": [REQUIRED, REQUIRED]}).json["predictions"] == [answer.json] * 2


def test_the_probability_is_the_same_without_the_decision(client):
    probability = client.post("/predict", json=REQUIRED).json["probability"]
    assert str(probability) in client.post("/predict_proba", json=REQUIRED).get_data(as_text=True)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_that_is_missing_is_named(client, field):
    answer = client.post("/predict", json={name: value for name, value in REQUIRED.items() if name != field})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert field in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"AMT_CREDIT": NaN}', "application/json", 422),
        (b'{"AMT_CREDIT": 1, "AMT_CREDIT": 2}', "application/json", 422),
        (b"[" * 100_000, "application/json", 400),
    ],
)
def test_bad_bodies_are_refused_without_a_traceback(client, body, kind, status):
    answer = client.post("/predict", data=body, content_type=kind)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_model_ready_rows_are_scored_as_known_clients_are(client, app):
    bundle = app.extensions["scoring"]
    number = int(bundle.clients.numbers[0])
    row = bundle.clients.rows[0].tolist()
    known = client.get(f"/predict/{number}").json["probability"]
    assert client.post("/predict", json={"data": [row]}).json == [pytest.approx(known, abs=1e-12)]
    named = dict(zip(bundle.scorer.features, row, strict=True))
    assert client.post("/predict", json={"data": [named]}).json["predictions"][0]["probability"] == pytest.approx(known)
