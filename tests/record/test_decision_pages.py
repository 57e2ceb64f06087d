"""Recorded decisions of a period are read in the order of time, with what was scored."""

import pytest

from scoring.record.decision_pages import decision_pages
from scoring.record.kept_record import open_record, open_store
from scoring.record.personal_data import erase_client
from scoring.record.review_steps import Period
from tests.record.conftest import decision


@pytest.fixture
def recorded(url):
    """Return the store of a record with five decisions, of which the second one's body is erased."""
    record = open_record(url)
    entries = [decision(client_id=str(number)) for number in range(5)]
    for entry in entries:
        record.append([entry])
    erase_client(record, "1")
    record.close()
    return open_store(url)


ALWAYS = Period()


def read(store, period=ALWAYS, size=2):
    session = store.open_session()
    try:
        return list(decision_pages(session, period, size))
    finally:
        session.close()


def test_pages_have_every_decision_once_in_the_order_of_time(recorded):
    found = read(recorded)
    together = [one for page in found for one in page]
    assert [len(page) for page in found] == [2, 2, 1]
    assert [(one.time, one.id) for one in together] == sorted((one.time, one.id) for one in together)
    assert [one.body and one.body.client_id for one in together] == ["0", None, "2", "3", "4"]
    assert {one.content["decision"] for one in together} <= {"ACCEPTED", "REFUSED"}


def test_a_period_has_its_first_moment_and_not_its_last(recorded):
    times = [one.time for page in read(recorded) for one in page]
    inside = read(recorded, Period(times[1], times[3]), size=10)
    assert [one.time for page in inside for one in page] == times[1:3]


def test_an_empty_period_has_no_page(recorded):
    assert read(recorded, Period("2001", "2002")) == []
