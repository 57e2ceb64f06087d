"""How many clients each rule of a policy touches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from scoring.model.compile import RawRecord
from scoring.model.scorer import Score
from scoring.policy.evaluate import Policy


@dataclass
class Touched:
    """Clients to whom a rule applies, and those for whom it cannot be checked."""

    applies: int = 0
    unchecked: int = 0


@dataclass
class Counted:
    """Numbers of clients.

    Attributes
    ----------
    rules : by code of the rule; a rule after one that refuses is not reached.
    refused_by_model, refused : without and with the policy; nobody is accepted at random here.
    review : accepted clients whom a person has to look at, with the policy.
    eligible : clients who could be accepted at random.
    """

    rules: dict[str, Touched] = field(default_factory=dict)
    refused_by_model: int = 0
    refused: int = 0
    review: int = 0
    eligible: int = 0


def count_clients(policy: Policy, scores: Sequence[Score], records: Sequence[RawRecord | None], day: date) -> Counted:
    """Apply a policy to n clients, and count what its rules do.

    Parameters
    ----------
    scores : the model's, one for each client.
    records : the raw applications; None where only the model-ready row is known.
    """
    counted = Counted({rule.code: Touched() for rule in policy.file.rules})
    unlucky = policy.with_draw(lambda _: 1.0)
    for number, (score, record) in enumerate(zip(scores, records, strict=True)):
        result = unlucky.apply(score, record, day, number)
        for one in result.told.rules:
            touched = counted.rules[one.code]
            touched.applies += one.checked
            touched.unchecked += not one.checked
        counted.refused_by_model += score.refused
        counted.refused += result.decision == "REFUSED"
        counted.review += result.decision == "ACCEPTED" and bool(result.review)
        counted.eligible += result.told.propensity is not None
    return counted
