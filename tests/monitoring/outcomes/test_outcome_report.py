"""The report reads what a real record has, whatever the order in which outcomes were loaded."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import DataError
from scoring.monitoring.outcomes.observed import adds_nothing, contradicts, defaulted_within, put_together
from scoring.monitoring.outcomes.outcome_report import report_outcomes
from scoring.monitoring.outcomes.outcome_sentences import write_lines
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import erase_client
from scoring.record.repayments import Observation
from tests.commands import run_command
from tests.conftest import clean_environment
from tests.monitoring.outcomes.conftest import TODAY, decided, load, table, write_decisions

PROJECT = Path(__file__).parents[3]
FIRST = (TODAY - timedelta(days=500)).replace(day=3)


def report(url, **options):
    session = open_store(url).open_session()
    try:
        return report_outcomes(session, None, None, options.pop("as_of", TODAY), **options)
    finally:
        session.close()


@pytest.fixture
def written(url):
    """Write two months of decisions, with a manifest that has the costs; returns the decisions."""
    record = open_record(url)
    manifest = {"costs": {"false_negative": 10.0, "false_positive": 1.0}, "threshold": {"calibrated": 1 / 11}}
    made = [decided(FIRST, str(n), "REFUSED" if n % 5 == 4 else "ACCEPTED", 0.1) for n in range(50)]
    later = (FIRST + timedelta(days=40)).replace(day=3)
    made += [decided(later, str(n), "ACCEPTED", 0.1) for n in range(50, 80)]
    write_decisions(record, made)
    record.keep_model("m1", {"modele_retenu.json": json.dumps(manifest).encode()})
    record.close()
    return made


def outcome_rows(made):
    accepted = [one for one in made if one.entry.content["decision"] == "ACCEPTED"]
    return [{"decision_id": one.entry.id, "defaulted": n % 8 == 0} for n, one in enumerate(accepted)]


def test_the_report_has_vintages_costs_and_what_is_open(url, written, tmp_path):
    load(url, table(tmp_path / "a.csv", outcome_rows(written)[:60]))
    found = report(url)
    first, second = found.vintages
    assert (first.name, first.decisions, first.accepted, first.open) == (f"{FIRST:%Y-%m}", 50, 40, 0)
    assert (first.measured.defaults, first.measured.clients, first.expected) == (5, 40, pytest.approx(0.1))
    assert (second.accepted, second.open) == (30, 10)
    assert first.cost.defaults == pytest.approx(5 * 10 / 50)
    assert first.cost.bounds.highest == pytest.approx((50 + 10) / 50)
    assert found.costs_known
    assert found.population is None
    lines = write_lines(found)
    assert f"{FIRST:%Y-%m}: 12.5% defaulted (4.2% to 26.8%; 5 of 40 clients), 10.0% were expected." in lines
    assert "The outcome of 60 of 70 credits that are due is known (85.7%)." in lines


def test_an_officers_acceptance_counts_and_an_erased_decision_stays_in_its_vintage(url, written, tmp_path):
    refused = next(one for one in written if one.entry.content["decision"] == "REFUSED")
    record = open_record(url)
    content = {"decision": "ACCEPTED", "reason": "other", "final": True, "confirms": None}
    record.append_about(
        refused.entry.id, lambda *_: NewEntry(make_id(), "override", content, Body(None, {"text": "."}))
    )
    row = {"decision_id": refused.entry.id, "defaulted": 0, "amount_lost": ""}
    load(
        url,
        table(
            tmp_path / "a.csv", [row, {**row, "decision_id": written[0].entry.id, "defaulted": 1, "amount_lost": 90}]
        ),
    )
    before = report(url)
    assert (before.total.amount_lost, before.total.amounts) == (90.0, 1)
    erase_client(record, "0")
    record.close()
    after = report(url)
    assert after.reviews.refused_to_accepted.measured.clients == 1
    assert after.reviews.refused_to_accepted.threshold == pytest.approx(1 / 11)
    assert after.total.measured == before.total.measured
    assert (after.total.amount_lost, after.total.amounts) == (None, 0)


def test_with_a_window_only_credits_that_are_old_enough_count(url, written, tmp_path):
    rows = [{**row, "months_observed": 13} for row in outcome_rows(written)]
    load(url, table(tmp_path / "a.csv", rows))
    assert report(url, window=12).total.measured.clients == 70
    young = report(url, window=60)
    assert young.total.verdict == "too_early"
    assert (young.total.measured, young.total.early_defaults) == (None, 9)
    assert "too early" in write_lines(young)
    # repaid until month 13 does not tell what happens until month 14
    assert report(url, window=14).total.open == 61


def test_no_default_without_a_day_is_not_thought_to_be_seen_after_it_was_loaded(url, tmp_path):
    now = decided(TODAY, "1", "ACCEPTED", 0.1)
    write_decisions(open_record(url), [now])
    load(url, table(tmp_path / "a.csv", [{"decision_id": now.entry.id, "defaulted": "no"}]))
    later = report(url, window=12, as_of=TODAY + timedelta(days=400))
    assert (later.total.due, later.total.open) == (1, 1)
    assert report(url).total.measured.clients == 1


OBSERVATIONS = st.builds(
    Observation,
    st.booleans(),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(date.isoformat),
    st.none() | st.integers(0, 12),
    st.none(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seen=st.lists(OBSERVATIONS, max_size=5),
    order=st.randoms(use_true_random=False),
    window=st.none() | st.integers(1, 12),
)
def test_what_observations_say_does_not_depend_on_their_order(seen, order, window):
    decision = date(2026, 1, 1)

    def load_all(observations):
        kept = []
        for one in observations:
            if contradicts(one, kept, decision):
                return None
            if not adds_nothing(one, kept, decision):
                kept.append(one)
        return defaulted_within(put_together(kept, decision), window)

    shuffled = order.sample(seen, len(seen))
    assert load_all(seen) == load_all(shuffled)


def test_loading_in_any_order_and_any_splits_gives_the_same_report(url, written, tmp_path):
    rows = outcome_rows(written)
    early = [{**row, "defaulted": 0, "months_observed": 3} for row in rows[:30]]
    late = [{**row, "months_observed": 12} for row in rows]

    def after(name, *tables):
        own = f"{tmp_path / name}.db" if "postgresql" not in url else url
        if own != url:
            record = open_record(own)
            write_decisions(record, written)
            record.close()
        for n, part in enumerate(tables):
            load(own, table(tmp_path / f"{name}{n}.csv", part))
        return report(own)

    if "postgresql" in url:  # one order here, and the same again
        first = after("a", late[40:], early, late[:40])
        assert after("b", late, early) == first
        return
    first = after("a", early, late)
    assert after("b", late[40:], late[:40], early) == first
    assert after("c", late[::2], early[10:], late[1::2], early[:10]) == first


def run(*arguments):
    return run_command("outcomes", *arguments, cwd=PROJECT, environment=clean_environment())


def test_the_commands_load_and_report(url, written, tmp_path):
    path = table(tmp_path / "a.csv", outcome_rows(written))
    checked = run("load", path, "--record", url, "--check")
    assert (checked.returncode, checked.stdout.startswith("70 outcomes would be written")) == (0, True)
    done = run("load", path, "--record", url)
    assert done.stdout == "70 outcomes written, 0 of them corrections; 0 were in the record already\n"
    files = ("--json", tmp_path / "r.json", "--report", tmp_path / "r.html", "--language", "en")
    said = run("report", "--record", url, *files)
    assert said.returncode == 0
    assert "Outcomes of credits" in (tmp_path / "r.html").read_text()
    assert run("report", "--record", url, *files).returncode == 0  # replaces what it wrote
    assert "is not an earlier report" in run("report", "--record", url, "--report", path).stderr
    assert "were expected" in said.stdout
    assert json.loads((tmp_path / "r.json").read_text())["total"]["accepted"] == 70
    wrong = run("load", path, "--record", url, "--column", "outcome=nothing")
    assert wrong.returncode == 1
    assert "has no column nothing, which --column outcome=nothing names" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_a_record_without_decisions_or_outcomes_says_so(url):
    record = open_record(url)
    write_decisions(record, [decided(FIRST)])
    record.close()
    assert "No outcome is known in this period" in write_lines(report(url))
    with pytest.raises(DataError):
        load(url, Path("missing.csv"))
