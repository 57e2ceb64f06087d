"""New applications: decided on, or refused with all errors listed."""

import json

import pandas as pd
import pytest

from fonction_api_prediction import create_app
from scoring.settings import Settings
from tests.conftest import REQUIRED

# As the examples of public Flask services give it: 57 fields, the weekday as a number, housing not normalised.
DOCUMENTED = {
    **REQUIRED,
    "CODE_GENDER": "F", "FLAG_DOCUMENT_3": 1, "FLAG_OWN_CAR": "N",
    "FLAG_OWN_REALTY": "Y", "CNT_CHILDREN": 0, "AMT_GOODS_PRICE": 450000.0,
    "NAME_TYPE_SUITE": "Unaccompanied", "NAME_INCOME_TYPE": "Working", "OCCUPATION_TYPE": "Laborers",
    "NAME_EDUCATION_TYPE": "Secondary / secondary special", "NAME_FAMILY_STATUS": "Married",
    "NAME_HOUSING_TYPE": "House / apartment", "REGION_POPULATION_RELATIVE": 0.0188, "DAYS_EMPLOYED": -1200,
    "DAYS_REGISTRATION": -3500.0, "DAYS_ID_PUBLISH": -2000, "OWN_CAR_AGE": None, "FLAG_MOBIL": 1,
    "FLAG_EMP_PHONE": 1, "FLAG_WORK_PHONE": 0, "FLAG_CONT_MOBILE": 1, "FLAG_PHONE": 0, "FLAG_EMAIL": 0,
    "CNT_FAM_MEMBERS": 2.0, "REGION_RATING_CLIENT": 2, "REGION_RATING_CLIENT_W_CITY": 2,
    "WEEKDAY_APPR_PROCESS_START": 1, "HOUR_APPR_PROCESS_START": 10, "REG_REGION_NOT_LIVE_REGION": 0,
    "REG_REGION_NOT_WORK_REGION": 0, "LIVE_REGION_NOT_WORK_REGION": 0, "REG_CITY_NOT_LIVE_CITY": 0,
    "REG_CITY_NOT_WORK_CITY": 0, "LIVE_CITY_NOT_WORK_CITY": 0, "ORGANIZATION_TYPE": "School", "EXT_SOURCE_1": 0.5,
    "EXT_SOURCE_2": 0.6, "EXT_SOURCE_3": 0.7, "APARTMENTS_AVG": 24.7, "BASEMENTAREA_AVG": 36.9,
    "YEARS_BEGINEXPLUATATION_AVG": 97.2, "YEARS_BUILD_AVG": 61.9, "COMMONAREA_AVG": 14.3, "ELEVATORS_AVG": 0.0,
    "ENTRANCES_AVG": 6.9, "FLOORSMAX_AVG": 8.3, "FLOORSMIN_AVG": 12.5, "LANDAREA_AVG": 36.9,
    "LIVINGAPARTMENTS_AVG": 20.2, "LIVINGAREA_AVG": 19.0, "NONLIVINGAPARTMENTS_AVG": 0.0, "NONLIVINGAREA_AVG": 0.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def facts(project):
    """Applications of the bundled clients as JSON has them."""
    return json.loads(pd.read_csv(project / "applications_sample.csv").to_json(orient="records"))


def alike(decision, other):
    """Compare all but the sixteenth digit, which arrays and sums do not share."""
    floats = {name for name, value in other.items() if isinstance(value, float)}
    assert {name: value for name, value in decision.items() if name not in floats} == {
        name: value for name, value in other.items() if name not in floats
    }
    for name in floats:
        assert decision[name] == pytest.approx(other[name], abs=1e-12)
    return True


def errors_of(answer):
    assert answer.status_code == 422, answer.json
    return {error["field"]: error for error in answer.json["errors"]}


def test_a_new_application_gets_a_decision(client):
    answer = client.post("/predict", json=REQUIRED)
    assert answer.status_code == 200
    assert answer.json["decision"] == ("REFUSED" if answer.json["prediction"] else "ACCEPTED")
    assert answer.json["client_id"] is None
    assert answer.json["decision_id"] is None
    several = client.post("/predict", json={"applications": [REQUIRED, REQUIRED]}).json["predictions"]
    for decision in several:
        assert alike(decision, answer.json)


def test_the_decision_has_the_keys_of_a_known_clients_in_the_same_order(client, numbers):
    known = client.get(f"/predict/{numbers[0]}").get_data()
    new = client.post("/predict", json=REQUIRED).get_data()
    assert list(json.loads(known)) == list(json.loads(new))


def test_the_documented_example_is_scored_and_what_is_unusual_said(client):
    assert len(DOCUMENTED) == 57
    answer = client.post("/predict", json=DOCUMENTED)
    assert answer.status_code == 200
    warned = " ".join(answer.json["warnings"])
    for name in ("WEEKDAY_APPR_PROCESS_START", "APARTMENTS_AVG", "YEARS_BEGINEXPLUATATION_AVG"):
        assert f"{name}: " in warned


@pytest.mark.parametrize("field", REQUIRED)
@pytest.mark.parametrize("value", ["left out", None])
def test_a_required_field_that_is_missing_is_named(client, field, value):
    given = {**DOCUMENTED, field: value}
    if value == "left out":
        del given[field]
    found = errors_of(client.post("/predict", json=given))
    assert list(found) == [field]
    assert "(required)" in found[field]["expected"]


def test_an_empty_application_is_a_422_and_a_number_alone_is_told_to_be_a_get(client, numbers):
    found = errors_of(client.post("/predict", json={"SK_ID_CURR": numbers[0]}))
    assert found["(body)"]["expected"] == "a GET request to /predict/<client_id>"
    assert set(errors_of(client.post("/predict", json={}))) == set(REQUIRED)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("AMT_CREDIT", 0), ("AMT_CREDIT", -1), ("AMT_CREDIT", "500000"), ("AMT_CREDIT", True), ("AMT_CREDIT", 10**400),
        ("AMT_INCOME_TOTAL", 0), ("AMT_ANNUITY", 0), ("AMT_GOODS_PRICE", 0), ("EXT_SOURCE_1", 1.01),
        ("EXT_SOURCE_2", -0.01), ("DAYS_BIRTH", -6573), ("DAYS_BIRTH", -36526), ("DAYS_BIRTH", -15000.5),
        ("NAME_CONTRACT_TYPE", False), ("NAME_CONTRACT_TYPE", {}), ("FLAG_EMAIL", 2), ("SK_ID_CURR", "500000"),
        ("SK_ID_CURR", 12345), ("amt_credit", 1), ("history", {}), ("DAYS_EMPLOYED", 365242),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_named(client, field, value):
    answer = client.post("/predict", json={**DOCUMENTED, field: value})
    assert answer.content_type == "application/problem+json"
    assert list(errors_of(answer)) == [field]


@pytest.mark.parametrize(("field", "value"), [("DAYS_BIRTH", -15000.0), ("DAYS_EMPLOYED", 365243), ("EXT_SOURCE_1", 1)])
def test_a_value_at_the_edge_is_taken(client, field, value):
    assert client.post("/predict", json={**REQUIRED, field: value}).status_code == 200


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_json_or_the_model_does_not_know_is_refused_and_named(client, word):
    body = json.dumps(REQUIRED).replace("500000", word)
    answer = client.post("/predict", data=body, content_type="application/json")
    assert list(errors_of(answer)) == ["AMT_CREDIT"]


def test_all_errors_are_listed_at_once_by_record(client):
    bad = {**REQUIRED, "AMT_CREDIT": 0, "FLAG_EMAIL": True}
    answer = client.post("/predict", json={"applications": [REQUIRED, bad, 7, {**REQUIRED, "x": 1}]})
    assert answer.status_code == 422
    assert [(error["record"], error["field"]) for error in answer.json["errors"]] == [
        (1, "AMT_CREDIT"), (1, "FLAG_EMAIL"), (2, "(record)"), (3, "x"),
    ]  # fmt: skip


def test_the_outcome_is_ignored_with_a_warning(client):
    plain, told = (client.post("/predict", json=body).json for body in (REQUIRED, {**REQUIRED, "TARGET": 1}))
    assert told["probability"] == plain["probability"]
    assert told["warnings"][0].startswith("TARGET: ignored")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "(body)"), (1, "(body)"), ("x", "(body)"), ({"applications": []}, "applications"),
        ({"applications": {}}, "applications"), ({"data": None}, "data"), ({"data": [[1]], "x": 1}, "x"),
        ({"data": [[]]}, "(all)"), ({"data": [{}, [1]]}, "(record)"),
        ({"applications": [REQUIRED], "data": []}, "data"),
    ],
)  # fmt: skip
def test_another_shape_of_body_is_a_422_that_says_what_is_expected(client, body, field):
    assert field in errors_of(client.post("/predict", json=body))


