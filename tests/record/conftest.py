"""Records in real databases, and entries to put into them."""

import shutil
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from scoring.record.canonical import prepare
from scoring.record.entries import Body, NewEntry, make_id
from scoring.record.kept_record import KeptRecord, open_record, open_store
from scoring.record.stores.tasks import Task
from scoring.record.verification.deviations import Report
from scoring.record.verification.verify import verify
from scoring.storage.signature import load_public_key


def decision(client_id="100001", outcome="REFUSED", review=False, **more):
    content = {"decision": outcome, "review": review, "probability": 0.1 + 0.2, "model_version": "m1", **more}
    return NewEntry(make_id(), "decision", content, Body(client_id, {"row": [1.5, None, -3e-7], "name": "Zoé"}))


def wait_long(monkeypatch):
    """Wait longer for the record than a caller would: the machine may be busy."""
    for waiting in (Task.wait, KeptRecord.write, KeptRecord.read):
        monkeypatch.setattr(waiting, "__defaults__", (60.0,))


@pytest.fixture(autouse=True)
def _patience(request, monkeypatch):
    """Wait longer for the record, but where that is tested."""
    if request.path.name != "test_bad_luck.py":
        wait_long(monkeypatch)


@pytest.fixture
def path(tmp_path):
    """Name a SQLite file that does not exist yet."""
    return tmp_path / "decisions.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, path):
    """Name a SQLite file, then a schema in PostgreSQL, without a record."""
    return str(path) if request.param == "sqlite" else request.getfixturevalue("postgres").new_schema()


@pytest.fixture
def record(url):
    """Open a record."""
    opened = open_record(url)
    yield opened
    opened.close()


def make_key(path):
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    return path


class Kept(NamedTuple):
    """A finished record: its files, and its key."""

    database: Path
    file: Path
    key: Path

    def problems(self, key=None, file=None):
        report = Report()
        public = load_public_key(key or self.key)
        found = verify(open_store(str(self.database)), report, public, file or self.file, lambda _count: None)
        return [str(problem) for problem in found]

    @contextmanager
    def opened(self):
        """Open the database as somebody who may do anything: without the triggers, which are back at the end."""
        connection = sqlite3.connect(self.database, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, statement in triggers:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.close()


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """Write a record with two chains, checkpoints, signatures, a model and an erased body, once."""
    folder = tmp_path_factory.mktemp("kept")
    kept = Kept(folder / "decisions.db", folder / "decisions.db.checkpoints", make_key(folder / "key.pem"))
    record = open_record(str(kept.database), kept.key, every=4)
    for chain in range(2):
        entries = [decision(str(number), "REFUSED" if number % 2 else "ACCEPTED") for number in range(10)]
        for entry in entries:
            record.append([entry])
        record.append([NewEntry(make_id(), "override", {"reason": "paid"}, None, entries[0].id)])
        if chain == 0:
            record.keep_model("v1", {"scaler.pkl": b"scaler" * 100})
            erase(record, entries[3].id)
        record.close()
    return kept


def erase(record, entry_id):
    def write(transaction):
        transaction.add([prepare(NewEntry(make_id(), "erasure", {"why": "retention"}, None, entry_id))])
        transaction.flush()
        transaction.session.run("DELETE FROM record_bodies WHERE id = ?", [(entry_id,)])

    record.write(write)


@pytest.fixture
def kept(original, tmp_path):
    """Copy the record, for a test to change."""
    return copy_of(original, tmp_path)


def copy_of(original, folder):
    for name in (original.database, original.file):
        shutil.copy(name, folder)
    return Kept(folder / original.database.name, folder / original.file.name, original.key)
