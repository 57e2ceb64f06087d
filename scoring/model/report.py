"""Tables of a model's evaluation as plain data; ``scoring/training/evaluation`` computes them."""

from collections.abc import Mapping
from math import sqrt
from statistics import NormalDist
from typing import Any, Literal

from numpy.typing import NDArray
from pydantic import Field

from scoring.model.schema import Frozen


class Metric(Frozen):
    """A measured figure with its 95 % interval: a bootstrap interval unless another is named."""

    value: float
    low: float
    high: float


def share_with_interval(share: float, clients: float) -> Metric:
    """Give a share (0-1) of ``clients`` its 95 % interval.

    If the clients have weights, ``clients`` is their effective number. Source: Wilson (1927), Probable inference, the
    law of succession, and statistical inference.

    >>> found = share_with_interval(0.3, 10)
    >>> round(found.low, 4), round(found.high, 4)
    (0.1078, 0.6032)
    """
    normal = NormalDist().inv_cdf(0.975) ** 2 / clients
    middle, half = share + normal / 2, sqrt(normal * (share * (1 - share) + normal / 4))
    low, high = (middle - half) / (1 + normal), (middle + half) / (1 + normal)
    return Metric(value=share, low=min(max(low, 0.0), share), high=max(min(high, 1.0), share))


def effective_number(weights: NDArray[Any]) -> float:
    """Return the number of clients of the same weight who would tell as much as weighted ones; weights have shape (n,).

    Source: Kish (1965), Survey Sampling.

    >>> import numpy as np
    >>> effective_number(np.array([1.0, 1.0, 0.0, 0.0])), effective_number(np.zeros(2))
    (2.0, 0.0)
    """
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares else 0.0


class GainsRow(Frozen):
    """One decile of the clients, the riskiest first.

    ``tenth`` numbers the decile, from 1. ``predicted`` is the decile's mean calibrated probability. ``captured`` and
    ``lift`` describe this decile and all deciles before it together: their share of all defaults, and their default
    rate divided by that of all clients.
    """

    tenth: int
    clients: int
    defaults: int
    default_rate: float
    predicted: float
    captured: float
    lift: float


class Band(Frozen):
    """Clients whose calibrated probability (0-1) is at least ``low`` and below ``high``; ``letter`` names the band.

    ``share`` is their share of all clients, ``predicted`` their mean calibrated probability. Rates are None if the band
    has no clients.
    """

    letter: str
    low: float
    high: float
    clients: int
    share: float
    defaults: int
    default_rate: float | None
    predicted: float | None


class ApprovalRow(Frozen):
    """Approval rate and bad rate when everybody below a calibrated ``threshold`` is accepted.

    The bad rate is the default rate of the accepted clients; ``low`` and ``high`` are its 95 % bounds. ``served`` marks
    the threshold that the service uses.
    """

    threshold: float
    approval_rate: float
    bad_rate: float
    low: float
    high: float
    served: bool


class ReliabilityBin(Frozen):
    """Clients with similar predictions: mean prediction, and default rate with its 95 % bounds."""

    clients: int
    predicted: float
    observed: float
    low: float
    high: float


class CalibrationMethod(Frozen):
    """One calibration method, measured on folds on which it was not fitted.

    ``slope`` is the calibration slope; ``mean`` is predicted divided by observed defaults. 1 is right for both.
    """

    name: str
    log_loss: Metric
    brier: Metric
    slope: Metric
    mean: Metric


class CalibrationComparison(Frozen):
    """Calibration methods compared.

    ``difference`` is the log loss with prior correction minus that with the sigmoid. ``as_good`` is true if prior
    correction has a slope from 0.95 to 1.05 and a mean within 2 % of 1, and its log loss is not significantly higher.
    ``to_unweighted`` has the log loss and the Brier score with the sigmoid, each minus that of the same model fitted
    without weights and resampling. It is empty if the model itself was fitted without them.
    """

    methods: tuple[CalibrationMethod, ...]
    difference: Metric
    as_good: bool
    to_unweighted: Mapping[Literal["log_loss", "brier"], Metric] = {}


class Optimum(Frozen):
    """The lowest point of a sample's cost curve; thresholds are on the calibrated scale, costs are per client.

    Every threshold from ``flat_low`` to ``flat_high`` costs at most ``tolerance`` (a share) more than the cheapest one.
    """

    threshold: Metric
    cost: float
    served_cost: float
    flat_low: float
    flat_high: float
    tolerance: float


