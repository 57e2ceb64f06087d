"""What is wrong with one comparison of a condition: names, units, and values that never occur."""

from collections.abc import Iterator

from scoring.errors import find_similar, list_some, shorten
from scoring.model.schema import NO_CODE, SchemaField
from scoring.policy.checks.cases import list_cases
from scoring.policy.checks.policy_fields import Fields
from scoring.policy.conditions import SCORES, Compare, IsIn, list_operands, write_value


def check_comparison(part: Compare, fields: Fields) -> Iterator[str]:
    """Yield the faults of a comparison of two values."""
    operands = (*list_operands(part.value), *list_operands(part.to))
    names = tuple(one for one in operands if isinstance(one, str))
    found = [*check_names(names, fields), *check_numbers(names, fields)]
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
    if part.value == part.to:
        yield f"{write_value(part.value)} is compared with itself; expected another field or a number"
    else:
        yield from _check_constant(part, fields)


def _check_calculation(value: tuple[float | str, str, float | str], fields: Fields) -> Iterator[str]:
    units = fields.unit(value[0]), fields.unit(value[2])
    if value[1] in "+-" and None not in units and units[0] != units[1]:
        shown = " and ".join(one or "no unit" for one in units)
        yield f"{write_value(value)} adds or subtracts different units ({shown}); expected one unit, or a ratio"
    if value[1] == "/" and value[2] == 0:
        yield f"{write_value(value)} divides by zero; expected another number"


def _check_constant(part: Compare, fields: Fields) -> Iterator[str]:
    """Find a comparison with a number that lies where no value is, such as an age in years, or ``A - A > 5``."""
    term, number = (part.to, part.value) if isinstance(part.value, float) else (part.value, part.to)
    if isinstance(term, float) or not isinstance(number, float):
        return
    domain = fields.domain(term)
    low, high = domain.numbers[0].low, domain.numbers[0].high
    cases = list_cases(part, fields.domain)
    always = bool(cases) and cases[0].sets[term].contains(domain._replace(missing=False))  # type: ignore[index]
    if always or not cases:
        said = "always" if always else "never"
        where = f"is from {low:.15g} to {high:.15g}" if low < high else f"can only be {low:.15g}"
        unit = f" {fields.unit(term)}" if fields.unit(term) else ""
        yield (
            f"{write_value(part.value)} {part.is_} {write_value(part.to)} is {said} true: {write_value(term)} "
            f"{where}{unit}; expected a number in between, in this unit"
        )


def check_list(part: IsIn, fields: Fields) -> Iterator[str]:
    """Yield what is wrong with listed texts or numbers, if the field is known."""
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
            close = find_similar(str(unknown[0]), known)
            hint = f"; did you mean {close!r}?" if close else f"; expected some of {list_some(known, 20)}"
            yield f"{part.value} never was {list_some([repr(one) for one in unknown])} in training{hint}"
    else:
        outside = [one for one in part.in_ if not isinstance(one, str) and not _is_possible(field, one)]
        if outside:
            low, high = field.bounds
            yield (
                f"{part.value} is never {list_some([write_value(one) for one in outside])}; expected values from "
                f"{low:.15g} to {high:.15g}{' that are whole numbers' if field.type == 'integer' else ''}"
            )


def _is_possible(field: SchemaField, number: float) -> bool:
    return number not in field.missing and field.accepts(number)


def check_names(names: tuple[str, ...], fields: Fields) -> Iterator[str]:
    """Yield which names are no fields on which a decision may depend."""
    for name in dict.fromkeys(names):
        if name in fields.scores:
            continue
        field = fields.known.get(name)
        if name in SCORES:
            yield f"{name}: the model has no calibration; expected probability"
        elif field is None:
            close = find_similar(name, [*fields.known, *fields.scores])
            hint = f"; did you mean {close}?" if close else "; expected a field of a raw application"
            yield f"{shorten(name)} is not a field{hint}"
        elif field.tier == "protected":
            yield f"{name} is protected: nobody may be decided on by it; expected another field"


def check_numbers(names: tuple[str, ...], fields: Fields) -> Iterator[str]:
    """Yield which fields have texts instead of numbers."""
    for name in dict.fromkeys(names):
        field = fields.known.get(name)
        if field is not None and field.type == "category":
            yield f'{name} has texts, and is used as a number; expected "value": "{name}" with "in": [...]'
