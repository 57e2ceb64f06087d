"""Assign clients to parts by their ID: the same client is in the same part, whatever the order of rows."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def assign_folds(ids: NDArray[Any], target: NDArray[Any], parts: int, purpose: str) -> NDArray[np.intp]:
    """Assign clients to parts of equal size with the same share of defaults in each.

    Parameters
    ----------
    ids : shape (n,), client IDs, unique.
    target : shape (n,), 0 or 1.
    parts : how many, at least 2.
    purpose : different purposes give independent assignments.

    Returns
    -------
    Shape (n,), part of each client, from 0.

    >>> assign_folds(np.array([7, 8, 9, 10]), np.array([0, 0, 1, 1]), parts=2, purpose="test").tolist()
    [1, 0, 1, 0]
    """
    hashes = [hashlib.sha256(f"{purpose}:{client_id}".encode()).hexdigest() for client_id in ids]
    order = np.argsort(hashes, kind="stable")
    part = np.empty(len(ids), dtype=np.intp)
    for outcome in (0, 1):
        ranked = order[np.asarray(target)[order] == outcome]
        part[ranked] = np.arange(len(ranked)) % parts
    return part
