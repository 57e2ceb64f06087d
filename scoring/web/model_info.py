"""The answer of ``GET /model``: the public part of the manifest, and texts for people."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from scoring.model.calibration import Calibration, Scaling
from scoring.model.costs import Costs
from scoring.model.manifest import ChoiceFacts, FeatureReference, Manifest, ModelFacts, ThresholdFacts, TrainingFacts
from scoring.model.report import Metric, Report
from scoring.model.schema import Frozen, InputSchema, Readable, Text
from scoring.model.scorer import ProbabilityOfDefault, ReviewBand
from scoring.readable.field_values import describe_expected, describe_usual
from scoring.readable.numbers import format_percent
from scoring.readable.points import points_table
from scoring.readable.terms import group_into_terms
from scoring.storage.bundle import Bundle
from scoring.web.answers import Share

_SAME = (
    *("format_version", "created_at", "model", "input_schema", "costs", "calibration", "review_band", "importances"),
    *("reference", "training", "metrics", "choice", "report", "readable", "typical", "versions"),
)


class ShownField(Frozen):
    """The values of one field in words.

    Attributes
    ----------
    expected : the valid values, as an application holds them.
    expected_typed : the valid values, as people type them.
    usual : the usual range in training; null if there is none.
    """

    expected: Text
    expected_typed: Text
    usual: Text | None


class ShownBand(Frozen):
    """The ends of the review band in words."""

    low: Text
    high: Text


class Shown(Frozen):
    """Threshold, review band and values of fields in words."""

    threshold: Text
    review_band: ShownBand
    fields: dict[str, ShownField]


class BinPoints(Frozen):
    """A bin of a scorecard's term: its values in words, its weight of evidence, its points exact and rounded."""

    text: Text
    weight: float
    exact: float
    points: int


class TermPoints(Frozen):
    """The bins of one term; ``column`` is the model-ready column."""

    column: str
    label: Text
    bins: tuple[BinPoints, ...]


class ScorecardPoints(Frozen):
    """The points of a scorecard: a client's score is the sum of the points of the client's bins."""

    scaling: Scaling
    terms: tuple[TermPoints, ...]


class ModelInfo(Frozen):
    """The model, and the public part of its manifest; without a manifest, all keys from ``format_version`` on are null.

    Attributes
    ----------
    synthetic_clients : the clients are synthetic.
    verified : the model has a manifest, and its files have the sha256 that the manifest lists.
    threshold : the probability from which a credit is refused, on the model's own scale.
    threshold_choice : how the threshold was chosen.
    importances : of each field, derived number and history feature.
    reference : of each model-ready column.
    metrics : by sample, then by name.
    readable : readable names of derived numbers and history features.
    typical : the typical accepted client's values.
    versions : of the libraries with which the model was trained.
    points : of every bin; null unless the model is a scorecard.
    """

    model_version: str
    threshold: Share
    features: tuple[str, ...]
    synthetic_clients: bool
    verified: bool
    format_version: int | None
    created_at: datetime | None
    model: ModelFacts | None
    input_schema: InputSchema | None
    costs: Costs | None
    calibration: Calibration | None
    review_band: ReviewBand | None
    importances: Mapping[str, float] | None
    reference: Mapping[str, FeatureReference] | None
    training: TrainingFacts | None
    metrics: Mapping[str, Mapping[str, Metric]] | None
    choice: ChoiceFacts | None
    report: Report | None
    readable: Mapping[str, Readable] | None
    typical: Mapping[str, float | str | None] | None
    versions: Mapping[str, str] | None
    threshold_choice: ThresholdFacts | None
    points: ScorecardPoints | None
    shown: Shown | None


def describe_model(bundle: Bundle) -> ModelInfo:
    """Gather what is public about the model."""
    manifest = bundle.manifest
    public: dict[str, Any] = {name: getattr(manifest, name, None) for name in _SAME}
    return ModelInfo(
        model_version=bundle.version,
        threshold=bundle.scorer.policy.threshold,
        features=bundle.scorer.features,
        synthetic_clients=bundle.synthetic_clients,
        verified=manifest is not None,
        **public,
        threshold_choice=manifest.threshold if manifest else None,
        points=_points(manifest, bundle.scorer.probability_of_default) if manifest else None,
        shown=_shown(manifest) if manifest else None,
    )


def _points(manifest: Manifest, probability: ProbabilityOfDefault) -> ScorecardPoints | None:
    plan = manifest.plan
    terms = group_into_terms(plan, manifest.input_schema, manifest.readable)
    rows = points_table(plan, terms, probability, manifest.calibration, manifest.scaling)
    if not rows:
        return None
    listed = []
    for place, own in groupby(rows, key=lambda row: row.place):
        bins = [(row, BinPoints(text=row.bin, weight=row.weight, exact=row.exact, points=row.points)) for row in own]
        label = bins[0][0].term
        listed.append(TermPoints(column=plan.columns[place].name, label=label, bins=tuple(one for _, one in bins)))
    return ScorecardPoints(scaling=manifest.scaling, terms=tuple(listed))


def _shown(manifest: Manifest) -> Shown:
    """Write the threshold, the review band, and each field's valid and usual values as people read them."""
    band = manifest.review_band
    fields = {
        field.name: ShownField(
            expected=describe_expected(field),
            expected_typed=describe_expected(field, typed=True),
            usual=describe_usual(field),
        )
        for field in manifest.input_schema.fields
    }
    review_band = ShownBand(low=_percent(band.low), high=_percent(band.high))
    return Shown(threshold=_percent(manifest.threshold.calibrated), review_band=review_band, fields=fields)


def _percent(share: float) -> Text:
    return Text(en=format_percent(share, "en"), fr=format_percent(share, "fr"))
