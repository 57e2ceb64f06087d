"""Calibration in groups of clients: predicted over observed defaults and the calibration slope, each with its interval.

Probabilities that are right on average may be wrong for a group. Groups are those of the fairness report, the kinds of
credit, and the clients with and without a value of a field that the model reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from scoring.errors import list_some
from scoring.model.calibration import Floats, affine
from scoring.model.plan import Plan
from scoring.model.report import Metric, SegmentFigures
from scoring.model.schema import InputSchema
from scoring.readable.numbers import format_metric

LEVEL = 0.05
KNOWN, UNKNOWN = "known", "not known"
_FEWEST = 500  # clients of a group; with fewer, the interval says nothing
_EVENTS = 20  # defaults, and repaid credits, of a group
_SURE = 1e-12


def list_segments(
    watched: Mapping[str, "pd.Series[Any]"], raw: pd.DataFrame, schema: InputSchema, plan: Plan
) -> dict[str, "pd.Series[Any]"]:
    """List groupings of the clients, by the English label of a field.

    Parameters
    ----------
    watched : groups of the fairness report.
    raw : applications, shape (n, fields).
    plan : of the model; fields that it reads are grouped by whether their value is known. Of fields that are known of
        the same clients, only the first is listed.
    """
    product = schema.find_by_role("product")
    found = {**watched, **({product.label.en: raw[product.name]} if product else {})}
    read, parted = {*plan.raw_numbers(), *plan.raw_categories()}, set()
    for field in schema.fields:
        if field.name in read and field.label.en not in found and field.codes_of is None:
            unknown = raw[field.name].isna()
            if (clients := unknown.to_numpy().tobytes()) not in parted:
                found[field.label.en] = unknown.map({True: UNKNOWN, False: KNOWN})
                parted.add(clients)
    return found


def measure_segments(
    segments: Mapping[str, "pd.Series[Any]"],
    target: NDArray[Any],
    calibrated: Floats,
    weights: Floats | None = None,
) -> tuple[SegmentFigures, ...]:
    """Measure calibration in each group of at least 500 clients, 20 of either outcome, of groupings with two of them.

    Parameters
    ----------
    segments : for each grouping the group of each client, shape (n,).
    target : shape (n,), 0 or 1.
    calibrated : shape (n,), out of fold.
    weights : shape (n,), how often each client counts; once by default.

    Returns
    -------
    ``differs`` says whether predicted differs from observed at 5 %, ``slope_differs`` whether the slope differs from 1;
    each over all groups together.

    Source: Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.
    """
    outcome, each = np.asarray(target), np.ones(len(target)) if weights is None else weights
    rows = []
    for segment, groups in segments.items():
        names = groups.astype(object).where(groups.notna(), UNKNOWN).astype(str).to_numpy()
        parts = [(name, names == name) for name in dict.fromkeys(sorted(names.tolist()))]
        large = [(name, members) for name, members in parts if _is_large(outcome[members])]
        if len(large) > 1:
            rows += [
                _measure(segment, name, outcome[members], calibrated[members], each[members]) for name, members in large
            ]
    if not rows:
        return ()
    tested = _reject([row.pvalue for row in rows]), _reject([_slope_pvalue(row.slope) for row in rows])
    return tuple(
        row.model_copy(update={"differs": mean, "slope_differs": slope})
        for row, mean, slope in zip(rows, *tested, strict=True)
    )


def _slope_pvalue(slope: Metric | None) -> float:
    """Return the p-value of the hypothesis that a slope is 1, from its interval, which is symmetric."""
    return 1.0 if slope is None else float(2 * norm.sf(abs(slope.value - 1) / ((slope.high - slope.low) / (2 * 1.96))))


def _reject(pvalues: Sequence[float]) -> list[bool]:
    """Find the hypotheses that are rejected at 5 % together, by Holm's procedure.

    >>> _reject([0.01, 0.2, 0.001, 0.03])
    [True, False, True, False]
    """
    rejected = [False] * len(pvalues)
    for done, place in enumerate(np.argsort(pvalues).tolist()):
        if pvalues[place] > LEVEL / (len(pvalues) - done):
            break
        rejected[place] = True
    return rejected


def list_miscalibrated(rows: Sequence[SegmentFigures]) -> str | None:
    """Warn about the groups whose risk is shown wrongly; None if there are none."""
    found = {
        "predicted over observed defaults differs": [(row, row.mean) for row in rows if row.differs],
        "the calibration slope differs": [(row, row.slope) for row in rows if row.slope_differs and row.slope],
    }
    named = [
        f"{what} from 1 in groups: "
        + list_some([f"{row.segment}: {row.group} {format_metric(metric, 'en', 2)}" for row, metric in wrong], 8)
        for what, wrong in found.items()
        if wrong
    ]
    if not named:
        return None
    return (
        f"{'; '.join(named)}: give the model a field that tells these clients apart (never a protected one), or tell "
        "officers whose risk is over- or understated"
    )


def _is_large(outcome: NDArray[Any]) -> bool:
    defaults = int(np.count_nonzero(outcome == 1))
    return len(outcome) >= _FEWEST and min(defaults, len(outcome) - defaults) >= _EVENTS


def _measure(segment: str, group: str, outcome: NDArray[Any], predicted: Floats, weights: Floats) -> SegmentFigures:
    observed, expected = float(weights @ outcome), float(weights @ predicted)
    # The outcomes vary around the predictions; on a logarithmic scale the ratio's interval is symmetric.
    error = float(np.sqrt(np.sum(np.square(weights) * predicted * (1 - predicted)))) / observed
    ratio = expected / observed
    low, high = ratio * np.exp(np.array([-1.96, 1.96]) * error)
    odds = logit(np.clip(predicted, _SURE, 1 - _SURE))
    return SegmentFigures(
        segment=segment,
        group=group,
        clients=len(outcome),
        predicted=expected / float(weights.sum()),
        observed=observed / float(weights.sum()),
        mean=Metric(value=ratio, low=float(low), high=float(high)),
        slope=_measure_slope(outcome, odds, weights) if np.ptp(odds) > 0 else None,
        pvalue=float(2 * norm.sf(abs(np.log(ratio)) / error)),
        differs=False,
    )


def _measure_slope(outcome: NDArray[Any], odds: Floats, weights: Floats) -> Metric:
    intercept, slope = affine(outcome, odds, weights)
    design = np.column_stack([np.ones(len(odds)), odds])
    fitted = expit(intercept + slope * odds)
    curvature = np.linalg.inv((design * (weights * fitted * (1 - fitted))[:, None]).T @ design)
    scores = design * (weights * (outcome - fitted))[:, None]
    error = float(np.sqrt((curvature @ (scores.T @ scores) @ curvature)[1, 1]))
    return Metric(value=slope, low=slope - 1.96 * error, high=slope + 1.96 * error)
