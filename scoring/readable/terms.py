"""Terms: a model-ready row as people read it, its columns grouped by field, with names, units and values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from math import ceil, floor

from scoring.model.compile import RawRecord, RawValue, raw_sources
from scoring.model.operations import OPERATIONS, Operation
from scoring.model.plan import BinnedColumn, Derived, GroupedColumn, MissingColumn, NumberColumn, Plan
from scoring.model.schema import InputSchema, Passing, Readable, Riskier, SchemaField, Sentences, Text

# A logarithm or a square is not a term of its own: it belongs to the number from which it is computed.
FOLDED: frozenset[Operation] = frozenset({"log", "square"})


@dataclass(frozen=True, slots=True)
class Term:
    """A field, a derived number or a history feature, with all model-ready columns computed from it alone."""

    name: str
    label: Text
    unit: str | None  # as in ``SchemaField``
    concept: str  # the subject; by default the term's own name
    columns: tuple[int, ...] = ()  # places in the model-ready row
    fields: frozenset[str] = frozenset()  # raw fields from which it is computed
    never_a_reason: bool = False  # a protected or proxy field is among them
    silent_when_missing: bool = False  # a missing value may hide a category that reveals a protected attribute
    full_scale: float = 0.0  # length of the scale of a number without a unit, such as 1 of a score from 0 to 1
    passing: Passing | None = None  # of a time that passes by itself: since an event, or to one
    scale: float = 1.0  # factor from a value to the number shown: -1 where days are counted back from the application
    texts: Mapping[str, Text] = dataclass_field(default_factory=dict)  # categories in readers' words
    riskier: Riskier | None = None  # the riskier side of the number shown, where the schema states it
    reason_side: Riskier | None = None  # the only side that may be a reason; also known of the parts of a credit
    sentences: Sentences = dataclass_field(default_factory=dict)  # how a reason says a value
    whole: bool = False  # a whole number without a unit, such as a rating
    coded: bool = False  # frequent values have weights of their own, because they are codes in disguise


@dataclass(frozen=True, slots=True)
class Range:
    """A value of which only the bin is known: ``low <= value < high``; None is no bound.

    ``closed`` ranges, such as the usual values of a field, include ``high``.
    """

    low: float | None
    high: float | None
    closed: bool = dataclass_field(default=False, repr=False)

    def find_last(self) -> int | None:
        """Return the last whole number of the range."""
        if self.high is None:
            return None
        return floor(self.high) if self.closed else ceil(self.high) - 1


TermValue = RawValue | Range


def group_into_terms(plan: Plan, schema: InputSchema, readable: Mapping[str, Readable]) -> tuple[Term, ...]:
    """Group a plan's columns into terms, in the order of their first columns."""
    names = _Names(schema, readable, plan)
    columns: dict[str, list[int]] = {}
    for place, column in enumerate(plan.columns):
        columns.setdefault(find_root(names.steps, column.source), []).append(place)
    return tuple(_make_term(plan, names, name, tuple(places)) for name, places in columns.items())


def make_field_term(field: SchemaField) -> Term:
    """Make the term of a field alone, to describe its values; it has no column.

    >>> born = SchemaField(name="born", type="integer", unit="days", maximum=0, label=Text(en="Age", fr="Âge"))
    >>> make_field_term(born).scale
    -1.0
    """
    counted_back = field.unit == "days" and field.maximum is not None and field.maximum <= 0
    return Term(
        name=field.name,
        label=field.label,
        unit=field.unit,
        concept=field.concept or field.name,
        fields=frozenset({field.name}),
        full_scale=_measure_scale(field),
        scale=-1.0 if counted_back else 1.0,
        whole=field.type == "integer" and field.unit is None,
        texts=field.texts,
        riskier=field.riskier,
        reason_side=_find_reason_side(field),
        sentences=field.sentences,
    )


def _find_stated_side(field: SchemaField) -> Riskier | None:
    return field.riskier


