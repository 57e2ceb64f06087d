"""People review decisions: each request and each officer's decision is an entry, and the queue has what waits."""

import pytest

from fonction_api_prediction import create_app
from scoring.access.caller import SCOPES
from scoring.errors import SettingError
from scoring.settings import Settings
from tests.conftest import REQUIRED
from tests.decisions.conftest import serving
from tests.web.gate.conftest import Keys

OVERRIDE = {"decision": "ACCEPTED", "reason": "income_documented", "text": "Trois bulletins de salaire."}
STATEMENT = {"statement": "J'ai un nouvel emploi depuis le 1er octobre."}


def decide(client, numbers, decision, review=False, **headers):
    for number in numbers:
        answer = client.get(f"/predict/{number}", **headers).json
        if (answer["decision"], answer["review"]) == (decision, review):
            return answer["decision_id"]
    raise AssertionError("no such client")


def waiting(client, query="", **headers):
    return [one["decision"]["id"] for one in client.get(f"/reviews{query}", **headers).json["reviews"]]


def test_a_request_is_an_entry_whose_words_are_in_its_body(recorded, record, numbers):
    decision_id = decide(recorded, numbers, "REFUSED")
    answer = recorded.post(f"/decisions/{decision_id}/review-request", json={**STATEMENT, "received_by": "Lyon"})
    assert answer.status_code == 200
    assert answer.json["status"] == "waiting"
    assert answer.json["decision"] == "REFUSED"
    (later,) = recorded.get(f"/decisions/{decision_id}").json["later"]
    assert later["id"] == answer.json["entry_id"]
    assert later["kind"] == "review_request"
    assert later["body"] == {**STATEMENT, "received_by": "Lyon"}
    assert set(later["content"]) == {"key_id", "request_id", "traceparent", "route", "number"}
    assert record.find(later["id"]).body.client_id == record.find(decision_id).body.client_id


def test_an_officers_decision_holds_and_ends_the_wait_until_the_applicant_asks_again(recorded, numbers):
    decision_id = decide(recorded, numbers, "REFUSED")
    assert decision_id not in waiting(recorded)
    recorded.post(f"/decisions/{decision_id}/review-request", json=STATEMENT)
    assert decision_id in waiting(recorded)
    answer = recorded.post(f"/decisions/{decision_id}/override", json=OVERRIDE).json
    assert (answer["status"], answer["decision"]) == ("reviewed", "ACCEPTED")
    assert decision_id not in waiting(recorded)
    later = recorded.get(f"/decisions/{decision_id}").json["later"]
    assert [one["kind"] for one in later] == ["review_request", "override"]
    assert later[1]["content"]["reason"] == "income_documented"
    assert later[1]["content"]["final"] is True
    assert "text" not in later[1]["content"]
    assert later[1]["body"] == {"text": OVERRIDE["text"]}
    again = recorded.post(f"/decisions/{decision_id}/review-request", json=STATEMENT).json
    assert (again["status"], again["decision"]) == ("waiting", "ACCEPTED")
    assert decision_id in waiting(recorded)


def test_an_officer_who_agrees_with_the_model_records_an_outcome(recorded, numbers):
    decision_id = decide(recorded, numbers, "REFUSED", review=True)
    assert decision_id in waiting(recorded)
    confirmed = {**OVERRIDE, "decision": "REFUSED", "reason": "decision_confirmed"}
    assert recorded.post(f"/decisions/{decision_id}/override", json=confirmed).json["decision"] == "REFUSED"
    (later,) = recorded.get(f"/decisions/{decision_id}").json["later"]
    assert later["kind"] == "outcome"
    assert decision_id not in waiting(recorded)


def test_the_queue_is_paged_the_oldest_first(recorded, numbers):
    ids = [recorded.get(f"/predict/{number}").json["decision_id"] for number in numbers[:4]]
    for decision_id in ids:
        recorded.post(f"/decisions/{decision_id}/review-request", json=STATEMENT)
    assert waiting(recorded) == ids
    first = recorded.get("/reviews?limit=3").json
    assert [one["decision"]["id"] for one in first["reviews"]] == ids[:3]
    assert first["next_after"] == ids[2]
    assert waiting(recorded, f"?after={ids[2]}") == ids[3:]
    assert recorded.get("/reviews?after=abc").json["errors"][0]["field"] == "after"
    assert first["reviews"][0]["requested_at"] > first["reviews"][0]["decision"]["time"]


@pytest.mark.parametrize(
    ("route", "body", "fields"),
    [
        ("review-request", {}, ["statement"]),
        ("review-request", {"statement": ""}, ["statement"]),
        ("review-request", {"statement": " "}, ["statement"]),
        ("review-request", {"statement": "\u200b\ufeff\n\u00a0"}, ["statement"]),
        ("review-request", {**STATEMENT, "received_by": " "}, ["received_by"]),
        ("review-request", {**STATEMENT, "received_by": ""}, ["received_by"]),
        ("override", {**OVERRIDE, "text": "\t"}, ["text"]),
        ("review-request", {"statement": "x" * 10_001}, ["statement"]),
        ("review-request", {"statement": 1, "received_by": "y" * 201}, ["statement", "received_by"]),
        ("review-request", [STATEMENT], ["(body)"]),
        ("override", {}, ["decision", "reason", "text"]),
        ("override", {**OVERRIDE, "decision": "accepted"}, ["decision"]),
        ("override", {**OVERRIDE, "reason": "because"}, ["reason"]),
        ("override", {**OVERRIDE, "officer": "me"}, ["officer"]),
        ("override", 5, ["(body)"]),
    ],
)
def test_invalid_values_are_listed_all_at_once_and_nothing_is_recorded(recorded, numbers, route, body, fields):
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    answer = recorded.post(f"/decisions/{decision_id}/{route}", json=body)
    assert answer.status_code == 422
    assert answer.json["type"] == "urn:problem:invalid-review"
    assert [error["field"] for error in answer.json["errors"]] == fields
    assert all(error["expected"] for error in answer.json["errors"])
    assert recorded.get(f"/decisions/{decision_id}").json["later"] == []


