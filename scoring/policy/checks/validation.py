"""Whether a policy fits a model's applications: its fields, units and values, and rules that could never matter."""

from collections import Counter
from collections.abc import Iterator

from scoring.errors import PolicyError
from scoring.policy.checks.cases import Case, list_cases
from scoring.policy.checks.comparisons import check_comparison, check_list, check_names, check_numbers
from scoring.policy.checks.policy_fields import NO_UNIT, Fields
from scoring.policy.conditions import SCORES, Compare, IsIn, IsMissing, list_parts
from scoring.policy.rules import REMEDY, PolicyFile, Rule


def refuse_faults(policy: PolicyFile, fields: Fields, name: str) -> None:
    """Compare a policy with the fields of applications.

    Parameters
    ----------
    name : of the file, for messages.

    Raises
    ------
    PolicyError
        With all faults: codes that stand twice, unknown and protected fields, texts compared with numbers, units that
        differ, unknown categories, numbers that no value reaches, conditions that are never true, rules after which
        nothing is left to decide, dates in the wrong order, limits without an amount.
    """
    faults = [*_list_faults(policy, fields)]
    if faults:
        raise PolicyError.listing(name, faults, REMEDY)


def _list_faults(policy: PolicyFile, fields: Fields) -> Iterator[str]:
    for code, count in Counter(rule.code for rule in policy.rules).items():
        if count > 1:
            yield f"rule {code}: {count} rules have this code, expected one"
    cases: dict[int, list[Case] | None] = {}
    for place, rule in enumerate(policy.rules):
        faults = [*_check_rule(rule, fields)]
        if not faults:
            cases[place] = list_cases(rule.condition, fields.domain)
            faults = [*_check_reach(policy.rules, place, cases, fields)]
        yield from (f"rule {rule.code}: {fault}" for fault in faults)
    if policy.exploration and (fields.schema is None or fields.schema.find_by_role("credit") is None):
        yield "exploration: the fields of this model have no amount of credit, which most_amount limits; leave it out"


def _check_rule(rule: Rule, fields: Fields) -> Iterator[str]:
    if rule.from_ and rule.until and rule.from_ > rule.until:
        yield f"from {rule.from_} is after until {rule.until}; expected the first day before the last one"
    yield from _check_limit(rule, fields)
    for part in list_parts(rule.condition) if rule.condition else ():
        match part:
            case Compare():
                yield from check_comparison(part, fields)
            case IsIn():
                yield from check_names((part.value,), fields)
                yield from check_list(part, fields)
            case IsMissing(missing=name):
                yield from check_names((name,), fields)
                field = fields.known.get(name)
                if name in SCORES or (field and not fields.domain(name).missing):
                    yield f'"missing": "{name}" is never true, because every application has a value; leave it out'


def _check_limit(rule: Rule, fields: Fields) -> Iterator[str]:
    limit = rule.limit
    if rule.effect != "limit":
        if limit is not None:
            yield f'the effect is {rule.effect}, which has no limit; leave "limit" out, or write the effect limit'
        return
    if limit is None or (limit.amount is None) == (limit.times is None and limit.of is None):
        yield 'the effect limit needs its number: expected "limit": {"amount": 20000}, or {"times": 6, "of": "FIELD"}'
    elif limit.amount is None and (limit.times is None or limit.of is None):
        yield f'the limit has no "{"times" if limit.times is None else "of"}"; expected both "times" and "of"'
    credit = fields.schema.find_by_role("credit") if fields.schema else None
    if credit is None:
        yield "the fields of this model have no amount of credit; expected another effect than limit"
    if limit and limit.of:
        found = [*check_names((limit.of,), fields), *check_numbers((limit.of,), fields)]
        yield from found
        if not found and credit and fields.unit(limit.of) != (credit.unit or NO_UNIT):
            unit = fields.unit(limit.of) or "no unit"
            yield f'the limit is so many times {limit.of} ({unit}); expected a field of the unit "{credit.unit}"'


def _check_reach(
    rules: tuple[Rule, ...], place: int, cases: dict[int, list[Case] | None], fields: Fields
) -> Iterator[str]:
    own, rule = cases[place], rules[place]
    if own is None:
        return
    if not own:
        yield "the condition is never true, because its parts exclude each other; correct it, or leave the rule out"
        return
    for earlier, others in cases.items():
        former = rules[earlier]
        if earlier == place or others is None or former.effect != "refuse" or not _covers_days(former, rule):
            continue
        if all(any(case.is_within(other, fields.domain) for other in others) for case in own):
            yield (
                f"never reached, because the earlier rule {former.code} refuses every such application already; put it "
                "before that rule, or leave it out"
            )
            return


def _covers_days(former: Rule, rule: Rule) -> bool:
    """Whether an earlier rule applies on every day on which a later one does."""
    begins = former.from_ is None or (rule.from_ is not None and former.from_ <= rule.from_)
    ends = former.until is None or (rule.until is not None and rule.until <= former.until)
    return begins and ends
