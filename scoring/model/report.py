"""What is reported of a model beside its metrics: tables as plain data, made by ``scoring/training/report``."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metric(_Part):
    """A measured figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


class GainsRow(_Part):
    """One tenth of the clients, the riskiest first.

    ``captured`` is the share of all defaults in this tenth and those before it; ``lift`` is the default rate
    among these clients over everybody's.
    """

    tenth: int
    clients: int
    defaults: int
    default_rate: float
    predicted: float
    captured: float
    lift: float


class Band(_Part):
    """Clients whose calibrated probability is at least ``low`` and below ``high``."""

    letter: str
    low: float
    high: float
    clients: int
    share: float
    defaults: int
    default_rate: float | None
    predicted: float | None


class ApprovalRow(_Part):
    """Accepting everybody below a calibrated ``threshold``: how many, and how many of them default.

    ``served`` marks the model's own threshold. ``low`` and ``high`` bound the bad rate with 95 % confidence.
    """

    threshold: float
    approval_rate: float
    bad_rate: float
    low: float
    high: float
    served: bool


class ReliabilityBin(_Part):
    """Clients of like predictions: mean prediction against default rate and its 95 % bounds."""

    clients: int
    predicted: float
    observed: float
    low: float
    high: float


class CalibrationMethod(_Part):
    """How one way to calibrate did on folds it was not fitted on."""

    name: str
    log_loss: Metric
    brier: Metric
    slope: Metric
    mean: Metric


class CalibrationComparison(_Part):
    """Ways to calibrate.

    ``difference`` is log loss by prior correction minus log loss by sigmoid; ``as_good`` tells whether prior
    correction meets the goals and is not known to be worse. ``to_unweighted`` is log loss and Brier score by sigmoid
    minus those of the same model fitted without weights or resampling; empty where the model is that one.
    """

    methods: tuple[CalibrationMethod, ...]
    difference: Metric
    as_good: bool
    to_unweighted: Mapping[Literal["log_loss", "brier"], Metric] = {}


class Optimum(_Part):
    """Where the cost curve of a sample is lowest, on the calibrated scale.

    ``flat_low`` and ``flat_high`` are the lowest and highest threshold whose cost is within ``tolerance`` (a
    share) of the lowest.
    """

    threshold: Metric
    cost: float
    served_cost: float
    flat_low: float
    flat_high: float
    tolerance: float


class NestedThreshold(_Part):
    """A threshold tuned on all folds but one, its cost measured on that one; costs are per client.

    Attributes
    ----------
    tuned : the thresholds, calibrated scale, one a fold.
    tuned_cost : of tuned thresholds, each on the fold that it did not see.
    theoretical_cost : of the threshold that follows from the costs, on the same clients.
    hindsight_cost : of the one threshold that would have been best, known only afterwards.
    difference : tuned minus theoretical.
    gains : the difference's interval lies below zero, so that a tuned threshold may be served.
    """

    tuned: tuple[float, ...]
    tuned_cost: float
    theoretical_cost: float
    hindsight_cost: float
    difference: Metric
    gains: bool

    @property
    def excess(self) -> float:
        """Cost of the theoretical threshold above the better of both, as a share."""
        return self.theoretical_cost / min(self.tuned_cost, self.theoretical_cost) - 1

    @property
    def excess_in_hindsight(self) -> float:
        """Cost of the theoretical threshold above the best known afterwards, as a share."""
        return self.theoretical_cost / self.hindsight_cost - 1


class SwapCell(_Part):
    """Clients whom two sets of decisions treat alike; the rate is None where there is nobody."""

    clients: int
    share: float
    defaults: int
    default_rate: float | None


class SwapSet(_Part):
    """Decisions by one model (``before``) and another (``after``) on the same clients.

    ``swapped_in`` were refused before and are accepted after, ``swapped_out`` the other way round.
    """

    before: str
    after: str
    both_accepted: SwapCell
    swapped_in: SwapCell
    swapped_out: SwapCell
    both_refused: SwapCell


class GroupFigures(_Part):
    """How one group of clients fares.

    Attributes
    ----------
    small : fewer clients than the stated size; figures are then hardly more than noise.
    acceptance_rate : share accepted.
    true_positive_rate : share of defaults that are refused.
    false_positive_rate : share of repaid credits that are refused.
    predicted, observed : mean calibrated probability, and default rate.
    calibration_mean : predicted over observed.
    acceptance_ratio, true_positive_ratio, false_positive_ratio : over the largest group's rate.
    """

    group: str
    clients: int
    small: bool
    acceptance_rate: float
    true_positive_rate: float | None
    false_positive_rate: float | None
    predicted: float
    observed: float
    calibration_mean: Metric | None
    acceptance_ratio: Metric | None
    true_positive_ratio: Metric | None
    false_positive_ratio: Metric | None
    reliability: tuple[ReliabilityBin, ...] = ()


class Fairness(_Part):
    """Groups by one attribute, the largest first; ratios are to that one."""

    attribute: str
    small_under: int
    groups: tuple[GroupFigures, ...]


class Predictability(_Part):
    """How well model-ready rows tell an attribute: cross-validated AUC (0.5: not at all).

    ``by_group`` tells each group from all others; ``auc`` is their mean, weighted by size, and None where there
    were not two groups large enough.
    """

    attribute: str
    auc: float | None
    by_group: Mapping[str, float]


class PairedRow(_Part):
    """Another way to do it beside the model, on the same clients; differences are to the model."""

    name: str
    auc: float
    log_loss: float
    cost_per_client: float
    auc_difference: Metric
    log_loss_difference: Metric
    cost_difference: Metric


class RejectRow(_Part):
    """What would hold if refused clients defaulted ``factor`` times as often as those observed.

    Attributes
    ----------
    default_rate, refused_default_rate : of everybody and of the refused, then; at most 99 %.
    auc, calibration_mean, recall, cost_per_client : of the model and the threshold as they are.
    optimum : lowest point of the cost curve, on the displayed scale as it is.
    threshold : displayed probability that a calibration fitted to those outcomes would put at the costs' threshold.
    refusal_rate : by that threshold.
    """

    factor: float
    default_rate: float
    refused_default_rate: float
    auc: float
    calibration_mean: float
    recall: float
    cost_per_client: float
    optimum: float
    threshold: float
    refusal_rate: float


class Report(_Part):
    """All that was measured; what was not is empty or None. Figures are out of fold."""

    format: Literal[1] = 1
    gains: tuple[GainsRow, ...] = ()
    bands: tuple[Band, ...] = ()
    approval: tuple[ApprovalRow, ...] = ()
    reliability: tuple[ReliabilityBin, ...] = ()
    around_threshold: tuple[ReliabilityBin, ...] = ()
    review_share: float | None = None
    calibration: CalibrationComparison | None = None
    optimum: Optimum | None = None
    nested: NestedThreshold | None = None
    swap: SwapSet | None = None
    fairness: tuple[Fairness, ...] = ()
    predictability: tuple[Predictability, ...] = ()
    rejects: tuple[RejectRow, ...] = ()
    stress: tuple[PairedRow, ...] = ()
    tiers: tuple[PairedRow, ...] = ()
    selection: tuple[PairedRow, ...] = ()
