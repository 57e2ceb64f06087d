"""Small policies for tests, and a plain reading of what a policy means."""

import json
import math
from datetime import date

from scoring.policy.checks.policy_fields import Fields
from scoring.policy.checks.validation import refuse_faults
from scoring.policy.evaluate import Policy
from scoring.policy.rules import PolicyFile, read_policy

TEXT = {"fr": "Le crédit est trop élevé.", "en": "The credit is too high."}
RATIO = {"value": ["AMT_CREDIT", "/", "AMT_INCOME_TOTAL"], "is": ">", "to": 8}


def rule(code="TOO_MUCH", condition=RATIO, effect="refuse", **others):
    given = {"code": code, "effect": effect, "condition": condition, "text": TEXT, **others}
    return {key: value for key, value in given.items() if value is not None}


def content(*rules, **others):
    return json.dumps({"format_version": 1, "rules": list(rules), **others}).encode()


def read(*rules, **others) -> PolicyFile:
    return read_policy(content(*rules, **others), "policy.json")


def check(schema, *rules, **others):
    refuse_faults(read(*rules, **others), Fields(schema), "policy.json")


def make(schema, *rules, draw=None, **others) -> Policy:
    policy = Policy(read(*rules, **others), schema)
    return policy.with_draw(draw) if draw else policy


# A plain reading: the file as JSON, rule by rule, with nothing made in advance.


def holds(condition, record, score):
    """True, false or None for a condition as it stands in the file."""
    if "all" in condition:
        parts = [holds(one, record, score) for one in condition["all"]]
        return False if False in parts else None if None in parts else True
    if "any" in condition:
        parts = [holds(one, record, score) for one in condition["any"]]
        return True if True in parts else None if None in parts else False
    if "not" in condition:
        part = holds(condition["not"], record, score)
        return None if part is None else not part
    if "missing" in condition:
        return None if record is None else value_of(condition["missing"], record, score) is None
    first = value_of(condition["value"], record, score)
    if "in" in condition:
        return None if first is None else first in condition["in"]
    second = value_of(condition["to"], record, score)
    if first is None or second is None:
        return None
    return {
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
        "=": first == second,
        "!=": first != second,
    }[condition["is"]]


def value_of(value, record, score):
    if isinstance(value, list):
        one, sign, two = value_of(value[0], record, score), value[1], value_of(value[2], record, score)
        if one is None or two is None or (sign == "/" and two == 0):
            return None
        result = {"*": one * two, "+": one + two, "-": one - two, "/": one / two if two else None}[sign]
        return result if math.isfinite(result) else None
    if not isinstance(value, str):
        return value
    if value in {"probability", "calibrated_probability"}:
        return getattr(score, value)
    found = None if record is None else record.get(value)
    if found == 365243 and value == "DAYS_EMPLOYED":
        return None
    return None if isinstance(found, float) and not math.isfinite(found) else found


def judge(policy, record, score, day):
    """Codes with what they did, and the decision, for rules that have no limits."""
    told, refused, review = [], score.refused, score.review
    for one in policy["rules"]:
        begins, ends = one.get("from"), one.get("until")
        if (begins and day < date.fromisoformat(begins)) or (ends and day > date.fromisoformat(ends)):
            continue
        found = holds(one["condition"], record, score) if "condition" in one else True
        if found is False:
            continue
        effect = one["effect"] if found else one.get("unchecked", "review")
        told.append((one["code"], found is True, effect))
        refused = refused or effect == "refuse"
        review = True if effect == "review" else review
        if effect == "refuse":
            break
    return told, "REFUSED" if refused else "ACCEPTED", review
