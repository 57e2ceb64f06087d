"""Whether a policy fits a model's applications: its fields, units and values, and rules that could never matter."""

import difflib
from collections import Counter
from collections.abc import Iterator

from scoring.errors import PolicyError, list_some, shorten
from scoring.model.schema import NO_CODE, InputSchema, SchemaField
from scoring.policy.cases import Case, Term, list_cases
from scoring.policy.conditions import SCORES, Compare, IsIn, IsMissing, Value, list_operands, list_parts
from scoring.policy.rules import REMEDY, PolicyFile, Rule
from scoring.policy.value_sets import EVERY, Values, between

NO_UNIT = ""
_SHARE = between(0, 1)


class Fields:
    """The fields that conditions may name.

    Parameters
    ----------
    schema : of the applications; None for a model without a manifest, of which only the probability is known.
    calibrated : the model has calibrated probabilities.
    """

    def __init__(self, schema: InputSchema | None, *, calibrated: bool = True) -> None:
        self.schema = schema
        self.known = {field.name: field for field in schema.fields} if schema else {}
        self.scores = SCORES if calibrated else SCORES[:1]

    def domain(self, term: Term) -> Values:
        """Return the values that a field, a score or a calculation may have."""
        if term in SCORES:
            return _SHARE
        field = self.known.get(term) if isinstance(term, str) else None
        if field is None:
            return Values((EVERY,), missing=True)
        missing = not field.required or bool(field.missing)
        if field.type == "category":
            return Values(texts=frozenset(), others=True, missing=missing)
        low, high = field.bounds
        numbers = Values(between(low, high, low_open=field.exclusive and field.minimum is not None).numbers)
        return numbers._replace(missing=missing, whole=field.type == "integer")

    def unit(self, value: Value) -> str | None:
        """Return the unit of a value; None for a plain number, which fits any unit."""
        if isinstance(value, float):
            return None
        if isinstance(value, str):
            field = self.known.get(value)
            return NO_UNIT if field is None else field.unit or NO_UNIT
        first, sign, second = (self.unit(value[0]), value[1], self.unit(value[2]))
        if sign in "+-" or second is None:
            return second if first is None else first
        if sign == "/":
            return NO_UNIT if first == second else f"{first or '1'}/{second}"
        return second if first is None else f"{first}*{second}"


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
                yield from _check_comparison(part, fields)
            case IsIn():
                yield from _check_names((part.value,), fields)
                yield from _check_list(part, fields)
            case IsMissing(missing=name):
                yield from _check_names((name,), fields)
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
        found = [*_check_names((limit.of,), fields), *_check_numbers((limit.of,), fields)]
        yield from found
        if not found and credit and fields.unit(limit.of) != (credit.unit or NO_UNIT):
            unit = fields.unit(limit.of) or "no unit"
            yield f'the limit is so many times {limit.of} ({unit}); expected a field of the unit "{credit.unit}"'


def _check_comparison(part: Compare, fields: Fields) -> Iterator[str]:
    operands = (*list_operands(part.value), *list_operands(part.to))
    names = tuple(one for one in operands if isinstance(one, str))
    found = [*_check_names(names, fields), *_check_numbers(names, fields)]
    if not names:
        found.append(
            f"{write_value(part.value)} {part.is_} {write_value(part.to)} compares two numbers; expected a field"
        )
    yield from found
    if found:
        return
    for value in (part.value, part.to):
        if isinstance(value, tuple):
            yield from _check_calculation(value, fields)
    units = fields.unit(part.value), fields.unit(part.to)
    if None not in units and units[0] != units[1]:
        shown = " and ".join(one or "no unit" for one in units)
        compared = f"{write_value(part.value)} {part.is_} {write_value(part.to)}"
        yield f"{compared} compares different units ({shown}); expected one unit"
    yield from _check_constant(part, fields)


