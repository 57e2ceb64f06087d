"""A policy applied to many rows, client by client."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.model.scorer import Scores
from scoring.policy.evaluate import Policy

UNCHECKED = "?"  # after the code of a rule that could not be checked


def apply_to_rows(
    policy: Policy, scores: Scores, facts: Sequence[dict[str, Any]] | None, day: date
) -> tuple[NDArray[np.bool_], NDArray[Any] | None, list[str]]:
    """Apply a policy to n clients.

    Parameters
    ----------
    facts : the fields that the policy reads, of each client; None where they are not known.

    Returns
    -------
    Whether each client is refused, shape (n,); whether a person has to look at the case, shape (n,), or None for a
    model without a review band if no rule asks for it; and the codes of the rules that apply, joined by blanks, with a
    question mark after each that could not be checked.
    """
    records = [None] * len(scores.probability) if facts is None else [_clean(one) for one in facts]
    results = [policy.apply(scores.pick(i), record, day) for i, record in enumerate(records)]
    refused = np.array([one.decision == "REFUSED" for one in results], dtype=np.bool_)
    marks = [one.review for one in results]
    review = None if all(one is None for one in marks) else np.array([bool(one) for one in marks], dtype=np.bool_)
    codes = [" ".join(rule.code + ("" if rule.checked else UNCHECKED) for rule in one.told.rules) for one in results]
    return refused, review, codes


def _clean(record: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in record.items()}
