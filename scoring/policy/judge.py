"""Whether a changed application would still be accepted after the policy, for actions that are offered to a client."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal

from scoring.model.compile import RawRecord
from scoring.model.decision import AppliedRule, PolicyOutcome
from scoring.model.scorer import Score
from scoring.policy.conditions import SCORES, list_names
from scoring.policy.evaluate import Policy


class Judge:
    """A policy on one day; nobody is accepted at random here, since nobody can be promised that."""

    def __init__(self, policy: Policy, day: date) -> None:
        self._policy, self._day = policy, day
        self._names = {
            rule.code: list_names(rule.condition) if rule.condition else set[str]() for rule in policy.file.rules
        }

    def find_outcome(self, score: Score, record: RawRecord, days: int = 0) -> Literal["accepted", "review", "refused"]:
        """Return what an application leads to after the policy, if it is made so many days later."""
        result = self._policy.apply(score, record, self._day + timedelta(days))
        if result.decision == "REFUSED":
            return "refused"
        return "review" if result.review else "accepted"

    def find_fixed(self, told: PolicyOutcome | None, changeable: Collection[str]) -> AppliedRule | None:
        """Return the rule that refuses whatever changes in the credit asked for; None if there is none.

        Parameters
        ----------
        told : what the policy said about the application as it is.
        changeable : names of the fields of the credit; the score may change with them.
        """
        may_change = {*changeable, *SCORES}
        for one in told.rules if told else ():
            if one.outcome == "refused" and one.effect != "limit" and self._names[one.code].isdisjoint(may_change):
                return one
        return None
