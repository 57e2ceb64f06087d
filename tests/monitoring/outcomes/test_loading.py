"""Outcomes are checked whole, and written into the record as entries about their decisions."""

import json
from datetime import date, timedelta

import pytest

from scoring.errors import DataError
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import about_client, erase_client
from scoring.record.repayments import all_repayments
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.monitoring.outcomes.conftest import TODAY, decided, load, table, write_decisions

LONG_AGO = TODAY - timedelta(days=700)


@pytest.fixture
def recorded(url):
    """Write five decisions; returns their ids by client."""
    record = open_record(url)
    made = [decided(LONG_AGO + timedelta(days=n), str(n), "REFUSED" if n == 4 else "ACCEPTED") for n in range(5)]
    write_decisions(record, made)
    record.close()
    return [one.entry.id for one in made]


def contents(url):
    session = open_store(url).open_session()
    rows = session.rows("SELECT about, content FROM record_entries WHERE kind = 'repayment' ORDER BY id")
    session.close()
    return [(about, json.loads(content)) for about, content in rows]


def refusal(url, path, **options):
    with pytest.raises(DataError) as error:
        load(url, path, **options)
    return str(error.value)


def test_an_outcome_is_an_entry_about_its_decision_whose_chain_and_numbers_verify(url, recorded, tmp_path):
    rows = [
        {"decision_id": recorded[0], "defaulted": "1", "observed_at": TODAY, "amount_lost": "1234.5"},
        {"decision_id": recorded[1], "defaulted": "no", "observed_at": "", "amount_lost": ""},
    ]
    checked = load(url, table(tmp_path / "outcomes.csv", rows))
    assert (len(checked.new), checked.known, checked.corrections) == (2, 0, 0)
    (first, content), (_, second) = contents(url)
    assert first == recorded[0]
    assert content["defaulted"] is True
    assert content["observed_at"] == TODAY.isoformat()
    assert (content["months_observed"], content["number"], len(content["source"])) == (22, 1, 64) or (
        content["months_observed"] == 23
    )
    assert (second["defaulted"], second["observed_at"], second["months_observed"]) == (False, None, None)
    assert "amount_lost" not in content
    assert [*verify(open_store(url), Report(), None, None, lambda _: None)] == []


def test_a_second_load_writes_nothing_and_a_later_default_is_written(url, recorded, tmp_path):
    path = table(tmp_path / "a.csv", [{"decision_id": recorded[0], "defaulted": 0, "months_observed": 6}])
    assert len(load(url, path).new) == 1
    again = load(url, path)
    assert (len(again.new), again.known) == (0, 1)
    later = table(tmp_path / "b.csv", [{"decision_id": recorded[0], "defaulted": 1, "months_observed": 9}])
    assert len(load(url, later).new) == 1
    assert [content["number"] for _, content in contents(url)] == [1, 2]


def test_a_contradiction_needs_correct_and_both_entries_stay(url, recorded, tmp_path):
    load(url, table(tmp_path / "a.csv", [{"decision_id": recorded[0], "defaulted": "yes"}]))
    other = table(tmp_path / "b.csv", [{"decision_id": recorded[0], "defaulted": "no"}])
    assert "line 2: says no default, and contradicts what the record has; if this is right, add --correct" in refusal(
        url, other
    )
    assert load(url, other, correct=True).corrections == 1
    assert [(one["defaulted"], one["corrects"]) for _, one in contents(url)] == [(True, False), (False, True)]
    assert load(url, other).known == 1


def test_all_faults_are_told_with_their_lines_and_nothing_is_written(url, recorded, tmp_path):
    before = (LONG_AGO - timedelta(days=30)).isoformat()
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    seen = (LONG_AGO + timedelta(days=60)).isoformat()
    rows = [
        {"decision_id": recorded[0], "defaulted": "1", "observed_at": before, "months": "", "amount_lost": ""},
        {"decision_id": "0190", "defaulted": "0", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[1], "defaulted": "maybe", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[2], "defaulted": "0", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[2], "defaulted": "0", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[4], "defaulted": "0", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[3], "defaulted": "0", "observed_at": tomorrow, "months": "", "amount_lost": ""},
        {"decision_id": "", "defaulted": "", "observed_at": "", "months": "", "amount_lost": ""},
        {"decision_id": recorded[3], "defaulted": "0", "observed_at": "", "months": "6.5", "amount_lost": "12"},
        {"decision_id": recorded[3], "defaulted": "1", "observed_at": "", "months": "900", "amount_lost": ""},
        {"decision_id": recorded[3], "defaulted": "0", "observed_at": seen, "months": "12", "amount_lost": ""},
    ]
    said = refusal(url, table(tmp_path / "outcomes.csv", rows))
    for expected in (
        f"line 2: observed_at is {before}, before the decision",
        "line 3: decision_id is that of no decision in this record",
        "line 4: the outcome is 'maybe', expected 1 or yes",
        "line 6: is about the same decision as line 5",
        "line 7: the decision is a refusal, and no officer accepted the credit",
        f"line 8: observed_at is {tomorrow}, after today",
        "line 10: months_observed is 6.5, expected a whole number",
        "line 10: amount_lost is above 0 for a client who did not default",
        "line 11: months_observed is 900, and the decision",
        "line 12: months_observed is 12, and the decision of",
        "Nothing was written.",
    ):
        assert expected in said
    assert contents(url) == []


