import pytest
from flask import Flask

from scoring.errors import RecordUnavailable
from scoring.record.stores.tasks import Task
from scoring.web.server.held_answer import PATIENCE, HeldAnswer, hold_answer

ANSWER = (
    b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"X-Request-ID: a1\r\nVary: Accept\r\nContent-Security-Policy: frame-ancestors 'none'\r\n\r\n{}"
)


@pytest.fixture
def task():
    return Task()


@pytest.fixture
def held(task):
    return HeldAnswer(task)


def sent(held):
    return b"".join(held.release([memoryview(ANSWER)]))


def test_an_answer_whose_decisions_are_durable_goes_as_it_is(held, task):
    statuses = []
    held.log = statuses.append
    assert not held.is_over()
    task.finish(None)
    assert held.is_over()
    assert sent(held) == ANSWER
    assert statuses == [None]


def test_an_answer_whose_decisions_are_not_recorded_becomes_a_problem_with_the_same_other_headers(held, task):
    statuses = []
    held.log = statuses.append
    task.fail(RecordUnavailable("the database is gone"))
    head, _, body = sent(held).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "HTTP/1.1 503 SERVICE UNAVAILABLE"
    assert headers == {
        "Connection": "keep-alive",
        "X-Request-ID": "a1",
        "Vary": "Accept",
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Content-Type": "application/problem+json",
        "Content-Length": str(len(body)),
        "Retry-After": "2",
    }
    assert b"the database is gone" in body
    assert statuses == ["503 SERVICE UNAVAILABLE"]


def test_an_error_of_the_service_becomes_a_500_without_its_text(held, task, caplog):
    task.fail(ValueError("about client 500001"))
    answer = sent(held)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"500001" not in answer
    assert "failed" in caplog.text


def test_a_record_that_does_not_answer_is_given_up(held, task, monkeypatch):
    later = held._deadline
    monkeypatch.setattr("scoring.web.server.held_answer.time.monotonic", lambda: later - 0.01)
    assert not held.is_over()
    monkeypatch.setattr("scoring.web.server.held_answer.time.monotonic", lambda: later)
    assert held.is_over()
    assert task.given_up
    assert f"within {PATIENCE} s".encode() in sent(held)


@pytest.mark.parametrize(("server", "accepted", "is_held"), [
    (True, "application/json", True), (True, "text/html", False), (False, "application/json", False),
])  # fmt: skip
def test_only_a_server_that_can_hold_an_answer_holds_it_and_no_page(task, server, accepted, is_held):
    class Socket:
        def __init__(self):
            self.held = []
            self.hold = lambda pending, has_body: self.held.append((pending, has_body))

    socket = Socket() if server else object()
    with Flask("held").test_request_context("/", headers={"Accept": accepted}) as context:
        context.request.environ["gunicorn.socket"] = socket
        assert hold_answer(task) is is_held
    assert not server or socket.held == [(task, True)] * is_held


def test_the_answer_to_head_has_no_body_when_it_becomes_a_problem(task):
    held = HeldAnswer(task, has_body=False)
    task.fail(RecordUnavailable("the database is gone"))
    head, _, body = sent(held).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert body == b""
