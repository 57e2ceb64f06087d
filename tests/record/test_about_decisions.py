"""Entries about a decision stand in the order in which they were written, whoever writes them and when."""

import threading

import pytest

from scoring.errors import ReviewConflict, UnknownDecision
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record
from scoring.record.personal_data import erase_client
from tests.clocks import clock_behind
from tests.record.conftest import decision


@pytest.fixture
def other(url, record):
    """Open the same record as another service does."""
    opened = open_record(url)
    yield opened
    opened.close()


def step(kind="override", final=True, **more):
    content = {"final": final, "decision": "ACCEPTED", **more} if kind != "review_request" else more
    return NewEntry(make_id(), kind, content, Body("100001", {"text": "words"}))


def numbers(entries):
    return [one.content["number"] for one in entries]


def test_what_is_written_later_comes_later_however_wrong_a_clock_is(record, other):
    first = decision()
    record.append([first])
    with clock_behind(300):
        _, later = other.append_about(first.id, lambda *_: step("review_request"))
    for seconds, writer in ((0, record), (300, other), (-300, record), (600, other)):
        with clock_behind(seconds):
            before = writer.about(first.id)
            _, later = writer.append_about(first.id, lambda *_: step())
        assert later[:-1] == before
        assert numbers(later) == [*range(1, len(later) + 1)]
        assert later == record.about(first.id) == other.about(first.id)
    assert [one.time for one in later] != sorted(one.time for one in later)


def test_each_writer_sees_all_entries_before_its_own(record, other):
    first, second = decision(), decision()
    record.append([first, second])
    seen = []

    def write(writer):
        for _ in range(10):
            for about in (first.id, second.id):
                writer.append_about(about, lambda entry, so_far: seen.append((entry.id, len(so_far))) or step())

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (record, other, record)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for about in (first.id, second.id):
        assert numbers(record.about(about)) == [*range(1, 31)]
        assert {count for entry_id, count in seen if entry_id == about} == {*range(30)}


def test_entries_that_have_no_number_come_first(record, other):
    first = decision()
    record.append([first])
    with clock_behind(-60):
        record.append([step()._replace(about=first.id), step("review_request")._replace(about=first.id)])
    other.append_about(first.id, lambda *_: step(final=False))
    assert [one.kind for one in record.about(first.id)] == ["override", "review_request", "override"]
    assert [one.id for one in record.waiting(None, 10)] == [first.id]


def test_nothing_is_written_where_the_entry_is_refused(record):
    first = decision()
    record.append([first])

    def refuse(*_):
        raise ReviewConflict("no")

    with pytest.raises(ReviewConflict, match="no"):
        record.append_about(first.id, refuse)
    with pytest.raises(UnknownDecision, match=r"No decision has the id 0190\.$"):
        record.append_about("0190", lambda *_: step())
    assert record.about(first.id) == []


def test_an_erasure_waits_for_an_entry_that_another_service_is_writing(record, other):
    first = decision("7")
    record.append([first])
    is_making, may_go_on, erased = threading.Event(), threading.Event(), []

    def make(*_):
        is_making.set()
        assert may_go_on.wait(60)
        return step()._replace(body=Body("7", {"text": "words"}))

    adding = threading.Thread(target=lambda: record.append_about(first.id, make))
    erasing = threading.Thread(target=lambda: erased.append(erase_client(other, "7")))
    adding.start()
    assert is_making.wait(60)
    erasing.start()
    erasing.join(0.1)
    assert erasing.is_alive()
    may_go_on.set()
    adding.join()
    erasing.join()
    assert erased == [2]
    assert record.find(first.id).erased
    assert [one.body for one in record.about(first.id)] == [None, None]
