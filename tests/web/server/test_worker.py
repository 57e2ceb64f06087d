"""The order of the answers that a worker holds back. What a worker does with connections is tested with a real one."""

from collections import deque
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from scoring.record.stores.tasks import Task
from scoring.web.server.held_answer import HeldAnswer
from scoring.web.server.worker import BufferingWorker


class Worker(BufferingWorker):
    """A worker without a process, which notes what it sends."""

    def __init__(self):
        self._held_answers = deque()
        self.sent = []
        self.when_sent = lambda: None
        self.method_queue = SimpleNamespace(defer=lambda call, *arguments: call(*arguments))

    def finish_request(self, conn, fs):
        self.sent.append(conn.name)
        conn.sock.held = None
        self.when_sent()


@pytest.fixture
def worker():
    return Worker()


def hold(worker, name, is_recorded=False):
    task = Task()
    if is_recorded:
        task.finish(None)
    conn = SimpleNamespace(name=name, sock=SimpleNamespace(held=HeldAnswer(task)))
    worker._finish_when_durable(conn, Future())
    return task


def test_answers_that_still_wait_stay_before_those_that_come_while_others_are_sent(worker):
    recorded = hold(worker, "recorded")
    hold(worker, "first")
    hold(worker, "second")
    worker.when_sent = lambda: hold(worker, "late")
    recorded.finish(None)
    assert worker.sent == ["recorded"]
    assert [finish.args[0].name for _, finish in worker._held_answers] == ["first", "second", "late"]


def test_an_answer_that_is_sent_before_the_worker_asks_to_be_told_is_sent_once(worker):
    hold(worker, "recorded", is_recorded=True)
    assert worker.sent == ["recorded"]
    assert not worker._held_answers
