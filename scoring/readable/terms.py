"""What a model-ready row tells, in readers' terms: columns grouped to fields, with names, units and values."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from scoring.model.compile import RawRecord, Value, raw_sources
from scoring.model.operations import OPERATIONS, Operation
from scoring.model.plan import (
    BinnedColumn,
    Derived,
    GroupedColumn,
    MissingColumn,
    NumberColumn,
    Plan,
    PlanColumn,
)
from scoring.model.schema import InputSchema, Readable, Riskier, SchemaField, Text

# A logarithm or a square says nothing of its own: it belongs to the number it is made of.
FOLDED: frozenset[Operation] = frozenset({"log", "square"})


@dataclass(frozen=True, slots=True)
class Term:
    """A field, a derived number or a history feature, with all model-ready columns made of it alone.

    Attributes
    ----------
    name : of the field, derived number or history feature.
    unit : as of a field.
    concept : what it is about; its own name where nothing is said.
    columns : places in the model-ready row.
    fields : raw fields that it is made of.
    never_a_reason : made of a protected or proxy field.
    silent_when_missing : a missing value may hide a category that gives a protected attribute away.
    scale : what a value is multiplied by to be shown: -1 where days are counted back from the application.
    texts : categories in readers' words.
    riskier : which side of the value as it is shown is riskier, where every officer knows.
    """

    name: str
    label: Text
    unit: str | None
    concept: str
    columns: tuple[int, ...]
    fields: frozenset[str]
    never_a_reason: bool = False
    silent_when_missing: bool = False
    scale: float = 1.0
    texts: Mapping[str, Text] = dataclass_field(default_factory=dict)
    riskier: Riskier | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Where a value lies that is known only by its bin: ``low <= value < high``; none is no bound."""

    low: float | None
    high: float | None


TermValue = Value | Range


def group_into_terms(plan: Plan, schema: InputSchema, readable: Mapping[str, Readable]) -> tuple[Term, ...]:
    """Group a plan's columns into terms, in the order of their first columns."""
    steps = {step.name: step for step in plan.derived}
    fields = {field.name: field for field in schema.fields}
    columns: dict[str, list[int]] = {}
    for place, column in enumerate(plan.columns):
        columns.setdefault(find_root(steps, column.source), []).append(place)
    return tuple(_term(plan, steps, fields, readable, name, tuple(places)) for name, places in columns.items())


def make_field_term(field: SchemaField) -> Term:
    """Make the term of a field alone, to say its values in words; it has no column.

    >>> born = SchemaField(name="born", type="integer", unit="days", maximum=0, label=Text(en="Age", fr="Âge"))
    >>> make_field_term(born).scale
    -1.0
    """
    return Term(
        name=field.name,
        label=field.label,
        unit=field.unit,
        concept=field.concept or field.name,
        columns=(),
        fields=frozenset({field.name}),
        scale=_scale(field, None),
        texts=field.texts,
    )


def find_root(steps: Mapping[str, Derived], source: str) -> str:
    """Name of the number that a logarithm or square is made of; other sources are their own."""
    while source in steps and steps[source].operation in FOLDED:
        source = steps[source].inputs[0]
    return source


def _term(
    plan: Plan,
    steps: Mapping[str, Derived],
    fields: Mapping[str, SchemaField],
    readable: Mapping[str, Readable],
    name: str,
    columns: tuple[int, ...],
) -> Term:
    raw = raw_sources(plan, name)
    made_of = [fields[one] for one in sorted(raw) if one in fields]
    label, unit, concept = _called(steps, fields, readable, name)
    field = fields.get(name)
    return Term(
        name=name,
        label=label,
        unit=unit,
        concept=concept or name,
        columns=columns,
        fields=raw,
        never_a_reason=any(one.tier != "justified" for one in made_of),
        silent_when_missing=any(one.proxy_categories for one in made_of),
        scale=_scale(field, readable.get(name)),
        texts=field.texts if field else {},
        riskier=_riskier(steps, fields, readable, name),
    )


def _called(
    steps: Mapping[str, Derived], fields: Mapping[str, SchemaField], readable: Mapping[str, Readable], name: str
) -> tuple[Text, str | None, str | None]:
    """Label, unit and concept: as told, else as the schema says, else put together."""
    if name in fields:
        field = fields[name]
        return field.label, field.unit, field.concept
    inner = [_called(steps, fields, readable, one) for one in steps[name].inputs] if name in steps else []
    concept = inner[0][2] if inner else None
    if name in readable:
        told = readable[name]
        return told.label, told.unit, told.concept or concept
    if not inner:
        return Text(en=name, fr=name), None, None
    operation = steps[name].operation
    label = _put_together(operation, [label for label, _, _ in inner])
    kept = operation in {"mean", "minimum", "maximum"}
    return label, inner[0][1] if kept else "count" if operation == "missing_count" else None, concept


