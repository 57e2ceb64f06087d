"""Slots in shared memory, with real processes."""

import os
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.access.shared_slots import SharedSlots


def in_child(work):
    """Run a function in a forked process, as gunicorn forks its workers; gives the process id."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def test_processes_that_count_at_once_lose_nothing():
    slots, rounds = SharedSlots(8, 3), 2000

    def count():
        for _ in range(rounds):
            with slots:
                slots.memory[slots.find(7) + 2] += 1

    children = [in_child(count) for _ in range(4)]
    count()
    for child in children:
        os.waitpid(child, 0)
    assert slots.memory[slots.find(7) + 2] == 5 * rounds


def test_a_process_that_is_killed_while_it_holds_the_lock_stops_the_others_for_a_second_only():
    slots = SharedSlots(8, 3)
    reader, writer = os.pipe()

    def hold():
        with slots:
            os.write(writer, b"+")
            time.sleep(60)

    child = in_child(hold)
    os.read(reader, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    started = time.monotonic()
    for _ in range(3):
        with slots:
            slots.memory[slots.find(1) + 2] += 1
    assert time.monotonic() - started < 30
    assert slots.memory[slots.find(1) + 2] == 3
    took = []
    for _ in range(5):
        started = time.monotonic()
        with slots:
            pass
        took.append(time.monotonic() - started)
    assert min(took) < 0.9  # the lock is whole again; a broken one takes a second each time


@given(st.lists(st.integers(1, 2**64 - 1), max_size=400))
def test_an_owner_finds_its_slot_again_or_has_lost_it_to_a_newer_one(owners):
    slots, used = SharedSlots(64, 3), {}
    for moment, owner in enumerate(owners, 1):
        index = slots.find(owner)
        assert slots.memory[index] == owner
        assert slots.memory[index + 2] in {0, owner % 2**32 + 1}  # never another owner's word
        slots.memory[index + 1], slots.memory[index + 2] = moment, owner % 2**32 + 1
        used[owner] = index
    assert len({index for owner, index in used.items() if slots.memory[index] == owner}) == len(slots.owners())


def test_when_all_places_are_taken_the_least_recently_used_one_is_given_away():
    slots = SharedSlots(16, 2)
    for owner in range(1, 17):
        slots.memory[slots.find(owner) + 1] = 100 + owner
    oldest = slots.find(5)
    slots.memory[oldest + 1] = 1
    assert slots.find(99) == oldest


@pytest.mark.parametrize("owner", [1, 2**32, 2**64 - 1])
def test_the_largest_and_smallest_owner_have_a_place(owner):
    slots = SharedSlots(2, 2)
    assert slots.find(owner) == slots.find(owner)
