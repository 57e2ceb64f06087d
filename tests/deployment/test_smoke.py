import json

import pytest

from tests.http_servers import QuietHandler, serving

JSON = "application/json"
PROBLEM = "application/problem+json"
DECISION = {"client_id": 500007, "probability": 0.25, "decision": "ACCEPTED"}
HEALTH, KNOWN, UNKNOWN = "/health", "/predict/500007", "/predict/999999"
RIGHT = {
    HEALTH: (200, JSON, '{"status": "ok"}'),
    KNOWN: (200, JSON, json.dumps(DECISION)),
    UNKNOWN: (404, PROBLEM, '{"status": 404}'),
}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("EXT,SK_ID_CURR,TARGET\n0.5,500007,0\n0.1,500001,1\n", encoding="utf-8")
    return path


@pytest.fixture
def smoke(run, table):
    """Run the smoke test against a server with these answers; gives the outcome and what was asked."""

    def smoke_against(answers, clients=table, **settings):
        asked, keys = [], smoke_against.keys
        keys.clear()

        class Service(QuietHandler):
            def do_GET(self):
                asked.append(self.path)
                keys.append(self.headers["Authorization"])
                answer = answers[self.path]
                status, content_type, body = answer(asked) if callable(answer) else answer
                self.answer(status, content_type, body.encode())

        with serving(Service) as address:
            settings = {"SMOKE_ATTEMPTS": "5", "SMOKE_PAUSE": "0.05"} | settings
            return run("smoke.sh", address + "/", clients, **settings), asked

    smoke_against.keys = []
    return smoke_against


def decision(**changes):
    return {**RIGHT, KNOWN: (200, JSON, json.dumps({**DECISION, **changes}))}


def test_a_key_is_sent_where_the_service_needs_one(smoke):
    assert smoke(RIGHT, SCORING_API_KEY="pad_1_secret")[0].returncode == 0
    assert set(smoke.keys) == {"Bearer pad_1_secret"}
    assert smoke(RIGHT)[0].returncode == 0
    assert set(smoke.keys) == {None}


def test_a_service_that_answers_right_passes(smoke):
    outcome, asked = smoke(RIGHT)
    assert outcome.returncode == 0, outcome.stderr
    assert "client 500007 is ACCEPTED, client 999999 is unknown" in outcome.stdout
    assert asked == [HEALTH, KNOWN, UNKNOWN]


@pytest.mark.parametrize("changes", [{"decision": "REFUSED"}, {"probability": 0}, {"probability": 1}])
def test_both_decisions_and_both_ends_of_the_range_pass(smoke, changes):
    assert smoke(decision(**changes))[0].returncode == 0


def test_a_parameter_of_the_content_type_does_not_matter(smoke):
    answers = {
        **RIGHT,
        KNOWN: (200, f"{JSON}; charset=utf-8", json.dumps(DECISION)),
        UNKNOWN: (404, f"{PROBLEM}; charset=utf-8", "{}"),
    }
    assert smoke(answers)[0].returncode == 0


def test_a_service_that_is_still_starting_is_waited_for(smoke):
    def third_time(asked):
        return RIGHT[HEALTH] if asked.count(HEALTH) >= 3 else (503, PROBLEM, "{}")

    outcome, asked = smoke({**RIGHT, HEALTH: third_time})
    assert outcome.returncode == 0, outcome.stderr
    assert asked == [HEALTH, HEALTH, HEALTH, KNOWN, UNKNOWN]


def test_a_service_that_never_gets_healthy_fails_after_the_last_attempt(smoke):
    outcome, asked = smoke({**RIGHT, HEALTH: (503, PROBLEM, "{}")}, SMOKE_ATTEMPTS="4")
    assert outcome.returncode == 1
    assert "/health was not healthy in 4 attempts; the last one gave: 503" in outcome.stderr
    assert asked == [HEALTH] * 4


