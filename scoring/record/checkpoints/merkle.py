"""One hash over many texts, and the short proof that one of them is among them (the tree of RFC 6962, section 2.1)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

Step = tuple[Literal["left", "right"], bytes]


def root(leaves: Sequence[bytes]) -> bytes:
    r"""Hash the texts pairwise up to one hash; an odd one goes up as it is.

    >>> root([b""]).hex()[:16], root([b"", b"\x00"]).hex()[:16]
    ('6e340b9cffb37a98', 'fac54203e7cc696c')
    """
    level = [_leaf(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def path(leaves: Sequence[bytes], index: int) -> list[Step]:
    """List the hashes that lead from one text to the root, and on which side each of them stands.

    >>> [side for side, _ in path([b"a", b"b", b"c"], 1)], [side for side, _ in path([b"a", b"b", b"c"], 2)]
    (['left', 'right'], ['left'])
    """
    level, steps = [_leaf(leaf) for leaf in leaves], []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(("left" if neighbour < index else "right", level[neighbour]))
        level, index = _level_above(level), index // 2
    return steps  # type: ignore[return-value]


def _level_above(level: list[bytes]) -> list[bytes]:
    paired = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
    return paired + level[len(paired) * 2 :]


def _leaf(text: bytes) -> bytes:
    return sha256(b"\x00" + text).digest()