def _find_reason_side(field: SchemaField) -> Riskier | None:
    """Return the only side that may be a reason; for the parts of a credit the higher one, if the schema states none.

    A model may have learned that small credits or cheap goods are risky; no lender would tell this to a client.

    >>> price = SchemaField(name="price", type="number", role="price", label=Text(en="Price", fr="Prix"))
    >>> _find_reason_side(price), _find_reason_side(price.model_copy(update={"role": None}))
    ('higher', None)
    """
    return field.riskier or ("higher" if field.role in {"credit", "instalment", "price"} else None)


def _measure_scale(field: SchemaField) -> float:
    bounded = field.type == "number" and field.minimum is not None and field.maximum is not None
    return field.maximum - field.minimum if bounded else 0.0  # type: ignore[operator]


def find_root(steps: Mapping[str, Derived], source: str) -> str:
    """Name of the number from which a logarithm or square is computed; any other source is its own root."""
    while source in steps and steps[source].operation in FOLDED:
        source = steps[source].inputs[0]
    return source


def _make_term(plan: Plan, names: "_Names", name: str, columns: tuple[int, ...]) -> Term:
    raw = raw_sources(plan, name)
    inputs = [names.fields[one] for one in raw if one in names.fields]
    if name in names.fields:
        term = make_field_term(names.fields[name])
    else:
        label, unit, concept = names.describe(name)
        term = Term(name, label, unit, concept or name, fields=raw, full_scale=names.measure_scale(name))
        stated, reason = (names.find_side(name, of) for of in (_find_stated_side, _find_reason_side))
        term = replace(term, riskier=stated, reason_side=reason)
        if own := names.readable.get(name):
            # A ratio that its sentences tell in per cent is told so everywhere.
            percent = unit == "ratio" and any("{percent}" in text.en for text in own.sentences.values())
            term = replace(
                term,
                unit="share" if percent else unit,
                scale=own.scale,
                sentences=own.sentences,
                passing=own.passing,
            )
    own_columns = (plan.columns[place] for place in columns)
    if any(column.codes for column in own_columns if isinstance(column, BinnedColumn)):
        named = names.readable[name].coded if name in names.readable else None
        term = replace(term, label=named or _name_code(term.label), riskier=None, reason_side=None, coded=True)
    return replace(
        term,
        columns=columns,
        never_a_reason=any(one.tier != "justified" for one in inputs),
        silent_when_missing=any(one.proxy_categories for one in inputs),
    )


def _name_code(label: Text) -> Text:
    return Text(en=f"{label.en} (exact value)", fr=f"{label.fr} (valeur exacte)")


_OPERATION_TEXTS: Mapping[Operation, Text] = {
    "mean": Text(en="Average of", fr="Moyenne de"),
    "minimum": Text(en="Lowest of", fr="Minimum de"),
    "maximum": Text(en="Highest of", fr="Maximum de"),
    "missing_count": Text(en="Number of missing values among", fr="Nombre de valeurs manquantes parmi"),
    "log": Text(en="Logarithm of", fr="Logarithme de"),
    "square": Text(en="Square of", fr="Carré de"),
}
_KEEP_UNIT = frozenset({"mean", "minimum", "maximum"})  # operations whose result is of the inputs' kind


