"""What an export of a scorecard or a logistic regression needs, as plain numbers and texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.errors import ExportError
from scoring.explanation.bulk_reasons import ReasonTable, TabulatedReasons
from scoring.explanation.explainer import Explainer
from scoring.explanation.reasons import Reason, count_missing_less
from scoring.model.manifest import Manifest
from scoring.model.plan import Plan
from scoring.model.schema import InputSchema
from scoring.model.scorer import FusedLogistic, Policy, ProbabilityOfDefault, Scorer
from scoring.readable.terms import group_into_terms
from scoring.storage.artefacts import load_probability, read_manifest
from scoring.storage.bundle import MANIFEST
from scoring.storage.checksums import verified_files


@dataclass(frozen=True)
class Factor:
    """A term of the model that may be a reason.

    Attributes
    ----------
    columns : places of its columns in the model-ready row.
    values : what puts the reason that each value of its one column gives in order: its weight, or half of it for a
        missing value; None for a value that must not be a reason. No such table where the term's contribution itself
        counts, whatever the value, because the term has several columns or any number as its value.
    """

    name: str
    concept: str
    columns: tuple[int, ...]
    values: Mapping[float, float | None] | None = None


@dataclass(frozen=True)
class LinearModel:
    """A scorecard or a logistic regression with all that its decisions depend on.

    Attributes
    ----------
    weights : shape (features,), log-odds for each unit of a model-ready column.
    intercept : log-odds.
    typical : shape (features,), the model-ready row of the client with whom reasons compare.
    factors : the terms that may be a reason, in the order of the model's terms.
    """

    plan: Plan
    schema: InputSchema
    version: str
    weights: tuple[float, ...]
    intercept: float
    policy: Policy
    typical: tuple[float, ...]
    factors: tuple[Factor, ...]

    def history(self) -> tuple[str, ...]:
        """Names of the history features that the plan reads: the numbers that are not fields of an application."""
        fields = {field.name for field in self.schema.fields}
        return tuple(name for name in self.plan.raw_numbers() if name not in fields)

    def concepts(self) -> Mapping[str, tuple[Factor, ...]]:
        """Return the factors of each concept; of concepts that weigh the same, the first one comes first."""
        grouped: dict[str, list[Factor]] = {}
        for factor in self.factors:
            grouped.setdefault(factor.concept, []).append(factor)
        by_name = any(factor.values is not None for factor in self.factors)  # as BulkReasons puts them in order
        names = sorted(grouped, reverse=True) if by_name else [*grouped]
        return {concept: tuple(grouped[concept]) for concept in names}

    def typical_part(self, factor: Factor) -> float:
        """Weighted sum of the typical client's columns of a factor, in log-odds."""
        return sum(self.weights[place] * self.typical[place] for place in factor.columns)


def load_model(folder: Path) -> tuple[Manifest, ProbabilityOfDefault]:
    """Load a published model from a folder, verified.

    Raises
    ------
    ExportError
        The folder has no manifest, so that nothing says how an application becomes a model-ready row.
    ArtefactError
        A file is missing, altered or unreadable.
    """
    if not (folder / MANIFEST).exists():
        raise ExportError(
            f"{folder}: has no {MANIFEST}\nExpected a folder that train or pull wrote; artefacts that were made "
            "elsewhere have neither preprocessing nor calibration, and are only served."
        )
    manifest = read_manifest(folder / MANIFEST)
    return manifest, load_probability(manifest, verified_files(folder, manifest))


def make_linear(manifest: Manifest, probability: ProbabilityOfDefault, language: str) -> LinearModel:
    """Describe a model whose log-odds are a weighted sum of model-ready columns.

    Parameters
    ----------
    language : the target, for the message.

    Raises
    ------
    ExportError
        The model is of another kind.
    """
    if not isinstance(probability, FusedLogistic):
        raise ExportError(
            f"{manifest.model.family}: cannot be written as {language}, because its log-odds are not a weighted sum "
            "of columns\nExpected a scorecard or a logistic regression. Trees and neural networks can be written with "
            "--to onnx. python -m scoring batch and the service score with any model."
        )
    explainer = Explainer(Scorer(probability, manifest.features, manifest.policy()), manifest)
    typical, bulk = explainer.typical, explainer.make_bulk_reasons()
    tables = {table.term.name: table for table in bulk.tables} if isinstance(bulk, TabulatedReasons) else {}
    terms = group_into_terms(manifest.plan, manifest.input_schema, manifest.readable)
    return LinearModel(
        plan=manifest.plan,
        schema=manifest.input_schema,
        version=manifest.version(),
        weights=tuple(probability.weights.tolist()),
        intercept=probability.intercept,
        policy=manifest.policy(),
        typical=() if typical is None else tuple(typical.row.tolist()),
        factors=tuple(
            Factor(term.name, term.concept, term.columns, _read_table(tables.get(term.name)))
            for term in terms
            if not term.never_a_reason
        ),
    )


def _read_table(table: ReasonTable | None) -> Mapping[float, float | None] | None:
    if table is None:
        return None
    return dict(zip(table.values.tolist(), map(_count_value, table.excess.tolist(), table.reasons), strict=True))


def _count_value(excess: float, reason: Reason | None) -> float | None:
    return None if reason is None else count_missing_less(excess, reason.direction == "missing")
