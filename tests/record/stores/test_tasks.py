from contextlib import contextmanager

import psycopg
import pytest

from scoring.errors import RecordUnavailable
from scoring.record.stores.tasks import Task, finish_together
from tests.decisions.conftest import locked
from tests.record.conftest import decision


@pytest.fixture
def task():
    return Task()


def test_a_result_is_waited_for(task):
    task.finish(7)
    assert (task.wait(0), task.is_done, task.error) == (7, True, None)


def test_an_error_is_raised_by_the_one_who_waits(task):
    task.fail(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        task.wait(0)


def test_what_is_done_stays_as_it_is(task):
    task.finish(7)
    task.fail(ValueError("late"))
    task.give_up(1)
    assert (task.wait(0), task.error) == (7, None)


def test_who_waits_too_long_gives_up_and_a_late_result_changes_nothing(task):
    with pytest.raises(RecordUnavailable, match=r"did not answer within 0\.0 s"):
        task.wait(0)
    task.finish(7)
    assert task.given_up
    assert isinstance(task.error, RecordUnavailable)


def test_something_is_called_when_the_task_is_done_or_at_once_where_it_is_done_already(task):
    called = []
    task.when_done(lambda: called.append(1))
    assert called == []
    task.finish(None)
    task.when_done(lambda: called.append(2))
    assert called == [1, 2]


def test_what_several_tasks_call_is_called_once_when_all_of_them_are_done():
    tasks = [Task() for _ in range(3)]
    called = []

    def wake():
        called.append([task.is_done for task in tasks])

    for task in tasks:
        task.when_done(wake)
    finish_together([(task, None) for task in tasks])
    assert called == [[True, True, True]]


def test_a_record_that_another_program_has_locked_is_told_in_plain_words_with_the_remedy(record, url, path):
    record.append([decision()])
    with _hold(url, path), pytest.raises(RecordUnavailable) as told:
        record.append([decision()])
    said = "is in use: another program has locked it, and did not end in time. Try again in a few seconds. If it stays"
    assert said in str(told.value)
    assert "database is locked" not in str(told.value)


@contextmanager
def _hold(url, path):
    if not url.startswith("postgresql"):
        with locked(path):
            yield
        return
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE record_entries")
        yield
        other.rollback()
