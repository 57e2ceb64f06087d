"""The outcomes that are better than a refusal, and which clients reach them."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from scoring.model.schema import Text
from scoring.model.scorer import Scores

# Accepted without review, or accepted in the review band.
Outcome = Literal["accepted", "review"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)  # the better one first
# What an outcome means for the application.
MEANINGS = {
    "accepted": Text(
        en="this application would be accepted without review.",
        fr="la demande serait acceptée sans examen complémentaire.",
    ),
    "review": Text(
        en="this application would no longer be refused, but would be reviewed by a loan officer.",
        fr="la demande ne serait plus refusée, mais examinée par un conseiller.",
    ),
}


def reach(scores: Scores, outcome: Outcome) -> NDArray[np.bool_]:
    """Whether each of n clients reaches an outcome, or a better one; shape (n,)."""
    accepted: NDArray[np.bool_] = ~scores.refused
    return accepted if scores.review is None or outcome == "review" else accepted & ~scores.review


def find_first(reached: NDArray[np.bool_]) -> int:
    """Return the first position from which all values up to the end are true; the length if there is no such position.

    >>> find_first(np.array([True, False, True, True])), find_first(np.array([True, False]))
    (2, 2)
    """
    missed = np.flatnonzero(~reached)
    return int(missed[-1]) + 1 if len(missed) else 0
