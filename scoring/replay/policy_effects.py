"""What the rules of a policy do to decisions made again: the recorded rules, or those of a policy that is tried."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from scoring.model.calibration import Bools
from scoring.model.scorer import Scores
from scoring.policy.evaluate import Policy
from scoring.record.decision_pages import RecordedDecision


class TriedPolicy(NamedTuple):
    """A policy that is tried, and the day (UTC) on which its rules are checked; nobody is accepted at random."""

    policy: Policy
    day: date


def apply_recorded(decisions: Sequence[RecordedDecision], refused: Bools, review: Bools) -> tuple[Bools, Bools]:
    """Add what the recorded rules did; whom chance accepted then, it accepts again.

    Parameters
    ----------
    refused, review : by the model, shape (n,).
    """
    rules = [{one["outcome"] for one in decision.content.get("policy") or ()} for decision in decisions]
    explored = np.array([_was_explored(decision) for decision in decisions], dtype=bool)
    by_rule = np.array(["refused" in outcomes for outcomes in rules], dtype=bool)
    asked = np.array(["review" in outcomes for outcomes in rules], dtype=bool)
    return by_rule | (refused & ~explored), review | asked


def _was_explored(decision: RecordedDecision) -> bool:
    content = decision.content
    return (
        content.get("propensity") is not None
        and content["decision"] == "ACCEPTED"
        and content["probability"] >= content["threshold"]
    )


def apply_tried(
    tried: TriedPolicy, decisions: Sequence[RecordedDecision], scores: Scores, review: Bools
) -> tuple[Bools, Bools]:
    """Apply a policy to the scores of n decisions, ``refused`` as it is to be."""
    results = [
        tried.policy.apply(scores.pick(i), one.body.content["application"] if one.body else None, tried.day)
        for i, one in enumerate(decisions)
    ]
    refused = np.array([result.decision == "REFUSED" for result in results], dtype=bool)
    return refused, review | np.array([bool(result.review) for result in results], dtype=bool)
