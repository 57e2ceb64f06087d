"""Two services with one record, on hosts whose clocks differ, review the same decisions."""

import itertools

import pytest

from scoring.access.caller import SCOPES
from scoring.decisions.reviews import find_status
from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from scoring.settings import Settings
from tests.clocks import clock_behind
from tests.conftest import REQUIRED
from tests.decisions.conftest import serving
from tests.web.gate.conftest import Keys

LOW = {"EXT_SOURCE_1": 0.01, "EXT_SOURCE_2": 0.01, "EXT_SOURCE_3": 0.01}
HIGH = {"EXT_SOURCE_1": 0.9, "EXT_SOURCE_2": 0.9, "EXT_SOURCE_3": 0.9}
BEHIND = 300  # seconds


class Hosts:
    """Two services; the clock of the second one is behind. Each step names the host and the officer."""

    def __init__(self, apps, officers, record):
        self._clients = [app.test_client() for app in apps]
        self._officers, self.record = officers, record

    def ask(self, method, address, host=0, officer=0, **more):
        with clock_behind(BEHIND * host):
            return getattr(self._clients[host], method)(address, headers=self._officers[officer], **more)

    def decide(self, application=LOW, **more):
        return self.ask("post", "/predict", json={**REQUIRED, **application, **more}).json["decision_id"]

    def request(self, decision_id, **who):
        return self.ask("post", f"/decisions/{decision_id}/review-request", json={"statement": "Non."}, **who)

    def override(self, decision_id, decision, **who):
        body = {"decision": decision, "reason": "other", "text": "Vu."}
        return self.ask("post", f"/decisions/{decision_id}/override", json=body, **who)

    def queue(self, host=0):
        reviews = self.ask("get", "/reviews?limit=1000", host).json["reviews"]
        return {one["decision"]["id"]: one["status"] for one in reviews}

    def state(self, decision_id):
        return find_status(self.record.find(decision_id), self.record.about(decision_id))


@pytest.fixture
def hosts(tmp_path, url):
    keys = Keys(tmp_path / "keys.json")
    officers = [keys.add(*SCOPES) for _ in range(2)]
    settings = Settings(api_keys=keys.path, decisions=url, second_officer_above=400_000)
    apps = [serving(settings) for _ in range(2)]
    record = open_record(url)
    yield Hosts(apps, officers, record)
    record.close()
    for app in apps:
        app.extensions["decisions"].close()


def state(answer):
    assert answer.status_code == 200, answer.json
    return answer.json["status"], answer.json["decision"]


def test_a_request_after_a_decision_waits_though_its_clock_says_it_came_before(hosts):
    decision_id = hosts.decide()
    assert state(hosts.override(decision_id, "REFUSED")) == ("reviewed", "REFUSED")
    assert state(hosts.request(decision_id, host=1)) == ("waiting", "REFUSED")
    assert hosts.queue(0) == hosts.queue(1) == {decision_id: "waiting"}


def test_the_last_decision_holds_in_the_letter_the_list_and_the_answer(hosts):
    decision_id = hosts.decide(AMT_CREDIT=300_000)
    assert state(hosts.override(decision_id, "REFUSED")) == ("reviewed", "REFUSED")
    assert state(hosts.override(decision_id, "ACCEPTED", host=1, officer=1)) == ("reviewed", "ACCEPTED")
    assert hosts.ask("get", f"/decisions/{decision_id}/letter").json["outcome"] == "ACCEPTED"
    assert [one["reviewed"] for one in hosts.ask("get", "/decisions").json["decisions"]] == ["ACCEPTED"]


def test_a_second_officer_on_another_host_confirms_what_the_first_one_decided(hosts):
    decision_id = hosts.decide()
    hosts.request(decision_id)
    assert state(hosts.override(decision_id, "ACCEPTED")) == ("second_officer", "REFUSED")
    assert hosts.queue(1) == {decision_id: "second_officer"}
    assert state(hosts.override(decision_id, "ACCEPTED", host=1, officer=1)) == ("reviewed", "ACCEPTED")
    assert hosts.queue() == {}


def test_accepting_what_an_officer_refused_waits_for_a_second_officer_in_the_queue(hosts):
    for application in (LOW, HIGH):  # refused, and accepted by the model
        decision_id = hosts.decide(application)
        assert state(hosts.override(decision_id, "REFUSED")) == ("reviewed", "REFUSED")
        assert state(hosts.override(decision_id, "ACCEPTED")) == ("second_officer", "REFUSED")
        assert hosts.queue() == {decision_id: "second_officer"}
        assert hosts.override(decision_id, "ACCEPTED").status_code == 409
        assert state(hosts.override(decision_id, "ACCEPTED", officer=1)) == ("reviewed", "ACCEPTED")
        assert hosts.queue() == {}


def test_a_decision_that_is_repeated_stays_reviewed(hosts):
    decision_id = hosts.decide()
    for officer in (0, 1, 0, 1):
        last = state(hosts.override(decision_id, "ACCEPTED", officer=officer))
    assert last == ("reviewed", "ACCEPTED")
    assert state(hosts.override(decision_id, "REFUSED")) == ("reviewed", "REFUSED")
    assert state(hosts.override(decision_id, "REFUSED", host=1)) == ("reviewed", "REFUSED")
    assert hosts.queue() == {}


def test_the_queue_has_what_the_state_of_a_review_says_after_any_steps(hosts):
    ids = []
    steps = (ask, refuse, accept)
    for host, taken in enumerate(itertools.product(steps, repeat=3)):
        decision_id = hosts.decide()
        ids.append(decision_id)
        for officer, step in enumerate(taken):
            answer = step(hosts, decision_id, (host + officer) % 2, officer % 2)
            status, _ = hosts.state(decision_id)
            assert (answer.status_code, answer.json["status"]) == (200, status)
    expected = {one: hosts.state(one)[0] for one in ids}
    assert set(expected.values()) == {"waiting", "second_officer", "reviewed"}
    assert hosts.queue() == {one: status for one, status in expected.items() if status != "reviewed"}


def test_an_erased_decision_cannot_be_reviewed_and_waits_for_nobody(hosts):
    decision_id = hosts.decide(SK_ID_CURR=500024)
    other_id = hosts.decide(SK_ID_CURR=500105)
    for one in (decision_id, other_id):
        hosts.request(one)
    assert hosts.queue().keys() == {decision_id, other_id}
    assert erase_client(hosts.record, "500024") == 2
    assert hosts.queue() == {other_id: "waiting"}
    for answer in (hosts.request(decision_id, host=1), hosts.override(decision_id, "ACCEPTED")):
        assert (answer.status_code, answer.json["type"]) == (409, "urn:problem:decision-cannot-be-reviewed")
        assert "was erased" in answer.json["detail"]
        assert "Ask for a new decision" in answer.json["detail"]
    assert hosts.state(decision_id)[0] == "none"
    assert {one.kind for one in hosts.record.about(decision_id)} == {"review_request", "erasure"}
    assert erase_client(hosts.record, "500024") == 0


def ask(hosts, decision_id, host, officer):
    return hosts.request(decision_id, host=host, officer=officer)


def refuse(hosts, decision_id, host, officer):
    return hosts.override(decision_id, "REFUSED", host=host, officer=officer)


def accept(hosts, decision_id, host, officer):
    return hosts.override(decision_id, "ACCEPTED", host=host, officer=officer)
