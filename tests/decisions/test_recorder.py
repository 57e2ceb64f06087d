"""Every decision that leaves the service is recorded first, with what was scored and without personal data."""

import json
import time

import pytest

from scoring.decisions.content import SERVICE_VERSION
from scoring.settings import Settings
from tests.conftest import OLDER_UNVERIFIED, REQUIRED, in_time
from tests.decisions.conftest import locked, serving
from tests.web.pages.conftest import BROWSER

REQUEST = "0f8fad5b-d9cb-469f-a165-70867728950e"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FORM = {**{name: str(value) for name, value in REQUIRED.items()}, "DAYS_BIRTH": "41", ":unit:DAYS_BIRTH": "years"}


@pytest.fixture(scope="module")
def row(app):
    return app.extensions["scoring"].clients.table.rows[0].tolist()


def test_a_lookup_is_recorded_with_what_was_decided_and_who_asked(recorded, entries, numbers, client):
    headers = {"X-Request-ID": REQUEST, "traceparent": TRACE}
    answer = recorded.get(f"/predict/{numbers[0]}", headers=headers)
    (entry,) = entries()
    assert answer.json == {**client.get(f"/predict/{numbers[0]}").json, "decision_id": entry.id}
    assert entry.kind == "decision"
    for name in ("probability", "calibrated_probability", "threshold", "decision", "review", "model_version"):
        assert entry.content[name] == answer.json[name]
    assert entry.content["service_version"] == SERVICE_VERSION
    assert entry.content["policy_version"] is None
    assert entry.content["request_id"] == REQUEST
    assert entry.content["traceparent"] == TRACE
    assert entry.content["route"] == "GET /predict/<client_id>"
    assert entry.content["key_id"] is None


def test_the_body_of_a_lookup_has_the_row_and_the_application_that_were_scored(recorded, entries, numbers, app):
    recorded.get(f"/predict/{numbers[0]}")
    body = entries()[0].body
    assert body.client_id == str(numbers[0])
    assert body.content["client_id"] == numbers[0]
    assert body.content["row"] == app.extensions["scoring"].clients.table.rows[0].tolist()
    assert body.content["application"]["AMT_CREDIT"] > 0
    assert body.content["history"] is None


def test_a_decision_asked_for_twice_is_two_decisions(recorded, entries, numbers):
    ids = [recorded.get(f"/predict/{numbers[0]}").json["decision_id"] for _ in range(2)]
    assert [entry.id for entry in entries()] == ids
    assert ids[0] < ids[1]


@pytest.mark.parametrize(
    "trace",
    [
        "",
        "00-xyz",
        TRACE.upper(),
        f"{TRACE}\t",
        f"ff{TRACE[2:]}",
        f"00-{'0' * 32}{TRACE[35:]}",
        f"{TRACE[:36]}{'0' * 16}-01",
    ],
)
def test_a_trace_context_that_is_none_is_not_recorded(recorded, entries, numbers, trace):
    recorded.get(f"/predict/{numbers[0]}", headers={"traceparent": trace})
    assert entries()[0].content["traceparent"] is None


def test_head_records_no_decision(recorded, entries, numbers):
    for headers in ({}, BROWSER):
        answer = recorded.head(f"/predict/{numbers[0]}", headers=headers)
        assert (answer.status_code, answer.data) == (200, b"")
        assert "Content-Length" not in answer.headers  # that of GET is not known without a decision
    assert entries() == []


def test_entries_have_no_personal_data(recorded, entries, numbers):
    sent = {"X-Request-ID": f"client-{numbers[0]}-Jean.Dupont", "traceparent": f"00-{numbers[0]}-Jean.Dupont-01"}
    answer = recorded.get(f"/predict/{numbers[0]}", headers=sent)
    assert "Dupont" not in answer.headers["X-Request-ID"]
    recorded.post("/predict?history=known", json={**REQUIRED, "SK_ID_CURR": numbers[1], "AMT_INCOME_TOTAL": 123454321})
    for entry in entries():
        text = json.dumps(entry.content)
        assert str(numbers[0]) not in text
        assert str(numbers[1]) not in text
        assert "123454321" not in text
        assert "Dupont" not in text
    assert entries()[1].content["warnings"] == [{"code": "out_of_usual_range", "field": "AMT_INCOME_TOTAL"}]
    assert entries()[1].body.content["application"]["AMT_INCOME_TOTAL"] == 123454321
    assert entries()[1].body.content["history"] == "known"


def test_a_refusal_is_recorded_with_the_concepts_that_weigh_most(recorded, entries, numbers):
    for number in numbers[:40]:
        recorded.get(f"/predict/{number}")
    refused = [one.content for one in entries() if one.content["decision"] == "REFUSED"]
    accepted = [one.content for one in entries() if one.content["decision"] == "ACCEPTED"]
    assert refused
    assert all(one["reasons"] == [] for one in accepted)
    for content in refused:
        weights = [one["contribution"] for one in content["reasons"]]
        assert 1 <= len(weights) <= 4
        assert weights == sorted(weights, reverse=True)
        assert weights[-1] > 0
        assert {*content["reasons"][0]} == {"concept", "term", "contribution"}


