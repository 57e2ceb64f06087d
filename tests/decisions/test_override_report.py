"""``python -m scoring decisions report``: how often officers decide otherwise than the model, and which way."""

import json

import pytest

from scoring.access.key_file import change_key_file, new_key
from scoring.decisions.override_report import report_overrides, write_table
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import erase_client
from scoring.settings import Settings
from tests.decisions.conftest import serving
from tests.record.conftest import decision
from tests.record.test_record_commands import run

OTHER, FIRST, SECOND = "other", "officer-1", "officer-2"


class Officers:
    """Records decisions of a model and of officers, as the service does."""

    def __init__(self, record):
        self.record = record

    def decide(self, outcome, marked=False):
        made = decision(outcome=outcome, review=marked)
        self.record.append([made])
        return made.id

    def ask(self, about):
        entry = NewEntry(make_id(), "review_request", {"key_id": FIRST}, Body("1", {"statement": "Please."}))
        self.record.append_about(about, lambda *_: entry)

    def review(self, about, outcome, reason, key_id=FIRST, final=True, confirms=None):
        def make(made, _):
            kind = "outcome" if outcome == made.content["decision"] else "override"
            content = {"decision": outcome, "reason": reason, "final": final, "confirms": confirms, "key_id": key_id}
            return NewEntry(make_id(), kind, content, Body("1", {"text": "Checked."}))

        return self.record.append_about(about, make)[1][-1].id


@pytest.fixture
def record(url):
    """Open a record in SQLite, then in PostgreSQL."""
    opened = open_record(url)
    yield opened
    opened.close()


@pytest.fixture
def officers(record):
    return Officers(record)


@pytest.fixture
def report(url, officers):
    """Report on a record in which officers have decided in each way."""
    refused = [officers.decide("REFUSED", marked=number < 2) for number in range(4)]
    accepted = [officers.decide("ACCEPTED") for _ in range(3)]
    officers.ask(refused[0])
    officers.ask(refused[0])
    officers.review(refused[0], "ACCEPTED", "income_documented")
    officers.review(refused[1], "REFUSED", "decision_confirmed", SECOND)
    officers.review(accepted[0], "REFUSED", "fraud_suspected", SECOND)
    first = officers.review(refused[2], "ACCEPTED", "income_documented", FIRST, final=False)
    officers.review(refused[2], "ACCEPTED", "income_documented", SECOND, confirms=first)
    officers.review(refused[3], "ACCEPTED", OTHER, None, final=False)  # nobody has confirmed it
    officers.review(accepted[1], "REFUSED", OTHER)
    officers.review(accepted[1], "ACCEPTED", "data_corrected")  # what holds in the end
    return lambda *period: in_session(url, *(period or (None, None)))


def in_session(url, *period):
    store = open_store(url)
    session = store.open_session()
    try:
        return report_overrides(store, session, *period)
    finally:
        session.close()


def ways(counted):
    return counted.reviews, counted.confirmed, counted.refused_to_accepted, counted.accepted_to_refused


def test_each_reviewed_decision_counts_once_with_what_holds_in_the_end(report):
    found = report()
    assert found.decisions.model_dump() == {"accepted": 3, "refused": 4, "marked": 2}
    assert found.review_requests == 2
    assert ways(found.reviewed) == (5, 2, 2, 1)
    assert found.reviewed.override_rate == pytest.approx(3 / 5)
    assert found.unconfirmed == 1


def test_steps_are_counted_by_reason_and_by_officer(report):
    found = report()
    assert {one.name: ways(one) for one in found.by_reason} == {
        "income_documented": (3, 0, 3, 0),
        OTHER: (2, 0, 1, 1),
        "decision_confirmed": (1, 1, 0, 0),
        "fraud_suspected": (1, 0, 0, 1),
        "data_corrected": (1, 1, 0, 0),
    }
    assert {one.name: ways(one) for one in found.by_officer} == {
        FIRST: (4, 1, 2, 1),
        SECOND: (3, 1, 1, 1),
        "(no key)": (1, 0, 1, 0),
    }
    assert [one.name for one in found.by_reason][:2] == ["income_documented", OTHER]
    assert found.by_officer[1].override_rate == pytest.approx(2 / 3)


def test_a_period_leaves_out_what_was_before_and_after_it(report):
    for period in ((None, "2020-01-01T00:00:00.000000Z"), ("2100-01-01T00:00:00.000000Z", None)):
        found = report(*period)
        assert (found.since, found.until) == period
        assert found.decisions.accepted == found.review_requests == found.reviewed.reviews == 0
        assert found.reviewed.override_rate is None
        assert found.by_reason == found.by_officer == []
        assert "-" in write_table(found)
    assert report("2020-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z").reviewed == report().reviewed


def test_erased_bodies_change_no_count(report, url, record):
    before = report()
    assert erase_client(record, "1") > 0
    assert report() == before


def test_the_command_writes_a_table_and_json(path):
    record = open_record(str(path))
    officers = Officers(record)
    officers.review(officers.decide("REFUSED"), "ACCEPTED", "guarantee_offered")
    record.close()
    table = run("report", "--record", path).stdout
    lines = [line.split() for line in table.splitlines()]
    assert ["guarantee_offered", "1", "0", "1", "0", "100.0%"] in lines
    assert [FIRST, "1", "0", "1", "0", "100.0%"] in lines
    assert ["all", "1", "0", "1", "0", "100.0%"] in lines
    assert "Decisions from the beginning to now: 1\nAccepted: 0; refused: 1; marked for review: 0\n" in table
    found = json.loads(run("report", "--json", "--from", "2026-01-01", "--to", "2100-01-01", "--record", path).stdout)
    assert (found["since"], found["until"]) == ("2026-01-01T00:00:00.000000Z", "2100-01-01T00:00:00.000000Z")
    assert found["by_officer"][0] == {
        "name": FIRST,
        "reviews": 1,
        "confirmed": 0,
        "refused_to_accepted": 1,
        "accepted_to_refused": 0,
        "override_rate": 1.0,
    }


def test_what_two_officers_decide_in_a_service_is_in_the_report(path, tmp_path, numbers):
    file, headers, ids = tmp_path / "keys.json", [], []
    for _ in range(2):
        key, stored = new_key("an officer", ["read", "decide"])
        change_key_file(file, lambda keys, stored=stored: keys.replacing(None, stored))
        headers.append({"Authorization": f"Bearer {key.reveal()}"})
        ids.append(key.key_id)
    app = serving(Settings(api_keys=file, decisions=str(path), second_officer_above=1.0))
    service = app.test_client()
    answers = (service.get(f"/predict/{number}", headers=headers[0]).json for number in numbers)
    refused = next(answer["decision_id"] for answer in answers if answer["decision"] == "REFUSED")
    given = {"decision": "ACCEPTED", "reason": "circumstances_explained", "text": "A new job."}
    for header in headers:
        assert service.post(f"/decisions/{refused}/override", json=given, headers=header).status_code == 200
    app.extensions["decisions"].close()
    found = in_session(str(path), None, None)
    assert ways(found.reviewed) == (1, 0, 1, 0)
    assert {one.name: one.reviews for one in found.by_officer} == dict.fromkeys(ids, 1)
    assert (found.unconfirmed, found.by_reason[0].reviews) == (0, 2)
