"""A service with a policy: decisions, explanations, letters and recorded decisions tell the rules."""

import json
from datetime import date, timedelta

import pytest

from fonction_api_prediction import create_app
from scoring.errors import PolicyError, SettingError
from scoring.settings import Settings
from tests.conftest import DECISION_KEYS, REQUIRED
from tests.policy.policies import RATIO, content, rule

LIMIT = rule("LIMIT", None, "limit", limit={"amount": 900_000})
JOB = rule("OLD_JOB", {"value": "DAYS_EMPLOYED", "is": "<", "to": -3000}, "review", unchecked="ignore")
GOOD = {**REQUIRED, "EXT_SOURCE_1": 0.9, "EXT_SOURCE_2": 0.8, "EXT_SOURCE_3": 0.8}


@pytest.fixture
def serve(tmp_path):
    def make(*rules, **others):
        file = tmp_path / "policy.json"
        exploration = {key: others.pop(key) for key in ("exploration",) if key in others}
        file.write_bytes(content(*rules, **exploration))
        settings = {"open": True, "policy": file, "decisions": str(tmp_path / "decisions.db"), **others}
        return create_app(Settings(**settings))

    return make


def test_without_a_policy_the_answer_has_a_null_key_and_nothing_else_changes(client, numbers):
    answer = client.get(f"/predict/{numbers[0]}").json
    assert list(answer) == DECISION_KEYS
    assert answer["policy"] is None


def test_a_rule_refuses_whom_the_model_accepts_and_the_rest_stays_the_models(serve, client):
    wealthy = {**GOOD, "AMT_CREDIT": 1_300_000}
    plain = client.post("/predict", json=wealthy).json
    assert plain["decision"] == "ACCEPTED"
    answer = serve(rule(), LIMIT).test_client().post("/predict", json=wealthy).json
    told = answer.pop("policy")
    assert {**answer, "decision": "ACCEPTED", "decision_id": None} == {
        key: value for key, value in plain.items() if key != "policy"
    }
    assert (answer["decision"], answer["prediction"]) == ("REFUSED", 0)
    assert [(one["code"], one["effect"], one["checked"], one["outcome"]) for one in told["rules"]] == [
        ("TOO_MUCH", "refuse", True, "refused")
    ]
    assert told["rules"][0]["text"] == {"en": "The credit is too high.", "fr": "Le crédit est trop élevé."}


def test_the_explanation_of_a_refusal_by_rule_has_no_reasons_of_the_model_and_an_action_that_passes_the_rules(serve):
    web = serve(rule(), LIMIT).test_client()
    found = web.post("/explain", json={**GOOD, "AMT_CREDIT": 1_300_000}).json
    assert (found["decision"], found["reasons"]) == ("REFUSED", [])
    action = found["counterfactual"]
    assert action["contract"]["credit"] <= 900_000
    changed = {one["name"]: one["after"] for one in action["changes"]}
    again = web.post("/predict", json={**GOOD, "AMT_CREDIT": 1_300_000, **changed}).json
    assert (again["decision"], again["review"]) == ("ACCEPTED", False)


def test_an_action_that_only_the_model_would_accept_is_not_offered(serve, client):
    risky = {**REQUIRED, "EXT_SOURCE_1": 0.3, "EXT_SOURCE_2": 0.25, "EXT_SOURCE_3": 0.3, "AMT_GOODS_PRICE": 450_000}
    plain = client.post("/explain", json=risky).json
    assert plain["decision"] == "REFUSED"
    never = rule("EXPENSIVE", {"value": "AMT_CREDIT", "is": ">", "to": 1_000})
    found = serve(never).test_client().post("/explain", json=risky).json
    assert found["counterfactual"] is None
    assert found["reasons"] == plain["reasons"]


def test_a_wait_is_judged_by_the_rules_of_the_day_on_which_it_ends(serve, client, numbers):
    waits = next(found for one in numbers if (found := client.get(f"/explain/{one}").json)["waiting"])
    soon, late = (rule(f"IN_{days}", None, **{"from": str(date.today() + timedelta(days))}) for days in (2, 50 * 31))
    web = serve(soon).test_client(), serve(late).test_client()
    found = [one.get(f"/explain/{waits['client_id']}").json["waiting"] for one in web]
    assert found == [None, waits["waiting"]]


def test_no_action_is_offered_where_a_rule_on_a_fixed_fact_refuses_and_the_answer_names_it(serve):
    old = rule("OLD", {"value": "DAYS_BIRTH", "is": "<", "to": -14_000}, text={"fr": "Trop tard.", "en": "Too late."})
    found = serve(old).test_client().post("/explain", json=GOOD).json
    assert (found["decision"], found["counterfactual"], found["waiting"]) == ("REFUSED", None, None)
    assert found["notes"][0]["en"].endswith("because of this rule of the lender: Too late.")
    assert "Trop tard." in found["notes"][0]["fr"]


def test_the_words_of_a_rule_that_refuses_without_being_checked_say_so(serve):
    rule_on_job = rule("NEW_JOB", {"value": "DAYS_EMPLOYED", "is": ">", "to": -90}, unchecked="refuse")
    found = serve(rule_on_job).test_client().post("/explain", json=GOOD).json
    assert (found["decision"], found["policy"]["rules"][0]["checked"]) == ("REFUSED", False)
    assert "This rule of the lender could not be checked" in found["notes"][0]["en"]


