"""A service that records in a SQLite file, in this process."""

import sqlite3
from contextlib import closing, contextmanager

import pytest

from fonction_api_prediction import create_app
from scoring.decisions.served_model import begin_serving
from scoring.record.entries import Search
from scoring.record.kept_record import open_record
from scoring.settings import Settings
from tests.record.conftest import url  # noqa: F401  (a fixture)


@contextmanager
def locked(path):
    """Let another program have the file; who writes to it waits."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def serving(settings, event="start"):
    """Make a service as a start does, without trying it."""
    app = create_app(settings)
    begin_serving(app.extensions["decisions"], app.extensions["scoring"], event, settings.decisions)
    return app


@pytest.fixture
def path(tmp_path):
    """Name a SQLite file that does not exist yet."""
    return tmp_path / "decisions.db"


@pytest.fixture
def record(path):
    """Read what is recorded."""
    opened = open_record(str(path))
    yield opened
    opened.close()


@pytest.fixture
def entries(record):
    """List all recorded decisions, the oldest first."""
    return lambda: record.search(Search(), 10_000)


@pytest.fixture
def recording(path):
    app = serving(Settings(decisions=str(path)))
    yield app
    app.extensions["decisions"].close()


@pytest.fixture
def recorded(recording):
    """Ask a service that records."""
    return recording.test_client()
