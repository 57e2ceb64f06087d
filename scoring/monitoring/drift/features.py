"""The features that two samples have in common, with readable names."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from scoring.model.compile import raw_sources
from scoring.model.manifest import Manifest
from scoring.model.plan import BinnedColumn, GroupedColumn
from scoring.model.population.client_counts import Counts
from scoring.model.schema import Text
from scoring.monitoring.drift.references import Reference
from scoring.monitoring.drift.samples import Sample, find_ready
from scoring.monitoring.drift.wording.drift_texts import list_texts, say
from scoring.readable.terms import Term, find_root, group_into_terms, make_field_term
from scoring.validation.figures import Model

_SHOWN = 10  # names that a note lists


@dataclass(frozen=True)
class Feature:
    """A raw field, a history feature or a model-ready column.

    Attributes
    ----------
    label : readable name; that of a column of weights says so.
    term : how its values are told.
    ready : it is a model-ready column.
    weighted : its values are weights, which nobody but the model knows.
    reads : the model reads it.
    whole : its values are whole numbers.
    """

    name: str
    label: Text
    term: Term
    ready: bool
    weighted: bool
    reads: bool
    whole: bool

    def counts(self, reference: Reference) -> Counts:
        """Return the reference's counts."""
        return (reference.columns if self.ready else reference.fields)[self.name]

    def values(self, sample: Sample, manifest: Manifest) -> NDArray[Any]:
        """Return the clients' values, shape (n,)."""
        return sample.rows[:, manifest.features.index(self.name)] if self.ready else sample.fields[self.name]


def list_features(model: Model, reference: Reference, current: Sample) -> tuple[list[Feature], tuple[Text, ...]]:
    """List what both sides have: raw fields, and model-ready columns where raw fields say nothing about them.

    Returns
    -------
    The features, and notes on what cannot be compared.
    """
    manifest = model.manifest
    plan, schema = manifest.plan, manifest.input_schema
    terms = {term.name: term for term in group_into_terms(plan, schema, manifest.readable)}
    terms |= {field.name: make_field_term(field) for field in schema.fields}
    read = frozenset().union(*(raw_sources(plan, column.source) for column in plan.columns))
    whole = {field.name for field in schema.fields if field.type == "integer"}
    raw = [name for name in reference.fields if name in current.fields]
    features = []
    for name in raw:
        term = terms.get(name) or _history_term(manifest, name)
        features.append(Feature(name, term.label, term, False, False, name in read, name in whole))
    steps = {step.name: step for step in plan.derived}
    for place in find_ready(model, dict.fromkeys(raw)):
        column = plan.columns[place]
        term = terms[find_root(steps, column.source)]
        weighted = isinstance(column, BinnedColumn | GroupedColumn)
        label = say("label_weight", label=term.label) if weighted else term.label
        features.append(Feature(column.name, label, term, True, weighted, True, False))
    other = sorted(reference.fields.keys() ^ current.fields.keys()) if reference.fields and current.fields else []
    if not other:
        return features, ()
    shown = [terms[name].label if name in terms else Text(en=name, fr=name) for name in other[:_SHOWN]]
    shown += [Text(en=f"+ {more}", fr=f"+ {more}") for more in [len(other) - _SHOWN] if more > 0]
    return features, (say("not_compared", names=list_texts(shown)),)


def _history_term(manifest: Manifest, name: str) -> Term:
    own = manifest.readable.get(name)
    if own is None:
        return Term(name, Text(en=name, fr=name), None, name)
    return Term(name, own.label, own.unit, name, scale=own.scale)
