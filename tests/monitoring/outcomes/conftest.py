"""Records in real databases with decisions of past months, and tables of outcomes to load."""

import csv
from datetime import UTC, date, datetime
from typing import NamedTuple

import pytest

from scoring.monitoring.outcomes.given.loading import check_outcomes, write_outcomes
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import open_record, open_store
from tests.clocks import clock_behind
from tests.record.conftest import _patience  # noqa: F401  (a fixture)

TODAY = datetime.now(UTC).date()  # one day for a whole run, which may go past midnight


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Name a SQLite file, then a schema in PostgreSQL, without a record."""
    return (
        str(tmp_path / "decisions.db")
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").new_schema()
    )


class Decided(NamedTuple):
    """A decision to write: on which day, and the entry's id is kept for the outcomes."""

    day: date
    entry: NewEntry


def decided(day, client_id="100001", outcome="ACCEPTED", risk=0.05, **more):
    content = {"decision": outcome, "review": False, "probability": 0.3, "calibrated_probability": risk}
    content |= {"threshold": 0.5, "model_version": "m1", "propensity": None, **more}
    body = None if client_id is None else Body(client_id, {"row": [1.5]})
    return Decided(day, NewEntry(make_id(), "decision", content, body))


def write_decisions(record, decisions):
    """Write decisions on their days, the oldest first."""
    days = {}
    for one in decisions:
        days.setdefault(one.day, []).append(one.entry)
    for day in sorted(days):
        with clock_behind((datetime.now(UTC).date() - day).days * 86_400):
            record.append(days[day])


def table(path, rows):
    """Write a CSV file whose columns are the keys of the first row."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(url, path, *, correct=False, named=None, today=None):
    """Load a table of outcomes; returns what was checked."""
    session = open_store(url).open_session()
    try:
        checked = check_outcomes(session, path, named or {}, today or TODAY, correct=correct)
    finally:
        session.close()
    record = open_record(url)
    write_outcomes(record, checked, lambda _: None)
    record.close()
    return checked
