"""What is counted about answers and decisions, in this process; tests/service/test_metrics.py has real workers."""

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fonction_api_prediction import create_app
from scoring.record.verification.deviations import Report
from scoring.record.verification.last_verification import describe, result_file, write_result
from scoring.settings import Settings
from tests.conftest import REQUIRED
from tests.decisions.conftest import locked, path, recorded, recording  # noqa: F401  (fixtures)

PAGE = {"Accept": "text/html"}


def samples(client):
    text = client.get("/metrics").text
    return {
        (one.name, *sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.fixture
def counted():
    """Count what happens in a block, without what is still 0: answers, problems, and decisions with their source."""

    def counting(client, act):
        before = samples(client)
        act()
        after = samples(client)
        changed = {key: int(value - before.get(key, 0)) for key, value in after.items() if value != before.get(key, 0)}
        listed = {}
        for (name, *labels), value in changed.items():
            labels = dict(labels)
            if name == "scoring_request_duration_seconds_count" and labels["route"] != "/metrics":
                listed["{method} {route} {status}".format(**labels)] = value
            elif name == "scoring_problems_total":
                listed[labels["kind"]] = value
            elif name == "scoring_decisions_total":
                listed["{source} {outcome}".format(**labels)] = value
            elif name == "scoring_calibrated_probability_count":
                listed["probabilities"] = value
        return listed

    return counting


@pytest.mark.parametrize("kind", ["recorded", "client"])
def test_each_form_of_request_is_counted_once_with_its_decisions(kind, request, counted, numbers):
    client = request.getfixturevalue(kind)
    address = f"/predict/{numbers[0]}"
    known = "GET /predict/<client_id> 200"
    assert counted(client, lambda: [client.get(address) for _ in range(3)]) == {
        known: 3, "lookup ACCEPTED": 3, "probabilities": 3
    }  # fmt: skip
    assert counted(client, lambda: client.get(address, headers=PAGE)) == {
        known: 1, "page ACCEPTED": 1, "probabilities": 1
    }  # fmt: skip
    assert counted(client, lambda: client.head(address)) == {"HEAD /predict/<client_id> 200": 1}
    found = counted(client, lambda: client.post("/predict", json=REQUIRED))
    assert sum(n for key, n in found.items() if key.startswith("application ")) == 1
    assert found["POST /predict 200"] == found["probabilities"] == 1
    many = {"applications": [REQUIRED, {**REQUIRED, "AMT_INCOME_TOTAL": 10**6}, REQUIRED]}
    found = counted(client, lambda: client.post("/predict", json=many))
    assert sum(n for key, n in found.items() if key.startswith("list ")) == found["probabilities"] == 3
    found = counted(client, lambda: client.post("/predict_proba", json=many))
    assert "list ACCEPTED" in found or kind == "client"


def test_problems_are_counted_by_kind_and_decide_nothing(client, counted):
    found = counted(client, lambda: [client.get("/predict/999999"), client.get("/predict/x"), client.get("/nowhere")])
    assert found == {
        "GET /predict/<client_id> 404": 1,
        "GET /predict/<client_id> 400": 1,
        "GET none 404": 1,
        "unknown-client": 1,
        "not-a-client-number": 1,
        "not-found": 1,
    }
    found = counted(client, lambda: client.post("/predict", json={**REQUIRED, "AMT_CREDIT": -1}))
    assert found == {"POST /predict 422": 1, "invalid-application": 1}
    found = counted(client, lambda: client.post("/application", data={"AMT_CREDIT": "-1"}))
    assert found == {"POST /application 422": 1, "invalid-application": 1}
    found = counted(client, lambda: [client.open("/", method="BREW"), client.get("/predict/999999", headers=PAGE)])
    assert found == {
        "other none 405": 1, "method-not-allowed": 1, "GET /predict/<client_id> 404": 1, "unknown-client": 1
    }  # fmt: skip


def test_a_decision_that_cannot_be_recorded_is_counted_as_a_problem_only(recorded, counted, path, numbers):  # noqa: F811
    def ask():
        with locked(path):
            assert recorded.get(f"/predict/{numbers[0]}").status_code == 503

    assert counted(recorded, ask) == {"GET /predict/<client_id> 503": 1, "record-unavailable": 1}


def test_the_model_and_what_is_expected_of_it_are_shown(client, app):
    shown = samples(client)
    version = app.extensions["scoring"].version
    assert shown["scoring_model_info", ("model_version", version), ("service_version", "0.1.0")] == 1
    assert shown["scoring_expected_refusal_rate",] == pytest.approx(0.297, abs=0.001)
    assert shown["scoring_expected_calibrated_probability",] == pytest.approx(0.0804, abs=0.0001)


def test_what_the_last_verification_found_is_shown(recording, recorded):  # noqa: F811
    never = samples(recorded)
    assert never["scoring_record_verified_timestamp_seconds",] == 0
    assert ("scoring_record_deviations",) not in never
    file = result_file(recording.extensions["decisions"].checkpoint_file)
    ended = datetime(2026, 11, 27, 3, tzinfo=UTC)
    report = Report()
    found = describe(ended, report, [], 2, with_key=False).model_copy(update={"ended_at": ended})
    write_result(file, found)
    shown = samples(recorded)
    assert shown["scoring_record_verified_timestamp_seconds",] == ended.timestamp()
    assert shown["scoring_record_deviations",] == 2


def test_no_client_number_stands_in_the_metrics(client, numbers):
    for address in (f"/predict/{numbers[1]}", f"/{numbers[1]}", f"/clients/{numbers[1]}", f"/predict/{numbers[1]}x"):
        client.get(address)
    assert str(numbers[1]) not in client.get("/metrics").text


def test_metrics_can_be_switched_off():
    client = create_app(Settings(metrics=False)).test_client()
    assert client.get("/health/live").status_code == 200
    assert client.get("/metrics").status_code == 404


def test_a_key_needs_the_scope_metrics(tmp_path):
    from tests.web.gate.conftest import Keys

    keys = Keys(tmp_path / "keys.json")
    allowed, other = keys.add("metrics"), keys.add("read", "audit")
    client = create_app(Settings(api_keys=keys.path)).test_client()
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=other).status_code == 403
    answer = client.get("/metrics", headers=allowed)
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert (
        "\nscoring_walk_alarms_total " in answer.text
    )  # tests before this one, in the same process, may have raised some
    assert "Cache-Control" not in answer.headers
