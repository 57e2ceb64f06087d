"""The files of every version of the model that was served, each kept once, so that decisions can be computed again."""

import json
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256

from scoring.errors import ArtefactError
from scoring.record.canonical import prepare
from scoring.record.entries import NewEntry, make_id
from scoring.record.stores.session import Rows, Session
from scoring.record.transaction import Transaction

_KEPT = "SELECT content FROM record_entries WHERE kind = 'model' ORDER BY id"
_FILE = "SELECT content FROM record_files WHERE hash = ?"


def keep(version: str, files: Mapping[str, bytes]) -> Callable[[Transaction], None]:
    """Make what writes the files of a version, unless the record has them."""
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    packed = {hashes[name]: zlib.compress(content, 9) for name, content in files.items()}
    entry = prepare(NewEntry(make_id(), "model", {"model_version": version, "files": hashes}))

    def write(transaction: Transaction) -> None:
        kept = _hashes(transaction.read, version)
        if kept is not None and kept != hashes:
            raise ArtefactError(
                f"the decision record has other files for model version {version}\n"
                "A version names the same files for ever: publish the model again, under a version of its own."
            )
        if kept is None:
            new = [(digest, content) for digest, content in packed.items() if not transaction.read(_FILE, digest)]
            # Another host may write the same at this moment.
            transaction.session.run("INSERT INTO record_files VALUES (?, ?) ON CONFLICT DO NOTHING", new)
            transaction.add([entry])

    return write


def read(session: Session, version: str) -> Mapping[str, bytes] | None:
    """Return the files of a version; None if it never was served."""
    hashes = _hashes(session.rows, version)
    if hashes is None:
        return None
    return {name: _unpack(name, digest, session.rows(_FILE, digest)) for name, digest in hashes.items()}


def _unpack(name: str, digest: str, rows: Rows) -> bytes:
    """Return a file; raises ArtefactError if it was lost or changed."""
    try:
        content = zlib.decompress(rows[0][0]) if rows else b""
    except zlib.error:
        content = b""
    if sha256(content).hexdigest() != digest:
        raise ArtefactError(f"{name}: the decision record has lost or changed this file of a model version")
    return content


def _hashes(rows: Callable[[str], Rows], version: str) -> Mapping[str, str] | None:
    entries = [json.loads(content) for (content,) in rows(_KEPT)]
    found: list[Mapping[str, str]] = [
        one["files"] for one in entries if one["model_version"] == version and "files" in one
    ]
    return found[0] if found else None
