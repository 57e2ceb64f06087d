"""One look at a service, with a real record in SQLite and in PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from scoring.monitoring.overview import daily_decisions
from scoring.monitoring.overview.daily_decisions import DailyDecisions
from scoring.monitoring.overview.look import CACHED, Overview
from scoring.record.entries import NewEntry, make_id
from scoring.record.kept_record import open_record
from scoring.record.state import daily_counts
from scoring.record.verification.deviations import Problem, Report
from scoring.record.verification.last_verification import describe, last_verification, result_file, write_result
from scoring.storage.artefacts import load_bundle
from tests.clocks import SetClock, clock_at_noon
from tests.record.conftest import decision, record, url  # noqa: F401  (fixtures)


@pytest.fixture(scope="module")
def bundle(project):
    return load_bundle(project)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "decisions.db"


@pytest.fixture(autouse=True)
def clock():
    """Write and look around noon."""
    with clock_at_noon() as set_clock:
        yield set_clock


def decide(record, bundle, refused, accepted, version=None):  # noqa: F811
    entries = [
        decision(outcome=outcome, calibrated_probability=risk, model_version=version or bundle.version, review=False)
        for outcome, risk, count in (("REFUSED", 0.2, refused), ("ACCEPTED", 0.03, accepted))
        for _ in range(count)
    ]
    record.append(entries)


def test_the_last_days_are_compared_with_what_the_manifest_expects(record, bundle, clock):  # noqa: F811
    decide(record, bundle, 70, 130)
    decide(record, bundle, 50, 0, version="another")
    look = Overview(bundle, record, None, now=clock).look()
    today, week, month = look.decisions.periods
    assert [one.days for one in (today, week, month)] == [1, 7, 30]
    assert (month.refused, month.accepted, month.other_versions) == (120, 130, 50)
    assert month.refusal_rate.observed.value == pytest.approx(0.35)
    assert month.refusal_rate.expected.value == bundle.manifest.metrics["out_of_fold"]["refusal_rate"].value
    assert month.refusal_rate.verdict == "within_chance"
    assert month.mean_risk.observed.value == pytest.approx((70 * 0.2 + 130 * 0.03) / 200)
    assert look.decisions.by_day[-1].refused == 120
    assert (look.decisions.is_complete, len(look.decisions.by_day)) == (True, 30)


def test_a_refusal_rate_that_chance_does_not_explain_needs_attention(record, bundle, clock):  # noqa: F811
    decide(record, bundle, 140, 60)
    codes = [(one.code, one.days) for one in Overview(bundle, record, None, now=clock).look().attention]
    assert [days for code, days in codes if code == "refusal_rate_higher"] == [1, 7, 30]
    assert ("record_not_verified", None) in codes


def test_each_decision_is_counted_once_whatever_the_pages_the_time_and_the_day(record, monkeypatch, bundle, clock):  # noqa: F811
    monkeypatch.setattr(daily_decisions, "_PAGE", 7)
    counts, read = DailyDecisions(record), []
    page = daily_counts.count_page
    monkeypatch.setattr(
        daily_decisions, "count_page", lambda *given, **named: read.append(named["after"]) or page(*given, **named)
    )
    decide(record, bundle, 10, 20)
    now = clock()

    def total(moment, seconds=60.0):
        days = counts.count(moment, seconds)
        return sum(group.decisions for day in days for group in day.groups), all(day.is_complete for day in days)

    assert total(now) == (30, True)
    later = now + timedelta(minutes=30)
    assert total(later) == (30, True)  # these are settled now
    read.clear()
    decide(record, bundle, 1, 0)  # the record's own clock is half an hour behind: it is still within today
    assert total(later)[0] == 30
    assert len(read) <= 2  # of the thirty, none is read again
    assert total(later + timedelta(days=29))[0] == 30  # the last day on which they are among the thirty
    assert total(later + timedelta(days=30))[0] == 0


def test_a_caller_waits_no_longer_than_said_and_the_next_one_goes_on(record, monkeypatch, bundle, clock):  # noqa: F811
    decide(record, bundle, 10, 20)
    counts, now = DailyDecisions(record), clock() + timedelta(hours=1)
    days = counts.count(now, 0.0)
    assert not any(day.is_complete for day in days)
    assert all(day.groups == [] for day in days)
    assert all(day.is_complete for day in counts.count(now, 60.0))


def test_while_days_are_being_counted_only_whole_periods_are_shown(record, monkeypatch, bundle, clock):  # noqa: F811
    decide(record, bundle, 10, 20)
    overview = Overview(bundle, record, None, now=clock)
    real = DailyDecisions.count

    def only_eight_days(self, now):
        return [day if place < 8 else daily_decisions.DayCounts(day.day, [], is_complete=False)
                for place, day in enumerate(real(self, now))]  # fmt: skip

    monkeypatch.setattr(DailyDecisions, "count", only_eight_days)
    decisions = overview.look().decisions
    assert (decisions.is_complete, [one.days for one in decisions.periods], len(decisions.by_day)) == (False, [1, 7], 8)
    monkeypatch.undo()
    assert overview.look().decisions.is_complete  # what is not complete is not cached


def test_figures_are_cached_for_a_minute_and_the_state_is_not(record, bundle, clock):  # noqa: F811
    overview = Overview(bundle, record, None, now=clock)
    decide(record, bundle, 1, 0)
    first = overview.look()
    decide(record, bundle, 1, 0)
    clock.now += CACHED / 2
    second = overview.look()
    assert second.decisions.counted_at == first.decisions.counted_at
    assert (second.decisions.periods[0].refused, second.record.entries) == (1, first.record.entries + 1)
    clock.now += CACHED
    assert overview.look().decisions.periods[0].refused == 2


def test_versions_say_since_when_and_a_reload_that_failed_last_needs_attention(record, bundle, clock):  # noqa: F811
    for event, more in (("start", {}), ("refused", {"error": "ArtefactError"})):
        record.append([NewEntry(make_id(), "model", {"event": event, "model_version": bundle.version, **more})])
    look = Overview(bundle, record, None, now=clock).look()
    assert look.versions.served_since is not None
    assert [(one.error, one.is_last) for one in look.versions.failed_reloads] == [("ArtefactError", True)]
    assert "reload_failed" in [one.code for one in look.attention]
    record.append([NewEntry(make_id(), "model", {"event": "reload", "model_version": bundle.version})])
    assert "reload_failed" not in [one.code for one in Overview(bundle, record, None, now=clock).look().attention]


def test_a_request_for_a_review_needs_attention_after_a_week(record, bundle, clock):  # noqa: F811
    asked = decision()
    record.append([asked])
    record.append_about(asked.id, lambda *_: NewEntry(make_id(), "review_request", {}))
    assert Overview(bundle, record, None, now=clock).look().reviews.requested == 1
    assert "request_waits" not in [one.code for one in Overview(bundle, record, None, now=clock).look().attention]
    clock.now += timedelta(days=7, minutes=1)
    assert "request_waits" in [one.code for one in Overview(bundle, record, None, now=clock).look().attention]


def verified(record, problems=(), checkpoint=True):  # noqa: F811
    report = Report()
    if checkpoint:
        from scoring.record.checkpoints.checkpoint import last

        report.newest = record.read(last)
    return describe(datetime.now(UTC), report, problems, len(problems), with_key=False)


def test_the_last_verification_is_told_with_its_age_and_whether_it_was_of_this_record(url, tmp_path, bundle):  # noqa: F811
    checkpoints = tmp_path / "checkpoints"
    first = open_record(url, checkpoints=checkpoints)
    first.append([decision()])
    first.close()  # writes a checkpoint
    record, clock = open_record(url, checkpoints=checkpoints), SetClock(datetime.now(UTC))  # noqa: F811
    file = result_file(checkpoints)

    def codes():
        return {one.code for one in Overview(bundle, record, None, now=clock).look().attention if "record" in one.code}

    assert codes() == {"record_not_verified"}
    write_result(file, verified(record))
    assert codes() == set()
    assert last_verification(file).last_checkpoint.number == 1
    write_result(file, verified(record, [Problem("entry 3", "was changed")]))
    assert codes() == {"record_deviates"}
    clock.now += timedelta(days=1, minutes=1)
    assert codes() == {"record_deviates", "record_verified_long_ago"}
    text = file.read_text(encoding="utf-8")
    digest = last_verification(file).last_checkpoint.hash
    file.write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    assert "record_replaced" in codes()
    for damaged in ("", "{", "[]", '{"began_at": 3}'):
        file.write_text(damaged, encoding="utf-8")
        assert last_verification(file) is None
    assert codes() == {"record_not_verified"}
    record.close()


def test_without_a_record_or_a_manifest_the_rest_is_there(bundle, unverified):
    look = Overview(bundle, None, None).look()
    assert (look.decisions, look.record, look.reviews, look.attention) == (None, None, None, [])
    assert {one.state for one in look.reports} == {"not_set"}
    plain = load_bundle(unverified, None, 0.5)
    assert Overview(plain, None, None).look().versions.model_version == plain.version
