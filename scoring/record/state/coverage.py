"""How many entries the record has, and how many of them a checkpoint covers."""

from typing import NamedTuple

from scoring.record.checkpoints.checkpoint import Checkpoint, chain_ends, last
from scoring.record.stores.session import Session


class RecordCoverage(NamedTuple):
    """The record's size, and its last checkpoint.

    Attributes
    ----------
    uncovered : entries that no checkpoint covers yet.
    checkpoint : the last one; None before the first.
    """

    entries: int
    chains: int
    uncovered: int
    checkpoint: Checkpoint | None


def read_coverage(session: Session) -> RecordCoverage:
    """Read them from the ends of all chains: within a chain, entries are numbered from 1 without a gap."""
    ends = chain_ends(session)
    return RecordCoverage(
        entries=sum(position for _, position, _ in ends),
        chains=len(ends),
        uncovered=sum(position - (covered or 0) for _, position, covered in ends),
        checkpoint=last(session),
    )