def test_more_than_a_thousand_records_are_a_413(client, app):
    row = app.extensions["scoring"].clients.table.rows[0].tolist()
    assert len(client.post("/predict", json={"data": [row] * 1000}).json) == 1000
    answer = client.post("/predict", json={"data": [row] * 1001})
    assert answer.status_code == 413
    assert "at most 1000" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/predict", "/predict_proba", "/data"])
def test_another_method_is_a_405_that_says_which_are_answered(client, path):
    answer = client.get(path)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_probability_is_the_same_without_the_decision(client):
    decision = client.post("/predict", json=REQUIRED).json
    alone = {"probability": decision["probability"], "threshold": decision["threshold"]}
    assert client.post("/predict_proba", json=REQUIRED).json == alone
    several = client.post("/predict_proba", json={"applications": [REQUIRED] * 2}).json
    assert several["probabilities"] == pytest.approx([alone["probability"]] * 2, abs=1e-12)
    assert several["threshold"] == alone["threshold"]


def test_model_ready_rows_are_scored_as_known_clients_are(client, app):
    bundle = app.extensions["scoring"]
    number = int(bundle.clients.table.client_ids[0])
    row = bundle.clients.table.rows[0].tolist()
    known = client.get(f"/predict/{number}").json
    assert client.post("/predict", json={"data": [row]}).json == [pytest.approx(known["probability"], abs=1e-12)]
    named = {"SK_ID_CURR": number, **dict(zip(bundle.scorer.features, row, strict=True))}
    decision = client.post("/predict", json={"data": [named]}).json["predictions"][0]
    assert alike(decision, known)


