import time
import uuid

import pytest

from scoring.record.canonical import canonical, encode_content, extend_content, prepare
from scoring.record.entries import NewEntry, make_id


def test_ids_made_later_sort_later_and_say_when_they_were_made():
    before = time.time_ns() // 1_000_000
    first = make_id()
    time.sleep(0.002)
    second = make_id()
    assert first < second
    made = uuid.UUID(first)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


def test_ids_of_one_moment_differ():
    assert len({make_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("keys", [["b", "a"], ["decision_id", "decision", "key_id", "route"]])
def test_content_whose_members_are_written_in_advance_is_written_like_any_other(keys):
    content = {key: [None, {"é": 0.1}] for key in keys}
    plain, encoded = (
        extend_content(one, {"request_id": "r", "a_last": None}) for one in (content, encode_content(content))
    )
    written = [prepare(NewEntry(make_id(), "decision", one)).content for one in (plain, encoded)]
    assert written == [canonical({**content, "request_id": "r", "a_last": None})] * 2
