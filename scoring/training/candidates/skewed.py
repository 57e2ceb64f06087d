"""Heavily skewed numbers, which a plain regression reads in a scorecard's bins.

A few clients with values far from all others, or with special values such as 98, decide the standard deviation of a
number, and pull its coefficient towards 0. Bins do not depend on how far such values lie.
"""

from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.calibration import Floats
from scoring.model.plan import BinnedColumn, NumberColumn, PlanColumn, complete
from scoring.training.candidates.bins import bin_number
from scoring.training.candidates.scorecard import CodedInputs

_FAR = 0.01  # share of the clients, those farthest from the mean
_MOST = 0.5  # a number is heavily skewed if they make more than this share of its variance


class RobustInputs(CodedInputs):
    """Columns of ``CodedInputs``, but of a heavily skewed number the weights of evidence of monotone bins."""

    def fit(self, X: pd.DataFrame, y: NDArray[Any], sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Learn both from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1."""
        plan, target = super().fit(X, y, sample_weight).plan_, np.asarray(y)
        history = [column.source for column in plan.columns if column.source in self.inputs.history]
        values = complete(self.inputs.draft(), self.inputs.raw(X, history))

        def read(column: PlanColumn) -> PlanColumn:
            if not isinstance(column, NumberColumn) or not is_skewed(values[column.source], sample_weight):
                return column
            number = values[column.source]
            binned = bin_number(column.source, number, target, sample_weight, self.inputs.binning).column
            has_bins = isinstance(binned, BinnedColumn) and binned.edges
            return replace(binned, name=column.name) if has_bins else column

        self.plan_ = replace(plan, columns=tuple(map(read, plan.columns)))
        return self


def is_skewed(values: Floats, weights: Floats | None = None) -> bool:
    """Whether the 1 % of the clients that are farthest from the mean make more than half of a number's variance.

    A number with only two values is never skewed: its size does not matter.

    Parameters
    ----------
    values : shape (n,), NaN is missing.
    weights : shape (n,), how often each client counts; once by default.

    >>> usual = np.arange(1000.0)
    >>> is_skewed(usual), is_skewed(np.append(usual, 1e6)), is_skewed(np.append(np.zeros(1000), 1e6))
    (False, True, False)
    """
    known = ~np.isnan(values)
    number, counted = values[known], np.ones(np.count_nonzero(known)) if weights is None else weights[known]
    if len(np.unique(number)) <= 2:
        return False
    distance = np.abs(number - np.average(number, weights=counted))
    order = np.argsort(-distance, kind="stable")
    far = np.cumsum(counted[order]) <= _FAR * counted.sum()
    parts = (counted * (distance / distance.max()) ** 2)[order]
    return bool(parts[far].sum() > _MOST * parts.sum())
