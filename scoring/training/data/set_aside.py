"""Clients who are set aside for comparisons of models: no training ever sees them."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.calibration import Bools


def find_set_aside(ids: NDArray[Any], share: float) -> Bools:
    """Find the clients to set aside, by their ID alone.

    The same client is found in every table, however many others are in it; and who is found with a smaller share is
    found with a larger one, too.

    Parameters
    ----------
    ids : shape (n,), client IDs.
    share : about this share of the clients is found, 0-1.

    Returns
    -------
    Shape (n,), true for those to set aside.

    >>> find_set_aside(np.array([500001, 500002, 500003, 500004]), 0.5).tolist()
    [False, True, False, False]
    >>> int(find_set_aside(np.arange(10000), 0.1).sum())
    1014
    """
    if not share:
        return np.zeros(len(ids), dtype=bool)
    digests = [hashlib.sha256(f"set aside:{client_id}".encode()).digest() for client_id in ids]
    places = np.array([int.from_bytes(digest[:8], "big") for digest in digests], dtype=float) / 2**64
    found: Bools = places < share
    return found
