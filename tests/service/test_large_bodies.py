"""Large bodies take turns: others are served, memory is bounded, and what nobody waits for is not computed."""

import contextlib
import json
import threading

import pytest

from benchmarks.body_memory import MOST_KEPT, MOST_PEAK, bodies, measure
from benchmarks.hostile_requests import post
from benchmarks.machine import processor_seconds
from benchmarks.request_costs import one_worker, send
from tests.service.callers import connect, problem, read_answer

HELD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture(scope="module")
def bulk(project):
    """A request for the explanation of a hundred applications with every field: more than 64 KiB."""
    from benchmarks.posts import applications

    return post("/explain", {"applications": applications()[:100]})


@pytest.fixture(scope="module")
def worker():
    """The port and the process id of a service's only worker, of which no test measures the memory."""
    with one_worker() as running:
        yield running


def test_what_its_caller_has_hung_up_on_is_not_computed(worker, bulk):
    port, pid = worker
    assert send(port, bulk) == 200
    begun = processor_seconds(pid)
    for _ in range(4):
        send(port, bulk)
    alone = (processor_seconds(pid) - begun) / 4

    begun = processor_seconds(pid)
    for _ in range(30):
        with connect(port) as connection:
            connection.sendall(bulk)
    assert send(port, bulk) == 200  # after all those before it
    assert processor_seconds(pid) - begun < 15 * alone


def test_lookups_are_answered_while_large_bodies_are_worked_on(worker, bulk, numbers):
    port, _ = worker
    done = []
    callers = [threading.Thread(target=lambda: done.append(send(port, bulk))) for _ in range(16)]
    for caller in callers:
        caller.start()
    lookup = b"GET /predict/%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % numbers[0]
    assert send(port, lookup) == 200
    answered_before = len(done)
    for caller in callers:
        caller.join()
    assert answered_before < 16
    assert done == [200] * 16


@pytest.mark.drill
@pytest.mark.parametrize("name", ["120,000 objects", "4,000,000 numbers"])
def test_a_worker_takes_and_keeps_bounded_memory(name):
    kind, body = bodies()[name]
    before, peak, after, statuses = measure(kind, body)
    assert statuses <= {413, 422}
    assert peak - before <= MOST_PEAK
    assert after - before <= MOST_KEPT


def test_more_large_bodies_than_there_is_room_for_wait_for_their_turn(worker, numbers):
    port, _ = worker
    body = json.dumps({"data": [[0.0]]}).encode().ljust(8 * 2**20)
    with contextlib.ExitStack() as stack:
        holding = [stack.enter_context(connect(port)) for _ in range(4)]
        for connection in holding:
            connection.sendall(HELD % len(body) + body[:-1])  # all but the last byte
        waiting = stack.enter_context(connect(port))
        waiting.sendall(HELD % len(body))
        waiting.settimeout(1)
        sent = 0
        with contextlib.suppress(TimeoutError):  # until neither the kernel nor the service takes more
            while sent < len(body):
                sent += waiting.send(body[sent : sent + 2**16])
        assert sent < len(body)
        lookup = b"GET /predict/%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % numbers[0]
        assert send(port, lookup) == 200
        for connection in holding:
            connection.sendall(body[-1:])
            assert problem(read_answer(connection))["status"] == 422
        waiting.settimeout(30)
        waiting.sendall(body[sent:])
        assert problem(read_answer(waiting))["status"] == 422
