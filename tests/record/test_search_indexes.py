"""Searches that would read every decision use indexes that have few rows, in both databases."""

import pytest

from scoring.record import reading
from scoring.record.entries import Body, NewEntry, Search, make_id
from scoring.record.kept_record import open_record, open_store
from tests.record.conftest import decision
from tests.record.test_record_commands import run

INDEXES = {
    "record_decisions_marked", "record_decisions_marked_time", "record_decisions_refused", "record_steps_open"
}  # fmt: skip


class Explaining:
    """A session that explains each statement before it runs it."""

    def __init__(self, session, explain):
        self.session, self.explain, self.plans = session, explain, []

    def rows(self, statement, *parameters):
        self.plans.append(str(self.session.rows(f"{self.explain} {statement}", *parameters)))
        return self.session.rows(statement, *parameters)


@pytest.fixture
def store(url):
    """Write decisions of each kind, one of them with an open request."""
    record = open_record(url)
    made = [decision(outcome="REFUSED" if n % 2 else "ACCEPTED", review=n % 3 == 0) for n in range(30)]
    record.append(made)
    record.append_about(made[1].id, lambda *_: NewEntry(make_id(), "review_request", {}, Body("1", {"statement": "."})))
    record.close()
    return open_store(url)


@pytest.fixture
def explained(store, url):
    """Give what runs a search, and returns its plans."""
    session = store.open_session()
    if url.startswith("postgresql"):
        session.rows("SET enable_seqscan = off")  # few rows are read faster without an index

    def explain(search):
        explaining = Explaining(session, "EXPLAIN" if url.startswith("postgresql") else "EXPLAIN QUERY PLAN")
        assert search(explaining)
        return explaining.plans

    yield explain
    session.close()


def test_the_queue_reads_only_marked_decisions_and_those_with_an_open_step(store, explained):
    marked, begun = explained(lambda session: reading.waiting(store, session, None, 5))
    assert "record_decisions_marked" in marked
    assert "record_steps_open" in begun


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_search_for_refusals_or_for_marked_decisions_reads_only_these(store, explained, newest_first):
    for conditions, index in (
        ({"outcome": "REFUSED"}, "record_decisions_refused"),
        ({"review": True}, "record_decisions_marked"),
    ):
        search = Search(**conditions, newest_first=newest_first)
        (plan,) = explained(lambda session: reading.search(store, session, search, 5))  # noqa: B023
        assert index in plan, conditions


def test_the_queue_is_the_same_from_marks_and_from_steps_one_page_after_the_other(store):
    session = store.open_session()
    listed, after = [], None
    while page := reading.waiting(store, session, after, 4):
        listed += [entry.id for entry in page]
        after = page[-1].id
    whole = [entry.id for entry in reading.waiting(store, session, None, 100)]
    session.close()
    assert listed == whole == sorted(whole)
    assert len(whole) == 11  # ten are marked, and one was asked about


def test_create_adds_the_indexes_to_a_record_that_an_earlier_version_has_begun(store, url):
    session = store.open_session()
    for name in INDEXES:
        session.rows(f"DROP INDEX {name}")
    session.close()
    assert run("create", url).returncode == 0
    session = store.open_session()
    listed = (
        "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
        if url.startswith("postgresql")
        else "SELECT name FROM sqlite_master WHERE type = 'index'"
    )
    there = {name for (name,) in session.rows(listed)}
    session.close()
    assert there >= INDEXES
