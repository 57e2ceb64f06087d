"""A rule in words, as its condition stands in the file."""

from scoring.policy.conditions import All, Compare, Condition, IsIn, IsMissing, Not, Some, write_value
from scoring.policy.rules import Rule

_EFFECTS = {"refuse": "refuse", "review": "review by a person", "limit": "limit"}
_UNCHECKED = {"refuse": "refuse", "review": "review by a person", "ignore": "nothing"}


def describe_rule(rule: Rule) -> str:
    """Say what a rule does, when, and from which day to which.

    >>> from scoring.policy.rules import Words
    >>> text = Words(fr="Trop", en="Too much")
    >>> condition = Compare.model_validate({"value": ["A", "/", "B"], "is": ">", "to": 8})
    >>> describe_rule(Rule(code="RATIO", effect="refuse", condition=condition, text=text))
    'refuse if A / B > 8; if that is not known: review by a person'
    >>> describe_rule(Rule(code="MOST", effect="limit", limit={"amount": 1234567}, text=text))
    'limit to 1234567 always; if that is not known: review by a person'
    """
    does = _EFFECTS[rule.effect]
    if rule.limit is not None:
        amount = rule.limit.amount
        times = f"{write_value(rule.limit.times)} times {rule.limit.of}"
        does = f"limit to {write_value(amount) if amount is not None else times}"
    when = f" if {describe_condition(rule.condition)}" if rule.condition else " always"
    begins = f"; from {rule.from_}" if rule.from_ else ""
    ends = f"; until {rule.until}" if rule.until else ""
    return f"{does}{when}; if that is not known: {_UNCHECKED[rule.unchecked]}{begins}{ends}"


def describe_condition(condition: Condition) -> str:
    """Write a condition in one line."""
    match condition:
        case All(all=parts) | Some(any=parts):
            joined = (" and " if isinstance(condition, All) else " or ").join(map(describe_condition, parts))
            return f"({joined})" if len(parts) > 1 else joined
        case Not(not_=part):
            return f"not {describe_condition(part)}"
        case IsMissing(missing=name):
            return f"{name} is missing"
        case IsIn(value=name, in_=listed):
            return f"{name} is {' or '.join(write_value(one) for one in listed)}"
        case Compare(value=value, is_=sign, to=other):
            return f"{write_value(value)} {sign} {write_value(other)}"
