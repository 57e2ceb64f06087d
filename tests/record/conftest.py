"""Records in real databases, and entries to put into them."""

import pytest

from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record


def decision(client_id="100001", outcome="REFUSED", review=False, **more):
    content = {"decision": outcome, "review": review, "probability": 0.1 + 0.2, "model_version": "m1", **more}
    return NewEntry(make_id(), "decision", content, Body(client_id, {"row": [1.5, None, -3e-7], "name": "Zoé"}))


@pytest.fixture
def path(tmp_path):
    """Name a SQLite file that does not exist yet."""
    return tmp_path / "decisions.db"


@pytest.fixture
def record(path):
    """Open a record in a SQLite file."""
    opened = open_record(str(path))
    yield opened
    opened.close()
