"""The manifest: everything that describes a model. The fitted objects are in other files."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scoring.errors import list_some
from scoring.model.calibration import Calibration, Scaling
from scoring.model.costs import Costs
from scoring.model.plan import Plan
from scoring.model.population.client_counts import Population
from scoring.model.report import Metric, Report
from scoring.model.schema import Frozen, InputSchema, Readable, in_currency
from scoring.model.scorer import Policy, ReviewBand

# A file's name without a folder: all files that a manifest lists are in the manifest's folder.
# The length has a check of its own: as a part of the pattern it would take 35 ms to compile.
FileName = Annotated[str, Field(pattern=r"^\w[\w.\-]*$", max_length=100)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# These keys only describe how the model was made, or are readable texts. They change neither a decision nor the errors
# of an application.
_DESCRIBING: dict[str, Any] = {
    **dict.fromkeys(
        ("created_at", "training", "metrics", "choice", "report", "refits", "scaling", "versions", "population"), True
    ),
    "input_schema": {
        "fields": {"__all__": {"label", "description", "texts", "sentences", "justification"}},
        "comparisons": {"__all__": {"text"}},
    },
    "readable": {"__all__": {"label", "sentences"}},
}


class ModelFacts(Frozen):
    """The model: its family, the name of its Python class, and the parameters of this class."""

    family: str
    type: str
    parameters: Mapping[str, Any]


class ThresholdFacts(Frozen):
    """The threshold and how it was chosen.

    ``value`` is on the scale of the model's own probability, ``calibrated`` on the scale of the calibrated probability.
    ``cost_curve`` has pairs of a calibrated threshold and the cost per client, out of fold. ``empirical_calibrated`` is
    the threshold at the lowest point of this curve; it is only reported for comparison.
    """

    value: float = Field(ge=0, le=1)
    calibrated: float = Field(ge=0, le=1)
    method: str
    empirical_calibrated: float = Field(ge=0, le=1)
    cost_curve: tuple[tuple[float, float], ...]


class CandidateFacts(Frozen):
    """A candidate, measured out of fold.

    ``settings`` are those of the parameters that differ from the defaults of the library; None in older manifests.
    ``gap`` is the overfitting gap: mean AUC on the training folds minus AUC out of fold; ``gap_interval`` has its 95 %
    bounds. Differences are the candidate's figure minus the champion's on the same clients.
    """

    name: str
    family: str
    balancing: str
    parameters: Mapping[str, Any]
    settings: Mapping[str, Any] | None = Field(None, exclude_if=lambda settings: settings is None)
    auc: float
    log_loss: float
    cost_per_client: float
    gap: float
    gap_interval: tuple[float, float] | None = Field(None, exclude_if=lambda bounds: bounds is None)
    auc_difference: Metric
    log_loss_difference: Metric


class ChoiceFacts(Frozen):
    """The champion, the reason for the choice, and all candidates, the best first.

    ``max_gap`` is the largest overfitting gap that was allowed; ``overridden`` is true if ``train --force`` chose the
    champion, ``fairest`` if ``train --prefer-fair`` chose another model than the usual rule.
    """

    champion: str
    reason: str
    max_gap: float
    overridden: bool
    fairest: bool = Field(False, exclude_if=lambda fairest: not fairest)
    candidates: tuple[CandidateFacts, ...]


class BinEdit(Frozen):
    """One difference between the bins that a person gave a scorecard and those that training finds by itself.

    ``before`` and ``after`` are edges, groups of categories, directions, whether frequent values are codes, or ways to
    treat missing values, as text.
    """

    term: str
    change: Literal["dropped", "added", "merged", "split", "edges", "groups", "direction", "codes", "missing"]
    before: str | None = None
    after: str | None = None


class InferredFacts(Frozen):
    """Rejected applicants in the fit of the served model, with inferred outcomes (parcelling).

    These ``applicants`` were assumed to default ``factor`` times as often as the model says for clients like them;
    ``assumed_rate`` is their default rate under this assumption. Measured figures, calibration and threshold count no
    inferred outcome.
    """

    applicants: int = Field(gt=0)
    factor: float = Field(gt=0)
    assumed_rate: float = Field(ge=0, le=1)


class TrainingFacts(Frozen):
    """The training data and how it was used.

    ``refitted`` is true if the served model was fitted on all clients, including those of the test set and of the
    published sample; figures on the test set then come from its first fit, on the training clients only. ``set_aside``
    is the share of clients whom the training did not see at all, not even as a test set. ``bin_edits`` is
    None unless the bins came from a file. ``max_pvalue`` and ``thin_missing`` say how bins were found
    (``preprocessor.Binning``): ``thin_missing`` is None for ``own``; ``max_pvalue`` is None in older manifests, whose
    bins were not tested.
    """

    synthetic: bool
    rows: int
    test_rows: int
    default_rate: float
    data_sha256: Sha256
    folds: int
    seed: int
    refitted: bool = Field(False, exclude_if=lambda refitted: not refitted)
    set_aside: float = Field(0.0, ge=0, lt=1, exclude_if=lambda share: not share)
    max_pvalue: float | None = Field(None, exclude_if=lambda level: level is None)
    thin_missing: str | None = Field(None, exclude_if=lambda thin: thin is None)
    bin_edits: tuple[BinEdit, ...] | None = Field(None, exclude_if=lambda edits: edits is None)
    inferred: InferredFacts | None = Field(None, exclude_if=lambda found: found is None)


class GoldenRecord(Frozen):
    """A synthetic model-ready row with the probability that scikit-learn computed when the model was published."""

    row: tuple[float, ...]
    probability: float = Field(ge=0, le=1)


class FeatureReference(Frozen):
    """One model-ready column in the training data: its mean, and eleven quantiles as ``deciles``.

    These are the quantiles of 0.1 %, 10 %, 20 % ... 90 % and 99.9 %. The minimum and the maximum are not published,
    because each may be a single client's value.
    """

    mean: float
    deciles: tuple[float, ...]


class Refits(Frozen):
    """A linear model fitted again on r resamples of the clients: its log-odds are row @ weights + intercept.

    Attributes
    ----------
    weights : shape (r, features), for each unit of a model-ready column, rounded to six digits.
    intercepts : shape (r,).
    """

    weights: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]


class Manifest(Frozen):
    """Contents of ``modele_retenu.json``.

    ``readable`` has the readable names of derived numbers and history features. ``typical`` has the typical accepted
    client's value of each term; it is None if the term is missing for most accepted clients. Both are empty in older
    manifests. ``scaling`` says what the points of a scorecard mean. ``refits`` are the refits on which the review band
    was measured; None for a model that is not linear, and in older manifests. ``population`` is what drift is measured
    against; it is None in older manifests, and where clients had weights.
    """

    format_version: Literal[1] = 1
    created_at: datetime
    model: ModelFacts
    input_schema: InputSchema
    features: tuple[str, ...]
    plan: Plan
    costs: Costs
    threshold: ThresholdFacts
    calibration: Calibration
    review_band: ReviewBand
    refits: Refits | None = Field(None, exclude_if=lambda refits: refits is None)
    importances: Mapping[str, float]
    reference: Mapping[str, FeatureReference]
    training: TrainingFacts
    metrics: Mapping[str, Mapping[str, Metric]]
    choice: ChoiceFacts | None = None
    report: Report | None = None
    readable: Mapping[str, Readable] = Field(default_factory=dict)
    typical: Mapping[str, float | str | None] = Field(default_factory=dict)
    scaling: Scaling = Field(default_factory=Scaling)
    population: Population | None = Field(None, exclude_if=lambda population: population is None)
    golden: Annotated[tuple[GoldenRecord, ...], Field(min_length=1)]
    versions: Mapping[str, str]
    files: Mapping[FileName, Sha256]

    @model_validator(mode="after")
    def _hangs_together(self) -> "Manifest":
        if list(self.features) != self.plan.feature_names():
            raise ValueError("features and the names of the plan's columns differ; expected the same, in order")
        if any(len(record.row) != len(self.features) for record in self.golden):
            raise ValueError(
                f"a golden record has another number of values than features: expected {len(self.features)}"
            )
        if self.refits and (
            len(self.refits.weights) != len(self.refits.intercepts)
            or any(len(one) != len(self.features) for one in self.refits.weights)
        ):
            raise ValueError(
                f"refits do not have {len(self.features)} weights and one intercept each; expected a weight for each "
                "feature"
            )
        if unknown := [name for name in self.features if name not in self.reference]:
            raise ValueError(f"reference lacks the features {list_some(unknown)}; expected every feature")
        return self

    def in_currency(self, currency: str) -> "Manifest":
        """Return a copy of the manifest that gives this currency to all amounts without a known currency."""
        fields = [one.model_copy(update={"unit": in_currency(one.unit, currency)}) for one in self.input_schema.fields]
        schema = self.input_schema.model_copy(update={"fields": tuple(fields)})
        readable = {
            name: one.model_copy(update={"unit": in_currency(one.unit, currency)})
            for name, one in self.readable.items()
        }
        return self.model_copy(update={"input_schema": schema, "readable": readable})

    def policy(self) -> Policy:
        """Return how the model's probability becomes a decision."""
        return Policy(self.threshold.value, self.calibration, self.review_band)

    def version(self) -> str:
        """Return the model version: a hash of the fitted objects and of all keys on which decisions depend.

        Keys that the manifest's file does not have are left out. A key that a later release adds therefore does not
        change the versions of older manifests.
        """
        return name_version(self.files, self.model_dump(mode="json", exclude=_DESCRIBING, exclude_unset=True))


def name_version(pickles: Mapping[str, str], deciding: Mapping[str, Any]) -> str:
    """Return the version of a model, 16 hexadecimal digits: a hash of everything on which decisions depend.

    Parameters
    ----------
    pickles : sha256 of the fitted objects, by file name; tables of clients, with other endings, are left out.
    deciding : everything else on which decisions depend, as JSON values.

    >>> pickles = {"scaler.pkl": "00", "modele_retenu.pkl": "11"}
    >>> name_version(pickles, {"threshold": 0.5})
    'a8f8aeb876ae2332'
    >>> name_version({**pickles, "df_sample.csv": "22"}, {"threshold": 0.5})
    'a8f8aeb876ae2332'
    """
    fitted = {name: digest for name, digest in pickles.items() if name.endswith(".pkl")}
    text = json.dumps({**deciding, "files": fitted}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
