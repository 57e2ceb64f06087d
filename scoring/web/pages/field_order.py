"""The fields of an application in the order of their importance, and a client's values in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scoring.application.preparation import Preparer
from scoring.model.compile import RawRecord, raw_sources
from scoring.model.plan import Plan
from scoring.model.schema import InputSchema, SchemaField
from scoring.readable.numbers import Language
from scoring.readable.terms import make_field_term
from scoring.readable.wording import CONCEPTS, describe_value
from scoring.web.pages.words import load_texts

_MAIN_FACTS = 10  # always shown; others are in sections that the reader opens


@dataclass(frozen=True, slots=True)
class Group:
    """Items about one concept; ``title`` is the concept's name."""

    title: str
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class FactsView:
    """The facts of an application as labels and values in words.

    Attributes
    ----------
    main : the most important ones.
    others : all others, by concept; ``others_count`` is how many these are.
    missing : how many fields have no value.
    """

    main: tuple[tuple[str, str], ...]
    others: tuple[Group, ...]
    others_count: int
    missing: int


class FieldOrder:
    """Orders the fields of an application by their importance to a model.

    Parameters
    ----------
    importances : importance of each model-ready column, by its name.

    Attributes
    ----------
    schema : fields of a raw application.
    main : the required fields, then the other fields about the credit.
    used : other fields that the model reads, the most important first.
    unused : fields that the model does not read.
    """

    def __init__(self, preparer: Preparer, importances: Mapping[str, float]) -> None:
        self.schema: InputSchema = preparer.schema
        used, weights = preparer.used, _weights(preparer.plan, importances)
        main = [field for field in self.schema.fields if field.required or (field.role and field.name in used)]
        self.main = sorted(main, key=lambda field: not field.required)
        rest = [field for field in self.schema.fields if field not in self.main]
        read = [field for field in rest if field.name in used]
        self.used = sorted(read, key=lambda field: -weights.get(field.name, 0.0))
        self.unused = [field for field in rest if field.name not in used]


def _weights(plan: Plan, importances: Mapping[str, float]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for column in plan.columns:
        weight = importances.get(column.name, 0.0)
        for name in raw_sources(plan, column.source):
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


def group_by_concept(fields: Iterable[SchemaField], items: Mapping[str, Any], language: Language) -> tuple[Group, ...]:
    """Group items by the concept of their field; ``items`` has one item for each field, by the field's name."""
    found: dict[str | None, list[Any]] = {}
    for field in fields:
        if field.name in items:
            found.setdefault(field.concept, []).append(items[field.name])
    titles: dict[str | None, str] = {name: getattr(text, language) for name, text in CONCEPTS.items()}
    titles[None] = load_texts(language)["other_concept"]
    return tuple(Group(title, tuple(found[name])) for name, title in titles.items() if name in found)


def build_facts(order: FieldOrder, record: RawRecord, language: Language) -> FactsView:
    """Write in words every field of an application that has a value."""
    facts: dict[str, tuple[str, str]] = {}
    for field in order.schema.fields:
        if record.get(field.name) is not None:
            value = describe_value(make_field_term(field), record[field.name])
            facts[field.name] = getattr(field.label, language), getattr(value, language)
    main = [field.name for field in (*order.main, *order.used) if field.name in facts][:_MAIN_FACTS]
    rest = {name: fact for name, fact in facts.items() if name not in main}
    others = group_by_concept([*order.main, *order.used], rest, language)
    if unused := tuple(rest[field.name] for field in order.unused if field.name in rest):
        others = (*others, Group(load_texts(language)["not_used"], unused))
    return FactsView(tuple(facts[name] for name in main), others, len(rest), len(order.schema.fields) - len(facts))
