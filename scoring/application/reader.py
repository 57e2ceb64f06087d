"""What a new application is: read by the input schema, all its faults named at once, what is unusual said."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, NotRequired

from annotated_types import Ge, Le
from pydantic import Field, ValidationError

from scoring.application.fields import (
    Twice,
    accepted,
    accepted_id,
    as_text,
    echo,
    exactly,
    expected,
    expected_id,
    ignored,
    outside,
    within,
)
from scoring.errors import InvalidApplication
from scoring.model.schema import ClientId, InputSchema, SchemaField
from scoring.readable.terms import Range, term_of
from scoring.readable.wording import Said, shown

HISTORY = "history"  # reserved for raw bureau and other records
_HINTS = 5  # unknown fields of one application that a similar name is looked for
MOST_FAULTS = 1000  # listed in one answer
_NOTHING = Annotated[int, Ge(1), Le(0)]  # a type that no value has
_LONGEST = 100  # characters of an unknown field's name that an answer repeats


class Application(NamedTuple):
    """A new application, read.

    Attributes
    ----------
    record : the given fields; numbers, texts, None where missing. Values that stand for "missing" are left as
        they are where they are texts; the plan reads them as missing.
    client_id : none where the application names no client.
    warnings : what was unusual.
    """

    record: dict[str, float | str | None]
    client_id: ClientId | None
    warnings: tuple[str, ...]


class ApplicationReader:
    """Reads applications of one schema.

    Parameters
    ----------
    schema : fields, identity and target of a raw application.

    Attributes
    ----------
    adapter : the Pydantic type of an application.
    """

    def __init__(self, schema: InputSchema) -> None:
        self.schema = schema
        self.adapter = exactly(_types(schema, accepted) | {schema.target: NotRequired[ignored()]})
        # Most applications hold nothing to tell of: this type alone sees that, in one pass outside of Python.
        self._unremarkable = exactly(_types(schema, _unremarkable), extra="ignore").validator
        self._fields = {field.name: field for field in schema.fields}
        self._stand_ins = [
            (f.name, frozenset(outside(f))) for f in schema.fields if f.type != "category" and outside(f)
        ]
        self._seen = [(field.name, _seen(field)) for field in schema.fields if field.type == "category"]
        self._usual = [(field.name, *bounds) for field in schema.fields if (bounds := far_from_usual(field))]
        self._needs_content = not any(field.required for field in schema.fields)

    def parse(self, given: Mapping[str, Any]) -> Application:
        """Read one application, as parsed from JSON.

        Raises
        ------
        InvalidApplication
            Naming every fault: unknown fields, wrong types, values out of range, missing required fields.
        """
        try:
            read: dict[str, Any] = self._unremarkable.validate_python(given)
        except ValidationError:
            return self._parse_closely(given)
        if len(read) != len(given):  # some are unknown
            return self._parse_closely(given)
        for name, stand_ins in self._stand_ins:
            if read.get(name) in stand_ins:
                read[name] = None
        return self._application(read, [])

    def _parse_closely(self, given: Mapping[str, Any]) -> Application:
        """Read an application that has faults, or something to warn of."""
        plain = self._without_stand_ins(given)
        if len(plain) > len(self._fields) + 2:  # some are unknown; there may be a million of them
            raise self._invalid(given, plain)
        try:
            read: dict[str, Any] = self.adapter.validate_python(plain)
        except ValidationError:
            raise self._invalid(given, plain) from None
        warnings: list[str] = [_ignored(self.schema.target)] if read.pop(self.schema.target, None) is not None else []
        self._read_categories(read, warnings)
        self._check_usual(read, warnings)
        return self._application(read, warnings)

    def _application(self, read: dict[str, Any], warnings: Sequence[str]) -> Application:
        client_id = read.pop(self.schema.identity.name, None)
        if self._needs_content and all(value is None for value in read.values()):
            fault = {"field": "(all)", "received": None, "expected": "at least one field that is not null"}
            raise InvalidApplication("Nothing to score: no field has a value.", fault)
        return Application(read, client_id, tuple(warnings))

    def _without_stand_ins(self, given: Mapping[str, Any]) -> dict[str, Any]:
        plain = dict(given)
        for name, stand_ins in self._stand_ins:
            value = plain.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool) and value in stand_ins:
                plain[name] = None
        return plain

    def _read_categories(self, read: dict[str, Any], warnings: list[str]) -> None:
        for name, seen in self._seen:
            value = read.get(name)
            if value is None:
                continue
            if not isinstance(value, str):
                value = read[name] = as_text(value)
            if seen is not None and value not in seen:
                warnings.append(_unseen(self._fields[name], value))

    def _check_usual(self, read: Mapping[str, Any], warnings: list[str]) -> None:
        known = read.get
        far = [
            name for name, low, high in self._usual if (value := known(name)) is not None and not low <= value <= high
        ]
        warnings += [_unusual(self._fields[name], read[name]) for name in far]

    def _invalid(self, given: Mapping[str, Any], plain: Mapping[str, Any]) -> InvalidApplication:
        """List all faults, in the order of the schema, unknown fields last."""
        known = {*self._fields, self.schema.identity.name, self.schema.target}
        unknown = [name for name in given if name not in known]
        faults = []
        try:
            self.adapter.validate_python({name: value for name, value in plain.items() if name in known})
        except ValidationError as error:
            faulty = dict.fromkeys(str(fault["loc"][0]) for fault in error.errors(include_url=False))
            faults = [self._fault(name, given) for name in faulty]
        count = len(faults) + len(unknown)
        faults += [self._unknown(name, given[name], i < _HINTS) for i, name in enumerate(unknown[:MOST_FAULTS])]
        return invalid(faults, count)

    def _fault(self, name: str, given: Mapping[str, Any]) -> dict[str, object]:
        field = self._fields.get(name)
        wanted = expected(field) if field else expected_id(self.schema.identity)
        if isinstance(given.get(name), Twice):  # of the target, nothing else is a fault
            wanted = "the key once"
        return {"field": name, "received": echo(given.get(name)), "expected": wanted}

    def _unknown(self, name: str, value: object, hinted: bool) -> dict[str, object]:
        short = name[:_LONGEST]
        if name == HISTORY:
            wanted = "no such key: it is reserved, and not supported yet"
        else:
            close = difflib.get_close_matches(short, self._fields, n=1) if hinted else []
            wanted = f"a field of this model; did you mean {close[0]}?" if close else "a field of this model"
        return {"field": short, "received": echo(value), "expected": wanted}


def application_parser(schema: InputSchema) -> Callable[[Mapping[str, Any]], Application]:
    """Make the function that reads one application: ``parse_application(mapping) -> Application``."""
    return ApplicationReader(schema).parse


def invalid(faults: Sequence[Mapping[str, object]], count: int | None = None) -> InvalidApplication:
    """Make the error that lists faults; of very many, the first thousand.

    >>> str(invalid([{"field": "age", "received": -1, "expected": "a number of at least 0"}]))
    '1 fault: nothing was scored. errors lists it.'
    """
    count = count or len(faults)
    listed = "it" if count == 1 else "each" if count <= MOST_FAULTS else f"the first {MOST_FAULTS}"
    message = f"{count} fault{'s' if count != 1 else ''}: nothing was scored. errors lists {listed}."
    return InvalidApplication(message, *faults[:MOST_FAULTS])


def far_from_usual(field: SchemaField) -> tuple[float, float] | None:
    """Bounds outside which a value lies far from what training saw; None where any value is as usual.

    As far again as the usual values reach, on either side.

    >>> from scoring.model.schema import Text
    >>> label = Text(en="Income", fr="Revenu")
    >>> far_from_usual(SchemaField(name="income", type="number", usual=(20.0, 90.0), label=label))
    (-50.0, 160.0)
    """
    bounded = field.minimum is not None and field.maximum is not None
    if field.usual is None or field.type == "category" or bounded:
        return None
    low, high = field.usual
    width = (high - low) or 1.0
    return low - width, high + width


def _ignored(target: str) -> Said:
    return Said(
        f"{target}: ignored; it is what the model predicts",
        en=f"{target}: ignored, since it is what the model predicts.",
        fr=f"{target} : ignoré, puisque c'est ce que le modèle prédit.",
    )


def _unseen(field: SchemaField, value: str) -> Said:
    told = echo(value)
    return Said(
        f"{field.name}: {told!r} is not among the categories of training; read as unknown",
        en=f"{field.label.en}: “{told}” was never seen in training and is read as not known.",
        fr=f"{field.label.fr} : « {told} » n'a jamais été vu à l'entraînement ; traité comme non renseigné.",
    )


def _unusual(field: SchemaField, value: float) -> Said:
    low, high = field.usual or (0.0, 0.0)
    term = term_of(field)
    own, mostly = shown(term, value), shown(term, Range(low, high))
    return Said(
        f"{field.name}: {value:g} lies far outside what training saw (mostly {low:g} to {high:g})",
        en=f"{field.label.en}: {own.en} lies far outside what training saw (mostly {mostly.en}).",
        fr=f"{field.label.fr} : {own.fr} est très éloigné de ce que l'entraînement a vu (le plus souvent {mostly.fr}).",
    )


def _seen(field: SchemaField) -> frozenset[str] | None:
    """Texts of a category that training saw, and those that stand for "missing"; none where any text is as good."""
    return None if field.categories is None else frozenset([*field.categories, *map(str, field.missing)])


def _unremarkable(field: SchemaField) -> Any:
    """Type of a value that is right and calls for no warning; also of numbers that stand for "missing"."""
    if field.type == "category":
        seen = _seen(field)
        taken: Any = str if seen is None else Literal[*sorted(seen)] if seen else _NOTHING
    else:
        taken = within(field, *(far_from_usual(field) or (-math.inf, math.inf)))
        for number in (int(one) for one in outside(field) if float(one).is_integer()):
            taken = Annotated[taken | Annotated[int, Ge(number), Le(number)], Field(union_mode="left_to_right")]
    return taken if field.required else taken | None


def _types(schema: InputSchema, kind: Callable[[SchemaField], Any]) -> dict[str, Any]:
    types: dict[str, Any] = {schema.identity.name: NotRequired[accepted_id(schema.identity)]}
    for field in schema.fields:
        types[field.name] = kind(field) if field.required else NotRequired[kind(field)]
    return types
