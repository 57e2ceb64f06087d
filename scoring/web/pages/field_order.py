"""What is known of an application, in readers' words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scoring.application.preparation import Intake
from scoring.model.compile import Record, raw_sources
from scoring.model.plan import Plan
from scoring.model.schema import InputSchema, SchemaField
from scoring.readable.concepts import CONCEPTS
from scoring.readable.terms import term_of
from scoring.readable.wording import shown
from scoring.web.negotiation import Language
from scoring.web.pages.words import words

_MAIN = 10  # facts shown at once


@dataclass(frozen=True, slots=True)
class Group:
    """Things about one concept, under its name."""

    title: str
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values in words: the main ones, the others by concept, and how many are not known."""

    main: tuple[tuple[str, str], ...]
    others: tuple[Group, ...]
    known: int
    unknown: int


class FieldOrder:
    """Which fields matter most to a model.

    Parameters
    ----------
    importances : of model-ready columns, by name.

    Attributes
    ----------
    schema : fields of a raw application.
    main : what is asked for: required, or a part of the credit.
    used : what the model reads beyond, weightiest first.
    unused : what it does not read.
    """

    def __init__(self, intake: Intake, importances: Mapping[str, float]) -> None:
        self.schema: InputSchema = intake.schema
        used, weights = intake.used, _weights(intake.plan, importances)
        self.main = [field for field in self.schema.fields if field.required or (field.role and field.name in used)]
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


def by_concept(fields: Iterable[SchemaField], items: Mapping[str, Any], language: Language) -> tuple[Group, ...]:
    """Group what stands for fields by what they are about, in the order of the concepts."""
    found: dict[str | None, list[Any]] = {}
    for field in fields:
        if field.name in items:
            found.setdefault(field.concept, []).append(items[field.name])
    titles = {name: getattr(text, language) for name, text in CONCEPTS.items()}
    ordered = [Group(title, tuple(found[name])) for name, title in titles.items() if name in found]
    if None in found:
        ordered.append(Group(words(language)["other_concept"], tuple(found[None])))
    return tuple(ordered)


def facts_of(order: FieldOrder, record: Record, language: Language) -> Facts:
    """Say every field of an application in words."""
    known = {
        field.name: (getattr(field.label, language), _said(field, record[field.name], language))
        for field in order.schema.fields
        if record.get(field.name) is not None
    }
    first = [field.name for field in (*order.main, *order.used) if field.name in known][:_MAIN]
    rest = {name: pair for name, pair in known.items() if name not in first}
    read = by_concept([*order.main, *order.used], rest, language)
    unused = tuple(rest[field.name] for field in order.unused if field.name in rest)
    others = (*read, Group(words(language)["not_used"], unused)) if unused else read
    return Facts(tuple(known[name] for name in first), others, len(rest), len(order.schema.fields) - len(known))


def _said(field: SchemaField, value: Any, language: Language) -> str:
    said: str = getattr(shown(term_of(field), value), language)
    return said
