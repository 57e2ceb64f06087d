from datetime import UTC, datetime, timedelta

import pytest

from scoring.record.entries import Body, NewEntry, Search, make_id
from scoring.record.kept_record import open_record
from scoring.record.personal_data import about_client, erase_client, erase_older
from tests.record.conftest import decision
from tests.record.test_writer import problems

SOON = datetime.now(UTC) + timedelta(days=500)


def request_about(entry, client_id=None):
    return NewEntry(make_id(), "review_request", {"by": "client"}, Body(client_id, {"text": "J'ai payé."}), entry.id)


@pytest.fixture
def entries(record):
    """Record two decisions about a client with a request, one about another, and one about nobody known."""
    first, second, other, new = decision("7"), decision("7"), decision("8"), decision(None)
    request = request_about(first)
    record.append(
        [first, second, other, new, request, NewEntry(make_id(), "override", {"why": "paid"}, None, first.id)]
    )
    return first, second, other, new, request


def test_everything_about_a_client_is_what_names_them_and_what_is_about_that(record, entries):
    first, second, _, _, request = entries
    found = record.read(lambda session: about_client(session, "7"))
    assert [one.id for one in found[:3]] == [first.id, second.id, request.id]
    assert [one.kind for one in found] == ["decision", "decision", "review_request", "override"]
    assert record.read(lambda session: about_client(session, "9")) == []


def test_erasing_a_client_leaves_the_entries_and_the_chain(record, entries, url):
    first, second, other, new, request = entries
    assert erase_client(record, "7") == 3
    for entry in (first, second, request):
        found = record.find(entry.id)
        assert (found.body, found.erased, found.content) == (None, True, entry.content)
        assert [one.content for one in record.about(entry.id) if one.kind == "erasure"] == [{"why": "request"}]
    for entry in (other, new):
        assert record.find(entry.id).body == entry.body
    assert record.search(Search(client_id="7"), 5) == []
    assert erase_client(record, "7") == 0
    record.close()
    assert problems(url) == []


def test_erasing_old_entries_keeps_the_new_ones(record, entries, url):
    first, *_ = entries
    now = datetime.now(UTC)
    assert list(erase_older(record, 1, now)) == []
    assert sum(erase_older(record, 400, SOON)) == 5
    assert record.find(first.id).erased
    kept = decision("7")
    record.append([kept])
    assert sum(erase_older(record, 400, now + timedelta(days=399))) == 0
    assert record.find(kept.id).body == kept.body
    record.close()
    assert problems(url) == []


def test_many_bodies_are_erased_in_parts(record, url):
    record.begin_append([decision(str(number)) for number in range(1200)]).wait(60)  # a busy machine may take seconds
    assert list(erase_older(record, 1, SOON)) == [500, 500, 200]
    record.close()
    assert problems(url) == []


def test_what_was_erased_is_gone_from_the_files_of_sqlite(path):
    record = open_record(str(path))
    name = "Zoé-Çelik-only-here"
    record.append([NewEntry(make_id(), "decision", {"decision": "REFUSED"}, Body("client 4711", {"name": name}))])
    record.append([decision() for _ in range(50)])
    marker = name.encode("ascii", "backslashreplace").replace(b"\\xe9", b"\\u00e9").replace(b"\\xc7", b"\\u00c7")
    files = [path, path.with_name("decisions.db-wal")]
    assert any(marker in file.read_bytes() for file in files)
    assert erase_client(record, "client 4711") == 1
    record.read(record.store.overwrite_erased)
    assert not any(marker in file.read_bytes() for file in files if file.exists())
    assert not any(b"client 4711" in file.read_bytes() for file in files if file.exists())
    record.close()


@pytest.mark.parametrize("days", [20_800, 36_500, 99_999])
def test_a_time_of_keeping_that_begins_before_1970_erases_nothing(record, entries, days):
    assert list(erase_older(record, days, datetime.now(UTC))) == []
    assert record.find(entries[0].id).body is not None