def test_a_known_clients_application_with_stored_history_is_the_lookup(client, facts):
    for application in facts[:50]:
        known = client.get(f"/predict/{application['SK_ID_CURR']}").json
        decision = client.post("/predict?history=stored", json=application).json
        assert decision["probability"] == pytest.approx(known["probability"], abs=1e-9)
        assert not any(warning.startswith("history") for warning in decision["warnings"])


def test_history_is_imputed_by_default_with_a_warning(client, app, facts):
    bundle = app.extensions["scoring"]
    fields = {field.name for field in bundle.manifest.input_schema.fields}
    if set(bundle.manifest.plan.raw_numbers()) <= fields:
        pytest.fail("the bundled model reads no history: this test needs one that does")
    decision = client.post("/predict", json=facts[0]).json
    assert decision["warnings"][-1].startswith("history: not provided")
    assert decision["warning_details"][-1]["field"] == "history"
    assert decision["warning_details"][-1]["code"] == "history_imputed"


def test_stored_history_needs_a_known_client(client, app):
    unknown = client.post("/predict?history=stored", json={"applications": [REQUIRED | {"SK_ID_CURR": 999999}]})
    assert unknown.status_code == 404
    assert unknown.json["errors"][0]["record"] == 0
    assert unknown.json["errors"][0]["received"] == 999999
    unnamed = client.post("/predict?history=stored", json=REQUIRED)
    assert (unnamed.status_code, unnamed.json["errors"][0]["field"]) == (409, "SK_ID_CURR")
    rows = {"data": [app.extensions["scoring"].clients.table.rows[0].tolist()]}
    assert client.post("/predict?history=stored", json=rows).status_code == 409
    assert client.post("/predict?history=full", json=REQUIRED).status_code == 400


def test_known_clients_have_their_stored_history_and_all_others_an_imputed_one(client, facts):
    unknown = {**facts[1], "SK_ID_CURR": 999999}
    unnamed = {name: value for name, value in facts[2].items() if name != "SK_ID_CURR"}
    body = {"applications": [facts[0], unknown, unnamed]}
    decisions = client.post("/predict?history=known", json=body).json["predictions"]
    lookup = client.get(f"/predict/{facts[0]['SK_ID_CURR']}").json
    imputed = client.post("/predict", json={"applications": [unknown, unnamed]}).json["predictions"]
    assert alike(decisions[0], lookup)
    assert alike(decisions[1], imputed[0])
    assert alike(decisions[2], imputed[1])
    codes = [[one["code"] for one in decision["warning_details"]] for decision in decisions]
    assert ["history_imputed" in found for found in codes] == [False, True, True]


