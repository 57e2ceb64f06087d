"""What a verification needs, and what it says where there is nothing wrong."""

import tracemalloc

from scoring.record.kept_record import open_record, open_store
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from tests.record.conftest import decision


def most_memory(url):
    """Verify a record; returns the most memory that Python's objects took meanwhile, and the number of entries."""
    store, report, seen = open_store(url), Report(), []
    tracemalloc.start()
    assert list(verify(store, report, None, store.checkpoints, seen.append)) == []
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(seen) == report.entries
    return most, report.entries


def test_a_verification_takes_no_more_memory_for_a_record_four_times_as_large(url):
    found = []
    for times in (3, 9):
        record = open_record(url, every=500)
        for _ in range(10 * times):
            record.begin_append([decision() for _ in range(100)]).wait(60)  # a busy machine may take seconds
        record.close()
        found.append(most_memory(url))
    (small, few), (large, many) = found
    assert (few, many) == (3000, 12_000)
    assert large < 1.5 * small  # other threads of the tests take some too


def test_a_record_without_entries_is_intact(url):
    store, report = open_store(url), Report()
    store.open_session().close()
    assert list(verify(store, report, None, None, lambda _count: None)) == []
    assert (report.entries, report.checkpoints) == (0, 0)


def test_what_no_checkpoint_covers_yet_and_what_was_not_compared_is_a_note(path):
    record = open_record(str(path))
    record.append([decision(), decision()])
    store, report = open_store(str(path)), Report()
    assert list(verify(store, report, None, store.checkpoints, lambda _count: None)) == []
    assert report.uncovered == 2
    notes = "\n".join(report.notes)
    for part in ("decisions.db.checkpoints: there is no such file", "no key was given", "2 entries are not covered"):
        assert part in notes
    record.close()


def test_a_clock_that_was_set_back_is_no_deviation(path, monkeypatch):
    for hour in (12, 10, 11):  # three services, one after the other
        record = open_record(str(path))
        monkeypatch.setattr("scoring.record.transaction.utc_now", lambda hour=hour: f"2026-11-26T{hour}:00:00.000000Z")
        monkeypatch.setattr("scoring.record.writer.utc_now", lambda hour=hour: f"2026-11-26T{hour}:00:30.000000Z")
        record.append([decision()])
        record.close()
    store, report = open_store(str(path)), Report()
    assert list(verify(store, report, None, store.checkpoints, lambda _count: None)) == []
    assert report.checkpoints == 3