def _check_calculation(value: tuple[float | str, str, float | str], fields: Fields) -> Iterator[str]:
    units = fields.unit(value[0]), fields.unit(value[2])
    if value[1] in "+-" and None not in units and units[0] != units[1]:
        shown = " and ".join(one or "no unit" for one in units)
        yield f"{write_value(value)} adds or subtracts different units ({shown}); expected one unit, or a ratio"
    if value[1] == "/" and value[2] == 0:
        yield f"{write_value(value)} divides by zero; expected another number"


def _check_constant(part: Compare, fields: Fields) -> Iterator[str]:
    """Find a comparison with a number that lies where no value of the field does, such as an age in years."""
    name, number = (part.value, part.to) if isinstance(part.value, str) else (part.to, part.value)
    if not isinstance(name, str) or not isinstance(number, float):
        return
    domain = fields.domain(name)
    low, high = domain.numbers[0].low, domain.numbers[0].high
    cases = list_cases(part, fields.domain)
    always = bool(cases) and cases[0].sets[name].contains(domain._replace(missing=False))  # type: ignore[index]
    if always or not cases:
        said = "always" if always else "never"
        unit = f" {fields.unit(name)}" if fields.unit(name) else ""
        yield (
            f"{write_value(part.value)} {part.is_} {write_value(part.to)} is {said} true: {name} is from {low:g} to "
            f"{high:g}{unit}; expected a number in between, in this unit"
        )


def _check_list(part: IsIn, fields: Fields) -> Iterator[str]:
    field = fields.known.get(part.value)
    if field is None:
        if part.value in SCORES:
            yield f'{part.value} is a number without listed values; expected "value", "is" and "to"'
        return
    is_text = field.type == "category"
    wrong = [one for one in part.in_ if isinstance(one, str) is not is_text]
    if wrong:
        kind = "texts" if is_text else "numbers"
        yield f"{part.value} has {kind}, and is compared with {write_value(wrong[0])}; expected {kind}"
        return
    if is_text:
        known = (*(field.categories or ()), *((NO_CODE,) if field.codes_of else ()))
        unknown = [one for one in part.in_ if one not in known]
        if unknown and known:
            close = difflib.get_close_matches(str(unknown[0]), known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; expected some of {list_some(known, 20)}"
            yield f"{part.value} never was {list_some([repr(one) for one in unknown])} in training{hint}"
    else:
        outside = [one for one in part.in_ if not isinstance(one, str) and not _is_possible(field, one)]
        if outside:
            low, high = field.bounds
            yield (
                f"{part.value} is never {list_some([write_value(one) for one in outside])}; expected values from "
                f"{low:g} to {high:g}{' that are whole numbers' if field.type == 'integer' else ''}"
            )


def _is_possible(field: SchemaField, number: float) -> bool:
    return number not in field.missing and field.accepts(number)


def _check_names(names: tuple[str, ...], fields: Fields) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if name in fields.scores:
            continue
        field = fields.known.get(name)
        if name in SCORES:
            yield f"{name}: the model has no calibration; expected probability"
        elif field is None:
            close = difflib.get_close_matches(name, [*fields.known, *fields.scores], n=1)
            hint = f"; did you mean {close[0]}?" if close else "; expected a field of a raw application"
            yield f"{shorten(name)} is not a field{hint}"
        elif field.tier == "protected":
            yield f"{name} is protected: nobody may be decided on by it; expected another field"


def _check_numbers(names: tuple[str, ...], fields: Fields) -> Iterator[str]:
    for name in dict.fromkeys(names):
        field = fields.known.get(name)
        if field is not None and field.type == "category":
            yield f'{name} has texts, and is used as a number; expected "value": "{name}" with "in": [...]'


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


def write_value(value: object) -> str:
    """Write a value as it stands in the file, without its quotes.

    >>> write_value(("AMT_CREDIT", "/", 12.0)), write_value(0.5)
    ('AMT_CREDIT / 12', '0.5')
    """
    if isinstance(value, tuple):
        return " ".join(write_value(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