def test_each_application_of_a_list_is_a_decision_and_the_list_is_written_at_once(recorded, entries):
    answer = recorded.post("/predict", json={"applications": [REQUIRED, {**REQUIRED, "AMT_CREDIT": 2_000_000}]})
    ids = [decision["decision_id"] for decision in answer.json["predictions"]]
    found = entries()
    assert ids == [entry.id for entry in found]
    assert [entry.body.content["application"]["AMT_CREDIT"] for entry in found] == [500000, 2_000_000]
    assert [entry.body.client_id for entry in found] == [None, None]
    assert len({entry.time for entry in found}) == 1


def test_every_form_of_a_body_is_recorded(recorded, entries, row, app):
    named = dict(zip(app.extensions["scoring"].scorer.features, row, strict=True))
    bodies = [REQUIRED, {"applications": [REQUIRED]}, {"data": [named]}, {"data": [row]}]
    for path in ("/predict", "/predict_proba"):
        for body in bodies:
            before = len(entries())
            assert recorded.post(path, json=body).status_code == 200
            (entry,) = entries()[before:]
            assert entry.content["route"] == f"POST {path}"
            assert len(entry.body.content["row"]) == len(row)
    assert entries()[2].body.content["row"] == row
    assert entries()[2].body.content["application"] is None


def test_pages_of_decisions_are_recorded_and_show_the_number_of_the_decision(recorded, entries, numbers):
    known = recorded.get(f"/predict/{numbers[0]}", headers=BROWSER)
    new = recorded.post("/application", data=FORM, headers=BROWSER)
    assert [entry.content["route"] for entry in entries()] == ["GET /predict/<client_id>", "POST /application"]
    for page, entry in zip((known, new), entries(), strict=True):
        assert page.status_code == 200
        assert f"Décision n°\u00a0{entry.id}" in page.text


def test_what_is_no_decision_is_not_recorded(recorded, entries, numbers):
    assert recorded.get(f"/explain/{numbers[0]}").json["decision_id"] is None
    assert recorded.post("/explain", json=REQUIRED).json["decision_id"] is None
    for path in (
        "/",
        "/health",
        "/openapi.json",
        f"/clients/{numbers[0]}",
        "/application",
        "/predict/999999",
        "/model",
    ):
        recorded.get(path)
        recorded.get(path, headers=BROWSER)
    recorded.post("/data", json=REQUIRED)
    recorded.post("/predict", json={**REQUIRED, "AMT_CREDIT": -1})
    recorded.post("/application", data={"AMT_CREDIT": "x"})
    assert entries() == []


def test_without_a_record_the_page_shows_no_number(client, numbers):
    assert "Décision n°" not in client.get(f"/predict/{numbers[0]}", headers=BROWSER).text


@pytest.mark.parametrize("body", [None, REQUIRED, {"applications": [REQUIRED]}])
@pytest.mark.parametrize("path_of", ["/predict", "/predict_proba"])
def test_where_nothing_can_be_recorded_nothing_is_decided(recorded, path, entries, numbers, body, path_of):
    recorded.get(f"/predict/{numbers[0]}")  # it is cached, and still not answered without a record
    with locked(path):
        begun = time.monotonic()
        answer = recorded.post(path_of, json=body) if body else recorded.get(f"/predict/{numbers[0]}")
        assert time.monotonic() - begun < in_time(3)
    assert answer.status_code == 503
    assert answer.json["type"] == "urn:problem:record-unavailable"
    assert answer.headers["Retry-After"] == "2"
    assert "probability" not in answer.text
    assert recorded.get(f"/predict/{numbers[0]}").status_code == 200
    assert len(entries()) == 2


@pytest.mark.parametrize("headers", [{}, BROWSER])
def test_head_has_the_status_of_get_and_records_nothing(recorded, path, entries, numbers, headers):
    for client_id, status in ((numbers[0], 200), ("999999", 404), ("x", 400)):
        address = f"/predict/{client_id}"
        assert recorded.head(address, headers=headers).status_code == status
        with locked(path):
            begun = time.monotonic()
            answers = recorded.head(address, headers=headers), recorded.get(address, headers=headers)
            assert time.monotonic() - begun < in_time(6)
        for answer in answers:
            assert answer.status_code == (503 if status == 200 else status)
            assert answer.headers.get("Retry-After") == ("2" if status == 200 else None)
    assert entries() == []


def test_where_nothing_can_be_recorded_a_browser_gets_a_page(recorded, path, numbers):
    for language, text in (("fr", "ne peut pas être enregistrée"), ("en", "cannot be recorded")):
        headers = {**BROWSER, "Accept-Language": language}
        with locked(path):
            page = recorded.get(f"/predict/{numbers[0]}", headers=headers)
            posted = recorded.post("/application", data=FORM, headers=headers)
        for answer in (page, posted):
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "2"
            assert text in answer.text


def test_a_model_without_a_manifest_is_recorded_with_its_rows(path, entries):
    app = serving(Settings(artefacts=OLDER_UNVERIFIED, threshold=0.5, open=True, decisions=str(path)))
    client_id = app.extensions["scoring"].clients.table.client_ids.tolist()[0]
    answer = app.test_client().get(f"/predict/{client_id}")
    app.extensions["decisions"].close()
    (entry,) = entries()
    assert answer.json["decision_id"] == entry.id
    assert entry.content["calibrated_probability"] is None
    assert entry.body.content["application"] is None
