"""What a policy says about an application, beside the model's score."""

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple

from scoring.model.compile import RawRecord
from scoring.model.decision import AppliedRule, PolicyOutcome
from scoring.model.schema import ClientId, InputSchema, Text
from scoring.model.scorer import Score
from scoring.policy.compiled import Check, Markers, Reader, compile_condition, constant, list_markers, read_value
from scoring.policy.rules import PolicyFile, Rule

_OUTCOMES: Mapping[str, Literal["refused", "review"] | None] = {
    "refuse": "refused", "review": "review", "limit": None, "ignore": None
}  # fmt: skip
Draw = Callable[[ClientId], float]


class PolicyResult(NamedTuple):
    """A decision after the policy.

    Attributes
    ----------
    decision : ``REFUSED`` if a rule refuses; the model's otherwise, unless the client was accepted at random.
    review : the model's mark, or true if a rule asks for a review.
    told : what the answer says about the policy.
    """

    decision: Literal["ACCEPTED", "REFUSED"]
    review: bool | None
    told: PolicyOutcome


class _Compiled(NamedTuple):
    """A rule, ready to be checked; ``limit`` is the function that computes the largest amount that is granted.

    What is told is made once: ``applies`` where the rule applies (without its limit), ``unchecked`` where that is not
    known.
    """

    rule: Rule
    check: Check
    limit: Reader | None
    applies: AppliedRule
    unchecked: AppliedRule


class Policy:
    """A policy, ready to be applied to applications of one schema.

    Parameters
    ----------
    file : the rules, without faults (``validation.refuse_faults``).
    schema : of the applications; None where only scores are known.

    Attributes
    ----------
    version : of the rules.
    fields : names of the fields of an application that may be read.
    """

    def __init__(self, file: PolicyFile, schema: InputSchema | None) -> None:
        self.file, self.version = file, file.version()
        self._draw: Draw | None = None  # no client is accepted at random
        markers = list_markers(schema)
        credit = schema.find_by_role("credit") if schema else None
        self._amount: Reader = read_value(credit.name, markers) if credit else constant(None)
        self._rules = tuple(_compile(rule, markers) for rule in file.rules)
        self._dated = file.is_dated()
        self.reads_application = file.reads_application()
        self.fields = file.list_fields() | ({credit.name} if credit else set())

    def with_draw(self, draw: Draw) -> "Policy":
        """Return the same policy that accepts at random.

        Parameters
        ----------
        draw : function that gives each client number the same number (0-1) every time, uniformly.
        """
        other = copy.copy(self)
        other._draw = draw
        return other

    def apply(
        self, score: Score, application: RawRecord | None, day: date, client_id: ClientId | None = None
    ) -> PolicyResult:
        """Apply the policy to one application; see ``apply``."""
        return apply(self, score, application, day, client_id)

    def check(
        self, score: Score, application: RawRecord | None, day: date
    ) -> tuple[tuple[AppliedRule, ...], float | None]:
        """Return the rules that apply or could not be checked, up to the first that refuses, and the lowest limit."""
        told: list[AppliedRule] = []
        lowest: float | None = None
        for one in self._rules:
            if self._dated and not one.rule.is_valid_on(day):
                continue
            found = one.check(application, score)
            if found is False:
                continue
            applied = self._tell(one, found, application, score)
            told.append(applied)
            if applied.limit is not None and (lowest is None or applied.limit < lowest):
                lowest = applied.limit
            if applied.outcome == "refused" and one.rule.effect != "limit":
                break
        return tuple(told), lowest

    def _tell(self, one: _Compiled, found: bool | None, application: RawRecord | None, score: Score) -> AppliedRule:
        if found is None:
            return one.unchecked
        if one.limit is None:
            return one.applies
        limit, asked = one.limit(application, score), self._amount(application, score)
        if limit is None or asked is None:
            return one.unchecked.model_copy(update={"limit": limit})
        return one.applies.model_copy(update={"limit": limit, "outcome": "refused" if asked > limit else None})

    def explore(
        self, score: Score, application: RawRecord | None, rules: Sequence[AppliedRule], client_id: ClientId | None
    ) -> tuple[float | None, bool]:
        """Return the probability with which a client like this one is accepted at random, and whether this one is.

        Only clients with a number whom the model alone refuses: nobody whom a rule refuses or could not judge.
        """
        settings = self.file.exploration
        if settings is None or self._draw is None or client_id is None or not score.refused:
            return None, False
        if any(not one.checked or one.outcome == "refused" for one in rules):
            return None, False
        amount = self._amount(application, score)
        risk = score.probability if score.calibrated_probability is None else score.calibrated_probability
        if amount is None or amount > settings.most_amount or risk > settings.most_probability:
            return None, False
        return settings.share, self._draw(client_id) < settings.share


def apply(
    policy: Policy, score: Score, application: RawRecord | None, day: date, client_id: ClientId | None = None
) -> PolicyResult:
    """Apply a policy to one application.

    Parameters
    ----------
    score : the model's.
    application : the raw application; None where only the model-ready row is known. A rule that needs a value that is
        missing is told as not checked, and does what its ``unchecked`` says.
    day : of the decision, UTC.
    client_id : for acceptance at random; a client without a number is never accepted at random.

    >>> from scoring.policy.rules import read_policy
    >>> text = b'''{"format_version": 1, "rules": [{"code": "SMALL_SCORE", "effect": "refuse", "text": {"fr": "Risque",
    ... "en": "Risk"}, "condition": {"value": "probability", "is": ">", "to": 0.3}}]}'''
    >>> policy = Policy(read_policy(text, "policy.json"), None)
    >>> apply(policy, Score(0.4, False, None, None), None, date(2026, 11, 27)).decision
    'REFUSED'
    """
    rules, limit = policy.check(score, application, day)
    propensity, explored = policy.explore(score, application, rules, client_id)
    refused = any(one.outcome == "refused" for one in rules) or (score.refused and not explored)
    told = PolicyOutcome(
        version=policy.version, day=day, rules=rules, limit=limit, exploration=explored, propensity=propensity
    )
    review = True if any(one.outcome == "review" for one in rules) else score.review
    return PolicyResult("REFUSED" if refused else "ACCEPTED", review, told)


def _compile(rule: Rule, markers: Markers) -> _Compiled:
    text = Text(en=rule.text.en, fr=rule.text.fr)

    def tell(outcome: Literal["refused", "review"] | None, *, checked: bool) -> AppliedRule:
        return AppliedRule(code=rule.code, effect=rule.effect, checked=checked, outcome=outcome, limit=None, text=text)

    applies = tell(_OUTCOMES[rule.effect], checked=True)
    unchecked = tell(_OUTCOMES[rule.unchecked], checked=False)
    return _Compiled(rule, compile_condition(rule.condition, markers), _read_limit(rule, markers), applies, unchecked)


def _read_limit(rule: Rule, markers: Markers) -> Reader | None:
    if rule.effect != "limit" or rule.limit is None:
        return None
    if rule.limit.amount is not None:
        return constant(rule.limit.amount)
    if rule.limit.times is None or rule.limit.of is None:  # refused before
        return None
    return read_value((rule.limit.times, "*", rule.limit.of), markers)
