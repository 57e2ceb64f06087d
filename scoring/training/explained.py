"""What explanations need from training: readable names, and the typical accepted client."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.model.plan import Plan, complete
from scoring.model.preprocessor import raw_columns
from scoring.model.schema import InputSchema, Readable
from scoring.readable.terms import Term, terms_of


def readable_terms(plan: Plan, schema: InputSchema, readable: Mapping[str, Readable]) -> dict[str, Readable]:
    """Keep the readable names that a plan's terms need, and those of the numbers that they are made of."""
    fields = {field.name for field in schema.fields}
    used = {column.source for column in plan.columns} | {step.name for step in plan.derived}
    return {name: readable[name] for name in sorted(used & readable.keys() - fields)}


def typical(
    plan: Plan, schema: InputSchema, applications: pd.DataFrame, accepted: NDArray[np.bool_]
) -> dict[str, float | str | None]:
    """Find a typical accepted client's value of each term.

    Of a number, the lower median of those known; of a text, the most frequent; none where most are missing. Where a
    missing value may hide a category that gives a protected attribute away, the known ones decide.

    Parameters
    ----------
    applications : raw, shape (n, fields).
    accepted : shape (n,), whom the model accepts; all clients where it accepts nobody.
    """
    chosen = applications[accepted] if accepted.any() else applications
    columns = complete(plan, raw_columns(chosen, plan.raw_numbers(), plan.raw_categories()))
    return {term.name: _middle(term, columns[term.name]) for term in terms_of(plan, schema, {})}


def _middle(term: Term, values: NDArray[Any]) -> float | str | None:
    known = values[~pd.isna(values)]
    if not len(known) or (len(known) * 2 < len(values) and not term.silent_when_missing):
        return None
    if values.dtype == object:
        counts = Counter(known.tolist())
        return str(min(counts, key=lambda text: (-counts[text], text)))
    return float(np.quantile(known.astype(float), 0.5, method="inverted_cdf"))