@pytest.mark.parametrize("route", ["review-request", "override"])
def test_an_unknown_decision_and_a_key_given_twice_are_refused(recorded, numbers, route):
    assert recorded.post(f"/decisions/x/{route}", json=STATEMENT).status_code == 404
    decision_id = recorded.get(f"/predict/{numbers[0]}").json["decision_id"]
    twice = recorded.post(
        f"/decisions/{decision_id}/{route}",
        data='{"text":"a","text":"b","statement":"a","statement":"b","decision":"ACCEPTED","reason":"other"}',
        content_type="application/json",
    )
    assert twice.status_code == 422
    assert recorded.post(f"/decisions/{decision_id}/{route}", data="x").status_code == 415


def test_without_a_record_there_are_no_reviews(client):
    assert client.get("/reviews").json["type"] == "urn:problem:no-decision-record"
    assert client.post("/decisions/x/override", json=OVERRIDE).status_code == 409


@pytest.fixture
def officers(tmp_path, path):
    """Serve with keys, so that two officers have to accept refused applications above 400,000."""
    keys = Keys(tmp_path / "keys.json")
    headers = [keys.add(*SCOPES) for _ in range(2)]
    app = serving(Settings(api_keys=keys.path, decisions=str(path), second_officer_above=400_000))
    yield app.test_client(), *headers
    app.extensions["decisions"].close()


def test_above_an_amount_a_second_officer_confirms(officers):
    client, first, second = officers
    refused = {**REQUIRED, "AMT_CREDIT": 500_000, "EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01, "EXT_SOURCE_1": 0.01}
    decision = client.post("/predict", json=refused, headers=first).json
    assert decision["decision"] == "REFUSED"
    address = f"/decisions/{decision['decision_id']}"
    alone = client.post(f"{address}/override", json=OVERRIDE, headers=first).json
    assert (alone["status"], alone["decision"]) == ("second_officer", "REFUSED")
    assert decision["decision_id"] in waiting(client, headers=second)
    same = client.post(f"{address}/override", json=OVERRIDE, headers=first)
    assert same.status_code == 409
    assert same.json["type"] == "urn:problem:review-conflict"
    both = client.post(f"{address}/override", json=OVERRIDE, headers=second).json
    assert (both["status"], both["decision"]) == ("reviewed", "ACCEPTED")
    later = client.get(address, headers=first).json["later"]
    assert [one["content"]["final"] for one in later] == [False, True]
    assert later[1]["content"]["confirms"] == later[0]["id"]
    assert later[0]["content"]["key_id"] != later[1]["content"]["key_id"]


def test_below_the_amount_and_for_a_refusal_one_officer_is_enough(officers):
    client, first, _ = officers
    small = {**REQUIRED, "AMT_CREDIT": 300_000, "EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01, "EXT_SOURCE_1": 0.01}
    large = {**REQUIRED, "EXT_SOURCE_2": 0.9, "EXT_SOURCE_3": 0.9, "EXT_SOURCE_1": 0.9}
    for body, wanted in ((small, "ACCEPTED"), (large, "REFUSED")):
        decision = client.post("/predict", json=body, headers=first).json
        assert decision["decision"] != wanted
        answer = client.post(
            f"/decisions/{decision['decision_id']}/override", json={**OVERRIDE, "decision": wanted}, headers=first
        ).json
        assert (answer["status"], answer["decision"]) == ("reviewed", wanted)


def test_officers_cannot_be_told_apart_without_keys():
    with pytest.raises(SettingError, match="SCORING_SECOND_OFFICER_ABOVE=400000, and SCORING_API_KEYS is not set"):
        create_app(Settings(second_officer_above=400_000))


def test_a_list_of_decisions_says_what_officers_decided_about_each(officers):
    client, first, second = officers
    refused = {**REQUIRED, "AMT_CREDIT": 500_000, "EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01, "EXT_SOURCE_1": 0.01}
    decision_id, other_id = (client.post("/predict", json=refused, headers=first).json["decision_id"] for _ in range(2))

    def listed():
        decisions = client.get("/decisions?limit=1000", headers=first).json["decisions"]
        return {one["id"]: one["reviewed"] for one in decisions}

    assert (listed()[decision_id], listed()[other_id]) == (None, None)
    client.post(f"/decisions/{decision_id}/override", json=OVERRIDE, headers=first)
    assert listed()[decision_id] is None  # a second officer has to confirm it
    client.post(f"/decisions/{decision_id}/override", json=OVERRIDE, headers=second)
    client.post(f"/decisions/{decision_id}/review-request", json=STATEMENT, headers=first)
    assert (listed()[decision_id], listed()[other_id]) == ("ACCEPTED", None)