def test_an_address_where_nothing_listens_fails_with_curls_reason(run, free_port, table):
    outcome = run("smoke.sh", f"http://127.0.0.1:{free_port}", table, SMOKE_ATTEMPTS="2", SMOKE_PAUSE="0.05")
    assert outcome.returncode == 1
    assert "was not healthy in 2 attempts" in outcome.stderr
    assert "connect" in outcome.stderr.lower()


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({**RIGHT, KNOWN: (500, PROBLEM, "{}")}, "/predict/500007 gave: 500 application/problem+json; expected 200"),
        ({**RIGHT, KNOWN: (404, PROBLEM, "{}")}, "/predict/500007 gave: 404"),
        ({**RIGHT, KNOWN: (302, JSON, "{}")}, "/predict/500007 gave: 302"),
        ({**RIGHT, KNOWN: (200, "text/html", "<p>")}, "/predict/500007 gave: 200 text/html"),
        ({**RIGHT, KNOWN: (200, JSON, "{")}, "/predict/500007: the answer is not JSON"),
        ({**RIGHT, KNOWN: (200, JSON, "[" * 99999)}, "/predict/500007: the answer is not JSON"),
        ({**RIGHT, KNOWN: (200, JSON, "[0.25]")}, "the answer is a JSON list, expected an object"),
        ({**RIGHT, KNOWN: (200, JSON, "{}")}, "probability is None, expected a number from 0 to 1"),
        (decision(probability=1.5), "probability is 1.5, expected"),
        (decision(probability=-0.1), "probability is -0.1, expected"),
        (decision(probability="0.25"), "probability is '0.25', expected"),
        (decision(probability=True), "probability is True, expected"),
        (decision(probability=float("nan")), "probability is nan, expected"),
        (decision(decision="accepted"), "decision is 'accepted', expected ACCEPTED or REFUSED"),
        (decision(decision=0), "decision is 0, expected"),
        ({**RIGHT, UNKNOWN: RIGHT[KNOWN]}, "/predict/999999 gave: 200 application/json; expected 404"),
        ({**RIGHT, UNKNOWN: (400, PROBLEM, "{}")}, "/predict/999999 gave: 400"),
        ({**RIGHT, UNKNOWN: (404, JSON, "{}")}, "/predict/999999 gave: 404 application/json; expected 404"),
        ({**RIGHT, UNKNOWN: (404, "text/html", "")}, "/predict/999999 gave: 404 text/html"),
    ],
)
def test_a_wrong_answer_fails_and_is_named(smoke, answers, message):
    outcome, _ = smoke(answers)
    assert outcome.returncode == 1
    assert message in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("SK_ID_CURR\n500007\n999999\n", "holds client 999999, which should be unknown"),
        ("SK_ID_CURR,TARGET\n", "holds no client"),
        ("client,TARGET\n500007,0\n", "no client number can be read"),
    ],
)
def test_a_table_that_cannot_tell_known_from_unknown_fails_before_anything_is_asked(smoke, table, content, message):
    table.write_text(content, encoding="utf-8")
    outcome, asked = smoke(RIGHT)
    assert (outcome.returncode, asked) == (1, [])
    assert message in outcome.stderr


def test_a_table_that_is_not_there_fails_by_its_name(smoke, tmp_path):
    outcome, asked = smoke(RIGHT, clients=tmp_path / "absent.csv")
    assert (outcome.returncode, asked) == (1, [])
    assert "absent.csv" in outcome.stderr


@pytest.mark.parametrize("arguments", [(), ("",), ("service.example",)])
def test_what_is_not_an_address_fails_with_the_usage(run, arguments):
    outcome = run("smoke.sh", *arguments)
    assert outcome.returncode == 1
    assert "usage: smoke.sh BASE_URL" in outcome.stderr


def test_in_a_workflow_a_failure_is_an_annotation(smoke):
    outcome, _ = smoke({**RIGHT, KNOWN: (500, PROBLEM, "{}")}, GITHUB_ACTIONS="true")
    assert outcome.stderr.startswith("::error::smoke: GET http")
