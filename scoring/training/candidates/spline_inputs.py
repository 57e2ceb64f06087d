"""The preprocessor of the splines: numbers and 0/1 columns, and the terms of a scorecard."""

from dataclasses import replace
from typing import Any, Self

import pandas as pd
from numpy.typing import NDArray

from scoring.model.preprocessor import Preprocessor, make_names_unique
from scoring.training.candidates.scorecard import Scorecard


class SplineInputs(Preprocessor):
    """Columns of a ``Preprocessor`` and terms of a ``Scorecard``, of the same inputs.

    A spline is smooth and a bin jumps, and missing values have a bin of their own: a regression on both ranks better
    than on either (benchmarks/tries.py). The terms count towards the limit of columns.
    """

    def fit(self, X: pd.DataFrame, y: NDArray[Any]) -> Self:  # noqa: N803
        """Learn both from raw applications, shape (n, fields), and outcomes, shape (n,), 0 or 1.

        Raises
        ------
        DataError
            When no term separates defaults from others.
        """
        terms = Scorecard(self.inputs, history=self.history).fit(X, y).plan_.columns
        left = None if self.limit is None else max(self.limit - len(terms), 0)
        own = Preprocessor(self.inputs, self.history, left, self.min_count).fit(X, y).plan_.columns
        renamed = [replace(term, name=f"{term.name} (bins)") for term in terms]
        self.plan_ = replace(self.inputs.draft(), columns=tuple(make_names_unique([*own, *renamed]))).pruned()
        return self
