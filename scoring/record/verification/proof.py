"""The proof of one entry: all that leads from it to a checkpoint, so that nobody needs the database to check it."""

import json
from hashlib import sha256
from typing import Any

from scoring.record.canonical import EntryRow, entry_text, unescape
from scoring.record.checkpoints import merkle
from scoring.record.checkpoints.checkpoint import Checkpoint, Head, after, heads_of, leaves
from scoring.record.stores.session import Session

_ENTRY = "SELECT * FROM record_entries WHERE id = ?"
_BODY = "SELECT salt, client_id, content FROM record_bodies WHERE id = ?"
_COVERING = (
    "SELECT checkpoint FROM record_heads WHERE chain = ? AND position >= ? ORDER BY position, checkpoint LIMIT 1"
)
_FOLLOWING = "SELECT * FROM record_entries WHERE chain = ? AND position > ? AND position <= ? ORDER BY position"


def prove(session: Session, entry_id: str) -> dict[str, Any] | None:
    """Collect an entry, its body and the way to the first checkpoint that covers it; None for an unknown id.

    Before there is such a checkpoint, ``checkpoint`` is null. docs/check_proof.py checks the result.
    """
    rows = session.rows(_ENTRY, entry_id)
    if not rows:
        return None
    entry = EntryRow(*rows[0])
    proof = {
        "entry": json.loads(entry_text(entry)),
        "previous": entry.previous.hex(),
        "body": _body(session, entry_id),
        **dict.fromkeys(("following", "head", "path", "checkpoint", "signature")),
    }
    covering = session.rows(_COVERING, entry.chain, entry.position)
    return {**proof, **_way_to(session, entry, covering[0][0])} if covering else proof


def _body(session: Session, entry_id: str) -> dict[str, Any] | None:
    rows = session.rows(_BODY, entry_id)
    if not rows:
        return None
    salt, client_id, content = rows[0]
    return {"salt": salt.hex(), "client_id": unescape(client_id), "content": json.loads(content)}


def _way_to(session: Session, entry: EntryRow, number: int) -> dict[str, Any]:
    heads = heads_of(session, number)
    index = next(index for index, head in enumerate(heads) if head.chain == entry.chain)
    head: Head = heads[index]
    checkpoint: Checkpoint = after(session, number - 1, number, 1)[0]
    following = session.rows(_FOLLOWING, entry.chain, entry.position, head.position)
    return {
        "following": [sha256(entry_text(EntryRow(*row))).hexdigest() for row in following],
        "head": head.as_json(),
        "path": [(side, digest.hex()) for side, digest in merkle.path(leaves(heads), index)],
        "checkpoint": checkpoint.as_json(),
        "signature": checkpoint.signature.hex() if checkpoint.signature else None,
    }