class NestedThreshold(Frozen):
    """Thresholds that are tuned on all folds but one; the cost per client of each is measured on the remaining fold."""

    tuned: tuple[float, ...]  # one threshold for each fold, on the calibrated scale
    tuned_cost: float  # of tuned thresholds, each on the fold that was not used to tune it
    theoretical_cost: float  # of the threshold that follows from the costs, on the same clients
    hindsight_cost: float  # of the single threshold that was best on all these clients
    difference: Metric  # tuned minus theoretical
    gains: bool  # the interval of the difference lies below zero; only then may a tuned threshold be served

    @property
    def excess_in_hindsight(self) -> float | None:
        """By what share ``theoretical_cost`` is above ``hindsight_cost``; 0.01 is 1 %. None if the latter is 0."""
        return self.theoretical_cost / self.hindsight_cost - 1 if self.hindsight_cost else None


class SwapCell(Frozen):
    """Clients with the same pair of decisions, such as refused by the one model and accepted by the other.

    The default rate is None if there are no such clients.
    """

    clients: int
    share: float
    defaults: int
    default_rate: float | None


class SwapSet(Frozen):
    """Decisions by one model (``before``) and another (``after``) on the same clients.

    ``swapped_in`` clients were refused before and are accepted after; ``swapped_out`` clients the reverse.
    """

    before: str
    after: str
    both_accepted: SwapCell
    swapped_in: SwapCell
    swapped_out: SwapCell
    both_refused: SwapCell