@pytest.mark.parametrize("route", ["/predict", "/predict_proba", "/explain"])
def test_one_application_is_scored_with_the_history_that_is_known(client, facts, route):
    for application, same in ((facts[0], "stored"), ({**facts[0], "SK_ID_CURR": 999999}, "imputed")):
        answers = [client.post(f"{route}?history={one}", json=application).json for one in ("known", same)]
        assert answers[0] == answers[1]


def test_model_ready_rows_have_no_other_history(client, app):
    rows = {"data": [app.extensions["scoring"].clients.table.rows[0].tolist()]}
    assert client.post("/predict?history=known", json=rows).status_code == 409


def other(field, value):
    """Give another value that the field may have, far from the one it has."""
    if field.type == "category":
        return [text for text in (*(field.categories or ()), "another") if text != value]
    low, high = field.usual or (field.minimum, field.maximum)
    return [number for number in (low, high, (low + high) / 2 // 1, high + (high - low)) if number != value]


def test_each_field_that_the_model_reads_moves_the_score_and_no_other_does(client, app, facts):
    schema = app.extensions["scoring"].manifest.input_schema
    unread = set(client.post("/data", json=REQUIRED).json["not_used"])
    applications = facts[:12]
    before = client.post("/predict_proba", json={"applications": applications}).json["probabilities"]
    for field in schema.fields:
        moved = False
        for value in other(field, object()):
            changed = [{**application, field.name: value} for application in applications]
            answer = client.post("/predict_proba", json={"applications": changed})
            if answer.status_code == 200:  # else out of the field's range
                moved |= answer.json["probabilities"] != before
        assert moved is (field.name not in unread), field.name


def test_the_client_number_does_not_move_the_score(client, facts):
    first = client.post("/predict", json=facts[0]).json
    second = client.post("/predict", json=facts[0] | {"SK_ID_CURR": 100001}).json
    assert first["probability"] == second["probability"]
    assert second["client_id"] == 100001


def test_data_says_how_a_body_is_read_without_refusing_it(client):
    given = {**REQUIRED, "AMT_CREDIT": -1, "AMT_INCOME_TOTAL": 2e5, "x": 1, "EXT_SOURCE_1": None, "FLAG_EMAIL": True}
    answer = client.post("/data", json=given)
    assert answer.status_code == 200
    report = answer.json
    assert report["valid"] is False
    assert report["parsed"]["AMT_INCOME_TOTAL"] == 200000
    assert report["out_of_range"] == ["AMT_CREDIT"]
    assert report["unknown"] == ["x"]
    assert {error["field"] for error in report["errors"]} == {"AMT_CREDIT", "FLAG_EMAIL", "x"}
    assert {"AMT_CREDIT", "EXT_SOURCE_1", "FLAG_EMAIL"} <= set(report["missing"])
    assert "CODE_GENDER" in report["not_used"]
    several = client.post("/data", json={"applications": [given, 7]}).json["records"]
    assert several[0] == report
    assert several[1]["errors"][0]["field"] == "(record)"


def test_data_reads_model_ready_rows_too(client, app):
    bundle = app.extensions["scoring"]
    row = bundle.clients.table.rows[0].tolist()
    records = client.post("/data", json={"data": [row, row[:-1]]}).json["records"]
    assert [record["valid"] for record in records] == [True, False]
    assert records[0]["parsed"] == dict(zip(bundle.scorer.features, row, strict=True))


def test_a_model_without_a_manifest_takes_model_ready_rows_and_nothing_else(unverified):
    client = create_app(Settings(artefacts=unverified, threshold=0.5, open=True)).test_client()
    for path in ("/predict", "/predict_proba", "/data"):
        for body in (REQUIRED, {"applications": [REQUIRED]}):
            answer = client.post(path, json=body)
            assert answer.status_code == 409
            assert '{"data": [...]}' in answer.json["detail"]
    row = pd.read_csv(unverified / "df_sample.csv").iloc[0].to_dict()
    number = int(row["SK_ID_CURR"])
    known = client.get(f"/predict/{number}").json
    decision = client.post("/predict", json={"data": [row]}).json["predictions"][0]
    assert decision["warnings"] == ["TARGET: ignored; it is what the model predicts"]
    assert alike(decision, {**known, "warnings": decision["warnings"], "warning_details": decision["warning_details"]})
