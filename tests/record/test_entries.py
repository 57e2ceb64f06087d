import time
import uuid

from scoring.record.entries import make_id


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