class _Names:
    """Labels, units, concepts and riskier sides of fields, derived numbers and history features."""

    def __init__(self, schema: InputSchema, readable: Mapping[str, Readable], plan: Plan) -> None:
        self.fields = {field.name: field for field in schema.fields}
        self.steps = {step.name: step for step in plan.derived}
        self.readable = readable

    def describe(self, name: str) -> tuple[Text, str | None, str | None]:
        """Label, unit and concept: from the schema, else from the readable names, else made from the inputs'."""
        if field := self.fields.get(name):
            return field.label, field.unit, field.concept
        step = self.steps.get(name)
        inputs = [self.describe(one) for one in step.inputs] if step else []
        concept = inputs[0][2] if inputs else None
        if own := self.readable.get(name):
            return own.label, own.unit, own.concept or concept
        if step is None:
            return Text(en=name, fr=name), None, None
        unit = inputs[0][1] if step.operation in _KEEP_UNIT else None
        label = _combine_labels(step.operation, [label for label, _, _ in inputs])
        return label, "count" if step.operation == "missing_count" else unit, concept

    def find_side(self, name: str, of: Callable[[SchemaField], Riskier | None]) -> Riskier | None:
        """Return the side of a number, from those of fields; also of an average or extreme of numbers that agree on it.

        A ratio has one if its two numbers have opposite ones, such as an instalment relative to an income.
        """
        if name in self.fields:
            return of(self.fields[name])
        if name in self.readable and self.readable[name].riskier:
            return self.readable[name].riskier
        if name in self.steps and self.steps[name].operation in _KEEP_UNIT:
            sides = {self.find_side(one, of) for one in self.steps[name].inputs}
            return sides.pop() if len(sides) == 1 else None
        if name in self.steps and self.steps[name].operation == "ratio":
            above, below = (self.find_side(one, of) for one in self.steps[name].inputs)
            return above if {above, below} == {"higher", "lower"} else None
        return None

    def measure_scale(self, name: str) -> float:
        """Return the length of a number's scale, also of an average, minimum or maximum; 0 where it is not known."""
        if name in self.fields:
            return _measure_scale(self.fields[name])
        if name in self.steps and self.steps[name].operation in _KEEP_UNIT:
            return max(self.measure_scale(one) for one in self.steps[name].inputs)
        return 0.0


def _combine_labels(operation: Operation, labels: list[Text]) -> Text:
    sign = {"ratio": " / ", "product": " × "}.get(operation, ", ")
    english, french = sign.join(one.en for one in labels), sign.join(one.fr for one in labels)
    if operation not in _OPERATION_TEXTS:
        return Text(en=english, fr=french)
    text = _OPERATION_TEXTS[operation]
    return Text(en=f"{text.en}: {english}", fr=f"{text.fr}\u00a0: {french}")


def collect_values(plan: Plan, record: RawRecord) -> dict[str, RawValue]:
    """Values of all fields and derived numbers of one application; None where missing.

    A derived number is left out where the record lacks one of its inputs.
    """
    values: dict[str, RawValue] = {}
    for name, value in record.items():
        absent = value is None or value != value or value in plan.missing_values.get(name, ())
        values[name] = None if absent else value
    for step in plan.derived:
        if all(name in values for name in step.inputs):
            operands = [values[name] for name in step.inputs]
            values[step.name] = OPERATIONS[step.operation].scalar(operands)  # type: ignore[arg-type]
    return values


def recover_value(plan: Plan, term: Term, row: list[float]) -> TermValue:
    """Recover a term's value from a model-ready row, as far as the row still holds it.

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
            # Neighbouring bins may have the same weight. If no bin has this weight, it is that of missing values.
            bins = [i for i, weight in enumerate(column.values) if weight == value]
            return bin_value(term, column, bins[0], bins[-1]) if bins else None
        if isinstance(column, GroupedColumn):
            return ", ".join(text for text, weight in column.values.items() if weight == value) or None
    return next((getattr(column, "value", None) for column, value in own if value == 1.0), None)


def bin_value(term: Term, column: BinnedColumn, first: int, last: int) -> float | Range:
    """Return the values that fall into neighbouring bins: a range, the only code in it, or 0 or 1 of a flag.

    >>> column = BinnedColumn(name="x", source="x", edges=(1.9, 2.1), values=(0.1, 0.9, 0.1), missing=0.0, codes=(2.0,))
    >>> term = Term("x", Text(en="X", fr="X"), None, "x")
    >>> bin_value(term, column, 1, 1), bin_value(term, column, 2, 2)
    (2.0, Range(low=2.1, high=None))
    """
    low = column.edges[first - 1] if first > 0 else None
    if term.unit == "flag":  # its one edge lies between 0 and 1
        return float(low is not None)
    high = column.edges[last] if last < len(column.edges) else None
    inside = [code for code in column.codes if (low is None or low <= code) and (high is None or code < high)]
    return inside[0] if first == last and len(inside) == 1 else Range(low, high)
