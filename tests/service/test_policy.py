"""A policy under gunicorn: served, taken on a reload, and refused on a reload while the former one goes on."""

import json
import signal
import urllib.request

import pytest

from tests.conftest import REQUIRED, eventually, start_gunicorn
from tests.policy.policies import content, rule
from tests.service.reloads import REFUSED, reload

TO_INCOME = {"value": ["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"], "is": ">", "to": 3}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    root = tmp_path_factory.mktemp("policy")
    file = root / "policy.json"
    file.write_bytes(content(rule(condition=TO_INCOME)))
    running = start_gunicorn(
        root, WEB_CONCURRENCY=1, SCORING_POLICY=file, SCORING_DECISIONS=root / "decisions.db", SCORING_LOAD_SECONDS=30
    )
    running.policy = file
    yield running
    running.stop()


def decide(service):
    address, headers = f"http://127.0.0.1:{service.port}/predict", {"Content-Type": "application/json"}
    asked = urllib.request.Request(address, json.dumps(REQUIRED).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return json.load(answer)


def codes(answer):
    return [one["code"] for one in answer["policy"]["rules"]]


def test_a_bad_policy_is_refused_on_a_reload_and_a_good_one_is_taken(service):
    first = decide(service)
    assert (codes(first), first["decision"]) == (["TOO_MUCH"], "REFUSED")  # 500,000 / 150,000 is above 3

    service.policy.write_bytes(content(rule(condition={"value": "AMT_CREDI", "is": ">", "to": 3}), 5))
    said = reload(service, REFUSED)
    assert f"SCORING_POLICY={service.policy}: rule 2: expected an object" in said
    assert "Traceback" not in said
    assert decide(service)["policy"]["version"] == first["policy"]["version"]

    service.policy.write_bytes(content(rule("OTHER", condition=TO_INCOME, effect="review")))
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: codes(decide(service)) == ["OTHER"])
    assert decide(service)["review"] is True

    # What was recorded before is computed again with the policy of that time.
    status, shown = service.get(f"/decisions/{first['decision_id']}")
    assert status == 200
    replay = json.loads(shown)["replay"]
    assert (replay["same"], replay["decision"]) == (True, "REFUSED")