_WORDS: Mapping[Operation, Text] = {
    "mean": Text(en="Average of", fr="Moyenne de"),
    "minimum": Text(en="Lowest of", fr="Minimum de"),
    "maximum": Text(en="Highest of", fr="Maximum de"),
    "missing_count": Text(en="How many are not known of", fr="Nombre de valeurs inconnues parmi"),
    "log": Text(en="Logarithm of", fr="Logarithme de"),
    "square": Text(en="Square of", fr="Carré de"),
}


def _put_together(operation: Operation, inner: list[Text]) -> Text:
    if operation in {"ratio", "product"}:
        sign = " / " if operation == "ratio" else " × "
        return Text(en=sign.join(one.en for one in inner), fr=sign.join(one.fr for one in inner))
    words = _WORDS[operation]
    return Text(
        en=f"{words.en}: {', '.join(one.en for one in inner)}", fr=f"{words.fr} : {', '.join(one.fr for one in inner)}"
    )


def _scale(field: SchemaField | None, told: Readable | None) -> float:
    if field is None:
        return told.scale if told else 1.0
    return -1.0 if field.unit == "days" and field.maximum is not None and field.maximum <= 0 else 1.0


def _riskier(
    steps: Mapping[str, Derived], fields: Mapping[str, SchemaField], readable: Mapping[str, Readable], name: str
) -> Riskier | None:
    """Take over what is known of all numbers that an average, lowest or highest is made of."""
    if name in fields:
        return fields[name].riskier
    if name in readable and readable[name].riskier:
        return readable[name].riskier
    if name in steps and steps[name].operation in {"mean", "minimum", "maximum"}:
        sides = {_riskier(steps, fields, readable, one) for one in steps[name].inputs}
        return sides.pop() if len(sides) == 1 else None
    return None


def collect_values(plan: Plan, record: RawRecord) -> dict[str, Value]:
    """Values of all fields and derived numbers of one application; what stands for "missing" is None.

    A number whose fields the record lacks is left out: nothing is known of it.
    """
    values: dict[str, Value] = {}
    for name, value in record.items():
        absent = value is None or value != value or value in plan.missing_values.get(name, ())
        values[name] = None if absent else value
    for step in plan.derived:
        if all(name in values for name in step.inputs):
            operands = [values[name] for name in step.inputs]
            values[step.name] = OPERATIONS[step.operation].scalar(operands)  # type: ignore[arg-type]
    return values


def recover_value(plan: Plan, term: Term, row: list[float]) -> TermValue:
    """Read a term's value off a model-ready row, as far as it is still to be seen there.

    >>> column = BinnedColumn(name="age", source="age", edges=(30.0, 50.0), values=(0.4, 0.0, -0.3), missing=0.1)
    >>> plan = Plan(missing_values={}, derived=(), columns=(column,))
    >>> term = Term("age", Text(en="Age", fr="Âge"), "years", "age", (0,), frozenset({"age"}))
    >>> recover_value(plan, term, [0.0]), recover_value(plan, term, [0.1])
    (Range(low=30.0, high=50.0), None)
    """
    own = [(plan.columns[place], row[place]) for place in term.columns if plan.columns[place].source == term.name]
    if any(isinstance(column, MissingColumn) and value == 1.0 for column, value in own):
        return None
    for column, value in own:
        if isinstance(column, NumberColumn):
            return value
        if isinstance(column, BinnedColumn):
            found = _bin(column, value)
            # below or above the one edge between no and yes
            return float(found.low is not None) if found and term.unit == "flag" else found
        if isinstance(column, GroupedColumn):
            texts = [text for text, weight in column.values.items() if weight == value]
            return ", ".join(texts) or None
    return next((_text(column) for column, value in own if value == 1.0), None)


def _text(column: PlanColumn) -> str | None:
    return getattr(column, "value", None)


def _bin(column: BinnedColumn, value: float) -> Range | None:
    """Find the neighbouring bins that have this value; none where missing values have it and no bin."""
    places = [i for i, one in enumerate(column.values) if one == value]
    if not places:
        return None
    first, last = places[0], places[-1]
    return Range(
        column.edges[first - 1] if first > 0 else None, column.edges[last] if last < len(column.edges) else None
    )
