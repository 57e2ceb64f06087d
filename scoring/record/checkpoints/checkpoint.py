"""Checkpoints: now and then, one hash over the ends of all chains, linked to the checkpoint before, and signed."""

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from scoring.record.canonical import BEGINNING, CHECKPOINT, canonical
from scoring.record.checkpoints import merkle
from scoring.record.stores.session import Session
from scoring.storage.signature import Signer

_log = logging.getLogger("scoring")
_ALL = "SELECT number, time, previous, root, heads, signer, hash, signature FROM record_checkpoints"
_LAST = f"{_ALL} ORDER BY number DESC LIMIT 1"
_PAGE = f"{_ALL} WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"
_HEADS = "SELECT chain, position, hash, closed FROM record_heads WHERE checkpoint = ? ORDER BY chain"
# One look into the index for each chain: the entries between are not read.
_ENDS = """
WITH RECURSIVE chains(chain) AS (
    SELECT min(chain) FROM record_entries
    UNION ALL SELECT (SELECT min(e.chain) FROM record_entries e WHERE e.chain > chains.chain)
    FROM chains WHERE chains.chain IS NOT NULL)
SELECT chain, (SELECT max(position) FROM record_entries e WHERE e.chain = chains.chain),
    (SELECT max(position) FROM record_heads h WHERE h.chain = chains.chain)
FROM chains WHERE chain IS NOT NULL"""


class Head(NamedTuple):
    """The end of a chain when a checkpoint was made; ``closed`` is 1 where its writer ended, and 0 elsewhere."""

    chain: str
    position: int
    hash: bytes
    closed: int

    def as_json(self) -> dict[str, Any]:
        """Write it as a proof has it."""
        return {"chain": self.chain, "closed": self.closed, "hash": self.hash.hex(), "position": self.position}


class Checkpoint(NamedTuple):
    """A checkpoint as the table has it.

    Attributes
    ----------
    number : from 1.
    previous : hash of the checkpoint before.
    root : over the heads in the order of their chains.
    heads : how many.
    signer : the public key, in hexadecimal digits; None where it is not signed.
    """

    number: int
    time: str
    previous: bytes
    root: bytes
    heads: int
    signer: str | None
    hash: bytes = b""
    signature: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        """Write what is hashed and signed."""
        return {
            "heads": self.heads, "number": self.number, "previous": self.previous.hex(), "root": self.root.hex(),
            "signer": self.signer, "time": self.time,
        }  # fmt: skip

    def text(self) -> bytes:
        """Write the bytes that are hashed and signed."""
        return CHECKPOINT + canonical(self.as_json()).encode()

    def sealed(self, signer: Signer | None) -> "Checkpoint":
        """Add its hash, and its signature."""
        named = self._replace(signer=signer.public_key if signer else None)
        text = named.text()
        return named._replace(hash=sha256(text).digest(), signature=signer.sign(text) if signer else None)


def leaves(heads: Sequence[Head]) -> list[bytes]:
    """Write heads as the texts of the tree."""
    return [canonical(head.as_json()).encode() for head in heads]


def last(session: Session) -> Checkpoint | None:
    """Read the last checkpoint."""
    rows = session.rows(_LAST)
    return Checkpoint(*rows[0]) if rows else None


def after(session: Session, number: int, until: int, most: int) -> list[Checkpoint]:
    """Read checkpoints after one, so many at most."""
    return [Checkpoint(*row) for row in session.rows(_PAGE, number, until, most)]


def heads_of(session: Session, number: int) -> list[Head]:
    """Read the heads of a checkpoint, in the order of its tree."""
    return [Head(*row) for row in session.rows(_HEADS, number)]


def chain_ends(session: Session) -> list[tuple[str, int, int | None]]:
    """Read for each chain its last position, and the last one that a checkpoint covers."""
    return [(chain, position, covered) for chain, position, covered in session.rows(_ENDS)]


def make(session: Session, now: str, signer: Signer | None, closing: str | None = None) -> Checkpoint | None:
    """Write a checkpoint of all chains that have grown since the last one; None where none has.

    Parameters
    ----------
    closing : a chain that ends here.
    """
    heads = _grown(session, chain_ends(session), closing)
    if not heads:
        return None
    before = last(session)
    if before and before.signer and signer is None:
        _log.warning("The decision record's checkpoints are no longer signed: SCORING_DECISIONS_KEY is not set")
    number, previous = (before.number + 1, before.hash) if before else (1, BEGINNING)
    unsealed = Checkpoint(number, now, previous, merkle.root(leaves(heads)), len(heads), None)
    checkpoint = unsealed.sealed(signer)
    rows = [(number, head.chain, head.position, head.hash, head.closed) for head in heads]
    session.insert({"record_checkpoints": [checkpoint], "record_heads": rows})
    return checkpoint


def _grown(session: Session, ends: Sequence[tuple[str, int, int | None]], closing: str | None) -> list[Head]:
    heads = []
    for chain, position, covered in sorted(ends):
        if covered is None or position > covered or chain == closing:
            found = session.rows("SELECT hash FROM record_entries WHERE chain = ? AND position = ?", chain, position)
            heads.append(Head(chain, position, found[0][0], int(chain == closing)))
    return heads


def from_json(content: Mapping[str, Any]) -> Checkpoint:
    """Read a checkpoint as ``as_json`` writes it; raises KeyError, TypeError or ValueError where it is none."""
    previous, root = bytes.fromhex(content["previous"]), bytes.fromhex(content["root"])
    return Checkpoint(content["number"], content["time"], previous, root, content["heads"], content["signer"])
