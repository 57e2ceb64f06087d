"""Check the checkpoints: with one another, with their signatures, and with the file outside the database."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from scoring.record.canonical import BEGINNING
from scoring.record.checkpoints import merkle
from scoring.record.checkpoints.checkpoint import Checkpoint, after, heads_of, leaves
from scoring.record.checkpoints.checkpoint_file import Line, read_file
from scoring.record.stores.session import Session
from scoring.record.verification.deviations import Problem, Report, is_in_future, name_range
from scoring.storage.signature import is_signed

_TOGETHER = 500
_HEADS_ALONE = """
SELECT DISTINCT h.checkpoint FROM record_heads h LEFT JOIN record_checkpoints c ON c.number = h.checkpoint
WHERE c.number IS NULL ORDER BY h.checkpoint LIMIT 100"""


def verify_checkpoints(session: Session, report: Report, until: int, public_key: str | None) -> Iterator[Problem]:
    """Compare each checkpoint with its hash, its heads, the checkpoint before and its signature.

    Parameters
    ----------
    public_key : with it, there must be a last checkpoint that its private part signed. As each checkpoint holds the
        hash of the one before, this proves all of them, also those that were made before the key.
    """
    proven, number, previous = 0, 0, BEGINNING
    while page := after(session, number, until, _TOGETHER):
        for checkpoint in page:
            yield from _check(session, checkpoint, number, previous)
            yield from _check_signature(checkpoint)
            report.signed += checkpoint.signer is not None
            proven = checkpoint.number if checkpoint.signer == public_key else proven
            report.checkpoints += 1
            number, previous = checkpoint.number, checkpoint.hash
    if public_key is not None and number == 0:
        yield Problem("checkpoints", "there is none, so that nothing is signed with the expected key")
    if public_key is not None and number > proven:
        yield Problem(name_range("checkpoints", proven + 1, number), "not signed with the expected key")
    for (orphan,) in session.rows(_HEADS_ALONE):
        yield Problem(f"checkpoint {orphan}", "was removed: its heads are left")


def _check(session: Session, checkpoint: Checkpoint, before: int, previous: bytes) -> Iterator[Problem]:
    name = f"checkpoint {checkpoint.number}"
    missing = range(before + 1, checkpoint.number)
    if missing:
        yield Problem(name_range("checkpoints", missing[0], missing[-1]), "removed")
    elif checkpoint.previous != previous:
        yield Problem(name, "does not follow the checkpoint before it: one of the two was exchanged")
    if is_in_future(checkpoint.time):
        yield Problem(name, f"is dated {checkpoint.time}, which is in the future")
    if checkpoint.hash != sha256(checkpoint.text()).digest():
        yield Problem(name, "was changed: it does not fit its hash")
    heads = heads_of(session, checkpoint.number)
    if not heads or len(heads) != checkpoint.heads or merkle.root(leaves(heads)) != checkpoint.root:
        yield Problem(name, "its heads of chains were changed: they do not fit its root")


def _check_signature(checkpoint: Checkpoint) -> Iterator[Problem]:
    signer, signature = checkpoint.signer, checkpoint.signature
    if (signer is None) != (signature is None):
        yield Problem(f"checkpoint {checkpoint.number}", "its signature was removed or inserted")
    elif signer is not None and signature is not None and not is_signed(signer, signature, checkpoint.text()):
        yield Problem(f"checkpoint {checkpoint.number}", "its signature does not fit")


def verify_file(session: Session, path: Path, report: Report) -> Iterator[Problem]:
    """Compare the checkpoints of the file outside the database with those in the database."""
    newest = 0
    for line in read_file(path):
        if line.checkpoint is None:
            yield Problem(f"line {line.number} of {path.name}", "cannot be read: it was changed, or a crash cut it off")
        else:
            newest = max(newest, line.checkpoint.number)
            yield from _compare(session, path, line, line.checkpoint)
    if newest < report.checkpoints:
        report.notes.append(f"{path.name} ends with checkpoint {newest}, the database has {report.checkpoints}")


def _compare(session: Session, path: Path, line: Line, known: Checkpoint) -> Iterator[Problem]:
    there = after(session, known.number - 1, known.number, 1)
    place = f"checkpoint {known.number}"
    if not there:
        yield Problem(place, f"was removed: line {line.number} of {path.name} has it, and the database does not")
    elif (there[0].hash, there[0].signature) != (known.hash, known.signature):
        yield Problem(place, f"was rewritten: line {line.number} of {path.name} has another hash or signature of it")
