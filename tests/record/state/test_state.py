"""Figures about the record as a whole, in SQLite and in PostgreSQL."""

from scoring.record.entries import NewEntry, make_id
from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from scoring.record.state.coverage import read_coverage
from scoring.record.state.daily_counts import _COUNTS, _KEYS, count_page
from scoring.record.state.queue_counts import count_waiting
from scoring.record.state.served_versions import model_events, served_since
from tests.record.conftest import decision


def count_all(record, size):
    """Count page by page, all days."""
    groups, place, pages = {}, ("", ""), 0
    while place is not None:
        page, place = record.read(lambda session, after=place: count_page(record.store, session, after, "9", size))
        pages += 1
        for group in page:
            key = group[:3]
            groups[key] = tuple(a + b for a, b in zip(groups.get(key, (0,) * 5), group[3:], strict=True))
    return groups, pages


def test_decisions_are_counted_by_outcome_review_and_version_whatever_the_size_of_a_page(record):
    risks = [0.5, 0.25, None]
    record.append([decision(outcome="REFUSED", calibrated_probability=risk) for risk in risks])
    record.append([decision(outcome="ACCEPTED", review=True, calibrated_probability=0.125)])
    record.append([decision(outcome="ACCEPTED", review=None, calibrated_probability=0.125, model_version="m2")])
    expected = {
        ("REFUSED", False, "m1"): (3, 3, 2, 0.75, 0.3125),
        ("ACCEPTED", True, "m1"): (1, 0, 1, 0.125, 0.015625),
        ("ACCEPTED", None, "m2"): (1, 0, 1, 0.125, 0.015625),
    }
    assert count_all(record, 100) == (expected, 1)
    assert count_all(record, 2) == (expected, 3)
    assert count_all(record, 5) == (expected, 2)  # the page was full: only the next one shows that there is no more


def test_what_the_model_itself_refuses_is_told_apart_from_what_a_policy_refuses(record):
    scores = [(0.6, "REFUSED"), (0.4, "REFUSED"), (0.5, "ACCEPTED"), (0.4, "ACCEPTED")]
    record.append([decision(outcome=outcome, probability=score, threshold=0.5) for score, outcome in scores])
    groups, _ = count_all(record, 10)
    assert {key[0]: counts[:2] for key, counts in groups.items()} == {"REFUSED": (2, 1), "ACCEPTED": (2, 1)}


def test_only_decisions_before_a_time_are_counted(record):
    record.append([decision()])
    groups, place = record.read(lambda session: count_page(record.store, session, ("", ""), "2000", 10))
    assert (groups, place) == ([], None)


def test_all_entries_and_those_that_no_checkpoint_covers_are_counted(url):
    record = open_record(url, every=1_000_000, seconds=3600)
    assert record.read(read_coverage)[:3] == (0, 0, 0)
    record.append([decision() for _ in range(3)])
    found = record.read(read_coverage)
    assert (found.entries, found.chains, found.uncovered, found.checkpoint) == (3, 1, 3, None)
    record.close()  # writes a checkpoint
    again = open_record(url, every=1_000_000, seconds=3600)
    again.append([decision()])
    found = again.read(read_coverage)
    assert (found.entries, found.chains, found.uncovered) == (4, 2, 1)
    assert (found.checkpoint.number, found.checkpoint.signer) == (1, None)
    again.close()


def step(record, about, kind, **content):
    record.append_about(about.id, lambda *_: NewEntry(make_id(), kind, content))


def test_the_queue_is_counted_as_it_is_listed_and_waits_since_the_first_open_step(record):
    marked, plain, asked, erased = decision(review=True), decision(), decision(), decision("100002", review=True)
    record.append([marked, plain, asked, erased])

    def counted():
        found = record.read(lambda session: count_waiting(record.store, session))
        assert found.waiting == len(record.waiting(None, 100))
        return found

    times = {one.id: one.time for one in (record.find(entry.id) for entry in (marked, plain, asked))}
    assert counted() == (2, 0, times[marked.id], None, False)
    erase_client(record, "100002")
    assert counted().waiting == 1
    step(record, asked, "review_request")
    first = record.about(asked.id)[0].time
    step(record, asked, "review_request")
    assert counted() == (2, 1, times[marked.id], first, False)  # since the first request, not since the second
    step(record, asked, "override", final=False, decision="ACCEPTED")
    assert counted()[1] == 1  # a second officer has to confirm: nobody has answered yet
    step(record, asked, "override", final=True, decision="ACCEPTED")
    assert counted()[:2] == (1, 0)
    step(record, asked, "review_request")
    later = record.about(asked.id)[-1].time
    assert counted() == (2, 1, times[marked.id], later, False)
    step(record, marked, "outcome", final=True, decision="REFUSED")
    assert counted() == (1, 1, later, later, False)


def test_a_queue_without_end_is_counted_up_to_a_limit_and_its_oldest_is_right(record, monkeypatch):
    monkeypatch.setattr("scoring.record.state.queue_counts.MOST", 2)
    entries = [decision(review=True) for _ in range(4)]
    for entry in entries:
        record.append([entry])
    found = record.read(lambda session: count_waiting(record.store, session))
    assert (found.waiting, found.is_more, found.oldest) == (2, True, record.find(entries[0].id).time)


def test_events_say_since_when_a_version_is_served_and_which_reloads_failed(record):
    for event, version in (("start", "a"), ("reload", "b"), ("refused", "b"), ("start", "b")):
        more = {"error": "ArtefactError"} if event == "refused" else {}
        record.append([NewEntry(make_id(), "model", {"event": event, "model_version": version, **more})])
    record.keep_model("b", {"scaler.pkl": b"scaler"})  # has no event
    events = record.read(model_events)
    assert [one.event for one in events] == ["start", "refused", "reload", "start"]
    assert served_since(events, "b") == events[2].time
    assert served_since(events, "a") is None


def test_many_decisions_are_counted_by_the_index_of_their_times(path):
    record = open_record(str(path))
    record.append([decision()])
    columns, join = record.store.json_texts(_KEYS)
    statement = _COUNTS.format(join=join, **columns)
    plan = record.read(lambda session: session.rows(f"EXPLAIN QUERY PLAN {statement}", "", "", "9", 10))
    assert any("record_decisions_time" in str(row) for row in plan)
    record.close()
