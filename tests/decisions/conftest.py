"""A service that records, in this process."""

import pytest

from fonction_api_prediction import create_app
from scoring.errors import RecordUnavailable
from scoring.settings import Settings


class MemoryRecord:
    """Keeps entries in memory; where ``broken`` it refuses them, as a store does that is gone."""

    def __init__(self):
        self.appended, self.broken = [], False

    @property
    def entries(self):
        return [entry for entries in self.appended for entry in entries]

    def append(self, entries):
        if self.broken:
            raise RecordUnavailable("the decision record does not answer")
        self.appended.append(list(entries))


@pytest.fixture
def record():
    return MemoryRecord()


@pytest.fixture
def recording(record):
    return create_app(Settings(), record)


@pytest.fixture
def recorded(recording):
    """Ask a service that records."""
    return recording.test_client()
