"""A condition as a list of cases: in each, every field or ratio has to be in a set of values.

The condition is true in at least one of its cases, and in no other. What cannot be described in this way (a
comparison of a field with another one) is left out of a case, and the case is marked as not exact.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from scoring.policy.checks.value_sets import Values, all_but, between, exactly
from scoring.policy.conditions import (
    All,
    Compare,
    Condition,
    IsIn,
    IsMissing,
    Not,
    Sign,
    Some,
    Value,
    list_operands,
)

_MOST_CASES = 200
_OPPOSITE: Mapping[Sign, Sign] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_MIRRORED: Mapping[Sign, Sign] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
Term = Value  # a field, a score or a calculation of two of them
Domain = Callable[[Term], Values]


class Case(NamedTuple):
    """One way in which a condition is true.

    Attributes
    ----------
    sets : the values that each field or ratio may have; any value for those that are not named.
    exact : the condition is true for all these values; if not, it may be false for some.
    """

    sets: Mapping[Term, Values]
    exact: bool = True

    def is_possible(self) -> bool:
        """Whether each field has a possible value."""
        return not any(values.is_empty() for values in self.sets.values())

    def is_within(self, other: "Case", domain: Domain) -> bool:
        """Whether whatever is in this case is in another one too."""
        if not other.exact:
            return False
        return all(values.contains(self.sets.get(term) or domain(term)) for term, values in other.sets.items())


def list_cases(condition: Condition | None, domain: Domain) -> list[Case] | None:
    """List the cases in which a condition is true; impossible ones are left out.

    Parameters
    ----------
    condition : None is always true.
    domain : function that takes a field or a ratio, and returns the values that it may have at all.

    Returns
    -------
    None if there are too many cases.
    """
    if condition is None:
        return [Case({})]
    return _expand(condition, True, domain)


def _expand(condition: Condition, wanted: bool, domain: Domain) -> list[Case] | None:
    """List the cases in which a condition is true, or in which it is false."""
    match condition:
        case Not(not_=part):
            return _expand(part, not wanted, domain)
        case All(all=parts) | Some(any=parts):
            found = [_expand(part, wanted, domain) for part in parts]
            if isinstance(condition, All) is wanted:
                return _combine(found)
            known = [one for one in found if one is not None]
            together = [case for cases in known for case in cases]
            return together if len(known) == len(found) and len(together) <= _MOST_CASES else None
        case _:
            return [case for case in [_make_case(condition, wanted, domain)] if case.is_possible()]


def _combine(found: list[list[Case] | None]) -> list[Case] | None:
    combined: list[Case] = [Case({})]
    for cases in found:
        if cases is None:  # any of many: what the others say still holds
            combined = [one._replace(exact=False) for one in combined]
            continue
        pairs = (_meet(one, two) for one in combined for two in cases)
        combined = [one for one in pairs if one.is_possible()]
        if len(combined) > _MOST_CASES:
            return None
    return combined


def _meet(one: Case, two: Case) -> Case:
    sets = dict(one.sets)
    for term, values in two.sets.items():
        sets[term] = sets[term].meet(values) if term in sets else values
    return Case(sets, one.exact and two.exact)


def _make_case(part: Compare | IsIn | IsMissing, wanted: bool, domain: Domain) -> Case:
    match part:
        case IsMissing(missing=name):
            whole = domain(name)
            nothing = Values(texts=None if whole.texts is None else frozenset(), missing=whole.missing)
            return Case({name: nothing if wanted else whole._replace(missing=False)})
        case IsIn(value=name, in_=listed):
            return Case({name: domain(name).meet(_listed(listed, wanted))})
        case Compare():
            return _make_comparison(part, wanted, domain)


def _listed(listed: tuple[float | str, ...], wanted: bool) -> Values:
    texts = frozenset(one for one in listed if isinstance(one, str))
    if texts:
        return Values(texts=texts, others=not wanted)
    numbers = [one for one in listed if not isinstance(one, str)]
    return exactly(numbers) if wanted else all_but(numbers)


def _make_comparison(part: Compare, wanted: bool, domain: Domain) -> Case:
    sign = part.is_ if wanted else _OPPOSITE[part.is_]
    term, number = part.value, part.to
    if isinstance(term, float):
        term, number, sign = part.to, part.value, _MIRRORED[sign]
    # A comparison is true only if no value is missing.
    known: dict[Term, Values] = {
        name: domain(name)._replace(missing=False)
        for value in (part.value, part.to)
        for name in list_operands(value)
        if isinstance(name, str)
    }
    if not isinstance(number, float) or isinstance(term, float):
        return Case(known, exact=False)
    values = domain(term)._replace(missing=False).meet(_compared(sign, number))
    return Case({**known, term: values})


def _compared(sign: Sign, number: float) -> Values:
    match sign:
        case "<" | "<=":
            return between(None, number, high_open=sign == "<")
        case ">" | ">=":
            return between(number, None, low_open=sign == ">")
        case "=":
            return exactly([number])
        case _:
            return all_but([number])
