"""Deal clients into parts by their number: the same client lands in the same part, whatever the row order."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def deal(numbers: NDArray[Any], target: NDArray[Any], parts: int, purpose: str) -> NDArray[np.intp]:
    """Deal clients into equal parts with the same share of defaults in each.

    Parameters
    ----------
    numbers : shape (n,), client numbers, unique.
    target : shape (n,), 0 or 1.
    parts : how many, at least 2.
    purpose : different purposes deal independently.

    Returns
    -------
    Shape (n,), part of each client, from 0.

    >>> deal(np.array([7, 8, 9, 10]), np.array([0, 0, 1, 1]), parts=2, purpose="test").tolist()
    [1, 0, 1, 0]
    """
    order = np.argsort([_draw(number, purpose) for number in numbers], kind="stable")
    part = np.empty(len(numbers), dtype=np.intp)
    for outcome in (0, 1):
        ranked = order[np.asarray(target)[order] == outcome]
        part[ranked] = np.arange(len(ranked)) % parts
    return part


def _draw(number: object, purpose: str) -> str:
    return hashlib.sha256(f"{purpose}:{number}".encode()).hexdigest()