def test_a_client_and_a_date_name_the_last_accepted_decision_until_then(url, tmp_path):
    record = open_record(url)
    made = [
        decided(LONG_AGO, "7"),
        decided(LONG_AGO + timedelta(days=10), "7"),
        decided(LONG_AGO + timedelta(days=20), "7", "REFUSED"),
        decided(LONG_AGO, "8"),
        decided(LONG_AGO, "8"),
    ]
    write_decisions(record, made)
    record.close()

    def rows(client, days):
        return [{"client": client, "contract_date": LONG_AGO + timedelta(days=days), "defaulted": 1}]

    assert load(url, table(tmp_path / "a.csv", rows("7", 30))).by_date == 1
    assert [about for about, _ in contents(url)] == [made[1].entry.id]
    load(url, table(tmp_path / "b.csv", rows("7", 9)))
    assert contents(url)[-1][0] == made[0].entry.id
    assert "no accepted decision on or before" in refusal(url, table(tmp_path / "c.csv", rows("7", -1)))
    said = refusal(url, table(tmp_path / "d.csv", rows("8", 3)))
    assert f"this client has 2 accepted decisions on {LONG_AGO}; name the decision_id" in said
    assert "no accepted decision" in refusal(url, table(tmp_path / "e.csv", rows("99", 3)))


def test_an_officer_may_have_accepted_or_refused_what_the_model_decided_otherwise(url, recorded, tmp_path):
    record = open_record(url)
    for decision_id, outcome in ((recorded[4], "ACCEPTED"), (recorded[0], "REFUSED")):
        content = {"decision": outcome, "reason": "other", "final": True, "confirms": None}
        record.append_about(
            decision_id, lambda *_, content=content: NewEntry(make_id(), "override", content, Body(None, {"text": "."}))
        )
    record.close()
    assert len(load(url, table(tmp_path / "a.csv", [{"decision_id": recorded[4], "defaulted": 0}])).new) == 1
    assert "is a refusal" in refusal(url, table(tmp_path / "b.csv", [{"decision_id": recorded[0], "defaulted": 0}]))
    assert [content["number"] for _, content in contents(url)] == [2]


def test_erasing_a_client_erases_the_amount_and_keeps_the_outcome(url, recorded, tmp_path):
    row = {"decision_id": recorded[0], "defaulted": 1, "amount_lost": 5000}
    load(url, table(tmp_path / "a.csv", [row]))
    record = open_record(url)
    session = record.store.open_session()
    assert [one.kind for one in about_client(session, "0")] == ["decision", "repayment"]
    assert next(all_repayments(session)).observation.amount_lost == 5000
    assert erase_client(record, "0") == 2
    assert next(all_repayments(session)).observation == (True, None, None, None)
    session.close()
    erase_client(record, "1")
    record.close()
    checked = load(url, table(tmp_path / "b.csv", [{**row, "decision_id": recorded[1]}]))
    assert (len(checked.new), checked.erased) == (1, 1)
    assert [*verify(open_store(url), Report(), None, None, lambda _: None)] == []


def test_a_load_that_was_interrupted_is_completed_by_the_same_command(url, tmp_path):
    record = open_record(url)
    made = [decided(LONG_AGO, str(n)) for n in range(1200)]
    write_decisions(record, made)
    record.close()
    path = table(tmp_path / "a.csv", [{"decision_id": one.entry.id, "defaulted": n % 2} for n, one in enumerate(made)])
    with pytest.MonkeyPatch.context() as patch:
        from scoring.record import repayments

        made_so_far, real = [], repayments._writing

        def write(*arguments):
            made_so_far.append(1)
            if len(made_so_far) > 2:
                raise KeyboardInterrupt
            return real(*arguments)

        patch.setattr(repayments, "_writing", write)
        with pytest.raises(KeyboardInterrupt):
            load(url, path)
    assert len(contents(url)) == 1000
    again = load(url, path)
    assert (len(again.new), again.known) == (200, 1000)
    assert len(contents(url)) == 1200


def test_what_somebody_writes_meanwhile_stops_the_load_with_a_remedy(url, recorded, tmp_path):
    from scoring.monitoring.outcomes.given.loading import check_outcomes, write_outcomes

    path = table(tmp_path / "a.csv", [{"decision_id": recorded[0], "defaulted": 1}])
    session = open_store(url).open_session()
    checked = check_outcomes(session, path, {}, TODAY)
    session.close()
    load(url, path)
    record = open_record(url)
    with pytest.raises(DataError, match="Run the same command again"):
        write_outcomes(record, checked, lambda _: None)
    record.close()
    assert len(contents(url)) == 1


def test_dates_of_an_ambiguous_form_are_refused_and_french_ones_read(url, recorded, tmp_path):
    row = {"id_decision": recorded[0], "défaut": "oui", "montant_perdu": "1 234,50"}
    either, clear, later = TODAY.replace(day=5, month=1), (TODAY - timedelta(days=40)).replace(day=25), date(2100, 1, 1)
    path = table(tmp_path / "a.csv", [{**row, "date_obs": f"{either:%d/%m/%Y}"}])
    assert "day and month can be exchanged" in refusal(url, path, today=later)
    load(url, table(tmp_path / "b.csv", [{**row, "date_obs": f"{clear:%d/%m/%Y}"}]), today=later)
    assert contents(url)[0][1]["observed_at"] == clear.isoformat()