def test_a_recorded_decision_is_replayed_with_the_policy_of_that_time(serve, numbers):
    old = serve(rule(), LIMIT, JOB)
    from scoring.decisions.served_model import begin_serving

    record, policy = old.extensions["decisions"], old.extensions["policy"]
    begin_serving(record, old.extensions["scoring"], "start", "decisions.db", policy.file)
    refused = old.test_client().post("/predict", json={**GOOD, "AMT_CREDIT": 1_300_000}).json
    known = old.test_client().get(f"/predict/{numbers[0]}").json
    later = serve(rule("OTHER", {"value": "AMT_CREDIT", "is": ">", "to": 5})).test_client()
    for one in (refused, known):
        shown = later.get(f"/decisions/{one['decision_id']}").json
        entry = shown["decision"]["content"]
        assert (entry["policy_version"], entry["policy_day"]) == (policy.version, one["policy"]["day"])
        assert [rule["code"] for rule in entry["policy"]] == [rule["code"] for rule in one["policy"]["rules"]]
        assert entry["propensity"] is None
        assert shown["replay"] | {"difference": 0.0} == {
            "same": True,
            "difference": 0.0,
            "probability": one["probability"],
            "calibrated_probability": one["calibrated_probability"],
            "decision": one["decision"],
            "review": one["review"],
            "reason": None,
        }
    letter = later.get(f"/decisions/{refused['decision_id']}/letter").json
    assert [one["text"]["en"] for one in letter["reasons"]] == ["The credit is too high."]
    assert later.get(f"/decisions/{refused['decision_id']}/letter", headers={"Accept": "text/html"}).status_code == 200
    record.close()


def test_answers_that_are_cached_change_with_the_day(serve, numbers):
    app = serve(rule("DATED", None, until="2026-11-27"), decisions="off")
    service = next(
        cell.cell_contents.service
        for cell in app.view_functions["predict"].__closure__
        if hasattr(cell.cell_contents, "service")
    )
    web, answers = app.test_client(), []
    for day in (27, 28):
        service.find_day = lambda day=day: date(2026, 11, day)
        answers.append(web.get(f"/predict/{numbers[0]}").json["policy"])
    assert [len(one["rules"]) for one in answers] == [1, 0]
    assert [one["day"] for one in answers] == ["2026-11-27", "2026-11-28"]


def test_a_model_ready_row_alone_is_told_as_not_checked_and_goes_to_review(serve, client, numbers, app):
    row = app.extensions["scoring"].clients.table.rows[0].tolist()
    names = client.get("/features").json["columns"]
    (answer,) = (
        serve(rule())
        .test_client()
        .post("/predict", json={"data": [dict(zip(names, row, strict=True))]})
        .json["predictions"]
    )
    assert [(one["code"], one["checked"], one["outcome"]) for one in answer["policy"]["rules"]] == [
        ("TOO_MUCH", False, "review")
    ]
    assert answer["review"] is True


EXPLORE = {"share": 0.5, "most_amount": 10_000_000, "most_probability": 1}


def test_clients_are_accepted_at_random_only_with_a_key_and_a_record(serve, tmp_path):
    key = tmp_path / "exploration.key"
    with pytest.raises(SettingError, match="SCORING_EXPLORATION_KEY is not set"):
        serve(exploration=EXPLORE)
    key.write_bytes(b"short")
    with pytest.raises(SettingError, match="5 bytes, expected at least 32 random bytes"):
        serve(exploration=EXPLORE, exploration_key=key)
    key.write_bytes(bytes(32))
    with pytest.raises(SettingError, match="SCORING_DECISIONS is off"):
        serve(exploration=EXPLORE, exploration_key=key, decisions="off")


def test_a_client_gets_the_same_draw_whenever_and_for_whatever_amount_he_asks(serve, tmp_path, client):
    key = tmp_path / "exploration.key"
    key.write_bytes(bytes(32))
    web = serve(exploration=EXPLORE, exploration_key=key).test_client()
    risky = {**REQUIRED, "EXT_SOURCE_1": 0.1, "EXT_SOURCE_2": 0.1, "EXT_SOURCE_3": 0.1}
    drawn = {}
    for number in range(900_000, 900_030):
        found = set()
        for credit in (500_000, 500_001):
            answer = web.post("/predict", json={**risky, "AMT_CREDIT": credit, "SK_ID_CURR": number}).json
            assert (answer["prediction"], answer["policy"]["propensity"]) == (1, 0.5)
            assert (answer["decision"] == "ACCEPTED") is answer["policy"]["exploration"]
            found.add(answer["decision"])
        (drawn[number],) = found
    assert 6 <= list(drawn.values()).count("ACCEPTED") <= 24  # of 30, half; five standard deviations are 14
    nameless = web.post("/predict", json=risky).json
    assert (nameless["decision"], nameless["policy"]["propensity"]) == ("REFUSED", None)
    entry = web.get(f"/decisions/{answer['decision_id']}").json
    assert entry["decision"]["content"]["propensity"] == 0.5


@pytest.mark.parametrize("bad", [rule(condition={"value": "AMT_CREDI", "is": ">", "to": 1}), 3])
def test_a_bad_policy_stops_the_start_and_the_message_names_the_setting(serve, bad):
    with pytest.raises(PolicyError, match=r"^SCORING_POLICY=.*policy.json: rule "):
        serve(bad)


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(PolicyError, match=r"^SCORING_POLICY=.*none.json: cannot be read"):
        create_app(Settings(open=True, policy=tmp_path / "none.json"))


def test_the_ratio_is_the_one_of_the_docs(serve):
    assert json.loads(content(rule()))["rules"][0]["condition"] == RATIO