class GroupFigures(Frozen):
    """Decisions and calibration in one group of clients.

    Attributes
    ----------
    small : the group has fewer clients than ``small_under``; its figures are mostly noise.
    acceptance_rate : share accepted.
    true_positive_rate : share of defaulting clients who are refused.
    false_positive_rate : share of repaying clients who are refused.
    predicted, observed : mean calibrated probability; default rate.
    calibration_mean : predicted divided by observed.
    acceptance_ratio, true_positive_ratio, false_positive_ratio : this group's rate divided by the largest group's.
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


class Fairness(Frozen):
    """Groups by one attribute, the largest first; ratios compare each group with the largest one."""

    attribute: str
    small_under: int
    groups: tuple[GroupFigures, ...]


class SegmentFigures(Frozen):
    """Calibration in one group of clients, out of fold.

    Attributes
    ----------
    segment, group : English label of the field that the clients are grouped by; name of the group.
    predicted, observed : mean calibrated probability; default rate.
    mean : predicted divided by observed, with its 95 % interval.
    slope : calibration slope with its interval; None if all predictions are equal.
    pvalue : of the hypothesis that predicted and observed are equal in this group.
    differs : whether they differ at 5 %, over all groups together.
    slope_differs : whether the slope differs from 1 at 5 %, over all groups together.
    """

    segment: str
    group: str
    clients: int
    predicted: float
    observed: float
    mean: Metric
    slope: Metric | None
    pvalue: float
    differs: bool
    slope_differs: bool = False


class Predictability(Frozen):
    """How well model-ready rows predict an attribute: cross-validated AUC (0.5: not at all).

    ``by_group`` has the AUC of each group against all others; ``auc`` is their mean, weighted by size, and None
    with fewer than two groups that are large enough.
    """

    attribute: str
    auc: float | None
    by_group: Mapping[str, float]


class PairedRow(Frozen):
    """A variant of the model on the same clients; differences are the variant's figure minus the model's."""

    name: str
    auc: float
    log_loss: float
    cost_per_client: float
    auc_difference: Metric
    log_loss_difference: Metric
    cost_difference: Metric


class DisparityRow(Frozen):
    """Quality of a model against the disparity between groups of clients, out of fold.

    Attributes
    ----------
    log_loss_difference : this model's log loss minus that of the best model that may be chosen.
    ratios : for each protected attribute, the lowest acceptance rate of a group divided by the highest.
    lowest : the least of these ratios.
    gain : this ratio minus that of the model that the usual rule chooses.
    equal : the model is not shown to be worse than the best, nor to overfit more than is allowed.
    """

    name: str
    auc: float
    log_loss: float
    log_loss_difference: Metric
    ratios: Mapping[str, Metric]
    lowest: Metric
    gain: Metric
    equal: bool


class RejectRow(Frozen):
    """Figures under the assumption that refused clients default ``factor`` times as often as observed.

    Attributes
    ----------
    default_rate, refused_default_rate : of all clients and of the refused clients, under the assumption; at most 99 %.
    auc, calibration_mean, recall, cost_per_client : of the model and the threshold that the service uses.
    optimum : the threshold with the lowest cost under the assumption, as a calibrated probability of the present model.
    optimum_cost : the cost per client with the threshold ``optimum``, under the assumption.
    threshold, refusal_rate : only in older manifests. There, the probabilities were calibrated again under the
        assumption, and a new threshold followed. It was too low: the assumed risk jumps at the threshold in use, and
        a calibration, which is a straight line in log-odds, cannot follow this jump.
    """

    factor: float
    default_rate: float
    refused_default_rate: float
    auc: float
    calibration_mean: float
    recall: float
    cost_per_client: float
    optimum: float
    optimum_cost: float | None = Field(None, exclude_if=lambda cost: cost is None)
    threshold: float | None = Field(None, exclude_if=lambda threshold: threshold is None)
    refusal_rate: float | None = Field(None, exclude_if=lambda rate: rate is None)


class BinCounts(Frozen):
    """Training clients and defaults in each bin of a column of a scorecard, in the order of ``readable.term_bins``.

    ``aucs`` has the AUC of the column alone in each fold. 0.5 means that the column tells nothing; below 0.5, its bins
    are in the wrong order. The AUC is None in a fold that has one outcome only; ``aucs`` is empty without folds.
    """

    clients: tuple[int, ...]
    defaults: tuple[int, ...]
    aucs: tuple[float | None, ...] = ()


class FoldFigures(Frozen):
    """The model's figures in one fold, by models that were fitted on the other folds.

    ``calibration_mean`` is predicted divided by observed defaults.
    """

    fold: int  # from 1
    clients: int
    default_rate: float
    auc: float
    log_loss: float
    calibration_mean: float
    refusal_rate: float
    cost_per_client: float


class PeriodRow(Frozen):
    """Clients of one period; those of the training are scored out of fold, those of the test set by the fitted model.

    ``index`` is the population stability index of the score against all training clients; above ``bound``, the score
    has shifted. ``auc`` is None where all clients of the period have the same outcome.
    """

    period: str
    part: Literal["training", "test"]
    clients: int
    default_rate: float
    predicted: float
    auc: Metric | None
    index: float
    bound: float


class OverTime(Frozen):
    """The model on clients of later times than those of its training.

    Attributes
    ----------
    column : of the training table, with the times.
    first : the first time of the test set.
    index, bound : population stability index of the score, test set against training; above the bound, the score has
        shifted.
    shifted : model-ready columns that shifted, with their index.
    observed, predicted : default rate of the test set, and its mean calibrated probability.
    auc_before, auc_after : out of fold on training clients, and on the test set.
    score_drifted, rate_drifted, ranking_drifted : what is beyond chance and large enough to matter.
    """

    column: str
    first: str
    periods: tuple[PeriodRow, ...]
    index: float
    bound: float
    shifted: Mapping[str, float]
    observed: float
    predicted: float
    auc_before: Metric | None
    auc_after: Metric | None
    score_drifted: bool
    rate_drifted: bool
    ranking_drifted: bool


class ParcelRow(Frozen):
    """The model's recipe fitted to clients and rejected applicants, under an assumption on the applicants' risk.

    Attributes
    ----------
    factor : applicants default this many times as often as the model says.
    assumed_rate : their default rate under the assumption.
    auc, auc_difference : of clients out of fold; the difference is to the model itself.
    refused_before, refused_now : shares of the applicants whom the model refuses, and whom the new fit would refuse.
    changed : share of the clients for whom the new fit decides differently.
    """

    factor: float
    assumed_rate: float
    auc: float
    auc_difference: Metric
    refused_before: float
    refused_now: float
    changed: float


class CodeFigures(Frozen):
    """A term of which frequent values have weights of their own, because they are codes in disguise.

    Attributes
    ----------
    folds : in how many fits the term is a code; there is one fit for each fold, to the clients of the other folds.
    codes : how many values have a weight of their own; the median of these fits.
    known : of the held-out clients whose value is not missing, the share whose value has a weight of its own.
    known_default_rate : of the held-out clients whose value has a weight of its own.
    other_default_rate : of the held-out clients with any other known value.
    other_weight : mean weight of these other values.
    spread : standard deviation of the weights over the clients.
    error : how far a client's weight differs between fits on other clients: mean standard error, by the jackknife.
    """

    term: str
    folds: int
    codes: int
    known: float
    known_default_rate: float | None
    other_default_rate: float | None
    other_weight: float | None
    spread: float
    error: float


class Report(Frozen):
    """All measured tables, out of fold; a table that was not measured is empty or None."""

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
    disparity: tuple[DisparityRow, ...] = Field((), exclude_if=lambda rows: not rows)
    segments: tuple[SegmentFigures, ...] = ()
    rejects: tuple[RejectRow, ...] = ()
    stress: tuple[PairedRow, ...] = ()
    tiers: tuple[PairedRow, ...] = ()
    selection: tuple[PairedRow, ...] = ()
    parcelling: tuple[ParcelRow, ...] = Field((), exclude_if=lambda rows: not rows)
    over_time: OverTime | None = Field(None, exclude_if=lambda found: found is None)
    bins: Mapping[str, BinCounts] = {}
    folds: tuple[FoldFigures, ...] = ()
    codes: tuple[CodeFigures, ...] = Field((), exclude_if=lambda codes: not codes)
